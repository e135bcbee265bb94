// Facts as the store keeps them.  Codes by number, certificates by SHA-256 in hexadecimal; what has its default value
// is left out.  A reader that meets anything it does not expect gives nothing: facts are never guessed.
#include <nlohmann/json.hpp>

#include "smime/facts.h"

namespace waxseal::smime {

namespace {

using Json = nlohmann::json;

struct Damaged {};

// --- writing ---

template <class T>
void put(Json& object, const char* key, const T& value) {
  if (value != T{}) object[key] = value;
}

template <class List, class Write>
void put_list(Json& object, const char* key, const List& list, Write write) {
  if (list.empty()) return;
  Json& array = object[key] = Json::array();
  for (const auto& item : list) array.push_back(write(item));
}

Json of_code(Code code) {
  return static_cast<int>(code);
}
Json of_hash(const Sha256& hash) {
  return hash.hex();
}

Json of_unit(const Unit& unit) {
  Json out = {{"leaf", unit.leaf.hex()}};
  put(out, "domain", unit.trust_domain);
  put_list(out, "bundle", unit.bundle, of_hash);
  put(out, "ess", unit.ess_path_set);
  return out;
}

Json of_address(const CertAddress& address) {
  Json out = {{"local", address.local}, {"domain", address.domain}};
  put(out, "utf8", address.utf8_local);
  return out;
}

Json of_candidate(const Candidate& candidate) {
  Json out = {{"cert", candidate.certificate.hex()}, {"unit", of_unit(candidate.unit)}};
  put(out, "verifies", candidate.verifies);
  put_list(out, "codes", candidate.codes, of_code);
  put_list(out, "addresses", candidate.addresses, of_address);
  put(out, "no_email", candidate.no_email);
  put(out, "bad_email", candidate.bad_email);
  return out;
}

Json of_signer(const SignerFacts& signer) {
  Json out = {{"digest", signer.digest_algorithm}, {"signature", signer.signature_algorithm}};
  put_list(out, "codes", signer.codes, of_code);
  put_list(out, "candidates", signer.candidates, of_candidate);
  if (signer.signing_time) out["time"] = to_epoch(*signer.signing_time);
  put(out, "unsupported", signer.unsupported_algorithm);
  return out;
}

Json of_layer(const LayerFacts& layer) {
  Json out = {{"form", layer.form == LayerForm::kOpaque ? "opaque" : "detached"}, {"section", layer.section}};
  put_list(out, "codes", layer.codes, of_code);
  put_list(out, "signers", layer.signers, of_signer);
  put(out, "malformed", layer.malformed);
  return out;
}

Json of_mailbox(const mime::Mailbox& mailbox) {
  Json out = {{"local", mailbox.local}, {"domain", mailbox.domain}};
  put(out, "display", mailbox.display);
  return out;
}

constexpr std::pair<EnvelopeClass, const char*> kClasses[] = {
    {EnvelopeClass::kNone, "none"}, {EnvelopeClass::kUnknown, "unknown"}, {EnvelopeClass::kSigned, "signed"}};

// --- reading ---

template <class T>
T get(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? T{} : found->get<T>();
}

template <class Read>
auto get_list(const Json& object, const char* key, Read read) {
  std::vector<decltype(read(object))> out;
  const auto found = object.find(key);
  if (found == object.end()) return out;
  if (!found->is_array()) throw Damaged();
  for (const Json& item : *found) out.push_back(read(item));
  return out;
}

Code to_code(const Json& json) {
  const auto code = code_numbered(json.get<int>());
  if (!code) throw Damaged();
  return *code;
}

Sha256 to_hash(const Json& json) {
  const auto hash = Sha256::from_hex(json.get<std::string>());
  if (!hash) throw Damaged();
  return *hash;
}

Unit to_unit(const Json& json) {
  return {.trust_domain = get<std::string>(json, "domain"),
          .leaf = to_hash(json.at("leaf")),
          .bundle = get_list(json, "bundle", to_hash),
          .ess_path_set = get<std::vector<std::string>>(json, "ess")};
}

CertAddress to_address(const Json& json) {
  return {.local = json.at("local"), .domain = json.at("domain"), .utf8_local = get<bool>(json, "utf8")};
}

Candidate to_candidate(const Json& json) {
  return {.certificate = to_hash(json.at("cert")),
          .verifies = get<bool>(json, "verifies"),
          .unit = to_unit(json.at("unit")),
          .codes = get_list(json, "codes", to_code),
          .addresses = get_list(json, "addresses", to_address),
          .no_email = get<bool>(json, "no_email"),
          .bad_email = get<bool>(json, "bad_email")};
}

SignerFacts to_signer(const Json& json) {
  SignerFacts out{.codes = get_list(json, "codes", to_code),
                  .candidates = get_list(json, "candidates", to_candidate),
                  .digest_algorithm = json.at("digest"),
                  .signature_algorithm = json.at("signature"),
                  .unsupported_algorithm = get<bool>(json, "unsupported")};
  if (json.contains("time")) out.signing_time = from_epoch(json.at("time").get<std::int64_t>());
  return out;
}

LayerForm to_form(const std::string& name) {
  if (name != "opaque" && name != "detached") throw Damaged();
  return name == "opaque" ? LayerForm::kOpaque : LayerForm::kDetached;
}

LayerFacts to_layer(const Json& json) {
  return {.form = to_form(json.at("form")),
          .section = json.at("section"),
          .codes = get_list(json, "codes", to_code),
          .signers = get_list(json, "signers", to_signer),
          .malformed = get<bool>(json, "malformed")};
}

mime::Mailbox to_mailbox(const Json& json) {
  return {.local = json.at("local"), .domain = json.at("domain"), .display = get<std::string>(json, "display")};
}

EnvelopeClass to_class(const std::string& name) {
  for (const auto& [envelope, text] : kClasses)
    if (name == text) return envelope;
  throw Damaged();
}

Facts to_facts(const Json& json) {
  if (json.at("version").get<int>() != kFactsVersion) throw Damaged();
  return {.version = kFactsVersion,
          .envelope = to_class(json.at("envelope")),
          .errant = get<bool>(json, "errant"),
          .codes = get_list(json, "codes", to_code),
          .layers = get_list(json, "layers", to_layer),
          .identity = {.from = get_list(json, "from", to_mailbox), .codes = get_list(json, "identity", to_code)},
          .notes = get<std::vector<std::pair<std::string, std::string>>>(json, "notes")};
}

}  // namespace

std::string facts_to_json(const Facts& facts) {
  Json out = {{"version", facts.version}};
  for (const auto& [envelope, text] : kClasses)
    if (envelope == facts.envelope) out["envelope"] = text;
  put(out, "errant", facts.errant);
  put_list(out, "codes", facts.codes, of_code);
  put_list(out, "layers", facts.layers, of_layer);
  put_list(out, "from", facts.identity.from, of_mailbox);
  put_list(out, "identity", facts.identity.codes, of_code);
  put(out, "notes", facts.notes);
  // Ill-formed UTF-8 cannot be here (IDN-02, IDN-11); if it were, it must not throw at delivery and must not match.
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<Facts> facts_from_json(std::string_view json) {
  try {
    return to_facts(Json::parse(json));
  } catch (const Json::exception&) {
    return std::nullopt;
  } catch (const Damaged&) {
    return std::nullopt;
  }
}

}  // namespace waxseal::smime
