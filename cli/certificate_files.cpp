#include "cli/certificate_files.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/text.h"
#include "cli/context.h"
#include "cli/message_file.h"
#include "smime/path.h"

namespace waxseal::cli {

namespace fs = std::filesystem;

std::vector<smime::CertificatePtr> certificates_of_file(const std::string& path) {
  const auto octets = read_file(path);
  if (!octets) throw Failure(kUsage, path + ": " + octets.error());
  auto certificates = smime::TrustStore::read_certificates(*octets);
  if (!certificates) throw Failure(kUsage, path + ": " + certificates.error());
  return *std::move(certificates);
}

namespace {

bool is_certificate_name(const fs::path& path) {
  constexpr std::array<std::string_view, 4> kExtensions = {".pem", ".crt", ".cer", ".der"};
  return std::find(kExtensions.begin(), kExtensions.end(), ascii_lower(path.extension().string())) != kExtensions.end();
}

}  // namespace

std::vector<smime::CertificatePtr> certificates_of(const std::string& file_or_directory) {
  std::error_code error;
  if (!fs::is_directory(file_or_directory, error)) return certificates_of_file(file_or_directory);
  std::vector<std::string> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(file_or_directory, error))
    if (is_certificate_name(entry.path())) files.push_back(entry.path().string());
  if (error) throw Failure(kUsage, file_or_directory + ": " + error.message());
  if (files.empty())
    throw Failure(kUsage, file_or_directory + ": no file *.pem, *.crt, *.cer or *.der is in this directory");
  std::sort(files.begin(), files.end());
  std::vector<smime::CertificatePtr> all;
  for (const std::string& file : files)
    for (smime::CertificatePtr& certificate : certificates_of_file(file)) all.push_back(std::move(certificate));
  return all;
}

}  // namespace waxseal::cli
