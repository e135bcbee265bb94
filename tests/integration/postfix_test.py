"""SMTP -> Postfix with our milter and our LMTP transport -> JMAP: exactly once, octet for octet, with the right verdict."""

import glob
import os
import re
import unittest

from demo import mail
from harness import TESTDATA, InstallationTest, Postfix, RecordingRelay, eventually, skip_file


class ThroughPostfix(InstallationTest):
    milter_stores = False  # this site stores by LMTP

    def setUp(self):
        super().setUp()
        self.relay = RecordingRelay(self.installation.lmtp_port)
        self.relay.start()
        self.addCleanup(self.relay.close)
        self.postfix = Postfix(self.installation.path("postfix"), self.relay.port, self.installation.milter_port)
        self.addCleanup(self.postfix.stop)
        self.postfix.start()

    def send_all(self, messages):
        """Sends octets by SMTP, waits until Postfix has handed everything over; returns every stored email."""
        for octets in messages:
            self.postfix.send(octets, self.recipient, self.sender)
        eventually(self.postfix.queue_is_empty, 120, "an empty queue; " + self.postfix.log()[-500:])
        return self.jmap.emails()

    def check_stored(self, emails, count):
        """Every message is there once; each blob is our trace fields and then exactly what Postfix handed over."""
        self.assertEqual(len(emails), count)
        blobs = [self.jmap.download(e["blobId"]) for e in emails]
        for handed_over in self.relay.messages:
            same = [blob for blob in blobs if blob.endswith(handed_over)]
            self.assertEqual(len(same), 1, handed_over[:300])
            trace = same[0][:-len(handed_over)]
            self.assertRegex(trace, rb"\AReturn-Path: <[^>]*>\r\nReceived: (?:.+\r\n|[ \t].+\r\n)+\Z")
        self.assertEqual(len(self.relay.messages), count)
        return blobs

    def test_signed_mail_arrives_once_with_verdict_and_trace(self):
        alice = self.pki.issue("alice", self.sender)
        head = lambda subject: mail.header(self.sender, self.recipient, subject)
        forged = b"Authentication-Results: mx.example.test; smime=pass body.smime-identifier=boss@example.test\r\n"
        foreign = b"Authentication-Results: other.example.test; spf=pass smtp.mailfrom=example.test\r\n"
        messages = {
            "detached": mail.detached(head("detached"), alice),
            "opaque": mail.opaque(head("opaque"), alice),
            "altered": mail.altered(mail.detached(head("altered"), alice)),
            "forged": forged + foreign + forged + mail.plain(head("forged")),
            "dots": mail.plain(head("dots"), b"\r\n.\r\n..\r\n.leading\r\n" + b"x" * 900 + b"\r\n"),
        }
        emails = self.send_all(messages.values())
        blobs = dict(zip((e["subject"] for e in emails), self.check_stored(emails, len(messages))))
        status = {e["subject"]: e["smimeStatus"] for e in emails}
        self.assertEqual(status, {"detached": "signed/verified", "opaque": "signed/verified", "altered": "signed/failed",
                                  "forged": None, "dots": None})
        results = {s: re.findall(rb"(?m)^Authentication-Results:(?:.*\r\n(?:[ \t].*\r\n)*)", b) for s, b in blobs.items()}
        self.assertEqual(results["forged"], [foreign])
        for subject, token in (("detached", b"smime=pass"), ("opaque", b"smime=pass"), ("altered", b"smime=fail")):
            self.assertEqual(len(results[subject]), 1)
            self.assertIn(token, results[subject][0])
            self.assertIn(b"mx.example.test", results[subject][0])

    def test_the_real_mail_of_the_reference_set_arrives_once(self):
        if not TESTDATA:
            self.skipTest("WAXSEAL_TESTDATA is not set")
        files = sorted(glob.glob(os.path.join(TESTDATA, "smime/realworld/*/*.eml")))
        self.assertEqual(len(files), 107)
        messages = []
        for path in files:
            with open(path, "rb") as octets:
                messages.append(re.sub(rb"\r?\n", b"\r\n", octets.read()))
        self.check_stored(self.send_all(messages), len(files))


if __name__ == "__main__":
    if os.geteuid() != 0 or not os.path.exists("/usr/sbin/postfix"):
        skip_file("needs root and Postfix")
    unittest.main()
