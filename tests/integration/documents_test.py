"""Every command line of README and INSTALL, executed as it stands there, from top to bottom.

INSTALL is followed on a machine of its own, made of Linux namespaces: its own network, processes and mounts, where everything that is
written goes to memory.  PostgreSQL and Postfix are Debian's, at their usual places and ports.  Different from a real machine:
  sudo runs the command; systemctl (beside this file) starts what the units name
  `cmake --build` shows what it would do, and `cmake --install` installs the build that is being tested
README's quickstart uses the programs that are being tested instead of building them (WAXSEAL_BINARIES).
"""

import ctypes
import glob
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
import urllib.request

import documents
from demo import mail
from demo.jmap import JmapClient
from demo.pki import Pki
from harness import BINARIES, eventually, skip_file, temporary_directory

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.dirname(os.path.abspath(BINARIES))
README, INSTALL = "README.md", "docs/INSTALL.md"
# Not executed here: by whom, or why not.
ELSEWHERE = {
    (INSTALL, "1. Programs"): "tests/bare_root --packages: builds and installs packages, which needs a machine that may be changed",
    (INSTALL, "Postfix chrooted, the milter stores: copy and paste"): "integration.install: the other way in",
    (INSTALL, "Sendmail, the milter stores: copy and paste"): "integration.install: conflicts with Postfix",
}
SELF = "tests/run"  # executes all tests, this one too: only its syntax is checked
NAMESPACES = ["unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc", "--kill-child"]
SHIMS = {
    "sudo": '[ "$1" = -u ] && { user=$2; shift 2; exec runuser -u "$user" -- "$@"; }\nexec "$@"',
    "systemctl": f'exec {sys.executable} -B {HERE}/systemctl "$@"',
    "cmake": 'case "$1" in\n--build) exec /usr/bin/cmake "$@" -- -n ;;\n'
             f'--install) exec /usr/bin/cmake --install {BUILD} ;;\nesac\nexec /usr/bin/cmake "$@"',
}


