// Facts survive the store unchanged, and nothing that is damaged is read.
#include <gtest/gtest.h>

#include "support/facts.h"
#include "support/mail.h"

namespace waxseal::test {
namespace {

using namespace smime;

Facts rich_facts() {
  Facts facts = extract(clear_signed_mail({.cert = alice(), .ess = Ess::kV2, .ess_path = {pki().intermediate}},
                                          "\"Älice\" <alice@example.org>"))
                    .facts;
  facts.errant = true;
  facts.codes = {Code::limit_exceeded};
  facts.identity.codes = {Code::from_protected_mismatch};
  LayerFacts& layer = facts.layers.at(0);
  layer.malformed = true;
  layer.codes = {Code::mime_part_count, Code::micalg_mismatch};
  SignerFacts& signer = layer.signers.at(0);
  signer.codes = {Code::digest_mismatch};
  signer.unsupported_algorithm = true;
  Candidate& candidate = signer.candidates.at(0);
  candidate.codes = {Code::weak_key};
  candidate.no_email = candidate.bad_email = true;
  candidate.addresses.push_back({"mül", "xn--bcher-kva.example", true});
  candidate.unit.trust_domain = "tenant";
  return facts;
}

void expect_equal(const Candidate& a, const Candidate& b) {
  EXPECT_EQ(a.certificate, b.certificate);
  EXPECT_EQ(a.verifies, b.verifies);
  EXPECT_EQ(a.unit, b.unit);
  EXPECT_EQ(a.codes, b.codes);
  EXPECT_EQ(a.no_email, b.no_email);
  EXPECT_EQ(a.bad_email, b.bad_email);
  ASSERT_EQ(a.addresses.size(), b.addresses.size());
  for (std::size_t i = 0; i < a.addresses.size(); ++i) {
    EXPECT_EQ(a.addresses[i].local, b.addresses[i].local);
    EXPECT_EQ(a.addresses[i].domain, b.addresses[i].domain);
    EXPECT_EQ(a.addresses[i].utf8_local, b.addresses[i].utf8_local);
  }
}

TEST(FactsJson, EveryFieldComesBack) {
  const Facts before = rich_facts();
  const auto read = facts_from_json(facts_to_json(before));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->version, kFactsVersion);
  EXPECT_EQ(read->envelope, before.envelope);
  EXPECT_EQ(read->errant, before.errant);
  EXPECT_EQ(read->codes, before.codes);
  EXPECT_EQ(read->notes, before.notes);
  EXPECT_EQ(read->identity.codes, before.identity.codes);
  ASSERT_EQ(read->identity.from.size(), 1u);
  EXPECT_EQ(read->identity.from[0].address(), before.identity.from[0].address());
  EXPECT_EQ(read->identity.from[0].display, before.identity.from[0].display);
  ASSERT_EQ(read->layers.size(), 1u);
  const LayerFacts &layer = read->layers[0], &old_layer = before.layers[0];
  EXPECT_EQ(layer.form, old_layer.form);
  EXPECT_EQ(layer.section, old_layer.section);
  EXPECT_EQ(layer.codes, old_layer.codes);
  EXPECT_EQ(layer.malformed, old_layer.malformed);
  ASSERT_EQ(layer.signers.size(), 1u);
  const SignerFacts &signer = layer.signers[0], &old_signer = old_layer.signers[0];
  EXPECT_EQ(signer.codes, old_signer.codes);
  EXPECT_EQ(signer.signing_time, old_signer.signing_time);
  EXPECT_EQ(signer.digest_algorithm, old_signer.digest_algorithm);
  EXPECT_EQ(signer.signature_algorithm, old_signer.signature_algorithm);
  EXPECT_EQ(signer.unsupported_algorithm, old_signer.unsupported_algorithm);
  ASSERT_EQ(signer.candidates.size(), 1u);
  expect_equal(signer.candidates[0], old_signer.candidates[0]);
}

TEST(FactsJson, TheTextIsStable) {
  const std::string text = facts_to_json(rich_facts());
  EXPECT_EQ(facts_to_json(*facts_from_json(text)), text);
}

TEST(FactsJson, DefaultsComeBackAsDefaults) {
  const auto read = facts_from_json(facts_to_json({}));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->envelope, EnvelopeClass::kNone);
  EXPECT_TRUE(read->layers.empty());
}

TEST(FactsJson, ATruncatedTextIsNotRead) {
  const std::string text = facts_to_json(rich_facts());
  for (std::size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(facts_from_json(std::string_view(text).substr(0, size))) << size;
  EXPECT_TRUE(facts_from_json(text));
}

TEST(FactsJson, AnotherVersionAnUnknownCodeOrAWrongTypeIsNotRead) {
  const auto with = [](std::string_view from, std::string_view to) {
    std::string text = facts_to_json(rich_facts());
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return facts_from_json(text.replace(at, from.size(), to));
  };
  EXPECT_TRUE(with("\"version\":1", "\"version\":1"));
  EXPECT_FALSE(with("\"version\":1", "\"version\":2"));
  EXPECT_FALSE(with("\"codes\":[102]", "\"codes\":[9999]"));
  EXPECT_FALSE(with("\"codes\":[102]", "\"codes\":{}"));
  EXPECT_FALSE(with("\"codes\":[102]", "\"codes\":102"));
  EXPECT_FALSE(with("\"form\":\"detached\"", "\"form\":\"other\""));
  EXPECT_FALSE(with("\"envelope\":\"signed\"", "\"envelope\":\"verified\""));
  EXPECT_FALSE(with("\"leaf\":\"", "\"leaf\":\"zz"));
  EXPECT_FALSE(with("\"verifies\":true", "\"verifies\":1"));
}

}  // namespace
}  // namespace waxseal::test
