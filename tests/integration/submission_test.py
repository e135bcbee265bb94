"""EmailSubmission with real jmapd and a real SMTP server (aiosmtpd): what goes out, what becomes of it, and what a crash does."""

import os
import signal
import socket
import subprocess
import unittest

from demo import mail
from harness import InstallationTest, eventually, skip_file

try:
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import AuthResult
except ImportError:
    skip_file("aiosmtpd is not installed (python3-aiosmtpd)")

USING = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail", "urn:ietf:params:jmap:submission"]


class Relay:
    """Remembers what it took; `replies`: recipient -> what RCPT answers, "DATA" -> what the end of DATA answers."""

    def __init__(self, port, replies=None, **options):
        self.replies, self.taken, self.envelopes = replies or {}, [], []
        self.controller = Controller(self, hostname="127.0.0.1", port=port, **options)
        self.controller.start()

    async def handle_RCPT(self, server, session, envelope, address, options):
        reply = self.replies.get(address, "250 2.1.5 fine")
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server, session, envelope):
        reply = self.replies.get("DATA", "250 2.0.0 taken")
        if reply.startswith("2"):
            self.taken.append(envelope.original_content)
            self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        return reply

    def stop(self):
        self.controller.stop()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class SubmissionTest(InstallationTest):
    def relay_settings(self):
        return 'tls = "off"'

    def setUp(self):
        self.port = free_port()
        self.extra = f'[submission]\nrelay = "127.0.0.1:{self.port}"\ntimeout_seconds = 10\n{self.relay_settings()}\n'
        super().setUp()

    def relay(self, **options):
        relay = Relay(self.port, **options)
        self.addCleanup(relay.stop)
        return relay

    def draft(self, to, subject="sent", extra=b""):
        octets = mail.plain(mail.header(self.recipient, to, subject) + extra)
        self.installation.lmtp(octets, self.recipient, self.recipient)
        return eventually(lambda: self.jmap.call("Email/query", filter={"subject": subject})["ids"])[0], octets

    def submit(self, email, **arguments):
        """The responses: EmailSubmission/set, and what it implies."""
        identity = self.jmap.call("Identity/get", using=USING, ids=None)["list"][0]["id"]
        return self.jmap.calls(
            ("EmailSubmission/set", {"create": {"k": {"identityId": identity, "emailId": email}}, **arguments}), using=USING)

    def submission(self, responses):
        created = responses[0][1]["created"]
        self.assertTrue(created, responses)
        return created["k"]["id"]

    def get(self, submission):
        return self.jmap.call("EmailSubmission/get", using=USING, ids=[submission])["list"][0]

    def settled(self, submission, recipient):
        def status():
            got = self.get(submission)
            return got if (got["deliveryStatus"] or {}).get(recipient) else None
        return eventually(status, what="an answer of the relay")

    def sql(self, statement):
        subprocess.run(["psql", "-qX", "-d", self.installation.cluster.url, "-c", statement], check=True)


