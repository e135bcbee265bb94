// Mail of other projects with the verdicts that they, or OpenSSL and gpgsm, give it.  WAXSEAL_TESTDATA names the
// folder; deviations and their reasons are in tests/smime/README.md.
#include <gtest/gtest.h>

#include <openssl/opensslv.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "smime/revocation_sources.h"
#include "smime/verifier.h"
#include "support/mail.h"
#include "tests/unit/smime/units.h"

namespace waxseal::smime {
namespace {

using namespace waxseal::test;

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) ADD_FAILURE() << "cannot read " << path;
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

// One line of an expected.tsv by column name.
using Row = std::map<std::string, std::string>;

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> cells(1);
  for (const char c : line) {
    if (c == '\t') cells.emplace_back();
    if (c != '\t' && c != '\r') cells.back() += c;
  }
  return cells;
}

std::vector<Row> read_table(const std::string& path) {
  std::istringstream text(read_file(path));
  std::vector<Row> rows;
  std::vector<std::string> columns;
  for (std::string line; std::getline(text, line);) {
    if (line.empty() || line[0] == '#') continue;
    const auto cells = split(line);
    if (columns.empty()) {
      columns = cells;
      continue;
    }
    Row row;
    for (std::size_t i = 0; i < columns.size(); ++i) row[columns[i]] = i < cells.size() ? cells[i] : "";
    rows.push_back(std::move(row));
  }
  return rows;
}

class Reference : public testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("WAXSEAL_TESTDATA");
    if (folder == nullptr || *folder == '\0') GTEST_SKIP() << "WAXSEAL_TESTDATA is not set";
    folder_ = std::string(folder) + "/smime/";
  }

  TrustStore trust_from(const std::string& file) {
    const auto certificates = TrustStore::read_certificates(read_file(folder_ + file));
    TrustStore trust;
    if (!certificates) ADD_FAILURE() << file << ": " << certificates.error();
    if (certificates)
      for (const CertificatePtr& certificate : *certificates) trust.anchors.push_back({certificate, std::nullopt});
    return trust;
  }

  // "signed/failed cert_expired": the status, then the fatal codes.
  std::string judged(const std::string& file, const TrustStore& trust, Time at) {
    const Verdict verdict = verifier_.verify(read_file(folder_ + file), trust, at).verdict;
    std::string out(status_token(verdict.status).value_or("null"));
    for (const std::string& code : names(verdict.fatal)) out += " " + code;
    return out;
  }

  std::string folder_;
  Verifier verifier_{without_revocation()};  // the sets' READMEs: revocation off
};

std::string status_part(const std::string& judged) {
  return judged.substr(0, judged.find(' '));
}

bool agrees(const std::string& expected, const std::string& status) {
  if (expected == "policy") return status == "signed/verified" || status == "signed/failed";
  if (expected == "not-verified") return status != "signed/verified";
  return status == status_part(expected);  // "null (nothing signed)"
}

TEST_F(Reference, RealMailAgreesAtItsDateAndToday) {
  const TrustStore trust = trust_from("realworld/ca-bundle.crt");
  const auto rows = read_table(folder_ + "realworld/expected.tsv");
  ASSERT_EQ(rows.size(), 107U);
  for (const Row& row : rows) {
    const std::string file = "realworld/" + row.at("file");
    const std::string then = judged(file, trust, from_epoch(std::stoll(row.at("date_epoch"))));
    const std::string today = judged(file, trust, from_epoch(1780272000));
    EXPECT_TRUE(agrees(row.at("at_date"), status_part(then))) << file << ": " << row.at("at_date") << ", got " << then;
    EXPECT_TRUE(agrees(row.at("at_20260601"), status_part(today)))
        << file << ": " << row.at("at_20260601") << ", got " << today;
  }
}

// Where RFC 9219 and its companions give another status than the source states; tests/smime/README.md has the reasons.
const std::map<std::string, std::string> kDeviations = {
    {"eml/mail_with_no_signature.eml", "signed/failed cms_malformed"},
    {"received-at-smime2/Message from smime1 to smime2 (signed).eml", "signed/failed weak_digest"},
};

class ReferenceSet : public Reference, public testing::WithParamInterface<const char*> {};

