#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/message_file.h"
#include "cli/verify_report.h"
#include "cli_run.h"
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
  EXPECT_THAT(signer["digestAlgorithm"].get<std::string>(), Not(IsEmpty()));

  ASSERT_EQ(json["chain"].size(), 3u);
  EXPECT_EQ(json["chain"][0]["sha256"], sha256(test::alice().der).hex());
  EXPECT_EQ(json["chain"][2]["sha256"], sha256(test::pki().root.der).hex());
  EXPECT_EQ(json["chain"][0]["notAfter"], "2027-01-01T00:00:00Z");
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
                                                {"--revocation", "hard"},
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
                                "at 2026-07-01T12:00:00Z, revocation not checked"})
    EXPECT_THAT(ran.out, HasSubstr(part));
  EXPECT_THAT(ran.out, Not(HasSubstr("problem")));
}

TEST_F(Verify, ThePlainTextSaysWhatToDo) {
  const Ran ran = verify({"--at", "2028-01-01T00:00:00Z", "-"}, signed_mail());
  EXPECT_THAT(ran.out, HasSubstr("problem    The signing certificate has expired (cert_expired)\n"));
  EXPECT_THAT(ran.out, HasSubstr("--at TIME shows the verdict of an earlier day."));
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

TEST(MessageFiles, AFileIsReadAsItIs) {
  const Directory directory;
  const std::string octets("a\0b\r\n\xff", 6);
  const auto file = MessageFile::open(directory.write("x", octets));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->octets(), octets);
  EXPECT_EQ(MessageFile::open(directory.path()).error(), "Is a directory");
}

}  // namespace
}  // namespace waxseal::cli
