"""`waxseal verify` as a process: odd files, pipes, terminals, and limits that the kernel enforces."""

import base64
import email
import json
import mailbox
import os
import pty
import resource
import signal
import ssl
import subprocess
import unittest

from harness import BINARIES, temporary_directory

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CORPUS = os.path.join(ROOT, "tests", "fuzz", "corpus")
WAXSEAL = os.path.join(BINARIES, "waxseal")
OPTIONS = ["verify", "--anchors", os.path.join(CORPUS, "anchors.pem"), "--at", "2026-07-01T12:00:00Z"]
GOOD = os.path.join(CORPUS, "verifier", "clear_lf")
ML_DSA = os.path.join(ROOT, "tests", "smime", "ml_dsa")
MEBIBYTE = 1 << 20


def limited(memory):
    """For a child: so much address space, and no more than a minute of processor time."""
    def apply():
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
    return apply


def with_broken_signature(message):
    """One bit of the signature, which is the end of the CMS, is another."""
    part = email.message_from_bytes(message).get_payload()[1]
    cms = bytearray(part.get_payload(decode=True))
    cms[-1000] ^= 1
    broken = message.replace(part.get_payload().encode(), base64.encodebytes(cms))
    assert broken != message
    return broken


class VerifyCommand(unittest.TestCase):
    def setUp(self):
        context = temporary_directory()
        self.directory = str(context.__enter__())
        self.addCleanup(context.__exit__, None, None, None)
        with open(GOOD, "rb") as file:
            self.good = file.read()

    def write(self, name, octets):
        path = os.path.join(self.directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(octets)
        return path

    def verify(self, *arguments, status, **options):
        done = subprocess.run([WAXSEAL, *OPTIONS, *arguments], capture_output=True, timeout=120, **options)
        self.assertEqual(done.returncode, status, done.stderr[-2000:])
        return done

    def objects(self, *arguments, status, **options):
        done = self.verify("--json", *arguments, status=status, **options)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_exit_status(self):
        bad = self.write("bad.eml", self.good.replace(b"Hello", b"HELLO"))
        self.verify(GOOD, status=0)
        self.verify(GOOD, bad, status=1)
        self.verify(GOOD, bad, os.path.join(self.directory, "missing"), status=2)
        self.verify("--no-such-option", GOOD, status=2)

    def test_ml_dsa_of_openssl_itself(self):
        """As tests/smime/ml_dsa/make made it: verified where OpenSSL has ML-DSA (3.5), else unsupported; two twins are never verified."""
        known = ssl.OPENSSL_VERSION_INFO >= (3, 5)
        unsupported = ["sig_alg_unsupported", "key_unsupported", "chain_incomplete"]
        for size in ("44", "65", "87"):
            with open(os.path.join(ML_DSA, f"ML-DSA-{size}.eml"), "rb") as file:
                good = file.read()
            paths = [self.write("good.eml", good), self.write("changed.eml", good.replace(b"Hello", b"HELLO")),
                     self.write("forged.eml", with_broken_signature(good))]
            done = subprocess.run([WAXSEAL, "verify", "--json", "--anchors", os.path.join(ML_DSA, "anchors.pem"), "--at",
                                   "2027-01-01T12:00:00Z", *paths], capture_output=True, timeout=60)
            judged = [json.loads(line) for line in done.stdout.splitlines()]
            self.assertEqual([one["smimeStatus"] for one in judged],
                             ["signed/verified" if known else "signed/failed", "signed/failed", "signed/failed"])
            self.assertEqual([one["codes"] for one in judged],
                             [[], ["digest_mismatch"], ["signature_invalid"]] if known else
                             [unsupported, ["digest_mismatch", *unsupported], unsupported])
            self.assertEqual({one["signers"][0]["algorithms"]["signature"] for one in judged}, {f"ml-dsa-{size}"})

    def test_a_directory_of_odd_files_is_walked_to_its_end(self):
        self.write("d/1-empty", b"")
        self.write("d/2-garbage", os.urandom(100_000))
        self.write("d/3-nul", bytes(100_000))
        self.write("d/4-good", self.good)
        self.write("d/9-last", self.good)
        os.mkfifo(os.path.join(self.directory, "d", "5-pipe"))
        os.symlink("missing", os.path.join(self.directory, "d", "6-nowhere"))
        os.symlink(".", os.path.join(self.directory, "d", "7-loop"))
        found = self.objects(os.path.join(self.directory, "d"), status=1)
        self.assertEqual([os.path.basename(o["file"]) for o in found],
                         ["1-empty", "2-garbage", "3-nul", "4-good", "9-last"])
        self.assertEqual([o["smimeStatus"] for o in found][-2:], ["signed/verified"] * 2)

    def test_a_named_pipe_on_the_command_line_is_read(self):
        reader, writer = os.pipe()
        os.write(writer, self.good)
        os.close(writer)
        found = self.objects(f"/dev/fd/{reader}", "-", status=0, pass_fds=[reader], input=self.good)
        os.close(reader)
        self.assertEqual([o["smimeStatus"] for o in found], ["signed/verified"] * 2)

    def test_an_mbox_written_by_python_is_read_back(self):
        path = os.path.join(self.directory, "box")
        box = mailbox.mbox(path)
        for _ in range(3):
            box.add(self.good)
        box.close()
        found = self.objects(path, status=0)
        self.assertEqual([o["message"] for o in found], [1, 2, 3])

    def test_a_hundred_mebibytes_of_garbage_take_no_more_than_their_memory(self):
        path = self.write("garbage", os.urandom(MEBIBYTE) * 100)
        found = self.objects(path, GOOD, status=1, preexec_fn=limited(1024 * MEBIBYTE))
        self.assertIsNone(found[0]["smimeStatus"])
        self.assertEqual(found[1]["smimeStatus"], "signed/verified")

    def test_an_endless_stream_is_an_error_and_the_rest_goes_on(self):
        found = self.objects("/dev/zero", GOOD, status=2, preexec_fn=limited(2048 * MEBIBYTE))
        self.assertEqual(found[0]["error"], "longer than 256 MiB")
        self.assertEqual(found[1]["smimeStatus"], "signed/verified")

    def test_many_big_messages_are_never_all_in_memory(self):
        padded = self.good.replace(b"Subject:", b"X-Unsigned: y\nSubject:", 1) + b"\n" * (8 * MEBIBYTE)
        paths = [self.write(f"{i}.eml", padded) for i in range(64)]  # 512 MiB
        peak = self.peak_mebibytes(paths)
        self.assertLess(peak, 320)

    def peak_mebibytes(self, paths):
        with open(os.devnull, "wb") as nothing:
            child = subprocess.Popen([WAXSEAL, *OPTIONS, *paths], stdout=nothing)
            _, _, usage = os.wait4(child.pid, 0)
            child.returncode = 0  # it was waited for
        return usage.ru_maxrss / 1024

    def test_a_reader_that_goes_away_ends_it_quietly(self):
        child = subprocess.Popen([WAXSEAL, *OPTIONS, *[GOOD] * 500], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        child.stdout.readline()
        child.stdout.close()
        self.assertEqual(child.stderr.read(), b"")
        child.stderr.close()
        self.assertEqual(child.wait(timeout=60), -signal.SIGPIPE)

    def on_a_terminal(self, **environment):
        controller, terminal = pty.openpty()
        child = subprocess.Popen([WAXSEAL, *OPTIONS, GOOD], stdout=terminal, env={**os.environ, **environment})
        os.close(terminal)
        output = b""
        try:
            while piece := os.read(controller, 65536):
                output += piece
        except OSError:  # the other end is closed
            pass
        os.close(controller)
        self.assertEqual(child.wait(timeout=60), 0)
        return output

    def test_colour_is_for_terminals_that_want_it(self):
        self.assertIn(b"\x1b[32msigned/verified\x1b[0m", self.on_a_terminal(NO_COLOR=""))
        self.assertNotIn(b"\x1b", self.on_a_terminal(NO_COLOR="1"))
        self.assertNotIn(b"\x1b", self.verify(GOOD, status=0).stdout)


if __name__ == "__main__":
    unittest.main()