TEST_P(ReferenceSet, AgreesWithItsSourceButForTheListedDeviations) {
  const std::string set = std::string(GetParam()) + "/";
  for (const Row& row : read_table(folder_ + set + "expected.tsv")) {
    const std::string got = judged(set + row.at("file"), trust_from(set + row.at("anchors")), at(row.at("at")));
    const auto deviation = kDeviations.find(row.at("file"));
    if (deviation != kDeviations.end()) {
      EXPECT_EQ(got, deviation->second) << row.at("file");
    } else {
      EXPECT_TRUE(agrees(row.at("expected_smimeStatus"), status_part(got))) << row.at("file") << ": got " << got;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sets, ReferenceSet,
                         testing::Values("james", "nextcloud", "hiraoka-samples", "protected-headers", "rfc4134"),
                         [](const auto& set) { return std::string(set.param).substr(0, 5); });

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

// Enveloped at the root is opaque to us (C29); else OpenSSL's verdict of the root signature, and SHA-1 is weak (2.4).
std::string status_after_openssl(const Row& row) {
  const std::string& name = row.at("eml");
  if (name.ends_with(".env.eml")) return "null";
  return row.at("openssl_rc") == "0" && !contains(name, "SHA1") ? "signed/verified" : "signed/failed";
}

// "encrypted, signed, good" as Thunderbird displays them; empty: it states nothing.
std::string status_after_thunderbird(const Row& row) {
  if (row.at("sig_good(default)").empty()) return "";
  if (row.at("encrypted") == "true") return "null";
  return row.at("sig_good(default)") == "true" ? "signed/verified" : "signed/failed";
}

// Thunderbird's own rules (README): nested layers, a signature around encrypted content, Date against signingTime.
bool is_thunderbirds_own_rule(const std::string& name) {
  return contains(name, ".dave.") || name.starts_with("alice.env.") || name == "alice.future.dsig.SHA256.multipart.eml";
}

TEST_F(Reference, ThunderbirdsMailAgreesWithOpensslAndWithThunderbirdButForItsOwnRules) {
  const TrustStore trust = trust_from("thunderbird/TestCA.pem");
  const auto rows = read_table(folder_ + "thunderbird/expected.tsv");
  ASSERT_EQ(rows.size(), 66U);
  for (const Row& row : rows) {
    const std::string got = judged("thunderbird/" + row.at("eml"), trust, at("2026-06-01T00:00:00Z"));
    if (row.at("eml") == "alice.env.eml") {  // named like the others, but nothing around the envelope is signed
      EXPECT_EQ(got, "null");
      continue;
    }
    EXPECT_EQ(status_part(got), status_after_openssl(row)) << row.at("eml") << ": got " << got;
    const std::string stated = status_after_thunderbird(row);
    if (!stated.empty() && !is_thunderbirds_own_rule(row.at("eml"))) {
      EXPECT_EQ(status_part(got), stated) << row.at("eml") << ": got " << got;
    }
  }
}

// --- PKITS ---

// Most of its certificates have no mail address: what counts is whether anything but identity is wrong.
bool path_is_valid(const Verdict& verdict) {
  return std::ranges::all_of(verdict.fatal, [](Code code) { return row(code).phase == Phase::kIdentity; });
}

// RFC 8551 section 2.2 names no DSA any more, and 2.4 refuses it: these are valid by PKITS alone.
const std::set<std::string> kPkitsDsa = {"4.1.4", "4.1.5"};

class Pkits : public Reference {
 protected:
  const Time at_ = from_epoch(1306886400);

  // Lists that the section names; those in the message are the same ones.
  void add_lists(const Row& row, CrlsAtHand& lists) {
    std::istringstream names(row.at("crls"));
    for (std::string name; std::getline(names, name, ',');)
      EXPECT_TRUE(lists.add(read_file(folder_ + "pkits/crls/" + name + ".crl"))) << name;
  }

  // `lists`: every certificate below the anchor must be cleared by a list, as PKITS has it.
  void expect_what_pkits_expects(bool lists) {
    // 4.6.8 and 4.6.14 want certificates of CAs to sign, which PTH-23 leaves to a knob.
    Policy policy = verifier_.policy();
    policy.allow_ca_signer = true;
    if (lists) policy.revocation = {.mode = RevocationMode::kHard, .no_pointer_fails = true};
    Verifier verifier(policy);
    const TrustStore trust = trust_from("pkits/certs/TrustAnchorRootCertificate.crt");
    const auto rows = read_table(folder_ + "pkits/expected.tsv");
    ASSERT_EQ(rows.size(), 42U);
    for (const Row& row : rows) {
      const std::string mail = read_file(folder_ + "pkits/" + row.at("eml"));
      CrlsAtHand at_hand(policy, trust, at_);
      if (lists) add_lists(row, at_hand);
      for (const auto& [id, certificate] : verifier.extract(mail, trust).certificates) at_hand.add_signer(certificate);
      const Verdict verdict = verifier.verify(mail, trust, at_, Epoch::kNow, &at_hand).verdict;
      const std::string got = testing::PrintToString(names(verdict.fatal));
      ASSERT_EQ(verdict.status, Status::kFailed) << row.at("section");  // of identity, if of nothing else
      if (kPkitsDsa.contains(row.at("section")))
        EXPECT_NE(got.find("_unsupported"), got.npos) << row.at("section") << " " << got;
      else
        EXPECT_EQ(path_is_valid(verdict), row.at("expected_path") == "valid") << row.at("section") << " " << got;
    }
  }
};

TEST_F(Pkits, PathsHaveNoFalseAcceptAndNoFalseReject) {
  expect_what_pkits_expects(false);
}

TEST_F(Pkits, WithListsForEveryCertificateToo) {
  expect_what_pkits_expects(true);
}

// Twin: a valid path without its lists.
TEST_F(Pkits, WithoutAListNobodyIsCleared) {
  Policy policy;
  policy.revocation.no_pointer_fails = true;
  Verifier verifier(policy);
  const TrustStore trust = trust_from("pkits/certs/TrustAnchorRootCertificate.crt");
  CrlsAtHand none(policy, trust, at_);
  const std::string mail = read_file(folder_ + "pkits/smime/SignedValidSignaturesTest1.eml");
  const Verdict verdict = verifier.verify(mail, trust, at_, Epoch::kNow, &none).verdict;
  EXPECT_TRUE(std::ranges::count(verdict.fatal, Code::revocation_no_pointer) > 0);
}

// --- CMS objects without a message around them ---

bool is_pem(const std::string& octets) {
  return octets.starts_with("-----BEGIN");
}

// As the body of an opaque message.
std::string mail_around(const std::string& octets) {
  if (!is_pem(octets)) return message(pkcs7_mime(octets, {.parameters = "", .encoding = "binary"}));
  std::string body;
  std::istringstream lines(octets);
  for (std::string line; std::getline(lines, line);)
    if (!line.starts_with("-")) body += line + "\r\n";
  return message("Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n" + body);
}

class ReferenceCms : public Reference {
 protected:
  std::string judged_cms(const std::string& file, const TrustStore& trust = {}) {
    const Verdict verdict =
        verifier_.verify(mail_around(read_file(folder_ + file)), trust, at("2026-06-01T00:00:00Z")).verdict;
    std::string out(status_token(verdict.status).value_or("null"));
    for (const std::string& code : names(verdict.fatal)) out += " " + code;
    return out;
  }

  std::vector<std::string> files(const std::string& set, const std::set<std::string>& endings) {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ + set))
      if (endings.contains(entry.path().extension()))
        out.push_back(std::filesystem::relative(entry.path(), folder_).string());
    return out;
  }
};

