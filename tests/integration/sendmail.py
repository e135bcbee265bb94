"""A real Sendmail with its own configuration, queue and port, from Debian's packages without installing them.

Debian's sendmail-bin conflicts with postfix, so the packages are unpacked into a directory of the tests' own; the libraries that they
need come with packaging/install-build-deps --tests.  The configuration is made from sendmail.mc by m4, as on a real machine.
"""

import contextlib
import glob
import os
import shutil
import socket
import subprocess

from demo.installation import free_base_port
from harness import eventually, skip_file

PACKAGES = ["sendmail-bin", "sendmail-base", "sendmail-cf"]
UNPACKED = f"/var/tmp/waxseal-test-sendmail-{os.getuid()}"

SENDMAIL_MC = """divert(0)dnl
OSTYPE(`linux')dnl
define(`confDOMAIN_NAME', `mx.example.test')dnl
define(`QUEUE_DIR', `{directory}/queue')dnl
define(`confPID_FILE', `{directory}/pid')dnl
define(`STATUS_FILE', `{directory}/statistics')dnl
define(`ALIAS_FILE', `')dnl
undefine(`HELP_FILE')dnl
define(`confCW_FILE', `-o /nonexistent')dnl
define(`confSERVICE_SWITCH_FILE', `{directory}/service.switch')dnl
define(`confDONT_BLAME_SENDMAIL', `GroupWritableDirPathSafe')dnl
define(`confTO_IDENT', `0')dnl
define(`confMIN_QUEUE_AGE', `1s')dnl
define(`confQUEUE_LA', `1000')dnl
define(`confREFUSE_LA', `1000')dnl
FEATURE(`nocanonify')dnl
FEATURE(`accept_unresolvable_domains')dnl
FEATURE(`promiscuous_relay')dnl
FEATURE(`no_default_msa')dnl
DAEMON_OPTIONS(`Name=MTA, Addr=127.0.0.1, Port={port}')dnl
{extra}
MAILER(`local')dnl
MAILER(`smtp')dnl
MAILER_DEFINITIONS
Msink,	P=[IPC], F=mDFMuXz8, S=EnvFromSMTP/HdrFromSMTP, R=EnvToSMTP, E=\\r\\n, L=0,
	T=DNS/RFC822/SMTP, A=TCP 127.0.0.1 {lmtp_port}
LOCAL_RULE_0
R$+ <@ $+ > $*	$#sink $@ [127.0.0.1] $: $1 <@ $2 > $3
"""


def unpack():
    """Returns the directory below which Debian's packages are; skips the file where they cannot be had."""
    if not os.path.exists(os.path.join(UNPACKED, "usr/libexec/sendmail/sendmail")):
        work = UNPACKED + ".new"
        shutil.rmtree(work, ignore_errors=True)
        os.makedirs(os.path.join(work, "packages"), 0o755)
        got = subprocess.run(["apt-get", "download", *PACKAGES], cwd=os.path.join(work, "packages"), capture_output=True)
        if got.returncode != 0 or not shutil.which("m4"):
            skip_file("needs m4, and Debian's packages of Sendmail from apt-get download")
        for package in glob.glob(os.path.join(work, "packages", "*.deb")):
            subprocess.run(["dpkg", "-x", package, work], check=True)
        shutil.rmtree(UNPACKED, ignore_errors=True)
        os.rename(work, UNPACKED)
    return UNPACKED


class Sendmail:
    """Needs root, as Sendmail does.  `extra` goes into sendmail.mc."""

    def __init__(self, directory, lmtp_port, extra=""):
        self.root = unpack()
        self.directory = directory
        self.port = free_base_port(1)
        os.makedirs(os.path.join(directory, "queue"), 0o700)
        self._write("service.switch", "hosts files\naliases files\n")
        self.configuration = self._write("sendmail.mc", SENDMAIL_MC.format(directory=directory, port=self.port,
                                                                           lmtp_port=lmtp_port, extra=extra))
        self.process = None

    def _write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w") as out:
            out.write(text)
        return path

    def _command(self, *arguments):
        return [os.path.join(self.root, "usr/libexec/sendmail/sendmail"), "-C", os.path.join(self.directory, "sendmail.cf"),
                *arguments]

    def make(self):
        """sendmail.mc -> sendmail.cf, as make -C /etc/mail does."""
        macros = os.path.join(self.root, "usr/share/sendmail/cf/")
        self._write("Makefile", f"sendmail.cf: sendmail.mc\n\tm4 -D_CF_DIR_={macros} {macros}m4/cf.m4 sendmail.mc > sendmail.cf\n")
        subprocess.run(["make", "-s", "-C", self.directory], check=True, capture_output=True)

    def start(self):
        # A host name without a dot makes Sendmail wait for a minute; this one is seen by this process alone.
        command = ["unshare", "--uts", "sh", "-c", 'hostname mx.example.test && exec "$@"', "sh",
                   *self._command("-bD", "-q1s", "-X", os.path.join(self.directory, "dialogue"))]
        if subprocess.run(["unshare", "--uts", "true"], capture_output=True).returncode != 0:
            skip_file("needs the right to a host name of its own (unshare --uts)")
        with open(os.path.join(self.directory, "log"), "wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        eventually(self._listens, 20, "Sendmail's SMTP port")

    def _listens(self):
        if self.process.poll() is not None:
            raise RuntimeError("Sendmail ended: " + self.log())
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        return False

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)

    def log(self):
        text = ""
        for name in ("log", "dialogue"):
            with contextlib.suppress(OSError), open(os.path.join(self.directory, name), errors="replace") as part:
                text += part.read()[-3000:]
        return text

    def queue_is_empty(self):
        return not glob.glob(os.path.join(self.directory, "queue", "[qQdtxh]f*"))
