#include "store/mailbox_plan.h"

#include <algorithm>
#include <set>

namespace waxseal::store {

namespace {

using enum MailboxWriteFailure;

// One operation and where its result belongs.
struct Operation {
  enum class Kind { kCreate, kUpdate, kDestroy } kind;
  std::size_t index;
  MailboxWriteFailure failure = kNone;
};

class Planner {
 public:
  Planner(const PlannedMailboxes& current, const MailboxWrite& wanted) : wanted_(wanted), mailboxes_(current) {}

  MailboxPlan plan() {
    std::vector<Operation> pending = operations();
    for (bool progress = true; progress && !pending.empty();) {
      const std::size_t before = pending.size();
      std::erase_if(pending, [&](Operation& operation) { return apply(operation); });
      progress = pending.size() < before;
    }
    if (pending.size() > 1) apply_together(pending);
    MailboxPlan out{std::move(mailboxes_), std::vector(wanted_.create.size(), kNone),
                    std::vector(wanted_.update.size(), kNone), std::vector(wanted_.destroy.size(), kNone)};
    for (const Operation& operation : pending) results(out, operation.kind)[operation.index] = operation.failure;
    return out;
  }

 private:
  static std::vector<MailboxWriteFailure>& results(MailboxPlan& plan, Operation::Kind kind) {
    if (kind == Operation::Kind::kCreate) return plan.created;
    return kind == Operation::Kind::kUpdate ? plan.updated : plan.destroyed;
  }

  std::vector<Operation> operations() const {
    std::vector<Operation> out;
    for (std::size_t i = 0; i < wanted_.create.size(); ++i) out.push_back({Operation::Kind::kCreate, i});
    for (std::size_t i = 0; i < wanted_.update.size(); ++i) out.push_back({Operation::Kind::kUpdate, i});
    for (std::size_t i = 0; i < wanted_.destroy.size(); ++i) out.push_back({Operation::Kind::kDestroy, i});
    return out;
  }

  // True: done.
  bool apply(Operation& operation) {
    PlannedMailboxes saved = mailboxes_;
    operation.failure = change(operation);
    if (operation.failure == kNone) operation.failure = validity(operation);
    if (operation.failure == kNone) return true;
    mailboxes_ = std::move(saved);
    return false;
  }

  void apply_together(std::vector<Operation>& pending) {
    PlannedMailboxes saved = mailboxes_;
    const auto works = [&](Operation& operation) { return change(operation) == kNone; };
    const auto valid = [&](Operation& operation) { return validity(operation) == kNone; };
    if (std::all_of(pending.begin(), pending.end(), works) && std::all_of(pending.begin(), pending.end(), valid)) {
      pending.clear();
    } else {
      mailboxes_ = std::move(saved);
    }
  }

  MailboxWriteFailure change(const Operation& operation) {
    if (operation.kind == Operation::Kind::kCreate) return create(operation.index);
    return operation.kind == Operation::Kind::kUpdate ? update(wanted_.update[operation.index])
                                                      : destroy(wanted_.destroy[operation.index]);
  }

  MailboxWriteFailure create(std::size_t index) {
    if (mailboxes_.size() >= kMaxMailboxes) return kTooMany;
    PlannedMailbox& mailbox = mailboxes_[planned_id(index)];
    return set_fields(mailbox, wanted_.create[index]);
  }

  MailboxWriteFailure update(const MailboxPatch& patch) {
    const auto found = mailboxes_.find(patch.mailbox);
    if (found == mailboxes_.end()) return kNotFound;
    if (patch.fields.role && found->second.role == "inbox" && *patch.fields.role != "inbox") return kInbox;
    return set_fields(found->second, patch.fields);
  }

  MailboxWriteFailure destroy(MailboxId id) {
    const auto found = mailboxes_.find(id);
    if (found == mailboxes_.end()) return kNotFound;
    if (found->second.role == "inbox") return kInbox;
    if (found->second.has_emails && !wanted_.remove_emails) return kHasEmail;
    mailboxes_.erase(found);
    return kNone;
  }

  MailboxWriteFailure set_fields(PlannedMailbox& mailbox, const MailboxFields& fields) {
    if (fields.name) mailbox.name = *fields.name;
    if (fields.role) mailbox.role = *fields.role;
    if (fields.sort_order) mailbox.sort_order = *fields.sort_order;
    if (fields.subscribed) mailbox.subscribed = *fields.subscribed;
    if (!fields.parent) return kNone;
    mailbox.parent = parent_id(*fields.parent);
    return kNone;
  }

  static MailboxId parent_id(const MailboxParent& parent) {
    if (parent.created) return planned_id(*parent.created);
    return parent.mailbox.value_or(MailboxId{});
  }

  // Of everything, after the operation; what is not valid is its fault.
  MailboxWriteFailure validity(const Operation& operation) const {
    if (operation.kind == Operation::Kind::kDestroy) {
      const MailboxId gone = wanted_.destroy[operation.index];
      const auto child = [&](const auto& each) { return each.second.parent == gone; };
      return std::any_of(mailboxes_.begin(), mailboxes_.end(), child) ? kHasChild : kNone;
    }
    std::set<std::pair<MailboxId, std::string>> names;
    std::set<std::string> roles;
    for (const auto& [id, mailbox] : mailboxes_) {
      if (!names.emplace(mailbox.parent, mailbox.name).second) return kNameTaken;
      if (mailbox.role && !roles.insert(*mailbox.role).second) return kRoleTaken;
      if (const auto failure = ancestry(mailbox); failure != kNone) return failure;
    }
    return kNone;
  }

  MailboxWriteFailure ancestry(const PlannedMailbox& mailbox) const {
    std::size_t depth = 1;
    for (MailboxId above = mailbox.parent; above != MailboxId{};) {
      const auto found = mailboxes_.find(above);
      if (found == mailboxes_.end()) return kUnknownParent;
      if (++depth > mailboxes_.size()) return kLoop;
      above = found->second.parent;
    }
    return depth > kMaxMailboxDepth ? kTooDeep : kNone;
  }

  const MailboxWrite& wanted_;
  PlannedMailboxes mailboxes_;
};

}  // namespace

MailboxPlan plan_mailboxes(const PlannedMailboxes& current, const MailboxWrite& wanted) {
  return Planner(current, wanted).plan();
}

}  // namespace waxseal::store
