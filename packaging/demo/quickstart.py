"""What packaging/quickstart does once everything is built."""

import argparse
import datetime
import os
import secrets
import signal
import sys
import time

from . import mail
from .installation import DAEMONS, Installation
from .pki import Pki, utc_now

USER = RECIPIENT = "demo@example.test"  # the login name is the address
SENDER = "alice@example.test"


def arguments():
    parser = argparse.ArgumentParser(prog="packaging/quickstart", description="Builds and starts a private waxseal with demo "
                                     "mail, below one directory, without touching any system service.")
    parser.add_argument("--dir", default="./var", help="everything lives here (default: ./var)")
    parser.add_argument("--base-port", type=int, default=18024, metavar="N",
                        help="LMTP on N, milter on N+1, JMAP on N+2, PostgreSQL on N+3 (default: 18024)")
    parser.add_argument("--empty", action="store_true", help="no demo messages")
    parser.add_argument("--check", action="store_true", help="do it all, verify the table, stop everything, exit 0 or 1")
    parser.add_argument("--binaries", required=True, help=argparse.SUPPRESS)
    return parser.parse_args()


# subject -> smimeStatus (now and at delivery), smimeErrors
EXPECTED = {
    "Plain, not signed": (None, None),
    "Signed, detached": ("signed/verified", None),
    "Signed, opaque": ("signed/verified", None),
    "Altered on the way": ("signed/failed", ["The message was modified after it was signed"]),
    "Somebody else in From": ("signed/failed", ["From email address doesn't match the certificate"]),
    "Expired certificate": ("signed/failed", ["The signing time is outside the validity period of the certificate",
                                              "The signing certificate has expired"]),
    "OpenPGP signature": ("unknown", None),
    "Encrypted": (None, None),
}


def demo_messages(pki):
    """{subject: (octets, way in)}"""
    alice = pki.issue("alice", SENDER)
    now = utc_now()
    retired = pki.issue("retired", SENDER, now - datetime.timedelta(days=400), now - datetime.timedelta(days=2))

    def head(subject, sender=f"Alice <{SENDER}>"):
        return mail.header(sender, RECIPIENT, subject)

    build = {
        "Plain, not signed": lambda h: mail.plain(h),
        "Signed, detached": lambda h: mail.detached(h, alice),
        "Signed, opaque": lambda h: mail.opaque(h, alice),
        "Altered on the way": lambda h: mail.altered(mail.detached(h, alice)),
        "Somebody else in From": lambda h: mail.detached(h, alice),
        "Expired certificate": lambda h: mail.detached(h, retired),
        "OpenPGP signature": lambda h: mail.openpgp(h),
        "Encrypted": lambda h: mail.encrypted(h, alice),
    }
    forged = {"Somebody else in From": "Boss <boss@example.test>"}
    return {subject: (make(head(subject, *([forged[subject]] if subject in forged else []))), ("lmtp", "milter")[i % 2])
            for i, (subject, make) in enumerate(build.items())}


def keep(installation, subject, octets):
    """As a file, for `waxseal verify`."""
    os.makedirs(installation.path("mail"), exist_ok=True)
    with open(installation.path("mail", subject + ".eml"), "wb") as out:
        out.write(octets)


def deliver(installation):
    pki = Pki(installation.path("pki"))
    installation.cli("trust", "add", pki.root)
    time.sleep(1.2)  # the daemons look for new anchors once a second
    for number, (subject, (octets, way)) in enumerate(demo_messages(pki).items()):
        keep(installation, subject, octets)
        if way == "lmtp":
            installation.lmtp(octets, RECIPIENT, SENDER)
        else:
            installation.milter(octets, RECIPIENT, SENDER, queue_id=f"4DEM0MAIL{number}")


def table(emails):
    rows = [("Subject", "smimeStatus", "at delivery", "smimeErrors")]
    for e in emails:
        rows.append((e["subject"] or "", e["smimeStatus"] or "null", e["smimeStatusAtDelivery"] or "null",
                     "; ".join(e["smimeErrors"] or [])))
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    rows.insert(1, tuple("-" * w for w in widths) + ("-" * 11,))
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths)) + "  " + row[3] for row in rows)


