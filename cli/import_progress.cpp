#include "cli/import_progress.h"

#include <algorithm>
#include <filesystem>
#include <ostream>

namespace waxseal::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kWidth = 30;
constexpr std::chrono::milliseconds kRedraw{200};
constexpr std::chrono::seconds kLineEvery{10};

std::string hours_minutes_seconds(double seconds) {
  const auto all = static_cast<long>(std::min(seconds, 359'999.0));
  const auto two = [](long n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  return all < 3600 ? std::to_string(all / 60) + ':' + two(all % 60)
                    : std::to_string(all / 3600) + ':' + two(all / 60 % 60) + ':' + two(all % 60);
}

}  // namespace

void ImportCounts::add(const Imported& one) {
  using Outcome = Imported::Outcome;
  octets += one.octets;
  switch (one.outcome) {
    case Outcome::kStored:
    case Outcome::kWouldStore:
      ++stored;
      verified += one.status == smime::Status::kVerified;
      signature_failed += one.status == smime::Status::kFailed;
      return;
    case Outcome::kThereAlready:
      ++there;
      return;
    case Outcome::kCopy:
      ++copies;
      return;
    case Outcome::kFailed:
      ++failed;
      return;
    case Outcome::kUnreadable:
      ++unreadable;
      return;
    case Outcome::kNotTried:
      ++not_tried;
      return;
  }
}

std::string progress_bar(const ImportCounts& counts, std::uintmax_t total, std::chrono::duration<double> elapsed) {
  const double seconds = std::max(elapsed.count(), 1e-3);
  const std::string rate = std::to_string(static_cast<long>(static_cast<double>(counts.messages()) / seconds)) + "/s";
  const std::string count = std::to_string(counts.messages()) + " messages, " + rate;
  if (total == 0) return count;
  const double part = std::min(static_cast<double>(counts.octets) / static_cast<double>(total), 1.0);
  const auto filled = static_cast<std::size_t>(part * kWidth);
  std::string bar = "[" + std::string(filled, '=') + (filled < kWidth ? ">" : "");
  bar.resize(kWidth + 1, ' ');
  const std::string percent = std::to_string(static_cast<int>(part * 100));
  bar += "] " + std::string(3 - std::min<std::size_t>(percent.size(), 3), ' ') + percent + " %  " + count;
  return part > 0 ? bar + ", " + hours_minutes_seconds(seconds / part - seconds) + " left" : bar;
}

std::string progress_line(const ImportCounts& counts) {
  return std::to_string(counts.messages()) + " messages: " + std::to_string(counts.stored) + " imported, " +
         std::to_string(counts.there + counts.copies) + " there already, " +
         std::to_string(counts.failed + counts.unreadable + counts.not_tried) + " not imported";
}

void ImportProgress::show(const ImportCounts& counts) {
  const auto now = Steady::now();
  if (next_ == start_ && !terminal_) next_ = start_ + kLineEvery;
  if (now < next_) return;
  next_ = now + (terminal_ ? std::chrono::duration_cast<Steady::duration>(kRedraw) : kLineEvery);
  if (terminal_)
    err_ << "\r\x1b[K" << progress_bar(counts, total_, now - start_) << std::flush;
  else
    err_ << progress_line(counts) << std::endl;
  drawn_ = terminal_;
}

void ImportProgress::clear() {
  if (drawn_) err_ << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

std::uintmax_t octets_below(const std::vector<std::string>& names) {
  std::uintmax_t total = 0;
  const auto add = [&](const fs::path& path) {
    std::error_code error;
    const std::uintmax_t size = fs::is_regular_file(path, error) ? fs::file_size(path, error) : 0;
    if (!error) total += size;
  };
  for (const std::string& name : names) {
    std::error_code error;
    if (!fs::is_directory(name, error)) {
      add(name);
      continue;
    }
    for (fs::recursive_directory_iterator at(name, error), end; !error && at != end; at.increment(error))
      add(at->path());
  }
  return total;
}

}  // namespace waxseal::cli
