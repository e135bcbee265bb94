#include "jmapd/compose_parts.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "jmapd/header_writer.h"
#include "mime/text.h"

namespace waxseal::jmapd {
namespace {

using mime::NewPart;

constexpr std::size_t kMaxDepth = 20;
constexpr std::size_t kMaxParts = 500;
constexpr std::size_t kMaxParameter = 1024;

// Properties of a part that are no header fields.
constexpr std::array<std::string_view, 4> kContents{"partId", "blobId", "size", "subParts"};
// The others, with the field that each writes into.
struct FieldOf {
  std::string_view property, field;
};
constexpr std::array kFieldsOf{
    FieldOf{"type", "content-type"},
    FieldOf{"charset", "content-type"},
    FieldOf{"disposition", "content-disposition"},
    FieldOf{"cid", "content-id"},
    FieldOf{"language", "content-language"},
    FieldOf{"location", "content-location"},
};

bool token(std::string_view text) {
  return !text.empty() && text.size() <= 127 && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c <= '~' && std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
  });
}

bool media_type(std::string_view text) {
  const auto slash = text.find('/');
  return slash != text.npos && token(text.substr(0, slash)) && token(text.substr(slash + 1));
}

// No white space, no brackets: what stands within "<>", or alone.
bool single_word(std::string_view text) {
  return !text.empty() && text.size() <= 900 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~' && c != '<' && c != '>'; });
}

std::string with_crlf(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (text[i] == '\n') out += '\r';
    out += text[i];
  }
  return out;
}

// Where a part stands, and so what it is if it does not say.
struct Standing {
  std::string path;
  std::string type;         // if none is given
  std::string disposition;  // the same; "": none
};

class BodyReader {
 public:
  explicit BodyReader(const ComposeSource& source) : source_(source) {}

  NewPart read() {
    check_values();
    if (const Json* structure = given("bodyStructure")) {
      for (const char* other : {"textBody", "htmlBody", "attachments"}) {
        if (given(other) != nullptr) wrong(other);
      }
      check_against_email(*structure);
      return part(*structure, {"bodyStructure", "", ""}, 1);
    }
    return assemble();
  }

 private:
  const Json* given(const char* name) const { return member(source_.email, name); }

  static const Json* member(const Json& object, std::string_view name) {
    const auto found = object.find(std::string(name));
    return found == object.end() || found->is_null() ? nullptr : &*found;
  }

  void wrong(std::string path) { source_.faults.properties.insert(std::move(path)); }

  // --- bodyValues

  void check_values() {
    const Json* values = given("bodyValues");
    if (values == nullptr) return;
    if (!values->is_object()) return wrong("bodyValues");
    for (const auto& [id, value] : values->items()) {
      if (!valid_value(value)) wrong("bodyValues/" + id);
    }
  }

  // "isEncodingProblem and isTruncated MUST be either false or omitted"
  static bool valid_value(const Json& value) {
    if (!value.is_object() || !value.contains("value") || !value.at("value").is_string()) return false;
    for (const auto& [name, inside] : value.items()) {
      if (name == "value") continue;
      if ((name != "isEncodingProblem" && name != "isTruncated") || inside != false) return false;
    }
    return true;
  }

  const Json* body_value(const std::string& part_id) const {
    const Json* values = given("bodyValues");
    if (values == nullptr || !values->is_object()) return nullptr;
    const Json* value = member(*values, part_id);
    return value != nullptr && valid_value(*value) ? &value->at("value") : nullptr;
  }

  // --- textBody, htmlBody, attachments

  NewPart assemble() {
    std::optional<NewPart> text = body_of("textBody", "text/plain");
    std::optional<NewPart> html = body_of("htmlBody", "text/html");
    std::vector<NewPart> related, mixed;
    read_attachments(html.has_value(), related, mixed);
    if (html && !related.empty()) html = multipart("multipart/related", *std::move(html), std::move(related));
    std::optional<NewPart> body = text ? std::move(text) : std::move(html);
    if (text && html) body = multipart("multipart/alternative", *std::move(body), {*std::move(html)});
    if (!body && mixed.size() == 1) return std::move(mixed.front());
    if (!body && mixed.empty())
      body = NewPart{.type = "text/plain", .parameters = {}, .fields = {}, .content = {}, .parts = {}};
    if (mixed.empty()) return *std::move(body);
    if (body) mixed.insert(mixed.begin(), *std::move(body));
    return {.type = "multipart/mixed", .parameters = {}, .fields = {}, .content = {}, .parts = std::move(mixed)};
  }

