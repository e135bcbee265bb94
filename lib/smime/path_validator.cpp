#include "smime/path_validator.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>

namespace waxseal::smime {

namespace {

template <class T, void (*free_function)(T*)>
struct Freed {
  void operator()(T* object) const { free_function(object); }
};
using Store = std::unique_ptr<X509_STORE, Freed<X509_STORE, X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX, X509_STORE_CTX_free>>;

struct FreeStack {  // the certificates belong to the path
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using Stack = std::unique_ptr<STACK_OF(X509), FreeStack>;

// What the callbacks know.
struct Run {
  const Path& path;
  const Policy& policy;
  Time at;
  std::vector<Code> codes;
};

Run& run_of(X509_STORE_CTX* context) {
  return *static_cast<Run*>(X509_STORE_CTX_get_app_data(context));
}

Code validity_code(std::size_t depth, std::size_t last, Code signer, Code issuer) {
  if (depth == 0) return signer;
  return depth == last ? Code::anchor_expired : issuer;
}

// The table at the end of verification.md 6.2.
Code code_of(int error, std::size_t depth, std::size_t last) {
  switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return Code::chain_incomplete;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return Code::chain_self_signed;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_CERT_REJECTED:
      return Code::chain_untrusted;
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY:
      return Code::chain_signature;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return validity_code(depth, last, Code::cert_not_yet_valid, Code::issuer_not_yet_valid);
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return validity_code(depth, last, Code::cert_expired, Code::issuer_expired);
    case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
    case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
    case X509_V_ERR_INVALID_EXTENSION:
      return Code::cert_malformed;
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
      return Code::chain_invalid_ca;
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
    case X509_V_ERR_CERT_CHAIN_TOO_LONG:
      return Code::chain_path_length;
    case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
      return Code::critical_extension;
    case X509_V_ERR_INVALID_POLICY_EXTENSION:
    case X509_V_ERR_NO_EXPLICIT_POLICY:
      return Code::cert_policy;
    case X509_V_ERR_PERMITTED_VIOLATION:
    case X509_V_ERR_EXCLUDED_VIOLATION:
    case X509_V_ERR_SUBTREE_MINMAX:
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE:
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX:
    case X509_V_ERR_UNSUPPORTED_NAME_SYNTAX:
    case X509_V_ERR_UNSPECIFIED:  // from the callback: names times constraints beyond OpenSSL's bound
      return Code::name_constraints;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
      return Code::weak_key;
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return Code::weak_chain_signature;
    case X509_V_ERR_EC_KEY_EXPLICIT_PARAMS:
      return Code::key_unsupported;
    case X509_V_ERR_OUT_OF_MEM:
    case X509_V_ERR_INVALID_CALL:
    case X509_V_ERR_STORE_LOOKUP:
      return Code::internal_error;
    default:
      return Code::chain_invalid;
  }
}

// Where OpenSSL is stricter than the rules it is asked to apply.
bool is_overruled(int error, const Run& run, std::size_t depth) {
  const Certificate& certificate = *run.path[depth];
  const bool is_anchor = depth + 1 == run.path.size();
  const bool validity = error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID;
  if (validity && is_anchor && depth > 0 && run.policy.ignore_anchor_validity) return true;
  // 5280 section 4.1.2.5: notAfter is inclusive; X509_cmp_time() counts equality as past.
  if (error == X509_V_ERR_CERT_HAS_EXPIRED && run.at == certificate.not_after()) return true;
  // auth_level 2 asks for RSA 2048; the knob min_rsa_bits decides (check_path looks at every key).
  const bool key_size = error == X509_V_ERR_EE_KEY_TOO_SMALL || error == X509_V_ERR_CA_KEY_TOO_SMALL;
  return key_size && EVP_PKEY_is_a(certificate.key(), "RSA") == 1 &&
         EVP_PKEY_get_bits(certificate.key()) >= static_cast<int>(run.policy.min_rsa_bits);
}

// Records everything and goes on: X509_STORE_CTX_get_error() would keep only the last error.
int record(int ok, X509_STORE_CTX* context) {
  if (ok == 1) return 1;
  Run& run = run_of(context);
  const int error = X509_STORE_CTX_get_error(context);
  const std::size_t last = run.path.size() - 1;
  const auto depth = static_cast<std::size_t>(std::max(0, X509_STORE_CTX_get_error_depth(context)));
  if (!is_overruled(error, run, std::min(depth, last))) run.codes.push_back(code_of(error, depth, last));
  return 1;
}

// Pins OpenSSL's builder to the path: two certificates of one name cannot lead it elsewhere (PTH-11).
int is_next_on_path(X509_STORE_CTX* context, X509* certificate, X509* issuer) {
  if (certificate == issuer) return X509_check_issued(issuer, certificate) == X509_V_OK ? 1 : 0;
  const Path& path = run_of(context).path;
  for (std::size_t i = 0; i + 1 < path.size(); ++i)
    if (path[i]->x509() == certificate) return path[i + 1]->x509() == issuer ? 1 : 0;
  return 0;
}

bool set_policies(X509_VERIFY_PARAM* param, const std::vector<std::string>& oids) {
  for (const std::string& oid : oids) {
    ASN1_OBJECT* object = OBJ_txt2obj(oid.c_str(), 1);
    if (object == nullptr) return false;
    if (X509_VERIFY_PARAM_add0_policy(param, object) == 1) continue;
    ASN1_OBJECT_free(object);
    return false;
  }
  return true;
}

// Purpose and trust stay 0: EKU and KU are judged by check_path (verification.md 3.9).
bool configure(X509_VERIFY_PARAM* param, const Policy& policy, Time at) {
  constexpr unsigned long kFlags = X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_POLICY_CHECK;
  const bool explicit_policy = !policy.required_policies.empty();
  X509_VERIFY_PARAM_set_time(param, to_epoch(at));
  X509_VERIFY_PARAM_set_depth(param, 10);
  X509_VERIFY_PARAM_set_auth_level(param, 2);
  // Otherwise a signer's commonName is tested against DNS name constraints.
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  return X509_VERIFY_PARAM_set_flags(param, kFlags | (explicit_policy ? X509_V_FLAG_EXPLICIT_POLICY : 0UL)) == 1 &&
         set_policies(param, policy.required_policies);
}

Store store_of(const Certificate& anchor) {
  Store store(X509_STORE_new());
  if (!store || X509_STORE_add_cert(store.get(), anchor.x509()) != 1) return nullptr;
  X509_STORE_set_check_issued(store.get(), is_next_on_path);
  return store;
}

Stack intermediates_of(const Path& path) {
  Stack stack(sk_X509_new_null());
  for (std::size_t i = 1; stack && i + 1 < path.size(); ++i)
    if (sk_X509_push(stack.get(), path[i]->x509()) == 0) return nullptr;
  return stack;
}

bool went_this_way(X509_STORE_CTX* context, const Path& path) {
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context);
  if (chain == nullptr || sk_X509_num(chain) != static_cast<int>(path.size())) return false;
  for (std::size_t i = 0; i < path.size(); ++i)
    if (sk_X509_value(chain, static_cast<int>(i)) != path[i]->x509()) return false;
  return true;
}

std::vector<Code> verify(Run run) {
  const Store store = store_of(*run.path.back());
  const Stack untrusted = intermediates_of(run.path);
  const StoreContext context(X509_STORE_CTX_new());
  if (!store || !untrusted || !context ||
      X509_STORE_CTX_init(context.get(), store.get(), run.path.front()->x509(), untrusted.get()) != 1 ||
      !configure(X509_STORE_CTX_get0_param(context.get()), run.policy, run.at))
    return {Code::internal_error};
  X509_STORE_CTX_set_app_data(context.get(), &run);
  X509_STORE_CTX_set_verify_cb(context.get(), record);

  const int result = X509_verify_cert(context.get());
  if (result < 0) run.codes.push_back(Code::internal_error);
  if (result == 0 && run.codes.empty()) run.codes.push_back(Code::internal_error);
  if (!went_this_way(context.get(), run.path) && run.codes.empty()) run.codes.push_back(Code::chain_invalid);
  return std::move(run.codes);
}

}  // namespace

std::vector<Code> validate_with_openssl(const Path& path, const Policy& policy, Time at) {
  ERR_clear_error();
  std::vector<Code> codes = verify({path, policy, at, {}});
  ERR_clear_error();
  return codes;
}

bool has_valid_path(const PathInputs& inputs, const Policy& policy, Time at) {
  SignatureMemo memo(policy.limits.path_signature_checks);
  const BuiltPaths built = build_paths(inputs, policy, memo);
  return std::ranges::any_of(built.paths,
                             [&](const Path& path) { return validate_with_openssl(path, policy, at).empty(); });
}

}  // namespace waxseal::smime
