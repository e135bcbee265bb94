#include "smime/unit.h"

#include <algorithm>

#include "smime/certificate.h"

namespace waxseal::smime {

namespace {

// Length before content: no two lists of strings give the same octets.
void add_counted(std::string& to, std::string_view text) {
  to.append(std::to_string(text.size())).append(":").append(text);
}

// Certificates whose subject is the issuer of something in the closure.  Bounded by Limits::certificates squared.
std::vector<Sha256> issuer_closure(const Certificate& leaf, const std::vector<CertificatePtr>& supplied) {
  std::vector<const Certificate*> reached = {&leaf};
  std::vector<bool> taken(supplied.size(), false);
  for (std::size_t next = 0; next < reached.size(); ++next) {
    for (std::size_t i = 0; i < supplied.size(); ++i) {
      if (taken[i] || !supplied[i] || !supplied[i]->is_named_issuer_of(*reached[next])) continue;
      taken[i] = true;
      reached.push_back(supplied[i].get());
    }
  }
  std::vector<Sha256> ids;
  for (const Certificate* certificate : reached)
    if (certificate->id() != leaf.id()) ids.push_back(certificate->id());
  return ids;
}

template <class T>
void sort_unique(std::vector<T>& items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

}  // namespace

UnitId Unit::id() const {
  std::string named = "waxseal unit 1\n";
  add_counted(named, trust_domain);
  named.append(leaf.view()).append(std::to_string(bundle.size())).append("\n");
  for (const Sha256& certificate : bundle) named.append(certificate.view());
  for (const std::string& entry : ess_path_set) add_counted(named, entry);
  return sha256(named);
}

Unit make_unit(const Certificate& leaf, const std::vector<CertificatePtr>& supplied,
               std::vector<std::string> ess_path_set) {
  Unit unit;
  unit.leaf = leaf.id();
  unit.bundle = issuer_closure(leaf, supplied);
  unit.ess_path_set = std::move(ess_path_set);
  sort_unique(unit.bundle);
  sort_unique(unit.ess_path_set);
  return unit;
}

std::string evidence_text(const std::vector<Evidence>& evidence) {
  std::string out;
  for (const Evidence& each : evidence) {
    if (!out.empty()) out += ',';
    out += (each.kind == Evidence::Kind::kCrl ? "crl:" : "ocsp:") + each.id.hex();
  }
  return out;
}

std::vector<Evidence> evidence_of(std::string_view text) {
  std::vector<Evidence> out;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    const std::size_t colon = item.find(':');
    if (colon == item.npos) continue;
    const auto id = Sha256::from_hex(item.substr(colon + 1));
    if (!id) continue;
    const bool crl = item.substr(0, colon) == "crl";
    if (crl || item.substr(0, colon) == "ocsp")
      out.push_back({crl ? Evidence::Kind::kCrl : Evidence::Kind::kOcsp, *id});
  }
  return out;
}

}  // namespace waxseal::smime
