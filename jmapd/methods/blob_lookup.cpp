// Blob/lookup (RFC 9404 section 4.3).
#include <array>

#include "jmapd/blob_content.h"
#include "jmapd/methods/methods.h"
#include "jmapd/standard_get.h"
#include "store/uploads.h"

namespace waxseal::jmapd {
namespace {

constexpr std::array<std::string_view, 3> kArguments{"accountId", "typeNames", "ids"};

template <class Id>
Json wire_list(const std::vector<Id>& ids) {
  Json list = Json::array();
  for (const Id id : ids) list.push_back(to_wire(id));
  return list;
}

struct TypeRow {
  std::string_view name;
  Json (*matched)(const store::BlobHolders&);
};
constexpr std::array<TypeRow, 3> kTypes{{
    {"Email", [](const store::BlobHolders& holders) { return wire_list(holders.emails); }},
    {"Mailbox", [](const store::BlobHolders& holders) { return wire_list(holders.mailboxes); }},
    {"Thread", [](const store::BlobHolders& holders) { return wire_list(holders.threads); }},
}};

std::vector<const TypeRow*> read_types(const Call& call, const Arguments& arguments) {
  const auto names = arguments.strings("typeNames");
  if (!names) refuse_argument("typeNames", "is missing");
  std::vector<const TypeRow*> types;
  for (const std::string& name : *names) {
    const auto row = std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeRow& type) { return type.name == name; });
    if (row == kTypes.end() || !call.uses(kMail)) throw MethodError{"unknownDataType", name};
    types.push_back(row);
  }
  return types;
}

store::BlobHolders holders_of(store::Snapshot& snapshot, const std::string& text) {
  const auto id = blob_from_wire(text);
  if (!id || (!id->part_id.empty() && !blob_octets(snapshot, *id))) return {};
  return store::blob_holders(snapshot, id->message);
}

}  // namespace

Json blob_lookup(Call& call, const Json& arguments) {
  const Arguments reader(arguments, kArguments);
  const auto types = read_types(call, reader);
  const auto ids = reader.strings("ids");
  if (!ids) refuse_argument("ids", "is missing");
  check_object_count(ids->size(), call.limits);
  auto snapshot = call.open(arguments);
  Json list = Json::array();
  for (const std::string& text : *ids) {
    const std::string id = call.resolve(text);
    const store::BlobHolders holders = holders_of(snapshot, id);
    Json matched = Json::object();
    for (const TypeRow* type : types) matched[std::string(type->name)] = type->matched(holders);
    list.push_back({{"id", id}, {"matchedIds", std::move(matched)}});
  }
  return {{"accountId", to_wire(snapshot.account())}, {"list", std::move(list)}};
}

}  // namespace waxseal::jmapd
