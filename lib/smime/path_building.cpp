#include "smime/path_building.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <set>

#include "smime/work.h"

namespace waxseal::smime {

namespace {

// What was in the way where no path could be completed.
struct Obstacles {
  bool untrusted_root = false;
  bool not_an_issuer = false;
  bool bad_signature = false;
  bool unusable_key = false;
  bool malformed = false;
  bool too_long = false;
};

bool same_subject_and_key(const Certificate& a, const Certificate& b) {
  return a.spki_sha256() == b.spki_sha256() &&
         X509_NAME_cmp(X509_get_subject_name(a.x509()), X509_get_subject_name(b.x509())) == 0;
}

// Validating a path checks its signatures once more.
std::size_t validation_cost(const Path& path) {
  std::size_t cost = 0;
  for (std::size_t i = 1; i < path.size(); ++i) cost += path[i]->key_facts().cost;
  return cost;
}

class Builder {
 public:
  Builder(const PathInputs& inputs, const Policy& policy, SignatureMemo& signatures)
      : inputs_(inputs), policy_(policy), signatures_(signatures), work_(policy.limits.path_work) {
    for (const CertificatePtr& anchor : inputs.anchors) anchor_ids_.insert(anchor->id());
  }

  BuiltPaths run() {
    Path path = {inputs_.leaf};
    if (is_anchor(*inputs_.leaf)) {
      built_.paths.push_back(path);  // PTH-13: pinned
    } else {
      extend(path);
    }
    built_.why_none = why_none();
    built_.work = work_.spent();
    if (!built_.paths.empty() || built_.why_none != Code::chain_incomplete) built_.dead_end.clear();
    return std::move(built_);
  }

 private:
  bool is_anchor(const Certificate& certificate) const { return anchor_ids_.contains(certificate.id()); }

  // Depth is at most Limits::path_depth, so recursion is bounded.
  void extend(Path& path) {
    const Certificate& child = *path.back();
    if (child.is_named_issuer_of(child) && path.size() > 1) obstacles_.untrusted_root = true;
    bool has_issuer = false;
    for (const CertificatePtr& issuer : issuers_by_name(child)) {
      const bool complete = is_anchor(*issuer);
      if (repeats(path, *issuer)) continue;
      if (!complete && path.size() >= policy_.limits.path_depth) {
        obstacles_.too_long = true;
        continue;
      }
      if (built_.paths.size() >= policy_.limits.paths) return;
      if (!issued(child, *issuer)) continue;
      has_issuer = true;
      path.push_back(issuer);
      if (complete) {
        complete_path(path);
      } else {
        extend(path);
      }
      path.pop_back();
    }
    if (!has_issuer && built_.dead_end.empty()) built_.dead_end = path;
  }

  // One path there may always be: it was within the limit to build.
  void complete_path(const Path& path) {
    if (work_.spend(validation_cost(path)) || built_.paths.empty()) built_.paths.push_back(path);
  }

  // Anchors first, then the longest validity; ids break ties, so that order of input never shows.
  std::vector<CertificatePtr> issuers_by_name(const Certificate& child) const {
    std::vector<CertificatePtr> found;
    for (const auto* source : {&inputs_.anchors, &inputs_.bundle, &inputs_.intermediates})
      for (const CertificatePtr& certificate : *source)
        if (certificate->is_named_issuer_of(child)) found.push_back(certificate);
    const auto rank = [&](const CertificatePtr& c) {
      return std::tuple(!is_anchor(*c), -to_epoch(c->not_after()), c->id());
    };
    std::sort(found.begin(), found.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
    const auto same = [](const auto& a, const auto& b) { return a->id() == b->id(); };
    found.erase(std::unique(found.begin(), found.end(), same), found.end());
    return found;
  }

  static bool repeats(const Path& path, const Certificate& issuer) {
    return std::any_of(path.begin(), path.end(), [&](const auto& c) { return same_subject_and_key(*c, issuer); });
  }

  // The edge of PTH-10: names, key identifiers, keyCertSign, and then the signature itself.
  bool issued(const Certificate& child, const Certificate& issuer) {
    switch (X509_check_issued(issuer.x509(), child.x509())) {
      case X509_V_OK:
        break;
      case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
        obstacles_.not_an_issuer = true;
        return false;
      case X509_V_ERR_UNSPECIFIED:  // an extension of either cannot be read
        obstacles_.malformed = true;
        return false;
      default:
        return false;
    }
    if (!is_usable(issuer.key_facts(), policy_)) {
      obstacles_.unusable_key = true;
      return false;
    }
    // Counted whether remembered or not: what is found must not depend on what was asked before.
    if (checks_ == policy_.limits.path_signature_checks || !work_.spend(issuer.key_facts().cost)) return false;
    ++checks_;
    if (signatures_.verifies(child, issuer)) return true;
    obstacles_.bad_signature = true;
    return false;
  }

  bool leaf_is_self_signed() {
    const Certificate& leaf = *inputs_.leaf;
    return leaf.is_named_issuer_of(leaf) && is_usable(leaf.key_facts(), policy_) && signatures_.verifies(leaf, leaf);
  }

  Code why_none() {
    if (!built_.paths.empty()) return Code::chain_incomplete;
    if (leaf_is_self_signed()) return Code::chain_self_signed;
    if (obstacles_.untrusted_root) return Code::chain_untrusted;
    if (obstacles_.not_an_issuer) return Code::chain_invalid_ca;
    if (obstacles_.bad_signature) return Code::chain_signature;
    if (obstacles_.unusable_key) return Code::key_unsupported;
    if (obstacles_.too_long) return Code::chain_path_length;
    if (obstacles_.malformed) return Code::chain_untrusted;
    return Code::chain_incomplete;
  }

  const PathInputs& inputs_;
  const Policy& policy_;
  SignatureMemo& signatures_;
  std::set<CertId> anchor_ids_;
  BuiltPaths built_;
  Obstacles obstacles_;
  std::size_t checks_ = 0;
  Work work_;
};

}  // namespace

bool SignatureMemo::verifies(const Certificate& child, const Certificate& issuer) {
  const Sha256 pair = Sha256Stream().add(child.id().view()).add(issuer.id().view()).finish();
  if (const auto known = known_.get(pair)) return *known;
  const bool verified = X509_verify(child.x509(), issuer.key()) == 1;
  ERR_clear_error();
  known_.put(pair, verified);
  return verified;
}

BuiltPaths build_paths(const PathInputs& inputs, const Policy& policy, SignatureMemo& signatures) {
  return Builder(inputs, policy, signatures).run();
}

}  // namespace waxseal::smime