class Sending(SubmissionTest):
    def test_the_message_goes_out_without_bcc_and_the_draft_becomes_sent(self):
        relay = self.relay()
        email, octets = self.draft("bob@example.net", extra=b"Bcc: carol@example.net\r\nX-Dots: 1\r\n")
        sent = [box["id"] for box in self.jmap.call("Mailbox/get", ids=None)["list"] if box["role"] == "sent"][0]
        state = self.jmap.call("EmailSubmission/get", using=USING, ids=[])["state"]
        responses = self.submit(email, onSuccessUpdateEmail={"#k": {"mailboxIds": {sent: True}, "keywords/$draft": None,
                                                                    "keywords/$seen": True}})
        self.assertEqual([name for name, _ in responses], ["EmailSubmission/set", "Email/set"])
        self.assertIn(email, responses[1][1]["updated"])
        submission = self.submission(responses)
        final = self.settled(submission, "carol@example.net")
        self.assertEqual(final["undoStatus"], "final")
        self.assertEqual(final["deliveryStatus"]["bob@example.net"],
                         {"smtpReply": "250 2.1.5 fine", "delivered": "unknown", "displayed": "unknown"})
        self.assertEqual(relay.envelopes, [(self.recipient, ["bob@example.net", "carol@example.net"])])
        self.assertNotIn(b"carol", relay.taken[0])
        self.assertTrue(relay.taken[0].endswith(octets.split(b"X-Dots: 1\r\n")[1]))
        self.assertEqual(self.jmap.call("Email/get", ids=[email], properties=["mailboxIds"])["list"][0]["mailboxIds"], {sent: True})
        changes = self.jmap.call("EmailSubmission/changes", using=USING, sinceState=state)
        self.assertEqual(changes["created"], [submission])
        cancel = self.jmap.call("EmailSubmission/set", using=USING, update={submission: {"undoStatus": "canceled"}})
        self.assertEqual(cancel["notUpdated"][submission]["type"], "cannotUnsend")

    def test_on_success_destroys_and_failure_does_not(self):
        relay = self.relay()
        email, _ = self.draft("bob@example.net", "gone afterwards")
        responses = self.submit(email, onSuccessDestroyEmail=["#k"])
        self.assertEqual(responses[1][1]["destroyed"], [email])
        self.settled(self.submission(responses), "bob@example.net")
        self.assertEqual(len(relay.taken), 1)
        other, _ = self.draft("", "nobody")
        responses = self.submit(other, onSuccessDestroyEmail=["#k"])
        self.assertEqual(responses[0][1]["notCreated"]["k"]["type"], "noRecipients")
        self.assertEqual(len(responses), 1)

    def test_each_recipient_has_its_own_fate(self):
        relay = self.relay(replies={"no@example.net": "550 5.1.1 no such user", "later@example.net": "451 4.2.1 not now"})
        email, _ = self.draft("yes@example.net, no@example.net, later@example.net")
        submission = self.submission(self.submit(email))
        got = self.settled(submission, "later@example.net")
        self.assertEqual({address: (status["delivered"], status["smtpReply"]) for address, status in got["deliveryStatus"].items()},
                         {"yes@example.net": ("unknown", "250 2.1.5 fine"), "no@example.net": ("no", "550 5.1.1 no such user"),
                          "later@example.net": ("queued", "451 4.2.1 not now")})
        self.assertEqual(got["undoStatus"], "final")  # one has it
        relay.replies.clear()
        self.sql("UPDATE outgoing SET next_try_at = now()")
        eventually(lambda: self.get(submission)["deliveryStatus"]["later@example.net"]["delivered"] == "unknown")
        self.assertEqual(relay.envelopes[1][1], ["later@example.net"])  # and nobody twice

    def test_a_refusal_behind_data_is_everybodys(self):
        self.relay(replies={"DATA": "554 5.7.1 looks like spam"})
        email, _ = self.draft("bob@example.net")
        got = self.settled(self.submission(self.submit(email)), "bob@example.net")
        self.assertEqual(got["deliveryStatus"]["bob@example.net"],
                         {"smtpReply": "554 5.7.1 looks like spam", "delivered": "no", "displayed": "unknown"})

    def test_what_was_acknowledged_survives_a_crash_and_a_relay_that_is_away(self):
        email, _ = self.draft("bob@example.net")
        submission = self.submission(self.submit(email))
        jmapd = self.installation.processes.pop("waxseal-jmapd")
        os.kill(jmapd.pid, signal.SIGKILL)
        jmapd.wait()
        relay = self.relay()
        self.sql("UPDATE outgoing SET next_try_at = now()")
        self.installation.start_daemon("waxseal-jmapd")
        self.installation.wait_for_port(self.installation.jmap_port)
        eventually(lambda: relay.taken, what="the message")
        eventually(lambda: self.get(submission)["undoStatus"] == "final")
        self.assertEqual(len(relay.taken), 1)

    def test_it_can_be_canceled_while_the_relay_is_away(self):
        email, _ = self.draft("bob@example.net")
        submission = self.submission(self.submit(email))
        waiting = self.settled(submission, "bob@example.net")
        self.assertEqual((waiting["undoStatus"], waiting["deliveryStatus"]["bob@example.net"]["delivered"]), ("pending", "queued"))
        self.jmap.call("EmailSubmission/set", using=USING, update={submission: {"undoStatus": "canceled"}})
        self.assertEqual(self.get(submission)["undoStatus"], "canceled")
        relay = self.relay()
        self.sql("UPDATE outgoing SET next_try_at = now()")
        again, _ = self.draft("bob@example.net", "another")
        self.settled(self.submission(self.submit(again)), "bob@example.net")
        self.assertEqual(len(relay.taken), 1)


