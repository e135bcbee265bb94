// Hostile input: limits of verification.md 1.6, each with a twin just below it, and what reading a message of up to 1
// MiB may cost: 100 ms and 64 MiB, and never more than in proportion to its size (robustness.md R23).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hostile_mail.h"
#include "smime/verifier.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WAXSEAL_SANITIZED 1
#else
#define WAXSEAL_SANITIZED 0
#endif

namespace waxseal::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
namespace der = test::der;

// "signed/failed limit_exceeded ..."
std::string verdict(std::string_view message, const smime::Policy& policy = {}) {
  smime::TrustStore trust;
  trust.anchors.push_back({smime::Certificate::parse(test::pki().root.der), std::nullopt});
  smime::Verifier verifier(policy);
  const smime::Verdict found = verifier.verify(message, trust, test::default_now()).verdict;
  std::string out(smime::status_token(found.status).value_or("null"));
  for (const smime::Code code : found.codes) out.append(" ").append(smime::row(code).name);
  return out;
}

test::CmsSpec opaque() {
  test::CmsSpec cms;
  cms.signers = {{.cert = test::alice()}};
  cms.detached = false;
  cms.certificates = {test::pki().intermediate.der};
  return cms;
}

std::string mail(const test::CmsSpec& cms) {
  return test::message(test::pkcs7_mime(test::make_cms(cms, test::text_entity()), {.encoding = "binary"}));
}

std::string mail_with_unsigned(const std::string& value, std::string_view oid = "1.2.3.4") {
  test::CmsSpec cms = opaque();
  cms.signers[0].unsigned_attributes = {{std::string(oid), {value}}};
  return mail(cms);
}

// Within the limit verified, and one above it not, for that reason.
void expect_limit(const std::string& within, const std::string& above, const smime::Policy& policy = {},
                  const std::string& code = "limit_exceeded") {
  EXPECT_EQ(verdict(within, policy), "signed/verified");
  EXPECT_THAT(verdict(above, policy), StartsWith("signed/failed "));
  EXPECT_THAT(verdict(above, policy), HasSubstr(code));
}

TEST(VerifyLimits, OctetsOfTheMessage) {
  const std::string message = mail(opaque());
  smime::Policy policy;
  policy.limits.message_octets = message.size() + 2;
  expect_limit(message, message + "\r\n\r\n", policy);
}

// Further fields after those that say what the message is.
std::string behind_the_header(const std::string& fields) {
  std::string message = mail(opaque());
  return message.insert(message.find("\r\n\r\n") + 2, fields);
}

