#include "jmapd/filter.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "jmapd/email_selection.h"
#include "jmapd/filter_tree.h"
#include "jmapd/header_forms.h"
#include "smime/code.h"

namespace waxseal::jmapd {
namespace {

using store::EmailCondition;
using store::EmailFilter;
using store::EmailSort;

// Longest search text; the store looks for it in every message of the account (rules R29, R34).
constexpr std::size_t kMaxSearchOctets = 1024;

// Names no mailbox: the condition is then true of no email.
constexpr MailboxId kNoMailbox{0};

// One FilterCondition being read.  A text with several terms needs further conditions, all of which must hold.
struct Reading {
  const Arguments& members;
  FilterBudget& budget;
  EmailCondition condition;
  std::vector<EmailCondition> more;
};

void read_in_mailbox(Reading& reading, std::string_view name) {
  if (const auto id = reading.members.id(name))
    reading.condition.in_mailbox = mailbox_from_wire(*id).value_or(kNoMailbox);
}

void read_in_mailbox_other_than(Reading& reading, std::string_view name) {
  const auto ids = reading.members.ids(name);
  if (!ids) return;
  reading.condition.has_in_mailbox_other_than = true;
  for (const auto& id : *ids) {
    reading.budget.charge_condition();
    // Every email is in a mailbox other than one that does not exist.
    if (const auto mailbox = mailbox_from_wire(id)) reading.condition.in_mailbox_other_than.push_back(*mailbox);
  }
}

template <std::optional<Time> EmailCondition::*member>
void read_date(Reading& reading, std::string_view name) {
  reading.condition.*member = reading.members.utc_date(name);
}

template <std::optional<std::int64_t> EmailCondition::*member>
void read_number(Reading& reading, std::string_view name) {
  reading.condition.*member = reading.members.unsigned_integer(name);
}

template <std::optional<bool> EmailCondition::*member>
void read_flag(Reading& reading, std::string_view name) {
  reading.condition.*member = reading.members.boolean(name);
}

template <std::optional<std::string> EmailCondition::*member>
void read_keyword(Reading& reading, std::string_view name) {
  const auto keyword = reading.members.string(name);
  if (!keyword) return;
  if (!valid_keyword(*keyword)) refuse_argument(reading.members.path_of(name), "must be a keyword");
  reading.condition.*member = ascii_lower(*keyword);
}

template <std::optional<std::string> EmailCondition::*member>
void read_text(Reading& reading, std::string_view name) {
  const auto text = reading.members.string(name);
  if (!text) return;
  if (text->size() > kMaxSearchOctets) throw MethodError{"unsupportedFilter", "The search text is too long"};
  for (auto& term : search_terms(*text)) {
    if (!(reading.condition.*member)) {
      reading.condition.*member = std::move(term);
      continue;
    }
    reading.budget.charge_condition();
    reading.more.emplace_back().*member = std::move(term);
  }
}

// RFC 8621 section 4.4.1: the name of a field, and a text of its value.
void read_header(Reading& reading, std::string_view name) {
  const auto words = reading.members.strings(name);
  if (!words) return;
  const bool valid = (words->size() == 1 || words->size() == 2) && parse_header_property("header:" + words->front()) &&
                     words->front().find(':') == std::string::npos;
  if (!valid) refuse_argument(reading.members.path_of(name), "must be the name of a header field and, perhaps, a text");
  if (words->back().size() > kMaxSearchOctets) throw MethodError{"unsupportedFilter", "The search text is too long"};
  reading.condition.header_name = words->front();
  if (words->size() == 2) reading.condition.header_value = words->back();
}

template <std::optional<std::string> EmailCondition::*member>
void read_signer(Reading& reading, std::string_view name) {
  reading.condition.*member = reading.members.string(name);
  if ((reading.condition.*member).value_or("").size() > kMaxSearchOctets) {
    throw MethodError{"unsupportedFilter", "The search text is too long"};
  }
}

void read_smime_code(Reading& reading, std::string_view name) {
  const auto code = reading.members.string(name);
  if (!code) return;
  const auto known = smime::code_named(*code);
  if (!known) refuse_argument(reading.members.path_of(name), "is no code of the catalogue");
  reading.condition.smime_code = static_cast<int>(*known);
}

struct ConditionRow {
  std::string_view name;
  SmimeVerify needs;  // the capability that it belongs to
  void (*read)(Reading&, std::string_view name);
};
constexpr std::array kConditions{
    ConditionRow{"inMailbox", SmimeVerify::kUnused, read_in_mailbox},
    ConditionRow{"inMailboxOtherThan", SmimeVerify::kUnused, read_in_mailbox_other_than},
    ConditionRow{"before", SmimeVerify::kUnused, read_date<&EmailCondition::before>},
    ConditionRow{"after", SmimeVerify::kUnused, read_date<&EmailCondition::after>},
    ConditionRow{"minSize", SmimeVerify::kUnused, read_number<&EmailCondition::min_size>},
    ConditionRow{"maxSize", SmimeVerify::kUnused, read_number<&EmailCondition::max_size>},
    ConditionRow{"hasKeyword", SmimeVerify::kUnused, read_keyword<&EmailCondition::has_keyword>},
    ConditionRow{"notKeyword", SmimeVerify::kUnused, read_keyword<&EmailCondition::not_keyword>},
    ConditionRow{"hasAttachment", SmimeVerify::kUnused, read_flag<&EmailCondition::has_attachment>},
    ConditionRow{"text", SmimeVerify::kUnused, read_text<&EmailCondition::text>},
    ConditionRow{"from", SmimeVerify::kUnused, read_text<&EmailCondition::from>},
    ConditionRow{"to", SmimeVerify::kUnused, read_text<&EmailCondition::to>},
    ConditionRow{"cc", SmimeVerify::kUnused, read_text<&EmailCondition::cc>},
    ConditionRow{"bcc", SmimeVerify::kUnused, read_text<&EmailCondition::bcc>},
    ConditionRow{"subject", SmimeVerify::kUnused, read_text<&EmailCondition::subject>},
    ConditionRow{"hasSmime", SmimeVerify::kUsed, read_flag<&EmailCondition::has_smime>},
    ConditionRow{"hasVerifiedSmime", SmimeVerify::kUsed, read_flag<&EmailCondition::has_verified_smime>},
    ConditionRow{"hasVerifiedSmimeAtDelivery", SmimeVerify::kUsed,
                 read_flag<&EmailCondition::has_verified_smime_at_delivery>},
    ConditionRow{"body", SmimeVerify::kUnused, read_text<&EmailCondition::body>},
    ConditionRow{"header", SmimeVerify::kUnused, read_header},
    ConditionRow{"allInThreadHaveKeyword", SmimeVerify::kUnused, read_keyword<&EmailCondition::all_in_thread>},
    ConditionRow{"someInThreadHaveKeyword", SmimeVerify::kUnused, read_keyword<&EmailCondition::some_in_thread>},
    ConditionRow{"noneInThreadHaveKeyword", SmimeVerify::kUnused, read_keyword<&EmailCondition::none_in_thread>},
    ConditionRow{"smimeSignerAddress", SmimeVerify::kWithDetails, read_signer<&EmailCondition::signer_address>},
    ConditionRow{"smimeSignerIssuer", SmimeVerify::kWithDetails, read_signer<&EmailCondition::signer_issuer>},
    ConditionRow{"smimeErrorCode", SmimeVerify::kWithDetails, read_smime_code},
};

std::vector<std::string_view> known_conditions(SmimeVerify smime) {
  std::vector<std::string_view> names;
  for (const auto& row : kConditions) {
    if (row.needs <= smime) names.push_back(row.name);
  }
  return names;
}

EmailFilter read_condition(const Json& value, const std::string& path, FilterBudget& budget, SmimeVerify smime) {
  const auto known = known_conditions(smime);
  const Arguments members(value, known, path);
  Reading reading{members, budget, {}, {}};
  for (const auto& row : kConditions) {
    if (row.needs <= smime) row.read(reading, row.name);
  }
  if (reading.more.empty()) return {std::move(reading.condition)};
  EmailFilter::Group all{EmailFilter::Operator::kAnd, {}};
  all.members.push_back({std::move(reading.condition)});
  for (auto& condition : reading.more) all.members.push_back({std::move(condition)});
  return {std::move(all)};
}

EmailFilter::Operator store_operator(FilterOperator op) {
  switch (op) {
    case FilterOperator::kAnd:
      return EmailFilter::Operator::kAnd;
    case FilterOperator::kOr:
      return EmailFilter::Operator::kOr;
    case FilterOperator::kNot:
      return EmailFilter::Operator::kNot;
  }
  return EmailFilter::Operator::kAnd;
}

struct SortRow {
  std::string_view name;
  EmailSort::Property property;
};
constexpr std::array kSorts{
    SortRow{"receivedAt", EmailSort::Property::kReceivedAt},
    SortRow{"size", EmailSort::Property::kSize},
    SortRow{"from", EmailSort::Property::kFrom},
    SortRow{"to", EmailSort::Property::kTo},
    SortRow{"subject", EmailSort::Property::kSubject},
    SortRow{"sentAt", EmailSort::Property::kSentAt},
    SortRow{"hasKeyword", EmailSort::Property::kHasKeyword},
    SortRow{"allInThreadHaveKeyword", EmailSort::Property::kAllInThreadHaveKeyword},
    SortRow{"someInThreadHaveKeyword", EmailSort::Property::kSomeInThreadHaveKeyword},
};

EmailSort sort_of(const Comparator& comparator) {
  const auto* row = std::find_if(kSorts.begin(), kSorts.end(),
                                 [&](const SortRow& candidate) { return candidate.name == comparator.property; });
  if (row == kSorts.end()) unsupported_sort("this server cannot sort by \"" + comparator.property + "\"");
  EmailSort sort{.property = row->property, .ascending = comparator.ascending};
  if (comparator.collation == kAsciiCasemap) sort.collation = EmailSort::Collation::kAsciiCasemap;
  const bool by_keyword = row->name.ends_with("HaveKeyword") || row->property == EmailSort::Property::kHasKeyword;
  if (by_keyword != comparator.keyword.has_value()) {
    refuse_argument(comparator.path + "/keyword", by_keyword ? "is missing" : "belongs to sorts by keyword");
  }
  if (by_keyword && !valid_keyword(*comparator.keyword))
    refuse_argument(comparator.path + "/keyword", "must be a keyword");
  if (by_keyword) sort.keyword = ascii_lower(*comparator.keyword);
  return sort;
}

bool white_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// The phrase whose opening quote is text[at]; moves `at` behind the closing one.  nullopt: there is none.
std::optional<std::string> read_phrase(std::string_view text, std::size_t& at) {
  std::string phrase;
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == text[at]) {
      at = i + 1;
      return phrase;
    }
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    phrase.push_back(text[i]);
  }
  return std::nullopt;
}

