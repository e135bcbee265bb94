// waxseal account add | list | remove | quota | administrator | password; waxseal address add.

#include <sys/random.h>

#include <array>
#include <charconv>
#include <istream>
#include <ostream>

#include "cli/command.h"
#include "cli/output.h"

namespace waxseal::cli {

namespace {

struct Options {
  std::string name;
  std::vector<std::string> addresses;
  std::string limit;
  std::string is_administrator;
  bool password_stdin = false;
  bool json = false;
};

// 20 letters and digits without look-alikes in groups of five: 100 bits.
std::string generate_password() {
  constexpr std::string_view kAlphabet = "abcdefghijkmnpqrstuvwxyz23456789";
  static_assert(kAlphabet.size() == 32);
  std::array<unsigned char, 20> random{};
  if (::getentropy(random.data(), random.size()) != 0) throw Failure(kNo, "the system has no random numbers");
  std::string out;
  for (unsigned char octet : random) {
    if (out.size() % 6 == 5) out += '-';
    out += kAlphabet[octet % kAlphabet.size()];
  }
  return out;
}

std::string read_password(std::istream& in) {
  std::string line;
  std::getline(in, line);
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty()) throw Failure(kUsage, "--password-stdin: the first line of standard input is empty");
  return line;
}

// Chosen before anything is changed: a missing password must not leave an account behind that nobody can use.
std::string choose_password(Context& context, const Options& options) {
  return options.password_stdin ? read_password(context.in) : generate_password();
}

// A generated password goes to standard output alone, so that a script can keep it.
void show_password(Context& context, const Options& options, const std::string& password) {
  if (options.password_stdin) return;
  context.err << "password, shown only now:\n";
  context.out << password << '\n';
}

int add(Context& context, const Options& options) {
  const std::string password = choose_password(context, options);
  std::vector<std::string> addresses = options.addresses;
  if (addresses.empty() && options.name.find('@') != std::string::npos) addresses.push_back(options.name);
  const auto account = store::create_account(context.database(), options.name, addresses, context.now());
  if (!account) throw Failure(kNo, account.error());
  store::set_password(context.database(), *account, password);
  context.err << "account " << printable(options.name) << " created\n";
  if (addresses.empty())
    context.err << "it has no address yet: waxseal address add " << printable(options.name) << " ADDRESS\n";
  show_password(context, options, password);
  return kDone;
}

Json to_json(const store::Account& account) {
  return {{"name", account.name},
          {"addresses", account.addresses},
          {"createdAt", format_utc_date(account.created_at)},
          {"disabled", account.disabled},
          {"administrator", account.administrator},
          {"usedBytes", account.used_bytes},
          {"quotaBytes", account.quota_bytes ? Json(*account.quota_bytes) : Json()}};
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + printable(text);
  return out;
}

int list(Context& context, const Options& options) {
  const std::vector<store::Account> accounts = store::list_accounts(context.database());
  std::vector<std::vector<std::string>> rows;
  for (const store::Account& account : accounts) {
    if (options.json) print_json(context.out, to_json(account));
    rows.push_back({printable(account.name), format_utc_date(account.created_at),
                    account.disabled ? "disabled" : "active", joined(account.addresses)});
  }
  if (!options.json) print_columns(context.out, {"NAME", "CREATED", "STATE", "ADDRESSES"}, rows);
  return kDone;
}

int remove(Context& context, const Options& options) {
  context.account(options.name);  // for the suggestion
  const auto removed = store::remove_account(context.database(), options.name);
  if (!removed) throw Failure(kNo, removed.error());
  context.err << "account " << printable(options.name) << " and all its mail removed\n";
  return kDone;
}

int change_password(Context& context, const Options& options) {
  const std::string password = choose_password(context, options);
  store::set_password(context.database(), context.account(options.name).id, password);
  context.err << "password of " << printable(options.name) << " changed\n";
  show_password(context, options, password);
  return kDone;
}

// "500M", "5G", plain octets, or "none".
std::optional<std::int64_t> read_limit(const std::string& text) {
  if (text == "none") return std::nullopt;
  constexpr std::string_view kUnits = "KMGT";
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit = std::string_view(text).substr(static_cast<std::size_t>(end - text.data()));
  const std::size_t power = unit.empty() ? 0 : kUnits.find(unit) + 1;
  constexpr std::int64_t kMost = std::int64_t{1} << 50;
  if (error != std::errc() || number < 0 || unit.size() > 1 || (power == 0 && !unit.empty()) ||
      number > (kMost >> (10 * power))) {
    throw Failure(kUsage, "LIMIT: \"" + text + "\" is not a size; write for example 500M, 5G, or none");
  }
  return number << (10 * power);
}

int set_quota(Context& context, const Options& options) {
  const std::optional<std::int64_t> limit = read_limit(options.limit);
  const store::Account account = context.account(options.name);
  store::set_quota(context.database(), account.id, limit);
  context.err << "quota of " << printable(options.name) << ": "
              << (limit ? std::to_string(*limit) + " octets" : std::string("none")) << ", " << account.used_bytes
              << " in use\n";
  return kDone;
}

int set_administrator(Context& context, const Options& options) {
  const store::Account account = context.account(options.name);
  const bool is_one = options.is_administrator == "yes";
  store::set_administrator(context.database(), account.id, is_one);
  context.err << printable(options.name) << (is_one ? " sees" : " does not see")
              << " the overview of the whole installation\n";
  return kDone;
}

int add_addresses(Context& context, const Options& options) {
  const store::Account account = context.account(options.name);
  for (const std::string& address : options.addresses) {
    const auto added = store::add_address(context.database(), account.id, address);
    if (!added) throw Failure(kNo, address + ": " + added.error());
    context.err << printable(address) << " now belongs to " << printable(options.name) << '\n';
  }
  return kDone;
}

Options& named(CLI::App& command, Invocation& invocation, int (*function)(Context&, const Options&)) {
  Options& options = runs(command, invocation, function);
  command.add_option("NAME", options.name, "Login name")->required();
  return options;
}

}  // namespace

