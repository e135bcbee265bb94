// The configuration file (TOML).  One table of settings (settings.cpp): key, type, default, meaning; an unknown key or
// a wrong type is an error with file, line, column and the nearest known key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace waxseal::service {

struct Config {
  std::string file;                   // where it was read from
  std::vector<std::string> warnings;  // to be logged: what is accepted but should not stay so

  std::string hostname;                   // own name in SMTP greetings and trace fields; default: the machine's
  std::string recipient_delimiter = "+";  // any of these begins a subaddress
  struct Log {
    std::string level = "info";     // error, warn, info, debug
    std::string format = "logfmt";  // logfmt, json
  } log;
  struct Metrics {  // addresses of /metrics, /healthz and /readyz; empty: none
    std::string lmtp, milter, jmap, reverify;
  } metrics;
  struct Database {
    std::string url;  // required by everything but `waxseal verify`
    std::size_t pool_size = 8;
    std::int64_t statement_timeout_seconds = 10;
  } database;
  struct AuthenticationResults {
    std::string authserv_id;  // default: hostname
    std::vector<std::string> own_ids;
    std::string remove = "all";  // all, smime_only
    bool none = false;
    bool details = true;
    bool smime_status_field = false;
  } authentication_results;
  struct Milter {
    std::string socket;  // "unix:/run/waxseal/milter.sock" or "inet:8899@127.0.0.1"
    std::string socket_mode = "0660";
    std::string mode = "store_and_annotate";       // store_and_annotate, annotate, store
    std::string on_database_failure = "tempfail";  // tempfail, accept
    std::string on_quota = "defer";                // defer, reject, accept
    std::int64_t budget_seconds = 8;
    std::vector<std::string> skip_clients;     // networks, "local"
    std::vector<std::string> trusted_clients;  // networks, "local"
    std::vector<std::string> skip_senders;     // "a@b.c", "b.c", ".b.c"
    std::vector<std::string> skip_recipients;
    bool skip_authenticated = false;
    std::vector<std::string> reject_codes;  // names of reasons
    std::size_t max_message_octets = 100u << 20;
    std::size_t spool_memory_octets = 1u << 20;  // above it a message waits in a file
    std::string spool_directory = "/var/tmp";
    std::size_t verifications = 0;  // at once; 0: one per processor
  } milter;
  struct Lmtp {
    std::vector<std::string> listen;  // "inet:127.0.0.1:2424", "inet:[::1]:2424", "unix:/path"
    std::string socket_mode = "0660";
    std::size_t max_message_octets = 100u << 20;
    std::size_t max_recipients = 1000;
    std::size_t max_connections = 200;
    std::size_t workers = 32;
    std::size_t verifications = 0;  // at once; 0: one per processor
    std::int64_t idle_timeout_seconds = 300;
    std::int64_t message_timeout_seconds = 3600;
    std::string on_quota = "defer";        // defer, reject
    std::string relay_to;                  // next hop: "inet:HOST:PORT", "unix:/path"; empty: final delivery
    std::string relay_store = "required";  // required, optional, off
    std::int64_t relay_timeout_seconds = 60;
    std::size_t spool_memory_octets = 1u << 20;
    std::string spool_directory = "/var/tmp";
    std::vector<std::string> xforward_clients = {"local"};  // networks, "local"
    bool authentication_results =
        false;  // remove forged fields and add ours here: where no waxseal-milter stands before
  } lmtp;
  struct Jmap {
    std::vector<std::string> listen;           // "inet:127.0.0.1:8080", "tls:0.0.0.0:443", "unix:/path"
    std::string tls_certificate, tls_key;      // PEM files, for "tls:"
    std::vector<std::string> trusted_proxies;  // addresses whose X-Forwarded-For is believed; "unix": local sockets
    std::string base_url;                      // as clients reach it: "https://mail.example.net"; default from listen
    std::size_t workers = 8;
    std::size_t max_connections = 4096;
    std::size_t max_size_request = 10'000'000;
    std::size_t max_concurrent_requests = 8;
    std::size_t max_calls_in_request = 32;
    std::size_t max_objects_in_get = 500;
    std::size_t max_objects_in_set = 500;
    std::size_t max_size_answer = 256'000'000;
    std::size_t max_size_upload = 50'000'000;
    std::size_t max_concurrent_upload = 4;
    std::size_t max_unreferenced_octets = 200'000'000;  // uploads of one account that nothing refers to yet
    std::string spool_directory = "/var/tmp";
    std::int64_t idle_timeout_seconds = 60;
    std::size_t max_event_sources = 100;  // of one account
    std::int64_t push_poll_seconds = 5;
    std::vector<std::string> push_allow;  // beginnings of URLs
  } jmap;
  struct Submission {
    std::string relay;             // "smtp.example.net:587"; empty: clients cannot send
    std::string tls = "required";  // required (STARTTLS), implicit, off
    std::string ca_file;           // PEM; empty: what the system trusts
    std::string user, password_file;
    std::int64_t timeout_seconds = 300;
    std::size_t workers = 2;
    std::size_t max_recipients = 1000;
    std::size_t max_message_octets = 50'000'000;
    std::int64_t max_delayed_send_seconds = 30 * 86400;
    std::int64_t give_up_seconds = 5 * 86400;
    std::int64_t keep_seconds = 90 * 86400;
    bool own_from = true;
    std::vector<std::string> forbidden;                              // login names
    std::size_t messages_per_hour = 200, recipients_per_day = 2000;  // of each account; 0: no limit
    std::vector<std::string> unlimited;                              // login names
    std::vector<std::string> extensions;                             // "DSN", "MT-PRIORITY MIXER"
  } submission;
  struct Trust {
    std::string directory;       // PEM files of trust anchors
    bool system_bundle = false;  // also what the operating system trusts
  } trust;
  struct Fetch {
    std::vector<std::string> allow_nets;   // "10.0.0.0/8"
    std::vector<std::string> allow_hosts;  // "pki.example.net", ".internal.example.net"
    std::vector<std::string> allowed_ports = {"80"};
    bool allow_https = false;
    std::string http_proxy;  // "http://proxy.example.net:3128"
    std::size_t max_crl_octets = 32u << 20;
    std::string aia = "guarded";  // off, guarded, allowlist
    std::vector<std::string> aia_hosts;
    std::vector<std::string> crl_urls;   // fetched always
    std::vector<std::string> crl_files;  // read always
  } fetch;
  struct Reverify {
    std::int64_t poll_seconds = 5;  // how often trust changes and due units are looked for
  } reverify;
  struct Revocation {
    std::string mode = "hard";          // hard, soft, off
    std::string no_pointer = "accept";  // accept, fail
    std::string prefer = "crl";         // crl, ocsp
    std::int64_t stale_grace_seconds = 0;
    std::string late_key_compromise = "at_revocation_date";  // at_revocation_date, always
    bool indirect_crl = false;
    bool deltas = false;
    std::int64_t at_delivery_grace_seconds = 24 * 3600;
    std::string imported_at_delivery = "receivedAt";  // receivedAt, import_time
  } revocation;
  std::vector<std::pair<std::string, std::string>> verify;  // [verify]: knobs by name, for smime::Policy::set
};

// Problems as "FILE:LINE:COLUMN: message", all of them.
Result<Config, std::vector<std::string>> load_config(const std::string& path);
inline constexpr const char* kDefaultConfigPath = "/etc/waxseal/waxseal.toml";

struct Setting {
  std::string key;       // "lmtp.listen"
  std::string type;      // "string", "integer", "boolean", "list of strings"
  std::string fallback;  // default as TOML
  std::string meaning;
};
const std::vector<Setting>& settings();

// Every setting with the value that a configuration gives it, as TOML, in the order of the table; [verify] last.
struct SettingValue {
  std::string key, value;
  bool is_default = false;
};
std::vector<SettingValue> setting_values(const Config&);

// Keys of settings that differ, sections that are no settings ("verify") by their name.
std::vector<std::string> changed_settings(const Config& before, const Config& after);

// packaging/waxseal.toml.example: every setting with its meaning and default, commented out.
std::string example_config();

}  // namespace waxseal::service
