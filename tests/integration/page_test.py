"""The page that jmapd serves, in a real browser: sign in, read a verdict, see it change while looking, explain a file, overview.

WAXSEAL_SCREENSHOTS=DIR keeps pictures at desktop and phone width, light and dark.
"""

import datetime
import json
import os
import unittest

from demo import mail
from demo.pki import utc_now
from harness import temporary_directory
from page_reader import PageTest
from responder import Authority, Responder


class Page(PageTest):
    def test_a_reader_sees_verdicts_and_their_changes(self):
        alice = self.pki.issue("Alice", self.sender)
        good = mail.detached(mail.header(self.sender, self.recipient, "Minutes"), alice)
        self.deliver(mail.plain(mail.header(self.sender, self.recipient, "Lunch")))
        self.deliver(mail.altered(good))

        self.sign_in("wrong")
        self.wait(lambda: "wrong" in self.text("#trouble"), "the refusal of a wrong password")
        self.sign_in(self.password)
        self.wait(lambda: sorted(self.badges()) == ["failed", "signed"], "the two messages")

        self.assertFalse(self.all("#sign-in")[0].is_displayed(), "the form has gone")
        self.deliver(good)
        self.wait(lambda: sorted(self.badges()) == ["failed", "signed", "verified"], "a new message, without a reload")

        self.press(".messages button")
        self.wait(lambda: self.text("article h2") == "Minutes", "the message's details")
        self.assertEqual(self.badges("article"), ["verified", "verified"])
        self.assertIn("The meeting is moved to Thursday", self.text("article pre"))
        roles = [each.text for each in self.all("article .certificate > .quiet")]
        self.assertEqual(roles, ["trust anchor", "issuing authority", "signer"])
        self.picture("verified")

        anchor = self.installation.cli("trust", "list", "--json").splitlines()[0]
        self.installation.cli("trust", "remove", json.loads(anchor)["sha256"])
        self.wait(lambda: self.badges("article") == ["failed", "verified"],
                  "the verdict's change, while it is looked at")
        self.assertTrue(self.all("article .reasons li"), "the reason is told")
        self.picture("failed")

        self.press("[data-view=overview]")
        self.wait(lambda: self.all(".bars .bad"), "the overview")
        self.assertEqual(self.all("svg"), [], "of the account alone")
        self.assertEqual(self.complaints(), [])

    def test_an_administrator_sees_the_whole_installation(self):
        """Mail of weeks, of which the days are made up: the numbers of each day are the store's own."""
        other, soon = "erin@example.test", utc_now() + datetime.timedelta(days=20)
        self.installation.add_account(other, other)
        self.installation.cli("account", "administrator", self.recipient, "yes")
        alice = self.pki.issue("Alice", self.sender, end=soon)
        for number in range(6):
            good = mail.detached(mail.header(self.sender, other, f"Report {number}"), alice)
            self.installation.lmtp(mail.altered(good) if number == 2 else good, other, self.sender)
            self.installation.lmtp(mail.plain(mail.header(self.sender, other, f"Note {number}")), other, self.sender)
        self.installation.cluster.sql(
            "INSERT INTO daily_counts SELECT account_id, day - n, kind, value, 1 + (messages * (7 + n * 5 % 11)) FROM daily_counts, "
            "generate_series(1, 24) AS n ON CONFLICT DO NOTHING")
        self.installation.cluster.sql(
            "INSERT INTO fetches (kind, url_id, subject, url, certificate, issuer, anchor, wanted_at, wanted_until, next_fetch_at, "
            "failures, last_error) VALUES (1, 'u', '', 'http://ca.example.test/issuing.crl', '', '', '', now(), now() + interval "
            "'1 year', now() + interval '1 hour', 3, 'the server does not answer')")
        self.sign_in(self.password)
        self.wait(lambda: self.all("#content .columns"), "the mail view")
        self.press("[data-view=overview]")
        self.wait(lambda: self.all("figure svg rect.good"), "the chart")
        self.assertIn("verified", self.all("figure svg")[0].get_attribute("aria-label"))
        shown = self.text("[aria-label='The whole installation']")
        for text in (self.sender, "The message was modified after it was signed", "http://ca.example.test/issuing.crl"):
            self.assertIn(text, shown)
        self.assertNotIn("erin", shown)
        self.press("figure summary")
        cells = [each.text for each in self.all("figure tbody tr:last-child td")]
        self.assertEqual(cells, [utc_now().strftime("%Y-%m-%d"), "5", "1", "6"])
        self.press("figure summary")
        self.picture("overview")
        self.assertEqual(self.complaints(), [])

    def test_a_file_is_explained_and_kept_nowhere(self):
        alice = self.pki.issue("Alice", self.sender)
        good = mail.detached(mail.header(self.sender, self.recipient, "From a file"), alice)
        self.sign_in(self.password)
        self.wait(lambda: self.all("[data-view=explain]") and self.all("#content .columns"), "the mail view")
        self.press("[data-view=explain]")
        directory = self.enterContext(temporary_directory())
        for name, message, badge in (("good", good, "verified"), ("altered", mail.altered(good), "failed")):
            path = os.path.join(directory, name + ".eml")
            with open(path, "wb") as file:
                file.write(message)
            self.all("#message-file")[0].send_keys(path)
            self.wait(lambda name=name: name + ".eml" in self.text("#content dl"), "the explanation")
            self.assertEqual(self.badges("#content"), [badge])
        self.picture("explain")
        self.assertEqual(self.jmap.emails(), [], "nothing was stored")
        self.assertEqual(self.complaints(), [])

    def test_nothing_of_a_message_is_taken_for_html(self):
        subject = "<img src=x onerror=document.title='taken'>"
        self.deliver(mail.plain(mail.header(self.sender, self.recipient, subject)))
        self.sign_in(self.password)
        self.wait(lambda: subject in self.text(".messages .what"), "the subject as text")
        self.assertEqual(self.all(".messages img"), [])
        self.assertEqual(self.browser.title, "waxseal")
        self.assertEqual(self.complaints(), [])


