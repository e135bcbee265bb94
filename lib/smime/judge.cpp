#include "smime/judge.h"

#include <algorithm>
#include <array>

#include "smime/layer_judgement.h"

namespace waxseal::smime {

namespace {

constexpr std::array<std::pair<Status, std::string_view>, 4> kTokens = {{
    {Status::kUnknown, "unknown"},
    {Status::kSigned, "signed"},
    {Status::kVerified, "signed/verified"},
    {Status::kFailed, "signed/failed"},
}};

void append(std::vector<Code>& to, const std::vector<Code>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

// SIG-60: the outermost layer with `wanted`.
template <class Wanted>
std::optional<std::size_t> outermost(const std::vector<LayerJudgement>& layers, Wanted wanted) {
  auto it = std::find_if(layers.begin(), layers.end(), wanted);
  if (it == layers.end()) return std::nullopt;
  return static_cast<std::size_t>(it - layers.begin());
}

std::optional<std::size_t> deciding_layer(const std::vector<LayerJudgement>& layers) {
  const auto has = [](Standing standing) {
    return [standing](const LayerJudgement& l) { return l.standing == standing; };
  };
  if (const auto valid = outermost(layers, has(Standing::kValid))) return valid;
  if (const auto pending = outermost(layers, has(Standing::kPending))) return pending;
  if (const auto meets = outermost(layers, [](const LayerJudgement& l) { return l.meets_from; })) return meets;
  if (layers.empty()) return std::nullopt;
  return 0;
}

// P3: an outer layer that two readers may see differently blocks what is inside it.
bool outer_layer_is_malformed(const Facts& facts, std::size_t deciding) {
  return std::any_of(facts.layers.begin(), facts.layers.begin() + static_cast<std::ptrdiff_t>(deciding),
                     [](const LayerFacts& layer) { return layer.malformed; });
}

void add_malformed_outer_codes(const Facts& facts, std::size_t deciding, std::vector<Code>& codes) {
  for (std::size_t i = 0; i < deciding; ++i)
    if (facts.layers[i].malformed) append(codes, facts.layers[i].codes);
}

std::vector<Code> shown(std::vector<Code> codes, const Terms& terms) {
  std::erase_if(codes, [&](Code code) { return terms.policy.severity(code, terms.legacy_mail) == Severity::kInfo; });
  sort_codes(codes);
  return codes;
}

std::vector<Code> fatal_only(std::vector<Code> codes, const Terms& terms) {
  std::erase_if(codes, [&](Code code) { return !terms.is_fatal(code); });
  return codes;
}

Status status_of(Standing standing) {
  switch (standing) {
    case Standing::kValid:
      return Status::kVerified;
    case Standing::kPending:
      return Status::kSigned;
    case Standing::kFailed:
      break;
  }
  return Status::kFailed;
}

Verdict without_signature(Status status) {
  Verdict verdict;
  verdict.status = status;
  return verdict;
}

Verdict judge_signed(const Facts& facts, const Terms& terms) {
  std::vector<LayerJudgement> layers;
  for (const LayerFacts& layer : facts.layers) layers.push_back(judge_layer(layer, terms));

  Verdict verdict;
  verdict.layer = deciding_layer(layers);
  std::vector<Code> message = facts.codes;
  append(message, facts.identity.codes);
  Standing standing = Standing::kFailed;
  if (verdict.layer) {
    const LayerJudgement& layer = layers[*verdict.layer];
    verdict.signer = layer.signer;
    verdict.signer_address = layer.signer_address;
    add_malformed_outer_codes(facts, *verdict.layer, message);
    const bool sound = !terms.any_fatal(message) && !outer_layer_is_malformed(facts, *verdict.layer);
    if (sound) standing = layer.standing;
    append(message, layer.codes);
  }
  verdict.codes = shown(std::move(message), terms);
  verdict.status = status_of(standing);
  verdict.fatal = fatal_only(verdict.codes, terms);
  // A failure always has a reason to show; one without would be our own defect (P3, ERR-02).
  if (verdict.status == Status::kFailed && verdict.fatal.empty()) {
    verdict.codes.push_back(Code::internal_error);
    verdict.fatal.push_back(Code::internal_error);
  }
  // Never verified beside a fatal code, whatever the reasoning above missed.
  if (verdict.status == Status::kVerified && !verdict.fatal.empty()) verdict.status = Status::kFailed;
  if (verdict.status != Status::kFailed) verdict.fatal.clear();
  return verdict;
}

}  // namespace

std::optional<std::string_view> status_token(Status status) {
  auto it = std::find_if(kTokens.begin(), kTokens.end(), [&](const auto& t) { return t.first == status; });
  if (it == kTokens.end()) return std::nullopt;
  return it->second;
}

std::optional<Status> status_from_token(std::string_view token) {
  auto it = std::find_if(kTokens.begin(), kTokens.end(), [&](const auto& t) { return t.second == token; });
  if (it == kTokens.end()) return std::nullopt;
  return it->first;
}

std::vector<Code> Verdict::visible_codes() const {
  if (status != Status::kFailed) return {};
  std::vector<Code> visible = codes;
  if (visible.size() > kMaxVisibleCodes) {
    visible.resize(kMaxVisibleCodes - 1);
    visible.push_back(Code::more_errors);
  }
  return visible;
}

bool awaits_evidence(const Verdict& at_delivery) {
  if (at_delivery.status == Status::kSigned) return true;
  if (at_delivery.status == Status::kFailed) return std::ranges::all_of(at_delivery.fatal, is_undetermined);
  return at_delivery.status == Status::kVerified && std::ranges::any_of(at_delivery.codes, is_undetermined);
}

Verdict judge(const Facts& facts, const UnitStates& states, const Policy& policy, Time received_at, Epoch epoch) {
  if (facts.envelope == EnvelopeClass::kNone) return without_signature(Status::kNone);
  if (facts.envelope == EnvelopeClass::kUnknown) return without_signature(Status::kUnknown);
  const bool legacy =
      epoch == Epoch::kAtDelivery && policy.weak_legacy_before && received_at < *policy.weak_legacy_before;
  const ComparableFrom from(facts.identity.from, policy);
  return judge_signed(facts, {facts.identity.from, from, states, policy, received_at, legacy});
}

}  // namespace waxseal::smime
