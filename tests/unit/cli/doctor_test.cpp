// `waxseal doctor`: what is wrong is found and comes with advice; its twin that is right is not complained about.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/unique_fd.h"
#include "cli_run.h"
#include "service/listen.h"
#include "smime/certificate.h"
#include "support/database.h"

namespace waxseal::cli {
namespace {

using testing::HasSubstr;

class Doctor : public testing::Test {
 protected:
  Doctor() { configure(""); }

  void configure(const std::string& more) {
    config_ = directory_.write("waxseal.toml", "[database]\nurl = \"" + database_.url() + "\"\n" + more);
  }
  void postfix(const std::string& main, const std::string& master = "smtp inet n - y - - smtpd\n") {
    directory_.write("postfix/main.cf", "queue_directory = " + directory_.path("queue") + "\n" + main);
    directory_.write("postfix/master.cf", master);
    std::filesystem::create_directories(directory_.path("queue/waxseal"));
  }
  std::vector<nlohmann::json> examine() {
    ran_ = run({"--config", config_, "doctor", "--json", "--postfix", directory_.path("postfix")});
    return ran_.json();
  }
  // "level: found" of a room, those that contain `text`.
  std::vector<std::string> found(const std::string& room, const std::string& text) {
    std::vector<std::string> out;
    for (const nlohmann::json& finding : examine()) {
      const std::string sentence = finding["found"];
      if (finding["room"] == room && sentence.find(text) != sentence.npos)
        out.push_back(finding["level"].get<std::string>());
    }
    return out;
  }
  // Everything but "good" comes with advice.
  void expect_advice() {
    for (const nlohmann::json& finding : ran_.json())
      EXPECT_EQ(finding["next"].is_null(), finding["level"] == "good") << finding.dump();
  }
  void trust_the_root() {
    const std::string root = directory_.write("root.der", test::pki().root.der);
    ASSERT_EQ(run({"--config", config_, "trust", "add", root}).status, kDone);
  }

