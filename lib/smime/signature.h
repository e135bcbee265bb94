// One SignerInfo: its attributes, its candidate certificates, and the arithmetic under each of them (SIG-10..33).
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "smime/cms.h"
#include "smime/content_digest.h"
#include "smime/facts.h"
#include "smime/work.h"

namespace waxseal::smime {

// What all signers of a message may cost together (1.6).
struct MessageWork {
  Work work;
  std::size_t operations;    // signature checks left
  std::set<UnitId> units{};  // those whose paths were charged
};

// What the signers of one layer share.
struct SignerContext {
  const Policy& policy;
  Octets content_type;  // eContentType
  ContentDigest& content;
  std::vector<CertificatePtr> certificates;  // of the SignedData, in order of appearance, each once
  bool malformed_certificate = false;        // one of them could not be read
  bool content_is_attributes = false;        // SIG-12b
  CertificateSource* known = nullptr;
  std::optional<Time> date;  // Date field of the message (SIG-40)
  MessageWork& work;
  bool used_crlf = false;  // out: a digest was right only with CRLF line ends (BYT-6 b)
};

struct EvaluatedSigner {
  SignerFacts facts;
  std::vector<CertificatePtr> certificates;  // of the candidates, in their order
};

EvaluatedSigner evaluate_signer(const cms::SignerInfo& signer, SignerContext& context);

// SIG-30: same issuer and serial number, or same subjectKeyIdentifier.
bool is_named(const cms::SignerId& sid, const Certificate& certificate);

}  // namespace waxseal::smime
