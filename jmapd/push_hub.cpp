#include "jmapd/push_hub.h"

#include <algorithm>
#include <tuple>

#include "jmapd/method.h"
#include "service/log.h"

namespace waxseal::jmapd {
namespace {

using Shown = std::tuple<AccountId, TokenId, std::string>;  // the credentials that a stream began with

Shown shown_by(const EventSubscription& subscription) {
  const store::Principal& principal = subscription.principal;
  return {principal.account, principal.token, std::string(principal.credentials.view())};
}

}  // namespace

PushHub::PushHub(Options options, Read read, Check check)
    : options_(options), read_(std::move(read)), check_(std::move(check)) {
  thread_ = std::thread([this] { run(); });
}

PushHub::~PushHub() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const Entry& entry : entries_) entry.subscription.channel->finish();
  }
  wake_.notify_all();
  thread_.join();
}

bool PushHub::add(EventSubscription subscription) {
  const Now now = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(mutex_);
    std::size_t& count = counts_[subscription.principal.account];
    if (stopping_ || count >= options_.per_account) return false;
    ++count;
    changed_.insert(subscription.principal.account);  // what happened since `known` was read
    const Now ping = now + subscription.ping;
    entries_.push_back({std::move(subscription), ping, now + options_.age});
  }
  wake_.notify_all();
  return true;
}

void PushHub::changed(AccountId account) {
  {
    const std::lock_guard lock(mutex_);
    if (!counts_.contains(account)) return;
    changed_.insert(account);
  }
  wake_.notify_all();
}

std::size_t PushHub::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

void PushHub::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const Now now = std::chrono::steady_clock::now();
    const std::vector<AccountId> accounts = accounts_to_read(now);
    if (!accounts.empty()) {
      lock.unlock();
      std::map<AccountId, store::AccountStates> states;
      try {
        states = read_(accounts);
      } catch (const std::exception& error) {  // the next poll tells what this one would have told
        service::log_warn("push_poll_failed", {{"error", error.what()}});
      }
      lock.lock();
      tell(states);
    }
    check_credentials(lock, std::chrono::steady_clock::now());
    keep_alive(std::chrono::steady_clock::now());
    if (!stopping_) wake_.wait_until(lock, next_wake(std::chrono::steady_clock::now()));
  }
}

std::vector<AccountId> PushHub::accounts_to_read(Now now) {
  std::vector<AccountId> accounts;
  if (now >= next_poll_) {
    next_poll_ = now + options_.poll;
    for (const auto& [account, count] : counts_) accounts.push_back(account);
  } else if (now >= next_read_) {
    accounts.assign(changed_.begin(), changed_.end());
  } else {
    return accounts;
  }
  changed_.clear();
  if (!accounts.empty()) next_read_ = now + options_.pause;
  return accounts;
}

void PushHub::tell(const std::map<AccountId, store::AccountStates>& states) {
  for (Entry& entry : entries_) {
    EventSubscription& subscription = entry.subscription;
    const auto found = states.find(subscription.principal.account);
    if (found == states.end()) continue;
    const std::string event = state_event(subscription, found->second);
    if (event.empty()) continue;
    subscription.known = found->second;
    subscription.channel->send(event);
    if (subscription.close_after_state) subscription.channel->finish();
  }
}

// A stream whose credentials were withdrawn ends; its client comes back and is refused.
void PushHub::check_credentials(std::unique_lock<std::mutex>& lock, Now now) {
  if (!check_ || entries_.empty() || now < next_check_) return;
  next_check_ = now + options_.recheck;
  std::map<Shown, store::Principal> shown;  // many streams of a client have the same
  for (const Entry& entry : entries_) shown.emplace(shown_by(entry.subscription), entry.subscription.principal);
  std::vector<store::Principal> principals;
  for (const auto& [key, principal] : shown) principals.push_back(principal);
  lock.unlock();
  std::vector<bool> hold(principals.size(), true);
  try {
    hold = check_(principals);
  } catch (const std::exception& error) {  // the next look tells what this one would have told
    service::log_warn("push_check_failed", {{"error", error.what()}});
  }
  lock.lock();
  std::size_t i = 0;
  std::erase_if(shown, [&](const auto&) { return hold[i++]; });
  for (const Entry& entry : entries_) {
    if (!shown.contains(shown_by(entry.subscription))) continue;
    entry.subscription.channel->finish();
    service::log_info("event_source_ended",
                      {{"principal", entry.subscription.principal.name}, {"reason", "the credentials were withdrawn"}});
  }
}

// Pings that are due; and forgets the clients that have gone or are told to come back.
void PushHub::keep_alive(Now now) {
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    EventSubscription& subscription = entry->subscription;
    if (now >= entry->ends) subscription.channel->finish();
    if (!subscription.channel->open()) {
      const auto count = counts_.find(subscription.principal.account);
      if (--count->second == 0) counts_.erase(count);
      entry = entries_.erase(entry);
      continue;
    }
    if (subscription.ping.count() > 0 && now >= entry->next_ping) {
      subscription.channel->send(ping_event(subscription.ping));
      entry->next_ping = now + subscription.ping;
    }
    ++entry;
  }
}

PushHub::Now PushHub::next_wake(Now now) const {
  Now next = entries_.empty() ? now + std::chrono::hours(1) : next_poll_;
  if (!changed_.empty()) next = std::min(next, next_read_);
  if (check_ && !entries_.empty()) next = std::min(next, next_check_);
  for (const Entry& entry : entries_) {
    next = std::min(next, entry.ends);
    if (entry.subscription.ping.count() > 0) next = std::min(next, entry.next_ping);
  }
  return next;
}

std::string state_event(const EventSubscription& subscription, const store::AccountStates& now) {
  const auto& names = store::state_types();
  Json changed = Json::object();
  std::string id;
  for (std::size_t i = 0; i < now.size(); ++i) {
    id += (i == 0 ? "" : ",") + now[i];
    const bool known = i < subscription.known.size() && subscription.known[i] == now[i];
    if (!known && i < subscription.types.size() && subscription.types[i]) changed[names[i]] = now[i];
  }
  if (changed.empty()) return "";
  const Json data = {{"@type", "StateChange"},
                     {"changed", {{to_wire(subscription.principal.account), std::move(changed)}}}};
  return "event: state\nid: " + id + "\ndata: " + data.dump() + "\n\n";
}

store::AccountStates states_of_event_id(std::string_view id) {
  store::AccountStates states;
  while (!id.empty()) {
    const std::size_t comma = std::min(id.find(','), id.size());
    states.emplace_back(id.substr(0, comma));
    id.remove_prefix(std::min(comma + 1, id.size()));
  }
  if (states.size() != store::state_types().size()) states.clear();
  return states;
}

std::string ping_event(std::chrono::milliseconds interval) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(interval).count();
  return "event: ping\ndata: {\"interval\":" + std::to_string(seconds) + "}\n\n";
}

}  // namespace waxseal::jmapd
