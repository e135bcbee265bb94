#include "smime/code.h"

#include <algorithm>
#include <cstddef>
#include <unordered_map>

namespace waxseal::smime {

namespace {

const std::vector<CodeRow>& table() {
  static const std::vector<CodeRow> rows = {
#define WAXSEAL_CODE(number, name, phase, severity, ar, text) \
  {Code::name, #name, Phase::phase, Severity::severity, ArResult::ar, text},
#include "smime/code_table.inc"
#undef WAXSEAL_CODE
  };
  return rows;
}

// Place of a code in the catalogue, which is its place in smimeErrors.
const std::unordered_map<Code, std::size_t>& places() {
  static const std::unordered_map<Code, std::size_t> map = [] {
    std::unordered_map<Code, std::size_t> built;
    for (std::size_t i = 0; i < table().size(); ++i) built.emplace(table()[i].code, i);
    return built;
  }();
  return map;
}

}  // namespace

const CodeRow& row(Code code) {
  return table()[places().at(code)];
}

const std::vector<CodeRow>& all_codes() {
  return table();
}

std::optional<Code> code_named(std::string_view name) {
  auto it = std::find_if(table().begin(), table().end(), [&](const CodeRow& r) { return r.name == name; });
  if (it == table().end()) return std::nullopt;
  return it->code;
}

std::optional<Code> code_numbered(int number) {
  auto it = std::find_if(table().begin(), table().end(),
                         [&](const CodeRow& r) { return static_cast<int>(r.code) == number; });
  if (it == table().end()) return std::nullopt;
  return it->code;
}

bool is_undetermined(Code code) {
  switch (code) {
    case Code::crl_unavailable:
    case Code::crl_expired:
    case Code::crl_invalid:
    case Code::crl_too_large:
    case Code::crl_indirect_unsupported:
    case Code::crl_url_not_allowed:
    case Code::ocsp_unavailable:
    case Code::ocsp_invalid:
    case Code::ocsp_unknown:
      return true;
    default:
      return false;
  }
}

void sort_codes(std::vector<Code>& codes) {
  std::sort(codes.begin(), codes.end(), [](Code a, Code b) { return places().at(a) < places().at(b); });
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
}

}  // namespace waxseal::smime
