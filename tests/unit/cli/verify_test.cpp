#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/message_file.h"
#include "cli/verify_report.h"
#include "cli_run.h"
#include "support/crl.h"
#include "support/mail.h"

namespace waxseal::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class Verify : public testing::Test {
 protected:
  Verify() : anchors_(directory_.write("root.pem", test::pki().root.pem())) {}

  Ran verify(std::vector<std::string> arguments, const std::string& input = "") {
    arguments.insert(arguments.begin(), {"verify", "--anchors", anchors_});
    return run(arguments, input);
  }
  // The JSON object of one message.
  nlohmann::json judge(const std::string& message, std::vector<std::string> options = {}) {
    options.insert(options.end(), {"--json", "-"});
    const Ran ran = verify(std::move(options), message);
    EXPECT_EQ(ran.err, "");
    const auto objects = ran.json();
    return objects.size() == 1 ? objects.front() : nlohmann::json();
  }
  static std::string signed_mail() { return test::clear_signed_mail({.cert = test::alice()}); }
  static std::string altered(std::string message) { return message.replace(message.find("Hello"), 5, "HELLO"); }

  Directory directory_;
  std::string anchors_;
};

TEST_F(Verify, ASignedMessageIsVerifiedWithoutConfigurationOrDatabase) {
  const std::string file = directory_.write("a.eml", signed_mail());
  const Ran ran = verify({"--json", file});
  EXPECT_EQ(ran.status, kDone);
  EXPECT_EQ(ran.err, "");
  const auto json = ran.json().at(0);
  EXPECT_EQ(json["file"], file);
  EXPECT_EQ(json["smimeStatus"], "signed/verified");
  EXPECT_TRUE(json["smimeErrors"].is_null());
  EXPECT_THAT(json["codes"], IsEmpty());
  EXPECT_EQ(json["at"], "2026-07-01T12:00:00Z");
  EXPECT_EQ(json["fromAddresses"], nlohmann::json({"alice@example.org"}));

  ASSERT_EQ(json["signers"].size(), 1u);
  const auto& signer = json["signers"][0];
  EXPECT_EQ(signer["sha256"], sha256(test::alice().der).hex());
  EXPECT_EQ(signer["addresses"], nlohmann::json({"alice@example.org"}));
  EXPECT_EQ(signer["signingTime"], "2026-07-01T12:00:00Z");
  EXPECT_EQ(signer["algorithms"], nlohmann::json({{"digest", "sha256"}, {"signature", "ecdsa"}, {"key", "P-256"}}));
  EXPECT_EQ(signer["layer"], 1);

  ASSERT_EQ(json["chain"].size(), 3u);
  EXPECT_EQ(json["chain"][0]["sha256"], sha256(test::alice().der).hex());
  EXPECT_EQ(json["chain"][2]["sha256"], sha256(test::pki().root.der).hex());
  EXPECT_EQ(json["chain"][0]["notAfter"], "2027-01-01T00:00:00Z");
  EXPECT_EQ(json["chain"][1]["key"], "P-256");
  EXPECT_EQ(json["chain"][0]["issuer"], json["chain"][1]["subject"]);
}

TEST_F(Verify, AnAlteredMessageFailsWithTheReason) {
  const auto json = judge(altered(signed_mail()));
  EXPECT_EQ(json["smimeStatus"], "signed/failed");
  EXPECT_EQ(json["smimeErrors"], nlohmann::json({"The message was modified after it was signed"}));
  EXPECT_EQ(json["codes"], nlohmann::json({"digest_mismatch"}));
}

TEST_F(Verify, AnotherAnchorDoesNotVouch) {
  const test::Pki other("Other");
  anchors_ = directory_.write("other.pem", other.root.pem());
  const auto json = judge(signed_mail());
  EXPECT_EQ(json["smimeStatus"], "signed/failed");
  EXPECT_THAT(json["chain"], IsEmpty());
  EXPECT_THAT(json["codes"], ElementsAre(StartsWith("chain_")));
}

TEST_F(Verify, TheTimeDecides) {
  EXPECT_EQ(judge(signed_mail(), {"--at", "2027-01-01T00:00:00Z"})["smimeStatus"], "signed/verified");
  const auto json = judge(signed_mail(), {"--at", "2027-01-01T00:00:01Z"});
  EXPECT_EQ(json["codes"], nlohmann::json({"cert_expired"}));
  EXPECT_EQ(json["at"], "2027-01-01T00:00:01Z");
}

