#include "jmapd/filter.h"

#include <gtest/gtest.h>

#include <array>

#include "jmapd/filter_tree.h"

namespace waxseal::jmapd {
namespace {

using store::EmailCondition;
using store::EmailFilter;
using store::EmailSort;

EmailFilter read(const Json& filter) {
  return read_email_filter(filter, SmimeVerify::kUsed);
}

const EmailCondition& condition_of(const EmailFilter& filter) {
  return std::get<EmailCondition>(filter.node);
}
const EmailFilter::Group& group_of(const EmailFilter& filter) {
  return std::get<EmailFilter::Group>(filter.node);
}

// "invalidArguments filter/minSize", "unsupportedFilter", or "" if the filter is accepted.
std::string refusal(const Json& filter, SmimeVerify smime = SmimeVerify::kUsed) {
  try {
    (void)read_email_filter(filter, smime);
  } catch (const MethodError& error) {
    if (error.type != "invalidArguments") return error.type;
    return error.type + " " + error.extra.at("arguments").at(0).get<std::string>();
  }
  return "";
}

Json nested(std::size_t depth) {
  Json filter{{"hasAttachment", true}};
  for (std::size_t i = 1; i < depth; ++i) filter = Json{{"operator", "NOT"}, {"conditions", Json::array({filter})}};
  return filter;
}

Json wide(std::size_t conditions) {
  Json list = Json::array();
  for (std::size_t i = 0; i < conditions; ++i) list.push_back(Json{{"minSize", i}});
  return Json{{"operator", "OR"}, {"conditions", list}};
}

TEST(Filter, EveryConditionOfTheStoreIsRead) {
  const auto filter = read(Json{{"inMailbox", to_wire(MailboxId{3})},
                                {"inMailboxOtherThan", {to_wire(MailboxId{4}), "zzz"}},
                                {"before", "2026-01-02T03:04:05Z"},
                                {"after", "1970-01-01T00:00:01Z"},
                                {"minSize", 10},
                                {"maxSize", 20},
                                {"hasKeyword", "$Seen"},
                                {"notKeyword", "$draft"},
                                {"hasAttachment", false},
                                {"text", "t"},
                                {"from", "f"},
                                {"to", "o"},
                                {"cc", "c"},
                                {"bcc", "b"},
                                {"subject", "s"},
                                {"hasSmime", true},
                                {"hasVerifiedSmime", false},
                                {"hasVerifiedSmimeAtDelivery", true}});
  const auto& condition = condition_of(filter);
  EXPECT_EQ(condition.in_mailbox, MailboxId{3});
  EXPECT_TRUE(condition.has_in_mailbox_other_than);
  EXPECT_EQ(condition.in_mailbox_other_than, std::vector{MailboxId{4}});
  EXPECT_EQ(condition.before, *parse_date_time("2026-01-02T03:04:05Z"));
  EXPECT_EQ(condition.after, from_epoch(1));
  EXPECT_EQ(condition.min_size, 10);
  EXPECT_EQ(condition.max_size, 20);
  EXPECT_EQ(condition.has_keyword, "$seen");
  EXPECT_EQ(condition.not_keyword, "$draft");
  EXPECT_EQ(condition.has_attachment, false);
  EXPECT_EQ(condition.text, "t");
  EXPECT_EQ(condition.from, "f");
  EXPECT_EQ(condition.to, "o");
  EXPECT_EQ(condition.cc, "c");
  EXPECT_EQ(condition.bcc, "b");
  EXPECT_EQ(condition.subject, "s");
  EXPECT_EQ(condition.has_smime, true);
  EXPECT_EQ(condition.has_verified_smime, false);
  EXPECT_EQ(condition.has_verified_smime_at_delivery, true);
}

TEST(Filter, EmptyConditionSetsNothing) {
  const auto filter = read(Json::object());
  EXPECT_FALSE(condition_of(filter).in_mailbox);
  EXPECT_FALSE(condition_of(filter).has_in_mailbox_other_than);
  EXPECT_FALSE(condition_of(filter).has_smime);
}

TEST(Filter, UnknownMailboxMatchesNothingInsteadOfEverything) {
  const auto filter = read(Json{{"inMailbox", "nowhere"}});
  EXPECT_EQ(condition_of(filter).in_mailbox, MailboxId{0});
}

TEST(Filter, EveryTermOfATextMustBeFound) {
  const auto filter = read(Json{{"from", "jane \"van der Berg\""}, {"minSize", 1}});
  const auto& group = group_of(filter);
  ASSERT_EQ(group.op, EmailFilter::Operator::kAnd);
  ASSERT_EQ(group.members.size(), 2U);
  EXPECT_EQ(condition_of(group.members[0]).from, "jane");
  EXPECT_EQ(condition_of(group.members[0]).min_size, 1);
  EXPECT_EQ(condition_of(group.members[1]).from, "van der Berg");
  EXPECT_FALSE(condition_of(group.members[1]).min_size);
}

TEST(Filter, OperatorsKeepTheirTree) {
  const auto filter =
      read(Json{{"operator", "AND"},
                {"conditions", {{{"operator", "NOT"}, {"conditions", {{{"hasSmime", true}}}}}, {{"subject", "x"}}}}});
  const auto& group = group_of(filter);
  EXPECT_EQ(group.op, EmailFilter::Operator::kAnd);
  ASSERT_EQ(group.members.size(), 2U);
  EXPECT_EQ(group_of(group.members[0]).op, EmailFilter::Operator::kNot);
  EXPECT_EQ(condition_of(group_of(group.members[0]).members.at(0)).has_smime, true);
  EXPECT_EQ(condition_of(group.members[1]).subject, "x");
}

TEST(Filter, WrongConditionsAreRefusedWithTheirPath) {
  const std::vector<std::pair<Json, std::string>> cases{
      {Json(1), "invalidArguments filter"},
      {Json::array(), "invalidArguments filter"},
      {Json{{"colour", "red"}}, "invalidArguments filter/colour"},
      {Json{{"inMailbox", nullptr}}, "invalidArguments filter/inMailbox"},
      {Json{{"inMailbox", "m 1"}}, "invalidArguments filter/inMailbox"},
      {Json{{"inMailboxOtherThan", "m1"}}, "invalidArguments filter/inMailboxOtherThan"},
      {Json{{"before", "2026-01-02T03:04:05+01:00"}}, "invalidArguments filter/before"},
      {Json{{"minSize", -1}}, "invalidArguments filter/minSize"},
      {Json{{"maxSize", "1"}}, "invalidArguments filter/maxSize"},
      {Json{{"hasKeyword", ""}}, "invalidArguments filter/hasKeyword"},
      {Json{{"notKeyword", "a b"}}, "invalidArguments filter/notKeyword"},
      {Json{{"hasAttachment", 1}}, "invalidArguments filter/hasAttachment"},
      {Json{{"text", Json::array({"a"})}}, "invalidArguments filter/text"},
      {Json{{"operator", "XOR"}, {"conditions", Json::array()}}, "invalidArguments filter/operator"},
      {Json{{"operator", "AND"}}, "invalidArguments filter/conditions"},
      {Json{{"operator", "AND"}, {"conditions", Json::array()}, {"minSize", 1}}, "invalidArguments filter/minSize"},
      {Json{{"operator", "AND"}, {"conditions", {{{"minSize", 1}}, {{"maxSize", true}}}}},
       "invalidArguments filter/conditions/1/maxSize"},
  };
  for (const auto& [filter, expected] : cases) EXPECT_EQ(refusal(filter), expected) << filter.dump();
}

TEST(Filter, SmimeConditionsExistOnlyWithTheirCapability) {
  for (const char* name : {"hasSmime", "hasVerifiedSmime", "hasVerifiedSmimeAtDelivery"}) {
    EXPECT_EQ(refusal(Json{{name, true}}, SmimeVerify::kUsed), "") << name;
    EXPECT_EQ(refusal(Json{{name, true}}, SmimeVerify::kUnused), std::string("invalidArguments filter/") + name);
  }
}

TEST(Filter, HeaderIsANameAndPerhapsAText) {
  const EmailFilter name = read(Json{{"header", {"X-A"}}}), text = read(Json{{"header", {"X-A", "b c"}}});
  EXPECT_EQ(condition_of(name).header_name, "X-A");
  EXPECT_FALSE(condition_of(name).header_value);
  EXPECT_EQ(condition_of(text).header_value, "b c");
  for (const Json& wrong : {Json::array(), Json::array({"a", "b", "c"}), Json::array({""}), Json::array({"a b"}),
                            Json::array({"a:b"}), Json::array({1}), Json("a")}) {
    EXPECT_EQ(refusal(Json{{"header", wrong}}), "invalidArguments filter/header") << wrong.dump();
  }
}

TEST(Filter, DetailsOfSignaturesNeedTheirCapability) {
  for (const Json& filter : {Json{{"smimeSignerAddress", "a@b"}}, Json{{"smimeSignerIssuer", "CA"}},
                             Json{{"smimeErrorCode", "cert_expired"}}}) {
    EXPECT_EQ(refusal(filter, SmimeVerify::kWithDetails), "") << filter.dump();
    EXPECT_NE(refusal(filter, SmimeVerify::kUsed), "") << filter.dump();
  }
  EXPECT_EQ(refusal(Json{{"smimeErrorCode", "no_such_code"}}, SmimeVerify::kWithDetails),
            "invalidArguments filter/smimeErrorCode");
}

TEST(Filter, DepthAndNumberOfConditionsAreBounded) {
  EXPECT_EQ(refusal(nested(kMaxFilterDepth)), "");
  EXPECT_EQ(refusal(nested(kMaxFilterDepth + 1)), "unsupportedFilter");
  EXPECT_EQ(refusal(wide(kMaxFilterConditions)), "");
  EXPECT_EQ(refusal(wide(kMaxFilterConditions + 1)), "unsupportedFilter");
}

TEST(Filter, SearchTextIsBounded) {
  EXPECT_EQ(refusal(Json{{"text", std::string(1024, 'a')}}), "");
  EXPECT_EQ(refusal(Json{{"text", std::string(1025, 'a')}}), "unsupportedFilter");
  std::string words;
  for (std::size_t i = 0; i <= kMaxFilterConditions; ++i) words += "a ";
  EXPECT_EQ(refusal(Json{{"text", words}}), "unsupportedFilter");
}

TEST(SearchTerms, WordsAndPhrases) {
  using Terms = std::vector<std::string>;
  EXPECT_EQ(search_terms(""), Terms());
  EXPECT_EQ(search_terms("  "), Terms());
  EXPECT_EQ(search_terms(" a  b\tc "), (Terms{"a", "b", "c"}));
  EXPECT_EQ(search_terms("\"a b\" c"), (Terms{"a b", "c"}));
  EXPECT_EQ(search_terms("'a \"b' c"), (Terms{"a \"b", "c"}));
  EXPECT_EQ(search_terms("\"a \\\"b\\\\ c\""), (Terms{"a \"b\\ c"}));
  EXPECT_EQ(search_terms("don't \"stop"), (Terms{"don't", "\"stop"}));
  EXPECT_EQ(search_terms("\"\" x"), (Terms{"x"}));
}

// "" or the type of the error.
std::string sort_refusal(const Json& sort) {
  static constexpr std::array<std::string_view, 1> kNames{"sort"};
  const Json arguments{{"sort", sort}};
  try {
    (void)email_sort(read_sort(Arguments(arguments, kNames)));
  } catch (const MethodError& error) {
    return error.type;
  }
  return "";
}

TEST(Sort, ComparatorsBecomeTheStoresOwn) {
  const auto sort =
      email_sort({{"receivedAt", false, std::nullopt, "sort/0"}, {"hasKeyword", true, "$Flagged", "sort/1"}});
  ASSERT_EQ(sort.size(), 2U);
  EXPECT_EQ(sort[0].property, EmailSort::Property::kReceivedAt);
  EXPECT_FALSE(sort[0].ascending);
  EXPECT_EQ(sort[1].property, EmailSort::Property::kHasKeyword);
  EXPECT_EQ(sort[1].keyword, "$flagged");
}

TEST(Sort, EveryAdvertisedOptionIsAccepted) {
  for (const auto& name : email_sort_options()) {
    Json comparator{{"property", name}};
    if (name.ends_with("Keyword")) comparator["keyword"] = "$seen";
    EXPECT_EQ(sort_refusal(Json::array({comparator})), "") << name;
  }
}

TEST(Sort, WhatCannotBeSortedByIsUnsupportedAndWhatIsWrongIsInvalid) {
  EXPECT_EQ(sort_refusal(nullptr), "");
  EXPECT_EQ(sort_refusal(Json::array()), "");
  EXPECT_EQ(sort_refusal(Json::array({{{"property", "colour"}}})), "unsupportedSort");
  EXPECT_EQ(sort_refusal(Json::array({{{"property", "someInThreadHaveKeyword"}}})), "invalidArguments");
  EXPECT_EQ(sort_refusal(Json::array({{{"property", "subject"}, {"collation", "i;klingon"}}})), "unsupportedSort");
  EXPECT_EQ(sort_refusal(Json::array({{{"property", "subject"}, {"collation", "i;ascii-casemap"}}})), "");
  EXPECT_EQ(sort_refusal("subject"), "invalidArguments");
  EXPECT_EQ(sort_refusal(Json::array({"subject"})), "invalidArguments");
  EXPECT_EQ(sort_refusal(Json::array({{{"isAscending", true}}})), "invalidArguments");
  EXPECT_EQ(sort_refusal(Json::array({{{"property", "hasKeyword"}}})), "invalidArguments");
  EXPECT_EQ(sort_refusal(Json::array({{{"property", "size"}, {"keyword", "$seen"}}})), "invalidArguments");
  EXPECT_EQ(sort_refusal(Json::array({{{"property", "size"}, {"descending", true}}})), "invalidArguments");
}

TEST(Sort, NumberOfComparatorsIsBounded) {
  const Json one{{"property", "size"}};
  Json many = Json::array();
  for (std::size_t i = 0; i < kMaxComparators; ++i) many.push_back(one);
  EXPECT_EQ(sort_refusal(many), "");
  many.push_back(one);
  EXPECT_EQ(sort_refusal(many), "unsupportedSort");
}

TEST(QueryWindow, LimitIsClampedAndReported) {
  static constexpr std::array<std::string_view, 1> kNames{"limit"};
  const auto window = [](const Json& limit) {
    const Json arguments{{"limit", limit}};
    return read_window(Arguments(arguments, kNames));
  };
  EXPECT_EQ(window(0).limit, 0U);
  EXPECT_FALSE(window(0).limit_enforced);
  EXPECT_EQ(window(kMaxQueryLimit).limit, kMaxQueryLimit);
  EXPECT_FALSE(window(kMaxQueryLimit).limit_enforced);
  EXPECT_EQ(window(kMaxQueryLimit + 1).limit, kMaxQueryLimit);
  EXPECT_TRUE(window(kMaxQueryLimit + 1).limit_enforced);
  EXPECT_TRUE(window(nullptr).limit_enforced);
  EXPECT_THROW(window(-1), MethodError);
}

}  // namespace
}  // namespace waxseal::jmapd
