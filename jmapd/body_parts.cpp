#include "jmapd/body_parts.h"

#include <algorithm>
#include <array>
#include <utility>

#include "jmapd/arguments.h"
#include "jmapd/blob_id.h"

namespace waxseal::jmapd {

struct PartView {
  const mime::Part& part;
  const Sha256& blob;
  const mime::Header* header;  // nullptr unless the selection needs it
};

struct PartProperty {
  std::string_view name;
  bool by_default;
  bool needs_header;
  Json (*render)(const PartView&);
};

namespace {

Json nullable_text(const std::optional<std::string>& text) {
  return text ? json_text(*text) : Json(nullptr);
}

Json render_part_id(const PartView& view) {
  return view.part.is_multipart() ? Json(nullptr) : Json(view.part.part_id);
}

Json render_blob_id(const PartView& view) {
  return view.part.is_multipart() ? Json(nullptr) : Json(to_wire(BlobId{view.blob, view.part.part_id}));
}

Json render_language(const PartView& view) {
  if (!view.part.language) return nullptr;
  Json tags = Json::array();
  for (const auto& tag : *view.part.language) tags.push_back(json_text(tag));
  return tags;
}

Json render_charset(const PartView& view) {
  return view.part.charset.empty() ? Json(nullptr) : json_text(view.part.charset);
}

// "subParts" is known so that it may be asked for; the tree itself is built by render_part_tree().
constexpr std::string_view kSubParts = "subParts";

constexpr std::array kPartProperties{
    PartProperty{"partId", true, false, render_part_id},
    PartProperty{"blobId", true, false, render_blob_id},
    PartProperty{"size", true, false, [](const PartView& view) { return Json(view.part.size); }},
    PartProperty{"name", true, false, [](const PartView& view) { return nullable_text(view.part.name); }},
    PartProperty{"type", true, false, [](const PartView& view) { return json_text(view.part.type); }},
    PartProperty{"charset", true, false, render_charset},
    PartProperty{"disposition", true, false, [](const PartView& view) { return nullable_text(view.part.disposition); }},
    PartProperty{"cid", true, false, [](const PartView& view) { return nullable_text(view.part.cid); }},
    PartProperty{"language", true, false, render_language},
    PartProperty{"location", true, false, [](const PartView& view) { return nullable_text(view.part.location); }},
    PartProperty{"headers", false, true, [](const PartView& view) { return render_all_headers(*view.header); }},
    PartProperty{kSubParts, false, false, [](const PartView&) { return Json(nullptr); }},
};

const PartProperty* find_part_property(std::string_view name) {
  const auto* found = std::find_if(kPartProperties.begin(), kPartProperties.end(),
                                   [&](const PartProperty& row) { return row.name == name; });
  return found == kPartProperties.end() ? nullptr : found;
}

void select(PartSelection& selection, const std::string& name) {
  if (names_header(name)) {
    auto header = parse_header_property(name);
    if (!header) refuse_argument("bodyProperties", "\"" + name + "\" " + header.error());
    selection.headers.push_back(std::move(header).value());
    selection.needs_header = true;
    return;
  }
  const PartProperty* row = find_part_property(name);
  if (row == nullptr) refuse_argument("bodyProperties", "there is no property \"" + name + "\"");
  selection.properties.push_back(row);
  selection.needs_header = selection.needs_header || row->needs_header;
}

enum class SubParts { kOmitted, kShown };

Json render_part(const PartSource& source, const mime::Part& part, const PartSelection& selection, SubParts sub_parts) {
  mime::Header header;
  if (selection.needs_header) header = mime::read_header(Range{part.header.begin, part.body.end}.of(source.octets));
  const PartView view{part, source.blob, selection.needs_header ? &header : nullptr};
  Json object = Json::object();
  for (const PartProperty* row : selection.properties) {
    if (row->name == kSubParts && sub_parts == SubParts::kOmitted) continue;
    object[std::string(row->name)] = row->render(view);
  }
  for (const auto& property : selection.headers) object[property.property] = render_header_property(header, property);
  return object;
}

}  // namespace

const PartSelection& default_part_selection() {
  static const PartSelection selection = [] {
    PartSelection chosen;
    for (const auto& row : kPartProperties) {
      if (row.by_default) chosen.properties.push_back(&row);
    }
    return chosen;
  }();
  return selection;
}

PartSelection select_part_properties(const std::vector<std::string>& names) {
  PartSelection selection;
  for (const auto& name : names) select(selection, name);
  return selection;
}

// Recursion is bounded by mime::MessageLimits::depth.
Json render_part_tree(const PartSource& source, std::size_t index, const PartSelection& selection) {
  const mime::Part& part = source.message.parts[index];
  Json object = render_part(source, part, selection, SubParts::kShown);
  if (!part.is_multipart()) return object;
  Json children = Json::array();
  for (const auto child : part.children) children.push_back(render_part_tree(source, child, selection));
  object[std::string(kSubParts)] = std::move(children);
  return object;
}

Json render_part_list(const PartSource& source, const std::vector<std::size_t>& parts, const PartSelection& selection) {
  Json list = Json::array();
  for (const auto index : parts) {
    list.push_back(render_part(source, source.message.parts[index], selection, SubParts::kOmitted));
  }
  return list;
}

}  // namespace waxseal::jmapd
