// EmailSubmission/set (RFC 8621 section 7.5).
#include <array>
#include <map>
#include <set>

#include "jmapd/methods/methods.h"
#include "jmapd/new_submission.h"
#include "jmapd/standard_get.h"
#include "jmapd/submission_object.h"
#include "service/log.h"
#include "service/metrics.h"
#include "store/random.h"

namespace waxseal::jmapd {
namespace {

using Failure = store::SubmissionWriteFailure;

constexpr std::array<std::string_view, 7> kArguments{
    "accountId", "ifInState", "create", "update", "destroy", "onSuccessUpdateEmail", "onSuccessDestroyEmail"};

SetError error_of(Failure failure) {
  if (failure == Failure::kCannotUnsend) return {"cannotUnsend", "the message is on its way"};
  return {"notFound", "there is no such submission"};
}

const char* setting_of(store::SendingLimit limit) {
  return limit == store::SendingLimit::kMessagesPerHour ? "messages_per_hour" : "recipients_per_day";
}

SetError rate_limit(const store::SendingPause& pause, const store::SendingLimits& limits) {
  const std::string reached = pause.limit == store::SendingLimit::kMessagesPerHour
                                  ? std::to_string(limits.messages_per_hour) + " messages in an hour"
                                  : std::to_string(limits.recipients_per_day) + " recipients in a day";
  return {"rateLimit",
          "this account may send to no more than " + reached + "; try again at " + format_utc_date(pause.until)};
}

class SubmissionSet : SetMethod {
 public:
  SubmissionSet(Call& call, const Json& arguments) : SetMethod(call, arguments, kArguments) { read_on_success(); }

  Json answer() {
    if (!request_.create.empty()) store::sync_identities(call_.database, account_);
    write_.if_in_state = request_.if_in_state;
    write_.limits = call_.limits.submission.limits_of(call_.principal.name);
    write_.now = call_.clock.now();
    for (const auto& [id, object] : request_.create) read_create(id, *object);
    read_current();
    for (const auto& [id, patch] : request_.update) read_update(id, *patch);
    for (const std::string& id : request_.destroy) read_destroy(id);
    const std::int64_t key = store::random_id() >> 10;  // room above it: each create has a key of its own
    const auto written = store::write_submissions(call_.database, account_, write_, key);
    if (written.state.mismatch) state_mismatch();
    report(written);
    imply_email_set();
    return response_.finish(written.state.before, written.state.after);
  }

 private:
  void read_on_success() {
    if (const Json* update = arguments_.find("onSuccessUpdateEmail", Null::kAbsent)) {
      if (!update->is_object()) refuse_argument("onSuccessUpdateEmail", "must be an object");
      for (const auto& [id, patch] : update->items()) {
        if (!patch.is_object()) refuse_argument("onSuccessUpdateEmail/" + id, "must be a PatchObject");
        patches_[id] = patch;
      }
    }
    const auto destroy = arguments_.strings("onSuccessDestroyEmail", Null::kAbsent);
    if (destroy) email_destroys_ = {destroy->begin(), destroy->end()};
  }

  void read_create(const std::string& id, const Json& object) {
    try {
      write_.create.push_back(prepare_submission(call_, account_, object));
      creates_.push_back(id);
    } catch (const SetError& error) {
      response_.not_created(id, error);
    }
  }

  void read_current() {
    std::vector<std::string> named = request_.destroy;
    for (const auto& [id, patch] : request_.update) named.push_back(id);
    if (named.empty()) return;
    for (std::string& id : named) id = call_.resolve(id);
    store::Snapshot snapshot(call_.database, account_);
    for (auto& one : store::get_submissions(snapshot, known_ids(named, submission_from_wire))) {
      current_[one.id] = std::move(one);
    }
  }

  // nullptr: there is none.
  const store::Submission* find(const std::string& id) const {
    const auto wire = submission_from_wire(call_.resolve(id));
    const auto found = wire ? current_.find(*wire) : current_.end();
    return found == current_.end() ? nullptr : &found->second;
  }