  static NewPart multipart(const char* type, NewPart first, std::vector<NewPart> others) {
    others.insert(others.begin(), std::move(first));
    return {.type = type, .parameters = {}, .fields = {}, .content = {}, .parts = std::move(others)};
  }

  // "MUST contain exactly one body part and it MUST be of type ..."
  std::optional<NewPart> body_of(const char* name, const char* type) {
    const Json* list = given(name);
    if (list == nullptr) return std::nullopt;
    if (!list->is_array() || list->size() != 1) return wrong(name), std::nullopt;
    const std::string path = std::string(name) + "/0";
    NewPart out = part(list->at(0), {path, type, ""}, 1);
    if (out.type != type) wrong(path + "/type");
    return out;
  }

  void read_attachments(bool has_html, std::vector<NewPart>& related, std::vector<NewPart>& mixed) {
    const Json* list = given("attachments");
    if (list == nullptr) return;
    if (!list->is_array()) return wrong("attachments");
    for (std::size_t i = 0; i < list->size(); ++i) {
      const Json& one = list->at(i);
      NewPart read = part(one, {"attachments/" + std::to_string(i), "application/octet-stream", "attachment"}, 2);
      const bool is_inline =
          one.is_object() && member(one, "cid") != nullptr && one.value("disposition", Json()) == "inline";
      (has_html && is_inline ? related : mixed).push_back(std::move(read));
    }
  }

  // --- one part

  // "MUST NOT contain a property representing a header field that is already defined on the top-level Email"
  void check_against_email(const Json& structure) {
    if (!structure.is_object()) return;
    for (const auto& [name, value] : structure.items()) {
      if (!names_header(name)) continue;
      const auto property = parse_header_property(name);
      if (property && source_.header_fields.contains(ascii_lower(property->field))) wrong("bodyStructure/" + name);
    }
  }

  NewPart part(const Json& object, const Standing& standing, std::size_t depth) {
    NewPart out;
    if (!object.is_object() || depth > kMaxDepth || ++parts_ > kMaxParts) return wrong(standing.path), out;
    fields_.clear();
    check_members(object, standing);
    read_type(out, object, standing);
    read_name(out, object, standing);
    read_words(out, object, standing.path);
    read_header_properties(out, object, standing.path);
    check_fields(out, standing.path);
    if (out.type.starts_with("multipart/")) {
      read_children(out, object, standing, depth);
    } else {
      read_content(out, object, standing.path);
    }
    return out;
  }

  // Known, and no header field twice.
  void check_members(const Json& object, const Standing& standing) {
    for (const auto& [name, value] : object.items()) {
      const bool known = name == "name" || std::find(kContents.begin(), kContents.end(), name) != kContents.end();
      if (known || value.is_null()) continue;
      const auto* row =
          std::find_if(kFieldsOf.begin(), kFieldsOf.end(), [&](const FieldOf& one) { return one.property == name; });
      if (row != kFieldsOf.end()) {
        if (row->property != "charset") fields_.insert(std::string(row->field));
      } else if (!names_header(name)) {
        wrong(standing.path + "/" + name);  // "headers" too
      }
    }
    if (member(object, "charset") != nullptr) fields_.insert("content-type");
    if (member(object, "name") == nullptr) return;
    const bool file = member(object, "disposition") != nullptr || !standing.disposition.empty();
    fields_.insert(file ? "content-disposition" : "content-type");
  }

  std::optional<std::string> text(const Json& object, const char* name, const std::string& path) {
    const Json* value = member(object, name);
    if (value == nullptr) return std::nullopt;
    if (value->is_string()) return value->get<std::string>();
    wrong(path + "/" + name);
    return std::nullopt;
  }

