"""What the crash tests share: daemons and PostgreSQL are killed at random while many senders send, and afterwards every
acknowledged recipient has the message once and whole.

WAXSEAL_CRASH_MESSAGES and WAXSEAL_CRASH_KILLS make them longer (20000 and 50 take some minutes each).
"""

import collections
import contextlib
import os
import random
import smtplib
import threading
import time

from demo import mail
from harness import InstallationTest, eventually

MESSAGES = int(os.environ.get("WAXSEAL_CRASH_MESSAGES", "800"))
KILLS = int(os.environ.get("WAXSEAL_CRASH_KILLS", "6"))
SENDERS = 16
RECIPIENTS = 4
PATIENCE = 3600


class Sender(threading.Thread):
    """Sends its messages one after the other; each recipient is tried again with the same octets until acknowledged."""

    def __init__(self, test, number, count):
        super().__init__(daemon=True)
        self.test, self.number, self.count = test, number, count
        self.connection = None
        self.sent = {}  # subject -> octets
        self.acknowledged = []  # (recipient, subject)
        self.codes = set()  # of refusals
        self.broken = 0
        self.random = random.Random(number)

    def run(self):
        for i in range(self.count):
            if i == self.count - self.count // 4:  # the last quarter is for after the last kill, however slow kills are
                self.test.killed.wait(PATIENCE)
            subject = f"crash-{self.number}-{i}"
            octets = mail.plain(mail.header(self.test.sender, "list@example.test", subject),
                                b"\r\n" + bytes(self.random.choices(b"abc\xe4 .", k=self.random.randrange(10, 4000))) + b"\r\n")
            self.sent[subject] = octets
            left = self.random.sample(self.test.recipients, 1 if i % 4 else 3)
            while left and time.monotonic() < self.test.deadline:
                done = self.attempt(octets, left)
                self.acknowledged += [(recipient, subject) for recipient in done]
                left = [recipient for recipient in left if recipient not in done]
                if left:
                    time.sleep(0.1)
        if self.connection is not None:
            self.connection.close()

    def attempt(self, octets, recipients):
        """Returns who was acknowledged."""
        try:
            if self.connection is None:
                self.connection = self.connect()
                self.connection.ehlo_or_helo_if_needed()
            return self.dialogue(octets, recipients)
        except (OSError, smtplib.SMTPException) as error:
            if isinstance(error, smtplib.SMTPResponseException) and not isinstance(error, smtplib.SMTPConnectError):
                self.codes.add(error.smtp_code)
            self.give_up_connection()
            return []

    def give_up_connection(self):
        self.broken += 1
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    def connect(self):
        raise NotImplementedError

    def dialogue(self, octets, recipients):
        raise NotImplementedError

    def envelope(self, recipients):
        """Up to the answer 354.  Returns who was accepted."""
        self.expect(self.connection.mail(self.test.sender), 250)
        accepted = []
        for recipient in recipients:
            code, _ = self.connection.rcpt(recipient)
            (accepted.append(recipient) if code == 250 else self.codes.add(code))
        if accepted:
            self.expect(self.connection.docmd("DATA"), 354)
        else:
            self.connection.rset()
        return accepted

    def send(self, octets):
        self.connection.send(smtplib._quote_periods(octets) + b".\r\n")

    @staticmethod
    def expect(answer, code):
        if answer[0] != code:
            raise smtplib.SMTPResponseException(*answer)


class CrashTest(InstallationTest):
    daemons = ()  # that are killed

    def make_sender(self, number, count):
        raise NotImplementedError

    def settle(self):
        """What was acknowledged is on its way: waits until it is where it shall be."""

    def kill_something(self):
        """Returns what it was."""
        if random.random() < 0.5:
            name = random.choice(self.daemons)
            process = self.installation.processes[name]
            process.kill()
            process.wait()
            self.installation.start_daemon(name)
            return name
        if random.random() < 0.5:
            self.installation.cluster.kill()
            time.sleep(random.random())
            self.installation.cluster.start()
            return "PostgreSQL"
        # One server process, in the middle of whatever it does: the others are restarted, commits are in doubt.
        os.kill(int(eventually(self.some_server_process, 60, "a server process")), 9)
        return "server process"

    def some_server_process(self):
        with contextlib.suppress(RuntimeError):  # in recovery from the last time
            return self.installation.cluster.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'waxseal' AND "
                                                 "backend_type = 'client backend' ORDER BY random() LIMIT 1")
        return None

    def check(self, senders):
        sent = {subject: octets for sender in senders for subject, octets in sender.sent.items()}
        acknowledged = [pair for sender in senders for pair in sender.acknowledged]
        self.assertEqual(len(acknowledged), len(set(acknowledged)))
        rows = self.installation.cluster.sql(
            "SELECT a.name, m.subject, encode(string_agg(c.data, ''::bytea ORDER BY c.seq), 'hex') FROM email_meta m "
            "JOIN accounts a ON a.account_id = m.account_id "
            "JOIN blob_chunks c ON c.account_id = m.account_id AND c.blob_id = m.blob_id "
            "GROUP BY a.name, m.account_id, m.email_id, m.subject").splitlines()
        stored = [tuple(row.split("|")) for row in rows]
        pairs = [(name, subject) for name, subject, _ in stored]
        self.assertEqual(len(pairs), len(set(pairs)), "a message is there twice")
        self.assertEqual(set(acknowledged) - set(pairs), set(), "acknowledged and not there")
        for _, subject, octets in stored:
            self.assertTrue(bytes.fromhex(octets).endswith(b"\r\n" + sent[subject]), f"{subject} is damaged")
        return acknowledged, stored

    def committed_before(self):
        """How often a retry found that the commit whose answer was lost had happened."""
        return sum(self.installation.log(name).count("outcome=already_stored") for name in self.daemons)

    def crash(self):
        self.recipients = [f"user{i}@example.test" for i in range(RECIPIENTS)]
        for recipient in self.recipients:
            self.installation.add_account(recipient, recipient)
        self.deadline = time.monotonic() + PATIENCE
        self.killed = threading.Event()
        start = time.monotonic()
        senders = [self.make_sender(i, MESSAGES // SENDERS) for i in range(SENDERS)]
        for sender in senders:
            sender.start()
        kills, total = collections.Counter(), sum(sender.count for sender in senders)
        while any(sender.is_alive() for sender in senders):
            done = sum(len(sender.sent) for sender in senders)
            # Due in the first half: a kill may take as long as many messages.
            if kills.total() < KILLS and done >= total * kills.total() / (2 * KILLS):
                kills[self.kill_something()] += 1
            if kills.total() == KILLS:
                self.killed.set()
            time.sleep(0.2)
        for sender in senders:
            sender.join()
        self.assertLess(time.monotonic(), self.deadline)
        self.settle()
        acknowledged, stored = self.check(senders)
        self.assertEqual(kills.total(), KILLS)
        codes = {code for sender in senders for code in sender.codes}
        self.assertTrue(codes <= {421, 451}, f"only 4xx is retried: {codes}")
        self.assertEqual(len(acknowledged), len(stored), "every recipient was retried until he was acknowledged")
        print(f"{total} messages, {len(acknowledged)} recipients acknowledged, {kills.total()} kills "
              f"({', '.join(f'{count} {what}' for what, count in sorted(kills.items()))}), "
              f"{sum(sender.broken for sender in senders)} broken dialogues, {self.committed_before()} commits found on retry, "
              f"{time.monotonic() - start:.0f} s: all there once")
