"""Two waxseal-reverifyd, killed at random a hundred times while anchors come and go: nothing is lost, nothing doubled.

WAXSEAL_KILLS=1000 for a long run, WAXSEAL_SEED for a certain one."""

import json
import os
import random
import signal
import subprocess
import threading
import time
import unittest

from demo import mail
from follower import Follower, everything
from harness import InstallationTest, eventually

KILLS = int(os.environ.get("WAXSEAL_KILLS", "100"))
SEED = int(os.environ.get("WAXSEAL_SEED", "1"))
SIGNERS, MAILS = 5, 4


class ReverifyCrash(InstallationTest):
    def start_reverifyd(self, name):
        with open(self.installation.path("log", name + ".log"), "ab") as log:
            return subprocess.Popen([os.path.join(self.installation.binaries, "waxseal-reverifyd"), "--config",
                                     self.installation.config], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def kill_at_random(self, choose):
        """Kills one of the two, starts it again, and so on; returns when KILLS are done."""
        running = {name: self.start_reverifyd(name) for name in ("first", "second")}
        try:
            for _ in range(KILLS):
                time.sleep(choose.uniform(0.01, 0.1))
                name = choose.choice(["first", "second"])
                running[name].send_signal(signal.SIGKILL)
                running[name].wait()
                running[name] = self.start_reverifyd(name)
        finally:
            for process in running.values():
                process.kill()
                process.wait()

    def sql(self, statement):
        return self.installation.cluster.sql(statement)

    def watch_numbers(self, done, problems):
        """No number of the account's counter is ever borne by two emails."""
        bearers = {}
        while not done.is_set():
            for line in self.sql("SELECT modseq, email_id FROM emails").splitlines():
                number, email = line.split("|")
                if bearers.setdefault(number, email) != email:
                    problems.append(f"number {number}: email {email} and email {bearers[number]}")
            done.wait(0.05)

    def test_killed_at_random(self):
        self.installation.stop_daemon("waxseal-reverifyd")
        for i in range(SIGNERS):
            signer = self.pki.issue(f"signer{i}", self.sender)
            for j in range(MAILS):
                self.installation.lmtp(mail.detached(mail.header(self.sender, self.recipient, f"{i}.{j}"), signer),
                                       self.recipient)
        followers = [Follower(self.installation.jmap(self.recipient, self.password), seed) for seed in (1, 2)]
        done, problems = threading.Event(), []
        watcher = threading.Thread(target=self.watch_numbers, args=(done, problems))
        for thread in [*followers, watcher]:
            thread.start()

        choose = random.Random(SEED)
        killer = threading.Thread(target=self.kill_at_random, args=(choose,))
        killer.start()
        root = json.loads(self.installation.cli("trust", "list", "--json"))["sha256"]
        trusted, changes = True, 0
        while killer.is_alive():
            if trusted:
                self.installation.cli("trust", "remove", root)
            else:
                self.installation.cli("trust", "add", self.pki.root)
            trusted, changes = not trusted, changes + 1
            killer.join(choose.uniform(0.2, 0.6))
        if trusted:
            self.installation.cli("trust", "remove", root)

        # A quiet run finishes what the killed ones began ...
        eventually(lambda: self.quiet_run()["emailsChanged"] == 0 and self.unfinished() == 0, 150, "a quiet round")
        done.set()
        watcher.join()
        self.assertEqual(problems, [])
        # ... and another one over everything finds nothing that it would have done otherwise.
        before = everything(self.jmap)
        self.assertEqual(self.quiet_run("--all")["emailsChanged"], 0)
        self.assertEqual(everything(self.jmap), before)

        for follower in followers:
            truth = follower.finish()
        self.assertEqual({(status, at_delivery) for _, status, at_delivery, _ in truth.values()},
                         {("signed/failed", "signed/verified")})
        self.assertEqual(len(truth), SIGNERS * MAILS)
        flips = max(int(line) for line in self.sql("SELECT gen FROM units").splitlines())
        print(f"{KILLS} kills, {changes} changes of anchors, up to {flips} generations of a unit, "
              f"{sum(len(f.seen) for f in followers)} states followed")
        self.assertGreater(flips, 2, "the test did not test anything: no unit ever changed between kills")

    def quiet_run(self, *options):
        return json.loads(self.installation.cli("reverify", "--json", *options))

    def unfinished(self):
        """Units that are due, leased to the dead, or not swept."""
        return int(self.sql("SELECT count(*) FROM units WHERE next_check_at <= now() OR gen > swept_gen OR "
                            "trust_version <> (SELECT anchor_version FROM trust_state)"))


if __name__ == "__main__":
    unittest.main()
