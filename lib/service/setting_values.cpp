// What follows from the table of settings: names of types, values as TOML, the example file.
#include <algorithm>

#include "service/setting_row.h"

namespace waxseal::service {

std::string_view type_name(const SettingRow& row) {
  constexpr std::string_view kNames[] = {"string", "boolean", "integer", "integer", "list of strings"};
  return kNames[row.target.index()];
}

namespace {

std::string to_toml(const std::string& text) {
  return '"' + text + '"';
}
std::string to_toml(bool on) {
  return on ? "true" : "false";
}
std::string to_toml(std::int64_t number) {
  return std::to_string(number);
}
std::string to_toml(std::size_t number) {
  return std::to_string(number);
}
std::string to_toml(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + to_toml(text);
  return '[' + out + ']';
}

Setting describe(const SettingRow& row) {
  Config defaults;
  return {std::string(row.key), std::string(type_name(row)),
          std::visit([&](auto access) { return to_toml(access(defaults)); }, row.target), std::string(row.meaning)};
}

// The text as comment lines of at most 100 columns.
std::string comment(std::string_view text) {
  std::string out, line = "#";
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (line.size() + 1 + end > 100) {
      out += line + '\n';
      line = "#";
    }
    line += ' ';
    line += text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out + line + '\n';
}

}  // namespace

const std::vector<Setting>& settings() {
  static const std::vector<Setting> all = [] {
    std::vector<Setting> out;
    for (const SettingRow& row : setting_rows()) out.push_back(describe(row));
    return out;
  }();
  return all;
}

std::vector<SettingValue> setting_values(const Config& config) {
  Config given = config, defaults;  // the table's accessors are for writing
  std::vector<SettingValue> out;
  for (const SettingRow& row : setting_rows()) {
    std::visit(
        [&](auto access) {
          out.push_back({std::string(row.key), to_toml(access(given)), access(given) == access(defaults)});
        },
        row.target);
  }
  for (const auto& [knob, value] : config.verify) out.push_back({"verify." + knob, value, false});
  return out;
}

std::vector<std::string> changed_settings(const Config& before, const Config& after) {
  Config old = before, fresh = after;  // the table's accessors are for writing
  std::vector<std::string> out;
  for (const SettingRow& row : setting_rows())
    if (std::visit([&](auto access) { return access(old) != access(fresh); }, row.target)) out.emplace_back(row.key);
  if (before.verify != after.verify) out.emplace_back("verify");
  return out;
}

std::string example_config() {
  std::string out =
      "# waxseal.toml: every setting with its default.  Take away the \"#\" in front of what you change;\n"
      "# `waxseal check-config` says what is wrong.  waxseal.conf(5) tells more.\n";
  std::string section;
  for (const Setting& setting : settings()) {
    const std::size_t dot = setting.key.find('.');
    const std::string in_section = dot == std::string::npos ? "" : setting.key.substr(0, dot);
    if (in_section != section) out += "\n[" + (section = in_section) + "]\n";
    out += '\n' + comment(setting.meaning);
    out += '#' + setting.key.substr(dot == std::string::npos ? 0 : dot + 1) + " = " + setting.fallback + '\n';
  }
  return out +
         "\n[verify]\n\n"
         "# What a signature and its certificates must satisfy: waxseal.conf(5) lists the knobs, for example\n"
         "#min_rsa_bits = 2048\n";
}

}  // namespace waxseal::service