  using Levels = std::vector<std::string>;
  Directory directory_;
  test::TestDatabase database_;
  std::string config_;
  Ran ran_;
};

TEST_F(Doctor, NamesTheLineOfAWrongSetting) {
  directory_.write("waxseal.toml", "[database]\nurl = \"x\"\npol_size = 3\n");
  EXPECT_EQ(found("configuration", "waxseal.toml:3:"), Levels{"problem"});
  EXPECT_EQ(ran_.status, kNo);
  expect_advice();
}

TEST_F(Doctor, ARightConfigurationIsGood) {
  EXPECT_EQ(found("configuration", "is right"), Levels{"good"});
  expect_advice();
}

TEST_F(Doctor, MissesTrustAnchors) {
  EXPECT_EQ(found("trust", "no trust anchor"), Levels{"problem"});
  trust_the_root();
  EXPECT_EQ(found("trust", "no trust anchor"), Levels{});
  EXPECT_EQ(found("trust", "1 trust anchor is valid"), Levels{"good"});
}

TEST_F(Doctor, SaysWhenAnAnchorIsAboutToExpire) {
  trust_the_root();
  EXPECT_EQ(found("trust", "expires on"), Levels{});
  const Time end = smime::Certificate::parse(test::pki().root.der)->not_after();
  ran_ =
      run({"--config", config_, "doctor", "--postfix", directory_.path("none")}, "", false, end - Seconds(24 * 3600));
  EXPECT_THAT(ran_.out, HasSubstr("expires on"));
  ran_ = run({"--config", config_, "doctor", "--postfix", directory_.path("none")}, "", false, end + Seconds(1));
  EXPECT_THAT(ran_.out, HasSubstr("expired on"));
  EXPECT_THAT(ran_.out, HasSubstr("no trust anchor is valid now"));
}

TEST_F(Doctor, ADatabaseThatIsAwayIsAProblemAndTheRestIsStillLookedAt) {
  config_ = directory_.write("waxseal.toml", "[database]\nurl = \"postgresql://wax:geheim@127.0.0.1:1/wax\"\n");
  postfix("body_checks = regexp:/etc/postfix/body\n");
  EXPECT_EQ(found("database", "cannot be used"), Levels{"problem"});
  EXPECT_EQ(found("postfix", "body_checks is set"), Levels{"note"});
  EXPECT_THAT(ran_.out, testing::Not(HasSubstr("geheim")));
}

TEST_F(Doctor, ADatabaseThatAnswersIsGood) {
  EXPECT_EQ(found("database", "the schema is current"), Levels{"good"});
}

TEST_F(Doctor, ASocketThatNobodyListensAtIsAProblem) {
  const std::string path = directory_.path("lmtp.sock");
  configure("[lmtp]\nlisten = [\"unix:" + path + "\"]\n");
  EXPECT_EQ(found("daemons", "does not take connections at unix:" + path), Levels{"problem"});
  const auto listener = service::listen_on("unix:" + path);
  ASSERT_TRUE(listener);
  EXPECT_EQ(found("daemons", "takes connections at unix:" + path), Levels{"good"});
}

// Postfix.

TEST_F(Doctor, PostfixThatDoesNotAskTheMilter) {
  configure("[milter]\nsocket = \"unix:" + directory_.path("queue/waxseal/milter.sock") + "\"\n");
  postfix("");
  EXPECT_EQ(found("postfix", "smtpd_milters is empty"), Levels{"warning"});
}

TEST_F(Doctor, TheSocketIsLookedForWhereAChrootedSmtpdSeesIt) {
  const std::string inside = directory_.path("queue/waxseal/milter.sock");
  configure("[milter]\nsocket = \"unix:" + inside + "\"\n");
  postfix("smtpd_milters = unix:waxseal/milter.sock\nnon_smtpd_milters = $smtpd_milters\n");
  EXPECT_EQ(found("postfix", "where no socket is"), Levels{"problem"});
  const auto listener = service::listen_on("unix:" + inside, "0666");
  ASSERT_TRUE(listener);
  EXPECT_EQ(found("postfix", "smtpd_milters reaches " + inside), Levels{"good"});
  // Absolute, and still inside of the chroot.
  postfix("smtpd_milters = unix:/waxseal/milter.sock\n");
  EXPECT_EQ(found("postfix", "smtpd_milters reaches " + inside), Levels{"good"});
  postfix("smtpd_milters = unix:/waxseal/milter.sock\n", "smtp inet n - n - - smtpd\n");
  EXPECT_EQ(found("postfix", "leads to /waxseal/milter.sock, where no socket is"), Levels{"problem"});
}

TEST_F(Doctor, ASocketOfSomebodyElseOrWithoutRightsIsAProblem) {
  const std::string inside = directory_.path("queue/waxseal/milter.sock");
  postfix("smtpd_milters = unix:waxseal/milter.sock\n");
  auto listener = service::listen_on("unix:" + inside, "0666");
  configure("[milter]\nsocket = \"unix:" + directory_.path("elsewhere.sock") + "\"\n");
  EXPECT_EQ(found("postfix", "our setting to"), Levels{"problem"});
  configure("[milter]\nsocket = \"unix:" + inside + "\"\n");
  EXPECT_EQ(found("postfix", "may not connect"), Levels{});
  ASSERT_EQ(::chmod(inside.c_str(), 0600), 0);
  EXPECT_EQ(found("postfix", "Postfix may not connect"), Levels{"problem"});
}

TEST_F(Doctor, AcceptingWithoutTheMilterLosesTheCopy) {
  const std::string milter = "[milter]\nsocket = \"unix:" + directory_.path("m.sock") + "\"\n";
  postfix("smtpd_milters = unix:waxseal/milter.sock\nmilter_default_action = accept\n");
  configure(milter);
  EXPECT_EQ(found("postfix", "milter_default_action = accept"), Levels{"warning"});
  configure(milter + "mode = \"annotate\"\n");
  EXPECT_EQ(found("postfix", "milter_default_action = accept"), Levels{});
}

TEST_F(Doctor, PostfixsLmtpClientMustNotBreakLines) {
  configure("[lmtp]\nlisten = [\"unix:" + directory_.path("queue/waxseal/lmtp.sock") + "\"]\n");
  const std::string main = "virtual_transport = waxlmtp:unix:waxseal/lmtp.sock\n";
  postfix(main, "waxlmtp unix - - y - 20 lmtp\n");
  EXPECT_EQ(found("postfix", "breaks lines longer"), Levels{"warning"});
  postfix(main,
          "waxlmtp unix - - y - 20 lmtp\n  -o lmtp_line_length_limit=0\n  -o disable_mime_output_conversion=yes\n");
  EXPECT_EQ(found("postfix", "breaks lines longer"), Levels{});
  postfix(main, "other unix - - y - 20 lmtp\n");
  EXPECT_EQ(found("postfix", "which master.cf does not have"), Levels{"problem"});
}

TEST_F(Doctor, PostfixMustNotTakeMoreThanWeDo) {
  configure("[milter]\nsocket = \"inet:1@127.0.0.1\"\nmax_message_octets = 20000000\n");
  postfix("");
  EXPECT_EQ(found("postfix", "Postfix takes messages of"), Levels{});
  postfix("message_size_limit = 20000001\n");
  EXPECT_EQ(found("postfix", "Postfix takes messages of"), Levels{"warning"});
  postfix("message_size_limit = 0\n");
  EXPECT_EQ(found("postfix", "any size"), Levels{"warning"});
}

TEST_F(Doctor, WhatRewritesMailIsNamed) {
  for (const std::string setting : {"content_filter", "body_checks", "mime_header_checks", "canonical_maps",
                                    "sender_canonical_maps", "masquerade_domains", "header_checks"}) {
    postfix(setting + " = x\n");
    EXPECT_EQ(found("postfix", setting + " is set"), Levels{"note"}) << setting;
    EXPECT_EQ(found("postfix", "no setting of main.cf rewrites mail"), Levels{}) << setting;
  }
  postfix("# body_checks = x\nempty =\ncontent_filter = $empty\n");
  EXPECT_EQ(found("postfix", "no setting of main.cf rewrites mail"), Levels{"good"});
}

TEST_F(Doctor, WithoutPostfixItSaysSo) {
  EXPECT_EQ(found("postfix", "main.cf cannot be read"), Levels{"note"});
}

}  // namespace
}  // namespace waxseal::cli
