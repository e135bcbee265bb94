"""A private PostgreSQL cluster: its own directory, one loopback port, no system service touched."""

import contextlib
import glob
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import time

from .pki import run

SUPERUSER = "waxseal"


def binaries():
    """Directory of the newest installed PostgreSQL server's programs."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda p: int(re.search(r"/(\d+)/", p).group(1)))
    if found:
        return os.path.dirname(found[-1])
    initdb = shutil.which("initdb")
    if not initdb:
        raise RuntimeError("PostgreSQL's server programs are not installed (Debian: apt-get install postgresql)")
    return os.path.dirname(os.path.realpath(initdb))


def _server_account():
    """PostgreSQL refuses to run as root: as root it runs as 'postgres', otherwise as whoever calls."""
    return pwd.getpwnam("postgres") if os.geteuid() == 0 else None


def _as_server(command):
    """The command as the server's account; it keeps the right to walk through private parent directories (/root/...)."""
    account = _server_account()
    if account is None:
        return command
    return ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups",
            "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search", *command]


def _status(pid):
    """State and parent; None if the process is gone."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat") as stat:
        state, parent = stat.read().rsplit(")", 1)[1].split()[:2]
        return state, int(parent)
    return None


def _children(parent):
    """By parent, not by group: every server process is a session of its own."""
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return [pid for pid in pids if (status := _status(pid)) and status[1] == parent]


def _lives(pid):
    status = _status(pid)
    return status is not None and status[0] not in "ZX"


class Cluster:
    def __init__(self, directory, port):
        self.directory, self.port = os.path.abspath(directory), port
        self.sockets = False  # True: reached by a unix socket, as packages configure it
        self.data = os.path.join(self.directory, "data")
        self.bin = binaries()
        self.process = None

    def create(self):
        os.makedirs(self.directory, exist_ok=True)
        account = _server_account()
        if account:
            os.chown(self.directory, account.pw_uid, account.pw_gid)
        if os.path.exists(os.path.join(self.data, "PG_VERSION")):
            return
        password_file = os.path.join(self.directory, "password")
        with open(os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(18))
        if account:
            os.chown(password_file, account.pw_uid, account.pw_gid)
        run(*_as_server([os.path.join(self.bin, "initdb"), "-D", self.data, "-U", SUPERUSER, "-E", "UTF8", "--locale=C.UTF-8",
                         "--auth=scram-sha-256", f"--pwfile={password_file}", "--data-checksums"]), cwd="/")

    @property
    def url(self):
        with open(os.path.join(self.directory, "password")) as password:
            user = f"{SUPERUSER}:{password.read().strip()}"
        if self.sockets:
            return f"postgresql://{user}@/waxseal?host={self.directory}&port={self.port}"
        return f"postgresql://{user}@127.0.0.1:{self.port}/waxseal"

    def start(self):
        command = _as_server([os.path.join(self.bin, "postgres"), "-D", self.data, "-p", str(self.port),
                              "-c", "listen_addresses=127.0.0.1", "-c",
                              f"unix_socket_directories={self.directory if self.sockets else ''}",
                              "-c", "max_connections=60"])
        with open(os.path.join(self.directory, "log"), "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd="/", start_new_session=True)
        self._wait_until_ready()

    def _psql(self, statement, database):
        url = re.sub(r"/waxseal(?=\?|$)", "/" + database, self.url)
        return run("psql", "-X", "-A", "-t", "-q", "-d", url, "-c", statement).decode().strip()

    def sql(self, statement):
        return self._psql(statement, "waxseal")

    def _wait_until_ready(self):
        deadline = time.monotonic() + 30
        while True:
            try:
                if self._psql("SELECT count(*) FROM pg_database WHERE datname = 'waxseal'", "postgres") == "0":
                    self._psql("CREATE DATABASE waxseal", "postgres")
                return
            except RuntimeError as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"PostgreSQL did not start; see {self.directory}/log: {error}") from None
                time.sleep(0.1)

    def kill(self):
        """As a power cut would: every server process at once."""
        os.kill(self.process.pid, signal.SIGSTOP)  # it shall start no more of them
        family = [self.process.pid, *_children(self.process.pid)]
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        while any(_lives(pid) for pid in family):  # a process that still lives holds the memory that all of them shared
            time.sleep(0.01)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # fast shutdown
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
