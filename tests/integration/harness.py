"""What the integration tests share: an installation in a temporary directory, a real Postfix, a recording LMTP relay."""

import contextlib
import os
import shutil
import smtplib
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from demo.installation import Installation, free_base_port
from demo.pki import Pki

BINARIES = os.environ.get("WAXSEAL_BINARIES", "build/dev/bin")
TESTDATA = os.environ.get("WAXSEAL_TESTDATA")
SKIPPED = 77  # ctest's SKIP_RETURN_CODE


def skip_file(reason):
    print("skipped:", reason)
    raise SystemExit(SKIPPED)


@contextlib.contextmanager
def temporary_directory():
    """Readable for the accounts that Postfix and PostgreSQL run as; below /tmp, since socket paths must be short."""
    path = tempfile.mkdtemp(prefix="waxseal-test-", dir="/tmp")
    os.chmod(path, 0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def eventually(check, seconds=20, what="the condition"):
    """Calls `check` until it returns something true; its last exception or a timeout fails the test."""
    deadline = time.monotonic() + seconds
    while True:
        result = check()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {seconds} s")
        time.sleep(0.1)


class InstallationTest(unittest.TestCase):
    """A running installation with a PKI and the account demo@example.test; the anchor is trusted unless told otherwise."""

    trusted = True
    milter_stores = True
    extra = ""
    lmtp_extra = ""
    milter_extra = ""
    recipient = "demo@example.test"
    sender = "alice@example.test"

    def setUp(self):
        directory = self.enterContext(temporary_directory())
        self.pki = Pki(os.path.join(directory, "pki"))
        self.installation = Installation(os.path.join(directory, "site"), BINARIES, milter_stores=self.milter_stores,
                                         extra=self.extra, lmtp_extra=self.lmtp_extra, milter_extra=self.milter_extra)
        self.addCleanup(self.installation.stop)
        self.installation.start()
        if self.trusted:
            self.installation.cli("trust", "add", self.pki.root)
            time.sleep(1.2)  # anchors are looked for once a second
        self.password = self.installation.add_account(self.recipient, self.recipient)
        self.jmap = self.installation.jmap(self.recipient, self.password)

    def enterContext(self, manager):  # unittest has it from Python 3.11 on
        value = manager.__enter__()
        self.addCleanup(manager.__exit__, None, None, None)
        return value

    def tearDown(self):
        """After a failure, what the daemons had to say."""
        if not self._outcome.success:
            for name in self.installation.processes:
                print(f"--- {name}\n{self.installation.log(name)[-3000:]}")

    def email_state(self):
        return self.jmap.call("Email/get", ids=[])["state"]

    def changes_since(self, state):
        return self.jmap.call("Email/changes", sinceState=state)


class LoopbackServer(threading.Thread):
    """Serves each client that connects to `port` on a thread of its own."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()

    def run(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def close(self):
        self.listener.close()


class RecordingRelay(LoopbackServer):
    """An LMTP proxy between Postfix and waxseal-lmtpd that remembers the octets of each DATA as they were handed over."""

    def __init__(self, target_port):
        super().__init__()
        self.target_port = target_port
        self.messages = []  # octets, dots unstuffed

    def serve(self, client):
        server = socket.create_connection(("127.0.0.1", self.target_port))
        data = threading.Event()  # set by the answer 354
        threading.Thread(target=self._answers, args=(server, client, data), daemon=True).start()
        stream = client.makefile("rb")
        while True:
            line = stream.readline()
            if not line:
                server.close()
                return
            server.sendall(line)
            if line.upper().strip() == b"DATA":
                data.wait(30)
                data.clear()
                self._record(stream, server)

    def _answers(self, server, client, data):
        for line in server.makefile("rb"):
            client.sendall(line)
            if line.startswith(b"354"):
                data.set()
        client.close()

    def _record(self, stream, server):
        octets = []
        for line in stream:
            server.sendall(line)
            if line == b".\r\n":
                with self.lock:
                    self.messages.append(b"".join(octets))
                return
            octets.append(line[1:] if line.startswith(b".") else line)


POSTFIX_MAIN = """
compatibility_level = 3.6
queue_directory = {directory}/queue
data_directory = {directory}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
shlib_directory = {shlib}
meta_directory = {directory}/etc
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.example.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
disable_dns_lookups = yes
virtual_mailbox_domains = example.test, {domains}
virtual_transport = waxlmtp:inet:127.0.0.1:{lmtp_port}
smtpd_milters = inet:127.0.0.1:{milter_port}
milter_default_action = tempfail
milter_protocol = 6
enable_long_queue_ids = yes
message_size_limit = 104857600
mailbox_size_limit = 0
virtual_mailbox_limit = 0
maillog_file_prefixes = {directory}
maillog_file = {directory}/log
alias_maps =
local_recipient_maps =
biff = no
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
{extra}
"""
POSTFIX_MASTER = """
127.0.0.1:{port} inet n - n - 20 smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
showq unix n - n - - showq
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
waxlmtp unix - - n - 10 lmtp
  -o lmtp_line_length_limit=0 -o disable_mime_output_conversion=yes -o lmtp_data_done_timeout=600s -o lmtp_send_xforward_command=yes
"""


def each_setting_once(main):
    """main.cf with the last of each setting.  A warning about one that is given twice goes to postlogd from every program of Postfix, and
    from postlogd itself, which then waits for ever if its queue happens to be full."""
    settings = {}
    for line in main.splitlines():
        if "=" in line and not line.startswith((" ", "\t", "#")):
            name = line.split("=", 1)[0].strip()
            settings.pop(name, None)
            settings[name] = line
        elif line.startswith((" ", "\t")) and settings:
            settings[name] += "\n" + line
    return "\n".join(settings.values()) + "\n"


class Postfix:
    """A Postfix with its own configuration, queue and port.  Needs root, as Postfix does."""

    def __init__(self, directory, lmtp_port, milter_port, domains="example.org", extra=""):
        self.directory = directory
        self.port = free_base_port(1)
        etc = os.path.join(directory, "etc")
        for name in ("etc", "queue", "data"):
            os.makedirs(os.path.join(directory, name))
        shutil.chown(os.path.join(directory, "data"), "postfix")
        values = dict(directory=directory, lmtp_port=lmtp_port, milter_port=milter_port, domains=domains, port=self.port,
                      daemons="/usr/lib/postfix/sbin", shlib="/usr/lib/postfix", extra=extra)
        for name, text in (("main.cf", POSTFIX_MAIN), ("master.cf", POSTFIX_MASTER)):
            with open(os.path.join(etc, name), "w") as out:
                text = text.format(**values)
                out.write(each_setting_once(text) if name == "main.cf" else text)
        for name in ("postfix-files", "postfix-files.d", "post-install", "dynamicmaps.cf", "postfix-script"):
            for source in (f"/etc/postfix/{name}", f"/usr/share/postfix/{name}", f"/usr/lib/postfix/sbin/{name}"):
                if os.path.isfile(source) and not os.path.exists(os.path.join(etc, name)):
                    shutil.copy(source, etc)
        self.etc = etc

    def _command(self, verb):
        # Postfix that does not get its log going waits for it for ever.
        return subprocess.run(["postfix", "-c", self.etc, verb], capture_output=True, text=True, timeout=60)

    def start(self):
        done = self._command("start")
        if done.returncode != 0:
            raise RuntimeError(f"postfix start: {done.stdout}{done.stderr}{self.log()}")
        eventually(self._listens, what="Postfix's SMTP port")

    def _listens(self):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        return False

    def stop(self):
        self._command("stop")

    def log(self):
        with contextlib.suppress(OSError), open(os.path.join(self.directory, "log"), errors="replace") as text:
            return text.read()
        return ""

    def send(self, message, recipient, sender):
        with smtplib.SMTP("127.0.0.1", self.port, timeout=60) as connection:
            connection.sendmail(sender, [recipient], message, ["BODY=8BITMIME"])

    def queue_is_empty(self):
        listing = subprocess.run(["postqueue", "-c", self.etc, "-p"], capture_output=True, text=True)
        return "Mail queue is empty" in listing.stdout
