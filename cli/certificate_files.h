// Certificates from files, for trust anchors.
#pragma once

#include <string>
#include <vector>

#include "smime/certificate.h"

namespace waxseal::cli {

// Certificates of one PEM or DER file.  Throws Failure(kUsage) that names the file.
std::vector<smime::CertificatePtr> certificates_of_file(const std::string& path);

// The same for a directory: its files *.pem, *.crt, *.cer and *.der, not below it.
std::vector<smime::CertificatePtr> certificates_of(const std::string& file_or_directory);

}  // namespace waxseal::cli