TEST_F(Verify, UnsignedMailIsNullAndNotVerified) {
  const std::string message = test::message(test::text_entity());
  const auto json = judge(message);
  EXPECT_TRUE(json["smimeStatus"].is_null());
  EXPECT_TRUE(json["smimeErrors"].is_null());
  EXPECT_THAT(json["signers"], IsEmpty());
  const Ran ran = verify({"-"}, message);
  EXPECT_EQ(ran.status, kNo);
  EXPECT_THAT(ran.out, HasSubstr("-: not signed\n"));
}

TEST_F(Verify, KnobsAreSetForThisRunAlone) {
  const std::string message = test::clear_signed_mail({.cert = test::alice(test::KeyType::kRsa2048)});
  EXPECT_EQ(judge(message)["smimeStatus"], "signed/verified");
  EXPECT_EQ(judge(message, {"--set", "min_rsa_bits=3072"})["codes"], nlohmann::json({"weak_key"}));
}

TEST_F(Verify, WrongOptionsAreUsageErrors) {
  const std::string file = directory_.write("a.eml", signed_mail());
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{"--set", "min_rsa_bits=7"},
                                                {"--set", "min_rsa_bits"},
                                                {"--set", "no_such=1"},
                                                {"--at", "yesterday"},
                                                {"--revocation", "sometimes"},
                                                {"--lang", "de_DE"},
                                                {"--anchors", directory_.path("missing.pem")},
                                                {"--anchors", directory_.write("empty.pem", "")}}) {
    std::vector<std::string> arguments = wrong;
    arguments.push_back(file);
    const Ran ran = verify(arguments);
    EXPECT_EQ(ran.status, kUsage) << wrong[0] << ' ' << wrong[1];
    EXPECT_EQ(ran.out, "");
    EXPECT_THAT(ran.err, StartsWith("waxseal: "));
  }
  EXPECT_EQ(verify({"--revocation", "off", file}).status, kDone);
}

TEST_F(Verify, ListsAtHandDecideAndTheirAbsenceOnlyWhereItIsAskedFor) {
  test::CertSpec spec;
  spec.emails = {std::string(test::kAlice)};
  spec.crl_urls = {"http://crl.example.org/ca.crl"};
  const test::Cert signer = test::pki().leaf(spec);
  const std::string mail = test::clear_signed_mail({.cert = signer});
  const auto list = [&](const std::string& name, std::vector<test::Revoked> revoked) {
    return directory_.write(name, test::make_crl({.revoked = std::move(revoked)}, test::pki().intermediate));
  };
  const std::string clean = list("clean.crl", {});
  const std::string revoking = list("revoking.crl", {{signer.serial, test::at("2026-06-01T00:00:00Z"), {}, {}}});
  EXPECT_EQ(judge(mail)["smimeStatus"], "signed/verified");
  EXPECT_EQ(judge(mail, {"--revocation", "hard"})["codes"], nlohmann::json({"crl_unavailable"}));
  EXPECT_EQ(judge(mail, {"--crl", clean})["smimeStatus"], "signed/verified");
  EXPECT_EQ(judge(mail, {"--crl", revoking})["codes"], nlohmann::json({"cert_revoked"}));
  EXPECT_EQ(judge(mail, {"--crl", revoking, "--at", "2026-05-01T00:00:00Z"})["smimeStatus"], "signed/verified");
}

TEST_F(Verify, AListThatCannotBeReadIsNamed) {
  const std::string file = directory_.write("a.eml", signed_mail());
  for (const std::string& list : {directory_.path("missing.crl"), directory_.path(""), file}) {
    const Ran ran = verify({"--crl", list, file});
    EXPECT_EQ(ran.status, kUsage) << list;
    EXPECT_THAT(ran.err, StartsWith("waxseal: --crl " + list)) << list;
  }
}

