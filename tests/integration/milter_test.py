"""waxseal-milter frame by frame: what it negotiates, its modes and rules, reload, an ordered stop, and hostile peers."""

import contextlib
import random
import signal
import socket
import struct
import threading
import time
import unittest

from demo import mail
from harness import InstallationTest, eventually
from milter_wire import BODY, FIELD, MAIL, NEGOTIATE, NO_CONNECT, NO_REPLIES, Wire

FORGED = b"Authentication-Results: mx.example.test; smime=pass\r\n"


class Site(InstallationTest):
    """One installation for all tests of this file."""

    current = None

    def runTest(self):
        pass

    @classmethod
    def get(cls):
        if cls.current is None:
            cls.current = cls()
            cls.current.setUp()
            cls.current.alice = cls.current.pki.issue("alice", cls.sender)
        return cls.current


def tearDownModule():
    if Site.current is not None:
        Site.current.doCleanups()


class MilterTest(unittest.TestCase):
    sender, recipient = Site.sender, Site.recipient

    def setUp(self):
        site = Site.get()
        self.stored_before = self.log_before = 0
        self.installation, self.jmap, self.alice = site.installation, site.jmap, site.alice
        if (self.installation.milter_extra, self.installation.milter_mode) != ("", "store_and_annotate"):
            self.reconfigure("", "store_and_annotate")
        self.stored_before, self.log_before = self.stored(), len(self.log())

    def tearDown(self):
        if not self._outcome.success:
            print(self.log()[-3000:])

    def signed(self, subject="signed", extra=b""):
        return extra + mail.detached(mail.header(self.sender, self.recipient, subject), self.alice)

    def open(self, **options):
        wire = Wire(self.installation.milter_port, **options)
        self.addCleanup(wire.socket.close)
        return wire

    def deliver(self, octets, sender=None, recipients=None, client="127.0.0.1", mail_macros=None, queue_id="4TEST", wire=None):
        """One message on a connection of its own; returns (edits, last answer)."""
        if wire is None:
            wire = self.open()
            wire.negotiate()
            wire.connect(client)
        wire.macros(b"M", **(mail_macros or {}))
        wire.mail(sender or self.sender, *(recipients or [self.recipient]))
        wire.message(octets)
        wire.macros(b"E", i=queue_id)
        edits, answer, _ = wire.end()
        return edits, answer

    def stored(self):
        return int(self.installation.cluster.sql("SELECT count(*) FROM email_meta")) - self.stored_before

    def log(self):
        return self.installation.log("waxseal-milter")[self.log_before:]

    def restart(self):
        self.installation.start_daemon("waxseal-milter")
        self.installation.wait_for_port(self.installation.milter_port)

    def reconfigure(self, milter_extra="", mode=None, wait="event=reloaded"):
        self.installation.milter_extra = milter_extra
        self.installation.milter_mode = mode or self.installation.milter_mode
        self.installation.write_configuration()
        before = len(self.log())
        self.installation.processes["waxseal-milter"].send_signal(signal.SIGUSR1)
        eventually(lambda: wait in self.log()[before:], 10, wait)
        return self.log()[before:]


