// What is true of a message's octets for ever (verification.md section 10): classification, signature arithmetic,
// addresses. A verdict is these facts combined with the state of the validation units at a time (judge.h).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "mime/address.h"
#include "smime/certificate.h"
#include "smime/code.h"
#include "smime/policy.h"
#include "smime/unit.h"

namespace waxseal::smime {

inline constexpr int kFactsVersion = 1;  // raise when the same octets give other facts

enum class EnvelopeClass {
  kNone,     // smimeStatus null
  kUnknown,  // "unknown"
  kSigned,   // "signed/..."
};

// A certificate that may have made a signature, and what it would mean if it did (SIG-30..33).
struct Candidate {
  CertId certificate;
  bool verifies = false;               // the signature arithmetic is right under this key
  Unit unit;                           // how its path is to be judged
  std::vector<Code> codes;             // key and ESS problems of this pairing
  std::vector<CertAddress> addresses;  // IDN-10, sources already chosen
  bool no_email = false;               // cert_no_email
  bool bad_email = false;              // cert_bad_email
};

struct SignerFacts {
  std::vector<Code> codes;            // S problems that do not depend on the candidate
  std::vector<Candidate> candidates;  // in order of appearance; those that verify first
  std::optional<Time> signing_time;   // never used as T (SIG-40)
  std::string digest_algorithm;       // short name or dotted OID, for people
  std::string signature_algorithm;
  bool unsupported_algorithm = false;  // SIG-50: may be ignored if the group has a valid one
};

enum class LayerForm { kDetached, kOpaque };

struct LayerFacts {
  LayerForm form = LayerForm::kDetached;
  std::string section;      // IMAP section of the part with the signature (AR-03): "2", "1", "1/2"
  std::vector<Code> codes;  // M and C problems of this layer
  std::vector<SignerFacts> signers;
  bool malformed = false;  // blocks the message even if it is not the deciding layer (SIG-60, P3)
};

struct IdentityFacts {
  std::vector<mime::Mailbox> from;  // of the outer header; empty with a code below
  std::vector<Code> codes;          // from_* problems that need no certificate; protected From included (IDN-31)
};

struct Facts {
  int version = kFactsVersion;
  EnvelopeClass envelope = EnvelopeClass::kNone;
  bool errant = false;             // signed parts below the envelope (C02), for diagnosis only
  std::vector<Code> codes;         // M problems of the message as a whole
  std::vector<LayerFacts> layers;  // signed layers, outermost first
  IdentityFacts identity;
  std::vector<std::pair<std::string, std::string>> notes;  // diagnosis: canon=raw|crlf, micalg, ...

  // Every unit that judge() may need.
  std::vector<Unit> units() const;
};

// Facts and the certificates that they name, so that a caller can store or judge them.
struct Extracted {
  Facts facts;
  std::map<CertId, CertificatePtr> certificates;  // all of the message's SignedData
  std::vector<std::string> crls;                  // as the message brings them: to be offered under REV-03
  std::size_t work = 0;                           // units of work.h that reading it was charged
};

// Reads the message once.  Never throws on any input; no network, no clock.
// `known` gives certificates that are not in the message (8550 section 2.3); may be nullptr.
class CertificateSource {
 public:
  virtual ~CertificateSource() = default;
  virtual CertificatePtr by_issuer_serial(Octets issuer_der, Octets serial) = 0;
  virtual CertificatePtr by_key_identifier(Octets ski) = 0;
};
Extracted extract_facts(Octets message, const Policy& policy, CertificateCache& cache,
                        CertificateSource* known = nullptr);

// Compact JSON for the store; from_json gives nullopt for another kFactsVersion or a damaged text.
std::string facts_to_json(const Facts& facts);
std::optional<Facts> facts_from_json(std::string_view json);

}  // namespace waxseal::smime