// --revocation hard and lists at hand, without database or network: what else is behind a knob.
class VerifyLists : public Verify {
 protected:
  std::string judged(const std::string& mail, const std::vector<std::string>& lists,
                     const std::vector<std::string>& knobs = {}) {
    std::vector<std::string> arguments = {"--revocation", "hard"};
    for (const std::string& list : lists) {
      arguments.emplace_back("--crl");
      arguments.push_back(directory_.write(std::to_string(++files_) + ".crl", list));
    }
    for (const std::string& knob : knobs) {
      arguments.emplace_back("--set");
      arguments.push_back(knob);
    }
    const auto got = judge(mail, arguments);
    return got["codes"].empty() ? got["smimeStatus"].get<std::string>() : got["codes"].front().get<std::string>();
  }
  static test::CertSpec spec() {
    test::CertSpec spec;
    spec.emails = {std::string(test::kAlice)};
    spec.crl_urls = {"http://crl.example.org/ca.crl"};
    return spec;
  }
  static std::string list_of(test::CrlSpec spec) { return test::make_crl(spec, test::pki().intermediate); }

  int files_ = 0;
};

TEST_F(VerifyLists, DeltasBehindTheirKnob) {  // REV-06, REV-10
  const test::Cert signer = test::pki().leaf(spec());
  const std::string mail = test::clear_signed_mail({.cert = signer});
  const std::string base = list_of(
      {.this_update = test::at("2026-06-01T00:00:00Z"), .next_update = test::at("2026-06-08T00:00:00Z"), .number = 5});
  const auto delta = [](std::vector<test::Revoked> revoked) {
    return list_of({.revoked = std::move(revoked), .number = 6, .extensions = {test::delta_of(5)}});
  };
  const std::vector<std::string> on = {"revocation.deltas=on"};
  EXPECT_EQ(judged(mail, {base, delta({})}), "crl_invalid");
  EXPECT_EQ(judged(mail, {base, delta({})}, on), "signed/verified");
  EXPECT_EQ(judged(mail, {base, delta({{signer.serial, test::at("2026-06-20T00:00:00Z"), {}, {}}})}, on),
            "cert_revoked");
}

TEST_F(VerifyLists, ListsOfAnotherPublisherBehindTheirKnob) {  // REV-05
  const test::Cert publisher = test::issue(test::ca_spec("List Service", -402), test::pki().root);
  test::CertSpec with_publisher = spec();
  with_publisher.crl_urls = {};
  with_publisher.extensions = {test::point_of_publisher("http://crl.example.org/all.crl", publisher)};
  const test::Cert signer = test::pki().leaf(with_publisher);
  const std::string content = test::text_entity();
  const std::string mail = test::message(test::multipart_signed(
      content,
      test::make_cms({.signers = {{.cert = signer}}, .certificates = {test::pki().intermediate.der, publisher.der}},
                     content)));
  const std::string clean = test::indirect_list(publisher, "");
  const std::string revoking =
      test::indirect_list(publisher, test::indirect_entry(signer, test::pki().intermediate.subject));
  const std::vector<std::string> on = {"revocation.indirect_crl=on"};
  EXPECT_EQ(judged(mail, {clean}), "crl_indirect_unsupported");
  EXPECT_EQ(judged(mail, {clean}, on), "signed/verified");
  EXPECT_EQ(judged(mail, {revoking}, on), "cert_revoked");
}

TEST_F(VerifyLists, PartitionsByReasonCountTogether) {  // REV-04
  const std::string mail = test::clear_signed_mail({.cert = test::pki().leaf(spec())});
  const auto partition = [](const std::string& reasons) { return list_of({.extensions = {test::scope({reasons})}}); };
  const std::string some = partition(test::only_key_compromise()), rest = partition(test::every_other_reason());
  EXPECT_EQ(judged(mail, {some}), "crl_unavailable");
  EXPECT_EQ(judged(mail, {some, rest}), "signed/verified");
}

TEST_F(Verify, AnUnreadableFileIsReportedInItsPlaceAndTheRestGoesOn) {
  const std::string good = directory_.write("good.eml", signed_mail()), missing = directory_.path("missing.eml");
  const Ran ran = verify({"--json", good, missing, good});
  EXPECT_EQ(ran.status, kUsage);
  const auto objects = ran.json();
  ASSERT_EQ(objects.size(), 3u);
  EXPECT_EQ(objects[0]["smimeStatus"], "signed/verified");
  EXPECT_EQ(objects[1], nlohmann::json({{"file", missing}, {"error", "No such file or directory"}}));
  EXPECT_EQ(objects[2], objects[0]);
}

