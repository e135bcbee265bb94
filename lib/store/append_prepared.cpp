#include "store/append_prepared.h"

#include "base/text.h"
#include "mime/collation.h"
#include "smime/facts.h"
#include "store/envelope.h"
#include "store/thread_hash.h"
#include "store/unit_rows.h"

namespace waxseal::store {

namespace {

// Message ids that decide about the thread: the newest of a long chain say enough, and the number of rows stays
// bounded.
constexpr std::size_t kThreadRefs = 32;
constexpr std::size_t kSubjectOctets = 4096;
constexpr std::size_t kSignerOctets = 1024;  // of one name
constexpr std::size_t kSignersOctets = 16 * 1024;

std::vector<std::string> thread_refs(AccountId account, const mime::Summary& summary) {
  std::set<std::string> seen;
  std::vector<std::string> out;
  const auto add = [&](const std::vector<std::string>& ids) {
    for (auto id = ids.rbegin(); id != ids.rend() && out.size() < kThreadRefs; ++id) {
      std::string hash = thread_hash(account, 'r', *id);
      if (seen.insert(hash).second) out.push_back(std::move(hash));
    }
  };
  add(summary.message_id);
  add(summary.in_reply_to);
  add(summary.references);
  return out;
}

// RFC 8621 section 3: "After stripping automatically added prefixes ..., and ignoring white space, the subjects are the
// same"; compared as RFC 5256 compares them, without case.
std::string thread_subject(const std::string& subject) {
  std::string key = mime::unicode_casemap(to_valid_utf8(mime::base_subject(subject)), kSubjectOctets);
  std::erase_if(key, [](char c) { return c == ' ' || c == '\t'; });
  return key;
}

void append_line(std::string& out, const char* name, std::string_view value) {
  const std::string line = std::string("\n") + name + mime::search_fold(value, kSignerOctets);
  if ((out + "\n").find(line + "\n") == std::string::npos) out += line;
}

}  // namespace

std::string signers_text(const smime::Facts& facts,
                         const std::map<smime::CertId, smime::CertificatePtr>& certificates) {
  std::string out;
  for (const smime::LayerFacts& layer : facts.layers) {
    for (const smime::SignerFacts& signer : layer.signers) {
      if (signer.candidates.empty() || out.size() > kSignersOctets) continue;
      const smime::Candidate& candidate = signer.candidates.front();
      for (const smime::CertAddress& address : candidate.addresses) append_line(out, "address:", address.address());
      const auto certificate = certificates.find(candidate.certificate);
      if (certificate == certificates.end() || !certificate->second) continue;
      append_line(out, "issuer:", certificate->second->issuer_text());
    }
  }
  return out;
}

Prepared::Prepared(const NewEmail& new_email, AccountId id, const smime::Policy& chosen)
    : email(new_email),
      account(id),
      policy(chosen),
      policy_version(chosen.version()),
      refs(thread_refs(id, new_email.summary)),
      subject_hash(thread_hash(id, 's', thread_subject(new_email.summary.subject))),
      envelope(envelope_to_json(new_email.summary)) {
  if (!signed_or_unknown()) return;
  facts_json = smime::facts_to_json(email.facts);
  signers = signers_text(email.facts, email.certificates);
  units = units_by_id(email.facts);
  for (const auto& [unit_id, unit] : units) unit_ids.insert(unit_id);
}

}  // namespace waxseal::store
