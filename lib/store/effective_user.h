// Another effective user for a moment.  Private to lib/store.
#pragma once

#include <pwd.h>
#include <unistd.h>

#include <string>

namespace waxseal::store {

// Does nothing unless root asks for a user that exists.
class EffectiveUser {
 public:
  explicit EffectiveUser(const std::string& name) {
    if (name.empty() || ::geteuid() != 0) return;
    const passwd* const entry = ::getpwnam(name.c_str());
    changed_ = entry != nullptr && ::seteuid(entry->pw_uid) == 0;
  }
  ~EffectiveUser() {
    // Root again: the saved user id is still 0, so that this cannot fail.
    if (changed_ && ::seteuid(0) != 0) ::_exit(1);
  }
  EffectiveUser(const EffectiveUser&) = delete;
  EffectiveUser& operator=(const EffectiveUser&) = delete;

 private:
  bool changed_ = false;
};

}  // namespace waxseal::store
