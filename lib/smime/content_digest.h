// Digests of the octets that a layer's signature covers (SIG-10, BYT-1, BYT-6): one pass, nothing copied.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/octets.h"
#include "smime/algorithms.h"

namespace waxseal::smime {

enum class LineEnds {
  kAsTheyAre,  // opaque content, or binary: never changed
  kMayBeLf,    // BYT-6: the content with bare LF as CRLF is the second candidate
};

class ContentDigest {
 public:
  // The content must outlive this.
  ContentDigest(Octets content, LineEnds line_ends) : content_(content), line_ends_(line_ends) {}

  // Announces an algorithm, so that the first raw() computes all of them in one pass.
  void add(Digest digest);
  // Precondition: supported.
  const std::string& raw(Digest digest);
  // Digest of the second candidate; nullptr if there is none.
  const std::string* crlf(Digest digest);

  Octets content() const { return content_; }
  // The second candidate itself, for schemes that take no digest; nullopt if there is none.
  std::optional<std::string> crlf_content();

 private:
  bool has_crlf_variant();
  void pass();

  Octets content_;
  LineEnds line_ends_;
  std::map<Digest, std::string> raw_;  // empty: announced
  std::map<Digest, std::string> crlf_;
  std::optional<bool> has_bare_lf_;
};

}  // namespace waxseal::smime
