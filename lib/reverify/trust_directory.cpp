#include "reverify/trust_directory.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "reverify/file_stamp.h"

namespace waxseal::reverify {

namespace {

using store::AnchorSource;

constexpr const char* kNoStamp = "unreadable";

struct Wanted {
  smime::CertificatePtr certificate;
  std::string label;  // name of the file
};
using WantedById = std::map<smime::CertId, Wanted>;

bool names_certificates(const std::filesystem::path& path) {
  const std::string extension = path.extension();
  return extension == ".pem" || extension == ".crt" || extension == ".cer" || extension == ".der";
}

std::string stamp_of(const std::string& path) {
  const std::string stamp = file_stamp(path);
  return stamp.empty() ? kNoStamp : stamp;
}

void read_file(const std::string& path, WantedById& wanted, std::vector<std::string>& problems) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream octets;
  octets << in.rdbuf();
  if (!in) return problems.push_back(path + ": cannot be read");
  auto certificates = smime::TrustStore::read_certificates(octets.str());
  if (!certificates) return problems.push_back(path + ": " + certificates.error());
  for (smime::CertificatePtr& certificate : *certificates) {
    const smime::CertId id = certificate->id();
    wanted.emplace(id, Wanted{std::move(certificate), std::filesystem::path(path).filename().string()});
  }
}

struct Stored {
  std::map<smime::CertId, AnchorSource> trusted;
  std::map<smime::CertId, std::string> subjects;
  std::set<smime::CertId> distrusted;
};

Stored read_stored(store::Database& database) {
  Stored out;
  for (const store::AnchorRow& row : store::list_anchors(database, true)) {
    const smime::CertId& id = row.certificate->id();
    if (row.distrusted) out.distrusted.insert(id);
    if (!row.removed_at) {
      out.trusted[id] = row.source;
      out.subjects[id] = row.certificate->subject_text();
    }
  }
  return out;
}

void add_missing(store::Database& database, const WantedById& wanted, AnchorSource source, Stored& stored, Time now,
                 TrustSync& out) {
  for (const auto& [id, each] : wanted) {
    if (stored.trusted.contains(id) || stored.distrusted.contains(id)) continue;
    if (store::add_anchor(database, each.certificate, each.label, now, source))
      out.added.push_back(each.certificate->subject_text());
    stored.trusted[id] = source;
  }
}

void remove_vanished(store::Database& database, const WantedById& wanted, AnchorSource source, const Stored& stored,
                     Time now, TrustSync& out) {
  for (const auto& [id, owner] : stored.trusted)
    if (owner == source && !wanted.contains(id) && store::remove_anchor(database, id, now))
      out.removed.push_back(stored.subjects.at(id));
}

}  // namespace

// Every file with what tells one version of it from the next; a directory that cannot be read has an entry of its own.
std::map<std::string, std::string> TrustDirectory::stamps() const {
  std::map<std::string, std::string> out;
  if (!bundle_.empty()) out[bundle_] = stamp_of(bundle_);
  if (directory_.empty()) return out;
  std::error_code error;
  std::filesystem::directory_iterator files(directory_, error);
  for (const auto end = std::filesystem::directory_iterator(); !error && files != end; files.increment(error))
    if (names_certificates(files->path())) out[files->path()] = stamp_of(files->path());
  if (error) out[directory_] = kNoStamp;
  return out;
}

TrustSync TrustDirectory::sync(store::Database& database, Time now) {
  auto current = stamps();
  TrustSync out;
  if (complete_ && current == seen_) return out;
  WantedById from_directory, from_bundle;
  for (const auto& [path, stamp] : current) {
    if (stamp == kNoStamp) {
      out.problems.push_back(path + ": cannot be read");
    } else {
      read_file(path, path == bundle_ ? from_bundle : from_directory, out.problems);
    }
  }
  Stored stored = read_stored(database);
  add_missing(database, from_directory, AnchorSource::kDirectory, stored, now, out);
  add_missing(database, from_bundle, AnchorSource::kSystem, stored, now, out);
  complete_ = out.problems.empty();
  if (complete_) {  // otherwise nobody knows what the unreadable file named
    remove_vanished(database, from_directory, AnchorSource::kDirectory, stored, now, out);
    remove_vanished(database, from_bundle, AnchorSource::kSystem, stored, now, out);
  }
  seen_ = std::move(current);
  return out;
}

}  // namespace waxseal::reverify
