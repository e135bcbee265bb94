// Other people's signed mail (WAXSEAL_TESTDATA/smime): classification and arithmetic agree with what gpgsm, OpenSSL and
// Thunderbird say of it.  Paths and times are not looked at here.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "support/facts.h"

namespace waxseal::test {
namespace {

using namespace smime;
using Row = std::map<std::string, std::string>;

std::optional<std::filesystem::path> folder(std::string_view name) {
  const char* root = std::getenv("WAXSEAL_TESTDATA");
  if (root == nullptr) return std::nullopt;
  const auto path = std::filesystem::path(root) / "smime" / name;
  if (!std::filesystem::exists(path / "expected.tsv")) return std::nullopt;
  return path;
}

std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> out;
  std::stringstream stream(line);
  for (std::string cell; std::getline(stream, cell, '\t');) out.push_back(cell);
  return out;
}

std::vector<Row> expectations(const std::filesystem::path& folder) {
  std::ifstream file(folder / "expected.tsv");
  std::vector<Row> rows;
  std::vector<std::string> names;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#")) continue;
    const auto values = cells(line);
    if (names.empty()) {
      names = values;
      continue;
    }
    Row& row = rows.emplace_back();
    for (std::size_t i = 0; i < names.size(); ++i) row[names[i]] = i < values.size() ? values[i] : "";
  }
  return rows;
}

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Content digests and signatures of the outermost layer are right, whatever else is wrong with it.
bool has_good_arithmetic(const Facts& facts) {
  if (facts.layers.empty() || facts.layers[0].malformed || facts.layers[0].signers.empty()) return false;
  for (const SignerFacts& signer : facts.layers[0].signers) {
    for (const Code code : signer.codes)
      if (code == Code::digest_mismatch || code == Code::signature_invalid) return false;
    if (signer.candidates.empty() || !signer.candidates[0].verifies) return false;
  }
  return true;
}

TEST(ReferenceMail, RealMailAgreesWithGpgsm) {
  const auto set = folder("realworld");
  if (!set) GTEST_SKIP() << "WAXSEAL_TESTDATA is not set";
  const auto rows = expectations(*set);
  ASSERT_GT(rows.size(), 100u);
  for (const Row& row : rows) {
    const std::string mail = read(*set / row.at("file"));
    const Facts facts = extract(mail).facts;
    if (row.at("gpgsm_integrity") == "GOODSIG")
      EXPECT_TRUE(has_good_arithmetic(facts)) << row.at("file") << " " << outcome(facts);
    else
      EXPECT_EQ(facts.envelope, EnvelopeClass::kNone) << row.at("file") << " " << outcome(facts);
  }
}

TEST(ReferenceMail, ThunderbirdsMailAgreesWithOpenSsl) {
  const auto set = folder("thunderbird");
  if (!set) GTEST_SKIP() << "WAXSEAL_TESTDATA is not set";
  for (const Row& row : expectations(*set)) {
    const std::string& file = row.at("eml");
    const Facts facts = extract(read(*set / file)).facts;
    EXPECT_EQ(has_good_arithmetic(facts), row.at("openssl_rc") == "0") << file << " " << outcome(facts);
  }
}

}  // namespace
}  // namespace waxseal::test
