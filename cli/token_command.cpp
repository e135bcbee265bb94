// waxseal token create | list | revoke.

#include <ostream>

#include "cli/command.h"
#include "cli/output.h"

namespace waxseal::cli {

namespace {

struct Options {
  std::string name;
  std::string label;
  std::string expires;
  std::string scope = "full";
  std::int64_t token = 0;
  bool json = false;
};

const char* scope_name(store::Scope scope) {
  return scope == store::Scope::kFull ? "full" : "read-only";
}

Json to_json(const store::Token& token) {
  return {{"id", token.id.value},
          {"label", token.label},
          {"scope", scope_name(token.scope)},
          {"createdAt", format_utc_date(token.created_at)},
          {"expiresAt", token.expires_at ? Json(format_utc_date(*token.expires_at)) : Json()}};
}

std::optional<Time> expiry(const Options& options, Time now) {
  if (options.expires.empty()) return std::nullopt;
  const auto time = parse_date_time(options.expires);
  if (!time) throw Failure(kUsage, "--expires: " + time.error());
  if (*time <= now) throw Failure(kUsage, "--expires: " + options.expires + " is past");
  return *time;
}

int create(Context& context, const Options& options) {
  const std::optional<Time> expires = expiry(options, context.now());
  const store::Account account = context.account(options.name);
  const store::NewToken created = store::create_token(
      context.database(), account.id, options.label,
      options.scope == "full" ? store::Scope::kFull : store::Scope::kReadOnly, expires, context.now());
  if (options.json) {
    Json json = to_json(created.token);
    json["secret"] = created.secret;
    print_json(context.out, json);
    return kDone;
  }
  context.err << "token " << created.token.id.value << " of " << printable(options.name)
              << ", shown only now (Authorization: Bearer ...):\n";
  context.out << created.secret << '\n';
  return kDone;
}

int list(Context& context, const Options& options) {
  std::vector<std::vector<std::string>> rows;
  for (const store::Token& token : store::list_tokens(context.database(), context.account(options.name).id)) {
    if (options.json) print_json(context.out, to_json(token));
    rows.push_back({std::to_string(token.id.value), format_utc_date(token.created_at),
                    token.expires_at ? format_utc_date(*token.expires_at) : "never", scope_name(token.scope),
                    printable(token.label)});
  }
  if (!options.json) print_columns(context.out, {"ID", "CREATED", "EXPIRES", "SCOPE", "LABEL"}, rows);
  return kDone;
}

int revoke(Context& context, const Options& options) {
  const store::Account account = context.account(options.name);
  if (!store::revoke_token(context.database(), account.id, TokenId{options.token}))
    throw Failure(kNo, "account " + options.name + " has no token " + std::to_string(options.token) +
                           "; `waxseal token list " + options.name + "` shows those that it has");
  context.err << "token " << options.token << " of " << printable(options.name) << " revoked\n";
  return kDone;
}

Options& named(CLI::App& command, Invocation& invocation, int (*function)(Context&, const Options&)) {
  Options& options = runs(command, invocation, function);
  command.add_option("NAME", options.name, "Account")->required();
  return options;
}

}  // namespace

void define_token(CLI::App& command, Invocation& invocation) {
  command.require_subcommand(1);

  CLI::App& creating = *command.add_subcommand("create", "Create a token and print it once");
  Options& fresh = named(creating, invocation, create);
  creating.add_option("--label", fresh.label, "What it is for")->type_name("TEXT");
  creating.add_option("--expires", fresh.expires, "When it ends, e.g. 2027-01-31T00:00:00Z")->type_name("RFC3339");
  creating.add_option("--scope", fresh.scope, "What it allows: full (default) or read-only")
      ->check(CLI::IsMember({"full", "read-only"}));
  creating.add_flag("--json", fresh.json, "One JSON object");

  CLI::App& listing = *command.add_subcommand("list", "List the tokens of an account");
  listing.add_flag("--json", named(listing, invocation, list).json, "One JSON object a line");

  CLI::App& revoking = *command.add_subcommand("revoke", "Make a token useless at once");
  revoking.add_option("ID", named(revoking, invocation, revoke).token, "Number of the token")->required();
}

}  // namespace waxseal::cli
