#include "smime/revocation_pointers.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "smime/der.h"
#include "smime/names.h"

namespace waxseal::smime {

namespace {

constexpr unsigned char kUri = der::kContext6;
constexpr unsigned char kDirectoryName = der::kContext4Constructed;
constexpr Octets kOcsp{"\x2b\x06\x01\x05\x05\x07\x30\x01", 8};       // id-ad-ocsp
constexpr Octets kCaIssuers{"\x2b\x06\x01\x05\x05\x07\x30\x02", 8};  // id-ad-caIssuers

// The value of the certificate's extension; empty: it has none.
Octets extension_value(const Certificate& certificate, int nid) {
  const int at = X509_get_ext_by_NID(certificate.x509(), nid, -1);
  if (at < 0) return {};
  const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(X509_get_ext(certificate.x509(), at));
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
          static_cast<std::size_t>(ASN1_STRING_length(value))};
}

bool has_extension(const Certificate& certificate, int nid) {
  return X509_get_ext_by_NID(certificate.x509(), nid, -1) >= 0;
}

bool read_general_names(Octets content, std::vector<std::string>& names) {
  der::Reader reader(content);
  while (!reader.at_end()) {
    const auto name = reader.next();
    if (!name) return false;
    names.emplace_back(name->whole);
  }
  return !names.empty();
}

bool read_crl_issuers(Octets content, std::vector<std::string>& issuers) {
  std::vector<std::string> names;
  if (!read_general_names(content, names)) return false;
  for (const std::string& name : names)
    if (static_cast<unsigned char>(name[0]) == kDirectoryName) issuers.emplace_back(der::whole_element(name)->content);
  return !issuers.empty();
}

bool read_point(Octets content, Octets issuer, DistributionPoint& point) {
  der::Reader reader(content);
  if (reader.next_is(der::kContext0Constructed)) {
    const auto name = reader.content(der::kContext0Constructed);
    if (!name) return false;
    // A relative name belongs to the cRLIssuer, which comes behind it (5280 section 4.2.1.13).
    der::Reader ahead(reader.rest());
    if (ahead.next_is(der::kContext1)) ahead.next();
    if (ahead.next_is(der::kContext2Constructed)) {
      const auto issuers = ahead.content(der::kContext2Constructed);
      if (!issuers || !read_crl_issuers(*issuers, point.crl_issuers)) return false;
    }
    if (!read_point_name(*name, point.indirect() ? Octets(point.crl_issuers.front()) : issuer, point.names))
      return false;
  }
  if (reader.next_is(der::kContext1)) {
    const auto reasons = reader.content(der::kContext1);
    if (!reasons) return false;
    point.reasons = read_reasons(*reasons);
  }
  if (reader.next_is(der::kContext2Constructed)) {
    const auto issuers = reader.content(der::kContext2Constructed);
    point.crl_issuers.clear();
    if (!issuers || !read_crl_issuers(*issuers, point.crl_issuers)) return false;
  }
  return reader.at_end() && (!point.names.empty() || point.indirect());
}

bool read_points(Octets value, Octets issuer, std::vector<DistributionPoint>& points) {
  const auto sequence = der::whole_element(value);
  if (!sequence || sequence->tag != der::kSequence) return false;
  der::Reader reader(sequence->content);
  while (!reader.at_end()) {
    const auto content = reader.content(der::kSequence);
    if (!content || points.size() == kMaxDistributionPoints) return false;
    if (!read_point(*content, issuer, points.emplace_back())) return false;
  }
  return true;
}

void add_urls(const std::vector<std::string>& names, std::vector<std::string>& urls) {
  for (const std::string& name : names) {
    if (static_cast<unsigned char>(name[0]) != kUri) continue;
    std::string url(der::whole_element(name)->content);
    if (url.size() <= kMaxUrlOctets && std::ranges::find(urls, url) == urls.end()) urls.push_back(std::move(url));
  }
}

bool read_access(Octets value, RevocationPointers& out) {
  const auto sequence = der::whole_element(value);
  if (!sequence || sequence->tag != der::kSequence) return false;
  der::Reader reader(sequence->content);
  while (!reader.at_end()) {
    const auto description = reader.content(der::kSequence);
    if (!description) return false;
    der::Reader fields(*description);
    const auto method = fields.content(der::kOid);
    const auto location = fields.next();
    if (!method || !location) return false;
    if (*method == kOcsp) add_urls({std::string(location->whole)}, out.ocsp_urls);
    if (*method == kCaIssuers) add_urls({std::string(location->whole)}, out.issuer_urls);
  }
  return true;
}

}  // namespace

bool read_point_name(Octets content, Octets issuer, std::vector<std::string>& names) {
  const auto choice = der::whole_element(content);
  if (!choice) return false;
  if (choice->tag == der::kContext0Constructed) return read_general_names(choice->content, names);
  if (choice->tag != der::kContext1Constructed) return false;
  const auto base = der::whole_element(issuer);
  if (!base || base->tag != der::kSequence) return false;
  const std::string relative = der::header(der::kSet, choice->content.size()) + std::string(choice->content);
  const std::string content_of_name = std::string(base->content) + relative;
  names.push_back(directory_name(der::header(der::kSequence, content_of_name.size()) + content_of_name));
  return true;
}

unsigned read_reasons(Octets content) {
  unsigned reasons = 0;
  for (unsigned bit = 0; bit < 9; ++bit) {
    const std::size_t octet = 1 + bit / 8;
    if (octet < content.size() && (static_cast<unsigned char>(content[octet]) & (0x80u >> bit % 8)) != 0)
      reasons |= 1u << bit;
  }
  return reasons & kAllReasons;
}

bool share_a_name(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  const auto same = [](const std::string& left, const std::string& right) {
    if (left == right) return true;
    if (static_cast<unsigned char>(left[0]) != kDirectoryName || left[0] != right[0]) return false;
    return same_name(der::whole_element(left)->content, der::whole_element(right)->content);
  };
  return std::ranges::any_of(a, [&](const auto& left) {
    return std::ranges::any_of(b, [&](const auto& right) { return same(left, right); });
  });
}

std::string directory_name(Octets name) {
  return der::header(kDirectoryName, name.size()) + std::string(name);
}

RevocationPointers revocation_pointers(const Certificate& certificate) {
  RevocationPointers out;
  if (has_extension(certificate, NID_crl_distribution_points))
    out.malformed =
        !read_points(extension_value(certificate, NID_crl_distribution_points), certificate.issuer_der(), out.points);
  std::vector<DistributionPoint> freshest;
  if (has_extension(certificate, NID_freshest_crl))
    read_points(extension_value(certificate, NID_freshest_crl), certificate.issuer_der(), freshest);
  if (has_extension(certificate, NID_info_access) && !read_access(extension_value(certificate, NID_info_access), out))
    out.malformed = true;
  for (const DistributionPoint& point : out.points) add_urls(point.names, out.crl_urls);
  for (const DistributionPoint& point : freshest) add_urls(point.names, out.freshest_urls);
  return out;
}

}  // namespace waxseal::smime