  // undoStatus is all that can change, and only to canceled.
  void read_update(const std::string& id, const Json& patch) {
    const store::Submission* submission = find(id);
    if (submission == nullptr) return response_.not_updated(id, error_of(Failure::kNotFound));
    const Json now = render_submission(*submission);
    std::vector<std::string> wrong;
    bool cancel = false;
    for (const auto& [path, value] : patch.items()) {
      if (path == "undoStatus" && value == "canceled") {
        cancel = true;
      } else if (!now.contains(path) || now.at(path) != value) {
        wrong.push_back(path);
      }
    }
    if (!wrong.empty()) {
      return response_.not_updated(id, invalid_properties(wrong, "only undoStatus changes, from pending to canceled"));
    }
    if (!cancel) return succeeded(id, id, *submission), response_.updated(call_.resolve(id));
    cancels_.push_back(id);
    write_.cancel.push_back(submission->id);
  }

  void read_destroy(const std::string& id) {
    const store::Submission* submission = find(id);
    if (submission == nullptr) return response_.not_destroyed(id, error_of(Failure::kNotFound));
    destroys_.push_back(id);
    write_.destroy.push_back(submission->id);
  }

  void report(const store::SubmissionWritten& written) {
    for (std::size_t i = 0; i < creates_.size(); ++i) report_created(i, written.created[i]);
    note_pauses(written);
    for (std::size_t i = 0; i < cancels_.size(); ++i) {
      if (written.cancelled[i] != Failure::kNone) {
        response_.not_updated(cancels_[i], error_of(written.cancelled[i]));
        continue;
      }
      response_.updated(call_.resolve(cancels_[i]));
      succeeded(cancels_[i], cancels_[i], *find(cancels_[i]));
    }
    for (std::size_t i = 0; i < destroys_.size(); ++i) {
      if (written.destroyed[i] != Failure::kNone) {
        response_.not_destroyed(destroys_[i], error_of(written.destroyed[i]));
        continue;
      }
      response_.destroyed(call_.resolve(destroys_[i]));
      succeeded(destroys_[i], destroys_[i], *find(destroys_[i]));
    }
  }

  // Somebody has a lot to say, or somebody else has the password: the administrator should know.
  void note_pauses(const store::SubmissionWritten& written) const {
    const store::SendingPause* last = nullptr;
    std::size_t count = 0;
    for (const store::SubmissionCreated& one : written.created) {
      if (!one.pause) continue;
      service::metrics().add(service::Metric::kSubmissionsLimited, {setting_of(one.pause->limit)});
      last = &*one.pause;
      ++count;
    }
    if (last == nullptr) return;
    service::log_warn("submission_rate_limited", {{"account", to_wire(account_)},
                                                  {"principal", call_.principal.name},
                                                  {"limit", setting_of(last->limit)},
                                                  {"messages", std::to_string(count)},
                                                  {"until", format_utc_date(last->until)}});
  }

  void report_created(std::size_t i, const store::SubmissionCreated& result) {
    if (result.pause) return response_.not_created(creates_[i], rate_limit(*result.pause, write_.limits));
    const SubmissionId id = result.id;
    if (id.value == 0) {
      return response_.not_created(creates_[i], invalid_properties({"emailId"}, "there is no such email any more"));
    }
    store::Submission made = write_.create[i].submission;
    made.id = id;
    response_.created(creates_[i], render_submission(made));
    succeeded("#" + creates_[i], to_wire(id), made);
  }

  // Collects what the arguments ask for; a submission has two names in them.
  void succeeded(const std::string& name, const std::string& id, const store::Submission& submission) {
    const std::string email = to_wire(submission.email);
    for (const std::string& each : std::set<std::string>{name, call_.resolve(id)}) {
      if (email_destroys_.contains(each)) destroy_.insert(email);
      const auto patch = patches_.find(each);
      if (patch == patches_.end()) continue;
      Json& all = update_[email];
      if (all.is_null()) all = Json::object();
      all.update(patch->second);
    }
  }

  // "a single implicit Email/set call MUST be made".
  void imply_email_set() {
    if (update_.empty() && destroy_.empty()) return;
    for (const std::string& email : destroy_) update_.erase(email);
    Json arguments = {{"accountId", to_wire(account_)}};
    if (!update_.empty()) arguments["update"] = update_;
    if (!destroy_.empty()) arguments["destroy"] = destroy_;
    call_.implicit.emplace_back("Email/set", std::move(arguments));
  }

  std::map<std::string, Json> patches_, update_;
  std::set<std::string> email_destroys_, destroy_;
  std::map<SubmissionId, store::Submission> current_;
  store::SubmissionWrite write_;
  std::vector<std::string> creates_, cancels_, destroys_;
};

}  // namespace

Json email_submission_set(Call& call, const Json& arguments) {
  return SubmissionSet(call, arguments).answer();
}

}  // namespace waxseal::jmapd
