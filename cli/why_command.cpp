// waxseal why: how a message's verdict came to be what it is.

#include <algorithm>
#include <map>
#include <ostream>

#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"
#include "smime/code.h"
#include "store/trust_anchors.h"
#include "store/units.h"
#include "store/verdict_history.h"

namespace waxseal::cli {

namespace {

struct Options {
  std::string id;
  std::string account;
  bool json = false;
};

using Anchors = std::vector<store::AnchorRow>;

// "e17" and "17"; nullopt: a Message-ID.
std::optional<EmailId> email_id(std::string_view text) {
  if (text.starts_with('e')) text.remove_prefix(1);
  if (text.empty() || text.size() > 18 || !std::all_of(text.begin(), text.end(), ascii_digit)) return std::nullopt;
  return EmailId{std::stoll(std::string(text))};
}

struct Found {
  AccountId account;
  std::string name;
  EmailId email;
};

std::string without_brackets(std::string text) {
  if (text.size() > 2 && text.front() == '<' && text.back() == '>') return text.substr(1, text.size() - 2);
  return text;
}

std::vector<Found> find(Context& context, const Options& options) {
  std::vector<store::Account> accounts;
  if (options.account.empty()) {
    accounts = store::list_accounts(context.database());
  } else {
    accounts.push_back(context.account(options.account));
  }
  const auto id = email_id(options.id);
  if (id && options.account.empty())
    throw Failure(kUsage, "an email id means something within an account: add --account NAME");
  std::vector<Found> out;
  for (const store::Account& account : accounts) {
    if (id) out.push_back({account.id, account.name, *id});
    if (id) continue;
    for (const EmailId email :
         store::emails_with_message_id(context.database(), account.id, without_brackets(options.id)))
      out.push_back({account.id, account.name, email});
  }
  return out;
}

std::string status_name(smime::Status status) {
  const auto token = smime::status_token(status);
  return token ? std::string(*token) : "not signed";
}

std::string names(const std::vector<smime::Code>& codes) {
  std::string out;
  for (const smime::Code code : codes) out += (out.empty() ? "" : ", ") + std::string(smime::row(code).name);
  return out.empty() ? "no problem" : out;
}

Json names_json(const std::vector<smime::Code>& codes) {
  Json out = Json::array();
  for (const smime::Code code : codes) out.push_back(smime::row(code).name);
  return out;
}

// Anchors that came or went after `from` and not after `to`.
void add_anchor_changes(std::vector<std::string>& out, const Anchors& anchors, Time from, Time to) {
  const auto within = [&](Time at) { return at > from - Seconds(1) && at <= to; };
  for (const store::AnchorRow& row : anchors) {
    const std::string subject = row.certificate->subject_text();
    if (within(row.added_at)) out.push_back("trust anchor added: " + subject);
    if (row.removed_at && within(*row.removed_at))
      out.push_back((row.distrusted ? "trust anchor distrusted: " : "trust anchor removed: ") + subject);
  }
}

// What was different the time before: inputs first; if none was, it is the time that passed.
std::vector<std::string> causes(const store::UnitGeneration& before, const store::UnitGeneration& now,
                                const Anchors& anchors) {
  std::vector<std::string> out;
  if (before.trust_version != now.trust_version) add_anchor_changes(out, anchors, before.at, now.at);
  if (before.trust_version != now.trust_version && out.empty()) out.push_back("the set of trust anchors changed");
  if (before.policy_version != now.policy_version) out.push_back("[verify] or [revocation] changed");
  if (before.evidence != now.evidence)
    out.push_back("other revocation evidence: " + (now.evidence.empty() ? "none" : now.evidence));
  if (out.empty())
    out.push_back(before.path == now.path ? "time passed" : "time passed, or another certificate was found");
  return out;
}

std::string subject_of(store::StoredCertificates& certificates, const smime::CertId& id, const Anchors& anchors) {
  for (const store::AnchorRow& row : anchors)
    if (row.certificate->id() == id) return row.certificate->subject_text();
  const auto certificate = certificates.get(id);
  return certificate ? certificate->subject_text() : id.hex().substr(0, 16);
}

class Teller {
 public:
  explicit Teller(Context& context)
      : context_(context),
        certificates_(context.database(), cache_),
        anchors_(store::list_anchors(context.database(), true)) {}

  void text(const Found& found, const store::EmailHistory& history);
  Json json(const Found& found, const store::EmailHistory& history);

 private:
  std::string subject(const smime::CertId& id) { return printable(subject_of(certificates_, id, anchors_)); }
  std::string path_text(const std::vector<Sha256>& path);
  void unit_text(const store::UnitHistory& unit);

