// Hints to listeners go out behind the commits.
#include "store/notify.h"

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

namespace waxseal::store {
namespace {

TEST(Notifier, WhatChangesMeanwhileSharesTheNext) {
  std::vector<std::string> sent;
  std::promise<void> first_is_on_its_way, go_on;
  {
    Notifier notifier([&](const std::string& accounts) {
      sent.push_back(accounts);
      if (sent.size() > 1) return;
      first_is_on_its_way.set_value();
      go_on.get_future().wait();
    });
    notifier.changed({1});
    first_is_on_its_way.get_future().wait();
    for (const std::int64_t account : {3, 2, 3, 2}) notifier.changed({account});
    go_on.set_value();
  }
  EXPECT_EQ(sent, (std::vector<std::string>{"{1}", "{2,3}"}));
}

TEST(Notifier, AStreamOfChangesIsAFewNotifications) {
  std::size_t sent = 0;
  const auto start = std::chrono::steady_clock::now();
  {
    Notifier notifier([&](const std::string&) { ++sent; });
    for (int i = 0; i < 60; ++i) {
      notifier.changed({1});
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  const auto paces = static_cast<std::size_t>((std::chrono::steady_clock::now() - start) / kPace);
  EXPECT_GE(sent, 1u);
  EXPECT_LE(sent, paces + 2) << "the first, one a pace, and what is left at the end";
}

TEST(Notifier, AFailureIsOneLostHint) {
  std::vector<std::string> sent;
  std::promise<void> failed;
  {
    Notifier notifier([&](const std::string& accounts) {
      sent.push_back(accounts);
      if (sent.size() > 1) return;
      failed.set_value();
      throw std::runtime_error("the server went away");
    });
    notifier.changed({1});
    failed.get_future().wait();
    notifier.changed({2});
  }
  EXPECT_EQ(sent, (std::vector<std::string>{"{1}", "{2}"}));
}

TEST(Notifier, WithoutAChangeNothingIsSent) {
  bool sent = false;
  {
    Notifier notifier([&](const std::string&) { sent = true; });
  }
  EXPECT_FALSE(sent);
}

}  // namespace
}  // namespace waxseal::store
