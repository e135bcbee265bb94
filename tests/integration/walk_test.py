"""One message through all programs: delivered verified, its certificate expires, the verdict follows to the second."""

import datetime
import time
import unittest

from demo import mail
from demo.pki import utc_now
from harness import InstallationTest, eventually

SMIME = ["smimeStatus", "smimeStatusAtDelivery", "smimeErrors", "smimeVerifiedAt"]


class Walk(InstallationTest):
    def deliver(self, signer, subject):
        """Through the LMTP door; returns the email as JMAP shows it."""
        self.installation.lmtp(mail.detached(mail.header(self.sender, self.recipient, subject), signer), self.recipient)
        (email,) = self.jmap.emails(filter={"subject": subject})
        return email

    def get(self, email_id):
        (email,) = self.jmap.call("Email/get", ids=[email_id], properties=SMIME)["list"]
        return email

    def test_expiry_changes_the_present_verdict_and_not_the_one_at_delivery(self):
        ends = utc_now() + datetime.timedelta(seconds=8)
        email = self.deliver(self.pki.issue("brief", self.sender, end=ends), "Walk")
        self.assertEqual((email["smimeStatus"], email["smimeStatusAtDelivery"], email["smimeErrors"]),
                         ("signed/verified", "signed/verified", None))
        before = self.email_state()

        while utc_now() <= ends:
            time.sleep(0.1)
        # Not later than one polling second after notAfter.
        expired = eventually(lambda: (e := self.get(email["id"]))["smimeStatus"] == "signed/failed" and e, 5, "the expiry")
        self.assertEqual(expired["smimeErrors"], ["The signing certificate has expired"])
        self.assertEqual(expired["smimeStatusAtDelivery"], "signed/verified")
        self.assertGreater(expired["smimeVerifiedAt"], email["smimeVerifiedAt"])
        changes = self.changes_since(before)
        self.assertEqual((changes["created"], changes["updated"], changes["destroyed"]), ([], [email["id"]], []))
        verified = {"hasVerifiedSmime": True}
        at_delivery = {"hasVerifiedSmimeAtDelivery": True}
        self.assertEqual(self.jmap.call("Email/query", filter=verified)["ids"], [])
        self.assertEqual(self.jmap.call("Email/query", filter=at_delivery)["ids"], [email["id"]])

    def test_reverification_without_a_change_moves_the_time_and_no_state(self):
        email = self.deliver(self.pki.issue("alice", self.sender), "Stamp")
        before = self.email_state()
        time.sleep(1.1)
        self.installation.cli("reverify", "--all")
        after = self.get(email["id"])
        self.assertGreater(after["smimeVerifiedAt"], email["smimeVerifiedAt"])
        self.assertEqual(after["smimeStatus"], "signed/verified")
        self.assertEqual(self.email_state(), before)
        self.assertEqual(self.changes_since(before)["updated"], [])


if __name__ == "__main__":
    unittest.main()
