#include "store/query_sql.h"

#include <algorithm>

#include "base/text.h"
#include "mime/search_text.h"
#include "store/keywords.h"
#include "store/transaction.h"

namespace waxseal::store {

namespace {

// Which table leads, and so which index: the membership for a mailbox, the partial index for S/MIME, else the date.
enum class Driver { kMailbox, kSmime, kAll };

const EmailCondition* condition_of(const EmailFilter& filter) {
  return std::get_if<EmailCondition>(&filter.node);
}

// Conditions that hold for every result: the filter itself, or the members of AND, however deep.
void collect_required(const EmailFilter& filter, std::vector<const EmailCondition*>& out) {
  if (const EmailCondition* const condition = condition_of(filter)) {
    out.push_back(condition);
    return;
  }
  const auto& group = std::get<EmailFilter::Group>(filter.node);
  if (group.op != EmailFilter::Operator::kAnd) return;
  for (const EmailFilter& member : group.members) collect_required(member, out);
}

template <class Test>
bool any_condition(const EmailFilter& filter, const Test& test) {
  if (const EmailCondition* const condition = condition_of(filter)) return test(*condition);
  const auto& members = std::get<EmailFilter::Group>(filter.node).members;
  return std::any_of(members.begin(), members.end(),
                     [&](const EmailFilter& member) { return any_condition(member, test); });
}

template <class Test>
bool any_condition(const EmailQuery& query, const Test& test) {
  return query.filter && any_condition(*query.filter, test);
}

// Anything but what is listed here as never changing.
bool is_mutable_condition(const EmailCondition& c) {
  EmailCondition rest;
  rest.before = c.before;
  rest.after = c.after;
  rest.min_size = c.min_size;
  rest.max_size = c.max_size;
  rest.has_attachment = c.has_attachment;
  rest.text = c.text;
  rest.from = c.from;
  rest.to = c.to;
  rest.cc = c.cc;
  rest.bcc = c.bcc;
  rest.subject = c.subject;
  rest.body = c.body;
  rest.header_name = c.header_name;
  rest.header_value = c.header_value;
  rest.signer_address = c.signer_address;
  rest.signer_issuer = c.signer_issuer;
  return c != rest;
}

struct Lead {
  Driver driver = Driver::kAll;
  std::optional<MailboxId> mailbox;
};

Lead choose_lead(const EmailQuery& query) {
  std::vector<const EmailCondition*> required;
  if (query.filter) collect_required(*query.filter, required);
  Lead lead;
  for (const EmailCondition* condition : required) {
    if (condition->in_mailbox) return {Driver::kMailbox, condition->in_mailbox};
    if (condition->has_smime == true || condition->has_verified_smime == true) lead.driver = Driver::kSmime;
  }
  return lead;
}

class Composer {
 public:
  Composer(AccountId account, const EmailQuery& query) : query_(query), lead_(choose_lead(query)) {
    parameters_.push_back(std::to_string(account.value));
  }

  ComposedQuery compose() {
    std::string where = query_.filter ? filter(*query_.filter) : "TRUE";
    ComposedQuery out;
    out.order_by = "ORDER BY " + order();
    out.id = narrow() + ".email_id";
    out.thread = narrow() + ".thread_id";
    out.from_where = from() + " AND " + where;
    out.mailbox = mailbox_;
    out.parameters = std::move(parameters_);
    return out;
  }

 private:
  std::string bind(std::string value, const char* type) {
    parameters_.push_back(std::move(value));
    return "$" + std::to_string(parameters_.size()) + "::" + type;
  }
  std::string bind(std::int64_t value) { return bind(std::to_string(value), "bigint"); }

  // The row with flags, status and thread.
  std::string narrow() const { return lead_.driver == Driver::kMailbox ? "b" : "e"; }
  // The column whose index gives the order.
  std::string received() const { return (lead_.driver == Driver::kAll ? "m" : narrow()) + ".received_at"; }
  std::string meta(const char* column) {
    needs_meta_ = true;
    return std::string("m.") + column;
  }

