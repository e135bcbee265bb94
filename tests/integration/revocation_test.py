"""What an authority publishes reaches the mail: lists and OCSP answers over HTTP, to a verdict, a state and an event."""

import json
import threading
import time
import unittest
import urllib.request

from demo import mail
from demo.pki import Signer
from harness import InstallationTest, eventually
from responder import Authority, Responder

GRACE = 8
VERIFIED, FAILED, SIGNED = "signed/verified", "signed/failed", "signed"


class EventSource(threading.Thread):
    """Collects the states of Email that the server tells of its own accord."""

    def __init__(self, jmap):
        super().__init__(daemon=True)
        url = jmap.session["eventSourceUrl"]
        for name, value in {"types": "Email", "closeafter": "no", "ping": "0"}.items():
            url = url.replace("{" + name + "}", value)
        self.stream = urllib.request.urlopen(urllib.request.Request(url, headers=jmap.headers), timeout=60)
        self.account, self.states = jmap.account, []
        self.start()

    def run(self):
        try:
            for line in self.stream:
                if line.startswith(b"data:"):
                    change = json.loads(line[5:])
                    self.states.append(change["changed"][self.account].get("Email"))
        except (OSError, ValueError):
            pass  # the installation ends


class Revocation(InstallationTest):
    mode = "hard"

    def setUp(self):
        self.responder = Responder()
        self.addCleanup(self.responder.close)
        self.extra = (f'[fetch]\nallow_nets = ["127.0.0.0/8", "::1"]\nallow_hosts = ["localhost"]\n'
                      f'allowed_ports = ["{self.responder.port}"]\n'
                      f'[revocation]\nmode = "{self.mode}"\nat_delivery_grace_seconds = {GRACE}\n')
        super().setUp()
        self.authority = Authority(self.pki.directory)
        self.pages = self.responder.pages

    def deliver(self, name, *more, chain=True):
        signer = self.authority.issue(name, self.sender, more=more)
        sent = signer if chain else Signer(signer.certificate, signer.key, self.authority.root)
        self.installation.lmtp(mail.detached(mail.header(self.sender, self.recipient, name), sent), self.recipient)
        return signer

    def names_list(self, path="/list"):
        return f"crlDistributionPoints = URI:{self.responder.url(path)}"

    def email(self, subject):
        [found] = [email for email in self.jmap.emails() if email["subject"] == subject]
        return found

    def statuses(self, subject):
        email = self.email(subject)
        return email["smimeStatus"], email["smimeStatusAtDelivery"], tuple(email["smimeErrors"] or ())

    def becomes(self, subject, *expected, seconds=90):
        try:
            eventually(lambda: self.statuses(subject) == expected, seconds, str(expected))
        finally:
            self.assertEqual(self.statuses(subject), expected)

    def a_day_passes_for_the_fetcher(self):
        self.installation.cluster.sql("UPDATE fetches SET next_fetch_at = now()")


class Hard(Revocation):
    def test_list(self):
        self.pages["/list"] = lambda _: self.authority.crl()
        before = self.email_state()
        signer = self.deliver("listed", self.names_list())
        self.becomes("listed", VERIFIED, VERIFIED, ())
        self.assertEqual(self.responder.heard, ["/list"])
        self.assertIn(self.email("listed")["id"], self.changes_since(before)["created"])

        events = EventSource(self.jmap)
        before = self.email_state()
        self.authority.revoke(signer)
        self.a_day_passes_for_the_fetcher()
        self.becomes("listed", FAILED, VERIFIED, ("The signing certificate has been revoked",))
        self.assertEqual(self.changes_since(before)["updated"], [self.email("listed")["id"]])
        eventually(lambda: self.email_state() in events.states, what="the event")
        why = self.installation.cli("why", self.email("listed")["messageId"][0])
        self.assertIn("cert_revoked", why)

    def test_ocsp(self):
        self.pages["/ocsp"] = self.authority.ocsp
        signer = self.deliver("asked", f"authorityInfoAccess = OCSP;URI:{self.responder.url('/ocsp')}")
        self.becomes("asked", VERIFIED, VERIFIED, ())
        self.assertEqual(self.responder.heard, ["/ocsp"])
        self.authority.revoke(signer)
        self.a_day_passes_for_the_fetcher()
        self.becomes("asked", FAILED, VERIFIED, ("The signing certificate has been revoked",))

    def test_ocsp_instead_of_a_list(self):
        self.pages["/ocsp"] = self.authority.ocsp
        self.deliver("either", self.names_list("/gone"), f"authorityInfoAccess = OCSP;URI:{self.responder.url('/ocsp')}")
        self.becomes("either", VERIFIED, VERIFIED, ())
        self.assertEqual(self.responder.heard, ["/gone", "/ocsp"])

    def test_authority_down(self):
        delivered = time.time()
        self.deliver("waiting", self.names_list())
        missing = ("Can't retrieve CRL from the CRL URL",)
        if time.time() < delivered + GRACE - 2:
            self.becomes("waiting", FAILED, SIGNED, missing, seconds=1)
        before = self.email_state()
        self.becomes("waiting", FAILED, FAILED, missing)
        self.assertGreaterEqual(time.time(), delivered + GRACE - 1)
        self.assertEqual(self.changes_since(before)["updated"], [self.email("waiting")["id"]])

        self.pages["/list"] = lambda _: self.authority.crl()  # too late for the verdict at delivery
        self.installation.stop_daemon("waxseal-reverifyd")    # with what it remembers of failures
        self.a_day_passes_for_the_fetcher()
        self.installation.start_daemon("waxseal-reverifyd")
        self.becomes("waiting", VERIFIED, FAILED, ())

    def test_missing_issuer(self):
        self.pages["/issuer"] = lambda _: self.authority.issuer()
        self.deliver("alone", f"authorityInfoAccess = caIssuers;URI:{self.responder.url('/issuer')}", chain=False)
        self.becomes("alone", VERIFIED, FAILED, ())
        self.assertEqual(self.responder.heard, ["/issuer"])


class Soft(Revocation):
    mode = "soft"

    def test_authority_down(self):
        delivered = time.time()
        self.deliver("waiting", self.names_list())
        if time.time() < delivered + GRACE - 2:
            self.becomes("waiting", VERIFIED, SIGNED, (), seconds=1)
        before = self.email_state()
        self.becomes("waiting", VERIFIED, VERIFIED, ())
        self.assertGreaterEqual(time.time(), delivered + GRACE - 1)
        self.assertEqual(self.changes_since(before)["updated"], [self.email("waiting")["id"]])


if __name__ == "__main__":
    unittest.main()
