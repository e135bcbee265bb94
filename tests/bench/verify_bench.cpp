// Cost of a verdict, in ratios to OpenSSL's whole CMS_verify (chain and CRLs) and to the floor, all measured in one run
// on the same messages.
//
//   cmake --preset release && cmake --build --preset release --target verify_bench && build/release/bench/verify_bench
//
// docs/PERFORMANCE.md has a table of a run, and what each line is for.
#include <cstdio>

#include "measure.h"
#include "subjects.h"
#include "support/memory.h"

namespace {

using namespace waxseal;
using namespace waxseal::bench;

constexpr std::size_t kKilobyte = 1024, kMegabyte = 1024 * 1024;
constexpr int kSigners = 100;

void verify(smime::Verifier& verifier, const std::string& message) {
  require(verifier.verify(message, trust(), test::default_now()).verdict.status == smime::Status::kVerified,
          "our verdict is not signed/verified");
}

void short_messages() {
  std::vector<Subject> subjects;
  for (int signer = 0; signer < kSigners; ++signer) subjects.emplace_back(10 * kKilobyte, signer);
  const Subject& subject = subjects.front();
  const Floor floor(subject);
  const OpenSslVerifier openssl;
  smime::Verifier seen{smime::Policy{}};
  const std::vector<Contender> contenders = {
      {"floor: two digests, one signature", [&] { require(floor.verify(), "the floor's signature does not verify"); }},
      {"OpenSSL CMS_verify with chain and CRLs",
       [&] { require(openssl.verify(subject), "CMS_verify refuses the message"); }},
      {"waxseal, signer seen before", [&] { verify(seen, subject.message); }},
      {"waxseal, a new signer each time",
       [&] {
         smime::Verifier fresh{smime::Policy{}};
         for (const Subject& one : subjects) verify(fresh, one.message);
       },
       kSigners},
      {"waxseal, not even the CA seen before", [&] {
         smime::Verifier fresh{smime::Policy{}};
         verify(fresh, subject.message);
       }}};
  const std::vector<double> micros = measure(contenders);
  std::printf("10 KiB, detached, RSA-2048 with SHA-256, one intermediate\n");
  for (std::size_t i = 0; i < contenders.size(); ++i)
    std::printf("  %-42s %8.1f us  %6.2f times as fast as CMS_verify  %6.2f x floor\n", contenders[i].name.c_str(),
                micros[i], micros[1] / micros[i], micros[i] / micros[0]);

  constexpr int kSets = 10;
  smime::Verifier counted{smime::Policy{}};
  for (int round = 0; round < kSigners; ++round)
    for (int signer = 0; signer < kSets; ++signer) verify(counted, subjects[static_cast<std::size_t>(signer)].message);
  std::printf("  %d messages under %d certificate sets: %llu path validations\n", kSigners * kSets, kSets,
              static_cast<unsigned long long>(counted.paths().validations()));

  const auto one = [&] { verify(seen, subject.message); };
  double ratio = 0;
  for (int round = 0; round < 3; ++round) ratio = std::max(ratio, throughput(2, one) / throughput(1, one));
  std::printf("  two threads do %.2f times the work of one\n", ratio);
}

void long_message() {
  const Subject subject(kMegabyte);
  const Floor floor(subject);
  smime::Verifier seen{smime::Policy{}};
  const std::vector<double> micros =
      measure({{"digest", [&] { floor.digest_content(); }}, {"waxseal", [&] { verify(seen, subject.message); }}});
  std::printf("1 MiB, detached, signer seen before\n  %-42s %8.1f us\n  %-42s %8.1f us  %6.2f x digest\n",
              "digest of the content alone", micros[0], "waxseal", micros[1], micros[1] / micros[0]);
}

void memory() {
  smime::Verifier verifier{smime::Policy{}};
  verify(verifier, Subject(kKilobyte).message);
  const auto print = [&](const char* what, const std::string& message) {
    const std::size_t extra = test::extra_memory([&] { verify(verifier, message); });
    std::printf("  %-42s %8.1f MiB extra  %6.2f x message\n", what, static_cast<double>(extra) / kMegabyte,
                static_cast<double>(extra) / static_cast<double>(message.size()));
  };
  std::printf("50 MiB in memory\n");
  print("detached", Subject(50 * kMegabyte).message);
  const std::string content = test::text_entity(Subject::lines(37 * kMegabyte));
  test::CmsSpec spec{.signers = {{.cert = Subject::certificate(0)}}, .certificates = {pki().intermediate.der}};
  spec.detached = false;
  print("opaque, base64", test::message(test::pkcs7_mime(test::make_cms(spec, content))));
  spec.ber = true;
  spec.segment = 4096;
  print("opaque, base64, BER segments of 4096 octets", test::message(test::pkcs7_mime(test::make_cms(spec, content))));
}

}  // namespace

int main() {
  memory();
  short_messages();
  long_message();
}
