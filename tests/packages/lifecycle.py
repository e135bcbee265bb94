#!/usr/bin/env python3
"""Installs the packages on a bare Debian, sends a signed message through Postfix, reads it by JMAP, upgrades, removes, purges.

The commands are those of docs/INSTALL.md for packages and database, run as they stand, and the snippets for Postfix are those of the
package.  Nothing starts services in a bare root: what init does on a real machine (PostgreSQL, Postfix, the daemons) is done here.

Runs as root inside a root file system that may be changed at will: tests/bare_root --packages DIST.
Usage: tests/packages/lifecycle.py DIST     DIST has the .deb files of packaging/build deb
"""

import contextlib
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
sys.path[:0] = [str(ROOT / "packaging"), str(ROOT / "tests/integration")]
import documents  # noqa: E402
from demo import mail  # noqa: E402
from demo.jmap import JmapClient  # noqa: E402
from demo.pki import Pki  # noqa: E402

CONFIG = "/etc/waxseal/waxseal.toml"
DAEMONS = ["waxseal-milter", "waxseal-lmtpd", "waxseal-jmapd", "waxseal-reverifyd"]
PACKAGES = ["waxseal", "waxseal-common", "waxseal-postfix", *DAEMONS]
LOG = "/tmp/waxseal.log"


def run(*command, check=True, **options):
    """What it printed.  To a file, not a pipe: a daemon that it starts may keep it open."""
    print("+", *command, flush=True)
    with tempfile.TemporaryFile("w+") as printed:
        done = subprocess.run(command, text=True, stdout=printed, stderr=subprocess.STDOUT, **options)
        printed.seek(0)
        text = printed.read()
    if check and done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed ({done.returncode}):\n{text}")
    return text


def expect(fact, what):
    if not fact:
        raise SystemExit(f"not so: {what}")
    print("  ok:", what, flush=True)


def eventually(attempt, what):
    """What `attempt` gives once it gives something and raises no OSError."""
    for _ in range(300):
        with contextlib.suppress(OSError):
            if value := attempt():
                return value
        time.sleep(0.1)
    raise SystemExit(f"{what}; see {LOG}:\n{pathlib.Path(LOG).read_text()[-3000:] if os.path.exists(LOG) else ''}")