TEST_F(ReferenceCms, BrokenObjectsOfOpensslAreRefused) {
  const std::map<std::string, std::string> reasons = {
      {"cms/bad_signtime_attr.cms", "attr_unsigned_misplaced"},
      {"cms/ct_multiple_attr.cms", "attr_content_type"},
      {"cms/no_ct_attr.cms", "attr_content_type"},
      {"cms/no_md_attr.cms", "attr_message_digest"},
      {"cms/pkcs7-md4.pem", "digest_alg_unsupported"},
  };
  for (const Row& row : read_table(folder_ + "openssl-cms/expected.tsv")) {
    const std::string got = judged_cms("openssl-cms/" + row.at("file"));
    EXPECT_NE(status_part(got), "signed/verified") << row.at("file");
    const auto reason = reasons.find(row.at("file"));
    if (reason != reasons.end()) {
      EXPECT_TRUE(contains(got, reason->second)) << row.at("file") << ": got " << got;
    }
  }
}

TEST_F(ReferenceCms, EveryTypeOfCmsIsToldApart) {
  const auto status = [](const std::string& file) {
    if (contains(file, "-enveloped")) return "null";
    return contains(file, "-signed") ? "signed/failed" : "unknown";
  };
  const auto all = files("asn1crypto", {".der", ".pem"});
  ASSERT_GT(all.size(), 15U);
  for (const std::string& file : all)
    if (!contains(file, "/keys/")) {
      const std::string got = judged_cms(file);
      if (contains(file, "/cms-") || contains(file, "/pkcs7-")) {
        EXPECT_EQ(status_part(got), status(file)) << file << ": got " << got;
      }
      // PKCS #7 1.5 puts the inner object where CMS has an OCTET STRING (RFC 5652 section 5.2.1).
      EXPECT_EQ(contains(got, "cms_malformed"), contains(file, "pkcs7-signed-digested")) << file << ": got " << got;
    }
}

