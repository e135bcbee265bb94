// ERR-06: every code has a text in every language, and each is fit to be shown as it is.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "smime/judge.h"

namespace waxseal::smime {
namespace {

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(utf8, [](char c) { return (c & 0xC0) != 0x80; }));
}

// U+0300..U+036F: letters with marks are to be the composed ones (NFC).
bool has_combining_mark(std::string_view utf8) {
  for (std::size_t i = 0; i + 1 < utf8.size(); ++i) {
    const auto lead = static_cast<unsigned char>(utf8[i]), next = static_cast<unsigned char>(utf8[i + 1]);
    if (lead == 0xCC || (lead == 0xCD && next < 0xB0)) return true;
  }
  return false;
}

TEST(ErrorTexts, EveryCodeIsInEveryCatalogue) {  // ERR-06
  ASSERT_GE(error_languages().size(), 4U);
  EXPECT_EQ(error_languages().front(), "en");
  for (const std::string_view language : error_languages()) {
    std::set<std::string_view> seen;
    for (const CodeRow& code : all_codes()) {
      const std::string_view text = error_text(code.code, language);
      EXPECT_FALSE(text.empty()) << language << " " << code.name;
      EXPECT_TRUE(seen.insert(text).second) << language << ": one text for two codes: " << text;
      EXPECT_EQ(text == code.text, language == "en") << language << " " << code.name << " is not translated";
    }
  }
}

TEST(ErrorTexts, AreShortSentencesWithoutParametersOrMarkup) {  // ERR-04, ERR-06
  for (const std::string_view language : error_languages())
    for (const CodeRow& code : all_codes()) {
      const std::string_view text = error_text(code.code, language);
      EXPECT_LE(characters(text), 120U) << text;
      EXPECT_TRUE(valid_utf8(text)) << text;
      EXPECT_FALSE(has_combining_mark(text)) << text;
      EXPECT_EQ(text.find_first_of("%{}<>\"\r\n\t"), text.npos) << "placeholders and markup: " << text;
      EXPECT_EQ(trim(text), text);
      EXPECT_FALSE(text.ends_with('.')) << text;
    }
}

TEST(ErrorTexts, LanguageIsLookedUpByItsTag) {  // RFC 4647 section 3.4
  const auto expired = [](std::string_view language) { return error_text(Code::cert_expired, language); };
  EXPECT_EQ(expired("en"), "The signing certificate has expired");
  EXPECT_EQ(expired("de"), "Das Signaturzertifikat ist abgelaufen");
  EXPECT_EQ(expired("de-CH-1996"), expired("de"));
  EXPECT_EQ(expired("DE-at"), expired("de"));
  EXPECT_EQ(expired("fr-CA"), "Le certificat de signature a expiré");
  EXPECT_EQ(expired("es-419"), "El certificado de firma ha caducado");
  for (const std::string_view unknown : {"", "-", "x", "deu", "d", "tlh", "i-klingon", "german"})
    EXPECT_EQ(expired(unknown), expired("en")) << unknown;
}

TEST(ErrorTexts, ListIsInTheLanguageAndItsEndToo) {
  std::vector<Code> many;
  for (const CodeRow& code : all_codes()) many.push_back(code.code);
  const auto texts = error_texts(Status::kFailed, many, "fr");
  ASSERT_TRUE(texts);
  EXPECT_EQ(texts->size(), kMaxVisibleCodes);
  EXPECT_EQ(texts->front(), "Le message est mal formé");
  EXPECT_EQ(texts->back(), "Il y a d’autres problèmes");
}

}  // namespace
}  // namespace waxseal::smime