def differences(emails, expected):
    """What the table says against what it must say; each message exactly once."""
    found = [f"{len(emails)} messages instead of {len(expected)}"] if len(emails) != len(expected) else []
    for subject, (status, errors) in expected.items():
        same = [e for e in emails if e["subject"] == subject]
        got = [(e["smimeStatus"], e["smimeStatusAtDelivery"], e["smimeErrors"]) for e in same]
        if got != [(status, status, errors)]:
            found.append(f"{subject}: {got} instead of {(status, status, errors)}, once")
    return found


def write_env(installation, values):
    path = installation.path("env")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.writelines(f"{key}={value}\n" for key, value in values.items())
    return path


def describe(installation, password, token):
    pid = lambda name: installation.processes[name].pid
    url = f"http://127.0.0.1:{installation.jmap_port}"
    return {
        "WAXSEAL_CONFIG": installation.config, "WAXSEAL": os.path.join(installation.binaries, "waxseal"), "JMAP_URL": url,
        "JMAP_USER": USER, "JMAP_PASSWORD": password, "JMAP_TOKEN": token,
        "LMTP": f"127.0.0.1:{installation.lmtp_port}", "MILTER": f"127.0.0.1:{installation.milter_port}",
        "DATABASE_URL": installation.cluster.url, "LMTPD_PID": pid(DAEMONS[0]), "MILTER_PID": pid(DAEMONS[1]),
        "JMAPD_PID": pid(DAEMONS[2]), "REVERIFYD_PID": pid(DAEMONS[3]), "POSTGRES_PID": installation.cluster.process.pid,
    }


def wait_for_the_end(installation):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while True:
            time.sleep(1)
            for name, process in installation.processes.items():
                if process.poll() is not None:
                    print(f"{name} ended with status {process.returncode}; see {installation.path('log', name)}.log")
                    return 1
    except KeyboardInterrupt:
        return 0


def account(installation):
    """The demo account; a directory that was used before keeps its own, with a new password."""
    if f'"{USER}"' not in installation.cli("account", "list", "--json"):
        password = installation.add_account(USER, RECIPIENT)
        installation.cli("account", "administrator", USER, "yes")
        return password, True
    password = secrets.token_urlsafe(9)
    installation.cli("account", "password", USER, "--password-stdin", input=password + "\n")
    return password, False


def main():
    options = arguments()
    installation = Installation(options.dir, options.binaries, options.base_port)
    with installation:
        password, is_new = account(installation)
        token = installation.create_token(USER)
        values = describe(installation, password, token)
        environment = write_env(installation, values)
        client = installation.jmap(USER, password)
        if not options.empty and is_new:
            deliver(installation)
        emails = client.emails()
        print("\nWhat JMAP says of each message:\n")
        print(table(emails))
        print(f"""
page       {values['JMAP_URL']}/
user       {USER}
password   {password}
JMAP       {values['JMAP_URL']}/.well-known/jmap
token      {token}
LMTP       {values['LMTP']}      milter {values['MILTER']}
settings   {environment}

Try:
  curl -s -u {USER}:{password} -H 'Content-Type: application/json' {client.session['apiUrl']} -d \\
    '{{"using":["urn:ietf:params:jmap:core","urn:ietf:params:jmap:mail","urn:ietf:params:jmap:smimeverify"],
      "methodCalls":[["Email/query",{{"accountId":"{client.account}","filter":{{"hasVerifiedSmime":true}}}},"q"],
        ["Email/get",{{"accountId":"{client.account}","#ids":{{"resultOf":"q","name":"Email/query","path":"/ids"}},
          "properties":["subject","smimeStatus","smimeErrors"]}},"g"]]}}'
""", flush=True)
        if options.check:
            problems = differences(emails, {} if options.empty else EXPECTED)
            print("Check: " + ("everything is as it must be." if not problems else "\n  ".join(["not as it must be:", *problems])))
            return 1 if problems else 0
        print("Running; Ctrl-C stops everything.", flush=True)
        return wait_for_the_end(installation)


if __name__ == "__main__":
    sys.exit(main())
