// Mail of other projects with the verdicts that they, or OpenSSL and gpgsm, give it.  WAXSEAL_TESTDATA names the
// folder; deviations and their reasons are in tests/smime/README.md.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "smime/verifier.h"
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
  Verifier verifier_{Policy{}};
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

}  // namespace
}  // namespace waxseal::smime
