#include "service/config.h"

#include <sys/stat.h>
#include <unistd.h>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "service/setting_row.h"
#include "service/suggest.h"
#include "smime/policy.h"

namespace waxseal::service {

namespace {

// Reads one file's tables into a Config and keeps every problem.
class Loader {
 public:
  Loader(Config& config, std::vector<std::string>& problems) : config_(config), problems_(problems) {}

  void read(const toml::table& root) {
    for (auto&& [key, node] : root) {
      if (key == "verify")
        read_knobs(key, node);
      else if (is_section(key.str()))
        read_section(key, node);
      else
        read_setting(std::string(key.str()), key, node);
    }
  }

 private:
  static constexpr std::size_t kMostToList = 8;  // choices in a message

  void problem(const toml::source_region& where, std::string_view message) {
    std::ostringstream out;
    out << config_.file << ':' << where.begin.line << ':' << where.begin.column << ": " << message;
    problems_.push_back(out.str());
  }

  static bool is_section(std::string_view name) {
    const std::string prefix = std::string(name) + '.';
    return std::any_of(setting_rows().begin(), setting_rows().end(),
                       [&](const SettingRow& row) { return row.key.starts_with(prefix); });
  }

  void read_section(const toml::key& name, const toml::node& node) {
    const toml::table* section = node.as_table();
    if (!section)
      return problem(node.source(), "\"" + std::string(name.str()) + "\" is a section: write [" +
                                        std::string(name.str()) + "] and its settings below it");
    for (auto&& [key, value] : *section)
      read_setting(std::string(name.str()) + '.' + std::string(key.str()), key, value);
  }

  void read_setting(const std::string& key, const toml::key& written, const toml::node& node) {
    for (const SettingRow& row : setting_rows()) {
      if (row.key != key) continue;
      return std::visit([&](auto access) { assign(row, access(config_), node); }, row.target);
    }
    problem(written.source(), "unknown setting \"" + key + "\"" + did_you_mean(key, known_keys(node.is_table())));
  }

  // Sections for a table, settings for a value.
  static std::vector<std::string> known_keys(bool sections) {
    std::vector<std::string> out;
    if (sections) out.emplace_back("verify");
    for (const SettingRow& row : setting_rows())
      out.emplace_back(sections ? row.key.substr(0, row.key.find('.')) : row.key);
    return out;
  }

  void wrong_type(const SettingRow& row, const toml::node& node) {
    problem(node.source(), std::string(row.key) + " must be " + (type_name(row) == "integer" ? "an " : "a ") +
                               std::string(type_name(row)));
  }

  void assign(const SettingRow& row, std::string& target, const toml::node& node) {
    const auto* text = node.as_string();
    if (!text) return wrong_type(row, node);
    if (!may_be(row, text->get())) return problem(node.source(), not_a_choice(row, text->get()));
    target = text->get();
  }

  static bool may_be(const SettingRow& row, const std::string& given) {
    return row.choices.empty() || std::find(row.choices.begin(), row.choices.end(), given) != row.choices.end();
  }

  static std::string not_a_choice(const SettingRow& row, const std::string& given) {
    std::string words;
    if (row.choices.size() > kMostToList)
      return std::string(row.key) + ": there is no \"" + given + '"' + did_you_mean(given, row.choices);
    for (const std::string& choice : row.choices) words += (words.empty() ? "\"" : ", \"") + choice + '"';
    return std::string(row.key) + " must be one of " + words + did_you_mean(given, row.choices);
  }

  void assign(const SettingRow& row, bool& target, const toml::node& node) {
    const auto* on = node.as_boolean();
    if (!on) return wrong_type(row, node);
    target = on->get();
  }

  template <class Number>
  void assign_number(const SettingRow& row, Number& target, const toml::node& node) {
    const auto* number = node.as_integer();
    if (!number) return wrong_type(row, node);
    if (number->get() < row.least || number->get() > row.most)
      return problem(node.source(), std::string(row.key) + " must be between " + std::to_string(row.least) + " and " +
                                        std::to_string(row.most));
    target = static_cast<Number>(number->get());
  }
  void assign(const SettingRow& row, std::int64_t& target, const toml::node& node) { assign_number(row, target, node); }
  void assign(const SettingRow& row, std::size_t& target, const toml::node& node) { assign_number(row, target, node); }

