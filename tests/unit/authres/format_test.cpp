#include <gmock/gmock.h>

#include "base/text.h"
#include "unit/authres/results.h"

namespace waxseal::authres {
namespace {

using smime::ArResult;
using smime::Code;
using testing::HasSubstr;
using testing::Not;

std::string field(const smime::Verdict& verdict, const Options& options = authres::options()) {
  return field_value(facts_with_section("2"), verdict, options).value_or("no field");
}

TEST(ResultField, VerifiedIsPassWithSignerAndPart) {
  EXPECT_EQ(field(verified()),
            " mx.example.net;\n\tsmime=pass body.smime-identifier=alice@example.com body.smime-part=2");
}

TEST(ResultField, FailedNamesTheFirstReasonAndAllCodes) {
  EXPECT_EQ(field(failed({Code::cert_expired, Code::from_mismatch})),
            " mx.example.net;\n\tsmime=fail reason=\"The signing certificate has expired\"\n\t"
            "body.smime-identifier=alice@example.com body.smime-part=2\n\t"
            "policy.smime-errors=\"cert_expired,from_mismatch\"");
}

TEST(ResultField, WithoutDetailsOnlyTheResult) {
  Options options = authres::options();
  options.details = false;
  EXPECT_EQ(field(failed({Code::cert_expired}), options),
            " mx.example.net;\n\tsmime=fail body.smime-identifier=alice@example.com body.smime-part=2");
}

TEST(ResultField, UnsignedMailHasAFieldOnlyIfAskedFor) {
  for (const auto status : {smime::Status::kNone, smime::Status::kUnknown}) {
    smime::Verdict verdict;
    verdict.status = status;
    Options options = authres::options();
    EXPECT_EQ(field_value({}, verdict, options), std::nullopt);
    options.emit_none = true;
    EXPECT_EQ(field_value({}, verdict, options), " mx.example.net; smime=none");
  }
}

TEST(ResultField, ASectionWithASlashIsQuoted) {
  EXPECT_THAT(field_value(facts_with_section("1/2"), verified(), options()).value_or(""),
              HasSubstr(" body.smime-part=\"1/2\""));
}

TEST(ResultField, ASectionThatIsNoneIsOmitted) {
  for (const char* section : {"", "1 x=y", "1\"", "TEXT"})
    EXPECT_THAT(field_value(facts_with_section(section), verified(), options()).value_or(""), Not(HasSubstr("part")))
        << section;
}

TEST(ResultField, LinesEndWithCrlfInAMessage) {
  EXPECT_EQ(field_lines(" mx;\n\tsmime=pass"), "Authentication-Results: mx;\r\n\tsmime=pass\r\n");
}

struct Address {
  std::string address;
  std::string identifier;  // empty: omitted
};

// Certificates name what their owners like; only what the grammar allows appears, and nothing of it can end the value.
TEST(ResultField, IdentifiersAreMailboxesOrOmitted) {
  const Address addresses[] = {
      {"alice@example.com", "alice@example.com"},
      {"a+b@example.com", "a+b@example.com"},
      {"a b@example.com", "\"a b\"@example.com"},
      {"\"a b\"@example.com", "\"a b\"@example.com"},
      {"a\"; dkim=pass header.d=bank.example; x=\"@example.com",
       "\"a\\\"; dkim=pass header.d=bank.example; x=\\\"\"@example.com"},
      {"a\\@example.com", "\"a\\\\\"@example.com"},
      {"a;b@example.com", "\"a;b\"@example.com"},
      {"a(b@example.com", "\"a(b\"@example.com"},
      {"a\r\nFrom: eve@example.com", ""},
      {"a\nb@example.com", ""},
      {std::string("a\0b@example.com", 15), ""},
      {"a@example.com; dkim=pass", ""},
      {"a@exam ple.com", ""},
      {"a@example.com\r\nX: y.example", ""},
      {"a@[192.0.2.1]", ""},
      {"a@localhost", ""},
      {"@example.com", ""},
      {"a@", ""},
      {"alice", ""},
      {"\xC3\xA4@example.com", ""},
      {"a@\xC3\xA4.example", ""},
      {std::string(65, 'a') + "@example.com", ""},
  };
  for (const Address& a : addresses) {
    const std::string value = field(verified(a.address));
    if (a.identifier.empty())
      EXPECT_THAT(value, Not(HasSubstr("identifier"))) << a.address;
    else
      EXPECT_THAT(value, HasSubstr(" body.smime-identifier=" + a.identifier + " body.smime-part")) << a.address;
  }
}

TEST(ResultField, NonAsciiLocalPartsOnlyInASmtputf8Transaction) {
  Options options = authres::options();
  options.smtputf8 = true;
  EXPECT_THAT(field(verified("\xC3\xA4@example.com"), options), HasSubstr("=\xC3\xA4@example.com"));
  EXPECT_THAT(field(verified("\xC3@example.com"), options), Not(HasSubstr("identifier")));
}

TEST(ResultField, AnAuthservIdThatIsNoTokenIsQuoted) {
  Options options = authres::options();
  options.authserv_id = "a;b\"c\r\nd";
  EXPECT_THAT(field(verified(), options), testing::StartsWith(" \"a;b\\\"cd\";"));
}

TEST(ResultField, NoValueHoldsControlCharactersAndNoLineIsTooLong) {
  std::vector<Code> all;
  for (const smime::CodeRow& row : smime::all_codes()) all.push_back(row.code);
  const std::string value = field(failed(all, std::string(64, '"') + "@" + std::string(200, 'a') + ".example"));
  std::size_t line = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    line = value[i] == '\n' ? 0 : line + 1;
    EXPECT_LE(line, 998u);
    const bool fold = value[i] == '\n' && i + 1 < value.size() && value[i + 1] == '\t';
    EXPECT_TRUE(fold || value[i] == '\t' || (value[i] >= 0x20 && value[i] < 0x7F));
  }
}

struct Mapping {
  std::vector<Code> fatal;
  std::string_view token;
};

TEST(Result, IsTheHighestOfAllFatalCodes) {
  const Mapping mappings[] = {
      {{Code::cert_revoked}, "fail"},
      {{Code::from_mismatch}, "policy"},
      {{Code::sig_alg_unsupported}, "neutral"},
      {{Code::signer_cert_not_found}, "permerror"},
      {{Code::crl_unavailable}, "temperror"},
      {{Code::internal_error}, "temperror"},
      {{Code::crl_unavailable, Code::from_mismatch}, "policy"},
      {{Code::from_mismatch, Code::from_missing}, "permerror"},
      {{Code::from_missing, Code::mime_boundary}, "neutral"},
      {{Code::mime_boundary, Code::digest_mismatch}, "fail"},
      {{}, "fail"},
  };
  for (const Mapping& m : mappings) EXPECT_EQ(result_token(result_of(failed(m.fatal))), m.token);
}

TEST(Result, OnlyVerifiedIsPass) {
  for (const auto status : {smime::Status::kNone, smime::Status::kUnknown, smime::Status::kSigned,
                            smime::Status::kVerified, smime::Status::kFailed}) {
    smime::Verdict verdict;
    verdict.status = status;
    EXPECT_EQ(result_of(verdict) == ArResult::kPass, status == smime::Status::kVerified);
  }
  smime::Verdict pending;
  pending.status = smime::Status::kSigned;
  EXPECT_EQ(result_of(pending), ArResult::kTempError);
}

}  // namespace
}  // namespace waxseal::authres