def run(command, **options):
    """As somebody pastes it into a shell; what it prints.  There is no terminal: who asks for a password reads `input`."""
    done = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", command], capture_output=True, text=True, start_new_session=True,
                          **options)
    if done.returncode != 0:
        raise AssertionError(f"exit status {done.returncode} of\n{command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def scratch_tree(directory):
    """The tree, without what was built in it."""
    for name in os.listdir(documents.ROOT):
        if name not in ("build", "var", "dist", ".git"):
            os.symlink(os.path.join(documents.ROOT, name), os.path.join(directory, name))
    return directory


class Blocks(unittest.TestCase):
    def test_a_block_that_says_not_what_it_is(self):
        good = "# Title\n```sh\ntrue\n```\n"
        self.assertEqual([(each.heading, each.text) for each in documents.blocks_of("x", good)], [("Title", "true\n")])
        for bad in (good.replace("sh", ""), good.replace("sh", "console"), good[:-4]):
            with self.assertRaises(ValueError):
                documents.blocks_of("x", bad)

    def test_what_is_executed_elsewhere_is_there(self):
        for document, heading in ELSEWHERE:
            self.assertIn(heading, [each.heading for each in documents.blocks_of(document)])
        with open(os.path.join(HERE, "install_test.py"), encoding="utf-8") as text:
            install_test = text.read()
        for (_, heading), who in ELSEWHERE.items():
            self.assertTrue(who.startswith("tests/bare_root") or f'self.execute("{heading}"' in install_test, heading)


class Readme(unittest.TestCase):
    """packaging/quickstart until its page answers, the commands that are meant for another terminal, and Ctrl-C."""

    def test_every_block(self):
        blocks = [each.text for each in documents.blocks_of(README) if each.language == "sh"]
        self.assertTrue(blocks[0].startswith("packaging/quickstart"))
        with temporary_directory() as place:
            scratch_tree(place)
            os.makedirs(os.path.join(place, "build/quickstart"))
            os.symlink(os.path.abspath(BINARIES), os.path.join(place, "build/quickstart/bin"))
            started = subprocess.Popen(["bash", "-c", "exec " + blocks[0].split("#")[0]], cwd=place, stdout=subprocess.PIPE, text=True,
                                       env={**os.environ, "WAXSEAL_BINARIES": "build/quickstart/bin"}, start_new_session=True)
            try:
                said = self.read_until(started.stdout, "Ctrl-C stops everything.")
                with urllib.request.urlopen(self.value(said, "page"), timeout=10) as page:
                    self.assertIn(b"<title>waxseal</title>", page.read())
                client = JmapClient(self.value(said, "JMAP"), self.value(said, "user"), self.value(said, "password"))
                self.assertIn("signed/verified", [email["smimeStatus"] for email in client.emails()])
                for block in blocks[1:]:
                    if block.startswith(SELF):
                        run("sh -n " + block.split("#")[0], cwd=place)
                    else:
                        self.assertIn("signed/verified", run(block, cwd=place))
            finally:
                os.killpg(started.pid, signal.SIGINT)
                status = started.wait(60)
                started.stdout.close()
            self.assertEqual(status, 0)

    def read_until(self, stream, last):
        said = ""
        for line in stream:
            said += line
            if last in line:
                return said
        self.fail(f"quickstart ended: {said}")

    def value(self, said, name):
        return [line.split()[1] for line in said.splitlines() if line.startswith(name + " ")][0]


class FreshMachine:
    """PostgreSQL and Postfix as Debian sets them up, in this process's own namespaces."""

    def __init__(self, place):
        self.place = place
        self.bring_loopback_up()
        run(f"mount -t tmpfs tmpfs {place}; mkdir {place}/tree {place}/shims")
        for directory in ("etc", "var", "run", "usr/local"):
            upper, work = (os.path.join(place, directory.replace("/", "_") + kind) for kind in (".upper", ".work"))
            run(f"mkdir {upper} {work}; mount -t overlay overlay -o lowerdir=/{directory},upperdir={upper},workdir={work} /{directory}")
        run("mount -t tmpfs tmpfs /home; mount -t tmpfs tmpfs /srv; rm -rf /etc/waxseal /etc/postgresql/* /var/lib/postgresql/*")
        self.tree = scratch_tree(os.path.join(place, "tree"))
        for name, text in SHIMS.items():
            path = os.path.join(place, "shims", name)
            with open(path, "w", encoding="ascii") as out:
                out.write(f"#!/bin/sh\n{text}\n")
            os.chmod(path, 0o755)
        self.start_postgresql()
        self.start_postfix()

    def bring_loopback_up(self):
        siocsifflags, iff_up = 0x8914, 1
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            request = ctypes.create_string_buffer(b"lo".ljust(16, b"\0") + iff_up.to_bytes(2, sys.byteorder), 40)
            if ctypes.CDLL(None, use_errno=True).ioctl(any_socket.fileno(), siocsifflags, request) != 0:
                raise OSError(ctypes.get_errno(), "the loopback interface")

    def start_postgresql(self):
        version = max((os.path.basename(path) for path in glob.glob("/usr/lib/postgresql/*")), key=float)
        run(f"pg_createcluster {version} main >&2; pg_ctlcluster {version} main start")

    def start_postfix(self):
        """What the package makes of "Internet site", and a domain for virtual mailboxes."""
        run("cp /usr/share/postfix/main.cf.debian /etc/postfix/main.cf; cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf; "
            "postconf -e myhostname=mx.example.net mydestination=localhost inet_protocols=ipv4 maillog_file=/var/log/postfix.log "
            "alias_maps= alias_database=; rm -f /var/spool/postfix/pid/*; postfix start")

    def leave(self):
        """What uses it ends with the namespaces; its mount point can be removed now."""
        run(f"postfix stop; cd /; umount --lazy {self.place}")

    def execute(self, block, **options):
        return run(block.text, cwd=self.tree, env={**os.environ, "PATH": f"{self.place}/shims:{os.environ['PATH']}"}, **options)


class Install(unittest.TestCase):
    CONFIGURATION = "/etc/waxseal/waxseal.toml"
    MAIL = ["Old, in a Maildir", "Old, in an mbox"]

    def make_what_the_page_takes_for_granted(self, machine):
        """The company's root, and old mail."""
        self.pki = Pki(os.path.join(machine.place, "pki"))
        shutil.copy(self.pki.root, os.path.join(machine.tree, "my-company-root.pem"))
        run("useradd --create-home alice; mkdir -p /srv/old ~alice/Maildir/cur ~alice/Maildir/new ~alice/Maildir/tmp")
        with open("/home/alice/Maildir/cur/1.mx:2,S", "wb") as out:
            out.write(mail.plain(mail.header("bob@example.net", "alice@example.net", self.MAIL[0])))
        with open("/srv/old/alice.mbox", "wb") as out:
            message = mail.plain(mail.header("bob@example.net", "alice@example.net", self.MAIL[1]))
            out.write(b"From bob@example.net Mon Nov 23 10:00:00 2026\n" + message.replace(b"\r\n", b"\n") + b"\n")

    def merge(self, toml):
        """What an administrator does with "and in waxseal.toml": these sections instead of those that are there."""
        with open(self.CONFIGURATION, encoding="utf-8") as text:
            sections = dict(self.sections(text.read()))
        sections.update(self.sections(toml))
        with open(self.CONFIGURATION, "w", encoding="utf-8") as out:
            out.write("".join(sections.values()))

    def sections(self, toml):
        name, lines = "", {}
        for line in toml.splitlines(keepends=True):
            name = line.strip() if line.startswith("[") else name
            lines.setdefault(name, []).append(line)
        return {key: "".join(value) for key, value in lines.items()}.items()

    def follow(self, machine):
        """All blocks in their order.  Returns what each heading's commands printed."""
        said = {}
        for block in documents.blocks_of(INSTALL):
            if block.language == "toml":
                self.check_toml(block)
            if (INSTALL, block.heading) in ELSEWHERE or block.heading.startswith("Relay"):
                continue
            if block.language == "toml":
                self.merge(block.text)
            else:
                password = said.get("4. Accounts", "").split("\n")[0]
                said[block.heading] = said.get(block.heading, "") + machine.execute(block, input=password + "\n")
        return said

    def check_toml(self, block):
        with open(self.CONFIGURATION, encoding="utf-8") as text:
            before = text.read()
        self.merge(block.text)
        try:
            run("waxseal check-config")
        finally:
            with open(self.CONFIGURATION, "w", encoding="utf-8") as out:
                out.write(before)

    def test_every_block(self):
        place = tempfile.mkdtemp(prefix="waxseal-test-", dir="/tmp")
        os.chmod(place, 0o755)
        machine = FreshMachine(place)
        self.addCleanup(os.rmdir, place)
        self.addCleanup(machine.leave)
        self.make_what_the_page_takes_for_granted(machine)
        said = self.follow(machine)
        self.assertIn('"apiUrl"', said["9. Look"])
        self.assertEqual(oct(os.stat(self.CONFIGURATION).st_mode & 0o777), "0o640")
        client = JmapClient("http://127.0.0.1:8080/.well-known/jmap", "alice", said["4. Accounts"].split("\n")[0])
        self.send_signed()
        eventually(lambda: len(client.emails()) >= 4, 30, "all the mail")
        subjects = {email["subject"]: email["smimeStatus"] for email in client.emails()}
        self.assertEqual(subjects, {self.MAIL[0]: None, self.MAIL[1]: None, "Is it here?": None, "Signed": "signed/verified"})

    def send_signed(self):
        signed = mail.detached(mail.header("bob@example.net", "alice@example.net", "Signed"), self.pki.issue("Bob", "bob@example.net"))
        subprocess.run(["sendmail", "-f", "bob@example.net", "alice@example.net"], input=signed.replace(b"\r\n", b"\n"), check=True)


def needs():
    if os.geteuid() != 0 or not os.path.exists("/usr/share/postfix/main.cf.debian"):
        return "needs root and Postfix"
    if not shutil.which("systemd-sysusers") or not shutil.which("pg_createcluster"):
        return "needs systemd and postgresql (packaging/install-build-deps --tests)"
    if subprocess.run([*NAMESPACES, "true"], capture_output=True).returncode != 0:
        return "this machine makes no namespaces"
    return None


if __name__ == "__main__":
    if os.environ.get("WAXSEAL_OWN_MACHINE"):
        unittest.main()
    if (reason := needs()):
        skip_file(reason)
    os.environ["WAXSEAL_OWN_MACHINE"] = "yes"
    os.execvp(NAMESPACES[0], [*NAMESPACES, sys.executable, "-B", "-u", *sys.argv])
