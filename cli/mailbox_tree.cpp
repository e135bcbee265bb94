#include "cli/mailbox_tree.h"

#include <algorithm>

#include "base/text.h"
#include "cli/output.h"
#include "mime/collation.h"
#include "store/mailbox_write.h"

namespace waxseal::cli {

namespace {

struct FolderName {
  std::string_view name, role;
};
constexpr FolderName kFolderNames[] = {{"inbox", "inbox"},         {"sent", "sent"},
                                       {"sent items", "sent"},     {"sent messages", "sent"},
                                       {"sent-mail", "sent"},      {"drafts", "drafts"},
                                       {"draft", "drafts"},        {"trash", "trash"},
                                       {"deleted items", "trash"}, {"deleted messages", "trash"},
                                       {"junk", "junk"},           {"spam", "junk"},
                                       {"junk e-mail", "junk"},    {"archive", "archive"},
                                       {"archives", "archive"}};

std::string joined(const std::vector<std::string>& path) {
  std::string out;
  for (const std::string& name : path) out += (out.empty() ? "" : "/") + printable(name);
  return out;
}

std::string reason(store::MailboxWriteFailure failure) {
  using store::MailboxWriteFailure;
  if (failure == MailboxWriteFailure::kTooMany)
    return "the account has " + std::to_string(store::kMaxMailboxes) + " mailboxes, which is the limit";
  if (failure == MailboxWriteFailure::kTooDeep)
    return "it lies deeper than " + std::to_string(store::kMaxMailboxDepth) + " levels";
  return "somebody changes the account's mailboxes; run the command again";
}

}  // namespace

std::string_view role_of_name(std::string_view name) {
  const std::string lower = ascii_lower(name);
  const auto* const found = std::find_if(std::begin(kFolderNames), std::end(kFolderNames),
                                         [&](const FolderName& f) { return f.name == lower; });
  return found == std::end(kFolderNames) ? std::string_view() : found->role;
}

MailboxTree::MailboxTree(store::Database& database, AccountId account, Missing missing)
    : database_(database), account_(account), missing_(missing) {
  load();
}

void MailboxTree::load() {
  store::Snapshot snapshot(database_, account_);
  rows_ = store::get_mailboxes(snapshot);
}

const store::MailboxRow* MailboxTree::child(std::optional<MailboxId> parent, const std::string& name) const {
  const auto found = std::find_if(rows_.begin(), rows_.end(), [&](const store::MailboxRow& row) {
    return row.parent == parent && row.name == name;
  });
  return found == rows_.end() ? nullptr : &*found;
}

const store::MailboxRow* MailboxTree::of_role(std::string_view role) const {
  const auto found = std::find_if(rows_.begin(), rows_.end(),
                                  [&](const store::MailboxRow& row) { return !role.empty() && row.role == role; });
  return found == rows_.end() ? nullptr : &*found;
}

MailboxId MailboxTree::inbox() const {
  const store::MailboxRow* row = of_role("inbox");
  return row == nullptr ? MailboxId{} : row->id;
}

std::vector<std::string> MailboxTree::created() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> out = created_;
  std::sort(out.begin(), out.end());  // whoever of the workers came first
  return out;
}

Result<MailboxId> MailboxTree::find(const std::vector<std::string>& path) {
  const std::lock_guard lock(mutex_);
  if (path.empty()) return inbox();
  if (const auto known = known_.find(path); known != known_.end()) return known->second;
  std::optional<MailboxId> at;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const std::size_t before = created_.size();
    auto next = find_below(at, mime::normalize_nfc(printable(path[i])));
    const std::vector<std::string> so_far(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    if (!next) return unexpected("the mailbox " + joined(so_far) + " cannot be created: " + next.error());
    if (created_.size() > before) created_.back() = joined(so_far);
    at = *next;
    if (at == inbox() && missing_ == Missing::kInbox) break;
  }
  known_[path] = *at;
  return *at;
}

Result<MailboxId> MailboxTree::find_below(std::optional<MailboxId> parent, const std::string& name) {
  if (const store::MailboxRow* row = child(parent, name)) return row->id;
  const std::string role(parent ? std::string_view() : role_of_name(name));
  if (const store::MailboxRow* row = of_role(role)) return row->id;
  if (missing_ == Missing::kInbox) return inbox();
  if (name.size() > store::kMaxMailboxName)
    return unexpected("its name is longer than " + std::to_string(store::kMaxMailboxName) + " octets");
  return create(parent, name, role);
}

Result<MailboxId> MailboxTree::create(std::optional<MailboxId> parent, const std::string& name,
                                      const std::string& role) {
  store::MailboxRow row{.id = {-1 - static_cast<std::int64_t>(created_.size())}, .parent = parent, .name = name};
  if (!role.empty()) row.role = role;
  if (missing_ == Missing::kCreate) {
    store::MailboxFields fields;
    fields.name = name;
    if (parent) fields.parent = store::MailboxParent{.mailbox = parent, .created = {}};
    if (!role.empty()) fields.role = role;
    const auto written = store::write_mailboxes(database_, account_, {.create = {fields}}).created.at(0);
    if (written.failure != store::MailboxWriteFailure::kNone) {
      load();  // another program was faster, or this one before its connection broke
      const store::MailboxRow* there = child(parent, name);
      return there != nullptr ? Result<MailboxId>(there->id) : unexpected(reason(written.failure));
    }
    row.id = written.mailbox;
  }
  rows_.push_back(row);
  created_.push_back(name);
  return row.id;
}

}  // namespace waxseal::cli
