// waxseal import: messages of maildirs, mboxes and files into an account.

#include <algorithm>
#include <ostream>
#include <thread>

#include "base/text.h"
#include "cli/command.h"
#include "cli/import_progress.h"
#include "cli/ordered_pool.h"
#include "cli/output.h"
#include "service/lifecycle.h"
#include "service/suggest.h"

namespace waxseal::cli {

namespace {

struct Options {
  std::string account;
  std::vector<std::string> sources;
  std::string mailbox;
  bool dry_run = false;
  bool existing_only = false;
  bool json = false;
  unsigned jobs = 0;
};

// Read and not yet stored: enough to keep the threads busy, and no more memory than one big message.
constexpr std::size_t kMostWaiting = 256;
constexpr std::size_t kMostOctetsWaiting = std::size_t{64} << 20;
constexpr unsigned kMostJobs = 64;

std::vector<store::MailboxRow> mailboxes_of(store::Database& database, AccountId account) {
  store::Snapshot snapshot(database, account);
  return store::get_mailboxes(snapshot);
}

std::optional<MailboxId> chosen_mailbox(const std::string& name, const std::vector<store::MailboxRow>& mailboxes) {
  if (name.empty()) return std::nullopt;
  std::vector<std::string> names;
  for (const store::MailboxRow& row : mailboxes) {
    if (row.name == name || (row.role && *row.role == ascii_lower(name))) return row.id;
    names.push_back(row.name);
  }
  throw Failure(kNo, "the account has no mailbox \"" + name + '"' + service::did_you_mean(name, names));
}

class Import {
 public:
  Import(Context& context, const Options& options, Importer& importer)
      : context_(context),
        dry_run_(options.dry_run),
        progress_(context.err, context.err_terminal, context.err_terminal ? octets_below(options.sources) : 0),
        importer_(importer),
        pool_(threads(context, options), [&importer](Input input) { return importer(std::move(input)); }) {}

  ImportCounts run(MessageWalk& walk) {
    while (importer_.stopped().empty()) {
      auto input = walk.next();
      if (!input) break;
      const std::size_t size = input->octets.size();
      while (pool_.waiting() >= kMostWaiting || (pool_.waiting() > 0 && pool_.weight() + size > kMostOctetsWaiting))
        take(pool_.take());
      pool_.give(*std::move(input), size);
      while (auto one = pool_.take_if_finished()) take(*one);
    }
    while (pool_.waiting() > 0) take(pool_.take());
    progress_.clear();
    return counts_;
  }

 private:
  static unsigned threads(Context& context, const Options& options) {
    const unsigned wanted = options.jobs > 0 ? options.jobs : std::max(std::thread::hardware_concurrency(), 1u);
    return std::clamp(wanted, 1u, static_cast<unsigned>(context.config().database.pool_size));
  }

  void take(const Imported& one) {
    counts_.add(one);
    if (!one.why.empty()) {
      progress_.clear();
      context_.err << one.where << ": " << (dry_run_ ? "would not be imported: " : "not imported: ")
                   << printable(one.why) << std::endl;
    }
    progress_.show(counts_);
  }

  Context& context_;
  const bool dry_run_;
  ImportCounts counts_;
  ImportProgress progress_;
  Importer& importer_;
  OrderedPool<Input, Imported> pool_;
};

void print(Context& context, const Options& options, const ImportCounts& counts,
           const std::vector<std::string>& mailboxes) {
  const std::size_t failed = counts.failed + counts.unreadable;
  if (options.json)
    return print_json(context.out, {{options.dry_run ? "wouldImport" : "imported", counts.stored},
                                    {"thereAlready", counts.there},
                                    {"copies", counts.copies},
                                    {"failed", failed},
                                    {"octets", counts.octets},
                                    {"verified", counts.verified},
                                    {"signatureFailed", counts.signature_failed},
                                    {"mailboxesCreated", mailboxes}});
  context.out << counts.stored << (options.dry_run ? " would be imported, " : " imported, ") << counts.there
              << " there already, " << failed << " not imported\n";
  if (counts.copies > 0) context.out << counts.copies << " further copies: one message, in the mailbox of each\n";
  if (counts.verified + counts.signature_failed > 0)
    context.out << "of the imported, " << counts.verified << " signed/verified, " << counts.signature_failed
                << " signed/failed\n";
  for (const std::string& mailbox : mailboxes)
    context.out << (options.dry_run ? "mailbox that would be made: " : "mailbox made: ") << mailbox << '\n';
}

int status_of(const ImportCounts& counts) {
  if (counts.unreadable > 0) return kUsage;
  return counts.failed > 0 ? kNo : kDone;
}

int import_messages(Context& context, const Options& options) {
  const store::Account account = context.account(options.account);
  auto policy = service::policy_of(context.config());
  if (!policy) throw Failure(kUsage, policy.error());
  smime::Verifier verifier(*std::move(policy));
  Importer importer(context.database(), verifier, context.clock(),
                    {account.id, chosen_mailbox(options.mailbox, mailboxes_of(context.database(), account.id)),
                     !options.existing_only, options.dry_run});
  MessageWalk walk(options.sources, context.in);
  const ImportCounts counts = Import(context, options, importer).run(walk);
  print(context, options, counts, importer.mailboxes_created());
  if (const std::string why = importer.stopped(); !why.empty())
    throw Failure(kDatabase, "the database cannot be used: " + why +
                                 "\nrun the same command again to go on: what is there is not imported twice");
  return status_of(counts);
}

}  // namespace

void define_import(CLI::App& command, Invocation& invocation) {
  Options& options = runs(command, invocation, import_messages);
  command.add_option("ACCOUNT", options.account, "Whose mail it becomes")->required();
  command
      .add_option("SOURCE", options.sources, "Maildir, mbox, message, directory of messages, or - for standard input")
      ->required();
  command.add_option(
      "--mailbox", options.mailbox,
      "Name or role of the mailbox for everything; else folders become mailboxes of their names, and the rest goes "
      "to the inbox");
  command.add_flag("--no-new-mailboxes", options.existing_only,
                   "Make no mailboxes: what is in a folder that the account does not have goes to the inbox");
  command.add_flag("--dry-run", options.dry_run, "Say what would be done and do nothing");
  command.add_option("--jobs", options.jobs, "Messages verified and stored at once (default: one for each processor)")
      ->check(CLI::Range(1u, kMostJobs));
  command.add_flag("--json", options.json, "The result as one JSON object");
}

}  // namespace waxseal::cli
