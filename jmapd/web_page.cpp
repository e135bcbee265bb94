#include "jmapd/web_page.h"

#include <algorithm>
#include <array>

#include "base/sha256.h"
#include "jmapd/replies.h"

namespace waxseal::jmapd {

namespace {

constexpr std::string_view kFolder = "/web/";
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

struct TypeRow {
  std::string_view ending, type;
};
constexpr std::array<TypeRow, 4> kTypes = {{
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".svg", "image/svg+xml"},
}};

const WebFile* file_at(std::string_view path) {
  const std::string_view name = path == "/" ? "index.html" : path.substr(std::min(kFolder.size(), path.size()));
  const auto& files = web_files();
  const auto found = std::find_if(files.begin(), files.end(), [&](const WebFile& file) { return file.name == name; });
  return found == files.end() ? nullptr : &*found;
}

std::string type_of(std::string_view name) {
  const auto row =
      std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeRow& each) { return name.ends_with(each.ending); });
  return std::string(row == kTypes.end() ? "application/octet-stream" : row->type);
}

}  // namespace

http::Response web_page(const http::Request& request) {
  const WebFile* const file = file_at(request.path);
  if (file == nullptr) return problem_reply({404, kBlank, "there is no such page", ""});
  const std::string tag = '"' + sha256(file->octets).hex().substr(0, 32) + '"';
  http::Response response;
  response.with("Content-Security-Policy", std::string(kPolicy));
  response.with("X-Content-Type-Options", "nosniff");
  response.with("Referrer-Policy", "no-referrer");
  response.with("Cache-Control", "no-cache");  // kept, and asked for again: a new version shows at once
  response.with("ETag", tag);
  if (request.field("if-none-match") == tag) {
    response.status = 304;
    return response;
  }
  response.status = 200;
  response.content_type = type_of(file->name);
  response.body = std::string(file->octets);
  return response;
}

}  // namespace waxseal::jmapd
