#include "jmapd/upload.h"

#include "base/text.h"
#include "jmapd/blob_id.h"
#include "jmapd/replies.h"
#include "jmapd/url.h"
#include "store/uploads.h"

namespace waxseal::jmapd {
namespace {

std::string media_type(const http::Request& request) {
  const std::string_view given = trim(request.field("content-type"));
  return given.empty() ? "application/octet-stream" : to_valid_utf8(given);
}

}  // namespace

http::Response upload(store::Database& database, const store::Principal& principal, const Limits& limits,
                      std::string_view path, const http::Request& request) {
  if (path.ends_with('/')) path.remove_suffix(1);
  const auto account = percent_decode(path);
  if (!account || account_from_wire(*account) != principal.account) {
    return problem_reply({404, kBlank, "there is no such account", ""});
  }
  if (principal.scope != store::Scope::kFull) {
    return problem_reply({403, kBlank, "these credentials may only read", ""});
  }
  const Octets octets = request.octets();
  const Sha256 blob = sha256(octets);
  store::store_upload(database, principal.account, blob, octets, limits.unreferenced_octets());
  auto response = json_reply(Json{{"accountId", to_wire(principal.account)},
                                  {"blobId", to_wire(BlobId{blob, ""})},
                                  {"type", media_type(request)},
                                  {"size", octets.size()}});
  response.status = 201;
  return response;
}

}  // namespace waxseal::jmapd
