// The knobs of appendix A, with their defaults.  One Policy value per process; its version() is part of a unit's
// inputs.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "mime/header.h"
#include "smime/code.h"

namespace waxseal::smime {

struct Limits {               // verification.md 1.6
  mime::HeaderLimits header;  // can only be lowered: whatever shows the message reads that much of it
  std::size_t message_octets = 100u << 20;
  std::size_t envelope_layers = 8;
  std::size_t detached_cms_octets = 1u << 20;
  std::size_t tlv_depth = 30;
  std::size_t tlv_elements = 50'000;
  std::size_t signer_infos = 8;
  std::size_t digest_algorithms = 8;
  std::size_t certificates = 64;
  std::size_t crls = 16;
  std::size_t signed_attributes = 64;
  std::size_t certificate_octets = 64 * 1024;
  std::size_t crl_octets = 1u << 20;
  std::size_t oid_octets = 64;
  std::size_t fetched_crl_octets = 32u << 20;  // NET-08
  std::size_t inflated_octets = 64u << 20;
  std::size_t inflate_ratio = 200;
  std::size_t signature_operations = 64;
  std::size_t work = 60'000;   // units of work.h that reading a message may cost, for each MiB begun
  std::size_t path_depth = 8;  // PTH-10
  std::size_t path_signature_checks = 64;
  std::size_t path_work = 30'000;  // the same, for the paths of one signer certificate
  std::size_t paths = 16;
};

enum class RevocationMode { kHard, kSoft, kOff };  // 3.7

// Section [revocation] of the configuration (verification.md 3.5-3.7, 5.2).
struct RevocationPolicy {
  RevocationMode mode = RevocationMode::kHard;  // REV-31
  bool no_pointer_fails = false;                // no_pointer = fail
  Seconds stale_grace{0};                       // REV-10: how long after nextUpdate a list still serves
  bool late_key_compromise_always = false;      // REV-11: late_key_compromise = always
  bool indirect_crl = false;                    // REV-05
  bool deltas = false;                          // REV-06
  bool prefer_ocsp = false;                     // REV-20
  Seconds at_delivery_grace{24 * 3600};         // TIM-05
  bool imported_at_import_time = false;         // TIM-08: imported_at_delivery = import_time
};

struct Policy {
  Limits limits;
  RevocationPolicy revocation;
  bool partial_signature_failed = false;  // partial_signature_status = signed/failed
  bool accept_octet_stream_p7m = true;
  bool accept_octet_stream_p7s = true;
  bool strict_micalg = false;
  bool signed_over_encrypted_failed = false;
  std::vector<std::string> accepted_econtent_types = {"1.2.840.113549.1.7.1"};  // id-data (C41)
  bool require_signed_attrs = true;
  bool require_mime_content = true;
  bool require_der_attrs = false;
  bool require_ess = false;
  bool multi_signer_from_only = false;  // multi_signer = from_signer_only
  unsigned min_rsa_bits = 2048;
  unsigned max_rsa_bits = 8192;
  bool allow_secp256k1 = false;
  bool weak_is_warning = false;  // weak_* severity
  std::optional<Time> weak_legacy_before;
  Seconds date_mismatch_max{0};  // 0: off
  bool require_eku = false;
  bool allow_any_eku = true;
  bool eku_nesting = true;
  bool allow_ca_signer = false;
  bool ignore_anchor_validity = false;
  std::vector<std::string> required_policies;  // OIDs
  bool local_part_case_sensitive = false;
  bool allow_subject_email = true;
  bool display_name_fail = false;

  // Sets one knob by its name in appendix A ("min_rsa_bits", "4096"), a limit as "limit.certificates"; the error names
  // the accepted values, and nothing has changed.
  Result<bool> set(std::string_view knob, std::string_view value);
  // Digest over every knob: verdicts of two processes with equal versions are comparable (RVF-02).
  std::string version() const;

  // What a code means under this policy.  `legacy_mail`: received before weak_legacy_before and judged at its delivery.
  Severity severity(Code code, bool legacy_mail = false) const;
};

}  // namespace waxseal::smime
