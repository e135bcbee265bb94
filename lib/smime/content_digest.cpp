#include "smime/content_digest.h"

#include <openssl/evp.h>

#include <memory>
#include <new>
#include <vector>

#include "base/passes.h"

namespace waxseal::smime {

namespace {

constexpr std::size_t kBlock = 64 * 1024;  // small enough to stay in the cache between two algorithms

struct Free {
  void operator()(EVP_MD_CTX* p) const { EVP_MD_CTX_free(p); }
};

class Running {
 public:
  explicit Running(Digest digest) : digest_(digest), context_(EVP_MD_CTX_new()) {
    if (!context_ || EVP_DigestInit_ex2(context_.get(), method(digest), nullptr) != 1) throw std::bad_alloc();
  }
  void add(Octets octets) {
    if (EVP_DigestUpdate(context_.get(), octets.data(), octets.size()) != 1) throw std::bad_alloc();
  }
  std::string finish() {
    std::string out(row(digest_).size, '\0');
    auto* at = reinterpret_cast<unsigned char*>(out.data());
    const int done = digest_ == Digest::kShake256 ? EVP_DigestFinalXOF(context_.get(), at, out.size())
                                                  : EVP_DigestFinal_ex(context_.get(), at, nullptr);
    if (done != 1) throw std::bad_alloc();
    return out;
  }

 private:
  Digest digest_;
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

std::size_t find_bare_lf(Octets octets, std::size_t from) {
  Trail trail(octets.substr(from));
  for (std::size_t at = octets.find('\n', from); at != Octets::npos; at = octets.find('\n', at + 1)) {
    if (at == 0 || octets[at - 1] != '\r') return at;
    trail.reached(at - from);
  }
  return Octets::npos;
}

// Gives the content with bare LF as CRLF, piece by piece.
template <class Sink>
void each_crlf_piece(Octets content, Sink sink) {
  std::size_t begin = 0;
  Trail trail(content);
  for (std::size_t at = find_bare_lf(content, 0); at != Octets::npos; at = find_bare_lf(content, at + 1)) {
    sink(content.substr(begin, at - begin));
    sink(Octets("\r\n"));
    begin = at + 1;
    trail.reached(begin);
  }
  sink(content.substr(begin));
}

}  // namespace

void ContentDigest::add(Digest digest) {
  if (digest != Digest::kUnsupported) raw_.try_emplace(digest);
}

const std::string& ContentDigest::raw(Digest digest) {
  std::string& slot = raw_[digest];
  if (slot.empty()) pass();
  return slot;
}

void ContentDigest::pass() {
  std::vector<std::pair<std::string*, Running>> running;
  for (auto& [digest, value] : raw_)
    if (value.empty()) running.emplace_back(&value, Running(digest));
  each_window(content_, [&](Octets window) {
    for (std::size_t at = 0; at < window.size(); at += kBlock)
      for (auto& [value, one] : running) one.add(window.substr(at, kBlock));
  });
  for (auto& [value, one] : running) *value = one.finish();
}

bool ContentDigest::has_crlf_variant() {
  if (line_ends_ == LineEnds::kAsTheyAre) return false;
  if (!has_bare_lf_) has_bare_lf_ = find_bare_lf(content_, 0) != Octets::npos;
  return *has_bare_lf_;
}

const std::string* ContentDigest::crlf(Digest digest) {
  if (!has_crlf_variant()) return nullptr;
  std::string& slot = crlf_[digest];
  if (!slot.empty()) return &slot;
  Running running(digest);
  std::string buffer;  // short lines are gathered: a call per line costs more than the digest
  each_crlf_piece(content_, [&](Octets piece) {
    if (buffer.size() + piece.size() > kBlock) {
      running.add(buffer);
      buffer.clear();
    }
    if (piece.size() > kBlock)
      each_window(piece, [&](Octets window) { running.add(window); });
    else
      buffer += piece;
  });
  running.add(buffer);
  slot = running.finish();
  return &slot;
}

std::optional<std::string> ContentDigest::crlf_content() {
  if (!has_crlf_variant()) return std::nullopt;
  std::string out;
  each_crlf_piece(content_, [&](Octets piece) { out += piece; });
  return out;
}

}  // namespace waxseal::smime
