#include "reference_mail.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.h"

namespace waxseal::jmapd {
namespace {

// Ids and the numbering of parts are each server's own; what is absent there is null here.
bool own_choice(const std::string& name) {
  return name == "blobId" || name == "partId";
}

bool one_instant(const Json& expected, const Json& actual) {
  if (!expected.is_string() || !actual.is_string()) return false;
  const auto one = parse_date_time(expected.get<std::string>());
  const auto other = parse_date_time(actual.get<std::string>());
  return one && other && *one == *other;
}

bool same(const Json& expected, const Json& actual) {
  if (expected.is_object() && actual.is_object())
    return std::all_of(expected.items().begin(), expected.items().end(), [&](const auto& member) {
      return own_choice(member.key()) || same(member.value(), actual.value(member.key(), Json()));
    });
  if (expected.is_array() && actual.is_array() && expected.size() == actual.size())
    return std::equal(expected.begin(), expected.end(), actual.begin(), same);
  return expected == actual || one_instant(expected, actual);
}

// In the order of the parts.
std::vector<Json> by_part(const Json& values) {
  std::map<int, Json> ordered;
  for (const auto& [part, value] : values.items()) ordered[std::stoi(part)] = value;
  std::vector<Json> out;
  for (auto& [part, value] : ordered) out.push_back(std::move(value));
  return out;
}

// The other server cuts at another place and adds "...".
bool same_value(const Json& expected, const Json& actual) {
  std::string text = expected.at("value");
  const std::string whole = actual.at("value");
  if (expected.at("isEncodingProblem") != actual.at("isEncodingProblem")) return false;
  if (!expected.at("isTruncated")) return text == whole;
  text.resize(text.size() - 3);
  return whole.starts_with(text);
}

void compare_values(const std::string& message, const Json& expected, const Json& actual, Deviations& out) {
  const auto there = by_part(expected), here = by_part(actual);
  if (!std::equal(there.begin(), there.end(), here.begin(), here.end(), same_value))
    out.differ(message, "bodyValues", expected, actual);
}

// --- mail-parser

void add_parts(const Json& part, std::vector<Json>& out) {
  out.push_back(part);
  if (part.at("subParts").is_array())
    for (const Json& inside : part.at("subParts")) add_parts(inside, out);
}

std::string type_of(const Json& content_type) {
  const Json& type = content_type.at("ContentType");
  const Json subtype = type.value("c_subtype", Json());
  return ascii_lower(type.at("c_type").get<std::string>()) + "/" +
         (subtype.is_string() ? ascii_lower(subtype.get<std::string>()) : "");
}

// The last field of that name; null: there is none.
Json field_of(const Json& part, std::string_view name) {
  Json out;
  for (const Json& field : part.at("headers"))
    if (field.at("name") == name) out = field.at("value");
  return out;
}

std::string with_lf(std::string text) {
  for (std::size_t at = text.find("\r\n"); at != text.npos; at = text.find("\r\n", at)) text.erase(at, 1);
  return text;
}

Json numbers_of(const Json& list, const std::vector<Json>& parts) {
  Json out = Json::array();
  for (const Json& one : list) {
    const auto at = std::find_if(parts.begin(), parts.end(),
                                 [&](const Json& part) { return part.at("partId") == one.at("partId"); });
    out.push_back(at - parts.begin());
  }
  return out;
}

Json addresses_of(const Json& value) {
  Json out = Json::array();
  const Json& address = value.at("Address");
  const auto add = [&](const Json& list) {
    for (const Json& one : list)
      out.push_back({{"name", one.value("name", Json())}, {"email", one.value("address", Json())}});
  };
  if (address.contains("List")) add(address.at("List"));
  if (address.contains("Group"))
    for (const Json& group : address.at("Group")) add(group.at("addresses"));
  return out;
}

Json ids_of(const Json& value) {
  if (value.contains("Text")) return Json::array({value.at("Text")});
  return value.value("TextList", Json());
}

Json date_of(const Json& value) {
  const Json& date = value.at("DateTime");
  char text[64];
  const auto number = [&](const char* name) { return date.at(name).get<int>(); };
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", number("year"), number("month"),
                number("day"), number("hour"), number("minute"), number("second"),
                date.at("tz_before_gmt").get<bool>() ? '-' : '+', number("tz_hour"), number("tz_minute"));
  return text;
}

struct FieldRow {
  const char* there;
  const char* here;
  const char* kind;  // of the value there
  Json (*read)(const Json& value);
};
const std::vector<FieldRow> kFields{
    {"subject", "subject", "Text", [](const Json& value) { return value.at("Text"); }},
    {"from", "from", "Address", addresses_of},
    {"to", "to", "Address", addresses_of},
    {"cc", "cc", "Address", addresses_of},
    {"bcc", "bcc", "Address", addresses_of},
    {"reply_to", "replyTo", "Address", addresses_of},
    {"sender", "sender", "Address", addresses_of},
    {"date", "sentAt", "DateTime", date_of},
    {"message_id", "messageId", "Text", ids_of},
    {"references", "references", "TextList", ids_of},
};

void compare_fields(const std::string& message, const Json& root, const Json& actual, Deviations& out) {
  for (const FieldRow& row : kFields) {
    const Json value = field_of(root, row.there);
    if (value.is_object() && value.contains(row.kind))
      out.compare(message, row.here, row.read(value), actual.at(row.here));
  }
}

void compare_part(const std::string& message, const Json& there, const Json& here, const Json& values,
                  Deviations& out) {
  const Json content_type = field_of(there, "content_type");
  if (content_type.is_object() && content_type.contains("ContentType"))
    out.compare(message, "type", type_of(content_type), here.at("type"));
  const Json& body = there.at("body");
  for (const char* kind : {"Text", "Html"}) {
    if (!body.contains(kind)) continue;
    const auto value = here.at("partId").is_string() ? values.find(here.at("partId").get<std::string>()) : values.end();
    if (value == values.end()) {
      out.differ(message, "bodyValues", body, nullptr);
      continue;
    }
    out.compare(message, "bodyValues", with_lf(body.at(kind)), value->at("value"));
  }
}

// --- WildDuck

void compare_node(const std::string& message, const Json& expected, const Json& actual, Deviations& out) {
  const Json header = expected.value("parsedHeader", Json::object());
  const std::string type = header.contains("content-type") ? header.at("content-type").at("value") : "text/plain";
  out.compare(message, "type", ascii_lower(type), actual.at("type"));
  const Json children = expected.value("childNodes", Json::array());
  const Json parts = actual.at("subParts").is_array() ? actual.at("subParts") : Json::array();
  if (children.size() != parts.size()) return out.differ(message, "subParts", children.size(), parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) compare_node(message, children[i], parts[i], out);
  const std::string encoding = ascii_lower(header.value("content-transfer-encoding", std::string("7bit")));
  if (parts.empty() && (encoding == "7bit" || encoding == "8bit"))
    out.compare(message, "size", expected.at("size"), actual.at("size"));
}

// --- RFC 8621 section 4.1.4, "parseStructure", as it is printed there

using List = std::vector<Json>;  // of partIds

bool is_media(const std::string& type) {
  return type.starts_with("image/") || type.starts_with("audio/") || type.starts_with("video/");
}

void parse_structure(const Json& parts, const std::string& multipart_type, bool in_alternative, List* html_body,
                     List* text_body, List& attachments) {
  const std::size_t text_length = text_body ? text_body->size() : 0;
  const std::size_t html_length = html_body ? html_body->size() : 0;
  const bool both_at_first = text_body && html_body;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Json& part = parts[i];
    const std::string type = part.at("type");
    const bool is_text = type == "text/plain" || type == "text/html";
    const bool is_inline = part.at("disposition") != "attachment" && (is_text || is_media(type)) &&
                           (i == 0 || (multipart_type != "related" && (is_media(type) || part.at("name").is_null())));
    if (type.starts_with("multipart/")) {
      const std::string subtype = type.substr(10);
      parse_structure(part.at("subParts"), subtype, in_alternative || subtype == "alternative", html_body, text_body,
                      attachments);
    } else if (is_inline && multipart_type == "alternative") {
      List* const list = type == "text/plain" ? text_body : type == "text/html" ? html_body : &attachments;
      if (list) list->push_back(part.at("partId"));
    } else if (is_inline) {
      if (in_alternative && type == "text/plain") html_body = nullptr;
      if (in_alternative && type == "text/html") text_body = nullptr;
      if (text_body) text_body->push_back(part.at("partId"));
      if (html_body) html_body->push_back(part.at("partId"));
      if ((!text_body || !html_body) && is_media(type)) attachments.push_back(part.at("partId"));
    } else {
      attachments.push_back(part.at("partId"));
    }
  }
  if (multipart_type != "alternative" || !both_at_first || !text_body || !html_body) return;
  const List text = *text_body, html = *html_body;
  if (text.size() == text_length && html.size() != html_length)
    text_body->insert(text_body->end(), html.begin() + static_cast<std::ptrdiff_t>(html_length), html.end());
  if (html.size() == html_length && text.size() != text_length)
    html_body->insert(html_body->end(), text.begin() + static_cast<std::ptrdiff_t>(text_length), text.end());
}

