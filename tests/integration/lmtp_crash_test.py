"""waxseal-lmtpd and PostgreSQL are killed at random while many senders deliver: what was acknowledged is there, once and whole.

crashes.py says how to make it longer.
"""

import smtplib
import unittest

from crashes import CrashTest, Sender


class LmtpSender(Sender):
    def connect(self):
        return smtplib.LMTP("127.0.0.1", self.test.installation.lmtp_port, timeout=60)

    def dialogue(self, octets, recipients):
        accepted, done = self.envelope(recipients), []
        if not accepted:
            return []
        self.send(octets)
        try:
            for recipient in accepted:
                code, _ = self.connection.getreply()
                (done.append(recipient) if code == 250 else self.codes.add(code))
        except (OSError, smtplib.SMTPException):  # those that were answered before count
            self.give_up_connection()
        return done


class LmtpCrash(CrashTest):
    daemons = ("waxseal-lmtpd",)

    def make_sender(self, number, count):
        return LmtpSender(self, number, count)

    def test_what_was_acknowledged_is_there_once_and_whole(self):
        self.crash()


if __name__ == "__main__":
    unittest.main()
