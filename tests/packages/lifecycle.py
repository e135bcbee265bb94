#!/usr/bin/env python3
"""Installs the packages on a bare Debian, sends a signed message through Postfix, reads it by JMAP, upgrades, removes, purges.

Runs as root inside a root file system that may be changed at will, and that starts no services: tests/bare_root --packages DIST.
Usage: tests/packages/lifecycle.py DIST     DIST has the .deb files of packaging/build deb
"""

import glob
import os
import pathlib
import re
import smtplib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "packaging"))
from demo import mail  # noqa: E402
from demo.jmap import JmapClient  # noqa: E402
from demo.pki import Pki  # noqa: E402

CONFIG = "/etc/waxseal/waxseal.toml"
DAEMONS = ["waxseal-milter", "waxseal-lmtpd", "waxseal-jmapd", "waxseal-reverifyd"]
PACKAGES = ["waxseal", "waxseal-common", "waxseal-postfix", *DAEMONS]


def run(*command, check=True, **options):
    print("+", *command, flush=True)
    done = subprocess.run(command, text=True, capture_output=True, **options)
    if check and done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed ({done.returncode}):\n{done.stdout}{done.stderr}")
    return done.stdout


def expect(fact, what):
    if not fact:
        raise SystemExit(f"not so: {what}")
    print("  ok:", what, flush=True)


