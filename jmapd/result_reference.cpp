#include "jmapd/result_reference.h"

#include "base/text.h"
#include "jmapd/method.h"

namespace waxseal::jmapd {
namespace {

constexpr std::size_t kMaxTokens = 64;  // of a path; nothing that may be referred to is nested more deeply

[[noreturn]] void unresolved(std::string why) {
  throw MethodError{"invalidResultReference", std::move(why)};
}

// RFC 6901 section 4: "~1" is "/", "~0" is "~"; any other use of "~" is an error of syntax.
std::string unescape(std::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      out += token[i];
      continue;
    }
    if (++i == token.size() || (token[i] != '0' && token[i] != '1')) unresolved("path is not a JSON Pointer");
    out += token[i] == '0' ? '~' : '/';
  }
  return out;
}

// RFC 6901 section 4: an array index is "0" or digits without a leading zero.  "-" names the element behind the last.
std::optional<std::size_t> index_of(const std::string& token) {
  if (token.empty() || token.size() > 9 || (token[0] == '0' && token.size() > 1)) return std::nullopt;
  if (!std::all_of(token.begin(), token.end(), ascii_digit)) return std::nullopt;
  return std::stoul(token);
}

const Json& step(const Json& value, const std::string& token) {
  if (value.is_object()) {
    const auto member = value.find(token);
    if (member != value.end()) return *member;
  } else if (value.is_array()) {
    const auto index = index_of(token);
    if (index && *index < value.size()) return value[*index];
  }
  unresolved("path leads nowhere");
}

using Tokens = std::span<const std::string>;

// Charges the value to the budget before it is copied.  Recursion is bounded by budget.depth.
void charge(const Json& value, std::size_t depth, ReferenceBudget& budget) {
  const std::size_t octets = sizeof(Json) + (value.is_string() ? value.get_ref<const std::string&>().size() : 0);
  if (depth > budget.depth || octets > budget.octets) unresolved("the referenced results are too large");
  budget.octets -= octets;
  if (!value.is_structured()) return;
  for (auto member = value.begin(); member != value.end(); ++member) {
    if (value.is_object()) budget.octets -= std::min(budget.octets, member.key().size());
    charge(*member, depth + 1, budget);
  }
}

// Recursion is bounded by the number of "*" in the path: kMaxTokens.
Json evaluate(const Json& start, Tokens tokens, ReferenceBudget& budget) {
  const Json* value = &start;
  for (; !tokens.empty(); tokens = tokens.subspan(1)) {
    if (tokens[0] == "*" && value->is_array()) break;
    value = &step(*value, tokens[0]);
  }
  if (tokens.empty()) {
    charge(*value, 0, budget);
    return *value;
  }
  Json out = Json::array();
  for (const Json& item : *value) {
    Json result = evaluate(item, tokens.subspan(1), budget);
    if (!result.is_array()) {
      out.push_back(std::move(result));
      continue;
    }
    for (Json& element : result) out.push_back(std::move(element));  // "flattened from an array of arrays"
  }
  return out;
}

const std::string& text_member(const Json& reference, const char* name) {
  const auto member = reference.is_object() ? reference.find(name) : reference.end();
  if (member == reference.end() || !member->is_string()) unresolved(std::string(name) + " is missing or not a String");
  return member->get_ref<const std::string&>();
}

Json resolve(const Json& reference, const Json& responses, ReferenceBudget& budget) {
  const std::string& result_of = text_member(reference, "resultOf");
  const std::string& name = text_member(reference, "name");
  const std::string& path = text_member(reference, "path");
  const auto response = std::find_if(responses.begin(), responses.end(),
                                     [&](const Json& candidate) { return candidate[2] == result_of; });
  if (response == responses.end()) unresolved("no earlier call has this id");
  if ((*response)[0] != name) unresolved("the earlier call was answered by another name");
  if (response->size() > 3) unresolved("the referenced results are too large");
  return evaluate((*response)[1], path_tokens(path), budget);
}

}  // namespace

std::vector<std::string> path_tokens(std::string_view path) {
  std::vector<std::string> tokens;
  while (!path.empty()) {
    if (path[0] != '/' || tokens.size() == kMaxTokens) unresolved("path is not a JSON Pointer");
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    tokens.push_back(unescape(path.substr(0, end)));
    path.remove_prefix(end);
  }
  return tokens;
}

Json resolve_references(Json arguments, const Json& responses, ReferenceBudget& budget) {
  Json resolved = Json::object();
  for (auto argument = arguments.begin(); argument != arguments.end(); ++argument) {
    const std::string& name = argument.key();
    if (!name.starts_with('#')) {
      resolved[name] = std::move(*argument);
      continue;
    }
    const std::string plain = name.substr(1);
    if (arguments.contains(plain)) throw MethodError{"invalidArguments", plain + " comes plain and as a reference"};
    resolved[plain] = resolve(*argument, responses, budget);
  }
  return resolved;
}

}  // namespace waxseal::jmapd
