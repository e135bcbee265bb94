// Blob/upload (RFC 9404 section 4.1).
#include <array>

#include "base/text.h"
#include "jmapd/arguments.h"
#include "jmapd/blob_content.h"
#include "jmapd/methods/methods.h"
#include "jmapd/standard_get.h"
#include "store/uploads.h"

namespace waxseal::jmapd {
namespace {

constexpr std::array<std::string_view, 2> kArguments{"accountId", "create"};
constexpr std::array<std::string_view, 2> kUploadObject{"data", "type"};
constexpr std::array<std::string_view, 5> kDataSource{"data:asText", "data:asBase64", "blobId", "offset", "length"};

// A SetError (RFC 8620 section 5.3).
struct Refused {
  std::string type;
  std::string description;
};

class Assembly {
 public:
  Assembly(Call& call, AccountId account) : call_(call), account_(account) {}

  void add(const Json& source) {
    const Arguments reader(source, kDataSource);
    const Json* text = reader.find("data:asText", Null::kAbsent);
    const Json* encoded = reader.find("data:asBase64", Null::kAbsent);
    const Json* blob = reader.find("blobId", Null::kAbsent);
    if ((text != nullptr) + (encoded != nullptr) + (blob != nullptr) != 1) {
      throw Refused{"invalidProperties", "a data source is one of data:asText, data:asBase64 and blobId"};
    }
    if (text) append(reader.string("data:asText").value());
    if (encoded) append_base64(reader.string("data:asBase64").value());
    if (blob) append_blob(reader);
  }
  const std::string& octets() const { return octets_; }

 private:
  void append(std::string_view piece) {
    if (piece.size() > call_.limits.max_size_upload - octets_.size()) {
      throw Refused{"tooLarge", "a blob may have " + std::to_string(call_.limits.max_size_upload) + " octets at most"};
    }
    octets_ += piece;
  }
  void append_base64(const std::string& text) {
    const auto decoded = unbase64(text);
    if (!decoded) throw Refused{"invalidProperties", "data:asBase64: " + decoded.error()};
    append(*decoded);
  }
  void append_blob(const Arguments& reader) {
    const auto offset = static_cast<std::size_t>(reader.unsigned_integer("offset", Null::kAbsent).value_or(0));
    const auto length = reader.unsigned_integer("length", Null::kAbsent);
    const auto id = blob_from_wire(call_.resolve(reader.string("blobId").value()));
    store::Snapshot snapshot(call_.database, account_);
    // One octet more than fits is enough to know that it is too much.
    const std::size_t most = call_.limits.max_size_upload + 1;
    const std::size_t wanted = length ? std::min(static_cast<std::size_t>(*length), most) : most;
    const auto range = id ? read_blob_range(snapshot, *id, offset, wanted) : std::nullopt;
    if (!range) throw Refused{"blobNotFound", "there is no such blob"};
    if (offset > range->size || (length && offset + static_cast<std::size_t>(*length) > range->size)) {
      throw Refused{"invalidProperties", "offset and length reach behind the end of the blob"};
    }
    append(range->octets);
  }

  Call& call_;
  const AccountId account_;
  std::string octets_;
};

Json create(Call& call, AccountId account, const Json& object) {
  const Arguments reader(object, kUploadObject);
  const Json* data = reader.find("data");
  if (!data || !data->is_array()) throw Refused{"invalidProperties", "data: must be an array of data sources"};
  if (data->size() > kMaxDataSources) {
    throw Refused{"tooLarge", "at most " + std::to_string(kMaxDataSources) + " data sources"};
  }
  const auto type = reader.string("type", Null::kAbsent);
  Assembly assembly(call, account);
  for (const Json& source : *data) assembly.add(source);
  const Sha256 blob = sha256(assembly.octets());
  store::store_upload(call.database, account, blob, assembly.octets(), call.limits.unreferenced_octets());
  return {{"id", to_wire(BlobId{blob, ""})},
          {"blobId", to_wire(BlobId{blob, ""})},  // as the upload endpoint names it
          {"type", type.value_or("application/octet-stream")},
          {"size", assembly.octets().size()}};
}

}  // namespace

Json blob_upload(Call& call, const Json& arguments) {
  const Arguments reader(arguments, kArguments);
  const AccountId account = call.account(arguments);
  const Json* wanted = reader.find("create");
  if (!wanted || !wanted->is_object()) refuse_argument("create", "must be an object");
  check_set_size(wanted->size(), call.limits);
  Json created = Json::object();
  Json not_created = Json::object();
  for (const auto& [id, object] : wanted->items()) {
    try {
      Json one = create(call, account, object);
      call.created_ids[id] = one["id"].get<std::string>();
      created[id] = std::move(one);
    } catch (const Refused& error) {
      not_created[id] = {{"type", error.type}, {"description", error.description}};
    } catch (const MethodError& error) {  // a member of the wrong type
      not_created[id] = {{"type", "invalidProperties"}, {"description", error.description}};
    }
  }
  return {{"accountId", to_wire(account)},
          {"oldState", nullptr},
          {"created", null_if_empty(std::move(created))},
          {"notCreated", null_if_empty(std::move(not_created))}};
}

}  // namespace waxseal::jmapd
