// Writes signed messages for tools that are not ours: NAME.cms, NAME.content where it is detached, NAME.pem with the
// signer's certificate; root.pem; and on standard output one line each: name, detached or opaque, good or bad, where
// the last is what we say of digests and signatures.
// Usage: waxseal_test_signed_mail FOLDER
#include <algorithm>
#include <cstdio>
#include <fstream>

#include "support/facts.h"
#include "support/mail.h"

namespace waxseal::test {
namespace {

using namespace smime;

// Valid at any time at which this may run.
Cert long_lived(KeyType key) {
  return pki().leaf({.common_name = "Alice " + std::to_string(static_cast<int>(key)),
                     .emails = {std::string(kAlice)},
                     .key = key,
                     .not_before = at("2020-01-02T00:00:00Z"),
                     .not_after = at("2035-01-01T00:00:00Z")});
}

SignerSpec signer(KeyType key, std::string digest) {
  SignerSpec out;
  out.cert = long_lived(key);
  out.digest = std::move(digest);
  return out;
}

struct Case {
  std::string name;
  CmsSpec spec;
};

Case detached(std::string name, SignerSpec by) {
  return {std::move(name), {.signers = {std::move(by)}, .certificates = {pki().intermediate.der, pki().root.der}}};
}
template <class Change>
Case changed(std::string name, Change change) {
  Case out = detached(std::move(name), signer(KeyType::kP256, "SHA256"));
  change(out.spec);
  return out;
}

std::vector<Case> cases() {
  std::vector<Case> out = {
      detached("rsa2048", signer(KeyType::kRsa2048, "SHA256")),
      detached("rsa2048-sha512", signer(KeyType::kRsa2048, "SHA512")),
      detached("rsa3072", signer(KeyType::kRsa3072, "SHA384")),
      detached("p256", signer(KeyType::kP256, "SHA256")),
      detached("p384", signer(KeyType::kP384, "SHA384")),
      detached("p521", signer(KeyType::kP521, "SHA512")),
      detached("brainpool256", signer(KeyType::kBrainpool256, "SHA256")),
      detached("ed25519", signer(KeyType::kEd25519, "SHA512")),
      detached("ed448", signer(KeyType::kEd448, "SHAKE256")),
      detached("sha1", signer(KeyType::kRsa2048, "SHA1")),
  };
  SignerSpec pss = signer(KeyType::kRsa2048, "SHA256");
  pss.pss = true;
  out.push_back(detached("pss", pss));
  out.push_back(changed("opaque", [](CmsSpec& s) { s.detached = false; }));
  out.push_back(changed("opaque-ber", [](CmsSpec& s) {
    s.detached = false;
    s.ber = true;
    s.segment = 16;
  }));
  out.push_back(changed("key-identifier", [](CmsSpec& s) { s.signers[0].by_key_identifier = true; }));
  out.push_back(changed("ess", [](CmsSpec& s) { s.signers[0].ess = Ess::kBoth; }));
  out.push_back(changed("algorithm-protection", [](CmsSpec& s) { s.signers[0].algorithm_protect = true; }));
  out.push_back(changed("without-attributes", [](CmsSpec& s) { s.signers[0].signed_attributes = false; }));
  out.push_back(changed("content-type-of-another", [](CmsSpec& s) {
    s.signers[0].edit_attributes = [](auto& all) {
      std::erase_if(all, [](auto& a) { return a.oid == oids::kContentType; });
    };
  }));
  return out;
}

// Of every signer: its digest and its signature.
bool integrity(const Facts& facts) {
  return !facts.layers.empty() && !facts.layers[0].signers.empty() &&
         std::all_of(facts.layers[0].signers.begin(), facts.layers[0].signers.end(), [](const SignerFacts& signer) {
           const auto has = [&](Code code) {
             return std::find(signer.codes.begin(), signer.codes.end(), code) != signer.codes.end();
           };
           return !signer.candidates.empty() && signer.candidates[0].verifies && !has(Code::digest_mismatch) &&
                  !has(Code::attr_content_type);
         });
}

void write(const std::string& path, std::string_view octets) {
  std::ofstream(path, std::ios::binary) << octets;
}

void write_case(const std::string& folder, const std::string& name, const CmsSpec& spec, const std::string& cms,
                const std::string& content) {
  const Facts facts = extract(message(spec.detached ? multipart_signed(content, cms) : pkcs7_mime(cms))).facts;
  write(folder + "/" + name + ".cms", cms);
  write(folder + "/" + name + ".pem", spec.signers[0].cert.pem());
  if (spec.detached) write(folder + "/" + name + ".content", content);
  std::printf("%s\t%s\t%s\n", name.c_str(), spec.detached ? "detached" : "opaque", integrity(facts) ? "good" : "bad");
}

void write_all(const std::string& folder) {
  const std::string content = text_entity(), other = text_entity("Hello Rob,\r\n");
  write(folder + "/root.pem", pki().root.pem());
  for (Case& one : cases()) {
    write_case(folder, one.name, one.spec, make_cms(one.spec, content), content);
    // The twin: the same signature around another content.
    if (!one.spec.detached) one.spec.embedded = other;
    const std::string cms = make_cms(one.spec, content);
    write_case(folder, one.name + "-changed", one.spec, cms, one.spec.detached ? other : content);
  }
}

}  // namespace
}  // namespace waxseal::test

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: waxseal_test_signed_mail FOLDER\n");
    return 2;
  }
  waxseal::test::write_all(argv[1]);
  return 0;
}