void define_account(CLI::App& command, Invocation& invocation) {
  constexpr const char* kStdin = "Read the password from standard input instead of generating one";
  command.require_subcommand(1);

  CLI::App& adding = *command.add_subcommand("add", "Create an account and its mailboxes");
  Options& new_account = named(adding, invocation, add);
  adding
      .add_option("--address", new_account.addresses,
                  "Address whose mail it receives; \"@example.net\" for a whole domain")
      ->type_name("ADDRESS")
      ->allow_extra_args(false);
  adding.add_flag("--password-stdin", new_account.password_stdin, kStdin);

  CLI::App& listing = *command.add_subcommand("list", "List the accounts");
  listing.add_flag("--json", runs(listing, invocation, list).json, "One JSON object a line");

  named(*command.add_subcommand("remove", "Remove an account with all its mail"), invocation, remove);

  CLI::App& limiting = *command.add_subcommand("quota", "Limit the octets of mail that an account may hold");
  limiting
      .add_option("LIMIT", named(limiting, invocation, set_quota).limit, "Size, e.g. 500M or 5G; none for no limit")
      ->required();

  CLI::App& ruling =
      *command.add_subcommand("administrator", "Let an account see the overview of the whole installation");
  ruling.add_option("yes|no", named(ruling, invocation, set_administrator).is_administrator, "Whether it may")
      ->required()
      ->check(CLI::IsMember({"yes", "no"}));

  CLI::App& changing = *command.add_subcommand("password", "Give an account a new password");
  changing.add_flag("--password-stdin", named(changing, invocation, change_password).password_stdin, kStdin);
}

void define_address(CLI::App& command, Invocation& invocation) {
  command.require_subcommand(1);
  CLI::App& adding = *command.add_subcommand("add", "Give an account further addresses");
  Options& options = named(adding, invocation, add_addresses);
  adding.add_option("ADDRESS", options.addresses, "Address, or \"@example.net\" for a whole domain")->required();
}

}  // namespace waxseal::cli
