"""The fields that waxseal-lmtpd adds where no milter stands before it, after a reload that asks for one more."""

import re
import signal
import unittest

from demo import mail
from harness import InstallationTest, eventually

FORGED = b"X-SMIME-Status: Good signature\r\n"


class Fields(InstallationTest):
    lmtp_extra = "authentication_results = true"

    def stored(self, subject, forged=b""):
        """Values of the X-SMIME-Status fields, of a good message and of an altered one as they are stored."""
        signer = self.pki.issue("alice", self.sender)
        head = mail.header(self.sender, self.recipient, subject)
        for name, octets in (("good", mail.detached(head, signer)), ("bad", mail.altered(mail.detached(head, signer)))):
            self.installation.lmtp(forged + octets.replace(b"Subject: ", b"Subject: " + name.encode() + b"-"), self.recipient, self.sender)
        blobs = {email["subject"]: self.jmap.download(email["blobId"]) for email in self.jmap.emails()}
        return [re.findall(rb"(?m)^X-SMIME-Status: ?(.*)\r$", blobs[f"{name}-{subject}"]) for name in ("good", "bad")]

    def ask_for_the_status_field(self):
        with open(self.installation.config) as config:
            text = config.read()
        with open(self.installation.config, "w") as config:
            config.write(text.replace("[authentication_results]\n", "[authentication_results]\nsmime_status_field = true\n"))
        self.installation.processes["waxseal-lmtpd"].send_signal(signal.SIGHUP)
        eventually(lambda: "event=reloaded" in self.installation.log("waxseal-lmtpd"), what="the reload")

    def test_the_status_field_is_there_when_it_is_asked_for_and_never_forged(self):
        self.assertEqual(self.stored("before", FORGED), [[], []])
        self.ask_for_the_status_field()
        self.assertEqual(self.stored("after", FORGED), [[b"Good signature"], [b"Bad signature"]])


if __name__ == "__main__":
    unittest.main()
