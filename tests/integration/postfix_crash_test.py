"""The daemons behind a real Postfix and PostgreSQL are killed at random while many senders send by SMTP: what Postfix
acknowledged is there, once and whole, whether the milter stores it or Postfix hands it over by LMTP.

crashes.py says how to make it longer.
"""

import os
import smtplib
import unittest

from crashes import PATIENCE, CrashTest, Sender
from harness import Postfix, eventually, skip_file

# Postfix makes clients wait that meet errors; these meet many.  Nor shall it give up on us or on the queue.
PATIENT = "smtpd_error_sleep_time = 0\nsmtpd_soft_error_limit = 100000\nsmtpd_hard_error_limit = 100000\n"


class SmtpSender(Sender):
    def connect(self):
        return smtplib.SMTP("127.0.0.1", self.test.postfix.port, timeout=60)

    def dialogue(self, octets, recipients):
        if self.envelope(recipients) != recipients:  # the message is for all of them or none
            self.give_up_connection()
            return []
        self.send(octets)
        self.expect(self.connection.getreply(), 250)
        return recipients


class ThroughPostfix(CrashTest):
    extra_of_postfix = ""

    def setUp(self):
        super().setUp()
        self.postfix = Postfix(self.installation.path("postfix"), self.installation.lmtp_port, self.installation.milter_port,
                               extra=PATIENT + self.extra_of_postfix)
        self.addCleanup(self.postfix.stop)
        self.postfix.start()

    def make_sender(self, number, count):
        return SmtpSender(self, number, count)

    def settle(self):
        eventually(self.postfix.queue_is_empty, min(PATIENCE, 300), "an empty queue; " + self.postfix.log()[-800:])


class TheMilterStores(ThroughPostfix):
    daemons = ("waxseal-milter",)
    extra_of_postfix = "virtual_transport = discard\n"

    def test_what_was_acknowledged_is_there_once_and_whole(self):
        self.crash()


class PostfixHandsOverByLmtp(ThroughPostfix):
    milter_stores = False
    daemons = ("waxseal-milter", "waxseal-lmtpd")

    def test_what_was_acknowledged_is_there_once_and_whole(self):
        self.crash()


if __name__ == "__main__":
    if os.geteuid() != 0 or not os.path.exists("/usr/sbin/postfix"):
        skip_file("needs root and Postfix")
    unittest.main()
