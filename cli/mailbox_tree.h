// The mailboxes of an account by the names of an import: found, or created.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/snapshot.h"

namespace waxseal::cli {

enum class Missing {
  kCreate,
  kPretend,  // as if they were created
  kInbox,    // the inbox instead
};

// Thread-safe.
class MailboxTree {
 public:
  // Throws store::Unavailable, as find() does.
  MailboxTree(store::Database&, AccountId, Missing);

  // Names from the top; none: the inbox.  A first name that mail programs give to sent mail, drafts and so on is the
  // mailbox of that role, unless there is one of that very name.
  Result<MailboxId> find(const std::vector<std::string>& path);
  // "Lists/Postfix", sorted.
  std::vector<std::string> created() const;

 private:
  void load();
  const store::MailboxRow* child(std::optional<MailboxId> parent, const std::string& name) const;
  const store::MailboxRow* of_role(std::string_view role) const;
  MailboxId inbox() const;
  Result<MailboxId> find_below(std::optional<MailboxId> parent, const std::string& name);
  Result<MailboxId> create(std::optional<MailboxId> parent, const std::string& name, const std::string& role);

  store::Database& database_;
  const AccountId account_;
  const Missing missing_;
  mutable std::mutex mutex_;
  std::vector<store::MailboxRow> rows_;
  std::map<std::vector<std::string>, MailboxId> known_;
  std::vector<std::string> created_;
};

// The role of a mailbox by the names that mail programs give it: "Sent Items" -> "sent"; "": none.
std::string_view role_of_name(std::string_view name);

}  // namespace waxseal::cli
