// The table of settings.  A new setting is a member of Config and a row here; load_config, `waxseal check-config`, the
// example file and the test of the manual page follow from the table.

#include "service/setting_row.h"
#include "smime/code.h"

namespace waxseal::service {

namespace {

// Accessors made of pointers to members: a section's member, or one of Config itself.
template <auto Section, auto Member>
auto& in(Config& config) {
  return config.*Section.*Member;
}
template <auto Member>
auto& top(Config& config) {
  return config.*Member;
}

using C = Config;
constexpr std::int64_t kOctetsMost = std::int64_t{1} << 40;
constexpr std::int64_t kSecondsMost = 86400;
constexpr std::int64_t kManyMost = 100'000;

std::vector<std::string> code_names() {
  std::vector<std::string> out;
  for (const smime::CodeRow& row : smime::all_codes()) out.emplace_back(row.name);
  return out;
}

}  // namespace

const std::vector<SettingRow>& setting_rows() {
  static const std::vector<SettingRow> rows = {
      {"hostname", top<&C::hostname>, "Own name in SMTP greetings and trace fields. Empty: the name of the machine."},
      {"recipient_delimiter", top<&C::recipient_delimiter>,
       "Characters that begin a subaddress: mail to joe+lists goes to joe unless joe+lists is an address of its own. "
       "Empty: none."},

      {"log.level",
       in<&C::log, &C::Log::level>,
       "Least important events to log: error, warn, info or debug.",
       {"error", "warn", "info", "debug"}},
      {"log.format", in<&C::log, &C::Log::format>, "logfmt (key=value) or json, one event a line.", {"logfmt", "json"}},

      {"database.url", in<&C::database, &C::Database::url>,
       "PostgreSQL, as URI or key=value string, e.g. \"postgresql:///waxseal?host=/run/postgresql\". Required by "
       "everything "
       "but `waxseal verify --anchors`."},
      {"database.pool_size",
       in<&C::database, &C::Database::pool_size>,
       "Connections that one program opens at most.",
       {},
       1,
       1000},
      {"database.statement_timeout_seconds",
       in<&C::database, &C::Database::statement_timeout_seconds>,
       "A statement that takes longer is given up.",
       {},
       1,
       kSecondsMost},

      {"metrics.lmtp", in<&C::metrics, &C::Metrics::lmtp>,
       "Where waxseal-lmtpd answers /metrics, /healthz and /readyz, e.g. \"inet:127.0.0.1:9424\". Empty: nowhere."},
      {"metrics.milter", in<&C::metrics, &C::Metrics::milter>, "The same of waxseal-milter."},
      {"metrics.jmap", in<&C::metrics, &C::Metrics::jmap>,
       "The same of waxseal-jmapd, which answers /healthz and /readyz at jmap.listen too."},
      {"metrics.reverify", in<&C::metrics, &C::Metrics::reverify>, "The same of waxseal-reverifyd."},

      {"authentication_results.authserv_id", in<&C::authentication_results, &C::AuthenticationResults::authserv_id>,
       "Name of this administrative domain in Authentication-Results. Empty: the hostname."},
      {"authentication_results.own_ids", in<&C::authentication_results, &C::AuthenticationResults::own_ids>,
       "Further names whose Authentication-Results are removed as forged when they arrive from outside."},
      {"authentication_results.remove",
       in<&C::authentication_results, &C::AuthenticationResults::remove>,
       "What is removed of a forged field: all, or smime_only where other filters of the same name run before.",
       {"all", "smime_only"}},
      {"authentication_results.none", in<&C::authentication_results, &C::AuthenticationResults::none>,
       "Add smime=none to unsigned mail."},
      {"authentication_results.details", in<&C::authentication_results, &C::AuthenticationResults::details>,
       "Say why a signature failed: the text of the first reason, and the codes of all."},

      {"authentication_results.smime_status_field",
       in<&C::authentication_results, &C::AuthenticationResults::smime_status_field>,
       "Also add X-SMIME-Status (Good signature, Bad signature, Not signed), which clients of Apache James read. "
       "Copies "
       "that arrive are removed in any case."},

      {"milter.socket", in<&C::milter, &C::Milter::socket>,
       "Where the MTA reaches the milter: \"unix:/run/waxseal/milter.sock\" or \"inet:8899@127.0.0.1\"."},
      {"milter.socket_mode", in<&C::milter, &C::Milter::socket_mode>, "Octal mode of a unix socket."},
      {"milter.mode",
       in<&C::milter, &C::Milter::mode>,
       "store_and_annotate: store the mail of recipients who have an account here, and add Authentication-Results. "
       "annotate: add the field alone, where waxseal-lmtpd stores. store: store alone. Forged fields are removed in "
       "every mode.",
       {"store_and_annotate", "annotate", "store"}},
      {"milter.on_database_failure",
       in<&C::milter, &C::Milter::on_database_failure>,
       "Where the milter stores. tempfail: the sender retries and nothing is lost. accept: the mail passes and is not "
       "stored.",
       {"tempfail", "accept"}},
      {"milter.on_quota",
       in<&C::milter, &C::Milter::on_quota>,
       "Where the milter stores and an account is full. defer: 452, and the sender tries again. reject: 552. accept: "
       "the "
       "mail passes and has no copy in that account.",
       {"defer", "reject", "accept"}},
      {"milter.budget_seconds",
       in<&C::milter, &C::Milter::budget_seconds>,
       "How long verification may hold up one message. Then it goes on with what is known: smime=temperror, and "
       "waxseal-reverifyd finishes the work for the stored copy.",
       {},
       1,
       240},
      {"milter.skip_clients", in<&C::milter, &C::Milter::skip_clients>,
       "Clients whose mail is neither verified nor stored: addresses and networks, e.g. \"10.1.0.0/16\"; \"local\" for "
       "mail that is handed in on the mail server itself."},
      {"milter.skip_authenticated", in<&C::milter, &C::Milter::skip_authenticated>,
       "The same for clients who have authenticated: submission by own users."},
      {"milter.skip_senders", in<&C::milter, &C::Milter::skip_senders>,
       "The same for envelope senders: \"joe@example.net\", \"example.net\", or \".example.net\" for all domains below "
       "it."},
      {"milter.skip_recipients", in<&C::milter, &C::Milter::skip_recipients>,
       "Recipients for whom nothing is stored, written likewise. A message for nobody else is not verified."},
      {"milter.trusted_clients", in<&C::milter, &C::Milter::trusted_clients>,
       "Own mail servers, written as in skip_clients, whose Authentication-Results and X-SMIME-Status are believed and "
       "stay (RFC 8601 section 5)."},
      {"milter.reject_codes", in<&C::milter, &C::Milter::reject_codes>,
       "Refuse (550) signed mail that fails for one of these reasons, by the names that `waxseal verify` prints, e.g. "
       "\"cert_revoked\". Empty: none, since mailing lists break signatures of honest people.",
       code_names()},
      {"milter.max_message_octets",
       in<&C::milter, &C::Milter::max_message_octets>,
       "Larger messages are not checked. They pass without a verdict; where the milter stores and a recipient has an "
       "account here, they are refused (552).",
       {},
       1,
       kOctetsMost},
      {"milter.spool_memory_octets",
       in<&C::milter, &C::Milter::spool_memory_octets>,
       "Larger messages wait in a file instead of memory.",
       {},
       0,
       kOctetsMost},
      {"milter.spool_directory", in<&C::milter, &C::Milter::spool_directory>, "Directory of those files."},
      {"milter.verifications",
       in<&C::milter, &C::Milter::verifications>,
       "Verifications at once. 0: one for each processor. Of messages of up to 64 KiB, eight times as many.",
       {},
       0,
       kManyMost},

      {"lmtp.listen", in<&C::lmtp, &C::Lmtp::listen>,
       "Addresses of the LMTP server: \"inet:127.0.0.1:2424\", \"inet:[::1]:2424\", \"unix:/path\"."},
      {"lmtp.socket_mode", in<&C::lmtp, &C::Lmtp::socket_mode>, "Octal mode of unix sockets."},
      {"lmtp.max_message_octets",
       in<&C::lmtp, &C::Lmtp::max_message_octets>,
       "Larger messages are refused (552).",
       {},
       1,
       kOctetsMost},
      {"lmtp.max_recipients", in<&C::lmtp, &C::Lmtp::max_recipients>, "Recipients of one message.", {}, 1, kManyMost},
      {"lmtp.max_connections", in<&C::lmtp, &C::Lmtp::max_connections>, "Connections at once.", {}, 1, kManyMost},
      {"lmtp.workers",
       in<&C::lmtp, &C::Lmtp::workers>,
       "Messages received and stored at once; those that wait for the disk share it.",
       {},
       1,
       1000},
      {"lmtp.verifications",
       in<&C::lmtp, &C::Lmtp::verifications>,
       "Verifications at once. 0: one for each processor. Of messages of up to 64 KiB, eight times as many.",
       {},
       0,
       kManyMost},
      {"lmtp.idle_timeout_seconds",
       in<&C::lmtp, &C::Lmtp::idle_timeout_seconds>,
       "A silent connection is closed.",
       {},
       1,
       kSecondsMost},
      {"lmtp.message_timeout_seconds",
       in<&C::lmtp, &C::Lmtp::message_timeout_seconds>,
       "A message must be complete so long after its MAIL command, however steadily it comes.",
       {},
       1,
       kSecondsMost},
      {"lmtp.on_quota",
       in<&C::lmtp, &C::Lmtp::on_quota>,
       "When an account is full. defer: 452, and the MTA tries again. reject: 552, and the sender is told at once.",
       {"defer", "reject"}},
      {"lmtp.relay_to", in<&C::lmtp, &C::Lmtp::relay_to>,
       "LMTP server that gets the mail after it was verified: \"inet:127.0.0.1:24\" or \"unix:/path\". Empty: final "
       "delivery, into the store alone."},
      {"lmtp.relay_store",
       in<&C::lmtp, &C::Lmtp::relay_store>,
       "Where relay_to is set: a copy for each recipient who has an account here. required: without the copy the mail "
       "is not passed on. optional: it is. off: no copies.",
       {"required", "optional", "off"}},
      {"lmtp.relay_timeout_seconds",
       in<&C::lmtp, &C::Lmtp::relay_timeout_seconds>,
       "How long the next hop may take for one answer.",
       {},
       1,
       3600},
      {"lmtp.spool_memory_octets",
       in<&C::lmtp, &C::Lmtp::spool_memory_octets>,
       "Larger messages wait in a file instead of memory.",
       {},
       0,
       kOctetsMost},
      {"lmtp.spool_directory", in<&C::lmtp, &C::Lmtp::spool_directory>, "Directory of those files."},
      {"lmtp.xforward_clients", in<&C::lmtp, &C::Lmtp::xforward_clients>,
       "Mail servers that may say by Postfix's XFORWARD from which client they have a message, which is then logged: "
       "addresses and networks, e.g. \"127.0.0.1\"; \"local\" for unix sockets."},
      {"lmtp.authentication_results", in<&C::lmtp, &C::Lmtp::authentication_results>,
       "Remove forged Authentication-Results and add our own. false behind waxseal-milter, which has done it; true "
       "where "
       "no milter stands before."},

      {"jmap.listen", in<&C::jmap, &C::Jmap::listen>,
       "Addresses of the JMAP server: \"inet:127.0.0.1:8080\", \"tls:0.0.0.0:443\", \"unix:/path\". Not needed where "
       "systemd passes sockets."},
      {"jmap.tls_certificate", in<&C::jmap, &C::Jmap::tls_certificate>,
       "PEM file for \"tls:\" addresses: the certificate, then its chain. Read again at SIGHUP."},
      {"jmap.tls_key", in<&C::jmap, &C::Jmap::tls_key>, "PEM file with its private key."},
      {"jmap.trusted_proxies", in<&C::jmap, &C::Jmap::trusted_proxies>,
       "Addresses of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed; \"unix\" for those on a "
       "unix socket."},
      {"jmap.base_url", in<&C::jmap, &C::Jmap::base_url>,
       "How clients reach it, e.g. \"https://mail.example.net\". Empty: http:// and "
       "what each request names as its Host."},
      {"jmap.workers", in<&C::jmap, &C::Jmap::workers>, "Requests worked on at once.", {}, 1, 1000},
      {"jmap.max_connections", in<&C::jmap, &C::Jmap::max_connections>, "Connections at once.", {}, 1, kManyMost},
      {"jmap.max_size_request",
       in<&C::jmap, &C::Jmap::max_size_request>,
       "Octets of one request.",
       {},
       1024,
       kOctetsMost},
      {"jmap.max_concurrent_requests",
       in<&C::jmap, &C::Jmap::max_concurrent_requests>,
       "Requests at once of one account.",
       {},
       1,
       kManyMost},
      {"jmap.max_calls_in_request",
       in<&C::jmap, &C::Jmap::max_calls_in_request>,
       "Method calls in one request.",
       {},
       1,
       kManyMost},
      {"jmap.max_objects_in_get",
       in<&C::jmap, &C::Jmap::max_objects_in_get>,
       "Objects that one /get returns.",
       {},
       1,
       kManyMost},
      {"jmap.max_objects_in_set",
       in<&C::jmap, &C::Jmap::max_objects_in_set>,
       "Objects that one /set creates, changes and destroys.",
       {},
       1,
       kManyMost},
      {"jmap.max_size_answer",
       in<&C::jmap, &C::Jmap::max_size_answer>,
       "Octets of one answer: a call that would make it larger is refused (requestTooLarge). Above 1 MiB an answer "
       "waits in spool_directory, not in memory.",
       {},
       1'000'000,
       kOctetsMost},
      {"jmap.max_size_upload",
       in<&C::jmap, &C::Jmap::max_size_upload>,
       "Octets of one uploaded file.",
       {},
       1,
       kOctetsMost},
      {"jmap.max_concurrent_upload",
       in<&C::jmap, &C::Jmap::max_concurrent_upload>,
       "Uploads at once of one account.",
       {},
       1,
       kManyMost},
      {"jmap.max_unreferenced_octets",
       in<&C::jmap, &C::Jmap::max_unreferenced_octets>,
       "Octets of an account's uploads that no message holds yet; the oldest make room for a new one.",
       {},
       1,
       kOctetsMost},
      {"jmap.spool_directory", in<&C::jmap, &C::Jmap::spool_directory>,
       "Directory of the files in which uploads wait while they come in, and long answers while they are made."},
      {"jmap.idle_timeout_seconds",
       in<&C::jmap, &C::Jmap::idle_timeout_seconds>,
       "A silent connection is closed.",
       {},
       1,
       kSecondsMost},

      {"jmap.max_event_sources",
       in<&C::jmap, &C::Jmap::max_event_sources>,
       "Event sources open at once of one account.",
       {},
       1,
       kManyMost},
      {"jmap.push_poll_seconds",
       in<&C::jmap, &C::Jmap::push_poll_seconds>,
       "How often changes are looked for that no notification of PostgreSQL announced.",
       {},
       1,
       3600},
      {"jmap.push_allow", in<&C::jmap, &C::Jmap::push_allow>,
       "Beginnings of URLs that push subscriptions may name although they are not https or lead into a private "
       "network, "
       "e.g. \"http://push.example.net:8080/\"."},

      {"trust.directory", in<&C::trust, &C::Trust::directory>,
       "Directory whose *.pem, *.crt, *.cer and *.der files are trust anchors. waxseal-reverifyd looks at it with "
       "every "
       "round: a new file is trusted, what a removed file named is no longer. Empty: only `waxseal trust add`."},
      {"trust.system_bundle", in<&C::trust, &C::Trust::system_bundle>,
       "Trust whatever the operating system trusts for TLS (/etc/ssl/certs/ca-certificates.crt). Those authorities "
       "were "
       "not chosen for mail: leave it off unless you want exactly that."},

      {"submission.relay", in<&C::submission, &C::Submission::relay>,
       "Mail server that gets what JMAP clients send, HOST:PORT, e.g. \"smtp.example.net:587\". Empty: clients cannot "
       "send."},
      {"submission.tls",
       in<&C::submission, &C::Submission::tls>,
       "required: STARTTLS or nothing. implicit: TLS from the first octet on, port 465. off: for a relay on this "
       "machine.",
       {"required", "implicit", "off"}},
      {"submission.ca_file", in<&C::submission, &C::Submission::ca_file>,
       "Certificates (PEM) that may have issued the relay's. Empty: what the operating system trusts."},
      {"submission.user", in<&C::submission, &C::Submission::user>,
       "Name to log in to the relay with. Empty: no login."},
      {"submission.password_file", in<&C::submission, &C::Submission::password_file>,
       "File whose first line is the password. It must not be readable by everybody."},
      {"submission.timeout_seconds",
       in<&C::submission, &C::Submission::timeout_seconds>,
       "How long handing over one message may take. A message in the hands of a program that died is sent again after "
       "this time.",
       {},
       10,
       3600},
      {"submission.workers",
       in<&C::submission, &C::Submission::workers>,
       "Messages that one program hands over at the same time.",
       {},
       1,
       100},
      {"submission.max_recipients",
       in<&C::submission, &C::Submission::max_recipients>,
       "Recipients of one message.",
       {},
       1,
       kManyMost},
      {"submission.max_message_octets",
       in<&C::submission, &C::Submission::max_message_octets>,
       "Larger messages are not sent.",
       {},
       1024,
       kOctetsMost},
      {"submission.max_delayed_send_seconds",
       in<&C::submission, &C::Submission::max_delayed_send_seconds>,
       "How far ahead a client may set the time of sending. 0: not at all.",
       {},
       0,
       366 * kSecondsMost},
      {"submission.give_up_seconds",
       in<&C::submission, &C::Submission::give_up_seconds>,
       "How long a message is tried again that the relay does not take.",
       {},
       60,
       30 * kSecondsMost},
      {"submission.keep_seconds",
       in<&C::submission, &C::Submission::keep_seconds>,
       "How long clients can see what became of a message after the time at which it was to be sent.",
       {},
       3600,
       3660 * kSecondsMost},
      {"submission.own_from", in<&C::submission, &C::Submission::own_from>,
       "Send only what has addresses of the account in From. The envelope's sender is always one of them."},
      {"submission.forbidden", in<&C::submission, &C::Submission::forbidden>,
       "Login names of accounts that may not send."},
      {"submission.messages_per_hour",
       in<&C::submission, &C::Submission::messages_per_hour>,
       "Messages that one account may send within any 60 minutes: a stolen password sends no more. 0: any number.",
       {},
       0,
       kManyMost},
      {"submission.recipients_per_day",
       in<&C::submission, &C::Submission::recipients_per_day>,
       "Recipients of all messages that one account sends within any 24 hours. 0: any number.",
       {},
       0,
       kManyMost},
      {"submission.unlimited", in<&C::submission, &C::Submission::unlimited>,
       "Login names of accounts that those two limits do not concern."},
      {"submission.extensions", in<&C::submission, &C::Submission::extensions>,
       "SMTP extensions of the relay that clients may use: DSN, DELIVERBY, MT-PRIORITY, with their parameters, e.g. "
       "\"MT-PRIORITY MIXER\"."},

      {"fetch.allow_nets", in<&C::fetch, &C::Fetch::allow_nets>,
       "Networks with private addresses that CRLs and OCSP answers may be fetched from, e.g. \"10.1.0.0/16\"."},
      {"fetch.allow_hosts", in<&C::fetch, &C::Fetch::allow_hosts>,
       "Host names that may lead to private addresses, e.g. \"pki.example.net\"; \".example.net\" stands for all names "
       "below it."},
      {"fetch.allowed_ports", in<&C::fetch, &C::Fetch::allowed_ports>, "Ports that URLs in certificates may name."},
      {"fetch.allow_https", in<&C::fetch, &C::Fetch::allow_https>,
       "Also fetch https URLs, on port 443. RFC 5280 advises against them."},
      {"fetch.http_proxy", in<&C::fetch, &C::Fetch::http_proxy>,
       "Proxy that all fetches go through, e.g. \"http://proxy.example.net:3128\". It resolves the names, and so it "
       "must be the one that keeps fetches out of private networks."},
      {"fetch.max_crl_octets",
       in<&C::fetch, &C::Fetch::max_crl_octets>,
       "Larger lists are not read.",
       {},
       1024,
       std::int64_t{1} << 30},
      {"fetch.aia",
       in<&C::fetch, &C::Fetch::aia>,
       "Fetch issuer certificates that mail does not bring, from where the signer's certificate says they are. "
       "guarded: "
       "for mail whose signature and sender are right otherwise, a few at most. allowlist: the same, from aia_hosts "
       "alone. off: never.",
       {"off", "guarded", "allowlist"}},
      {"fetch.aia_hosts", in<&C::fetch, &C::Fetch::aia_hosts>,
       "Hosts that issuer certificates are fetched from where aia is allowlist; \".example.net\" stands for all names "
       "below it."},
      {"fetch.crl_urls", in<&C::fetch, &C::Fetch::crl_urls>,
       "Lists to fetch besides those that certificates name, for authorities whose certificates name none."},
      {"fetch.crl_files", in<&C::fetch, &C::Fetch::crl_files>,
       "Lists in files, PEM or DER, put there by somebody else; read again when they change."},

      {"reverify.poll_seconds",
       in<&C::reverify, &C::Reverify::poll_seconds>,
       "How often changed trust anchors and new mail are looked for.",
       {},
       1,
       3600},

      {"revocation.mode",
       in<&C::revocation, &C::Revocation::mode>,
       "What becomes of a certificate whose revocation cannot be determined. hard: the message fails. soft: it does "
       "not. "
       "off: lists and responders are not asked; what is known to be revoked stays so.",
       {"hard", "soft", "off"}},
      {"revocation.no_pointer",
       in<&C::revocation, &C::Revocation::no_pointer>,
       "Certificates that name neither a list nor a responder: accept or fail.",
       {"accept", "fail"}},
      {"revocation.prefer",
       in<&C::revocation, &C::Revocation::prefer>,
       "Which is believed first where a certificate names both: crl or ocsp.",
       {"crl", "ocsp"}},
      {"revocation.stale_grace_seconds",
       in<&C::revocation, &C::Revocation::stale_grace_seconds>,
       "How long a list serves after its nextUpdate.",
       {},
       0,
       30 * kSecondsMost},
      {"revocation.late_key_compromise",
       in<&C::revocation, &C::Revocation::late_key_compromise>,
       "From when a compromised key counts at delivery: at_revocation_date, or always, for all mail it ever signed.",
       {"at_revocation_date", "always"}},
      {"revocation.indirect_crl", in<&C::revocation, &C::Revocation::indirect_crl>,
       "Accept lists that another issuer publishes for the certificate's."},
      {"revocation.deltas", in<&C::revocation, &C::Revocation::deltas>, "Use delta lists besides the complete ones."},
      {"revocation.at_delivery_grace_seconds",
       in<&C::revocation, &C::Revocation::at_delivery_grace_seconds>,
       "How long smimeStatusAtDelivery stays \"signed\" while revocation data is missing, before the mode decides.",
       {},
       0,
       7 * kSecondsMost},
      {"revocation.imported_at_delivery",
       in<&C::revocation, &C::Revocation::imported_at_delivery>,
       "As of which time imported mail is judged at delivery: receivedAt as the client gives it, or import_time.",
       {"receivedAt", "import_time"}},
  };
  return rows;
}

}  // namespace waxseal::service