class Protocol(MilterTest):
    def test_nothing_is_negotiated_that_is_not_used(self):
        with self.open() as wire:
            actions, steps, macros = wire.negotiate()
            self.assertEqual(actions, 0x1 | 0x10 | 0x100, "add and change header fields, name macros")
            self.assertEqual(steps & NO_REPLIES, NO_REPLIES, "no reply to a field or a body chunk")
            self.assertEqual(steps & (0x1 | 0x2 | 0x40 | 0x100), 0x1 | 0x2 | 0x40 | 0x100)
            self.assertEqual(steps & (0x200 | 0x10000), 0, "over TCP an answer to DATA acknowledges the envelope")
            self.assertEqual(sorted(macros.values()), ["i", "i {auth_type}", "{rcpt_addr}"])
            wire.mail(self.sender, self.recipient)
            wire.message(self.signed())
            wire.socket.settimeout(0.3)
            with self.assertRaises(socket.timeout):
                wire.receive()

    def test_an_old_mta_that_wants_replies_gets_them(self):
        with self.open() as wire:
            _, steps, _ = wire.negotiate(actions=0x3F, steps=0x7F, version=2)
            self.assertEqual(steps & NO_REPLIES & ~0x80, 0)
            for command, data in ((MAIL, b"<a@example.test>\0"), (b"R", b"<demo@example.test>\0"), (FIELD, b"Subject\0old\0"),
                                  (BODY, b"text\r\n")):
                wire.send(command, data)
                self.assertEqual(wire.receive(), (b"c", b""), command)
            self.assertEqual(wire.end()[1], "c")
        self.assertEqual(self.stored(), 1)

    def test_an_mta_that_does_not_let_fields_be_removed_is_refused(self):
        with self.open() as wire:
            self.assertIsNone(wire.negotiate(actions=0x1))

    def test_many_messages_on_one_connection_do_not_mix(self):
        with self.open() as wire:
            wire.negotiate()
            wire.mail(self.sender, self.recipient)
            wire.field(b"Subject", b" aborted")
            wire.send(BODY, b"half")
            wire.send(b"A")
            wire.send(b"A")
            for _ in range(3):
                edits, answer = self.deliver(self.signed("unmixed"), wire=wire)
                self.assertEqual((len(edits), answer), (1, "c"))
            plain = mail.plain(mail.header(self.sender, self.recipient, "unmixed"))
            self.assertEqual(self.deliver(plain, wire=wire), ([], "c"))
        there = [e["smimeStatus"] or "" for e in self.jmap.emails(filter={"subject": "unmixed"})]
        self.assertEqual(sorted(there), [""] + ["signed/verified"] * 3)

    def test_recipients_as_postfix_and_as_sendmail_write_them(self):
        self.installation.add_account("root", "root@mx.example.test")
        with self.open() as wire:
            wire.negotiate()
            for i, (argument, resolved) in enumerate(((b"<root>", None), (b"root", "root"), (b"<ROOT@mx.example.test>", "root"),
                                                      (b"<nick>", "root@mx.example.test"))):
                wire.send(MAIL, b"<>\0" if i % 2 else b"<alice@example.test>\0BODY=8BITMIME\0")
                if resolved:
                    wire.macros(b"R", **{"{rcpt_addr}": resolved})
                wire.send(b"R", argument + b"\0NOTIFY=NEVER\0")
                wire.field(b"Subject", b" %d" % i)
                wire.macros(b"E", i=f"4QUEUE{i}")
                self.assertEqual(wire.end()[1], "c")
        self.assertEqual(self.stored(), 4)
        self.assertIn("queue_id=4QUEUE3", self.log())

    def test_each_message_has_its_line(self):
        self.deliver(self.signed(extra=FORGED), queue_id="4WHOLE")
        line = next(line for line in self.log().splitlines() if "event=message" in line)
        for part in ("queue_id=4WHOLE", "message_id=<", "from=alice@example.test", "recipients=1", "stored=1", "answer=accept",
                     "smime=signed/verified", "judge_ms=", "store_ms=", "receive_ms=", "wait_ms=", "total_ms="):
            self.assertIn(part, line)


