// Email.smimeDetails of our own capability (docs/JMAP.md): who signed, with which certificates, and why the verdict is
// so.
#pragma once

#include <string>

#include "jmapd/method.h"
#include "store/revocation_record.h"
#include "store/smime_record.h"

namespace waxseal::jmapd {

// The URI of the capability; the property exists only when it and kSmimeVerify are in `using`.
inline constexpr std::string_view kSmimeDetails = "https://waxseal.email/jmap/smimedetails";

// What smimeDetails tells beside the record.
struct SmimeBackground {
  store::CertificateOctets certificates;
  store::EvidenceRows evidence;
  store::RevokedCertificates revoked;
};
// `brought`: certificates of a message that the store does not have.  Throws store::Unavailable.
SmimeBackground read_smime_background(store::Snapshot& snapshot, const store::SmimeRecord& record,
                                      store::CertificateOctets brought = {});

// `language`: of the texts of codes.
Json render_smime_details(const store::EmailRow& row, const store::SmimeRecord& record,
                          const SmimeBackground& background, const std::string& language);

}  // namespace waxseal::jmapd
