#include "jmapd/download.h"

#include "jmapd/blob_content.h"
#include "jmapd/content_disposition.h"
#include "jmapd/method.h"
#include "jmapd/replies.h"
#include "jmapd/url.h"
#include "store/snapshot.h"

namespace waxseal::jmapd {
namespace {

constexpr std::size_t kPiece = 1024 * 1024;  // what store::read_blob() gives at once

struct Wanted {
  AccountId account;
  BlobId blob;
  std::string name;
};

http::Response not_found() {
  return problem_reply({404, kBlank, "there is no such blob in this account", ""});
}

std::optional<Wanted> read_path(std::string_view path) {
  const std::size_t first = path.find('/');
  const std::size_t second = first == path.npos ? path.npos : path.find('/', first + 1);
  if (second == path.npos || path.find('/', second + 1) != path.npos) return std::nullopt;
  const auto account = percent_decode(path.substr(0, first));
  const auto blob = percent_decode(path.substr(first + 1, second - first - 1));
  const auto name = percent_decode(path.substr(second + 1));
  if (!account || !blob || !name) return std::nullopt;
  const auto account_id = account_from_wire(*account);
  const auto blob_id = blob_from_wire(*blob);
  if (!account_id || !blob_id) return std::nullopt;
  return Wanted{*account_id, *blob_id, *name};
}

// Each piece in a snapshot of its own: a blob never changes, and a slow client must not hold a connection of the pool.
bool send_blob(store::Database& database, AccountId account, const Sha256& blob, std::size_t size,
               const http::Sink& sink) {
  for (std::size_t sent = 0; sent < size;) {
    std::string piece;
    {
      store::Snapshot snapshot(database, account);
      piece = store::read_blob(snapshot, blob, sent, std::min(kPiece, size - sent));
    }
    if (piece.empty() || !sink(piece)) return false;
    sent += piece.size();
  }
  return true;
}

// The octets cannot do anything in a browser that shows them (rule R31), and never change (RFC 8620 section 6.2).
void add_headers(http::Response& response, const Wanted& wanted) {
  response.with("Content-Disposition", content_disposition(wanted.name));
  response.with("X-Content-Type-Options", "nosniff");
  response.with("Content-Security-Policy", "sandbox; default-src 'none'");
  response.with("Cache-Control", "private, immutable, max-age=31536000");
  response.with("Accept-Ranges", "none");
}

}  // namespace

http::Response download(store::Database& database, const store::Principal& principal, std::string_view path,
                        std::string_view query) {
  const auto wanted = read_path(path);
  if (!wanted || wanted->account != principal.account) return not_found();
  const Sha256 blob = wanted->blob.message;
  http::Response response;
  response.status = 200;
  response.content_type = download_type(query_value(query, "accept").value_or(""));
  {
    store::Snapshot snapshot(database, principal.account);
    const auto size = store::blob_size(snapshot, blob);
    if (!size) return not_found();
    if (wanted->blob.part_id.empty()) {
      response.stream = {*size, [&database, account = principal.account, blob, size = *size](const http::Sink& sink) {
                           return send_blob(database, account, blob, size, sink);
                         }};
    } else {
      auto part = read_blob_content(snapshot, wanted->blob);
      if (!part) return not_found();
      response.body = std::move(*part);
    }
  }
  add_headers(response, *wanted);
  return response;
}

}  // namespace waxseal::jmapd