  void read_type(NewPart& out, const Json& object, const Standing& standing) {
    const Json* raw = content_field(object, "content-type");
    const bool has_children = member(object, "subParts") != nullptr;
    out.type = standing.type.empty() ? (has_children ? "multipart/mixed" : "text/plain") : standing.type;
    if (standing.type.empty() && !has_children && member(object, "blobId")) out.type = "application/octet-stream";
    if (const auto type = text(object, "type", standing.path)) {
      out.type = ascii_lower(*type);
      if (!media_type(out.type)) wrong(standing.path + "/type");
    } else if (raw != nullptr && raw->is_string()) {
      const auto parsed = mime::parse_content_type(raw->get<std::string>());
      if (parsed.syntax == mime::Syntax::kValid && !parsed.parameter("boundary")) {
        out.type = parsed.type + "/" + parsed.subtype;
        out.parameters = parsed.parameters;
      } else {
        wrong(standing.path + "/" + raw_name_);
      }
    }
    if (const auto charset = text(object, "charset", standing.path)) {
      if (!token(*charset) || member(object, "partId") || !out.type.starts_with("text/"))
        wrong(standing.path + "/charset");
      out.parameters.push_back({"charset", *charset});
    }
  }

  void read_name(NewPart& out, const Json& object, const Standing& standing) {
    const auto name = text(object, "name", standing.path);
    if (name && (name->size() > kMaxParameter || mime::strip_controls(*name).size() != name->size())) {
      return wrong(standing.path + "/name");
    }
    std::vector<mime::Parameter> parameters;
    std::string disposition = standing.disposition;
    if (const auto given = text(object, "disposition", standing.path)) disposition = ascii_lower(*given);
    if (const Json* raw = content_field(object, "content-disposition"); raw != nullptr && raw->is_string()) {
      const auto parsed = mime::parse_disposition(raw->get<std::string>());
      if (parsed.syntax != mime::Syntax::kValid) wrong(standing.path + "/" + raw_name_);
      disposition = parsed.type;
      parameters = parsed.parameters;
    }
    if (!disposition.empty() && !token(disposition)) return wrong(standing.path + "/disposition");
    if (name)
      (disposition.empty() ? out.parameters : parameters).push_back({disposition.empty() ? "name" : "filename", *name});
    if (disposition.empty()) return;
    out.fields.push_back(
        {"Content-Disposition", mime::write_parameters(disposition, parameters, "Content-Disposition")});
  }

  void read_words(NewPart& out, const Json& object, const std::string& path) {
    if (const auto cid = text(object, "cid", path)) {
      if (!single_word(*cid)) wrong(path + "/cid");
      out.fields.push_back({"Content-ID", " <" + *cid + ">"});
    }
    if (const auto location = text(object, "location", path)) {
      if (!single_word(*location)) wrong(path + "/location");
      out.fields.push_back({"Content-Location", " " + *location});
    }
    if (const Json* language = member(object, "language")) read_language(out, *language, path);
  }

  void read_language(NewPart& out, const Json& tags, const std::string& path) {
    std::string value;
    for (const Json& tag : tags.is_array() ? tags : Json::array({0})) {
      if (!tag.is_string() || !token(tag.get<std::string>())) return wrong(path + "/language");
      value += (value.empty() ? " " : ", ") + tag.get<std::string>();
    }
    if (value.size() > 900) return wrong(path + "/language");
    if (!value.empty()) out.fields.push_back({"Content-Language", value});
  }

  // The value of "header:Content-Type" or "header:Content-Disposition" in any form; raw_name_ is the property.
  const Json* content_field(const Json& object, std::string_view field) {
    for (const auto& [name, value] : object.items()) {
      if (value.is_null() || !names_header(name)) continue;
      const auto property = parse_header_property(name);
      if (!property || !ascii_iequals(property->field, field)) continue;
      raw_name_ = name;
      return &value;
    }
    return nullptr;
  }