  std::string from() {
    switch (lead_.driver) {
      case Driver::kMailbox:
        mailbox_ = bind(lead_.mailbox->value);
        return "FROM email_mailbox b" + joined_meta("b") +
               " WHERE b.account_id = $1::bigint AND b.mailbox_id = " + mailbox_;
      case Driver::kSmime:
        return "FROM emails e" + joined_meta("e") + " WHERE e.account_id = $1::bigint";
      case Driver::kAll:
        break;
    }
    return "FROM email_meta m JOIN emails e ON e.account_id = $1::bigint AND e.email_id = m.email_id "
           "WHERE m.account_id = $1::bigint";
  }

  std::string joined_meta(const std::string& lead) const {
    if (!needs_meta_) return {};
    return " JOIN email_meta m ON m.account_id = $1::bigint AND m.email_id = " + lead + ".email_id";
  }

  std::string filter(const EmailFilter& node) {
    if (const EmailCondition* const one = condition_of(node)) return condition(*one);
    const auto& group = std::get<EmailFilter::Group>(node.node);
    const bool all = group.op == EmailFilter::Operator::kAnd;
    std::string out;
    for (const EmailFilter& member : group.members) {
      if (!out.empty()) out += all ? " AND " : " OR ";
      out += filter(member);
    }
    if (out.empty()) out = all ? "TRUE" : "FALSE";
    return group.op == EmailFilter::Operator::kNot ? "NOT (" + out + ")"
                                                   : "(" + out + ")";  // RFC 8620 5.5: none of them
  }

  std::string condition(const EmailCondition& c) {
    std::vector<std::string> terms;
    add_membership(c, terms);
    add_ranges(c, terms);
    add_keywords(c, terms);
    add_smime(c, terms);
    add_texts(c, terms);
    if (terms.empty()) return "TRUE";
    std::string out = "(";
    for (const std::string& term : terms) {
      if (out.size() > 1) out += " AND ";
      out += term;
    }
    return out + ")";
  }

  std::string member_exists(const std::string& which) const {
    return "EXISTS (SELECT 1 FROM email_mailbox x WHERE x.account_id = $1::bigint AND x.email_id = " + narrow() +
           ".email_id AND " + which + ")";
  }

  void add_membership(const EmailCondition& c, std::vector<std::string>& terms) {
    if (c.in_mailbox && c.in_mailbox != lead_.mailbox) {
      terms.push_back(member_exists("x.mailbox_id = " + bind(c.in_mailbox->value)));
    }
    if (c.has_in_mailbox_other_than || !c.in_mailbox_other_than.empty()) {
      const std::string list = array_of(c.in_mailbox_other_than, [](MailboxId id) { return id.value; });
      terms.push_back(member_exists("NOT (x.mailbox_id = ANY(" + bind(list, "bigint[]") + "))"));
    }
  }

  void add_ranges(const EmailCondition& c, std::vector<std::string>& terms) {
    if (c.before) terms.push_back(received() + " < " + bind(argument(*c.before), "timestamptz"));
    if (c.after) terms.push_back(received() + " >= " + bind(argument(*c.after), "timestamptz"));
    if (c.min_size) terms.push_back(meta("size") + " >= " + bind(*c.min_size));
    if (c.max_size) terms.push_back(meta("size") + " < " + bind(*c.max_size));
    if (c.has_attachment) terms.push_back((*c.has_attachment ? "" : "NOT ") + meta("has_attachment"));
  }

  // Bits appear literally, so that a partial index can be chosen (R9).
  std::string keyword(const std::string& name) { return keyword_of(narrow(), name); }

  std::string keyword_of(const std::string& row, const std::string& name) {
    const std::string lower = ascii_lower(name);
    if (const int bit = flag_of(lower)) return "(" + row + ".flags & " + std::to_string(bit) + ") <> 0";
    return "EXISTS (SELECT 1 FROM email_keyword k WHERE k.account_id = $1::bigint AND k.email_id = " + row +
           ".email_id AND k.keyword = " + bind(to_valid_utf8(lower), "text") + ")";
  }

