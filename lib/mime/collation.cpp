#include "mime/collation.h"

#include <unicase.h>
#include <uninorm.h>
#include <unistr.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "base/text.h"

namespace waxseal::mime {

namespace {

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};

const std::uint8_t* octets_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

std::string normalized(uninorm_t form, std::string utf8) {
  if (is_ascii(utf8)) return utf8;  // in every form already
  std::size_t length = 0;
  const std::unique_ptr<std::uint8_t, Free> out(u8_normalize(form, octets_of(utf8), utf8.size(), nullptr, &length));
  return out ? std::string(reinterpret_cast<const char*>(out.get()), length) : utf8;
}

void append_character(std::string& out, ucs4_t character) {
  std::uint8_t octets[6];
  const int length = u8_uctomb(octets, character, sizeof octets);
  if (length > 0) out.append(reinterpret_cast<const char*>(octets), static_cast<std::size_t>(length));
}

}  // namespace

std::string unicode_casemap(std::string_view utf8, std::size_t limit) {
  std::string titled;
  titled.reserve(std::min(utf8.size(), limit));
  while (!utf8.empty() && titled.size() < limit) {
    const std::size_t plain = plain_run(utf8.substr(0, limit - titled.size()));
    const auto from = static_cast<std::ptrdiff_t>(titled.size());
    titled += utf8.substr(0, plain);
    std::transform(titled.begin() + from, titled.end(), titled.begin() + from, ascii_upper);
    utf8.remove_prefix(plain);
    if (plain > 0) continue;
    ucs4_t character = 0;
    const int length = u8_mbtoucr(&character, octets_of(utf8), utf8.size());
    if (length <= 0) break;
    append_character(titled, uc_totitle(character));
    utf8.remove_prefix(static_cast<std::size_t>(length));
  }
  return normalized(UNINORM_NFKD, std::move(titled));
}

std::string normalize_nfc(std::string_view utf8) {
  return normalized(UNINORM_NFC, std::string(utf8));
}

}  // namespace waxseal::mime
