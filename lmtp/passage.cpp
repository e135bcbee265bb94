#include "lmtp/passage.h"

#include <algorithm>
#include <numeric>

#include "base/text.h"
#include "delivery/deliver.h"

namespace waxseal::lmtp {

namespace {

// Return-Path is the final delivery's to add (RFC 5321 section 4.4); it is the first of our trace fields.
Octets without_return_path(Octets octets) {
  return octets.substr(octets.find("\r\n") + 2);
}

// The next hop's answer as ours.  421 and 3xx would be read as something about our own connection.
Reply passed_on(Reply reply) {
  if (reply.code == 421 || reply.code / 100 == 3) reply = {451, "4.3.2", reply.text};
  if (reply.enhanced.empty()) reply.enhanced = std::to_string(reply.code / 100) + ".0.0";
  if (!reply.more.empty()) reply.text += " ...";
  reply.more.clear();  // one line each (rule R4)
  return reply;
}

}  // namespace

Passage::Passage(const Delivery& delivery, const Inspected& inspected, const RelaySinkOptions& options,
                 delivery::Pipeline& pipeline, NextHop& next_hop)
    : delivery_(delivery),
      inspected_(inspected),
      options_(options),
      pipeline_(pipeline),
      next_hop_(next_hop),
      octets_(without_return_path(inspected.octets)),
      replies_(delivery.recipients.size(), kNextHopUnavailable),
      stored_(delivery.recipients.size()) {}

void Passage::answer(const Indexes& recipients, const Reply& reply) {
  for (const std::size_t i : recipients) replies_[i] = reply;
}

// MAIL and RCPT; returns whom the next hop accepts.
Passage::Indexes Passage::begin(NextHopClient& client, const Indexes& recipients) {
  NextHopClient::Envelope envelope;
  envelope.sender = delivery_.sender;
  envelope.smtputf8 = delivery_.smtputf8;
  envelope.eight_bit = !is_ascii(octets_);
  envelope.size = octets_.size();
  for (const std::size_t i : recipients) envelope.recipients.push_back(delivery_.recipients[i].address);
  const std::vector<Reply> replies = client.begin(envelope);
  Indexes accepted;
  for (std::size_t i = 0; i < recipients.size(); ++i) {
    if (replies[i].code / 100 == 2)
      accepted.push_back(recipients[i]);
    else
      replies_[recipients[i]] = passed_on(replies[i]);
  }
  return accepted;
}

// A connection that was kept may have been closed by the other side just now: then a new one.
Passage::Indexes Passage::open(Indexes recipients) {
  if (auto kept = next_hop_.take_kept()) {
    try {
      client_ = std::move(kept);
      return begin(*client_, recipients);
    } catch (const NextHopFailure&) {
      client_.reset();
    }
  }
  client_ = next_hop_.take_new();
  return begin(*client_, recipients);
}

// Returns those whose message may go on.
Passage::Indexes Passage::store(const Indexes& recipients) {
  if (options_.copies == Copies::kNone) return recipients;
  Indexes with_account, go_on;
  std::vector<delivery::Recipient> ours;
  for (const std::size_t i : recipients) {
    if (delivery_.recipients[i].account == AccountId{}) continue;
    with_account.push_back(i);
    ours.push_back(delivery_.recipients[i]);
  }
  const auto results = delivery::deliver(pipeline_, inspected_.prepared, delivery_.sender, ours, inspected_.received);
  for (std::size_t i = 0; i < results.size(); ++i) stored_[with_account[i]] = results[i];
  for (const std::size_t i : recipients) {
    const bool missing = stored_[i] && !stored_[i]->stored() && options_.copies == Copies::kRequired;
    if (missing)
      replies_[i] = reply_for(*stored_[i], delivery_.id, options_.on_quota);
    else
      go_on.push_back(i);
  }
  return go_on;
}

void Passage::hand_over(const Indexes& recipients) {
  answer(recipients, kNextHopUnavailable);
  const std::vector<Reply> replies = client_->send(octets_, recipients.size());
  for (std::size_t i = 0; i < recipients.size(); ++i) replies_[recipients[i]] = passed_on(replies[i]);
}

void Passage::run() {
  Indexes everybody(delivery_.recipients.size());
  std::iota(everybody.begin(), everybody.end(), std::size_t{0});
  try {
    const Indexes accepted = open(everybody);
    Indexes going = store(accepted);
    if (going.size() < accepted.size()) {  // an RCPT cannot be taken back
      client_->reset();
      if (!going.empty()) going = begin(*client_, going);
    }
    if (!going.empty())
      hand_over(going);
    else
      client_->reset();
    if (client_->broken()) next_hop_.failed("next hop: it did not confirm a message");
    next_hop_.give_back(std::move(client_));
  } catch (const NextHopFailure& error) {
    // Whoever has an answer keeps it: the others have kNextHopUnavailable from the beginning.
    next_hop_.failed(error.what());
  }
}

}  // namespace waxseal::lmtp
