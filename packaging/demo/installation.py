"""One whole installation below a directory: cluster, configuration, accounts and the four daemons."""

import json
import os
import secrets
import smtplib
import socket
import subprocess
import time

from .cluster import Cluster
from .jmap import JmapClient
from .milter import MilterSession

DAEMONS = ["waxseal-lmtpd", "waxseal-milter", "waxseal-jmapd", "waxseal-reverifyd"]
CONFIGURATION = """# A private installation; see waxseal.conf(5) for every setting.
hostname = "mx.example.test"

[log]
level = "info"

[database]
url = "{database}"

[authentication_results]
authserv_id = "mx.example.test"

[milter]
socket = "{milter}"
mode = "{milter_mode}"
{milter_extra}

[lmtp]
listen = ["inet:127.0.0.1:{lmtp}"]
{lmtp_extra}

[jmap]
listen = ["inet:127.0.0.1:{jmap}"]
base_url = "http://127.0.0.1:{jmap}"

[reverify]
poll_seconds = 1

{extra}"""


def free_base_port(count=5):
    """A port p such that p .. p+count-1 are free on loopback now."""
    while True:
        base = 20000 + secrets.randbelow(12000)
        try:
            for port in range(base, base + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
            return base
        except OSError:
            continue


class Installation:
    """Ports: LMTP base, milter base+1, JMAP base+2, PostgreSQL base+3."""

    def __init__(self, directory, binaries, base_port=None, milter_stores=True, extra="", lmtp_extra="",
                 milter_extra=""):
        self.directory, self.binaries = os.path.abspath(directory), os.path.abspath(binaries)
        base = base_port or free_base_port()
        self.lmtp_port, self.milter_port, self.jmap_port = base, base + 1, base + 2
        os.makedirs(self.directory, exist_ok=True)
        self.cluster = Cluster(self.path("postgres"), base + 3)
        self.config = self.path("waxseal.toml")
        self.milter_socket = f"inet:{self.milter_port}@127.0.0.1"
        self.milter_mode = "store_and_annotate" if milter_stores else "annotate"
        self.extra, self.lmtp_extra, self.milter_extra = extra, lmtp_extra, milter_extra
        self.processes = {}

    def path(self, *parts):
        return os.path.join(self.directory, *parts)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self.cluster.create()
        self.cluster.start()
        self.write_configuration()
        self.cli("db", "init")
        for daemon in DAEMONS:
            self.start_daemon(daemon)
        for port in (self.lmtp_port, self.milter_port, self.jmap_port):
            self.wait_for_port(port)

    def write_configuration(self):
        with open(os.open(self.config, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write(CONFIGURATION.format(database=self.cluster.url, milter=self.milter_socket, lmtp=self.lmtp_port,
                                           jmap=self.jmap_port, milter_mode=self.milter_mode, extra=self.extra,
                                           lmtp_extra=self.lmtp_extra, milter_extra=self.milter_extra))

    def start_daemon(self, name):
        os.makedirs(self.path("log"), exist_ok=True)
        with open(self.path("log", name + ".log"), "ab") as log:
            self.processes[name] = subprocess.Popen([os.path.join(self.binaries, name), "--config", self.config],
                                                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def wait_for_port(self, port):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            for name, process in self.processes.items():
                if process.poll() is not None:
                    raise RuntimeError(f"{name} ended with status {process.returncode}; see {self.path('log', name)}.log:\n"
                                       + self.log(name)[-2000:])
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"nothing listens on 127.0.0.1:{port} after 30 seconds")

    def log(self, name):
        with open(self.path("log", name + ".log"), errors="replace") as text:
            return text.read()

    def stop_daemon(self, name):
        process = self.processes.pop(name)
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def stop(self):
        for name in list(self.processes):
            self.processes[name].terminate()
        for name in list(self.processes):
            self.stop_daemon(name)
        self.cluster.stop()

    def cli(self, *arguments, input=None, check=True, octets=False):
        """Runs the administrator's command; returns its standard output."""
        done = subprocess.run([os.path.join(self.binaries, "waxseal"), "--config", self.config, *map(str, arguments)],
                              input=input, capture_output=True, text=not octets)
        if check and done.returncode != 0:
            raise RuntimeError(f"waxseal {' '.join(map(str, arguments))}: exit status {done.returncode}: {done.stderr}")
        return done.stdout

    def add_account(self, name, *addresses):
        """Returns the password."""
        password = secrets.token_urlsafe(9)
        options = [word for address in addresses for word in ("--address", address)]
        self.cli("account", "add", name, *options, "--password-stdin", input=password + "\n")
        return password

    def create_token(self, name):
        return json.loads(self.cli("token", "create", name, "--json"))["secret"]

    def jmap(self, name, password):
        return JmapClient(f"http://127.0.0.1:{self.jmap_port}/.well-known/jmap", name, password)

    def lmtp(self, message, recipient, sender="sender@example.test"):
        """Delivers octets as they are (SMTP dot-stuffing apart)."""
        with smtplib.LMTP("127.0.0.1", self.lmtp_port) as connection:
            refused = connection.sendmail(sender, [recipient], message, ["BODY=8BITMIME"])
        if refused:
            raise RuntimeError(f"LMTP refused: {refused}")

    def milter(self, message, recipient, sender="sender@example.test", queue_id="4DEM0MAIL"):
        session = MilterSession(("127.0.0.1", self.milter_port))
        try:
            return session.send(sender, [recipient], message, queue_id)
        finally:
            session.close()