  // An email of the thread has the keyword, or has it not.
  std::string thread_has(const std::string& name) { return thread_mate(keyword_of("t", name)); }
  std::string thread_lacks(const std::string& name) { return thread_mate("NOT " + keyword_of("t", name)); }
  std::string thread_mate(const std::string& which) const {
    return "EXISTS (SELECT 1 FROM emails t WHERE t.account_id = $1::bigint AND t.thread_id = " + narrow() +
           ".thread_id AND " + which + ")";
  }

  std::string without_keyword(const std::string& name) {
    if (const int bit = flag_of(ascii_lower(name))) return "(" + narrow() + ".flags & " + std::to_string(bit) + ") = 0";
    return "NOT " + keyword(name);
  }

  void add_keywords(const EmailCondition& c, std::vector<std::string>& terms) {
    if (c.has_keyword) terms.push_back(keyword(*c.has_keyword));
    if (c.not_keyword) terms.push_back(without_keyword(*c.not_keyword));
    if (c.all_in_thread) terms.push_back("NOT " + thread_lacks(*c.all_in_thread));
    if (c.some_in_thread) terms.push_back(thread_has(*c.some_in_thread));
    if (c.none_in_thread) terms.push_back("NOT " + thread_has(*c.none_in_thread));
  }

  // RFC 9219 section 4.2: hasSmime: a status other than null; the others: signed/verified.
  void add_smime(const EmailCondition& c, std::vector<std::string>& terms) {
    const std::string status = narrow() + ".smime_status";
    if (c.has_smime) terms.push_back(status + (*c.has_smime ? " > 0" : " = 0"));
    if (c.has_verified_smime)
      terms.push_back(*c.has_verified_smime ? status + " = 3 AND " + status + " > 0" : status + " <> 3");
    if (c.has_verified_smime_at_delivery) {
      terms.push_back(narrow() + ".dlv_status" + (*c.has_verified_smime_at_delivery ? " = 3" : " <> 3"));
    }
    if (c.signer_address) terms.push_back(a_line(meta("signers"), "address:" + like_text(folded(*c.signer_address))));
    if (c.signer_issuer) terms.push_back(a_line(meta("signers"), "issuer:" + like_pattern(folded(*c.signer_issuer))));
    if (c.smime_code) {
      terms.push_back("EXISTS (SELECT 1 FROM emails s WHERE s.account_id = $1::bigint AND s.email_id = " + narrow() +
                      ".email_id AND s.smime_codes @> ARRAY[" + bind(std::to_string(*c.smime_code), "smallint") + "])");
    }
  }

  static std::string folded(const std::string& text) { return mime::search_fold(text); }

  // One of the lines of `text` is LIKE `pattern`.
  std::string a_line(const std::string& text, const std::string& pattern) {
    return "EXISTS (SELECT 1 FROM unnest(string_to_array(" + text + ", chr(10))) AS line WHERE line LIKE " +
           bind(pattern, "text") + ")";
  }

  std::string in_body(const std::string& wanted) {
    return meta("body") + " LIKE " + bind(like_pattern(folded(wanted)), "text");
  }

  std::string contains(const char* column, const std::string& pattern) { return meta(column) + " ILIKE " + pattern; }

  void add_text(const char* column, const std::optional<std::string>& wanted, std::vector<std::string>& terms) {
    if (wanted) terms.push_back(contains(column, bind(like_pattern(*wanted), "text")));
  }

  void add_texts(const EmailCondition& c, std::vector<std::string>& terms) {
    add_text("from_text", c.from, terms);
    add_text("to_text", c.to, terms);
    add_text("cc_text", c.cc, terms);
    add_text("bcc_text", c.bcc, terms);
    add_text("subject", c.subject, terms);
    if (c.body) terms.push_back(in_body(*c.body));
    if (c.header_name) {
      const std::string name = like_text(folded(*c.header_name)) + ":";
      terms.push_back(a_line(meta("headers"), name + (c.header_value ? like_pattern(folded(*c.header_value)) : "%")));
    }
    if (!c.text) return;
    const std::string pattern = bind(like_pattern(*c.text), "text");
    std::string any = in_body(*c.text);
    for (const char* column : {"subject", "from_text", "to_text", "cc_text", "bcc_text", "preview"}) {
      any += " OR " + contains(column, pattern);
    }
    terms.push_back("(" + any + ")");
  }

