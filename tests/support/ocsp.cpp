#include "support/ocsp.h"

#include "support/ocsp_reply.h"

namespace waxseal::test {

namespace {

OcspAnswerSpec answer_of(const OcspSpec& spec) {
  OcspAnswerSpec answer{.certificate = spec.certificate,
                        .issuer = spec.issuer,
                        .this_update = spec.this_update,
                        .next_update = spec.next_update,
                        .serial = spec.serial,
                        .extensions = spec.single_extensions};
  answer.name_hash = digest_octets("SHA1", spec.certificate.issuer);
  if (spec.unknown) answer.says = OcspSays::kUnknown;
  if (!spec.revoked || spec.unknown) return answer;
  answer.says = OcspSays::kRevoked;
  answer.revoked_at = spec.revoked->date;
  answer.reason = spec.revoked->reason;
  return answer;
}

}  // namespace

std::string ocsp_response(const OcspSpec& spec) {
  if (spec.status != 0) return ocsp_error(spec.status);
  OcspReply reply{.answers = {answer_of(spec)},
                  .signer = spec.responder.value_or(spec.issuer),
                  .by_key = true,
                  .produced_at = spec.produced_at,
                  .break_signature = spec.break_signature};
  if (spec.responder && spec.include_responder) reply.certificates = {spec.responder->der};
  return ocsp_reply(reply);
}

}  // namespace waxseal::test
