#include "smime/policy.h"

#include <gtest/gtest.h>

namespace waxseal::smime {
namespace {

struct Setting {
  std::string knob, value, refused;
};

// One accepted value that is not the default, and one that is refused, for every knob of appendix A that is a Policy's.
const std::vector<Setting> kSettings = {
    {"partial_signature_status", "signed/failed", "failed"},
    {"accept_octet_stream_p7m", "off", "no"},
    {"accept_octet_stream_p7s", "off", "0"},
    {"strict_micalg", "on", "true"},
    {"signed_over_encrypted", "signed/failed", "fail"},
    {"accepted_econtent_types", "1.2.840.113549.1.7.1, 1.2.3", ""},
    {"require_signed_attrs", "off", ""},
    {"require_mime_content", "off", "Off"},
    {"require_der_attrs", "on", "yes"},
    {"require_ess", "on", " on"},
    {"multi_signer", "from_signer_only", "any"},
    {"min_rsa_bits", "3072", "512"},
    {"max_rsa_bits", "4096", "1000000"},
    {"allow_secp256k1", "on", "true"},
    {"weak_severity", "warn", "ignore"},
    {"weak_legacy_before", "2015-01-01T00:00:00Z", "2015-01-01"},
    {"date_mismatch_max", "3600", "-1"},
    {"require_eku", "on", "1"},
    {"allow_any_eku", "off", "never"},
    {"eku_nesting", "off", "none"},
    {"allow_ca_signer", "on", "maybe"},
    {"ignore_anchor_validity", "on", "always"},
    {"required_policies", "2.23.140.1.5.1.1, 1.2.3", "emailProtection"},
    {"local_part_case", "sensitive", "on"},
    {"allow_subject_email", "off", "false"},
    {"display_name_policy", "fail", "on"},
    {"limit.certificates", "32", "0"},
    {"limit.path_depth", "3", "11"},
    {"limit.message_octets", "1000", "1k"},
    {"limit.header_octets", "65536", "524289"},
    {"limit.field_octets", "998", "65537"},
    {"limit.fields", "200", "2001"},
};

TEST(Policy, EveryKnobTakesItsValuesAndChangesTheVersion) {
  const std::string before = Policy{}.version();
  for (const Setting& setting : kSettings) {
    Policy policy;
    const auto result = policy.set(setting.knob, setting.value);
    ASSERT_TRUE(result) << setting.knob << ": " << result.error();
    EXPECT_NE(policy.version(), before) << setting.knob;
  }
}

TEST(Policy, EveryKnobRefusesOtherValuesAndStaysAsItWas) {
  for (const Setting& setting : kSettings) {
    Policy policy;
    const auto result = policy.set(setting.knob, setting.refused);
    ASSERT_FALSE(result) << setting.knob;
    EXPECT_NE(result.error().find(setting.knob + " must be "), std::string::npos) << result.error();
    EXPECT_EQ(policy.version(), Policy{}.version()) << setting.knob;
  }
}

TEST(Policy, ErrorsSayWhatIsAccepted) {
  Policy policy;
  EXPECT_EQ(policy.set("min_rsa_bits", "many").error(),
            "min_rsa_bits must be a number from 1024 to 8192, not \"many\"");
  EXPECT_EQ(policy.set("display_name_policy", "warn").error(),
            "display_name_policy must be ignore or fail, not \"warn\"");
  EXPECT_EQ(policy.set("min_rsa_bit", "2048").error(), "there is no policy knob \"min_rsa_bit\"");
}

TEST(Policy, SettingTheDefaultsChangesNothing) {
  Policy policy;
  EXPECT_TRUE(policy.set("min_rsa_bits", "2048"));
  EXPECT_TRUE(policy.set("weak_legacy_before", "unset"));
  EXPECT_TRUE(policy.set("required_policies", ""));
  EXPECT_TRUE(policy.set("local_part_case", "insensitive"));
  EXPECT_EQ(policy.version(), Policy{}.version());
}

TEST(Policy, OrderOfRequiredPoliciesDoesNotMatter) {
  Policy a, b;
  EXPECT_TRUE(a.set("required_policies", "1.2.3,1.2.4"));
  EXPECT_TRUE(b.set("required_policies", "1.2.4 1.2.3 1.2.4"));
  EXPECT_EQ(a.version(), b.version());
}

TEST(Policy, ContradictingKeySizesAreRefused) {
  Policy policy;
  EXPECT_TRUE(policy.set("max_rsa_bits", "3072"));
  EXPECT_FALSE(policy.set("min_rsa_bits", "4096"));
  EXPECT_EQ(policy.min_rsa_bits, 2048U);
}

TEST(Policy, SeverityFollowsTheKnobs) {
  Policy policy;
  EXPECT_EQ(policy.severity(Code::weak_digest), Severity::kFatal);
  EXPECT_EQ(policy.severity(Code::weak_digest, true), Severity::kWarn);
  EXPECT_EQ(policy.severity(Code::cert_expired, true), Severity::kFatal);
  EXPECT_EQ(policy.severity(Code::micalg_mismatch), Severity::kInfo);
  EXPECT_EQ(policy.severity(Code::attrs_not_der), Severity::kInfo);
  policy.weak_is_warning = policy.strict_micalg = policy.require_der_attrs = true;
  EXPECT_EQ(policy.severity(Code::weak_chain_signature), Severity::kWarn);
  EXPECT_EQ(policy.severity(Code::weak_key), Severity::kWarn);
  EXPECT_EQ(policy.severity(Code::micalg_mismatch), Severity::kFatal);
  EXPECT_EQ(policy.severity(Code::attrs_not_der), Severity::kFatal);
}

}  // namespace
}  // namespace waxseal::smime