class WithTls(SubmissionTest):
    """STARTTLS and a login; the twin believes another authority."""

    def relay_settings(self):
        self.directory = f"/tmp/waxseal-relay-{os.getpid()}"
        os.makedirs(self.directory, exist_ok=True)
        self.addCleanup(lambda: subprocess.run(["rm", "-r", self.directory], check=True))
        for name in ("relay", "other"):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                            "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{self.directory}/{name}.key",
                            "-out", f"{self.directory}/{name}.pem"], check=True, capture_output=True)
        with open(os.open(f"{self.directory}/password", os.O_WRONLY | os.O_CREAT, 0o600), "w") as out:
            out.write("correct horse\n")
        return (f'ca_file = "{self.directory}/{self.believed}.pem"\nuser = "waxseal"\n'
                f'password_file = "{self.directory}/password"')

    believed = "relay"

    def tls_relay(self, password=b"correct horse"):
        import ssl
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{self.directory}/relay.pem", f"{self.directory}/relay.key")

        def authenticate(server, session, envelope, mechanism, data):
            right = (data.login, data.password) == (b"waxseal", password)
            return AuthResult(success=right, handled=right)
        return self.relay(tls_context=context, require_starttls=True, auth_required=True, authenticator=authenticate)

    def test_it_logs_in_over_tls(self):
        relay = self.tls_relay()
        email, _ = self.draft("bob@example.net")
        got = self.settled(self.submission(self.submit(email)), "bob@example.net")
        self.assertEqual(got["undoStatus"], "final", got)
        self.assertEqual(len(relay.taken), 1)

    def test_a_wrong_password_is_our_fault_and_not_the_messages(self):
        relay = self.tls_relay(password=b"another")
        email, _ = self.draft("bob@example.net")
        got = self.settled(self.submission(self.submit(email)), "bob@example.net")
        self.assertEqual(got["undoStatus"], "pending", got)
        self.assertIn("535", got["deliveryStatus"]["bob@example.net"]["smtpReply"])
        self.assertNotIn("correct", self.installation.log("waxseal-jmapd"))
        self.assertEqual(relay.taken, [])


class WithAnotherAuthority(WithTls):
    believed = "other"
    test_it_logs_in_over_tls = None
    test_a_wrong_password_is_our_fault_and_not_the_messages = None

    def test_the_relay_is_not_believed(self):
        relay = self.tls_relay()
        email, _ = self.draft("bob@example.net")
        got = self.settled(self.submission(self.submit(email)), "bob@example.net")
        self.assertEqual(got["undoStatus"], "pending", got)
        self.assertIn("certificate", got["deliveryStatus"]["bob@example.net"]["smtpReply"])
        self.assertEqual(relay.taken, [])


class WithoutRelay(InstallationTest):
    def test_nothing_is_promised(self):
        self.assertNotIn("urn:ietf:params:jmap:submission", self.jmap.session["capabilities"])
        name, arguments = self.jmap.calls(("Identity/get", {"ids": None}), using=USING)[0]
        self.assertEqual((name, arguments["type"]), ("error", "unknownMethod"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
