#include "mime/collation.h"

#include <unicase.h>
#include <uninorm.h>
#include <unistr.h>

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

std::string normalized(uninorm_t form, std::string_view utf8) {
  if (is_ascii(utf8)) return std::string(utf8);  // in every form already
  std::size_t length = 0;
  const std::unique_ptr<std::uint8_t, Free> out(u8_normalize(form, octets_of(utf8), utf8.size(), nullptr, &length));
  return out ? std::string(reinterpret_cast<const char*>(out.get()), length) : std::string(utf8);
}

void append_character(std::string& out, ucs4_t character) {
  std::uint8_t octets[6];
  const int length = u8_uctomb(octets, character, sizeof octets);
  if (length > 0) out.append(reinterpret_cast<const char*>(octets), static_cast<std::size_t>(length));
}

}  // namespace

std::string unicode_casemap(std::string_view utf8, std::size_t limit) {
  std::string titled;
  while (!utf8.empty() && titled.size() < limit) {
    if (const char c = utf8.front(); is_ascii(utf8.substr(0, 1))) {
      titled += c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
      utf8.remove_prefix(1);
      continue;
    }
    ucs4_t character = 0;
    const int length = u8_mbtoucr(&character, octets_of(utf8), utf8.size());
    if (length <= 0) break;
    append_character(titled, uc_totitle(character));
    utf8.remove_prefix(static_cast<std::size_t>(length));
  }
  return normalized(UNINORM_NFKD, titled);
}

std::string normalize_nfc(std::string_view utf8) {
  return normalized(UNINORM_NFC, utf8);
}

}  // namespace waxseal::mime
