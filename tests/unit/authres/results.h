// Verdicts as the judge would give them.
#pragma once

#include "authres/authres.h"

namespace waxseal::authres {

inline Options options() {
  Options out;
  out.authserv_id = "mx.example.net";
  return out;
}

inline smime::Facts facts_with_section(std::string section) {
  smime::Facts facts;
  facts.layers.push_back({.section = std::move(section)});
  return facts;
}

inline smime::Verdict verified(std::string address = "alice@example.com") {
  smime::Verdict verdict;
  verdict.status = smime::Status::kVerified;
  verdict.layer = 0;
  verdict.signer_address = std::move(address);
  return verdict;
}

inline smime::Verdict failed(std::vector<smime::Code> codes, std::string address = "alice@example.com") {
  smime::Verdict verdict = verified(std::move(address));
  verdict.status = smime::Status::kFailed;
  verdict.codes = codes;
  verdict.fatal = std::move(codes);
  return verdict;
}

}  // namespace waxseal::authres
