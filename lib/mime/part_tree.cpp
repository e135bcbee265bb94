#include "base/text.h"
#include "mime/body_lists.h"
#include "mime/level_parser.h"
#include "mime/message.h"
#include "mime/part_fields.h"
#include "mime/transfer.h"

namespace waxseal::mime {

namespace {

Range shifted(const Range& range, std::size_t by) {
  return {range.begin + by, range.end + by};
}

// Depth-first with a stack of its own, so that nesting costs no program stack; the parts come out in document order.
class TreeBuilder {
 public:
  TreeBuilder(Octets octets, const MessageLimits& limits)
      : octets_(octets), limits_(limits), unsearched_(kAlwaysSearched + octets.size() * limits.passes) {}

  Message build() {
    work_.push_back({.entity = {0, octets_.size()}});
    while (!work_.empty()) {
      const Work work = work_.back();
      work_.pop_back();
      visit(work);
    }
    list_bodies(message_);
    return std::move(message_);
  }

 private:
  static constexpr std::size_t kAlwaysSearched = 16 * 1024 * 1024;
  static constexpr std::size_t kNoParent = static_cast<std::size_t>(-1);

  struct Work {
    Range entity;
    std::size_t parent = kNoParent;
    std::size_t depth = 1;
    bool in_digest = false;
    bool opaque = false;  // no header of its own: what a limit left unsplit
  };

  void visit(const Work& work) {
    const std::size_t index = message_.parts.size();
    Part& part = message_.parts.emplace_back();
    if (work.parent != kNoParent) message_.parts[work.parent].children.push_back(index);
    if (work.opaque) {
      part.header = {work.entity.begin, work.entity.begin};
      part.body = work.entity;
      make_opaque(part);
    } else {
      read_entity(work, index);
    }
    Part& done = message_.parts[index];
    if (!done.is_multipart()) finish_leaf(done);
  }

  void read_entity(const Work& work, std::size_t index) {
    Header header = read_header(work.entity.of(octets_), limits_.header);
    Part& part = message_.parts[index];
    part.header = shifted(header.octets, work.entity.begin);
    part.body = {work.entity.begin + header.body, work.entity.end};
    const ContentType type = content_type_of(header);
    describe(header, type, work.in_digest, part);
    if (part.is_multipart()) descend(work, type, index);
    if (work.parent == kNoParent) message_.header = std::move(header);
  }

  void descend(const Work& work, const ContentType& type, std::size_t index) {
    Part& part = message_.parts[index];
    const std::size_t left = limits_.parts - std::min(limits_.parts, reserved_);
    if (work.depth >= limits_.depth || left < 2 || part.body.size() > unsearched_) {
      message_.truncated = true;
      return make_opaque(part);
    }
    unsearched_ -= part.body.size();
    const Level level = parse_level(part.body.of(octets_), type, left - 1);
    if (level.children.empty()) return show_as_text(part);
    push_children(work, level, index, type.subtype == "digest");
  }

  void push_children(const Work& work, const Level& level, std::size_t parent, bool digest) {
    const Range body = message_.parts[parent].body;
    const std::size_t first = work_.size();
    for (const Range& child : level.children)
      work_.push_back({shifted(child, body.begin), parent, work.depth + 1, digest, false});
    if (level.remainder) {
      message_.truncated = true;
      work_.push_back({{body.begin + *level.remainder, body.end}, parent, work.depth + 1, digest, true});
    }
    reserved_ += work_.size() - first;
    std::reverse(work_.begin() + static_cast<std::ptrdiff_t>(first), work_.end());
  }

  static void make_opaque(Part& part) {
    part.type = "application/octet-stream";
    part.charset.clear();
    if (part.encoding.empty()) part.encoding = "7bit";
  }

  // A multipart without a usable boundary, or whose boundary delimits nothing, is not the grammar: RFC 2045 section 5.2
  // then shows it as text, so that nothing of the message is hidden.
  static void show_as_text(Part& part) {
    part.type = "text/plain";
    if (part.charset.empty()) part.charset = "us-ascii";
  }

  void finish_leaf(Part& part) {
    part.part_id = std::to_string(++leaves_);
    part.size = decoded_size(part.body.of(octets_), part.encoding);
  }

  Octets octets_;
  const MessageLimits& limits_;
  Message message_;
  std::vector<Work> work_;
  std::size_t unsearched_;    // octets that boundary search may still pass over
  std::size_t reserved_ = 1;  // parts made or waiting in work_
  std::size_t leaves_ = 0;
};

}  // namespace

Message parse_message(Octets octets, const MessageLimits& limits) {
  return TreeBuilder(octets, limits).build();
}

}  // namespace waxseal::mime
