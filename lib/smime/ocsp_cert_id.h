// What CertIDs and ResponderIDs are made of (6960 section 4.1.1, 4.2.1).  Private to lib/smime.
#pragma once

#include <openssl/x509.h>

#include "smime/algorithms.h"
#include "smime/der.h"
#include "smime/ocsp.h"

namespace waxseal::smime {

std::string digest_octets(Digest digest, Octets octets);  // empty: this OpenSSL has it not
Octets public_key_bits(const Certificate& certificate);   // subjectPublicKey without the count of unused bits

}  // namespace waxseal::smime
