#!/usr/bin/env python3
"""waxseal-milter against opendkim verifying DKIM, and Postfix with the milter against Postfix without, in one run.

Usage: tests/bench/milter_bench.py [--build build/release] [--messages 16000] [--connections 8,32] [--postfix 600]

The same message of 10 KiB, signed with S/MIME and with DKIM (RSA-2048 both), over unix sockets.  waxseal annotates (trust and
revocation from PostgreSQL), or stores as well, committed to disk; opendkim takes its key from a file.  Prints a table; the last
columns are ratios.  CPU of waxseal is that of PostgreSQL too.
"""

import argparse
import base64
import json
import os
import re
import smtplib
import socket
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, "packaging"), os.path.join(ROOT, "tests", "integration"), HERE]

from demo import mail  # noqa: E402
from demo.installation import Installation  # noqa: E402
from demo.milter import MilterSession  # noqa: E402
from demo.pki import Pki  # noqa: E402
from harness import Postfix, eventually, temporary_directory  # noqa: E402
from lmtp_bench import cpu_seconds  # noqa: E402

SENDER, SELECTOR = "alice@example.test", "bench"
WARM = 400  # messages before each run: ours was started for it, opendkim runs all the time
RECIPIENTS = [f"user{i}@example.test" for i in range(16)]


def listens(path, process):
    if process.poll() is not None:
        raise RuntimeError("the milter ended")
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(path)
        return True
    except OSError:
        return False


class Opendkim:
    def __init__(self, directory):
        os.makedirs(directory)
        self.directory, self.socket = directory, os.path.join(directory, "socket")
        self.key, self.public = os.path.join(directory, "key"), os.path.join(directory, "public")
        subprocess.run(["openssl", "genrsa", "-traditional", "-out", self.key, "2048"], check=True, capture_output=True)
        os.chmod(self.key, 0o600)
        der = subprocess.run(["openssl", "rsa", "-in", self.key, "-pubout", "-outform", "DER"], check=True, capture_output=True)
        with open(self.public, "w") as out:
            out.write(f"{SELECTOR}._domainkey.example.test v=DKIM1; k=rsa; p={base64.b64encode(der.stdout).decode()}\n")

    def start(self, mode):
        configuration = os.path.join(self.directory, f"{mode}.conf")
        with open(configuration, "w") as out:
            out.write(f"Syslog no\nMode {mode}\nSocket local:{self.socket}\nCanonicalization relaxed/simple\n"
                      f"Domain example.test\nSelector {SELECTOR}\nKeyFile {self.key}\nTestPublicKeys {self.public}\n"
                      f"InternalHosts {'0.0.0.0/0' if mode == 's' else 'refile:/dev/null'}\nRequireSafeKeys no\n")
        process = subprocess.Popen(["opendkim", "-f", "-x", configuration], stdout=subprocess.DEVNULL)
        eventually(lambda: listens(self.socket, process), 20, "opendkim")
        return process

    def signed(self, octets):
        process = self.start("s")
        try:
            session = MilterSession(self.socket)
            edits = session.send(SENDER, RECIPIENTS[:1], octets, "4BENCH")
            session.close()
        finally:
            process.terminate()
            process.wait()
        value = next(value for _, _, name, value in edits if name == "DKIM-Signature")
        return b"DKIM-Signature:" + (b"" if value.startswith(" ") else b" ") + value.replace("\n", "\r\n").encode() + b"\r\n" + octets


