// Trust anchors and intermediates from files (PTH-01).
#include <openssl/err.h>
#include <openssl/pem.h>

#include <memory>

#include "base/text.h"
#include "smime/path.h"

namespace waxseal::smime {

namespace {

constexpr Octets kPemBegin = "-----BEGIN ";

struct FreeOpenssl {
  void operator()(void* memory) const { OPENSSL_free(memory); }
};
template <class T>
using OpensslMemory = std::unique_ptr<T, FreeOpenssl>;

struct PemBlock {
  std::string name;
  std::string der;
};

// The next block, encrypted or not; nullopt: none, or damaged.
std::optional<PemBlock> next_block(BIO* bio) {
  char *name = nullptr, *header = nullptr;
  unsigned char* data = nullptr;
  long length = 0;
  if (PEM_read_bio(bio, &name, &header, &data, &length) != 1) return std::nullopt;
  const OpensslMemory<char> own_name(name), own_header(header);
  const OpensslMemory<unsigned char> own_data(data);
  return PemBlock{name, std::string(reinterpret_cast<const char*>(data), static_cast<std::size_t>(length))};
}

std::string at_block(std::size_t number, const std::string& problem) {
  return "PEM block " + std::to_string(number) + " " + problem;
}

Result<std::vector<CertificatePtr>> read_pem(Octets text) {
  std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free);
  std::vector<CertificatePtr> out;
  ERR_clear_error();
  while (const auto block = next_block(bio.get())) {
    const std::size_t number = out.size() + 1;
    // "TRUSTED CERTIFICATE" carries OpenSSL's own trust settings, which override purposes.
    if (block->name != "CERTIFICATE")
      return unexpected(at_block(number, "is a " + escape_for_log(block->name) + ", not a CERTIFICATE"));
    CertificatePtr certificate = Certificate::parse(block->der);
    if (!certificate) return unexpected(at_block(number, "is not a readable X.509 certificate"));
    out.push_back(std::move(certificate));
  }
  const bool clean_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!clean_end) return unexpected(at_block(out.size() + 1, "is damaged"));
  return out;
}

}  // namespace

Result<std::vector<CertificatePtr>> TrustStore::read_certificates(Octets pem_or_der) {
  if (pem_or_der.size() > kMaxTrustFileOctets) return unexpected("the file is too large");
  if (pem_or_der.find(kPemBegin) != pem_or_der.npos) return read_pem(pem_or_der);
  CertificatePtr certificate = Certificate::parse(pem_or_der);
  if (!certificate) return unexpected("there is no certificate in PEM or DER form");
  return std::vector<CertificatePtr>{std::move(certificate)};
}

}  // namespace waxseal::smime