  std::string sort_key(const EmailSort& sort) {
    switch (sort.property) {
      case EmailSort::Property::kReceivedAt:
        return received();
      case EmailSort::Property::kSize:
        return meta("size");
      case EmailSort::Property::kFrom:
        return text_key(sort, "from_key", "from_name");
      case EmailSort::Property::kTo:
        return text_key(sort, "to_key", "to_name");
      case EmailSort::Property::kSubject:
        return text_key(sort, "subject_key", "subject_base");
      case EmailSort::Property::kSentAt:
        return "coalesce(" + meta("sent_at") + ", " + received() + ")";
      case EmailSort::Property::kHasKeyword:
        return "(" + keyword(sort.keyword) + ")";
      case EmailSort::Property::kAllInThreadHaveKeyword:
        return "(NOT " + thread_lacks(sort.keyword) + ")";
      case EmailSort::Property::kSomeInThreadHaveKeyword:
        return "(" + thread_has(sort.keyword) + ")";
    }
    return received();
  }

  // upper() of the C locale is i;ascii-casemap (RFC 4790 section 9.2.1).
  std::string text_key(const EmailSort& sort, const char* key, const char* plain) {
    if (sort.collation == EmailSort::Collation::kUnicodeCasemap) return meta(key);
    return "upper(" + meta(plain) + " COLLATE \"C\") COLLATE \"C\"";
  }

  std::string order() {
    if (query_.sort.empty()) return received() + " DESC, " + tie() + " DESC";
    std::string out;
    for (const EmailSort& sort : query_.sort) out += sort_key(sort) + (sort.ascending ? " ASC, " : " DESC, ");
    return out + tie() + (query_.sort.front().ascending ? " ASC" : " DESC");
  }

  // The id of the table that leads, so that its index gives the whole order.
  std::string tie() const { return (lead_.driver == Driver::kAll ? "m" : narrow()) + ".email_id"; }

  const EmailQuery& query_;
  const Lead lead_;
  std::vector<std::string> parameters_;
  std::string mailbox_;
  bool needs_meta_ = false;
};

}  // namespace

ComposedQuery compose(AccountId account, const EmailQuery& query) {
  return Composer(account, query).compose();
}

std::optional<MailboxId> only_mailbox(const EmailQuery& query) {
  if (!query.filter) return std::nullopt;
  const EmailCondition* const one = condition_of(*query.filter);
  if (one == nullptr || !one->in_mailbox) return std::nullopt;
  EmailCondition nothing_else;
  nothing_else.in_mailbox = one->in_mailbox;
  return *one == nothing_else ? one->in_mailbox : std::nullopt;
}

bool is_mutable(const EmailQuery& query) {
  const auto by_keyword = [](const EmailSort& sort) { return !sort.keyword.empty(); };
  return any_condition(query, is_mutable_condition) || std::any_of(query.sort.begin(), query.sort.end(), by_keyword);
}

bool concerns_threads(const EmailQuery& query) {
  const auto by_thread = [](const EmailSort& sort) {
    return sort.property == EmailSort::Property::kAllInThreadHaveKeyword ||
           sort.property == EmailSort::Property::kSomeInThreadHaveKeyword;
  };
  const auto of_thread = [](const EmailCondition& c) {
    return c.all_in_thread || c.some_in_thread || c.none_in_thread;
  };
  return query.collapse_threads || any_condition(query, of_thread) ||
         std::any_of(query.sort.begin(), query.sort.end(), by_thread);
}

std::string like_text(std::string_view text) {
  std::string out;
  for (const char c : to_valid_utf8(text)) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string like_pattern(std::string_view text) {
  return "%" + like_text(text) + "%";
}

}  // namespace waxseal::store
