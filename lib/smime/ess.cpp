#include "smime/ess.h"

#include <openssl/evp.h>

#include "base/text.h"
#include "smime/algorithms.h"
#include "smime/der.h"
#include "smime/names.h"

namespace waxseal::smime {

namespace {

// IssuerSerial ::= SEQUENCE { issuer GeneralNames, serialNumber }.  A certificate has one issuer name: one
// directoryName, [4] EXPLICIT Name.
bool read_issuer_serial(der::Reader& reader, EssCertId& out) {
  if (reader.at_end()) return true;
  const auto sequence = reader.content(der::kSequence);
  if (!sequence || !reader.at_end()) return false;
  der::Reader inner(*sequence);
  const auto names = inner.content(der::kSequence);
  const auto serial = inner.content(der::kInteger);
  if (!names || !serial) return false;
  der::Reader general(*names);
  const auto directory = general.content(der::kContext4Constructed);
  if (!directory) return false;
  out.issuer = *directory;
  out.serial = *serial;
  return true;
}

// hashAlgorithm AlgorithmIdentifier DEFAULT {id-sha256}
bool read_hash_algorithm(der::Reader& reader, EssCertId& out) {
  out.algorithm = "sha256";
  if (!reader.next_is(der::kSequence)) return true;
  const auto content = reader.content(der::kSequence);
  const auto algorithm = content ? cms::read_algorithm(*content) : std::nullopt;
  if (!algorithm) return false;
  const Digest digest = digest_of(*algorithm);
  out.algorithm = digest == Digest::kUnsupported ? der::oid_text(algorithm->oid) : std::string(row(digest).name);
  return true;
}

enum class Version { k1, k2 };

bool read_cert_id(Octets content, Version version, EssCertId& out) {
  der::Reader reader(content);
  out.algorithm = "sha1";
  if (version == Version::k2 && !read_hash_algorithm(reader, out)) return false;
  const auto hash = reader.content(der::kOctetString);
  if (!hash) return false;
  out.hash = *hash;
  return read_issuer_serial(reader, out);
}

// SigningCertificate(V2) ::= SEQUENCE { certs SEQUENCE OF ESSCertID(v2), policies ... OPTIONAL }, policies unread.
// Empty: malformed.
std::vector<EssCertId> read_attribute(Octets encoded, Version version) {
  const auto sequence = der::whole_element(encoded);
  if (!sequence || sequence->tag != der::kSequence) return {};
  der::Reader reader(sequence->content);
  const auto certs = reader.content(der::kSequence);
  if (!certs) return {};
  std::vector<EssCertId> out;
  der::Reader each(*certs);
  while (!each.at_end()) {
    const auto id = each.content(der::kSequence);
    if (!id || !read_cert_id(*id, version, out.emplace_back())) return {};
  }
  return out;
}

const DigestRow* known(std::string_view algorithm) {
  for (const Digest digest : {Digest::kSha1, Digest::kSha224, Digest::kSha256, Digest::kSha384, Digest::kSha512,
                              Digest::kSha3_256, Digest::kSha3_384, Digest::kSha3_512})
    if (row(digest).name == algorithm) return &row(digest);
  return nullptr;
}

bool hash_matches(const EssCertId& id, const Certificate& certificate) {
  if (id.algorithm == "sha256") return id.hash == certificate.id().view();
  const DigestRow* algorithm = known(id.algorithm);
  if (algorithm == nullptr) return false;
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  const Octets der = certificate.der();
  if (EVP_Digest(der.data(), der.size(), digest, &size, method(algorithm->id), nullptr) != 1) return false;
  return id.hash == Octets(reinterpret_cast<const char*>(digest), size);
}

void restrict_by(std::optional<Octets> encoded, Version version, EssRestriction& out) {
  if (!encoded) return;
  const auto ids = read_attribute(*encoded, version);
  if (ids.empty()) {
    out.codes.push_back(Code::ess_malformed);
    return;
  }
  // 5035 section 7: an attribute with a hash that we cannot compute is as good as absent.
  if (known(ids.front().algorithm) == nullptr) {
    out.codes.push_back(Code::ess_hash_unsupported);
    return;
  }
  out.signer.push_back(ids.front());
  if (ids.size() == 1) return;
  out.path_set.clear();  // version 2 is read last and replaces what version 1 says in a weaker hash
  for (std::size_t i = 1; i < ids.size(); ++i) out.path_set.push_back(ids[i].text());
}

}  // namespace

bool EssCertId::names(const Certificate& certificate) const {
  if (!hash_matches(*this, certificate)) return false;
  return issuer.empty() || (serial == certificate.serial() && same_name(issuer, certificate.issuer_der()));
}

std::string EssCertId::text() const {
  return algorithm + ":" + hex(hash);
}

EssRestriction read_ess(const AttributeFacts& attributes) {
  EssRestriction out;
  restrict_by(attributes.ess, Version::k1, out);
  restrict_by(attributes.ess_v2, Version::k2, out);
  return out;
}

}  // namespace waxseal::smime
