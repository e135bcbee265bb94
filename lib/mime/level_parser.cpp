#include "mime/level_parser.h"

#include <cstdint>  // mimetic's headers need it and do not include it
#include <exception>

#include <mimetic/mimetic.h>

#include "mime/boundary.h"

namespace waxseal::mime {

namespace {

using IteratorParser = mimetic::IteratorParser<const char*, std::input_iterator_tag>;

// The base class reads the header it is given, decides from it whether there are parts, and walks preamble, parts and
// epilogue; each step ends in the virtual copy_until_boundary(), which is ours.  imChildParts keeps it to one level.
class Driver final : public IteratorParser {
 public:
  Driver(mimetic::MimeEntity& scratch, Octets body, Octets boundary, std::size_t max_children)
      : IteratorParser(scratch), cursor_(body, boundary), max_children_(max_children) {
    iMask(mimetic::imBody | mimetic::imChildParts | mimetic::imPreamble | mimetic::imEpilogue);
  }

  Level drive(const std::string& header) {
    run(header.data(), header.data() + header.size());
    return std::move(level_);
  }

 private:
  using Stop = BoundaryCursor::Stop;

  void copy_until_boundary(mimetic::ParsingElem) override {
    if (closed_) return stop();
    const bool in_child = std::exchange(begun_, true);
    if (in_child && level_.children.size() >= max_children_) {
      level_.remainder = cursor_.position();
      return stop();
    }
    const Stop found = cursor_.next();
    if (in_child) level_.children.push_back(cursor_.content());
    if (found == Stop::kEndOfBody) return stop();
    closed_ = found == Stop::kCloseDelimiter;
    m_lastBoundary = closed_ ? ClosingBoundary : Boundary;
    go_on();
  }

  // The octets of the body never pass through mimetic's iterators; they only say whether there is more.
  void go_on() {
    static constexpr char kMore[] = "";
    m_bit = kMore;
    m_eit = kMore + 1;
  }
  void stop() {
    m_lastBoundary = NoBoundary;
    m_bit = m_eit;
  }

  BoundaryCursor cursor_;
  std::size_t max_children_;
  Level level_;
  bool begun_ = false;
  bool closed_ = false;
};

// All that mimetic is told: type and subtype, which are tokens.  Parameters stay with us, because it splits them at ';'
// within quotes; the boundary is in the cursor.
std::string header_for_mimetic(const ContentType& type) {
  return "Content-Type: " + type.type + "/" + type.subtype + "\r\n\r\n";
}

}  // namespace

Level parse_level(Octets body, const ContentType& type, std::size_t max_children) {
  const Parameter* boundary = type.parameter("boundary");
  if (type.type != "multipart" || boundary == nullptr || !usable_boundary(boundary->value)) return {};
  try {
    mimetic::MimeEntity scratch;
    return Driver(scratch, body, boundary->value, max_children).drive(header_for_mimetic(type));
  } catch (const std::exception&) {
    return {};  // shown as one opaque part
  }
}

}  // namespace waxseal::mime