  void assign(const SettingRow& row, std::vector<std::string>& target, const toml::node& node) {
    const toml::array* list = node.as_array();
    if (!list) return wrong_type(row, node);
    std::vector<std::string> texts;
    for (const toml::node& element : *list) {
      if (!element.is_string()) return wrong_type(row, element);
      texts.push_back(element.as_string()->get());
      if (!may_be(row, texts.back())) return problem(element.source(), not_a_choice(row, texts.back()));
    }
    target = std::move(texts);
  }

  // [verify] is the policy's own table: it knows the names and the accepted values.
  void read_knobs(const toml::key& name, const toml::node& node) {
    if (!node.is_table()) return read_section(name, node);
    for (auto&& [key, value] : *node.as_table()) {
      if (const toml::table* group = value.as_table())
        for (auto&& [inner, limit] : *group)
          read_knob(std::string(key.str()) + '.' + std::string(inner.str()), inner, limit);
      else
        read_knob(std::string(key.str()), key, value);
    }
  }

  void read_knob(const std::string& knob, const toml::key& written, const toml::node& value) {
    const auto text = knob_text(value);
    if (!text)
      return problem(value.source(), "verify." + knob + " must be a string, a number, a boolean, a date or a list");
    if (const auto set = policy_.set(knob, *text); !set) return problem(written.source(), set.error());
    config_.verify.emplace_back(knob, *text);
  }

  static std::optional<std::string> knob_text(const toml::node& value) {
    if (const auto* text = value.as_string()) return text->get();
    if (const auto* number = value.as_integer()) return std::to_string(number->get());
    if (const auto* on = value.as_boolean()) return on->get() ? "on" : "off";
    if (const auto* date = value.as_date_time()) return (std::ostringstream() << date->get()).str();
    const toml::array* list = value.as_array();
    if (!list) return std::nullopt;
    std::string joined;
    for (const toml::node& element : *list) {
      if (!element.is_string()) return std::nullopt;
      joined += (joined.empty() ? "" : ",") + element.as_string()->get();
    }
    return joined;
  }

  Config& config_;
  std::vector<std::string>& problems_;
  smime::Policy policy_;  // only to have the knobs checked
};

// A database URL with a password is a secret; so may be anything that is added later.
void check_permissions(Config& config) {
  struct stat status {};
  if (::stat(config.file.c_str(), &status) != 0 || (status.st_mode & S_IRWXO) == 0) return;
  const std::string& url = config.database.url;
  const std::size_t at = url.find('@');
  const std::size_t user = url.find("://") == std::string::npos ? 0 : url.find("://") + 3;
  const bool in_uri = at != std::string::npos && url.find(':', user) < at;
  if (in_uri || url.find("password=") != std::string::npos)
    config.warnings.push_back(
        config.file + " holds a password and everyone on this machine can read it; run: chmod 0640 " + config.file);
}

void fill_defaults(Config& config) {
  if (config.hostname.empty()) {
    char name[256] = {};
    config.hostname = ::gethostname(name, sizeof name - 1) == 0 && name[0] ? name : "localhost";
  }
  if (config.authentication_results.authserv_id.empty()) config.authentication_results.authserv_id = config.hostname;
}

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::ostringstream text;
  text << in.rdbuf();
  return in.bad() ? std::nullopt : std::optional(text.str());
}

}  // namespace

Result<Config, std::vector<std::string>> load_config(const std::string& path) {
  Config config;
  config.file = path;
  std::vector<std::string> problems;
  const auto text = read_file(path);
  if (!text)
    return Unexpected<std::vector<std::string>>{
        {path + ": cannot be read: " + std::strerror(errno) + "; name the configuration with --config FILE"}};
  const toml::parse_result parsed = toml::parse(*text, path);
  if (!parsed) {
    const auto& where = parsed.error().source().begin;
    std::ostringstream out;
    out << path << ':' << where.line << ':' << where.column << ": " << parsed.error().description();
    return Unexpected<std::vector<std::string>>{{out.str()}};
  }
  Loader(config, problems).read(parsed.table());
  if (!problems.empty()) return Unexpected<std::vector<std::string>>{std::move(problems)};
  fill_defaults(config);
  check_permissions(config);
  return config;
}

}  // namespace waxseal::service
