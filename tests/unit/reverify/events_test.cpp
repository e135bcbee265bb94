// The table of events (verification.md 5.3): what each does to the four S/MIME properties, and whether the message is
// in `updated` of Email/changes, as a client sees it.
#include <gmock/gmock.h>

#include "delivery/pipeline.h"
#include "fetching.h"
#include "jmapd/method.h"
#include "store/intermediates.h"

namespace waxseal::reverify {
namespace {

using jmapd::Json;
using smime::Code;

constexpr const char* kSigned = "signed";
constexpr const char* kVerified = "signed/verified";
constexpr const char* kFailed = "signed/failed";

// What Email/get shows.
struct Seen {
  std::string status, at_delivery;
  std::vector<Code> errors;
  friend bool operator==(const Seen&, const Seen&) = default;
  friend void PrintTo(const Seen& seen, std::ostream* out) {
    *out << seen.status << ", at delivery " << seen.at_delivery << ", errors:";
    for (const Code code : seen.errors) *out << ' ' << smime::row(code).name;
  }
};

enum class VerifiedAt { kStays, kMoves };
enum class Changes { kSilent, kUpdated };

class Events : public Fetching {
 public:
  void TestBody() override {}
  using Fetching::clock, Fetching::server_, Fetching::deliver, Fetching::round, Fetching::rounds, Fetching::trust,
      Fetching::distrust, Fetching::signer, Fetching::fresh, Fetching::revoking, Fetching::serve, Fetching::database,
      Fetching::account;

  // As the delivery path does, under the present knobs.
  void receive(const std::string& octets) {
    delivery::Pipeline pipeline(*database, *verifier_, clock);
    id_ = pipeline.store(pipeline.judge(octets, clock.now()), octets, account, sha256(octets)).email;
  }
  void receive(const test::Cert& signed_by, std::string_view from = test::kAlice) {
    receive(test::clear_signed_mail({.cert = signed_by}, from));
  }
  void receive_unjudged(const test::Cert& signed_by) {
    judged = false;
    id_ = deliver(test::clear_signed_mail({.cert = signed_by}));
  }
  void use(smime::Policy policy) { verifier_ = std::make_unique<smime::Verifier>(std::move(policy)); }
  void soft() {
    smime::Policy policy;
    policy.revocation.mode = smime::RevocationMode::kSoft;
    use(policy);
  }
  // Evaluate, fetch, evaluate: what the daemon does in a few seconds.
  void settle() {
    Reverifier reverifier(*database, *verifier_, clock);
    EvidenceSink sink(*database, *verifier_, clock);
    reverifier.run_once();
    FetchRound(*database, *fetcher_, sink, clock).run_once();
    clock.advance(store::kPoolDelay + Seconds(1));
    reverifier.run_once();
  }
  // The same after a day, when lists are fetched again.
  void next_day() {
    clock.advance(hours(25));
    settle();
  }
  Json call(std::string_view method, Json arguments, const std::string& language = "en") {
    const store::Principal principal{account, "bob", store::Scope::kFull};
    const std::set<std::string, std::less<>> capabilities{std::string(jmapd::kCore), std::string(jmapd::kMail),
                                                          std::string(jmapd::kSmimeVerify)};
    const jmapd::Limits limits;
    jmapd::Call call{*database, principal, capabilities, limits, clock};
    call.language = language;
    arguments["accountId"] = jmapd::to_wire(account);
    for (const jmapd::MethodRow& row : jmapd::method_table())
      if (row.name == method) return row.function(call, arguments);
    throw std::logic_error("no such method");
  }
  Json get(const std::string& language = "en") {
    return call("Email/get",
                {{"ids", {jmapd::to_wire(id_)}},
                 {"properties", {"smimeStatus", "smimeStatusAtDelivery", "smimeErrors", "smimeVerifiedAt"}}},
                language);
  }
  Seen seen() {
    const Json email = get().at("list").at(0);
    const auto token = [&](const char* property) {
      return email.at(property).is_null() ? std::string("null") : email.at(property).get<std::string>();
    };
    Seen out{token("smimeStatus"), token("smimeStatusAtDelivery"), {}};
    if (email.at("smimeErrors").is_null()) return out;
    for (const Json& text : email.at("smimeErrors")) out.errors.push_back(code_of(text.get<std::string>()));
    return out;
  }
  Json verified_at() { return get().at("list").at(0).at("smimeVerifiedAt"); }
  Json email_state() { return get().at("state"); }
  Json updated_since(const Json& state) { return call("Email/changes", {{"sinceState", state}}).at("updated"); }
  std::string wire_id() const { return jmapd::to_wire(id_); }