TEST_F(Verify, OneFailureAmongManyDecidesTheExitStatus) {
  const std::string good = directory_.write("good.eml", signed_mail()),
                    bad = directory_.write("bad.eml", altered(signed_mail()));
  EXPECT_EQ(verify({good, good}).status, kDone);
  EXPECT_EQ(verify({bad, good}).status, kNo);
  EXPECT_EQ(verify({bad, directory_.path("missing")}).status, kUsage);
}

TEST_F(Verify, ADirectoryIsWalkedInOrder) {
  directory_.write("mail/b/2.eml", signed_mail());
  directory_.write("mail/a.eml", signed_mail());
  directory_.write("mail/b/1.eml", signed_mail());
  std::vector<std::string> files;
  for (const auto& object : verify({"--json", directory_.path("mail")}).json())
    files.push_back(object["file"].get<std::string>().substr(directory_.path("mail/").size()));
  EXPECT_THAT(files, ElementsAre("a.eml", "b/1.eml", "b/2.eml"));
}

TEST_F(Verify, AnEmptyFileIsAMessageWithoutSignature) {
  const Ran ran = verify({"--json", directory_.write("empty.eml", "")});
  EXPECT_EQ(ran.status, kNo);
  EXPECT_TRUE(ran.json().at(0)["smimeStatus"].is_null());
}

TEST_F(Verify, AnchorsMayBeADirectoryOrDer) {
  directory_.write("trust/one.crt", test::pki().root.der);
  directory_.write("trust/notes.txt", "not a certificate");
  anchors_ = directory_.path("trust");
  EXPECT_EQ(judge(signed_mail())["smimeStatus"], "signed/verified");
}

TEST_F(Verify, ThePlainTextExplainsEnvelopeSignerChainAndTime) {
  const Ran ran = verify({"-"}, signed_mail());
  EXPECT_THAT(ran.out, StartsWith("-: signed/verified\n"));
  for (const std::string& part :
       std::vector<std::string>{"signed as a whole", "alice@example.org", "detached (multipart/signed)", "issued by ",
                                "SHA-256 " + sha256(test::alice().der).hex(), "3  ", ", trusted",
                                "P-256, valid 2026-01-01T00:00:00Z to 2027-01-01T00:00:00Z", "at 2026-07-01T12:00:00Z",
                                "content      passed   unchanged since it was signed",
                                "revocation   passed   no certificate of the chain is known to be revoked",
                                "sender       passed   From is an address of the certificate"})
    EXPECT_THAT(ran.out, HasSubstr(part));
  EXPECT_THAT(ran.out, Not(HasSubstr("FAILED")));
  EXPECT_THAT(ran.out, Not(HasSubstr("Next")));
}

TEST_F(Verify, ThePlainTextSaysWhatToDo) {
  const Ran ran = verify({"--at", "2028-01-01T00:00:00Z", "-"}, signed_mail());
  EXPECT_THAT(ran.out, HasSubstr("certificate  FAILED   The signing certificate has expired (cert_expired)\n"));
  EXPECT_THAT(ran.out, HasSubstr("  Next         The sender needs a new certificate. --at TIME shows the verdict of an "
                                 "earlier day.\n"));
}

// What failed takes the word of what depends on it: a check is never called passed on the word of a broken one.
TEST_F(Verify, NoCheckPassesOnTheStrengthOfABrokenOne) {
  const Ran content = verify({"-"}, altered(signed_mail()));
  EXPECT_THAT(content.out, HasSubstr("content      FAILED   The message was modified after it was signed"));
  EXPECT_THAT(content.out, HasSubstr("signature    -        not over this content"));
  EXPECT_THAT(content.out, HasSubstr("certificate  passed"));

  test::SignerSpec wrong{.cert = test::alice()};
  wrong.edit = [](test::SignerFields& fields) { fields.signature.back() ^= 1; };
  const Ran signature = verify({"-"}, test::clear_signed_mail(wrong));
  EXPECT_THAT(signature.out, HasSubstr("signature    FAILED   The signature is not valid (signature_invalid)"));
  EXPECT_THAT(signature.out, HasSubstr("content      -        no valid signature vouches for it"));

  const Ran from = verify({"-"}, test::clear_signed_mail({.cert = test::alice()}, "mallory@example.org"));
  EXPECT_THAT(from.out, HasSubstr("signature    passed"));
  EXPECT_THAT(from.out, HasSubstr("sender       FAILED   From email address doesn't match the certificate"));

  const Ran truncated = verify({"-"}, test::message(test::multipart_signed(test::text_entity(), "", {.close = false})));
  EXPECT_THAT(truncated.out, HasSubstr("message      FAILED   The signed message is truncated"));
  for (const char* check : {"content      -", "signature    -", "certificate  -", "sender       -"})
    EXPECT_THAT(truncated.out, HasSubstr(std::string(check) + "        not reached"));
}