List part_ids(const Json& parts) {
  List out;
  for (const Json& part : parts) out.push_back(part.at("partId"));
  return out;
}

// What `text` has in `backticks`.
std::vector<std::string> quoted(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t at = text.find('`'); at != text.npos; at = text.find('`', at + 1)) {
    const std::size_t end = text.find('`', at + 1);
    if (end == text.npos) break;
    out.emplace_back(text.substr(at + 1, end - at - 1));
    at = end;
  }
  return out;
}

std::vector<std::string_view> cells_of(std::string_view line) {
  std::vector<std::string_view> cells;
  line.remove_prefix(1);
  for (std::size_t bar = line.find('|'); bar != line.npos; bar = line.find('|')) {
    cells.push_back(line.substr(0, bar));
    line.remove_prefix(bar + 1);
  }
  return cells;
}

void read_row(std::string_view line, DeviationTable& table) {
  const auto cells = cells_of(line);
  if (cells.size() != 3 || cells[2].find("RFC ") == line.npos) {
    table.errors.emplace_back(line);
    return;
  }
  for (const std::string& message : quoted(cells[0]))
    for (const std::string& property : quoted(cells[1])) table.known.insert(message + " " + property);
}

}  // namespace

void Deviations::differ(const std::string& message, const std::string& property, const Json& there, const Json& here) {
  const auto dump = [](const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); };
  all_.emplace(message + " " + property, "there: " + dump(there) + "\nhere:  " + dump(here));
}