std::string read_word(std::string_view text, std::size_t& at) {
  const std::size_t begin = at;
  while (at < text.size() && !white_space(text[at])) ++at;
  return std::string(text.substr(begin, at - begin));
}

}  // namespace

store::EmailQuery read_email_query(const Call& call, const Arguments& arguments) {
  store::EmailQuery query;
  if (const Json* filter = arguments.find("filter", Null::kAbsent)) {
    query.filter = read_email_filter(*filter, smime_verify_of(call));
  }
  query.sort = email_sort(read_sort(arguments));
  query.collapse_threads = arguments.boolean("collapseThreads", Null::kAbsent).value_or(false);
  return query;
}

AccountId account_for(const Call& call, const Json& arguments, const store::EmailQuery& query) {
  const bool fresh = query.filter && depends_on_verdicts(*query.filter);
  return fresh ? call.fresh_account(arguments) : call.account(arguments);
}

bool depends_on_verdicts(const store::EmailFilter& filter) {
  if (const auto* condition = std::get_if<EmailCondition>(&filter.node))
    return condition->has_verified_smime || condition->smime_code;
  const auto& members = std::get<EmailFilter::Group>(filter.node).members;
  return std::any_of(members.begin(), members.end(), depends_on_verdicts);
}

std::vector<std::string> search_terms(std::string_view text) {
  std::vector<std::string> terms;
  std::size_t at = 0;
  while (at < text.size()) {
    if (white_space(text[at])) {
      ++at;
      continue;
    }
    std::optional<std::string> term;
    if (text[at] == '"' || text[at] == '\'') term = read_phrase(text, at);
    if (!term) term = read_word(text, at);
    if (!term->empty()) terms.push_back(*std::move(term));
  }
  return terms;
}

