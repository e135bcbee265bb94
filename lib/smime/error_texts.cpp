// smimeErrors as texts (ERR-02..06).
#include <algorithm>
#include <array>

#include "base/text.h"
#include "smime/judge.h"

namespace waxseal::smime {

namespace {

using TextOf = std::string_view (*)(Code);

// One function per catalogue.  A switch without default: a code without a text in some language does not compile.
std::string_view english(Code code) {
  return row(code).text;
}

#define WAXSEAL_TEXT(name, text) \
  case Code::name:               \
    return text;

std::string_view german(Code code) {
  switch (code) {
#include "smime/texts_de.inc"
  }
  return english(code);
}

std::string_view french(Code code) {
  switch (code) {
#include "smime/texts_fr.inc"
  }
  return english(code);
}

std::string_view spanish(Code code) {
  switch (code) {
#include "smime/texts_es.inc"
  }
  return english(code);
}

std::string_view italian(Code code) {
  switch (code) {
#include "smime/texts_it.inc"
  }
  return english(code);
}

#undef WAXSEAL_TEXT

// By primary subtag of RFC 5646, lower case.
constexpr std::array<std::string_view, 5> kLanguages = {"en", "de", "fr", "es", "it"};
constexpr std::array<TextOf, kLanguages.size()> kCatalogues = {english, german, french, spanish, italian};

// RFC 4647 section 3.4 lookup: "de-CH-1996" finds "de"; what is not there falls back to English.
TextOf catalogue_for(std::string_view language) {
  const std::string primary = ascii_lower(trim(language.substr(0, language.find('-'))));
  const auto it = std::find(kLanguages.begin(), kLanguages.end(), primary);
  return it == kLanguages.end() ? english : kCatalogues[static_cast<std::size_t>(it - kLanguages.begin())];
}

}  // namespace

std::span<const std::string_view> error_languages() {
  return kLanguages;
}

std::string_view error_text(Code code, std::string_view language) {
  return catalogue_for(language)(code);
}

std::optional<std::vector<std::string>> error_texts(Status status, const std::vector<Code>& visible_codes,
                                                    std::string_view language) {
  if (status != Status::kFailed || visible_codes.empty()) return std::nullopt;
  const TextOf text = catalogue_for(language);
  std::vector<std::string> texts;
  for (Code code : visible_codes) texts.emplace_back(text(code));
  if (texts.size() > kMaxVisibleCodes) {
    texts.resize(kMaxVisibleCodes);
    texts.back() = text(Code::more_errors);
  }
  return texts;
}

std::optional<std::vector<std::string>> error_texts(const Verdict& verdict, std::string_view language) {
  return error_texts(verdict.status, verdict.visible_codes(), language);
}

}  // namespace waxseal::smime
