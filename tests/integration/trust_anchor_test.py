"""RFC 9219 section 4.1: adding a trust anchor may heal both properties, removing one touches smimeStatus alone."""

import json
import unittest

from demo import mail
from demo.pki import Pki
from harness import InstallationTest, eventually


class TrustAnchor(InstallationTest):
    trusted = False

    def statuses(self):
        return {e["subject"]: (e["smimeStatus"], e["smimeStatusAtDelivery"]) for e in self.jmap.emails()}

    def expect_statuses(self, expected):
        eventually(lambda: self.statuses() == expected, 15, f"{expected}, now {self.statuses()},")

    def test_adding_and_removing_an_anchor_changes_exactly_what_it_may(self):
        alice = self.pki.issue("alice", self.sender)
        other = Pki(self.installation.path("other-pki"), "Other").issue("other", self.sender)
        for subject, make in {
            "Ours": lambda h: mail.detached(h, alice),
            "Altered": lambda h: mail.altered(mail.detached(h, alice)),
            "Theirs": lambda h: mail.detached(h, other),
            "Plain": mail.plain,
        }.items():
            self.installation.lmtp(make(mail.header(self.sender, self.recipient, subject)), self.recipient)
        failed, verified = "signed/failed", "signed/verified"
        untrusted = {"Ours": (failed, failed), "Altered": (failed, failed), "Theirs": (failed, failed), "Plain": (None, None)}
        self.assertEqual(self.statuses(), untrusted)
        ids = {e["subject"]: e["id"] for e in self.jmap.emails()}
        errors = {e["subject"]: e["smimeErrors"] for e in self.jmap.emails()}
        self.assertEqual(len(errors["Altered"]), 2, errors)  # modified, and not trusted

        before = self.email_state()
        self.installation.cli("trust", "add", self.pki.root)
        self.expect_statuses(untrusted | {"Ours": (verified, verified)})
        changes = self.changes_since(before)
        # "Altered" stays failed, but one of its two smimeErrors goes: that is a change that clients must hear of.
        self.assertCountEqual(changes["updated"], [ids["Ours"], ids["Altered"]])
        self.assertEqual((changes["created"], changes["destroyed"]), ([], []))
        self.assertEqual({e["subject"]: e["smimeErrors"] for e in self.jmap.emails()}["Altered"],
                         ["The message was modified after it was signed"])

        before = self.email_state()
        anchor = json.loads(self.installation.cli("trust", "list", "--json"))  # one object per line, one line
        self.installation.cli("trust", "remove", anchor["sha256"])
        self.expect_statuses(untrusted | {"Ours": (failed, verified)})
        self.assertCountEqual(self.changes_since(before)["updated"], [ids["Ours"], ids["Altered"]])


if __name__ == "__main__":
    unittest.main()