  Context& context_;
  smime::CertificateCache cache_;
  store::StoredCertificates certificates_;
  const Anchors anchors_;
};

std::string Teller::path_text(const std::vector<Sha256>& path) {
  std::string out;
  for (const Sha256& id : path) out += (out.empty() ? "" : " <- ") + subject(id);
  return out.empty() ? "no path to a trust anchor" : out;
}

void Teller::unit_text(const store::UnitHistory& unit) {
  context_.out << "\nsigner " << subject(unit.leaf) << "\n  certificate " << unit.leaf.hex() << '\n';
  const store::UnitGeneration* before = nullptr;
  for (const store::UnitGeneration& generation : unit.generations) {
    context_.out << "  " << format_utc_date(generation.at) << "  " << names(generation.codes) << '\n';
    if (before)
      for (const std::string& cause : causes(*before, generation, anchors_))
        context_.out << "      because  " << printable(cause) << '\n';
    if (!before || before->path != generation.path)
      context_.out << "      path     " << path_text(generation.path) << '\n';
    if (!generation.evidence.empty() && !before) context_.out << "      evidence " << generation.evidence << '\n';
    before = &generation;
  }
  if (unit.evaluated_at)
    context_.out << "  last evaluated " << format_utc_date(*unit.evaluated_at) << ", next at latest "
                 << format_utc_date(*unit.next_check_at) << '\n';
}

void Teller::text(const Found& found, const store::EmailHistory& history) {
  std::ostream& out = context_.out;
  out << "e" << found.email.value << " of " << printable(found.name) << ", received "
      << format_utc_date(history.received_at) << ": " << printable(history.subject) << "\n\n";
  out << "smimeStatus            " << status_name(history.status) << '\n';
  const auto errors = smime::error_texts(history.status, history.visible_codes);
  for (std::size_t i = 0; errors && i < errors->size(); ++i)
    out << "                       " << (*errors)[i] << " (" << smime::row(history.visible_codes[i]).name << ")\n";
  for (const store::AtDeliveryState& state : history.at_delivery)
    out << "smimeStatusAtDelivery  "
        << (state.until || history.finalised_at ? status_name(state.status) : "signed, still pending") << ": "
        << names(state.codes)
        << (state.until            ? "; until " + format_utc_date(*state.until)
            : history.finalised_at ? "; final since " + format_utc_date(*history.finalised_at)
                                   : "")
        << '\n';
  for (const store::UnitHistory& unit : history.units) unit_text(unit);
}

Json Teller::json(const Found& found, const store::EmailHistory& history) {
  Json at_delivery = Json::array(), signers = Json::array();
  for (const store::AtDeliveryState& state : history.at_delivery)
    at_delivery.push_back({{"status", status_name(state.status)},
                           {"codes", names_json(state.codes)},
                           {"until", state.until ? Json(format_utc_date(*state.until)) : Json()}});
  for (const store::UnitHistory& unit : history.units) {
    Json generations = Json::array();
    const store::UnitGeneration* before = nullptr;
    for (const store::UnitGeneration& each : unit.generations) {
      generations.push_back({{"at", format_utc_date(each.at)},
                             {"codes", names_json(each.codes)},
                             {"because", before ? Json(causes(*before, each, anchors_)) : Json()},
                             {"evidence", each.evidence}});
      before = &each;
    }
    signers.push_back({{"certificate", unit.leaf.hex()},
                       {"evaluatedAt", unit.evaluated_at ? Json(format_utc_date(*unit.evaluated_at)) : Json()},
                       {"history", std::move(generations)}});
  }
  return {{"account", found.name},
          {"emailId", "e" + std::to_string(found.email.value)},
          {"receivedAt", format_utc_date(history.received_at)},
          {"smimeStatus", status_name(history.status)},
          {"codes", names_json(history.visible_codes)},
          {"finalisedAt", history.finalised_at ? Json(format_utc_date(*history.finalised_at)) : Json()},
          {"atDelivery", std::move(at_delivery)},
          {"signers", std::move(signers)}};
}

int why(Context& context, const Options& options) {
  Teller teller(context);
  bool any = false;
  for (const Found& found : find(context, options)) {
    const auto history = store::email_history(context.database(), found.account, found.email);
    if (!history) continue;
    if (any && !options.json) context.out << '\n';
    any = true;
    if (options.json) {
      print_json(context.out, teller.json(found, *history));
    } else {
      teller.text(found, *history);
    }
  }
  if (!any) throw Failure(kNo, "there is no such message" + (options.account.empty() ? "" : " in " + options.account));
  return kDone;
}

}  // namespace

void define_why(CLI::App& command, Invocation& invocation) {
  Options& options = runs(command, invocation, why);
  command.add_option("ID", options.id, "Email id (\"e17\"), or Message-ID")->required();
  command.add_option("--account", options.account, "Account; needed for an email id")->type_name("NAME");
  command.add_flag("--json", options.json, "One JSON object a message");
}

}  // namespace waxseal::cli
