// Who does what for whom, without a database.
#include "store/combiner.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace waxseal::store {
namespace {

using namespace std::chrono_literals;

struct Job {
  int number = 0;
  int batch = 0;  // in which it was done; 0: in none
};

// For a thread that brings one; throws what its work threw.
void join_one(Combiner<Job>& combiner, AccountId account, Job& job, std::size_t weight,
              std::chrono::milliseconds patience, const Combiner<Job>::Work& work) {
  if (const auto error = combiner.join({{account, &job, weight}}, patience, work).front())
    std::rethrow_exception(error);
}

class CombinerTest : public testing::Test {
 protected:
  using Jobs = Combiner<Job>;

  // Done by whoever leads; the first batch waits until `release()`.
  Jobs::Work work() {
    return [this](const Jobs::Take& take) {
      const Jobs::Batch& jobs = take();
      const int batch = ++batches_;
      sizes_.push_back(jobs.size());
      started_ = true;
      while (held_) std::this_thread::sleep_for(1ms);
      if (failing_) throw std::runtime_error("the work failed");
      for (Job* const job : jobs) job->batch = batch;
    };
  }
  void start(Job& job, std::size_t weight = 1, AccountId account = {7}) {
    threads_.emplace_back([this, &job, weight, account] {
      try {
        join_one(combiner_, account, job, weight, 10s, work());
      } catch (const std::exception&) {
        ++failures_;
      }
    });
  }
  // One at work, the others waiting for it.
  void hold_one_and_start(std::vector<Job>& jobs, std::size_t weight = 1) {
    held_ = true;
    start(jobs[0], weight);
    while (!started_) std::this_thread::yield();
    for (std::size_t i = 1; i < jobs.size(); ++i) {
      start(jobs[i], weight);
      while (combiner_.waiting() < i) std::this_thread::yield();  // in their order
    }
  }
  void release() {
    held_ = false;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  static std::vector<int> batches_of(const std::vector<Job>& jobs) {
    std::vector<int> out;
    for (const Job& job : jobs) out.push_back(job.batch);
    return out;
  }

  static constexpr Jobs::Limits kOneByOne = {
      .mix = Jobs::Mix::kOneAccount, .works = 9, .crowd = 0, .long_wait = 0ms, .items = 4, .weight = 100};
  Jobs combiner_{kOneByOne};
  std::vector<std::thread> threads_;
  std::vector<std::size_t> sizes_;
  std::atomic<bool> held_ = false, started_ = false, failing_ = false;
  std::atomic<int> failures_ = 0;
  std::atomic<int> batches_ = 0;
};

TEST_F(CombinerTest, WhoComesAloneIsServedAtOnceByHimself) {
  Job job;
  const auto own = std::this_thread::get_id();
  join_one(combiner_, {7}, job, 1, 0ms, [&](const Jobs::Take& take) {
    EXPECT_EQ(std::this_thread::get_id(), own);
    ASSERT_EQ(take().size(), 1u);
    take()[0]->batch = 1;
  });
  EXPECT_EQ(job.batch, 1);
  EXPECT_EQ(combiner_.waiting(), 0u);
}

TEST_F(CombinerTest, ThoseWhoWaitAreServedTogether) {
  std::vector<Job> jobs(4);
  hold_one_and_start(jobs);
  release();
  EXPECT_EQ(batches_of(jobs), (std::vector{1, 2, 2, 2}));
  EXPECT_EQ(sizes_, (std::vector<std::size_t>{1, 3}));
}

TEST_F(CombinerTest, ABatchHasAtMostSoManyItems) {
  std::vector<Job> jobs(8);
  hold_one_and_start(jobs);
  release();
  EXPECT_EQ(sizes_, (std::vector<std::size_t>{1, 4, 3}));
  EXPECT_EQ(batches_of(jobs), (std::vector{1, 2, 2, 2, 2, 3, 3, 3}));
}

TEST_F(CombinerTest, ABatchIsAtMostSoHeavyButOneItemMayBeHeavier) {
  std::vector<Job> jobs(4);
  hold_one_and_start(jobs, 40);
  release();
  EXPECT_EQ(sizes_, (std::vector<std::size_t>{1, 2, 1}));
  Job heavy;
  start(heavy, 1000);
  release();
  EXPECT_EQ(heavy.batch, 4);
}

TEST_F(CombinerTest, WhoComesWhileTheFirstGetsReadyTakesPart) {
  Job first, second;
  std::thread other;
  join_one(combiner_, {7}, first, 1, 1s, [&](const Jobs::Take& take) {
    other = std::thread([&] { join_one(combiner_, {7}, second, 1, 10s, work()); });
    while (combiner_.waiting() < 2) std::this_thread::yield();
    EXPECT_EQ(take().size(), 2u);
    for (Job* const job : take()) job->batch = 1;
  });
  other.join();
  EXPECT_EQ(second.batch, 1);
  EXPECT_EQ(batches_.load(), 0) << "its own work was not needed";
}

TEST_F(CombinerTest, OtherAccountsDoNotWait) {
  held_ = true;
  Job mine, other;
  start(mine);
  while (!started_) std::this_thread::yield();
  join_one(combiner_, {8}, other, 1, 0ms, [](const Jobs::Take& take) { take()[0]->batch = 9; });
  EXPECT_EQ(other.batch, 9);
  EXPECT_EQ(mine.batch, 0);
  release();
}

TEST_F(CombinerTest, AFailureIsToldToAllOfTheBatchAndToNobodyElse) {
  std::vector<Job> jobs(7);
  hold_one_and_start(jobs);
  std::thread([&] {
    failing_ = true;
    held_ = false;
    while (failures_ == 0) std::this_thread::yield();
    failing_ = false;
  }).join();
  release();
  EXPECT_GE(failures_, 1);
  EXPECT_EQ(std::count(sizes_.begin(), sizes_.end(), 1u), 1);
  int undone = 0;
  for (const Job& job : jobs) undone += job.batch == 0 ? 1 : 0;
  EXPECT_EQ(undone, failures_) << "done or told that it failed, never both";
}

TEST_F(CombinerTest, WorkThatFailsBeforeItBeginsFailsForAllWhoWait) {
  std::vector<Job> jobs(3);
  held_ = true;
  std::thread first([&] {
    EXPECT_THROW(join_one(combiner_, {7}, jobs[0], 1, 1s,
                          [&](const Jobs::Take&) {
                            started_ = true;
                            while (held_) std::this_thread::sleep_for(1ms);
                            throw Unavailable("no connection");
                          }),
                 Unavailable);
  });
  while (!started_) std::this_thread::yield();
  start(jobs[1]);
  start(jobs[2]);
  while (combiner_.waiting() < 3) std::this_thread::yield();
  release();
  first.join();
  EXPECT_EQ(failures_, 2);
  EXPECT_EQ(batches_.load(), 0);
}

TEST_F(CombinerTest, WhoWaitedTooLongIsNotServedLater) {
  std::vector<Job> jobs(1);
  hold_one_and_start(jobs);
  Job late;
  EXPECT_THROW(join_one(combiner_, {7}, late, 1, 20ms, work()), Unavailable);
  EXPECT_EQ(combiner_.waiting(), 0u);
  release();
  EXPECT_EQ(late.batch, 0);
  EXPECT_EQ(sizes_, (std::vector<std::size_t>{1}));
}

// Several accounts in a batch.
class CombinerOfAccounts : public CombinerTest {
 protected:
  static constexpr Jobs::Limits with(std::size_t works, std::size_t crowd, std::chrono::milliseconds long_wait = 10s) {
    return {
        .mix = Jobs::Mix::kAccounts, .works = works, .crowd = crowd, .long_wait = long_wait, .items = 4, .weight = 9};
  }
  // One of account 1 at work and held.
  void hold(Jobs& combiner, Job& job) {
    held_ = true;
    start_in(combiner, job, {1});
    while (!started_) std::this_thread::yield();
  }
  void start_in(Jobs& combiner, Job& job, AccountId account) {
    threads_.emplace_back([this, &combiner, &job, account] { join_one(combiner, account, job, 1, 10s, work()); });
  }
  static std::vector<Jobs::Ask> asks(std::vector<Job>& jobs, const std::vector<std::int64_t>& accounts) {
    std::vector<Jobs::Ask> out;
    for (std::size_t i = 0; i < jobs.size(); ++i) out.push_back({{accounts[i]}, &jobs[i], 1});
    return out;
  }
  void queue(Jobs& combiner, std::vector<Job>& jobs, const std::vector<std::int64_t>& accounts) {
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      start_in(combiner, jobs[i], {accounts[i]});
      while (combiner.waiting() <= i) std::this_thread::yield();
    }
  }
};

TEST_F(CombinerOfAccounts, WhoWaitsIsServedTogetherWhateverTheAccount) {
  Jobs combiner(with(1, 1));
  Job first;
  hold(combiner, first);
  std::vector<Job> jobs(6);
  queue(combiner, jobs, {2, 3, 1, 2, 4, 5});
  release();
  EXPECT_EQ(batches_of(jobs), (std::vector{2, 2, 2, 2, 3, 3}));
}

// One thread with several: it leads one work after the other until all are done.
TEST_F(CombinerOfAccounts, WhatAThreadBringsTogetherIsServedTogether) {
  Jobs combiner(with(1, 1));
  std::vector<Job> jobs(6);
  const auto errors = combiner.join(asks(jobs, {1, 2, 3, 1, 2, 3}), 10s, work());
  EXPECT_EQ(batches_of(jobs), (std::vector{1, 1, 1, 1, 2, 2}));
  EXPECT_EQ(errors, std::vector<std::exception_ptr>(6));
}

TEST_F(CombinerOfAccounts, AndAnotherMayDoSomeOfIt) {
  Jobs combiner(with(1, 1));
  Job first, later;
  hold(combiner, first);
  std::vector<Job> jobs(5);
  threads_.emplace_back([&] { combiner.join(asks(jobs, {1, 2, 3, 4, 5}), 10s, work()); });
  while (combiner.waiting() < 5) std::this_thread::yield();
  start_in(combiner, later, {6});
  while (combiner.waiting() < 6) std::this_thread::yield();
  release();
  EXPECT_EQ(batches_of(jobs), (std::vector{2, 2, 2, 2, 3}));
  EXPECT_EQ(later.batch, 3);
}

TEST_F(CombinerOfAccounts, AFailureIsThatOfThoseThatWereTaken) {
  Jobs combiner(with(1, 1));
  std::vector<Job> jobs(6);
  const auto errors = combiner.join(asks(jobs, {1, 2, 3, 4, 5, 6}), 10s, [this](const Jobs::Take& take) {
    failing_ = batches_ == 0;
    work()(take);
  });
  for (std::size_t i = 0; i < jobs.size(); ++i) EXPECT_EQ(errors[i] != nullptr, i < 4) << i;
  EXPECT_EQ(batches_of(jobs), (std::vector{0, 0, 0, 0, 2, 2}));
}

TEST_F(CombinerOfAccounts, WhatNobodyTookInTimeIsGivenUpAndTheRestIsDone) {
  Jobs combiner(with(1, 1));
  Job first;
  hold(combiner, first);
  std::vector<Job> jobs(3);
  const auto errors = combiner.join(asks(jobs, {1, 2, 3}), 30ms, work());
  for (const auto& error : errors) EXPECT_THROW(std::rethrow_exception(error), Unavailable);
  EXPECT_EQ(combiner.waiting(), 0u);
  release();
  EXPECT_EQ(batches_of(jobs), (std::vector{0, 0, 0}));
  EXPECT_TRUE(combiner.join({}, 0ms, work()).empty());
}

TEST_F(CombinerOfAccounts, AnAccountIsNeverInTwoWorks) {
  Jobs combiner(with(2, 0));
  Job first, other;
  hold(combiner, first);
  std::vector<Job> jobs(2);
  queue(combiner, jobs, {1, 1});
  join_one(combiner, {2}, other, 1, 0ms, [](const Jobs::Take& take) {
    EXPECT_EQ(take().size(), 1u) << "those of account 1 wait";
    take()[0]->batch = 9;
  });
  EXPECT_EQ(other.batch, 9);
  EXPECT_EQ(batches_of(jobs), (std::vector{0, 0}));
  release();
  EXPECT_EQ(batches_of(jobs), (std::vector{2, 2}));
}

TEST_F(CombinerOfAccounts, AnotherWorkBeginsBesideOneForACrowdOnly) {
  Jobs combiner(with(2, 3));
  Job first, third;
  hold(combiner, first);
  std::vector<Job> jobs(2);
  queue(combiner, jobs, {2, 3});
  EXPECT_EQ(batches_, 1);
  start_in(combiner, third, {4});
  while (batches_ < 2) std::this_thread::yield();
  EXPECT_EQ(combiner.waiting(), 0u);
  release();
  EXPECT_EQ(batches_of(jobs), (std::vector{2, 2}));
  EXPECT_EQ(third.batch, 2);
}

TEST_F(CombinerOfAccounts, OrForOneThatWaitsLong) {
  Jobs combiner(with(2, 99, 20ms));
  Job first, second;
  hold(combiner, first);
  start_in(combiner, second, {2});
  while (batches_ < 2) std::this_thread::yield();
  release();
  EXPECT_EQ(second.batch, 2);
}

}  // namespace
}  // namespace waxseal::store