void Deviations::compare(const std::string& message, const std::string& property, const Json& there, const Json& here) {
  if (!same(there, here)) differ(message, property, there, here);
}

void check_body_lists(const std::string& message, const Json& email) {
  List html, text, attachments;
  parse_structure(Json::array({email.at("bodyStructure")}), "mixed", false, &html, &text, attachments);
  EXPECT_EQ(part_ids(email.at("htmlBody")), html) << message;
  EXPECT_EQ(part_ids(email.at("textBody")), text) << message;
  EXPECT_EQ(part_ids(email.at("attachments")), attachments) << message;
}

DeviationTable read_deviations(std::string_view text) {
  DeviationTable table;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    const std::string_view line = text.substr(0, end);
    if (line.starts_with("| `")) read_row(line, table);
    text.remove_prefix(end + 1);
  }
  return table;
}

void compare_email(const std::string& message, const Json& expected, const Json& actual, Deviations& out) {
  for (const auto& [property, value] : expected.items()) {
    if (property == "bodyValues") {
      compare_values(message, value, actual.at(property), out);
    } else {
      out.compare(message, property, value, actual.at(property));
    }
  }
}

void compare_parsed(const std::string& message, const Json& expected, const Json& actual, Deviations& out) {
  std::vector<Json> parts;
  add_parts(actual.at("bodyStructure"), parts);
  const Json& there = expected.at("parts");
  compare_fields(message, there.at(0), actual, out);
  if (there.size() != parts.size()) return out.differ(message, "subParts", there.size(), parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i)
    compare_part(message, there[i], parts[i], actual.at("bodyValues"), out);
  out.compare(message, "textBody", expected.at("text_body"), numbers_of(actual.at("textBody"), parts));
  out.compare(message, "htmlBody", expected.at("html_body"), numbers_of(actual.at("htmlBody"), parts));
  out.compare(message, "attachments", expected.at("attachments"), numbers_of(actual.at("attachments"), parts));
}

void compare_tree(const std::string& message, const Json& expected, const Json& actual, Deviations& out) {
  compare_node(message, expected, actual.at("bodyStructure"), out);
}

}  // namespace waxseal::jmapd
