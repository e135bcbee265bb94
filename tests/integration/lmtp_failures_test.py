"""Disk full, read-only, connection limit, a server that hangs: the documented reply, nothing lost, and mail again afterwards."""

import contextlib
import os
import signal
import smtplib
import socket
import subprocess
import time
import unittest

from demo import mail
from harness import InstallationTest, eventually


class FailureTest(InstallationTest):
    def setUp(self):
        super().setUp()
        self.messages = {}  # by subject: who tries again sends the same octets

    def deliver(self, subject, body=b"\r\nbody\r\n"):
        """The reply to a message, or to its recipient if that was refused already."""
        header = mail.header(self.sender, self.recipient, subject)
        message = self.messages.setdefault(subject, mail.plain(header, body))
        with contextlib.suppress(smtplib.SMTPServerDisconnected), \
                smtplib.LMTP("127.0.0.1", self.installation.lmtp_port, timeout=60) as lmtp:
            lmtp.ehlo()
            lmtp.mail(self.sender)
            code, text = lmtp.rcpt(self.recipient)
            if code == 250:
                code, text = lmtp.data(message)
            return f"{code} {text.split()[0].decode()}"

    def subjects(self):
        return sorted(self.installation.cluster.sql("SELECT subject FROM email_meta").split())

class LmtpFailures(FailureTest):
    def drop_sessions(self):
        self.installation.cluster.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                                      "WHERE application_name = 'waxseal'")

    def test_a_read_only_database_is_temporary(self):
        self.assertEqual(self.deliver("before"), "250 2.0.0")
        self.installation.cluster.sql("ALTER DATABASE waxseal SET default_transaction_read_only = on")
        self.drop_sessions()
        self.assertEqual(self.deliver("refused"), "451 4.3.0")
        # From another database: a session of this one may not change it.
        self.installation.cluster._psql("ALTER DATABASE waxseal RESET default_transaction_read_only", "postgres")
        # A session that is read-only is not used again (G8): no restart is needed.
        self.assertEqual(self.deliver("after"), "250 2.0.0")
        self.assertEqual(self.subjects(), ["after", "before"])

    def test_the_connection_limit_is_temporary(self):
        self.assertEqual(self.deliver("before"), "250 2.0.0")
        self.drop_sessions()  # lmtpd has to ask for a new one
        with contextlib.ExitStack() as stack:
            for _ in range(200):  # each costs the server a process, of which there are some 160 at most
                stack.enter_context(socket.create_connection(("127.0.0.1", self.installation.cluster.port)))
            time.sleep(0.5)
            self.assertEqual(self.deliver("refused"), "451 4.3.0")
        eventually(lambda: self.deliver("after") == "250 2.0.0", 20, "mail after the crowd has gone")
        self.assertEqual(self.subjects(), ["after", "before"])

    def signal_server(self, number):
        """To the postmaster and its children, each of which leads a session of its own."""
        postmaster = self.installation.cluster.process.pid
        children = subprocess.run(["pgrep", "-P", str(postmaster)], capture_output=True, text=True).stdout.split()
        for pid in [postmaster, *map(int, children)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def test_a_server_that_hangs_is_temporary_within_the_patience_of_an_mta(self):
        self.assertEqual(self.deliver("before"), "250 2.0.0")
        self.signal_server(signal.SIGSTOP)
        try:
            start = time.monotonic()
            self.assertEqual(self.deliver("refused"), "451 4.3.0")
            self.assertLess(time.monotonic() - start, 20)
        finally:
            self.signal_server(signal.SIGCONT)
        eventually(lambda: self.deliver("after") == "250 2.0.0", 20, "mail after the server woke up")
        # It may have done what it was asked for before it slept.  The MTA tries again, and the message is there once.
        self.assertEqual(self.deliver("refused"), "250 2.0.0")
        self.assertEqual(self.subjects(), ["after", "before", "refused"])

    def test_a_full_account_is_deferred_and_a_message_that_never_fits_refused(self):
        self.installation.cli("account", "quota", self.recipient, "5K")
        self.assertEqual(self.deliver("fits", b"\r\n" + b"x" * 900 + b"\r\n"), "250 2.0.0")
        self.assertEqual(self.deliver("never", b"\r\n" + b"x" * 6000 + b"\r\n"), "552 5.2.2")
        self.assertEqual(self.deliver("full", b"\r\n" + b"x" * 4000 + b"\r\n"), "452 4.2.2")
        self.installation.cli("account", "quota", self.recipient, "100K")
        self.assertEqual(self.deliver("later", b"\r\n" + b"x" * 4000 + b"\r\n"), "250 2.0.0")
        self.assertEqual(self.subjects(), ["fits", "later"])


class DiskFull(FailureTest):
    """The cluster lives on a small file system of its own."""

    def enterContext(self, manager):
        directory = super().enterContext(manager)
        os.makedirs(os.path.join(directory, "site", "postgres"))
        self.disk = os.path.join(directory, "site", "postgres")
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=150m", "tmpfs", self.disk], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("needs the right to mount a file system")
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk])
        return directory

    def test_a_full_disk_is_temporary(self):
        self.assertEqual(self.deliver("before"), "250 2.0.0")
        filler = os.path.join(self.disk, "filler")
        with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as out:
            while True:
                out.write(b"x" * 65536)
        replies = {self.deliver(f"refused{i}", b"\r\n" + b"y" * 3_000_000 + b"\r\n") for i in range(12)}
        self.assertIn("451 4.3.0", replies)
        self.assertTrue(replies <= {"451 4.3.0", "250 2.0.0"}, replies)
        os.unlink(filler)
        if self.installation.cluster.process.poll() is not None:  # WAL had no room: PostgreSQL stops itself
            self.installation.cluster.start()
        eventually(lambda: self.deliver("after") == "250 2.0.0", 30, "mail when there is room again")
        self.assertLessEqual({"before", "after"}, set(self.subjects()))


if __name__ == "__main__":
    unittest.main()