class Modes(MilterTest):
    def test_modes_change_with_a_reload_and_forged_fields_go_in_each(self):
        for mode, edits, stored in (("store_and_annotate", ["m", "i"], 1), ("annotate", ["m", "i"], 1), ("store", ["m"], 2)):
            if mode != "store_and_annotate":
                self.assertIn("changed=milter.mode", self.reconfigure(mode=mode))
            with self.subTest(mode):
                got, answer = self.deliver(self.signed(mode, FORGED))
                self.assertEqual(([edit for edit, _, _ in got], answer), (edits, "c"))
                self.assertEqual(self.stored(), stored)

    def test_a_reload_says_what_needs_a_restart_and_keeps_what_was_if_it_cannot_be_used(self):
        self.assertIn("restart_needed changed=milter.socket_mode", self.reconfigure('socket_mode = "0600"', wait="restart_needed"))
        self.assertIn("milter.budget_seconds must be", self.reconfigure("budget_seconds = 0", wait="event=reload_failed"))
        self.assertIn("milter.skip_clients", self.reconfigure('skip_clients = ["10.0.0.1/8"]', wait="event=reload_failed"))
        self.assertEqual(self.deliver(self.signed())[1], "c")

    def test_a_session_that_is_open_sees_a_reload_with_its_next_message(self):
        with self.open() as wire:
            wire.negotiate()
            wire.mail(self.sender, self.recipient)
            wire.field(b"Subject", b" before")
            self.reconfigure(mode="annotate")
            self.assertEqual(wire.end()[1], "c")
            self.assertEqual(self.stored(), 1, "the message keeps the settings that it began with")
            self.assertEqual(self.deliver(self.signed(), wire=wire)[1], "c")
            self.assertEqual(self.stored(), 1)

    def test_rules_and_rejections(self):
        self.reconfigure('skip_clients = ["192.0.2.0/24", "local"]\ntrusted_clients = ["198.51.100.7"]\nskip_authenticated = true\n'
                         'skip_senders = [".news.test"]\nskip_recipients = ["quiet.test"]\nreject_codes = ["digest_mismatch"]')
        with self.open() as wire:
            self.assertEqual(wire.negotiate()[1] & NO_CONNECT, 0)
        octets = self.signed(extra=FORGED)
        forged_only = [("m", "Authentication-Results", "")]
        for what, options in (("client", dict(client="192.0.2.9")), ("local", dict(client=None)),
                              ("authenticated", dict(mail_macros={"{auth_type}": "PLAIN"})),
                              ("sender", dict(sender="x@a.news.test")), ("recipient", dict(recipients=["a@quiet.test"]))):
            with self.subTest(what):
                self.assertEqual(self.deliver(octets, **options), (forged_only, "c"))
                self.assertEqual(self.stored(), 0)
        edits, answer = self.deliver(octets, client="198.51.100.7")
        self.assertEqual(([edit for edit, _, _ in edits], answer), (["i"], "c"))
        edits, answer = self.deliver(octets, client="198.51.100.8")
        self.assertEqual(([edit for edit, _, _ in edits], answer), (["m", "i"], "c"))
        self.assertRegex(self.deliver(mail.altered(octets))[1], r"\Ay550 5\.7\.1 S/MIME: ")
        self.assertEqual(self.stored(), 1, "once, however often it comes")

    def test_without_the_database(self):
        self.deliver(self.signed("before"))
        self.installation.cluster.stop()
        octets = self.signed("during", FORGED)
        self.assertRegex(self.deliver(octets)[1], r"\Ay451 4\.3\.0 ")
        # What needs the database to be read is not reloaded; so this milter is started with it.
        self.installation.stop_daemon("waxseal-milter")
        self.installation.milter_extra = 'on_database_failure = "accept"'
        self.installation.write_configuration()
        self.restart()
        self.assertEqual(self.deliver(octets), ([("m", "Authentication-Results", "")], "c"))
        self.installation.cluster.start()
        eventually(lambda: self.deliver(self.signed("after"))[0] and self.stored() == 2, 10, "the copy after the outage")


class Stop(MilterTest):
    def test_a_message_that_has_begun_is_finished_before_the_stop(self):
        process = self.installation.processes["waxseal-milter"]
        busy, idle = self.open(), self.open()
        for wire in (busy, idle):
            wire.negotiate()
        busy.mail(self.sender, self.recipient)
        busy.field(b"Subject", b" slow")
        busy.send(BODY, b"first half\r\n")
        time.sleep(0.3)  # frames are on their way; nothing shows that they were read
        process.terminate()
        eventually(lambda: "event=draining" in self.log(), 5, "draining")
        with self.open() as late:
            self.assertIsNone(late.negotiate(), "no new connection")
        time.sleep(0.5)
        self.assertIsNone(process.poll())
        busy.send(BODY, b"second half\r\n")
        self.assertEqual(busy.end()[1], "c")
        self.assertEqual(process.wait(10), 0)
        self.assertEqual(self.stored(), 1)
        self.restart()


