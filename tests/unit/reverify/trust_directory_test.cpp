#include "reverify/trust_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "mailbox.h"

namespace waxseal::reverify {
namespace {

using smime::Status;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class Directory : public testing::Test, protected Mailbox {
 protected:
  Directory() { std::filesystem::create_directories(path_); }
  ~Directory() override { std::filesystem::remove_all(path_); }
  void write(const std::string& name, const std::string& octets) { std::ofstream(path_ / name) << octets; }
  std::size_t trusted() { return store::load_trust(*database)->anchors.size(); }
  std::vector<store::AnchorRow> history() { return store::list_anchors(*database, true); }

  const std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("waxseal-trust-" + std::to_string(::getpid()));
  TrustDirectory directory_{path_, ""};
  const test::Pki other_{"Other"};
};

TEST_F(Directory, AFileIsTrustedAndItsRemovalEndsThat) {
  write("root.pem", test::pki().root.pem());
  write("README", "not a certificate");
  const TrustSync first = directory_.sync(*database, clock.now());
  EXPECT_THAT(first.added, SizeIs(1));
  EXPECT_THAT(first.problems, IsEmpty());
  const EmailId id = deliver(test::clear_signed_mail({.cert = test::alice()}));
  EXPECT_EQ(email(id).status, Status::kVerified);

  clock.advance(Seconds(60));
  std::filesystem::remove(path_ / "root.pem");
  EXPECT_THAT(directory_.sync(*database, clock.now()).removed, SizeIs(1));
  round();
  EXPECT_EQ(email(id).status, Status::kFailed);
  EXPECT_EQ(email(id).status_at_delivery, Status::kVerified);
  ASSERT_THAT(history(), SizeIs(1));
  EXPECT_EQ(history()[0].removed_at, clock.now());
  EXPECT_EQ(history()[0].source, store::AnchorSource::kDirectory);
  EXPECT_EQ(history()[0].label, "root.pem");
}

TEST_F(Directory, NothingIsDoneWhileNothingChanges) {
  write("root.pem", test::pki().root.pem());
  directory_.sync(*database, clock.now());
  const auto version = store::trust_version(*database);
  for (int i = 0; i < 3; ++i) directory_.sync(*database, clock.now());
  TrustDirectory restarted(path_, "");
  EXPECT_THAT(restarted.sync(*database, clock.now()).added, IsEmpty());
  EXPECT_EQ(store::trust_version(*database), version);
}

TEST_F(Directory, AReplacedFileIsReadAgain) {
  write("root.pem", test::pki().root.pem());
  directory_.sync(*database, clock.now());
  write("root.pem", other_.root.pem());
  const TrustSync sync = directory_.sync(*database, clock.now());
  EXPECT_THAT(sync.added, SizeIs(1));
  EXPECT_THAT(sync.removed, SizeIs(1));
}

TEST_F(Directory, WhileAFileCannotBeReadNothingIsRemoved) {
  write("a.pem", test::pki().root.pem());
  directory_.sync(*database, clock.now());
  write("a.pem", test::pki().root.pem().substr(0, 100));  // somebody is copying
  write("b.crt", other_.root.pem());
  const TrustSync sync = directory_.sync(*database, clock.now());
  EXPECT_THAT(sync.problems, ElementsAre(HasSubstr("a.pem")));
  EXPECT_THAT(sync.added, SizeIs(1));
  EXPECT_EQ(trusted(), 2u);
  EXPECT_THAT(directory_.sync(*database, clock.now()).problems, SizeIs(1));  // said again until it is mended
  std::filesystem::remove(path_ / "a.pem");
  EXPECT_THAT(directory_.sync(*database, clock.now()).removed, SizeIs(1));
}

TEST_F(Directory, AMissingDirectoryRemovesNothing) {
  write("root.pem", test::pki().root.pem());
  directory_.sync(*database, clock.now());
  std::filesystem::remove_all(path_);
  EXPECT_THAT(directory_.sync(*database, clock.now()).problems, SizeIs(1));
  EXPECT_EQ(trusted(), 1u);
}

TEST_F(Directory, WhatTheOperatorAddedIsTheOperators) {
  write("root.pem", test::pki().root.pem());
  directory_.sync(*database, clock.now());
  trust(test::pki().root);  // takes it over
  std::filesystem::remove(path_ / "root.pem");
  EXPECT_THAT(directory_.sync(*database, clock.now()).removed, IsEmpty());
  EXPECT_EQ(trusted(), 1u);
}

TEST_F(Directory, WhatIsDistrustedStaysSo) {
  write("root.pem", test::pki().root.pem());
  directory_.sync(*database, clock.now());
  EXPECT_TRUE(store::distrust_anchor(*database, sha256(test::pki().root.der), clock.now()));
  EXPECT_FALSE(store::distrust_anchor(*database, sha256(test::pki().root.der), clock.now()));
  TrustDirectory restarted(path_, "");
  EXPECT_THAT(restarted.sync(*database, clock.now()).added, IsEmpty());
  EXPECT_EQ(trusted(), 0u);
  EXPECT_TRUE(history()[0].distrusted);
  trust(test::pki().root);  // only a person's word
  EXPECT_EQ(trusted(), 1u);
}

TEST_F(Directory, TheSystemsBundleIsASourceOfItsOwn) {
  write("bundle", test::pki().root.pem() + other_.root.pem());
  TrustDirectory with("", path_ / "bundle");
  EXPECT_THAT(with.sync(*database, clock.now()).added, SizeIs(2));
  EXPECT_THAT(TrustDirectory("", "").sync(*database, clock.now()).removed, SizeIs(2));  // switched off again
}

// RVF-04 without a round: the next reader sees it.
TEST_F(Directory, ARemovalMakesUnitsDueAtOnce) {
  trust(test::pki().root);
  deliver(test::clear_signed_mail({.cert = test::alice()}));
  EXPECT_THAT(store::overdue_units(*database, account, clock.now(), 10), IsEmpty());
  distrust(test::pki().root);
  EXPECT_THAT(store::overdue_units(*database, account, clock.now(), 10), SizeIs(1));
}

}  // namespace
}  // namespace waxseal::reverify
