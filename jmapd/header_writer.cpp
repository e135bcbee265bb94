#include "jmapd/header_writer.h"

#include "base/text.h"
#include "mime/text.h"

namespace waxseal::jmapd {
namespace {

using enum HeaderForm;

std::optional<std::string> clean_text(const Json& value) {
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  if (mime::strip_controls(text).size() != text.size()) return std::nullopt;
  return std::string(trim(text));
}

std::optional<std::vector<std::string>> clean_texts(const Json& value) {
  if (!value.is_array()) return std::nullopt;
  std::vector<std::string> out;
  for (const Json& one : value) {
    auto text = clean_text(one);
    if (!text) return std::nullopt;
    out.push_back(*std::move(text));
  }
  return out;
}

bool has_only(const Json& object, std::string_view a, std::string_view b) {
  if (!object.is_object()) return false;
  for (const auto& [name, value] : object.items()) {
    if (name != a && name != b) return false;
  }
  return true;
}

// "name", where null, "" and no member are the same.  False: not a text.
bool read_name(const Json& object, std::optional<std::string>& name) {
  const auto given = object.find("name");
  if (given == object.end() || given->is_null()) return true;
  name = clean_text(*given);
  if (name && name->empty()) return name.reset(), true;
  return name.has_value();
}

std::optional<std::vector<mime::AddressGroup::Entry>> read_entries(const Json& list) {
  if (!list.is_array()) return std::nullopt;
  std::vector<mime::AddressGroup::Entry> out;
  for (const Json& one : list) {
    mime::AddressGroup::Entry entry;
    if (!has_only(one, "name", "email") || !one.contains("email") || !read_name(one, entry.name)) return std::nullopt;
    auto email = clean_text(one.at("email"));
    if (!email) return std::nullopt;
    entry.email = *std::move(email);
    out.push_back(std::move(entry));
  }
  return out;
}

using Groups = std::vector<mime::AddressGroup>;

// False: not of this form.
bool read_addresses(const Json& value, Groups& out) {
  auto entries = read_entries(value);
  if (entries && !entries->empty()) out.push_back({std::nullopt, *std::move(entries)});
  return entries.has_value();
}

bool read_groups(const Json& value, Groups& out) {
  if (!value.is_array()) return false;
  for (const Json& one : value) {
    mime::AddressGroup group;
    if (!has_only(one, "name", "addresses") || !one.contains("addresses") || !read_name(one, group.name)) return false;
    auto entries = read_entries(one.at("addresses"));
    if (!entries) return false;
    group.addresses = *std::move(entries);
    if (group.name || !group.addresses.empty()) out.push_back(std::move(group));
  }
  return true;
}

struct Written {
  std::string value;
  bool nothing = false;  // an empty list: no field
};

std::optional<Written> write_groups(const Json& value, const std::string& field, bool (*read)(const Json&, Groups&)) {
  Groups groups;
  if (!read(value, groups)) return std::nullopt;
  return Written{mime::write_addresses(groups, field), groups.empty()};
}

using WriteTexts = std::string (*)(const std::vector<std::string>&, std::string_view);

std::optional<Written> write_texts(const Json& value, const std::string& field, WriteTexts write) {
  const auto texts = clean_texts(value);
  if (!texts) return std::nullopt;
  return Written{write(*texts, field), texts->empty()};
}

// "2014-10-30T14:12:00+08:00": the grammar was checked.
std::chrono::minutes zone_of(std::string_view date) {
  if (date.size() < 6 || date.back() == 'Z' || date.back() == 'z') return std::chrono::minutes(0);
  const auto digits = [&](std::size_t from_end) {
    return (date[date.size() - from_end] - '0') * 10 + (date[date.size() - from_end + 1] - '0');
  };
  const int minutes = digits(5) * 60 + digits(2);
  return std::chrono::minutes(date[date.size() - 6] == '-' ? -minutes : minutes);
}

std::optional<Written> write_date(const Json& value) {
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  const auto time = parse_date_time(text);
  if (!time) return std::nullopt;
  return Written{mime::write_date(*time, zone_of(text))};
}

std::optional<Written> write_form(const HeaderProperty& property, const Json& value) {
  switch (property.form) {
    case kRaw:
      return value.is_string() ? std::optional(Written{value.get<std::string>()}) : std::nullopt;
    case kText: {
      const auto text = clean_text(value);
      return text ? std::optional(Written{mime::write_text(*text, property.field)}) : std::nullopt;
    }
    case kAddresses:
      return write_groups(value, property.field, read_addresses);
    case kGroupedAddresses:
      return write_groups(value, property.field, read_groups);
    case kMessageIds:
      return write_texts(value, property.field, mime::write_message_ids);
    case kDate:
      return write_date(value);
    case kUrls:
      return write_texts(value, property.field, mime::write_urls);
  }
  return std::nullopt;
}

// What is to be read again: names and texts as they were cleaned.
Json expected_entries(const std::vector<mime::AddressGroup::Entry>& entries) {
  return render_addresses({{std::nullopt, entries}});
}

Json expected(const HeaderProperty& property, const Json& value) {
  if (property.form == kText) return *clean_text(value);
  if (property.form == kMessageIds || property.form == kUrls) return *clean_texts(value);
  if (property.form == kAddresses) return expected_entries(*read_entries(value));
  if (property.form != kGroupedAddresses) return value;
  Json list = Json::array();
  Groups groups;
  (void)read_groups(value, groups);
  for (const auto& group : groups) {
    list.push_back(
        {{"name", group.name ? Json(*group.name) : Json()}, {"addresses", expected_entries(group.addresses)}});
  }
  return list;
}

bool same_date(const Json& a, const Json& b) {
  if (!a.is_string() || !b.is_string()) return false;
  const auto one = parse_date_time(a.get<std::string>()), other = parse_date_time(b.get<std::string>());
  return one && other && *one == *other;
}

// Our own reader decides: a value that would be read as another one is not written at all.
bool reads_back(const HeaderProperty& property, const mime::NewField& field, const Json& value) {
  if (!mime::field_fits(field)) return false;
  const std::string octets = field.name + ":" + field.value + "\r\n\r\n";
  const mime::Header header = mime::read_header(octets);
  if (header.fields.size() != 1 || header.fault != mime::HeaderFault::kNone) return false;
  HeaderProperty one = property;
  one.all = false;
  const Json read = render_header_property(header, one);
  return property.form == kDate ? same_date(read, value) : read == expected(property, value);
}

bool add_field(std::vector<mime::NewField>& out, const HeaderProperty& property, const Json& value) {
  auto written = write_form(property, value);
  if (!written) return false;
  if (written->nothing) return true;
  mime::NewField field{property.field, std::move(written->value)};
  if (!reads_back(property, field, value)) return false;
  out.push_back(std::move(field));
  return true;
}

}  // namespace

std::optional<std::vector<mime::NewField>> write_header_property(const HeaderProperty& property, const Json& value) {
  std::vector<mime::NewField> out;
  if (value.is_null()) return out;
  if (!property.all) return add_field(out, property, value) ? std::optional(std::move(out)) : std::nullopt;
  if (!value.is_array()) return std::nullopt;
  for (const Json& one : value) {
    if (!add_field(out, property, one)) return std::nullopt;
  }
  return out;
}

}  // namespace waxseal::jmapd