def apt(*arguments):
    return run("apt-get", "-y", "-o", "Dpkg::Use-Pty=0", *arguments, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


def packages_in(directory):
    return sorted(path for path in glob.glob(f"{directory}/*.deb") if "-dbgsym_" not in path)


def documented_commands():
    """Line by line, without the first: it makes the packages that were given to us."""
    blocks = [block.text for heading in ("1. Programs", "2. Database") for block in documents.blocks_of("docs/INSTALL.md")
              if block.heading == heading]
    lines = "".join(blocks).splitlines()
    expect(lines[0].startswith("packaging/build deb") and "apt-get install" in lines[1] and "waxseal db init" in lines[-1],
           "INSTALL says how packages are made, installed and given a database")
    return lines[1:]


def prepare(stack, dist):
    """A machine as its administrator has it before: PostgreSQL and Postfix run, sudo is there, nothing is configured."""
    run("debconf-set-selections", input="postfix postfix/main_mailer_type select Local only\n")
    apt("update", "-qq")
    apt("install", "--no-install-recommends", "postgresql", "postfix", "openssl", "sudo", "util-linux")
    version = os.path.basename(sorted(glob.glob("/usr/lib/postgresql/*"))[-1])
    if not os.path.exists(f"/etc/postgresql/{version}/main"):
        run("pg_createcluster", version, "main")
    run("pg_ctlcluster", version, "main", "start", check=False)
    stack.callback(run, "pg_ctlcluster", version, "main", "stop", check=False)
    eventually(lambda: subprocess.run(["runuser", "-u", "postgres", "--", "psql", "-c", "SELECT 1"], capture_output=True).returncode == 0,
               "PostgreSQL does not start")
    run("postfix", "start")
    stack.callback(run, "postfix", "stop", check=False)
    place = ROOT / "dist"
    place.unlink(missing_ok=True)
    place.symlink_to(dist)


def check_installed():
    for package in PACKAGES:
        expect("install ok installed" in run("dpkg-query", "-W", "-f=${Status}", package), f"{package} is installed")
    expect(run("stat", "-c", "%U:%G %a", CONFIG).strip() == "root:waxseal 640", f"{CONFIG} is for root and the daemons only")
    expect(run("stat", "-c", "%U:%G %a", "/var/spool/postfix/waxseal").strip() == "waxseal:postfix 2750",
           "Postfix may enter the directory of the sockets")
    for daemon in DAEMONS:
        wanted = f"/etc/systemd/system/multi-user.target.wants/{daemon}.service"
        expect(os.path.islink(wanted), f"{daemon} starts at boot")
    expect(not os.path.exists("/etc/systemd/system/sockets.target.wants/waxseal-lmtpd.socket"), "the socket unit is a choice")
    run("waxseal", "check-config")


def follow_documentation():
    for line in documented_commands():
        if "waxseal db init" in line:
            said = run("sudo", "waxseal", "db", "init", "--dry-run")
            expect("would apply 001_accounts" in said, "`waxseal db init --dry-run` tells what would be done")
        run("bash", "-e", "-c", line, cwd=ROOT, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
        if "apt-get install" in line:
            check_installed()


def configure():
    """Both sockets where a chrooted Postfix sees them, and the snippets of the package."""
    config = pathlib.Path(CONFIG)
    config.write_text(config.read_text().replace('"unix:/run/waxseal/', '"unix:/var/spool/postfix/waxseal/'))
    run("waxseal", "check-config")
    examples = pathlib.Path("/usr/share/doc/waxseal-postfix/examples")
    for name in ("main.cf", "master.cf"):
        with open(f"/etc/postfix/{name}", "a", encoding="ascii") as file:
            file.write((examples / f"{name}.snippet").read_text())
    run("postconf", "-e", "virtual_mailbox_domains=example.net")
    run("postfix", "check")
    run("postfix", "reload")


def command_of(daemon):
    unit = glob.glob(f"/*/systemd/system/{daemon}.service") + glob.glob(f"/usr/lib/systemd/system/{daemon}.service")
    return re.search(r"^ExecStart=(.*)$", pathlib.Path(unit[0]).read_text(), re.M).group(1).split()


@contextlib.contextmanager
def daemons():
    """What systemd would run, as the user that the units name; they must stop in order."""
    with open(LOG, "ab") as log:
        running = [subprocess.Popen(["setpriv", "--reuid=waxseal", "--regid=waxseal", "--clear-groups", *command_of(daemon)],
                                    stdout=log, stderr=log) for daemon in DAEMONS]
    try:
        yield
    finally:
        for process in running:
            process.terminate()
        ended = [process.wait(60) for process in running]
    expect(ended == [0] * len(DAEMONS), f"the daemons stop in order {ended}")


def send(message):
    def attempt():
        with smtplib.SMTP("127.0.0.1", 25, timeout=30) as smtp:
            return smtp.sendmail("alice@example.org", ["bob@example.net"], message) == {}
    return eventually(attempt, "Postfix does not take the message")


def connect():
    return eventually(lambda: JmapClient("http://127.0.0.1:8080/.well-known/jmap", "bob", "secret"), "waxseal-jmapd does not answer")


def statuses(client, count):
    def attempt():
        emails = client.emails()
        return emails if len(emails) >= count else None
    return sorted(str(each["smimeStatus"]) for each in eventually(attempt, f"{count} messages do not arrive"))


def header(subject):
    return mail.header("alice@example.org", "bob@example.net", subject)


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


def use(pki):
    alice = pki.issue("alice", "alice@example.org")
    good = mail.detached(header("Signed"), alice)
    with daemons():
        client = connect()
        send(good)
        send(mail.altered(good))
        expect(statuses(client, 2) == ["signed/failed", "signed/verified"], "JMAP tells the good message from the altered one")


def upgrade(dist):
    apt("install", "--no-install-recommends", *packages_in(next_version(dist)))
    check_installed()
    expect("+next" in run("dpkg-query", "-W", "-f=${Version}", "waxseal-jmapd"), "the packages are the new ones")
    expect("/var/spool/postfix/waxseal/" in pathlib.Path(CONFIG).read_text(), "an upgrade keeps the configuration")
    expect("nothing to do" in run("sudo", "waxseal", "db", "migrate"), "the schema is current after the upgrade")
    with daemons():
        send(mail.plain(header("Plain")))
        expect(statuses(connect(), 3) == ["None", "signed/failed", "signed/verified"], "mail goes on after the upgrade")


def leftovers():
    """What bears our name in the file system; what PostgreSQL, logs and caches have is not the packages'."""
    pruned = ["/proc", "/sys", "/dev", "/tmp", "/src", "/dist", "/testdata", "/ccache", "/var/log", "/var/lib/postgresql", "/var/cache"]
    skipped = [word for path in pruned for word in ("-path", path, "-o")][:-1]
    found = run("find", "/", "(", *skipped, ")", "-prune", "-o", "-iname", "*waxseal*", "-print", check=False)
    return found.split()


def remove():
    before = leftovers()
    expect("/usr/sbin/waxseal-jmapd" in before and CONFIG in before, "what is installed can be found")
    apt("remove", *PACKAGES)
    expect(os.path.exists(CONFIG), "removing keeps the configuration")
    expect(not glob.glob("/usr/*bin/waxseal*"), "removing removes the programs")
    apt("purge", *PACKAGES)
    left = leftovers()
    expect(not left, f"purging leaves nothing behind {left or ''}")


def main(dist):
    with contextlib.ExitStack() as stack:
        prepare(stack, dist)
        follow_documentation()
        configure()
        pki = Pki(tempfile.mkdtemp())
        run("sudo", "waxseal", "trust", "add", pki.root)
        run("sudo", "waxseal", "account", "add", "bob", "--address", "bob@example.net", "--password-stdin",
            input="secret\n")
        use(pki)
        upgrade(dist)
        remove()
    print("packages: installed, used, upgraded, removed and purged")


if __name__ == "__main__":
    main(sys.argv[1])
