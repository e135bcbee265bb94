"""Deliveries, keyword changes, anchor changes and readers at once: what each reader reconstructs is the truth.

Short here; WAXSEAL_SECONDS=300 for a long run."""

import json
import os
import random
import threading
import time
import unittest

from demo import mail
from demo.jmap import JmapError
from follower import Follower
from harness import InstallationTest, eventually

SECONDS = float(os.environ.get("WAXSEAL_SECONDS", "8"))


class ConcurrentChanges(InstallationTest):
    def setUp(self):
        super().setUp()
        self.over = time.monotonic() + SECONDS + 60  # until the setup is done
        self.counts = {"delivered": 0, "keywords": 0, "anchors": 0}
        self.errors = []

    def repeatedly(self, name, step):
        def run():
            try:
                while time.monotonic() < self.over:
                    step()
                    self.counts[name] += 1
            except Exception as error:
                self.errors.append(f"{name}: {error!r}")
        return threading.Thread(target=run)

    def deliver(self):
        message = random.choice(self.messages)
        unique = f"Subject: {random.random()}\r\n".encode()
        self.installation.lmtp(unique + message, self.recipient)

    def change_keyword(self):
        jmap = self.keyword_client
        ids = jmap.call("Email/query", limit=20)["ids"]
        if ids:
            on = random.choice([True, None])
            jmap.call("Email/set", update={random.choice(ids): {"keywords/$flagged": on}})
        time.sleep(0.02)

    def change_anchor(self):
        time.sleep(0.4)
        listed = self.installation.cli("trust", "list", "--json")
        if listed.strip():
            self.installation.cli("trust", "remove", json.loads(listed)["sha256"])
        else:
            self.installation.cli("trust", "add", self.pki.root)

    def can_set(self):
        try:
            self.jmap.call("Email/set")
            return True
        except JmapError as error:
            if "unknownMethod" not in str(error):
                raise
            return False

    def test_every_reader_ends_with_the_truth(self):
        signers = [self.pki.issue(f"signer{i}", self.sender) for i in range(3)]
        head = f"From: {self.sender}\r\nTo: {self.recipient}\r\nMIME-Version: 1.0\r\n".encode()
        self.messages = [mail.detached(head, signer) for signer in signers] + [head + b"\r\nplain\r\n"]
        self.keyword_client = self.installation.jmap(self.recipient, self.password)
        work = [self.repeatedly("delivered", self.deliver), self.repeatedly("delivered", self.deliver),
                self.repeatedly("anchors", self.change_anchor)]
        if self.can_set():
            work.append(self.repeatedly("keywords", self.change_keyword))
        followers = [Follower(self.installation.jmap(self.recipient, self.password), seed) for seed in range(3)]
        self.over = time.monotonic() + SECONDS
        for thread in [*work, *followers]:
            thread.start()
        for thread in work:
            thread.join()
        self.assertEqual(self.errors, [])

        quiet = lambda: json.loads(self.installation.cli("reverify", "--json"))["emailsChanged"] == 0
        eventually(lambda: quiet() and quiet(), 60, "quiet")
        self.installation.stop_daemon("waxseal-reverifyd")
        self.assertTrue(quiet())
        truth = None
        for follower in followers:
            truth = follower.finish()
        print(self.counts, f"{len(truth)} emails,", sum(len(f.seen) for f in followers), "states followed")
        self.assertEqual(len(truth), self.counts["delivered"])
        expected = "signed/verified" if self.installation.cli("trust", "list", "--json").strip() else "signed/failed"
        self.assertEqual({v[1] for v in truth.values()} - {None}, {expected})


if __name__ == "__main__":
    unittest.main()
