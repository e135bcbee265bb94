// smimeErrors as texts (ERR-02..06).
#include <algorithm>

#include "base/text.h"
#include "smime/judge.h"

namespace waxseal::smime {

namespace {

using TextOf = std::string_view (*)(Code);

struct Catalogue {
  std::string_view language;  // RFC 5646 primary subtag, lower case
  TextOf text;
};

// English is the code table itself; another language is a row here and a file beside this one.
constexpr Catalogue kCatalogues[] = {
    {"en", [](Code code) { return row(code).text; }},
};

// RFC 4647 section 3.4 lookup: "en-GB" finds "en"; what is not there falls back to English.
const Catalogue& catalogue_for(std::string_view language) {
  const std::string primary = ascii_lower(language.substr(0, language.find('-')));
  auto it = std::find_if(std::begin(kCatalogues), std::end(kCatalogues),
                         [&](const Catalogue& c) { return c.language == primary; });
  return it == std::end(kCatalogues) ? kCatalogues[0] : *it;
}

}  // namespace

std::optional<std::vector<std::string>> error_texts(Status status, const std::vector<Code>& visible_codes,
                                                    std::string_view language) {
  if (status != Status::kFailed || visible_codes.empty()) return std::nullopt;
  const Catalogue& catalogue = catalogue_for(language);
  std::vector<std::string> texts;
  for (Code code : visible_codes) texts.emplace_back(catalogue.text(code));
  if (texts.size() > kMaxVisibleCodes) {
    texts.resize(kMaxVisibleCodes);
    texts.back() = catalogue.text(Code::more_errors);
  }
  return texts;
}

std::optional<std::vector<std::string>> error_texts(const Verdict& verdict, std::string_view language) {
  return error_texts(verdict.status, verdict.visible_codes(), language);
}

}  // namespace waxseal::smime
