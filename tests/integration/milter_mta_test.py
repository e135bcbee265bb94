"""The real Postfix and the real Sendmail with waxseal-milter: every shape of mail is stored as it was verified, and passes as it was.

What is stored is judged again by another program (openssl cms), and the fields that are added are read by two other libraries.
"""

import os
import re
import smtplib
import subprocess
import unittest

import shapes
from demo import mail
from harness import InstallationTest, Postfix, eventually, skip_file
from sendmail import Sendmail

MANY = [f"user{i}@many.test" for i in range(200)]
FORGED = b"Authentication-Results: mx.example.test; smime=pass body.smime-identifier=boss@example.test\r\n"
FOREIGN = b"Authentication-Results: other.example.test; spf=pass smtp.mailfrom=example.test\r\n"
OURS = rb"(?:Authentication-Results: mx\.example\.test;\r\n(?:\t.*\r\n)+)?"
TRACE = rb"\AReturn-Path: <[^>]*>\r\nReceived: .*\r\n(?:[ \t].*\r\n)*" + OURS


class WithMta:
    """An installation whose milter stores and annotates, an MTA with it, and a sink for what the MTA passes on."""

    longest_line = 5000

    def setUp(self):
        super().setUp()
        self.installation.add_account("many", "@many.test")
        self.sink = shapes.LmtpSink()
        self.sink.start()
        self.addCleanup(self.sink.close)
        directory = self.installation.path("mta")
        os.makedirs(directory)
        self.mta = self.make_mta(directory)
        self.addCleanup(self.mta.stop)
        if isinstance(self.mta, Sendmail):
            self.mta.make()
        self.mta.start()

    def tearDown(self):
        if not self._outcome.success:
            print(self.mta.log()[-3000:])
        super().tearDown()

    def send(self, octets, sender=None, recipients=None, options=("BODY=8BITMIME",)):
        shapes.send(self.mta.port, octets, sender or self.sender, recipients or [self.recipient], options)

    def wait_for_delivery(self, count):
        eventually(lambda: len(self.sink.messages) >= count and self.mta.queue_is_empty(), 120, f"{count} deliveries")

    def passed_on(self, subject):
        found = [octets for _, octets in self.sink.messages if b"\r\nSubject: " + subject.encode() + b"\r\n" in octets]
        self.assertEqual(len(found), 1, subject)
        return found[0]

    def openssl_agrees(self, octets):
        path = self.installation.path("stored.eml")
        with open(path, "wb") as out:
            out.write(octets)
        return subprocess.run(["openssl", "cms", "-verify", "-in", path, "-CAfile", self.pki.root, "-out", "/dev/null"],
                              capture_output=True).returncode == 0

    def test_every_shape_is_stored_as_it_was_verified_and_passes_as_it_was(self):
        utf8 = shapes.offers(self.mta.port, "smtputf8")
        sent = shapes.every_shape(self.sender, self.recipient, self.pki.issue("alice", self.sender), utf8, self.longest_line)
        for octets, sender, options in sent.values():
            self.send(octets, sender, options=options)
        self.wait_for_delivery(len(sent))
        emails = self.jmap.emails()
        self.assertEqual(sorted(e["subject"] for e in emails), sorted(sent))
        for email in emails:
            subject = email["subject"]
            octets, stored, passed = sent[subject][0], self.jmap.download(email["blobId"]), self.passed_on(subject)
            with self.subTest(subject):
                self.assertEqual(shapes.body(stored), shapes.body(octets))
                self.assertEqual(shapes.body(passed), shapes.body(octets))
                rest = re.sub(TRACE, b"", stored, count=1)
                self.assertTrue(rest.startswith(b"From: "), rest[:200])
                self.assertTrue(passed.endswith(rest), "the stored copy is what the MTA passes on, but for trace fields")
                expected = ("signed/verified" if subject.startswith("signed") or subject == "opaque" else
                            "signed/failed" if subject == "altered" else None)
                self.assertEqual(email["smimeStatus"], expected)
                self.assertEqual(shapes.results(stored), shapes.results(passed))
                if expected:
                    self.assertEqual(self.openssl_agrees(octets), expected == "signed/verified")
                    self.assertEqual(self.openssl_agrees(stored), expected == "signed/verified")
        print(f"SMTPUTF8: {utf8}")

    def test_forged_fields_go_and_what_is_added_is_read_by_others(self):
        alice = self.pki.issue("alice", self.sender)
        head = lambda subject: FORGED + FOREIGN + FORGED + b"X-SMIME-Status: Good signature\r\n" + mail.header(
            self.sender, self.recipient, subject)
        self.send(mail.plain(head("unsigned")))
        self.send(mail.detached(head("good"), alice))
        self.send(mail.altered(mail.detached(head("bad"), alice)))
        self.wait_for_delivery(3)
        for subject, words in (("unsigned", None), ("good", "smime pass body.smime-identifier=alice@example.test body.smime-part=2"),
                               ("bad", "smime fail body.smime-identifier=alice@example.test body.smime-part=2 "
                                       "policy.smime-errors=digest_mismatch")):
            with self.subTest(subject):
                octets = self.passed_on(subject)
                self.assertNotIn(b"X-SMIME-Status", octets)
                values = shapes.results(octets)
                self.assertEqual(values[-1].strip(), FOREIGN.decode().split(": ", 1)[1].strip())
                self.assertEqual(len(values), 2 if words else 1)
                if words:
                    read = shapes.read_by_others(values[0])
                    self.assertTrue(read, "no library to read the field")
                    self.assertEqual(read, ["mx.example.test " + words] * len(read))

    def test_two_hundred_recipients_have_it_once_each(self):
        self.send(mail.plain(mail.header(self.sender, "list@many.test", "many")), recipients=MANY)
        eventually(lambda: sum(len(recipients) for recipients, _ in self.sink.messages) == 200, 150, "200 deliveries")
        count = "SELECT count(*), count(DISTINCT email_id) FROM email_meta WHERE subject = 'many'"
        self.assertEqual(self.installation.cluster.sql(count), "200|200")
        line = [line for line in self.installation.log("waxseal-milter").splitlines() if "event=message" in line][-1]
        self.assertRegex(line, r"queue_id=[0-9A-Za-z]+ .* recipients=200 stored=200 answer=accept")

    def test_while_the_database_is_away_the_sender_is_told_to_come_back(self):
        self.installation.cluster.stop()
        with self.assertRaises(smtplib.SMTPDataError) as refused:
            self.send(mail.plain(mail.header(self.sender, self.recipient, "later")))
        self.assertEqual(refused.exception.smtp_code, 451)
        self.installation.cluster.start()
        self.send(mail.plain(mail.header(self.sender, self.recipient, "later")))
        self.wait_for_delivery(1)
        self.assertEqual([e["subject"] for e in self.jmap.emails()], ["later"])


class ThroughPostfix(WithMta, InstallationTest):
    def make_mta(self, directory):
        return Postfix(directory, self.sink.port, self.installation.milter_port, domains="many.test")


class ThroughSendmail(WithMta, InstallationTest):
    def make_mta(self, directory):
        with open(os.path.join(os.path.dirname(__file__), "../../packaging/sendmail/waxseal.m4")) as snippet:
            text = snippet.read().replace("local:/run/waxseal/milter.sock", f"inet:{self.installation.milter_port}@127.0.0.1")
        return Sendmail(directory, self.sink.port, text)


if __name__ == "__main__":
    if os.geteuid() != 0 or not os.path.exists("/usr/sbin/postfix"):
        skip_file("needs root and Postfix")
    unittest.main()
