#include "cli/message_walk.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

namespace waxseal::cli {

namespace fs = std::filesystem;

namespace {

bool is_maildir(const fs::path& directory) {
  std::error_code ignored;
  return fs::is_directory(directory / "cur", ignored) && fs::is_directory(directory / "new", ignored);
}

}  // namespace

MessageWalk::MessageWalk(const std::vector<std::string>& names, std::istream& in) : in_(in) {
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    std::error_code ignored;
    pending_.push_back({*name, *name, true, *name != "-" && fs::is_directory(*name, ignored)});
  }
}

std::optional<Input> MessageWalk::next() {
  while (true) {
    if (reader_)
      if (auto input = next_of_file()) return input;
    reader_.reset();
    if (pending_.empty()) return std::nullopt;
    const Entry entry = std::move(pending_.back());
    pending_.pop_back();
    if (entry.directory)
      enter(entry);
    else
      open(entry);
    if (failure_) return *std::exchange(failure_, std::nullopt);
  }
}

void MessageWalk::open(const Entry& entry) {
  file_ = entry.path;
  source_ = entry.source;
  number_ = 0;
  written_.reset();
  if (entry.named && entry.path == "-") {
    reader_.emplace(read_from(in_));
    return;
  }
  struct stat status {};
  if (::stat(entry.path.c_str(), &status) == 0 && S_ISREG(status.st_mode)) written_ = from_epoch(status.st_mtime);
  auto read = open_file(entry.path, entry.named ? Opens::kAnything : Opens::kRegularFileOnly);
  if (read)
    reader_.emplace(*std::move(read));
  else
    failure_ = Input{.file = entry.path, .error = read.error()};
}

void MessageWalk::enter(const Entry& entry) {
  const bool maildir = is_maildir(entry.path);
  std::error_code error;
  std::vector<Entry> found;
  for (fs::directory_iterator at(entry.path, error), end; !error && at != end; at.increment(error)) {
    std::error_code gone;  // between listing and looking
    const bool directory = at->is_directory(gone) && !at->is_symlink(gone);
    if (directory ? maildir && at->path().filename() == "tmp" : maildir || !at->is_regular_file(gone)) continue;
    found.push_back({at->path().string(), entry.source, false, directory});
  }
  if (error) failure_ = Input{.file = entry.path, .error = error.message()};
  std::sort(found.begin(), found.end(), [](const Entry& a, const Entry& b) { return a.path > b.path; });
  std::move(found.begin(), found.end(), std::back_inserter(pending_));
}

std::optional<Input> MessageWalk::next_of_file() {
  auto message = reader_->next();
  if (!message) return std::nullopt;
  Input input{.file = file_, .source = source_, .dated = written_};
  if (reader_->is_mbox()) {
    input.number = ++number_;
    input.dated = separator_date(reader_->separator());
  }
  if (*message)
    input.octets = **std::move(message);
  else
    input.error = message->error();
  return input;
}

}  // namespace waxseal::cli
