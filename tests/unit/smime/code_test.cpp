#include "smime/code.h"

#include <gtest/gtest.h>

#include <set>

#include "base/text.h"

namespace waxseal::smime {
namespace {

TEST(Code, EveryNumberAndNameIsUnique) {
  std::set<int> numbers;
  std::set<std::string_view> names;
  for (const CodeRow& r : all_codes()) {
    EXPECT_TRUE(numbers.insert(static_cast<int>(r.code)).second) << r.name;
    EXPECT_TRUE(names.insert(r.name).second) << r.name;
  }
}

TEST(Code, NumbersAreStored) {  // ERR-07: a change here breaks every database
  const std::pair<int, std::string_view> stored[] = {
      {101, "message_malformed"},
      {102, "limit_exceeded"},
      {103, "mime_duplicate_header"},
      {104, "mime_ambiguous_content_type"},
      {105, "mime_boundary"},
      {106, "mime_ambiguous_boundary"},
      {107, "mime_truncated"},
      {108, "mime_part_count"},
      {109, "mime_signature_part_type"},
      {110, "mime_bad_cte"},
      {111, "smime_type_mismatch"},
      {112, "compressed_malformed"},
      {113, "signed_content_empty"},
      {114, "signed_content_not_mime"},
      {115, "micalg_mismatch"},
      {116, "signature_partial"},
      {201, "cms_malformed"},
      {202, "cms_trailing_data"},
      {203, "cms_not_signed_data"},
      {204, "cms_content_type_unsupported"},
      {205, "cms_unexpected_econtent"},
      {206, "cms_missing_econtent"},
      {207, "cms_no_signers"},
      {301, "signer_cert_not_found"},
      {302, "digest_mismatch"},
      {303, "signature_invalid"},
      {304, "signed_attrs_as_content"},
      {305, "attr_missing"},
      {306, "attr_content_type"},
      {307, "attr_message_digest"},
      {308, "attr_duplicate"},
      {309, "attr_unsigned_misplaced"},
      {310, "attrs_not_der"},
      {311, "alg_protect_mismatch"},
      {312, "digest_alg_unsupported"},
      {313, "sig_alg_unsupported"},
      {314, "sig_alg_mismatch"},
      {315, "key_unsupported"},
      {316, "weak_digest"},
      {317, "weak_key"},
      {318, "weak_exponent"},
      {319, "ess_cert_mismatch"},
      {320, "ess_malformed"},
      {321, "ess_hash_unsupported"},
      {322, "signing_time_future"},
      {323, "signing_time_outside_validity"},
      {324, "date_mismatch"},
      {325, "other_signer_failed"},
      {401, "cert_malformed"},
      {402, "cert_expired"},
      {403, "cert_not_yet_valid"},
      {404, "cert_is_ca"},
      {405, "cert_key_usage"},
      {406, "cert_ext_key_usage"},
      {407, "issuer_expired"},
      {408, "issuer_not_yet_valid"},
      {409, "issuer_ext_key_usage"},
      {410, "anchor_expired"},
      {411, "chain_self_signed"},
      {412, "chain_incomplete"},
      {413, "chain_untrusted"},
      {414, "chain_signature"},
      {415, "chain_invalid_ca"},
      {416, "chain_path_length"},
      {417, "chain_invalid"},
      {418, "weak_chain_signature"},
      {419, "name_constraints"},
      {420, "critical_extension"},
      {421, "cert_policy"},
      {422, "ess_path_restriction"},
      {501, "cert_revoked"},
      {502, "cert_on_hold"},
      {503, "issuer_revoked"},
      {504, "crl_unavailable"},
      {505, "crl_expired"},
      {506, "crl_invalid"},
      {507, "crl_too_large"},
      {508, "crl_indirect_unsupported"},
      {509, "crl_url_not_allowed"},
      {510, "ocsp_unavailable"},
      {511, "ocsp_invalid"},
      {512, "ocsp_unknown"},
      {513, "revocation_no_pointer"},
      {601, "from_missing"},
      {602, "from_multiple_fields"},
      {603, "from_unparsable"},
      {604, "from_group"},
      {605, "from_mismatch"},
      {606, "from_multiple_unmatched"},
      {607, "from_protected_mismatch"},
      {608, "from_display_name"},
      {609, "cert_no_email"},
      {610, "cert_bad_email"},
      {701, "internal_error"},
      {702, "more_errors"},
  };
  for (const auto& [number, name] : stored) {
    ASSERT_TRUE(code_numbered(number)) << number;
    EXPECT_EQ(row(*code_numbered(number)).name, name);
  }
  EXPECT_EQ(all_codes().size(), std::size(stored)) << "append new codes here too";
}

TEST(Code, FirstDigitOfTheNumberIsThePhaseAndTheTableIsInPhaseOrder) {
  int last = 0;
  for (const CodeRow& r : all_codes()) {
    const int number = static_cast<int>(r.code);
    EXPECT_EQ(number / 100, static_cast<int>(r.phase) + 1) << r.name;
    EXPECT_GE(number / 100, last / 100) << r.name;
    last = number;
  }
}

TEST(Code, LooksUpByNameAndNumberAndNothingElse) {
  EXPECT_EQ(code_named("cert_expired"), Code::cert_expired);
  EXPECT_EQ(code_numbered(402), Code::cert_expired);
  EXPECT_FALSE(code_named("Cert_expired"));
  EXPECT_FALSE(code_named(""));
  EXPECT_FALSE(code_numbered(0));
  EXPECT_FALSE(code_numbered(499));
}

TEST(Code, SortsInCatalogueOrderWithoutDuplicates) {  // ERR-03
  std::vector<Code> codes = {Code::internal_error, Code::from_mismatch,   Code::cert_expired,
                             Code::from_mismatch,  Code::digest_mismatch, Code::message_malformed};
  sort_codes(codes);
  EXPECT_EQ(codes, (std::vector<Code>{Code::message_malformed, Code::digest_mismatch, Code::cert_expired,
                                      Code::from_mismatch, Code::internal_error}));
}

TEST(Code, TextsAreShortPlainSentencesWithoutParameters) {  // ERR-06
  for (const CodeRow& r : all_codes()) {
    EXPECT_FALSE(r.text.empty()) << r.name;
    EXPECT_LE(r.text.size(), 120U) << r.name;
    EXPECT_NE(r.text.back(), '.') << r.name;
    EXPECT_EQ(r.text.find_first_of("%<>&{}\n"), r.text.npos) << r.name;
    EXPECT_TRUE(is_ascii(r.text)) << r.name;
  }
}

TEST(Code, TextsOfRfc9219Example2AreExact) {  // ERR-08
  EXPECT_EQ(row(Code::from_mismatch).text, "From email address doesn't match the certificate");
  EXPECT_EQ(row(Code::crl_unavailable).text, "Can't retrieve CRL from the CRL URL");
}

TEST(Code, EveryFatalCodeHasAnAuthenticationResult) {
  for (const CodeRow& r : all_codes()) {
    if (r.severity != Severity::kFatal) continue;
    EXPECT_NE(r.ar, ArResult::kNone) << r.name;
    EXPECT_NE(r.ar, ArResult::kPass) << r.name;
  }
}

}  // namespace
}  // namespace waxseal::smime
