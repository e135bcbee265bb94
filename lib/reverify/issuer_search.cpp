#include "reverify/issuer_search.h"

#include <algorithm>

#include "base/text.h"
#include "smime/issuers.h"
#include "smime/revocation_pointers.h"
#include "store/intermediates.h"

namespace waxseal::reverify {

namespace {

constexpr std::size_t kMessagesAsked = 20;
constexpr std::size_t kUrlsOfACertificate = 2;

// The first two that can be fetched at all; directories (ldap) are passed over.
std::vector<std::string> issuer_urls(const smime::Certificate& certificate) {
  std::vector<std::string> urls = smime::revocation_pointers(certificate).issuer_urls;
  std::erase_if(urls, [](const std::string& url) { return !ascii_lower(url).starts_with("http"); });
  if (urls.size() > kUrlsOfACertificate) urls.resize(kUrlsOfACertificate);
  return urls;
}

Acceptance refused(std::string why) {
  return {{}, {}, std::move(why)};
}

}  // namespace

IssuerSearch::IssuerSearch(store::Database& database, smime::Verifier& verifier)
    : database_(database), verifier_(verifier), certificates_(database, verifier.certificates()) {}

// Signature and From are right: with a path, the message would be verified.
bool IssuerSearch::somebody_needs(const smime::UnitId& unit, Time now) {
  const auto messages = store::facts_of_unit(database_, unit, kMessagesAsked);
  return std::ranges::any_of(messages, [&](const smime::Facts& facts) {
    smime::UnitStates faultless;
    for (const smime::Unit& each : facts.units()) faultless[each.id()] = {};
    return smime::judge(facts, faultless, verifier_.policy(), now).status == smime::Status::kVerified;
  });
}

void IssuerSearch::want(const std::string& url, const smime::Certificate& child, std::vector<Sha256> below, Time now) {
  store::FetchTarget target{.kind = store::FetchKind::kAia, .url = url, .certificate = child.id()};
  target.below = std::move(below);
  target.until = std::min(child.not_after(), now + kIssuerWantedFor);
  store::want_fetches(database_, {target}, now);
}

void IssuerSearch::begin(const smime::Unit& unit, const smime::CandidatePaths& paths, Time now) {
  if (paths.dead_end.empty() || paths.dead_end.back()->not_after() < now) return;
  const smime::Certificate& top = *paths.dead_end.back();
  const std::vector<std::string> urls = issuer_urls(top);
  if (!urls.empty() && somebody_needs(unit.id(), now)) want(urls.front(), top, {}, now);
}

void IssuerSearch::failed(const store::FetchTarget& target, const smime::CertificatePtr& child, Time now) {
  if (!child || !target.below.empty()) return;
  const std::vector<std::string> urls = issuer_urls(*child);
  if (urls.size() > 1 && target.url == urls.front()) want(urls.back(), *child, {}, now);
}

// Everything that was fetched on the way; the first link below came with the mail.
void IssuerSearch::add_to_pool(const store::FetchTarget& target, const smime::Certificate& last, Time now) {
  std::vector<Sha256> fetched = target.below;
  fetched.push_back(*target.certificate);
  fetched.erase(fetched.begin());
  for (const Sha256& id : fetched)
    if (const auto link = certificates_.get(id)) store::add_intermediate(database_, id, link->der(), now);
  store::add_intermediate(database_, last.id(), last.der(), now);
}

Acceptance IssuerSearch::accept(const store::FetchTarget& target, const smime::CertificatePtr& child, Octets octets,
                                const smime::TrustStore& trust, Time now) {
  if (!child) return refused("nothing needs this certificate any more");
  const auto issuers = smime::read_issuers(octets, child, verifier_.policy());
  if (!issuers) {
    failed(target, child, now);
    return refused(issuers.error());
  }
  for (const smime::CertificatePtr& issuer : *issuers) {
    if (!smime::leads_to_anchor(issuer, trust, verifier_.policy(), now)) continue;
    add_to_pool(target, *issuer, now);
    return {now, std::nullopt, ""};
  }
  const smime::CertificatePtr& link = issuers->front();
  const std::vector<std::string> urls = issuer_urls(*link);
  if (link->is_named_issuer_of(*link) || urls.empty() || target.below.size() + 1 >= kMaxIssuerLevels)
    return refused("the issuer found there leads to no trust anchor");
  store::keep_certificate(database_, *link);
  std::vector<Sha256> below = target.below;
  below.push_back(child->id());
  want(urls.front(), *link, std::move(below), now);
  return {now, std::nullopt, ""};
}

}  // namespace waxseal::reverify
