// Object identifiers of the attributes that have rules (content octets).
#pragma once

#include "base/octets.h"

namespace waxseal::smime::cms {

inline constexpr Octets kContentType{"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03", 9};
inline constexpr Octets kMessageDigest{"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04", 9};
inline constexpr Octets kSigningTime{"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05", 9};
inline constexpr Octets kSmimeCapabilities{"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0f", 9};
inline constexpr Octets kAlgorithmProtect{"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x34", 9};                  // RFC 6211
inline constexpr Octets kEncryptionKeyPreference{"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0b", 11};  // 8551 2.5.3
inline constexpr Octets kSigningCertificate{"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0c", 11};       // RFC 5035
inline constexpr Octets kSigningCertificateV2{"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f", 11};

}  // namespace waxseal::smime::cms