  void read_header_properties(NewPart& out, const Json& object, const std::string& path) {
    for (const auto& [name, value] : object.items()) {
      if (value.is_null() || !names_header(name)) continue;
      const auto property = parse_header_property(name);
      if (!property) {
        wrong(path + "/" + name);
        continue;
      }
      const std::string field = ascii_lower(property->field);
      auto fields = write_header_property(*property, value);
      const bool twice = !fields_.insert(field).second;
      if (twice || !fields || field == "content-transfer-encoding") {
        wrong(path + "/" + name);
      } else if (field != "content-type" && field != "content-disposition") {
        for (auto& one : *fields) out.fields.push_back(std::move(one));
      }
    }
  }

  // Texts of parameters come from anywhere.
  void check_fields(const NewPart& out, const std::string& path) {
    const mime::NewField type{"Content-Type", mime::write_parameters(out.type, out.parameters, "Content-Type")};
    const bool fit = std::all_of(out.fields.begin(), out.fields.end(), mime::field_fits);
    if (!fit || !mime::field_fits(type)) wrong(path);
  }

  void read_children(NewPart& out, const Json& object, const Standing& standing, std::size_t depth) {
    for (const char* content : {"partId", "blobId", "size"}) {
      if (member(object, content) != nullptr) wrong(standing.path + "/" + content);
    }
    const Json* children = member(object, "subParts");
    const std::string path = standing.path + "/subParts";
    if (children == nullptr || !children->is_array() || children->empty()) return wrong(path);
    const char* const type = out.type == "multipart/digest" ? "message/rfc822" : "";
    for (std::size_t i = 0; i < children->size(); ++i) {
      out.parts.push_back(part(children->at(i), {path + "/" + std::to_string(i), type, ""}, depth + 1));
    }
  }

  // "partId OR a blobId, but not both"
  void read_content(NewPart& out, const Json& object, const std::string& path) {
    if (member(object, "subParts") != nullptr) wrong(path + "/subParts");
    const auto part_id = text(object, "partId", path);
    const auto blob_id = text(object, "blobId", path);
    if (part_id.has_value() == blob_id.has_value()) {
      wrong(path + "/partId");
      if (blob_id) wrong(path + "/blobId");
      return;
    }
    if (blob_id) return read_blob(out, *blob_id);
    if (member(object, "size") != nullptr) wrong(path + "/size");
    const Json* value = body_value(*part_id);
    if (value == nullptr) return wrong(path + "/partId");
    out.content = with_crlf(value->get_ref<const std::string&>());
    if (out.type.starts_with("text/")) say_utf8(out, path);
  }

  // What a value of bodyValues is written in.
  void say_utf8(NewPart& out, const std::string& path) {
    for (const auto& parameter : out.parameters) {
      if (parameter.name != "charset") continue;
      const bool fits = ascii_iequals(parameter.value, "utf-8") ||
                        (ascii_iequals(parameter.value, "us-ascii") && is_ascii(out.content));
      if (!fits) wrong(path + "/" + raw_name_);
      return;
    }
    out.parameters.insert(out.parameters.begin(), {"charset", "utf-8"});
  }

  void read_blob(NewPart& out, const std::string& id) {
    auto octets = source_.blob(id);
    if (!octets) return void(source_.faults.missing_blobs.insert(id));
    out.content = *std::move(octets);
    const bool says = std::any_of(out.parameters.begin(), out.parameters.end(),
                                  [](const auto& one) { return one.name == "charset"; });
    // Without a charset it would be US-ASCII (RFC 2046 section 4.1.2), which it is not.
    if (out.type.starts_with("text/") && !says && !is_ascii(out.content) && valid_utf8(out.content)) {
      out.parameters.insert(out.parameters.begin(), {"charset", "utf-8"});
    }
  }

  const ComposeSource& source_;
  std::set<std::string> fields_;  // of the part being read, lower case
  std::string raw_name_;
  std::size_t parts_ = 0;
};

}  // namespace

mime::NewPart compose_body(const ComposeSource& source) {
  return BodyReader(source).read();
}

}  // namespace waxseal::jmapd
