"""PostgreSQL is killed while mail is delivered: 451, and no acknowledged message is missing or doubled after the restart."""

import smtplib
import threading
import time
import unittest

from demo import mail
from harness import InstallationTest, eventually

WRITERS = 4


class DatabaseCrash(InstallationTest):
    def deliver_until(self, stop, writer, outcome):
        """Sends numbered messages; each is retried with the same octets until it is acknowledged, as an MTA does."""
        number = 0
        while not stop.is_set():
            subject = f"crash-{writer}-{number}"
            message = mail.detached(mail.header(self.sender, self.recipient, subject), self.alice) if number % 5 == 0 else \
                mail.plain(mail.header(self.sender, self.recipient, subject))
            if self.attempt(message, outcome, stop):
                outcome["acknowledged"].append(subject)
            number += 1

    def attempt(self, message, outcome, stop):
        while True:
            try:
                with smtplib.LMTP("127.0.0.1", self.installation.lmtp_port, timeout=60) as connection:
                    connection.sendmail(self.sender, [self.recipient], message)
                return True
            except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as error:
                code, text = list(error.recipients.values())[0] if hasattr(error, "recipients") else (error.smtp_code,
                                                                                                     error.smtp_error)
                outcome["refusals"].append((code, text))
            except (smtplib.SMTPException, OSError) as error:
                outcome["broken"].append(repr(error))
            if stop.is_set():
                return False
            time.sleep(0.2)

    def test_killing_the_database_loses_and_doubles_nothing(self):
        self.alice = self.pki.issue("alice", self.sender)
        stop = threading.Event()
        outcome = {"acknowledged": [], "refusals": [], "broken": []}
        writers = [threading.Thread(target=self.deliver_until, args=(stop, i, outcome)) for i in range(WRITERS)]
        for writer in writers:
            writer.start()
        for _ in range(2):
            enough = len(outcome["acknowledged"]) + 20
            eventually(lambda: len(outcome["acknowledged"]) > enough, 30, "deliveries before the crash")
            self.installation.cluster.kill()
            refused = len(outcome["refusals"])
            eventually(lambda: len(outcome["refusals"]) > refused, 30, "a refusal while the database is down")
            self.installation.cluster.start()
        enough = len(outcome["acknowledged"]) + 20
        eventually(lambda: len(outcome["acknowledged"]) > enough, 30, "deliveries after the restart")
        stop.set()
        for writer in writers:
            writer.join()

        self.assertEqual({code for code, _ in outcome["refusals"]}, {451}, outcome["refusals"][:5])
        self.assertTrue(all(text.startswith(b"4.3.0") for _, text in outcome["refusals"]), outcome["refusals"][:5])
        stored = [e["subject"] for e in self.jmap.emails(properties=["subject"])]
        self.assertEqual(len(stored), len(set(stored)), "a message is there twice")
        missing = set(outcome["acknowledged"]) - set(stored)
        self.assertEqual(missing, set(), "acknowledged and not there")
        print(f"{len(outcome['acknowledged'])} acknowledged, {len(outcome['refusals'])} refusals, all there once")


if __name__ == "__main__":
    unittest.main()