bool valid_keyword(std::string_view keyword) {
  constexpr std::string_view kForbidden = "(){]%*\"\\";
  return !keyword.empty() && keyword.size() <= 255 && std::all_of(keyword.begin(), keyword.end(), [&](char c) {
    return c >= 0x21 && c <= 0x7e && kForbidden.find(c) == std::string_view::npos;
  });
}

EmailFilter read_email_filter(const Json& filter, SmimeVerify smime) {
  FilterBudget budget;
  const auto leaf = [&](const Json& condition, const std::string& path, FilterBudget& spent) {
    return read_condition(condition, path, spent, smime);
  };
  const auto group = [](FilterOperator op, std::vector<EmailFilter> members) {
    return EmailFilter{EmailFilter::Group{store_operator(op), std::move(members)}};
  };
  return read_filter(filter, "filter", budget, leaf, group);
}

std::vector<EmailSort> email_sort(const std::vector<Comparator>& comparators) {
  std::vector<EmailSort> sort;
  for (const auto& comparator : comparators) sort.push_back(sort_of(comparator));
  return sort;
}

std::vector<std::string> email_sort_options() {
  std::vector<std::string> names;
  for (const auto& row : kSorts) names.emplace_back(row.name);
  return names;
}

}  // namespace waxseal::jmapd