TEST(VerifyLimits, FieldsOfTheHeader) {
  const auto with_fields = [](std::size_t count, const std::string& field) {
    std::string fields;
    for (std::size_t i = 0; i < count; ++i) fields += field;
    return behind_the_header(fields);
  };
  expect_limit(with_fields(1980, "X: y\r\n"), with_fields(2001, "X: y\r\n"));
  const std::string folded = "X: " + std::string(1000, 'y') + "\r\n";
  expect_limit(with_fields(500, folded), with_fields(530, folded));
  expect_limit(with_fields(1, "X: " + std::string(65'000, 'y') + "\r\n"),
               with_fields(1, "X: " + std::string(66'000, 'y') + "\r\n"));
}

TEST(VerifyLimits, SignersDigestsCertificatesAndCrls) {
  const auto with = [](std::size_t signers, std::size_t digests, std::size_t certificates, std::size_t crls) {
    test::CmsSpec cms = opaque();
    cms.signers.assign(signers, {.cert = test::alice()});
    cms.include_signer_certificates = false;
    cms.digest_algorithms = std::vector<std::string>(digests, test::digest_algorithm("SHA256"));
    cms.certificates = {test::alice().der, test::pki().intermediate.der};
    while (cms.certificates.size() < certificates)  // of another kind: they count too
      cms.certificates.push_back(der::implicit_tag(1, std::to_string(cms.certificates.size())));
    cms.crls.assign(crls, test::make_crl({}, test::pki().intermediate));
    return mail(cms);
  };
  const std::string most = with(8, 8, 64, 16);
  for (const std::string& above : {with(9, 8, 64, 16), with(8, 9, 64, 16), with(8, 8, 65, 16), with(8, 8, 64, 17)})
    expect_limit(most, above);
}

TEST(VerifyLimits, SignedAttributes) {
  const auto with = [](std::size_t count) {
    test::CmsSpec cms = opaque();
    cms.signers[0].edit_attributes = [count](std::vector<test::Attribute>& attributes) {
      while (attributes.size() < count)
        attributes.push_back({"1.2.3." + std::to_string(attributes.size()), {der::null()}});
    };
    return mail(cms);
  };
  expect_limit(with(64), with(65));
}

TEST(VerifyLimits, DepthElementsAndIdentifiersOfTheEncoding) {
  const auto nested = [](int depth) {
    std::string value = der::null();
    for (int i = 0; i < depth; ++i) value = der::sequence({value});
    return mail_with_unsigned(value);
  };
  // ContentInfo, [0], SignedData, signerInfos, SignerInfo, [1], Attribute, values: eight around the value.
  expect_limit(nested(22), nested(23));
  const auto elements = [](std::size_t count) {
    std::string nulls;
    for (std::size_t i = 0; i < count; ++i) nulls += der::null();
    return mail_with_unsigned(der::tlv(0x30, nulls));
  };
  expect_limit(elements(49'000), elements(50'000));
  const auto identifier = [](std::size_t octets) {
    return mail_with_unsigned(der::tlv(6, std::string(octets, '\x01')));
  };
  expect_limit(identifier(64), identifier(65));
}

TEST(VerifyLimits, OctetsOfADetachedSignature) {
  const auto padded = [](std::size_t octets) {
    test::SignerSpec signer{.cert = test::alice()};
    signer.unsigned_attributes = {{"1.2.3.4", {der::octet_string(std::string(octets, 'x'))}}};
    return test::message(test::multipart_signed(test::text_entity(), test::make_cms(signer, test::text_entity()),
                                                {.signature_encoding = "binary"}));
  };
  expect_limit(padded(1'040'000), padded(1'050'000));
}

TEST(VerifyLimits, OctetsOfOneCertificateOrCrl) {
  const auto with_certificate = [](std::size_t octets) {
    test::CertSpec spec;
    spec.extensions = {test::extension("1.2.3.4", false, der::octet_string(std::string(octets, 'x')))};
    test::CmsSpec cms = opaque();
    cms.certificates.push_back(test::pki().leaf(spec).der);
    return mail(cms);
  };
  EXPECT_EQ(verdict(with_certificate(64'000)), "signed/verified");
  EXPECT_THAT(verdict(with_certificate(66'000)), StartsWith("signed/failed "));
  const auto with_crl = [](std::size_t octets) {
    test::CrlSpec spec;
    spec.extensions = {test::extension("1.2.3.4", false, der::octet_string(std::string(octets, 'x')))};
    test::CmsSpec cms = opaque();
    cms.crls = {test::make_crl(spec, test::pki().intermediate)};
    return mail(cms);
  };
  expect_limit(with_crl(1'040'000), with_crl(1'050'000));
}

TEST(VerifyLimits, BitsOfAnRsaKey) {
  test::CmsSpec cms = opaque();
  cms.signers = {{.cert = test::alice(test::KeyType::kRsa3072)}};
  smime::Policy smaller;
  smaller.max_rsa_bits = 2560;
  EXPECT_EQ(verdict(mail(cms)), "signed/verified");
  EXPECT_THAT(verdict(mail(cms), smaller), HasSubstr("key_unsupported"));
}

TEST(VerifyLimits, OctetsOfCompressedContent) {
  const auto compressed = [](std::size_t octets) {
    std::string text = "Content-Type: text/plain\r\n\r\n";
    for (std::size_t i = 0; text.size() < octets; ++i) text += std::to_string(i * 2654435761u);
    text.resize(octets);
    const std::string entity =
        test::pkcs7_mime(test::compressed_data(text), {.parameters = "; smime-type=compressed-data"});
    return test::message(test::pkcs7_mime(test::make_cms(opaque(), entity), {.encoding = "binary"}));
  };
  smime::Policy policy;
  policy.limits.inflated_octets = 20'000;
  expect_limit(compressed(20'000), compressed(20'001), policy, "compressed_malformed");
}

// Certificates that share a key identifier: each may have made the signature, and only the last one did.
std::string many_candidates(std::size_t certificates, std::size_t signers, test::KeyType type) {
  test::CmsSpec cms = opaque();
  test::CertSpec spec;
  spec.emails = {std::string(test::kAlice)};
  spec.key = type;
  spec.key_identifier = "the same for all";
  cms.include_signer_certificates = false;
  for (std::size_t i = 0; i < certificates; ++i) {
    spec.key_index = i + 1 < certificates ? 1 : 0;
    const test::Cert cert = test::pki().leaf(spec);
    cms.certificates.push_back(cert.der);
    cms.signers.assign(signers, {.cert = cert, .by_key_identifier = true});
  }
  return mail(cms);
}

TEST(VerifyLimits, SignatureOperations) {
  expect_limit(many_candidates(16, 4, test::KeyType::kP256), many_candidates(17, 4, test::KeyType::kP256));
}

// --- what it costs ---

struct Cost {
  double milliseconds = 0;  // of processor time
  double mebibytes = 0;     // that the process grew
};

double processor_milliseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double peak_mebibytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// Of one verification in a process of its own, whose memory nobody else has grown.
Cost cost_of(const std::string& message) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("pipe");
  const pid_t child = ::fork();
  if (child == 0) {
    const double before = peak_mebibytes(), begin = processor_milliseconds();
    verdict(message);
    const Cost cost{processor_milliseconds() - begin, peak_mebibytes() - before};
    const bool written = ::write(ends[1], &cost, sizeof cost) == sizeof cost;
    ::_exit(written ? 0 : 1);
  }
  ::close(ends[1]);
  Cost cost;
  const bool got = ::read(ends[0], &cost, sizeof cost) == sizeof cost;
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(got && WIFEXITED(status) && WEXITSTATUS(status) == 0) << "the verifier did not survive it";
  return cost;
}

Cost least_cost_of(const std::string& message) {
  Cost least = cost_of(message);
  for (int i = 0; i < 2; ++i) least.milliseconds = std::min(least.milliseconds, cost_of(message).milliseconds);
  return least;
}

std::string repeated(std::string_view text, std::size_t octets) {
  std::string out;
  out.reserve(octets + text.size());
  while (out.size() < octets) out += text;
  return out;
}

struct Bomb {
  const char* name;
  std::string (*make)(std::size_t octets);  // a message of about that size
};

std::string signed_over(const std::string& content) {
  return test::message(test::multipart_signed(content, test::make_cms({.cert = test::alice()}, content)));
}

std::string cms_blob(const std::string& blob) {
  return test::message(test::pkcs7_mime(blob, {.encoding = "binary"}));
}

std::string with_field(const std::string& field) {
  return field + signed_over(test::text_entity());
}

// A field as long as one may be, as often as the message has room.
std::string fields_of(const std::string& name, std::string_view text, std::size_t octets) {
  std::string out;
  while (out.size() < octets) out += name + ": " + repeated(text, std::min<std::size_t>(octets, 60'000)) + "\r\n";
  return with_field(out);
}

constexpr Bomb kBombs[] = {
    {"signed_text", [](std::size_t n) { return signed_over(test::text_entity(repeated("Hello\r\n", n))); }},
    {"lines_that_begin_like_the_boundary",
     [](std::size_t n) {
       return signed_over("\r\n" + repeated("--" + std::string(test::kBoundary).substr(0, 18) + "\r\n", n));
     }},
    {"lines_that_go_on_behind_the_boundary",
     [](std::size_t n) { return signed_over("\r\n" + repeated("--" + std::string(test::kBoundary) + "x\r\n", n)); }},
    {"hyphens", [](std::size_t n) { return signed_over("\r\n" + repeated("-", n)); }},
    {"bare_line_feeds", [](std::size_t n) { return signed_over("\r\n" + repeated("\n", n)); }},
    {"parts_of_multipart_signed",
     [](std::size_t n) {
       return test::message(
           "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=b\r\n\r\n" +
           repeated("--b\r\n\r\n\r\n", n));
     }},
    {"multiparts_in_multiparts",
     [](std::size_t n) {
       return test::message(repeated("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n", n));
     }},
    {"messages_in_messages",
     [](std::size_t n) { return test::message(repeated("Content-Type: message/rfc822\r\n\r\n", n)); }},
    {"empty_fields", [](std::size_t n) { return with_field(repeated("X:\r\n", n)); }},
    {"folds", [](std::size_t n) { return with_field("X: y\r\n" + repeated(" \r\n", n)); }},
    {"addresses_in_from", [](std::size_t n) { return fields_of("From", "a@b.example, ", n); }},
    {"open_comments_in_from", [](std::size_t n) { return fields_of("From", "(", n); }},
    {"quotes_in_from", [](std::size_t n) { return fields_of("From", "\"\\\"", n); }},
    {"encoded_words_in_from", [](std::size_t n) { return fields_of("From", "=?utf-8?q?a?= ", n); }},
    {"angles_in_from", [](std::size_t n) { return fields_of("From", "<", n); }},
    {"parameters", [](std::size_t n) { return fields_of("Content-Type", "text/plain; a=b; ", n); }},
    {"continued_parameters", [](std::size_t n) { return fields_of("Content-Type", "x/y; a*1*=%41; a*0=b;", n); }},
    {"comments_in_content_type", [](std::size_t n) { return fields_of("Content-Type", "(()", n); }},
    {"no_base64", [](std::size_t n) { return test::message(test::pkcs7_mime("", {}) + repeated("!\r\n", n)); }},
    {"quoted_printable",
     [](std::size_t n) {
       return test::message(
           "Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
           repeated("=30=80", n));
     }},
    {"open_elements", [](std::size_t n) { return cms_blob(repeated("\x30\x80", n)); }},
    {"open_elements_within_limits",
     [](std::size_t n) {
       std::string inside = repeated(std::string_view("\x30\x80\0\0", 4), std::min<std::size_t>(n, 190'000));
       for (int i = 0; i < 24; ++i) inside = der::indefinite(0x30, inside);
       return cms_blob(test::content_info(test::oids::kSignedData, inside));
     }},
    {"null_elements", [](std::size_t n) { return mail_with_unsigned(der::tlv(0x30, repeated(der::null(), n))); }},
    {"small_segments",
     [](std::size_t n) {
       test::CmsSpec cms = opaque();
       cms.ber = true;
       cms.segment = 1;
       return test::message(
           test::pkcs7_mime(test::make_cms(cms, test::text_entity(repeated("x", n / 3))), {.encoding = "binary"}));
     }},
    {"signed_attributes",
     [](std::size_t n) {
       test::CmsSpec cms = opaque();
       cms.signers[0].edit_attributes = [n](std::vector<test::Attribute>& attributes) {
         attributes.push_back({"1.2.3.4", std::vector<std::string>(n / 8, test::der::null())});
       };
       return mail(cms);
     }},
    {"names_in_certificates",
     [](std::size_t n) {
       test::CertSpec spec;
       spec.emails.assign(2'000, "a@example.org");
       const std::string cert = test::pki().leaf(spec).der;
       test::CmsSpec cms = opaque();
       for (std::size_t size = 0; size + cert.size() < n; size += cert.size()) cms.certificates.push_back(cert);
       return mail(cms);
     }},
    {"crowd_rsa2048", [](std::size_t) { return test::crowd(test::KeyType::kRsa2048); }},
    {"crowd_p256", [](std::size_t) { return test::crowd(test::KeyType::kP256); }},
    {"crowd_p384", [](std::size_t) { return test::crowd(test::KeyType::kP384); }},
    {"crowd_p521", [](std::size_t) { return test::crowd(test::KeyType::kP521); }},
    {"crowd_brainpool256", [](std::size_t) { return test::crowd(test::KeyType::kBrainpool256); }},
    {"crowd_brainpool384", [](std::size_t) { return test::crowd(test::KeyType::kBrainpool384); }},
    {"crowd_brainpool512", [](std::size_t) { return test::crowd(test::KeyType::kBrainpool512); }},
    {"crowd_ed25519", [](std::size_t) { return test::crowd(test::KeyType::kEd25519); }},
    {"crowd_ed448", [](std::size_t) { return test::crowd(test::KeyType::kEd448); }},
    {"crowd_dsa", [](std::size_t) { return test::crowd(test::KeyType::kDsa); }},
    {"crowd_of_signers_under_one_issuer", [](std::size_t) { return test::crowd(test::KeyType::kBrainpool512, 40, 1); }},
    {"crowd_of_names", [](std::size_t) { return test::crowd_of_names(); }},
    {"protected_mailboxes", [](std::size_t) { return test::protected_mailboxes(); }},
    {"named_certificates", [](std::size_t n) { return test::named_certificates(n); }},
    {"digests_of_layers", [](std::size_t n) { return test::digested(8, n - n / 8); }},
    {"certificates_of_layers", [](std::size_t) { return test::certified(8, 60); }},
    {"inflating",
     [](std::size_t n) {
       return test::message(test::pkcs7_mime(test::compressed_data(std::string(n * 64, 'x')), {.parameters = ""}));
     }},
    {"garbage",
     [](std::size_t n) {
       std::string out;
       for (std::uint32_t x = 1; out.size() < n; x = x * 1664525 + 1013904223) out += static_cast<char>(x >> 24);
       return out;
     }},
};

class VerifyCost : public testing::TestWithParam<Bomb> {};

constexpr std::size_t kMebibyte = std::size_t{1} << 20;
constexpr double kMostMilliseconds = WAXSEAL_SANITIZED ? 3000 : 100, kMostMebibytes = WAXSEAL_SANITIZED ? 2000 : 64;
constexpr double kNoise = WAXSEAL_SANITIZED ? 60 : 4;  // milliseconds that any message may take

TEST_P(VerifyCost, IsBoundedAndInProportionToTheSize) {
  const Cost quarter = least_cost_of(GetParam().make(kMebibyte / 4)), whole = least_cost_of(GetParam().make(kMebibyte));
  RecordProperty("milliseconds", std::to_string(whole.milliseconds));
  RecordProperty("mebibytes", std::to_string(whole.mebibytes));
  std::printf("%-45s %7.1f ms %7.1f MiB\n", GetParam().name, whole.milliseconds, whole.mebibytes);
  EXPECT_LT(whole.milliseconds, kMostMilliseconds);
  EXPECT_LT(whole.milliseconds, 5 * quarter.milliseconds + kNoise)
      << "four times the size, from " << quarter.milliseconds;
  EXPECT_LT(whole.mebibytes, kMostMebibytes);
}

INSTANTIATE_TEST_SUITE_P(Hostile, VerifyCost, testing::ValuesIn(kBombs),
                         [](const auto& bomb) { return std::string(bomb.param.name); });

}  // namespace
}  // namespace waxseal::cli
