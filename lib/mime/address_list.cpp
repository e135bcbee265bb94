// The lenient reading of address lists, for showing them (RFC 8621 sections 4.1.2.3 and 4.1.2.4).
#include <algorithm>

#include "base/text.h"
#include "mime/address.h"
#include "mime/encoded_word.h"
#include "mime/lexer.h"
#include "mime/phrase.h"
#include "mime/text.h"

namespace waxseal::mime {

namespace {

constexpr std::size_t kMaxAddresses = 10'000;  // rule R22, per field

std::optional<std::string> non_empty(std::string text) {
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

// PAR-2: where the strict reading accepts, the list is exactly its mailboxes.
std::vector<AddressGroup> from_strict(const From& from) {
  AddressGroup group;
  for (const Mailbox& mailbox : from.mailboxes)
    group.addresses.push_back(
        {non_empty(mailbox.display.empty() ? mailbox.comment : mailbox.display), mailbox.address()});
  return {group};
}

class ListReader {
 public:
  explicit ListReader(Octets text) : lexer_(text) {}

  std::vector<AddressGroup> read() {
    while (!lexer_.at_end() && count_ < kMaxAddresses) step();
    finish_mailbox();
    finish_group();
    return std::move(groups_);
  }

 private:
  void step() {
    lexer_.skip_cfws();
    // Section 4.1.2.3: a comment behind the address stands for a display name.
    if (lexer_.last_comment() && (angle_ || !bare_.empty())) comment_ = *lexer_.last_comment();
    lexer_.forget_comment();
    if (lexer_.at_end()) return;
    switch (lexer_.peek()) {
      case ',':
        lexer_.advance();
        return finish_mailbox();
      case ';':  // ends a group; elsewhere it is Outlook's comma
        lexer_.advance();
        finish_mailbox();
        if (in_group_) finish_group();
        return;
      case ':':
        lexer_.advance();
        return begin_group();
      case '<':
        return angle_address();
      case '"':
        return quoted_word();
      default:
        return plain_word();
    }
  }

  void quoted_word() {
    const std::size_t begin = lexer_.position();
    auto quoted = lexer_.quoted_string();
    const Octets raw = lexer_.since(begin);
    if (quoted)
      phrase_.add_quoted(std::move(*quoted));
    else
      phrase_.add_atoms(raw);
    add_to_bare(raw);
  }

  void plain_word() {
    const std::size_t begin = lexer_.position();
    // Senders leave commas and parentheses in encoded-words, against RFC 2047 section 5 (3): they separate nothing
    // there.
    lexer_.advance(encoded_word_length(lexer_.rest()));
    bool literal = false;  // within [ ], where ':' is part of an IPv6 address
    lexer_.run([&](char c) {
      if (c == '[') literal = true;
      if (c == ']') literal = false;
      if (c == ' ' || c == '\t' || c == '"' || c == '(' || c == '<' || c == ',') return false;
      return literal || (c != ':' && c != ';');
    });
    if (lexer_.position() == begin) lexer_.advance();
    const Octets raw = lexer_.since(begin);
    phrase_.add_atoms(raw);
    add_to_bare(raw);
  }

  // The words as an address without angle brackets: obsolete white space around "@" and "." goes away.
  void add_to_bare(Octets word) {
    const auto joins = [](char c) { return c == '@' || c == '.'; };
    if (!bare_.empty() && !joins(bare_.back()) && !joins(word.front())) bare_ += ' ';
    bare_ += word;
  }

  void angle_address() {
    lexer_.advance();
    std::string email;
    const bool route = lexer_.peek() == '@';
    while (lexer_.skip_cfws() && !lexer_.at_end() && lexer_.peek() != '>' && (route || lexer_.peek() != ',')) {
      const std::size_t begin = lexer_.position();
      if (lexer_.peek() == '"')
        lexer_.quoted_string();
      else
        lexer_.run(
            [&](char c) { return c != ' ' && c != '\t' && c != '(' && c != '"' && c != '>' && (route || c != ','); });
      email += lexer_.since(begin);
    }
    lexer_.accept('>');
    lexer_.forget_comment();
    if (route) email.erase(0, email.find(':') + 1);  // RFC 5322 section 4.4: the route is ignored
    if (angle_) finish_mailbox();                    // "<a@b> <c@d>" without a comma
    angle_ = std::move(email);
  }

  void begin_group() {
    if (in_group_ || angle_ || phrase_.empty()) return;  // no group has begun here: the colon is passed over
    finish_group();
    group_.name = phrase_.decoded();
    in_group_ = true;
    clear_mailbox();
  }

  void finish_mailbox() {
    std::string email = angle_ ? *angle_ : bare_;
    std::string name = angle_ ? phrase_.decoded() : std::string();
    if (name.empty() && comment_) name = decode_text(*comment_);
    if (!email.empty() || !name.empty()) {
      group_.addresses.push_back({non_empty(std::move(name)), strip_controls(to_utf8(email, "us-ascii").utf8)});
      ++count_;
    }
    clear_mailbox();
  }

  void clear_mailbox() {
    phrase_ = {};
    bare_.clear();
    angle_.reset();
    comment_.reset();
  }

  void finish_group() {
    if (in_group_ || !group_.addresses.empty()) groups_.push_back(std::move(group_));
    group_ = {};
    in_group_ = false;
  }

  Lexer lexer_;
  std::vector<AddressGroup> groups_;
  AddressGroup group_;
  bool in_group_ = false;
  std::size_t count_ = 0;
  // of the mailbox being read
  Phrase phrase_;
  std::string bare_;
  std::optional<std::string> angle_;
  std::optional<std::string> comment_;
};

}  // namespace

std::vector<AddressGroup> read_address_list(Octets raw_value) {
  const From strict = parse_from_value(raw_value);
  if (strict.fault == FromFault::kNone) return from_strict(strict);
  std::string text = unfold(raw_value);
  for (char& c : text)
    if (is_control(c)) c = ' ';  // a stray control octet must not end the list
  return ListReader(text).read();
}

}  // namespace waxseal::mime