class LiveRevocation(PageTest):
    """The authority revokes a certificate while a reader looks at its mail."""

    bob = "bob@example.test"

    def setUp(self):
        self.responder = Responder()
        self.addCleanup(self.responder.close)
        self.extra = (f'[fetch]\nallow_nets = ["127.0.0.0/8", "::1"]\nallow_hosts = ["localhost"]\n'
                      f'allowed_ports = ["{self.responder.port}"]\n[revocation]\nmode = "hard"\n')
        super().setUp()
        self.authority = Authority(self.pki.directory)
        self.responder.pages["/list"] = lambda _: self.authority.crl()

    def issue(self, name, address):
        return self.authority.issue(name, address, more=[f"crlDistributionPoints = URI:{self.responder.url('/list')}"])

    def deliver_signed(self, subject, signer, sender):
        self.deliver(mail.detached(mail.header(sender, self.recipient, subject), signer), sender)

    def listed(self):
        return {row.find_element("css selector", ".what").text: row.find_element("css selector", ".badge").text.split()[-1]
                for row in self.all(".messages button")}

    def test_a_certificate_is_revoked_while_its_mail_is_read(self):
        alice, bob = self.issue("Alice", self.sender), self.issue("Bob", self.bob)  # before the authority is asked for its list
        self.sign_in(self.password)
        self.wait(lambda: self.all("#content .columns"), "the mail view")
        self.browser.execute_script("window.sameAsBefore = true")  # gone after a reload
        self.deliver_signed("Invoice", bob, self.bob)
        self.deliver_signed("Contract", alice, self.sender)
        self.wait(lambda: self.listed() == {"Contract": "verified", "Invoice": "verified"}, "both, with their list fetched")
        self.press(".messages button")
        self.wait(lambda: self.text("article h2") == "Contract" and self.badges("article") == ["verified", "verified"],
                  "the message, final at delivery")
        self.assertIn("Revocation list", self.text("article"))
        self.picture("before-revocation")

        self.authority.revoke(alice)
        self.installation.cluster.sql("UPDATE fetches SET next_fetch_at = now()")  # a day passes for the fetcher
        self.wait(lambda: self.badges("article") == ["failed", "verified"], "the change; what was true at delivery stays")
        self.assertIn("The signing certificate has been revoked", self.text("article .verdicts > div"))
        self.assertIn("Revoked", self.text("article .chain"))
        past = [each.text for each in self.all("article .history li")]
        self.assertIn("in order", past[-2])
        self.assertIn("revoked", past[-1])
        self.wait(lambda: self.listed() == {"Contract": "failed", "Invoice": "verified"}, "the same in the list")
        self.assertIn("Contract", self.browser.execute_script("return document.getElementById('live').textContent"))
        self.assertTrue(self.browser.execute_script("return window.sameAsBefore"), "nothing was loaded again")
        self.picture("after-revocation")
        self.assertEqual(self.complaints(), [])


if __name__ == "__main__":
    unittest.main()
