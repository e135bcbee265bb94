"""A message of 50 MiB passes through LMTP and through the milter in bounded memory (VmHWM), and arrives octet for octet; an answer of
200 MiB over JMAP leaves in bounded memory."""

import base64
import hashlib
import os
import unittest

from demo import mail
from harness import InstallationTest

MIB = 1024 * 1024
SIZE = 50 * MIB
WHOLE = 48 * MIB   # all of the daemon: program, caches, thread stacks, and the message on its way through
MESSAGE = 8 * MIB  # what the message adds to it; spool_memory_octets is 1 MiB of that
ANSWER = 40 * MIB  # what an answer adds to waxseal-jmapd: one message and its text at a time, and 1 MiB that waits to be written
SANITIZED = 1 << 40  # address space that only a sanitizer's shadow memory takes


def status(process, key):
    """A line of /proc/PID/status in octets."""
    with open(f"/proc/{process.pid}/status") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key + ":"))


def entity(size):
    """A text and an attachment of random octets, `size` octets together."""
    line = base64.b64encode(os.urandom(57)) + b"\r\n"
    head = (b'Content-Type: multipart/mixed; boundary="parts"\r\n\r\n--parts\r\nContent-Type: text/plain\r\n\r\n'
            b"The film is attached.\r\n--parts\r\nContent-Type: video/mp4\r\nContent-Transfer-Encoding: base64\r\n\r\n")
    return head + line * (size // len(line)) + b"--parts--\r\n"


class Memory(InstallationTest):
    def setUp(self):
        super().setUp()
        self.alice = self.pki.issue("alice", self.sender)

    def head(self, subject):
        return mail.header(self.sender, self.recipient, subject)

    def process_of(self, daemon):
        process = self.installation.processes[daemon]
        if status(process, "VmSize") > SANITIZED:
            self.skipTest("sanitizers have memory of their own")
        return process

    def high_water(self, process, action):
        """Returns (resident before, high-water mark of the action)."""
        with open(f"/proc/{process.pid}/clear_refs", "w") as reset:
            reset.write("5")  # VmHWM begins again
        before = status(process, "VmRSS")
        action()
        return before, status(process, "VmHWM")

    def peak(self, daemon, send, message):
        """Returns (high-water mark, what of it this message added).  A small message goes first: caches, connections."""
        process = self.process_of(daemon)
        send(mail.detached(self.head("small"), self.alice), self.recipient, self.sender)
        before, high = self.high_water(process, lambda: send(message, self.recipient, self.sender))
        print(f"{daemon}: message {len(message) / MIB:.1f} MiB, before {before / MIB:.1f} MiB, peak {high / MIB:.1f} MiB")
        return high, high - before

    def stored(self, subject):
        return next(email for email in self.jmap.emails(["subject", "blobId", "smimeStatus"]) if email["subject"] == subject)

    def test_a_long_message_passes_in_bounded_memory(self):
        for daemon, send in (("waxseal-lmtpd", self.installation.lmtp), ("waxseal-milter", self.installation.milter)):
            with self.subTest(daemon):
                message = mail.detached(self.head(daemon), self.alice, entity(SIZE))
                high, added = self.peak(daemon, send, message)
                self.assertLess(high, WHOLE)
                self.assertLess(added, MESSAGE)
                stored = self.stored(daemon)
                self.assertEqual(stored["smimeStatus"], "signed/verified")
                blob = self.jmap.download(stored["blobId"])
                self.assertEqual(hashlib.sha256(blob[-len(message):]).digest(), hashlib.sha256(message).digest())

    def test_content_that_must_be_decoded_costs_its_own_size(self):
        """Opaque content is decoded in memory: the measurement sees it, and it is held once, not twice."""
        message = mail.opaque(self.head("opaque"), self.alice, entity(SIZE * 3 // 4))
        _, added = self.peak("waxseal-lmtpd", self.installation.lmtp, message)
        self.assertGreater(added, len(message) // 2)
        self.assertLess(added, len(message) * 13 // 10)
        self.assertEqual(self.stored("opaque")["smimeStatus"], "signed/verified")

    def test_a_long_answer_leaves_in_bounded_memory(self):
        """Two calls for 14 messages of 8 MiB: 220 MiB, most of which a file holds until it is sent.  A third is too much."""
        line = b"Grass grows, birds fly, waves pound the sand; \"so what?\" the seal said.\r\n"
        text = line * (8 * MIB // len(line))
        for number in range(14):
            self.installation.lmtp(self.head(f"long {number}") + b"Content-Type: text/plain\r\n\r\n" + text, self.recipient, self.sender)
        process = self.process_of("waxseal-jmapd")
        ids = [email["id"] for email in self.jmap.emails(["id"])]
        get = ("Email/get", {"ids": ids, "properties": ["id", "bodyValues"], "fetchAllBodyValues": True})
        answers = []
        before, high = self.high_water(process, lambda: answers.append(self.jmap.calls(get, get, get)))
        print(f"waxseal-jmapd: before {before / MIB:.1f} MiB, peak {high / MIB:.1f} MiB")
        first, second, third = answers[0]
        for name, result in (first, second):
            self.assertEqual(name, "Email/get")
            self.assertEqual([email["id"] for email in result["list"]], ids)
            for email in result["list"]:
                (value,) = email["bodyValues"].values()
                self.assertEqual(value["value"], text.decode().replace("\r\n", "\n"))
        self.assertEqual((third[0], third[1]["type"]), ("error", "requestTooLarge"))
        self.assertLess(high - before, ANSWER)


if __name__ == "__main__":
    unittest.main()