TEST_F(ReferenceCms, MlDsaIsVerifiedOrCleanlyUnsupported) {  // RFC 9882
  for (const std::string set : {"44", "65", "87"}) {
    const std::string got = judged_cms("pqc-lamps/mldsa" + set + "-signed-attrs.pem");
    EXPECT_EQ(contains(got, "sig_alg_unsupported"), OPENSSL_VERSION_NUMBER < 0x30500000L) << got;
    EXPECT_FALSE(contains(got, "signature_invalid")) << got;
    EXPECT_FALSE(contains(got, "cms_malformed")) << got;
  }
}

TEST_F(ReferenceCms, ExamplesOfRfc4134AreReadAndNoneIsTrusted) {
  for (const std::string& file : files("rfc4134", {".bin"})) {
    const std::string got = judged_cms(file, trust_from("rfc4134/CarlDSSSelf.cer"));
    EXPECT_NE(status_part(got), "signed/verified") << file;
  }
}

// RSA and Ed25519 hierarchies that sign each other's roots.
TEST_F(Reference, PathsOfRfc9216AreFound) {
  const auto certificate = [&](const std::string& file) {
    const auto read = TrustStore::read_certificates(read_file(folder_ + "rfc9216/" + file));
    EXPECT_TRUE(read) << file;
    return Cert{.der = read ? std::string(read->front()->der()) : std::string()};
  };
  const Cert rsa = certificate("3_1_RSA_Certification_Authority_Root_Certificate.crt");
  const Cert ed25519 = certificate("6_1_Ed25519_Certification_Authority_Root_Certificate.crt");
  const Cert rsa_cross = certificate("3_3_RSA_Certification_Authority_Cross_Signed_Certificate.crt");
  const Cert ed25519_cross = certificate("6_3_Ed25519_Certification_Authority_Cross_Signed_Certificate.crt");
  const Cert alice_rsa = certificate("4_1_Alice_s_Signature_Verification_End_Entity_Certificate.crt");
  const Cert carlos_ed = certificate("7_1_Carlos_s_Signature_Verification_End_Entity_Certificate.crt");
  const Codes valid = {}, incomplete = {"chain_incomplete"};
  EXPECT_EQ(path_codes({alice_rsa, {}, {}}, {.trust = trusting({rsa})}), valid);
  EXPECT_EQ(path_codes({carlos_ed, {}, {}}, {.trust = trusting({ed25519})}), valid);
  EXPECT_EQ(path_codes({alice_rsa, {rsa_cross}, {}}, {.trust = trusting({ed25519})}), valid);
  EXPECT_EQ(path_codes({carlos_ed, {ed25519_cross}, {}}, {.trust = trusting({rsa})}), valid);
  EXPECT_EQ(path_codes({alice_rsa, {}, {}}, {.trust = trusting({ed25519})}), incomplete);
}

}  // namespace
}  // namespace waxseal::smime
