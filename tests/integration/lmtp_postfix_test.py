"""A real Postfix hands every shape of mail to waxseal-lmtpd: as final delivery, and as a relay to a real Dovecot.

What is stored, and what Dovecot gets, is what Postfix handed over, octet for octet, behind trace fields.
"""

import os
import re
import shutil
import smtplib
import unittest

import shapes
from demo import mail
from harness import InstallationTest, Postfix, RecordingRelay, eventually, skip_file, temporary_directory
from dovecot import Dovecot

MANY = [f"user{i}@many.test" for i in range(200)]


class ThroughPostfix(InstallationTest):
    milter_stores = False

    def setUp(self):
        self.prepare()
        super().setUp()
        self.many_password = self.installation.add_account("many", "@many.test")
        self.recording = RecordingRelay(self.installation.lmtp_port)
        self.recording.start()
        self.addCleanup(self.recording.close)
        self.postfix = Postfix(self.installation.path("postfix"), self.recording.port, self.installation.milter_port,
                               domains="many.test", extra="smtpd_milters =")
        self.addCleanup(self.postfix.stop)
        self.postfix.start()

    def prepare(self):
        pass

    def send(self, octets, recipients=None, sender=None, options=("BODY=8BITMIME",)):
        shapes.send(self.postfix.port, octets, sender or self.sender, recipients or [self.recipient], options)

    def send_every_shape(self, smtputf8=True):
        """Returns the subjects."""
        signer = self.pki.issue("alice", self.sender)
        sent = shapes.every_shape(self.sender, self.recipient, signer, smtputf8)
        for octets, sender, options in sent.values():
            self.send(octets, sender=sender, options=options)
        return sorted(sent)

    def wait_for_delivery(self):
        eventually(self.postfix.queue_is_empty, 120, "an empty queue; " + self.postfix.log()[-800:])

    def check(self, stored, count, trace):
        """Each message handed over by Postfix is there once: as it was, behind `trace`."""
        self.assertEqual(len(stored), count)
        self.assertEqual(len(self.recording.messages), count)
        for handed_over in self.recording.messages:
            same = [octets for octets in stored if octets.endswith(handed_over)]
            self.assertEqual(len(same), 1, handed_over[:300])
            self.assertRegex(same[0][:-len(handed_over)], trace)


TRACE = rb"\AReturn-Path: <[^>]*>\r\nReceived: (?:.+\r\n|[ \t].+\r\n)+\Z"


class FinalDelivery(ThroughPostfix):
    def test_every_shape_is_stored_as_it_was_handed_over(self):
        subjects = self.send_every_shape()
        self.wait_for_delivery()
        emails = self.jmap.emails()
        self.assertEqual(sorted(e["subject"] for e in emails), subjects)
        self.check([self.jmap.download(e["blobId"]) for e in emails], len(subjects), TRACE)
        status = {e["subject"]: e["smimeStatus"] for e in emails if "signed" in e["subject"]}
        self.assertEqual(status, dict.fromkeys(("signed", "signed-8bit", "signed-long-lines"), "signed/verified"))

    lmtp_extra = 'xforward_clients = ["127.0.0.1"]'

    def test_the_client_of_postfix_is_logged(self):
        """What Postfix forwards by XFORWARD: who it has the message from, not who hands it to us."""
        with smtplib.SMTP("127.0.0.1", self.postfix.port, local_hostname="laptop.example.org", timeout=60) as connection:
            connection.sendmail(self.sender, [self.recipient], mail.plain(mail.header(self.sender, self.recipient, "one")))
        self.wait_for_delivery()
        delivery = re.search(r"event=delivery .*", self.installation.log("waxseal-lmtpd"))
        self.assertIn(" client=unknown[127.0.0.1] helo=laptop.example.org ", delivery[0])

    def test_two_hundred_recipients_have_it_once_each(self):
        self.send(mail.plain(mail.header(self.sender, "list@many.test", "many")), recipients=MANY)
        self.wait_for_delivery()
        count = "SELECT count(*), count(DISTINCT email_id) FROM email_meta WHERE subject = 'many'"
        self.assertEqual(self.installation.cluster.sql(count), "200|200")
        blobs = "SELECT count(*) FROM blobs WHERE account_id IN (SELECT account_id FROM accounts WHERE name = 'many')"
        # Postfix hands over 50 recipients at a time; within one message the account holds the octets once.
        self.assertEqual(self.installation.cluster.sql(blobs), str(len(self.recording.messages)))
        self.assertEqual(len(self.recording.messages), 4)


class RelayToDovecot(ThroughPostfix):
    def prepare(self):
        directory = self.enterContext(temporary_directory())
        self.dovecot = Dovecot(os.path.join(directory, "dovecot"), [self.recipient, *MANY])
        self.addCleanup(self.dovecot.stop)
        self.dovecot.start()
        self.lmtp_extra = f'relay_to = "inet:127.0.0.1:{self.dovecot.port}"\nauthentication_results = true'

    def dovecot_takes_smtputf8(self):
        with smtplib.LMTP("127.0.0.1", self.dovecot.port) as lmtp:
            lmtp.ehlo()
            return lmtp.has_extn("smtputf8")

    def test_every_shape_reaches_dovecot_as_it_was_handed_over(self):
        subjects = self.send_every_shape(smtputf8=self.dovecot_takes_smtputf8())
        self.wait_for_delivery()
        there = self.dovecot.messages(self.recipient)
        self.check(there, len(subjects), rb"Received: from [^\n]*\r\n\tby mx.example.test \(waxseal-lmtpd\)")
        emails = self.jmap.emails()
        self.assertEqual(sorted(e["subject"] for e in emails), subjects)
        signed = next(octets for octets in there if b"\r\nSubject: signed\r\n" in octets)
        self.assertRegex(signed, rb"\r\nAuthentication-Results: mx.example.test;\r\n\tsmime=pass")
        copy = self.jmap.download(next(e["blobId"] for e in emails if e["subject"] == "signed"))
        self.assertTrue(signed.endswith(copy.split(b"\r\n", 1)[1]), "the copy is what was passed on")

    def test_two_hundred_recipients_and_one_whom_dovecot_does_not_know(self):
        self.send(mail.plain(mail.header(self.sender, "list@many.test", "many")), recipients=[*MANY, "nobody@many.test"])
        eventually(lambda: all(len(self.dovecot.messages(user)) == 1 for user in MANY), 60, "200 deliveries")
        self.assertEqual(self.dovecot.messages("nobody@many.test"), [])
        eventually(lambda: "status=bounced" in self.postfix.log(), 20, "the bounce")
        bounced = [line for line in self.postfix.log().splitlines() if "status=bounced" in line]
        self.assertIn("<nobody@many.test>", bounced[0])
        self.assertRegex(bounced[0], r"said: 550 5\.1\.1 ")
        # Its copy was not stored either.
        self.assertEqual(self.installation.cluster.sql("SELECT count(*) FROM email_meta WHERE subject = 'many'"), "200")


if __name__ == "__main__":
    if os.geteuid() != 0 or not os.path.exists("/usr/sbin/postfix"):
        skip_file("needs root and Postfix")
    if not shutil.which("dovecot"):
        skip_file("needs Dovecot")
    unittest.main()
