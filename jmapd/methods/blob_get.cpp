// Blob/get (RFC 9404 section 4.2).
#include <array>

#include "base/text.h"
#include "jmapd/blob_content.h"
#include "jmapd/methods/methods.h"
#include "jmapd/standard_get.h"

namespace waxseal::jmapd {
namespace {

// Octets that one answer holds at most, before they become text or base64 (rule R29).
constexpr std::size_t kMaxOctetsInGet = 32 * 1024 * 1024;
constexpr std::size_t kEverything = std::size_t{1} << 53;  // more than an UnsignedInt can name

constexpr std::array<std::string_view, 5> kArguments{"accountId", "ids", "properties", "offset", "length"};

struct Wanted {
  bool data = false, as_text = false, as_base64 = false, sha256 = false, size = false;
  std::size_t offset = 0;
  std::optional<std::size_t> length;

  bool needs_octets() const { return data || as_text || as_base64 || sha256; }
};

void select(Wanted& wanted, const std::string& property) {
  if (property == "data") {
    wanted.data = true;
  } else if (property == "data:asText") {
    wanted.as_text = true;
  } else if (property == "data:asBase64") {
    wanted.as_base64 = true;
  } else if (property == "digest:sha-256") {
    wanted.sha256 = true;
  } else if (property == "size") {
    wanted.size = true;
  } else if (property != "id") {
    refuse_argument("properties", "there is no property \"" + property + "\"");
  }
}

Wanted read_wanted(const Arguments& arguments) {
  Wanted wanted;
  wanted.offset = static_cast<std::size_t>(arguments.unsigned_integer("offset", Null::kAbsent).value_or(0));
  if (const auto length = arguments.unsigned_integer("length", Null::kAbsent)) {
    wanted.length = static_cast<std::size_t>(*length);
  }
  const auto properties = arguments.strings("properties", Null::kAbsent);
  if (!properties) {
    wanted.data = wanted.size = true;
    return wanted;
  }
  for (const std::string& property : *properties) select(wanted, property);
  return wanted;
}

Json render(const std::string& id, const BlobRange& range, const Wanted& wanted) {
  Json object = {{"id", id}};
  if (wanted.size) object["size"] = range.size;
  if (!wanted.needs_octets()) return object;
  const bool beyond = wanted.length ? wanted.offset + *wanted.length > range.size : wanted.offset > range.size;
  if (beyond) object["isTruncated"] = true;
  const bool is_text = valid_utf8(range.octets);
  if (!is_text && (wanted.data || wanted.as_text)) object["isEncodingProblem"] = true;
  if (wanted.as_text || (wanted.data && is_text)) object["data:asText"] = is_text ? Json(range.octets) : Json();
  if (wanted.as_base64 || (wanted.data && !is_text)) object["data:asBase64"] = base64(range.octets);
  if (wanted.sha256) object["digest:sha-256"] = base64(sha256(range.octets).view());
  return object;
}

std::optional<BlobRange> read(store::Snapshot& snapshot, const BlobId& id, const Wanted& wanted) {
  if (wanted.needs_octets()) return read_blob_range(snapshot, id, wanted.offset, wanted.length.value_or(kEverything));
  const auto size = blob_octets(snapshot, id);
  if (!size) return std::nullopt;
  return BlobRange{*size, {}};
}

std::size_t wanted_octets(store::Snapshot& snapshot, const BlobId& id, const Wanted& wanted) {
  const std::size_t size = store::blob_size(snapshot, id.message).value_or(0);
  return id.part_id.empty() ? std::min(size, wanted.length.value_or(size)) : size;
}

}  // namespace

Json blob_get(Call& call, const Json& arguments) {
  const Arguments reader(arguments, kArguments);
  const Wanted wanted = read_wanted(reader);
  const auto given = reader.strings("ids", Null::kAbsent);
  if (!given) throw MethodError{"requestTooLarge", "name the blobs: all of an account are too many for one call"};
  check_object_count(given->size(), call.limits);
  auto snapshot = call.open(arguments);
  ObjectList list(call, "list");
  Json not_found = Json::array();
  std::set<std::string> seen;
  std::size_t octets = 0;
  for (const std::string& text : *given) {
    const std::string id = call.resolve(text);
    if (!seen.insert(id).second) continue;
    const auto blob = blob_from_wire(id);
    if (blob && wanted.needs_octets()) octets += wanted_octets(snapshot, *blob, wanted);
    if (octets > kMaxOctetsInGet && seen.size() > 1) {
      throw MethodError{"requestTooLarge", "These blobs are too large for one call; ask for fewer, or download them"};
    }
    const auto range = blob ? read(snapshot, *blob, wanted) : std::nullopt;
    range ? list.add(render(id, *range, wanted)) : not_found.push_back(id);
  }
  Json response = {{"accountId", to_wire(snapshot.account())}, {"notFound", std::move(not_found)}};
  list.put_into(response);
  return response;
}

}  // namespace waxseal::jmapd