TEST_F(Verify, TextsAreInTheLanguageAskedForAndEnglishWhereItIsMissing) {
  const std::string message = altered(signed_mail());
  EXPECT_EQ(judge(message, {"--lang", "tlh-x-none"})["smimeErrors"], judge(message)["smimeErrors"]);
  EXPECT_EQ(judge(message, {"--lang", "de"})["codes"], nlohmann::json({"digest_mismatch"}));
  EXPECT_THAT(verify({"--lang", "de", "-"}, message).out, HasSubstr("(digest_mismatch)"));
}

TEST_F(Verify, ManyMessagesComeOutInTheirOrder) {
  const std::string good = signed_mail(), bad = altered(signed_mail());
  std::vector<std::string> arguments = {"--json"};
  for (int i = 0; i < 300; ++i)
    arguments.push_back(directory_.write(std::to_string(i) + ".eml", i % 7 == 0 ? bad : good));
  const Ran ran = verify(arguments);
  EXPECT_EQ(ran.status, kNo);
  const auto objects = ran.json();
  ASSERT_EQ(objects.size(), 300u);
  for (std::size_t i = 0; i < 300; ++i) {
    EXPECT_EQ(objects[i]["file"], arguments[i + 1]);
    EXPECT_EQ(objects[i]["smimeStatus"], i % 7 == 0 ? "signed/failed" : "signed/verified");
  }
}

TEST_F(Verify, ProgressIsForTerminalsWhoseOutputGoesElsewhere) {
  std::vector<std::string> arguments = {"verify", "--anchors", anchors_};
  for (int i = 0; i < 60; ++i) arguments.push_back(directory_.path("missing"));
  EXPECT_THAT(run(arguments).err, Not(HasSubstr("\r")));
  const Ran shown = run(arguments, "", false, test::default_now(), true);
  EXPECT_THAT(shown.err, HasSubstr("\r0 verified, 0 not, 50 unreadable"));
  EXPECT_THAT(shown.err, HasSubstr("\r\x1b[K" + directory_.path("missing") + ": No such file or directory\n"));
}

TEST_F(Verify, ColoursAreForTerminalsAlone) {
  const std::string file = directory_.write("a.eml", signed_mail());
  EXPECT_THAT(verify({file}).out, Not(HasSubstr("\x1b")));
  EXPECT_THAT(run({"verify", "--anchors", anchors_, file}, "", true).out, HasSubstr("\x1b[32msigned/verified\x1b[0m"));
  EXPECT_THAT(run({"verify", "--json", "--anchors", anchors_, file}, "", true).out, Not(HasSubstr("\x1b")));
}

TEST_F(Verify, NamesFromTheMessageCannotSteerTheTerminal) {
  test::CertSpec spec;
  spec.common_name = "Al\x1b[2Jice";
  spec.emails = {std::string(test::kAlice)};
  const Ran ran = verify({"-"}, test::clear_signed_mail({.cert = test::pki().leaf(spec)}));
  EXPECT_THAT(ran.out, Not(HasSubstr("\x1b")));
  EXPECT_THAT(ran.out, HasSubstr("signed/verified"));
}

TEST(Advice, IsASentenceAndNeverSuggestsTrustForAForgery) {
  for (const smime::CodeRow& row : smime::all_codes()) {
    const std::string text(advice(row.code));
    EXPECT_TRUE(text.empty() || text.ends_with('.')) << row.name;
    EXPECT_TRUE(row.phase == smime::Phase::kPath || text.find("trust add") == std::string::npos) << row.name;
  }
}

TEST_F(Verify, ADirectoryWithoutAMessageIsAMistake) {
  std::filesystem::create_directory(directory_.path("none"));
  const Ran ran = verify({directory_.path("none")});
  EXPECT_EQ(ran.status, kUsage);
  EXPECT_EQ(ran.err, "waxseal: there is no file in the directory\n");
}

}  // namespace
}  // namespace waxseal::cli