def apt(*arguments):
    return run("apt-get", "-y", "-o", "Dpkg::Use-Pty=0", *arguments, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


def packages_in(directory):
    return sorted(path for path in glob.glob(f"{directory}/*.deb") if "-dbgsym_" not in path)


def check_installed():
    for package in PACKAGES:
        expect("install ok installed" in run("dpkg-query", "-W", "-f=${Status}", package), f"{package} is installed")
    status = os.stat(CONFIG)
    group = run("stat", "-c", "%U:%G", CONFIG).strip()
    expect(status.st_mode & 0o777 == 0o640 and group == "root:waxseal", f"{CONFIG} is for root and the daemons only")
    expect(run("stat", "-c", "%U:%G %a", "/var/spool/postfix/waxseal").strip() == "waxseal:postfix 2750",
           "Postfix may enter the directory of the sockets")
    for daemon in DAEMONS:
        wanted = f"/etc/systemd/system/multi-user.target.wants/{daemon}.service"
        expect(os.path.islink(wanted), f"{daemon} starts at boot")
    run("waxseal", "check-config")


def start_postgresql():
    version = os.path.basename(sorted(glob.glob("/usr/lib/postgresql/*"))[-1])
    run("pg_createcluster", "--start", version, "main", check=False)
    run("pg_ctlcluster", version, "main", "start", check=False)
    for _ in range(100):
        if subprocess.run(["runuser", "-u", "postgres", "--", "psql", "-c", "SELECT 1"], capture_output=True).returncode == 0:
            return
        time.sleep(0.1)
    raise SystemExit("PostgreSQL does not start")


def create_database():
    run("runuser", "-u", "postgres", "--", "createuser", "waxseal")
    run("runuser", "-u", "postgres", "--", "createdb", "--owner=waxseal", "waxseal")
    said = run("waxseal", "db", "init", "--dry-run")
    expect("would apply 001_accounts" in said, "`waxseal db init --dry-run` tells what would be done")
    run("waxseal", "db", "init")


def configure_sockets():
    text = pathlib.Path(CONFIG).read_text()
    for name in ("milter", "lmtp"):
        text = text.replace(f"unix:/run/waxseal/{name}.sock", f"unix:/var/spool/postfix/waxseal/{name}.sock")
    pathlib.Path(CONFIG).write_text(text)
    run("waxseal", "check-config")


def command_of(daemon):
    unit = glob.glob(f"/*/systemd/system/{daemon}.service") + glob.glob(f"/usr/lib/systemd/system/{daemon}.service")
    return re.search(r"^ExecStart=(.*)$", pathlib.Path(unit[0]).read_text(), re.M).group(1).split()


def start_daemons():
    log = open("/tmp/waxseal.log", "ab")
    return [subprocess.Popen(["setpriv", "--reuid=waxseal", "--regid=waxseal", "--clear-groups", *command_of(daemon)],
                             stdout=log, stderr=log) for daemon in DAEMONS]


def stop(processes):
    for process in processes:
        process.terminate()
    for process in processes:
        expect(process.wait(60) == 0, f"{os.path.basename(process.args[-1])} stops in order")


def configure_postfix():
    examples = pathlib.Path("/usr/share/doc/waxseal-postfix/examples")
    with open("/etc/postfix/main.cf", "a", encoding="ascii") as main:
        main.write((examples / "main.cf.snippet").read_text() +
                   "\nvirtual_mailbox_domains = example.test\nmydestination =\ninet_protocols = ipv4\n")
    with open("/etc/postfix/master.cf", "a", encoding="ascii") as master:
        master.write((examples / "master.cf.snippet").read_text())
    run("postfix", "check")
    run("postfix", "start")


def send(message):
    for _ in range(100):
        try:
            with smtplib.SMTP("127.0.0.1", 25, timeout=30) as smtp:
                return smtp.sendmail("alice@example.test", ["bob@example.test"], message)
        except OSError:
            time.sleep(0.1)
    raise SystemExit("Postfix does not answer on port 25")


def statuses(client, count):
    for _ in range(300):
        emails = client.emails()
        if len(emails) >= count:
            return [each["smimeStatus"] for each in emails]
        time.sleep(0.1)
    raise SystemExit(f"{count} messages were sent, {len(emails)} arrived; see /tmp/waxseal.log")


def connect():
    for _ in range(100):
        try:
            return JmapClient("http://127.0.0.1:8080/.well-known/jmap", "bob", "secret")
        except OSError:
            time.sleep(0.1)
    raise SystemExit("waxseal-jmapd does not answer")


def next_version(directory):
    """The same packages under a higher version, as an upgrade meets them."""
    target = tempfile.mkdtemp()
    for path in packages_in(directory):
        tree = tempfile.mkdtemp()
        run("dpkg-deb", "-R", path, tree)
        control = pathlib.Path(tree, "DEBIAN", "control")
        version = re.search(r"^Version: (.*)$", control.read_text(), re.M).group(1)
        control.write_text(control.read_text().replace(version, version + "+next"))
        run("dpkg-deb", "-b", tree, target)
    return target


def leftovers():
    found = run("find", "/etc", "/usr", "/var", "/run", "/lib", "-xdev", "(", "-path", "/var/log", "-o", "-path", "/var/lib/postgresql",
                "-o", "-path", "/var/cache", ")", "-prune", "-o", "-iname", "*waxseal*", "-print", check=False)
    # What an administrator wrote into Postfix's files, and systemd's record of what it once enabled, are not the packages'.
    return [line for line in found.split() if not line.startswith("/etc/postfix/")]


def main(dist):
    apt("update", "-qq")
    apt("install", "--no-install-recommends", "postgresql", "openssl", "python3", "util-linux")
    subprocess.run(["debconf-set-selections"], input="postfix postfix/main_mailer_type select Local only\n", text=True, check=True)
    apt("install", "--no-install-recommends", "postfix")
    apt("install", "--no-install-recommends", *packages_in(dist))
    check_installed()

    start_postgresql()
    create_database()
    configure_sockets()
    pki = Pki(tempfile.mkdtemp())
    run("waxseal", "trust", "add", pki.root)
    run("waxseal", "account", "add", "bob", "--address", "bob@example.test", "--password-stdin", input="secret\n")
    processes = start_daemons()
    configure_postfix()
    client = connect()

    alice = pki.issue("alice", "alice@example.test")
    good = mail.detached(mail.header("alice@example.test", "bob@example.test", "Signed"), alice)
    send(good)
    send(mail.altered(good))
    expect(sorted(statuses(client, 2)) == ["signed/failed", "signed/verified"], "JMAP tells the good message from the altered one")

    stop(processes)
    apt("install", "--no-install-recommends", *packages_in(next_version(dist)))
    check_installed()
    expect("/var/spool/postfix/waxseal/" in pathlib.Path(CONFIG).read_text(), "an upgrade keeps the configuration")
    expect("nothing to do" in run("waxseal", "db", "migrate"), "the schema is current after the upgrade")
    processes = start_daemons()
    send(mail.plain(mail.header("alice@example.test", "bob@example.test", "Plain")))
    expect(len(statuses(connect(), 3)) == 3, "mail goes on after the upgrade")
    stop(processes)
    run("postfix", "stop")

    apt("remove", *PACKAGES)
    expect(os.path.exists(CONFIG), "removing keeps the configuration")
    apt("purge", *PACKAGES)
    left = leftovers()
    expect(not left, f"purging leaves nothing behind {left}")
    print("packages: installed, used, upgraded, removed and purged")


if __name__ == "__main__":
    main(sys.argv[1])
