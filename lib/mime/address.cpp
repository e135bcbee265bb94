// The strict reading of From (IDN-01..09): whatever two readers could see differently is refused.
#include "mime/address.h"

#include <algorithm>

#include "base/text.h"
#include "mime/lexer.h"
#include "mime/phrase.h"
#include "mime/text.h"

namespace waxseal::mime {

namespace {

From refuse(FromFault fault) {
  return {{}, fault};
}

// RFC 5322 section 3.2.3 dot-atom-text.
bool dot_atom(std::string_view text) {
  if (text.empty() || text.front() == '.' || text.back() == '.') return false;
  return text.find("..") == std::string_view::npos;
}

bool is_dot_atom_char(char c) {
  return is_atext(c) || c == '.';
}

// RFC 5322 section 3.4.1 dtext.
bool is_dtext(char c) {
  return c > ' ' && c != '[' && c != ']' && c != '\\' && c != 0x7F;
}

std::optional<std::string> read_domain(Lexer& lexer) {
  const std::size_t begin = lexer.position();
  if (lexer.accept('[')) {
    if (lexer.run(is_dtext).empty() || !lexer.accept(']')) return std::nullopt;
    return std::string(lexer.since(begin));
  }
  const Octets domain = lexer.run(is_dot_atom_char);
  if (!dot_atom(domain)) return std::nullopt;
  return std::string(domain);
}

// Either a dot-atom or a quoted-string, without white space or comments around the "@" (IDN-02).
std::optional<Mailbox> read_addr_spec(Lexer& lexer) {
  Mailbox mailbox;
  if (lexer.peek() == '"') {
    auto local = lexer.quoted_string();
    if (!local || local->empty()) return std::nullopt;
    mailbox.local = std::move(*local);
  } else {
    const Octets local = lexer.run(is_dot_atom_char);
    if (!dot_atom(local)) return std::nullopt;
    mailbox.local = local;
  }
  if (!lexer.accept('@')) return std::nullopt;
  auto domain = read_domain(lexer);
  if (!domain) return std::nullopt;
  mailbox.domain = std::move(*domain);
  return mailbox;
}

// Reads one mailbox; which alternative of RFC 5322 section 3.4 it is shows after the first words.
class MailboxReader {
 public:
  explicit MailboxReader(Lexer& lexer) : lexer_(lexer) {}

  FromFault read(Mailbox& out) {
    if (!lexer_.skip_cfws()) return FromFault::kUnparsable;
    const Lexer start = lexer_;
    Phrase phrase;
    if (!phrase.read(lexer_)) return FromFault::kUnparsable;
    if (lexer_.peek() == ':') return FromFault::kGroup;
    std::optional<Mailbox> mailbox;
    if (lexer_.accept('<')) {
      mailbox = read_addr_spec(lexer_);
      if (!lexer_.accept('>')) return FromFault::kUnparsable;
      if (mailbox) mailbox->display = phrase.decoded();
    } else {
      lexer_ = start;  // the words were the local part
      mailbox = read_addr_spec(lexer_);
    }
    lexer_.forget_comment();
    if (!mailbox || !lexer_.skip_cfws()) return FromFault::kUnparsable;
    if (lexer_.last_comment()) mailbox->comment = decode_text(*lexer_.last_comment());
    out = std::move(*mailbox);
    return FromFault::kNone;
  }

 private:
  Lexer& lexer_;
};

bool holds_control(Octets text) {
  return strip_controls(text).size() != text.size();
}

}  // namespace

std::string Mailbox::address() const {
  const bool plain = dot_atom(local) && std::ranges::all_of(local, is_dot_atom_char);
  if (plain) return local + "@" + domain;
  std::string quoted = "\"";
  for (const char c : local) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"@" + domain;
}

From parse_from_value(Octets raw_value) {
  const std::string text = unfold(raw_value);
  if (!valid_utf8(text) || holds_control(text)) return refuse(FromFault::kUnparsable);
  Lexer lexer(text);
  From from{.fault = FromFault::kNone};
  do {
    Mailbox mailbox;
    const FromFault fault = MailboxReader(lexer).read(mailbox);
    if (fault != FromFault::kNone) return refuse(fault);
    from.mailboxes.push_back(std::move(mailbox));
  } while (lexer.accept(','));
  return lexer.at_end() ? from : refuse(FromFault::kUnparsable);
}

From read_from(const Header& header) {
  const auto fields = header.all("From");
  if (fields.empty()) return refuse(FromFault::kMissing);
  if (fields.size() > 1) return refuse(FromFault::kMultipleFields);
  return parse_from_value(fields.front()->value);
}

}  // namespace waxseal::mime
