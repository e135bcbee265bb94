// The whole message as a tree of parts with byte ranges, and what RFC 8621 section 4 derives from it.
// mimetic's iterator parser drives the descent with our boundary search; iterative, bounded, never throws.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "mime/address.h"
#include "mime/content_type.h"
#include "mime/header.h"

namespace waxseal::mime {

struct MessageLimits {
  std::size_t depth = 50;
  std::size_t parts = 1000;
  // Boundary search passes over an octet once for every multipart around it: at most so often on average, with 16 MiB
  // in all always allowed.  Depth times size would let a stranger name the bill.
  std::size_t passes = 8;
  HeaderLimits header;
};

struct Part {
  std::string part_id;              // JMAP partId: "1", "2", ... in document order; empty for multipart/*
  Range header;                     // in the message
  Range body;                       // undecoded body, in the message
  std::string type;                 // "text/plain"; lower case; defaults of RFC 2045 5.2 and RFC 2046 5.1.5 applied
  std::string charset;              // parameter, or "us-ascii" for text/* without one, or empty
  std::string encoding;             // transfer_encoding()
  std::optional<std::string> name;  // filename or name, decoded
  std::optional<std::string> disposition;  // lower case
  std::optional<std::string> cid;          // without <>
  std::optional<std::vector<std::string>> language;
  std::optional<std::string> location;
  std::size_t size = 0;               // octets after decoding the transfer encoding (RFC 8621 4.1.4)
  std::vector<std::size_t> children;  // indices into Message::parts; multipart/* only

  bool is_multipart() const { return type.starts_with("multipart/"); }
};

struct Message {
  Header header;            // of the root
  std::vector<Part> parts;  // parts[0] is the root; at least one
  // RFC 8621 section 4.1.4: indices into parts
  std::vector<std::size_t> text_body;
  std::vector<std::size_t> html_body;
  std::vector<std::size_t> attachments;
  bool has_attachment = false;
  bool truncated = false;  // a limit stopped the descent; the rest is shown as one opaque part
};

// Views point into `octets`, which must outlive the result.
Message parse_message(Octets octets, const MessageLimits& limits = {});

// Decoded text of a text/* part as UTF-8.
struct BodyText {
  std::string value;
  bool encoding_problem = false;
};
BodyText body_text(Octets message, const Part& part);
std::string decoded_body(Octets message, const Part& part);  // transfer encoding removed, for part downloads

// RFC 8621 section 4.1.4 "preview": at most 256 characters of plain text.
std::string preview(Octets message, const Message& parsed);

// What the store indexes and Email/get shows without the octets.
struct Summary {
  std::string subject;                  // decoded
  std::vector<std::string> message_id;  // without <>
  std::vector<std::string> in_reply_to;
  std::vector<std::string> references;
  std::optional<Time> sent_at;                                    // Date
  std::optional<std::string> sent_date;                           // the same with its zone: parse_date_with_zone()
  std::vector<AddressGroup> from, sender, reply_to, to, cc, bcc;  // last instance of each field (RFC 8621 4.1.2)
  std::string preview;
  bool has_attachment = false;
  std::size_t size = 0;
};
Summary summarise(Octets message, const Message& parsed);

// RFC 5256 section 2.1 base subject, for threading (RFC 8621 section 3).
std::string base_subject(std::string_view decoded_subject);

// RFC 5322 section 3.3 date-time with the obsolete forms that real mail has; nullopt if it cannot be read.
std::optional<Time> parse_date(Octets raw_value);
// The same with the zone kept, as RFC 8621 Date (RFC 3339 with offset).
std::optional<std::string> parse_date_with_zone(Octets raw_value);

// <a@b> <c@d>: ids without brackets; nullopt if the grammar fails (RFC 8621 section 4.1.2.5).
std::optional<std::vector<std::string>> parse_message_ids(Octets raw_value);

}  // namespace waxseal::mime