class Hostile(MilterTest):
    """What one peer does is nobody else's business, and nothing makes the milter grow."""

    BOUND = 48 << 20  # octets that all of it together may add

    def high_water(self):
        with open(f"/proc/{self.installation.processes['waxseal-milter'].pid}/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))

    def setUp(self):
        super().setUp()
        self.deliver(self.signed("warm"))
        self.before = self.high_water()
        self.stopping = threading.Event()
        self.victim_error, self.victim_count = None, 0
        self.victim = threading.Thread(target=self.be_a_victim, daemon=True)
        self.victim.start()
        self.addCleanup(self.stopping.set)

    def be_a_victim(self):
        """An honest session that goes on the whole time."""
        octets = self.signed("honest")
        try:
            with Wire(self.installation.milter_port) as wire:
                wire.negotiate()
                while not self.stopping.is_set():
                    wire.mail(self.sender, self.recipient)
                    wire.message(octets)
                    edits, answer, _ = wire.end()
                    assert answer == "c" and "smime=pass" in edits[0][2], (edits, answer)
                    self.victim_count += 1
                    time.sleep(0.01)
        except Exception as error:  # pylint: disable=broad-except
            self.victim_error = error

    def check_others(self):
        count = self.victim_count
        eventually(lambda: self.victim_error or self.victim_count > count, 20, "the honest session to go on")
        self.stopping.set()
        self.victim.join(20)
        self.assertIsNone(self.victim_error)
        self.assertIsNone(self.installation.processes["waxseal-milter"].poll())
        self.assertLess(self.high_water() - self.before, self.BOUND)

    def test_malformed_frames(self):
        good = struct.pack("!III", 6, 0x1FF, 0x1FFFFF)
        first = [b"", b"\0", b"\0\0\0\0", b"\0\0\0\1", b"GET / HTTP/1.0\r\n\r\n", struct.pack("!I", 0xFFFFFFFF) + b"O",
                 struct.pack("!I", 0x7FFFFFFF) + b"O" + good, struct.pack("!I", 13) + b"O" + good[:5],
                 struct.pack("!I", 5) + b"O" + good[:4], struct.pack("!I", 707923209) + b"\x12" * 100]
        hung_up = contextlib.suppress(BrokenPipeError, ConnectionResetError)
        for octets in first:
            with self.open() as wire:
                wire.raw(octets)
        later = [(MAIL, b""), (MAIL, b"no terminator"), (MAIL, b"\0"), (MAIL, b"\0\0\0"), (b"R", b"<early@example.test>\0"),
                 (FIELD, b"no value\0"), (FIELD, b"Name"), (FIELD, b"\0\0"), (FIELD, b"a\0b"), (BODY, b""), (b"N", b"x"),
                 (b"E", b""), (b"E", b"octets"), (b"D", b""), (b"D", b"M{i}\0"), (b"D", b"Mno terminator"), (b"Z", b"unknown"),
                 (b"C", b"h\0"), (b"C", b"h\0" + b"4"), (b"C", b"h\0" + b"6\0\0not an address\0"), (b"\xff", b"\0" * 100),
                 (NEGOTIATE, good), (NEGOTIATE, b""), (b"H", b""), (b"K", b"")]
        for command, data in later:
            for prelude in (b"", b"M"):
                with self.open() as wire, hung_up:
                    wire.negotiate()
                    if prelude:
                        wire.mail(self.sender, self.recipient)
                    wire.send(command, data)
        dice = random.Random(5321)
        for _ in range(150):
            with self.open() as wire, hung_up:
                if dice.random() < 0.8:
                    wire.negotiate()
                for _ in range(dice.randrange(8)):
                    wire.send(bytes([dice.choice(b"CHMRTLNBADK")]), bytes(dice.choices(range(256), k=dice.randrange(60))))
        self.check_others()

    def test_oversize_frames(self):
        for length in (65536 + 1, 1 << 20, 1 << 28):
            with self.open() as wire:
                wire.negotiate()
                wire.mail(self.sender, self.recipient)
                try:
                    wire.raw(struct.pack("!I", length) + BODY)
                    for _ in range(64):
                        wire.raw(b"x" * 65536)
                except (BrokenPipeError, ConnectionResetError):
                    pass
        self.check_others()

    def test_headers_and_recipients_without_end(self):
        with self.open() as wire:
            wire.negotiate()
            wire.mail(self.sender, self.recipient)
            for _ in range(2000):
                wire.field(b"X-A", b"y" * 60000)  # 114 MiB
            edits, answer, _ = wire.end()
            self.assertRegex(answer, r"\Ay552 5\.3\.4 ")
        with self.open() as wire:
            wire.negotiate()
            wire.mail(self.sender)
            recipient = b"<" + b"r" * 40 + b"@example.test>\0"
            frame = struct.pack("!I", len(recipient) + 1) + b"R" + recipient
            for _ in range(110):
                wire.raw(frame * 1000)
            self.assertRegex(wire.end()[1], r"\Ay550 5\.6\.0 ")
        self.check_others()

    def test_aborts_and_disconnections_in_the_middle(self):
        chunk = b"x" * 65000
        for i in range(60):
            with self.open() as wire:
                wire.negotiate()
                wire.mail(self.sender, self.recipient)
                wire.field(b"Subject", b" lost")
                for _ in range(i):
                    wire.send(BODY, chunk)
                if i % 3 == 0:
                    wire.send(b"A")
                    self.assertEqual(self.deliver(mail.plain(mail.header("a@b.test", "c@d.test", "x")), recipients=["c@d.test"],
                                                  wire=wire), ([], "c"))
                if i % 3 == 1:  # a reset, not a FIN
                    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.assertEqual(self.jmap.call("Email/query", filter={"subject": "lost"})["ids"], [])
        self.check_others()

    def test_half_closed_connections(self):
        waiting = []
        for i in range(200):
            wire = self.open()
            wire.negotiate()
            wire.mail(self.sender, self.recipient)
            wire.send(BODY, b"half\r\n")
            wire.socket.shutdown(socket.SHUT_WR if i % 2 else socket.SHUT_RD)
            waiting.append(wire)
        with self.open() as wire:  # everything is sent, nobody will read the answer
            wire.negotiate()
            wire.mail(self.sender, "nobody@example.org")
            wire.message(self.signed("unread"))
            wire.send(b"E")
            wire.socket.shutdown(socket.SHUT_RDWR)
        self.check_others()

    def test_bodies_of_a_hundred_mebioctets(self):
        chunk = b"".join(b"%060d\r\n" % i for i in range(1000))[:62000]
        answers = {}

        def send(name, count):
            with Wire(self.installation.milter_port) as wire:
                wire.negotiate()
                wire.mail(self.sender, "nobody@example.org" if name != "refused" else self.recipient)
                wire.field(b"Subject", b" large")
                for _ in range(count):
                    wire.send(BODY, chunk)
                answers[name] = wire.end()[1]

        jobs = [threading.Thread(target=send, args=job) for job in (("whole", 1690), ("larger", 2000), ("refused", 2000))]
        for job in jobs:
            job.start()
        for job in jobs:
            job.join(120)
        self.assertEqual(answers["whole"], "c")
        self.assertEqual(answers["larger"], "c")
        self.assertRegex(answers["refused"], r"\Ay552 5\.3\.4 ")
        sizes = [int(line.split(" size=")[1].split()[0]) for line in self.log().splitlines() if "event=message" in line]
        self.assertGreater(max(sizes), 99 << 20)
        self.check_others()


if __name__ == "__main__":
    unittest.main()