 private:
  static Code code_of(const std::string& english) {
    for (const smime::CodeRow& row : smime::all_codes())
      if (smime::error_text(row.code) == english) return row.code;
    ADD_FAILURE() << "no code says: " << english;
    return Code::internal_error;
  }

  std::unique_ptr<smime::Verifier> verifier_ = std::make_unique<smime::Verifier>(smime::Policy());
  EmailId id_;
};

struct Event {
  const char* name;
  std::function<void(Events&)> arrange;
  Seen before;
  std::function<void(Events&)> happen;
  Seen after;
  VerifiedAt verified_at = VerifiedAt::kMoves;
  Changes changes = Changes::kUpdated;
};

class EventTable : public testing::TestWithParam<Event> {};

TEST_P(EventTable, DoesWhatTheTableSays) {  // TIM-01..02, TIM-04..07, TIM-09, RVF-04..06, REV-30..31
  const Event& event = GetParam();
  Events world;
  event.arrange(world);
  EXPECT_EQ(world.seen(), event.before);
  const Json verified_at = world.verified_at(), state = world.email_state();
  world.clock.advance(Seconds(1));
  event.happen(world);
  EXPECT_EQ(world.seen(), event.after);
  EXPECT_EQ(world.verified_at() != verified_at, event.verified_at == VerifiedAt::kMoves);
  const Json updated = world.updated_since(state);
  EXPECT_EQ(updated, event.changes == Changes::kUpdated ? Json{world.wire_id()} : Json::array());
  EXPECT_EQ(world.email_state() != state, event.changes == Changes::kUpdated);
}

// --- parts of the rows ---

using Step = std::function<void(Events&)>;

Step in_order(std::vector<Step> steps) {
  return [steps = std::move(steps)](Events& world) {
    for (const Step& step : steps) step(world);
  };
}
void settle(Events& world) {
  world.settle();
}
void next_day(Events& world) {
  world.next_day();
}
void soft(Events& world) {
  world.soft();
}
void receive(Events& world) {
  world.receive(world.signer(""));
}
void receive_with_list(Events& world) {
  world.receive(world.signer("/ca.crl"));
}
void receive_from_mallory(Events& world) {
  world.receive(world.signer("/ca.crl"), "mallory@example.org");
}
void publish(Events& world) {
  world.serve("/ca.crl", world.fresh(world.clock.now()));
}
void list_ends(Events& world) {  // and no newer one is published
  world.clock.advance(Seconds(8 * 86400));
  world.settle();
}
void nothing_is_trusted(Events& world) {
  world.distrust(test::pki().root);
}
void trust_again(Events& world) {
  world.trust(test::pki().root);
}
// A list of today that says: revoked then.
Step revoke(Seconds before_now, std::optional<int> reason = std::nullopt, std::optional<Seconds> invalid_before = {}) {
  return [=](Events& world) {
    const Time now = world.clock.now();
    test::CrlSpec list = world.revoking(now, now - before_now);
    list.revoked[0].reason = reason;
    if (invalid_before) list.revoked[0].invalidity_date = now - *invalid_before;
    world.serve("/ca.crl", list);
  };
}
void release(Events& world) {
  test::CrlSpec list = world.fresh(world.clock.now());
  list.this_update = world.clock.now();
  list.number = 3;
  world.serve("/ca.crl", list);
}
void receive_for_five_hours(Events& world) {
  world.receive(mail_until(world.clock.now() + hours(5)));
}
void receive_too_early(Events& world) {
  test::CertSpec spec;
  spec.emails = {std::string(test::kAlice)};
  spec.not_before = world.clock.now() + hours(1);
  world.receive(test::clear_signed_mail({.cert = test::pki().leaf(spec), .signing_time = std::nullopt}));
}
Step pass(Seconds time) {
  return [time](Events& world) {
    world.clock.advance(time);
    world.settle();
  };
}

// Mail under an authority of its own, whose certificate names the root's list.
test::Cert named_authority(Events& world) {
  test::CertSpec spec = test::ca_spec("Waxseal Listed CA", -200);
  spec.serial = std::string("\x43", 1);
  spec.crl_urls = {world.server_.url("/root.crl")};
  return test::issue(spec, test::pki().root);
}
void publish_root(Events& world) {
  world.server_.serve("/root.crl", {.body = test::make_crl(world.fresh(world.clock.now()), test::pki().root)});
}
void revoke_authority(Events& world) {
  test::CrlSpec list = world.revoking(world.clock.now(), world.clock.now() - hours(1));
  list.revoked[0].serial = std::string("\x43", 1);
  world.server_.serve("/root.crl", {.body = test::make_crl(list, test::pki().root)});
}
std::string mail_of(const test::Cert& authority, bool with_authority) {
  test::CertSpec spec;
  spec.emails = {std::string(test::kAlice)};
  test::CmsSpec cms{.signers = {{.cert = test::issue(spec, authority)}}};
  if (with_authority) cms.certificates = {authority.der};
  const std::string content = test::text_entity();
  return test::message(test::multipart_signed(content, test::make_cms(cms, content)));
}
void receive_under_authority(Events& world) {
  world.receive(mail_of(named_authority(world), true));
}

test::Cert unknown_authority() {
  return test::issue(test::ca_spec("Waxseal Unknown CA", -201), test::pki().root);
}
void receive_without_issuer(Events& world) {
  world.receive(mail_of(unknown_authority(), false));
}
void somebody_brings_the_issuer(Events& world) {
  world.deliver(mail_of(unknown_authority(), true));
}

test::Cert signer_without_purpose() {
  test::CertSpec spec;
  spec.emails = {std::string(test::kAlice)};
  spec.ext_key_usage = {};
  return test::pki().leaf(spec);
}
void demand_purpose(Events& world) {
  smime::Policy policy;
  policy.require_eku = true;
  world.use(policy);
}
void receive_naming_the_issuer(Events& world) {
  const test::Cert authority = unknown_authority();
  world.server_.serve("/issuer", {.body = authority.der});
  test::CertSpec spec;
  spec.emails = {std::string(test::kAlice)};
  spec.ca_issuer_urls = {world.server_.url("/issuer")};
  const std::string content = test::text_entity();
  const test::CmsSpec cms{.signers = {{.cert = test::issue(spec, authority)}}};
  world.receive(test::message(test::multipart_signed(content, test::make_cms(cms, content))));
}
void read_in_german(Events& world) {
  EXPECT_NE(world.get("de").at("list").at(0).at("smimeErrors"), world.get("en").at("list").at(0).at("smimeErrors"));
}
void flag(Events& world) {
  world.call("Email/set", {{"update", {{world.wire_id(), {{"keywords/$flagged", true}}}}}});
}

const Seen kGood{kVerified, kVerified, {}};

INSTANTIATE_TEST_SUITE_P(
    Section_5_3, EventTable,
    testing::Values(Event{"first_evaluation",
                          [](Events& world) { world.receive_unjudged(test::alice()); },
                          {kSigned, kSigned, {}},
                          settle,
                          kGood},

                    // TIM-05
                    Event{"pending_becomes_verified",
                          in_order({soft, receive_with_list, settle}),
                          {kVerified, kSigned, {}},
                          in_order({publish, pass(Seconds(120))}),
                          kGood},
                    Event{"pending_ends_with_the_grace_in_soft_mode",
                          in_order({soft, receive_with_list, settle}),
                          {kVerified, kSigned, {}},
                          pass(hours(25)),
                          kGood},
                    Event{"pending_ends_with_the_grace_in_hard_mode",
                          in_order({receive_with_list, settle}),
                          {kFailed, kSigned, {Code::crl_unavailable}},
                          pass(hours(25)),
                          {kFailed, kFailed, {Code::crl_unavailable}}},
                    Event{"pending_goes_on_within_the_grace",
                          in_order({receive_with_list, settle}),
                          {kFailed, kSigned, {Code::crl_unavailable}},
                          pass(hours(20)),  // before the unit is due: that is 21 to 23 hours later, as its id says
                          {kFailed, kSigned, {Code::crl_unavailable}},
                          VerifiedAt::kStays,
                          Changes::kSilent},

                    Event{"trust_anchor_added",
                          in_order({nothing_is_trusted, receive}),
                          {kFailed, kFailed, {Code::chain_incomplete}},
                          in_order({trust_again, settle}),
                          kGood},
                    Event{"trust_anchor_added_for_another_sender",
                          in_order({nothing_is_trusted, publish, receive_from_mallory}),
                          {kFailed, kFailed, {Code::chain_incomplete, Code::from_mismatch}},
                          in_order({trust_again, settle}),
                          {kFailed, kFailed, {Code::from_mismatch}}},
                    Event{"trust_anchor_added_that_matters_to_others", receive, kGood,
                          in_order({[](Events& world) { world.trust(test::Pki("Unrelated").root); }, settle}), kGood,
                          VerifiedAt::kMoves, Changes::kSilent},
                    Event{"trust_anchor_removed",
                          receive,
                          kGood,
                          in_order({nothing_is_trusted, settle}),
                          {kFailed, kVerified, {Code::chain_incomplete}}},

                    // RVF-04
                    Event{"pool_grows",
                          receive_without_issuer,
                          {kFailed, kFailed, {Code::chain_incomplete}},
                          in_order({somebody_brings_the_issuer, pass(store::kPoolDelay), settle}),
                          {kVerified, kFailed, {}}},
                    Event{"issuer_is_fetched",
                          receive_naming_the_issuer,
                          {kFailed, kFailed, {Code::chain_incomplete}},
                          in_order({pass(store::kPoolDelay), settle}),
                          {kVerified, kFailed, {}}},

                    Event{"certificate_expires",
                          receive_for_five_hours,
                          kGood,
                          pass(hours(5)),
                          {kFailed, kVerified, {Code::cert_expired}}},
                    Event{"certificate_begins",
                          receive_too_early,
                          {kFailed, kFailed, {Code::cert_not_yet_valid}},
                          pass(hours(1)),
                          {kVerified, kFailed, {}}},

                    Event{"list_refreshed", in_order({publish, receive_with_list, settle}), kGood,
                          in_order({pass(hours(24)), publish, next_day}), kGood, VerifiedAt::kMoves, Changes::kSilent},
                    Event{"list_names_somebody_else", in_order({publish, receive_with_list, settle}), kGood,
                          in_order({pass(hours(24)),
                                    [](Events& world) {
                                      test::CrlSpec list = world.revoking(world.clock.now(), world.clock.now());
                                      list.revoked[0].serial = std::string("\x44", 1);
                                      world.serve("/ca.crl", list);
                                    },
                                    next_day}),
                          kGood, VerifiedAt::kMoves, Changes::kSilent},

                    // TIM-06, TIM-07
                    Event{"revoked_before_delivery_and_final",
                          in_order({publish, receive_with_list, settle}),
                          kGood,
                          in_order({pass(hours(24)), revoke(hours(48)), next_day}),
                          {kFailed, kVerified, {Code::cert_revoked}}},
                    Event{"revoked_before_delivery_and_pending",
                          in_order({receive_with_list, settle}),
                          {kFailed, kSigned, {Code::crl_unavailable}},
                          in_order({revoke(hours(48)), pass(Seconds(120))}),
                          {kFailed, kFailed, {Code::cert_revoked}}},
                    Event{"revoked_after_delivery_and_final",
                          in_order({publish, receive_with_list, settle}),
                          kGood,
                          in_order({pass(hours(24)), revoke(hours(1), smime::kKeyCompromise), next_day}),
                          {kFailed, kVerified, {Code::cert_revoked}}},
                    Event{"revoked_after_delivery_and_pending",
                          in_order({receive_with_list, settle}),
                          {kFailed, kSigned, {Code::crl_unavailable}},
                          in_order({pass(hours(2)), revoke(hours(1), smime::kKeyCompromise), pass(hours(2))}),
                          {kFailed, kVerified, {Code::cert_revoked}}},
                    Event{"invalid_before_delivery_and_final",
                          in_order({publish, receive_with_list, settle}),
                          kGood,
                          in_order({pass(hours(24)), revoke(hours(1), smime::kKeyCompromise, hours(48)), next_day}),
                          {kFailed, kVerified, {Code::cert_revoked}}},
                    Event{
                        "invalid_before_delivery_and_pending",
                        in_order({receive_with_list, settle}),
                        {kFailed, kSigned, {Code::crl_unavailable}},
                        in_order({pass(hours(2)), revoke(hours(1), smime::kKeyCompromise, hours(48)), pass(hours(2))}),
                        {kFailed, kFailed, {Code::cert_revoked}}},

                    Event{"intermediate_revoked",
                          in_order({publish_root, receive_under_authority, settle}),
                          kGood,
                          in_order({pass(hours(24)), revoke_authority, next_day}),
                          {kFailed, kVerified, {Code::issuer_revoked}}},
                    Event{"hold_begins",
                          in_order({publish, receive_with_list, settle}),
                          kGood,
                          in_order({pass(hours(24)), revoke(hours(1), smime::kCertificateHold), next_day}),
                          {kFailed, kVerified, {Code::cert_on_hold}}},
                    Event{"hold_ends",
                          in_order({publish, receive_with_list, settle, pass(hours(24)),
                                    revoke(hours(1), smime::kCertificateHold), next_day}),
                          {kFailed, kVerified, {Code::cert_on_hold}},
                          in_order({release, next_day}),
                          kGood},

                    Event{"list_ends_in_hard_mode",
                          in_order({publish, receive_with_list, settle}),
                          kGood,
                          list_ends,
                          {kFailed, kVerified, {Code::crl_expired}}},
                    Event{"list_ends_in_soft_mode", in_order({soft, publish, receive_with_list, settle}), kGood,
                          list_ends, kGood, VerifiedAt::kMoves, Changes::kSilent},
                    Event{"list_ends_in_soft_mode_for_another_sender",
                          in_order({soft, publish, receive_from_mallory, settle}),
                          {kFailed, kFailed, {Code::from_mismatch}},
                          list_ends,
                          {kFailed, kFailed, {Code::crl_expired, Code::from_mismatch}}},

                    Event{"knob_changed",
                          [](Events& world) { world.receive(signer_without_purpose()); },
                          kGood,
                          in_order({demand_purpose, settle}),
                          {kFailed, kVerified, {Code::cert_ext_key_usage}}},
                    Event{"knob_changed_that_matters_to_others", receive, kGood, in_order({demand_purpose, settle}),
                          kGood, VerifiedAt::kMoves, Changes::kSilent},
                    Event{"another_language",
                          in_order({nothing_is_trusted, receive}),
                          {kFailed, kFailed, {Code::chain_incomplete}},
                          read_in_german,
                          {kFailed, kFailed, {Code::chain_incomplete}},
                          VerifiedAt::kStays,
                          Changes::kSilent},
                    // Not by us: the client that set the keyword made the change.
                    Event{"keyword_set", receive, kGood, flag, kGood, VerifiedAt::kStays, Changes::kUpdated}),
    [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace waxseal::reverify