class Bench:
    def __init__(self, options, directory):
        self.options, self.directory = options, directory
        self.site = Installation(os.path.join(directory, "site"), os.path.join(options.build, "bin"))
        self.site.cluster.sockets = True
        self.pki = Pki(os.path.join(directory, "pki"))
        self.opendkim = Opendkim(os.path.join(directory, "opendkim"))
        self.message = os.path.join(directory, "message.eml")
        self.socket = os.path.join(directory, "waxseal")

    def prepare(self):
        self.site.start()
        for daemon in ("waxseal-lmtpd", "waxseal-jmapd", "waxseal-reverifyd"):
            self.site.stop_daemon(daemon)
        self.site.cli("trust", "add", self.pki.root)
        for recipient in RECIPIENTS:
            self.site.add_account(recipient, recipient)
        entity = b"Content-Type: text/plain\r\n\r\n" + (b"It is sealed with wax, and nobody opened it.".ljust(70) + b"\r\n") * 80
        header = re.sub(rb"Message-ID: .*\r\n", b"", mail.header(SENDER, "list@example.test", "load"))
        self.octets = self.opendkim.signed(mail.detached(header, self.pki.issue("alice", SENDER), entity))
        with open(self.message, "wb") as out:
            out.write(self.octets)
        self.verifying = self.opendkim.start("v")
        self.use_milter("annotate", "unix:" + self.socket)
        self.check_both_verify()

    def use_milter(self, mode, address):
        self.site.stop_daemon("waxseal-milter")
        self.site.milter_mode, self.site.milter_socket = mode, address
        self.site.write_configuration()
        self.site.start_daemon("waxseal-milter")
        if address.startswith("unix:"):
            eventually(lambda: listens(self.socket, self.site.processes["waxseal-milter"]), 20, "waxseal-milter")
        else:
            self.site.wait_for_port(self.site.milter_port)

    def check_both_verify(self):
        """Both do the work that is compared."""
        for path, words in ((self.opendkim.socket, "dkim=pass"), (self.socket, "smime=pass")):
            session = MilterSession(path)
            edits = session.send(SENDER, ["nobody@example.org"], self.octets, "4CHECK")
            session.close()
            if not any(words in value for _, _, _, value in edits):
                raise RuntimeError(f"no {words}: {edits}")

    def load(self, path, connections, recipients, messages):
        done = subprocess.run([os.path.join(self.options.build, "bench", "milter_load"), f"unix:{path}", str(connections),
                               str(messages), self.message, SENDER, *recipients], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr)
        return json.loads(done.stdout)

    def measured(self, roots, path, connections, recipients=("nobody@example.org",)):
        self.load(path, connections, recipients, WARM)
        before = sum(map(cpu_seconds, roots))
        result = self.load(path, connections, recipients, self.options.messages)
        result["cpu_ms"] = (sum(map(cpu_seconds, roots)) - before) * 1000 / result["messages"]
        return result

    def run(self, connections):
        rows = {"opendkim": self.measured([self.verifying.pid], self.opendkim.socket, connections)}
        for name, mode, recipients in (("annotate", "annotate", RECIPIENTS), ("store and annotate", "store_and_annotate", RECIPIENTS)):
            self.use_milter(mode, "unix:" + self.socket)
            ours = [self.site.processes["waxseal-milter"].pid, self.site.cluster.process.pid]
            rows[name] = self.measured(ours, self.socket, connections, recipients)
        floor = rows["opendkim"]
        for name, r in rows.items():
            print(f"{name:20} {connections:4} {r['per_second']:9.1f} {r['p50_ms']:8.2f} {r['p99_ms']:8.2f} {r['cpu_ms']:7.3f}   "
                  f"{r['per_second'] / floor['per_second']:5.2f} {r['p99_ms'] / floor['p99_ms']:5.2f} "
                  f"{r['cpu_ms'] / floor['cpu_ms']:5.2f}", flush=True)

    def postfix(self, sessions=8):
        """Messages a second through smtpd, discarded behind it."""
        rates = {}
        milter = f"inet:127.0.0.1:{self.site.milter_port}"
        for name, mode, milters in (("without", "annotate", ""), ("that annotates", "annotate", milter),
                                    ("that stores", "store_and_annotate", milter)):
            self.use_milter(mode, f"inet:{self.site.milter_port}@127.0.0.1")
            postfix = Postfix(os.path.join(self.directory, "postfix-" + mode + str(len(milters))), 9, self.site.milter_port,
                              extra=f"smtpd_milters = {milters}\nvirtual_transport = discard:\nin_flow_delay = 0")
            postfix.start()
            try:
                self.submit(postfix.port, sessions, 40)  # warm
                start = time.monotonic()
                self.submit(postfix.port, sessions, self.options.postfix)
                rates[name] = self.options.postfix / (time.monotonic() - start)
            finally:
                postfix.stop()
        bare = rates.pop("without")
        print(f"Postfix, {sessions} sessions: {bare:.1f}/s without a milter", end="")
        print("".join(f"; {rate:.1f}/s with one {name}: {rate / bare:.2f}" for name, rate in rates.items()))

    def submit(self, port, sessions, messages):
        def work(own):
            with smtplib.SMTP("127.0.0.1", port, timeout=60) as connection:
                for i in range(messages // sessions):
                    head = f"Message-ID: <{own}.{i}.{time.monotonic_ns()}@load.test>\r\n".encode()
                    connection.sendmail(SENDER, [RECIPIENTS[(own + i) % len(RECIPIENTS)]], head + self.octets)

        threads = [threading.Thread(target=work, args=(own,)) for own in range(sessions)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "release"))
    parser.add_argument("--messages", type=int, default=16000)
    parser.add_argument("--connections", default="8,32")
    parser.add_argument("--postfix", type=int, default=600, help="messages through Postfix; 0: leave it out")
    options = parser.parse_args()
    with temporary_directory() as directory:
        bench = Bench(options, directory)
        try:
            bench.prepare()
            print(f"messages of {len(bench.octets)} octets, {options.messages} a run; ratios to opendkim")
            print(f"{'':20} {'conn':>4} {'msg/s':>9} {'p50 ms':>8} {'p99 ms':>8} {'cpu ms':>7}   {'rate':>5} {'p99':>5} {'cpu':>5}")
            for connections in [int(word) for word in options.connections.split(",") if word]:
                bench.run(connections)
            if options.postfix:
                bench.postfix()
        finally:
            bench.site.stop()
            if hasattr(bench, "verifying"):
                bench.verifying.terminate()
                bench.verifying.wait()


if __name__ == "__main__":
    main()
