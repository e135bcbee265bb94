#include "fuzz/target.h"
#include "smime/envelope.h"

namespace waxseal::fuzz {

namespace {

bool is_view_of(Octets view, Octets buffer) {
  const std::less_equal<> not_after;
  return not_after(buffer.data(), view.data()) && not_after(view.data() + view.size(), buffer.data() + buffer.size());
}

// Every octet that a signature covers is the message's own or was decoded from it.
bool is_backed(Octets content, Octets message, const smime::Envelope& envelope) {
  return content.empty() || is_view_of(content, message) ||
         std::any_of(envelope.decoded.begin(), envelope.decoded.end(),
                     [&](const std::string& decoded) { return is_view_of(content, decoded); });
}

void scan(Octets message, const smime::Policy& policy) {
  const smime::Envelope envelope = smime::scan_envelope(message, policy);
  require(envelope.layers.empty() || envelope.envelope == smime::EnvelopeClass::kSigned,
          "CLS-3: who has a signed layer is signed");
  require(envelope.layers.size() <= policy.limits.envelope_layers, "1.6: layers are limited");
  require(is_backed(envelope.payload, message, envelope), "the payload is a view");
  for (const smime::SignedLayer& layer : envelope.layers) {
    require(is_backed(layer.content, message, envelope), "signed content is a view");
    require(layer.cms || !layer.codes.empty(), "a layer that cannot be read says why");
    require(!layer.cms || layer.cms->signers.size() <= policy.limits.signer_infos, "1.6: signers are limited");
  }
}

smime::Policy strict() {
  smime::Policy policy;
  policy.partial_signature_failed = policy.strict_micalg = policy.signed_over_encrypted_failed = true;
  policy.accept_octet_stream_p7m = policy.accept_octet_stream_p7s = false;
  return policy;
}

}  // namespace

void scanner(Octets input) {
  static const smime::Policy kStrict = strict();
  scan(input, {});
  scan(input, kStrict);
}

}  // namespace waxseal::fuzz
