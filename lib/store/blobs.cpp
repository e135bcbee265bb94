#include "store/blobs.h"

#include "base/mapped_file.h"
#include "store/pool.h"
#include "store/snapshot_impl.h"

namespace waxseal::store {

namespace {

// A row that expires is moved on, so that the collector leaves it to us; the row lock orders us with it.
const std::string kBlobRow =
    "INSERT INTO blobs (account_id, blob_id, size, expires_at) VALUES ($1, $2, $3, now() + interval '1 day') "
    "ON CONFLICT (account_id, blob_id) DO UPDATE SET expires_at = "
    "CASE WHEN blobs.refs = 0 THEN excluded.expires_at ELSE blobs.expires_at END";
std::string chunk_row(const std::string& seq) {
  return "INSERT INTO blob_chunks (account_id, blob_id, seq, data) VALUES ($1, $2, " + seq +
         ", $4) ON CONFLICT (account_id, blob_id, seq) DO NOTHING";
}
const std::string kChunk = chunk_row("$3");
const std::string kSmallBlob = "WITH blob_row AS (" + kBlobRow + ") " + chunk_row("0");

std::size_t chunk_count(std::size_t size) {
  return size == 0 ? 1 : (size + kChunkOctets - 1) / kChunkOctets;
}

void store_large(Transaction& transaction, AccountId account, const Sha256& blob, Octets octets) {
  transaction.exec(kBlobRow, account, blob, octets.size());
  const std::size_t wanted = chunk_count(octets.size());
  const Rows have =
      transaction.exec("SELECT count(*) FROM blob_chunks WHERE account_id = $1 AND blob_id = $2", account, blob);
  if (static_cast<std::size_t>(integer(have[0], 0)) == wanted) return;  // the same octets were delivered before
  for (std::size_t seq = 0; seq < wanted; ++seq) {
    const Octets chunk = octets.substr(seq * kChunkOctets, kChunkOctets);
    transaction.exec(kChunk, account, blob, seq, binary(chunk));
    passed(chunk);
  }
}

}  // namespace

void store_octets(Database& database, AccountId account, const Sha256& blob, Octets octets) {
  if (octets.size() <= kChunkOctets) {
    run_autocommit(database, [&](Transaction& transaction) {
      transaction.exec(kSmallBlob, account, blob, octets.size(), binary(octets));
    });
    return;
  }
  run(database, [&](Transaction& transaction) { store_large(transaction, account, blob, octets); });
}

std::optional<std::size_t> blob_size(Snapshot& snapshot, const Sha256& blob) {
  const Rows rows =
      snapshot.impl().exec("SELECT size FROM blobs WHERE account_id = $1 AND blob_id = $2", snapshot.account(), blob);
  if (rows.empty()) return std::nullopt;
  return static_cast<std::size_t>(integer(rows[0], 0));
}

std::string read_blob(Snapshot& snapshot, const Sha256& blob, std::size_t offset, std::size_t length) {
  if (length == 0) return {};
  const std::size_t first = offset / kChunkOctets;
  const std::size_t last = (offset + length - 1) / kChunkOctets;
  const Rows rows = snapshot.impl().exec(
      "SELECT data FROM blob_chunks WHERE account_id = $1 AND blob_id = $2 AND seq BETWEEN $3 AND $4 ORDER BY seq",
      snapshot.account(), blob, first, last);
  std::string out;
  for (const Row& row : rows) out += octets(row, 0);
  const std::size_t skip = std::min(offset - first * kChunkOctets, out.size());
  out.erase(0, skip);
  if (out.size() > length) out.resize(length);
  return out;
}

std::unordered_map<Sha256, std::string> read_small_messages(Snapshot& snapshot, const std::vector<Sha256>& blobs) {
  static_assert(kSmallMessage <= kChunkOctets);
  std::unordered_map<Sha256, std::string> out;
  for (const Row& row : snapshot.impl().exec("SELECT blob_id, data FROM blob_chunks WHERE account_id = $1 AND "
                                             "blob_id = ANY($2::bytea[]) AND seq = 0",
                                             snapshot.account(), digest_array(blobs))) {
    out.emplace(digest(row, 0), octets(row, 1));
  }
  return out;
}

std::optional<std::string> read_octets(Snapshot& snapshot, const Sha256& blob, std::size_t offset, std::size_t length) {
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  std::string out;
  out.reserve(length);
  while (out.size() < length) {
    const std::string piece = read_blob(snapshot, blob, offset + out.size(), std::min(kPiece, length - out.size()));
    if (piece.empty()) return std::nullopt;
    out += piece;
  }
  return out;
}

}  // namespace waxseal::store
