#!/usr/bin/env python3
"""waxseal-lmtpd against Dovecot's LMTP server and against bare INSERT transactions of the same rows, in one run.

Usage: tests/bench/lmtp_bench.py [--build build/release] [--messages 1500] [--connections 1,8] [--repeat 1]

Signed messages of 10 KiB.  waxseal verifies and commits to disk; Dovecot writes maildir with its default fsync; pgbench sends
the rows of a delivery pipelined, one transaction each, to the same PostgreSQL.  Prints a table; the last columns are ratios.
"""

import argparse
import contextlib
import glob
import json
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, "packaging"), os.path.join(ROOT, "tests", "integration")]

from demo import mail  # noqa: E402
from demo.installation import Installation  # noqa: E402
from demo.pki import Pki  # noqa: E402
from dovecot import Dovecot  # noqa: E402
from harness import temporary_directory  # noqa: E402

ACCOUNTS = 16
SENDER = "alice@example.test"

# What one delivery of signed mail writes (schema/002_mail.sql, 003_smime.sql).
INSERTS = """
\\set a random(1, {accounts})
\\set id random(1000, 4000000000000000000)
\\startpipeline
BEGIN;
INSERT INTO blobs (account_id, blob_id, size, refs) VALUES (:a, decode(md5(:id::text) || md5(:a::text), 'hex'), 10240, 1);
INSERT INTO blob_chunks (account_id, blob_id, seq, data) VALUES (:a, decode(md5(:id::text) || md5(:a::text), 'hex'), 0, :data::bytea);
UPDATE account_state SET modseq = modseq + 3, email_modseq = modseq + 3, used_bytes = used_bytes + 10240 WHERE account_id = :a;
INSERT INTO threads (account_id, thread_id, modseq) VALUES (:a, :id, :id);
INSERT INTO thread_refs (account_id, ref, subject, thread_id) VALUES (:a, md5(:id::text)::uuid, md5('s')::uuid, :id);
INSERT INTO emails (account_id, email_id, thread_id, modseq, received_at, smime_status, dlv_status) VALUES (:a, :id, :id, :id, now(), 3, 3);
INSERT INTO email_meta (account_id, email_id, received_at, size, blob_id, subject, preview, from_text, to_text, cc_text, bcc_text, envelope, headers, body, signers) VALUES (:a, :id, now(), 10240, decode(md5(:id::text) || md5(:a::text), 'hex'), 'load', :preview, 'alice@example.test', 'list@example.test', '', '', :envelope, :headers, :body, :signers);
INSERT INTO email_mailbox (account_id, mailbox_id, received_at, email_id, thread_id, smime_status, dlv_status) VALUES (:a, 1, now(), :id, :id, 3, 3);
INSERT INTO deliveries (account_id, delivery_key, email_id, at) VALUES (:a, decode(md5(:id::text) || md5(:a::text), 'hex'), :id, now());
UPDATE mailboxes SET total_emails = total_emails + 1, unread_emails = unread_emails + 1, modseq = modseq + 1 WHERE account_id = :a AND mailbox_id = 1;
INSERT INTO email_smime (account_id, email_id, facts_at, dlv_at, finalised_at, trust_version, facts_version, dlv_status, recheck, dlv_codes, policy_version, evidence, facts) VALUES (:a, :id, now(), now(), now(), 1, 1, 3, false, '{{}}', 'x', '', :facts);
INSERT INTO email_signers (account_id, email_id, ordinal, unit_id, applied_gen) VALUES (:a, :id, 0, decode(md5('u') || md5('v'), 'hex'), 1);
INSERT INTO daily_counts (account_id, day, kind, value, messages) VALUES (:a, current_date, 1, 3, 1) ON CONFLICT (account_id, day, kind, value) DO UPDATE SET messages = daily_counts.messages + 1;
COMMIT;
\\endpipeline
"""
BARE_ACCOUNTS = """
INSERT INTO accounts (account_id, name, created_at) SELECT a, 'bare' || a, now() FROM generate_series(1, {accounts}) a;
INSERT INTO account_state (account_id, epoch) SELECT a, 1 FROM generate_series(1, {accounts}) a;
INSERT INTO mailboxes (account_id, mailbox_id, name, modseq, prop_modseq) SELECT a, 1, 'Inbox', 1, 1 FROM generate_series(1, {accounts}) a
"""


def cpu_seconds(root):
    """User and system time of a process and its descendants, with that of children that have ended.  By parents, not by
    session: every server process of PostgreSQL is a session of its own."""
    ticks, parents = {}, {}
    for path in glob.glob("/proc/[0-9]*/stat"):
        with contextlib.suppress(OSError), open(path) as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
            pid = int(path.split("/")[2])
            parents[pid], ticks[pid] = int(fields[1]), sum(map(int, fields[11:15]))
    family = {root}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(ticks.get(pid, 0) for pid in family) / os.sysconf("SC_CLK_TCK")


class Bench:
    def __init__(self, options, directory):
        self.options = options
        self.site = Installation(os.path.join(directory, "site"), os.path.join(options.build, "bin"), milter_stores=False)
        self.site.cluster.sockets = True
        self.recipients = [f"user{i}@example.test" for i in range(ACCOUNTS)]
        self.dovecot = Dovecot(os.path.join(directory, "dovecot"), self.recipients, processes=8)
        self.message = os.path.join(directory, "message.eml")
        self.script = os.path.join(directory, "inserts.sql")
        self.pki = Pki(os.path.join(directory, "pki"))

    def prepare(self):
        self.site.start()
        for daemon in ("waxseal-milter", "waxseal-jmapd", "waxseal-reverifyd"):
            self.site.stop_daemon(daemon)
        self.site.cli("trust", "add", self.pki.root)
        for recipient in self.recipients:
            self.site.add_account(recipient, recipient)
        self.dovecot.start()
        entity = b"Content-Type: text/plain\r\n\r\n" + (b"It is sealed with wax, and nobody opened it.".ljust(70) + b"\r\n") * 80
        header = re.sub(rb"Message-ID: .*\r\n", b"", mail.header(SENDER, "list@example.test", "load"))  # lmtp_load adds one
        octets = mail.detached(header, self.pki.issue("alice", SENDER), entity)
        with open(self.message, "wb") as out:
            out.write(octets)
        self.size = len(octets)
        with open(self.script, "w") as out:
            out.write(INSERTS.format(accounts=ACCOUNTS))
        self.site.cluster.sql(BARE_ACCOUNTS.format(accounts=ACCOUNTS))
        self.load(self.site.lmtp_port, 1, 100)  # warm: units, caches, prepared statements
        self.load(self.dovecot.port, 8, 100)

    def load(self, port, connections, messages):
        done = subprocess.run([os.path.join(self.options.build, "bench", "lmtp_load"), f"inet:127.0.0.1:{port}",
                               str(connections), str(messages), self.message, *self.recipients],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr)
        return json.loads(done.stdout)

    def measured(self, roots, run):
        syncs, before = self.syncs(), sum(map(cpu_seconds, roots))
        result = run()
        result["cpu_ms"] = (sum(map(cpu_seconds, roots)) - before) * 1000 / result["messages"]
        time.sleep(1.2)  # statistics are reported once a second
        result["syncs"] = (self.syncs() - syncs) / result["messages"]
        return result

    def syncs(self):
        return int(self.site.cluster.sql("SELECT wal_sync FROM pg_stat_wal"))

    def waxseal(self, connections):
        roots = [self.site.processes["waxseal-lmtpd"].pid, self.site.cluster.process.pid]
        return self.measured(roots, lambda: self.load(self.site.lmtp_port, connections, self.options.messages))

    def maildir(self, connections):
        return self.measured([self.dovecot.process.pid],
                             lambda: self.load(self.dovecot.port, connections, self.options.messages))

    def inserts(self, connections):
        return self.measured([self.site.cluster.process.pid], lambda: self.pgbench(connections))

    def pgbench(self, connections):
        columns = ("facts", "preview", "envelope", "headers", "body", "signers")
        row = json.loads(self.site.cluster.sql(f"SELECT json_build_array({', '.join(columns)}) FROM email_smime JOIN email_meta "
                                               "USING (account_id, email_id) LIMIT 1"))
        values = [word for column, value in zip(columns, row) for word in ("-D", f"{column}={value}")]
        each = self.options.messages // connections
        command = [os.path.join(self.site.cluster.bin, "pgbench"), "-n", "-M", "prepared", "-c", str(connections), "-j",
                   str(min(connections, 2)), "-t", str(each), "-f", self.script, "-D", "data=\\x" + "61" * self.size, *values,
                   "-d", self.site.cluster.url]
        start = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0 or "number of failed transactions: 0" not in done.stdout:
            raise RuntimeError(done.stdout + done.stderr)
        seconds = time.monotonic() - start
        return {"messages": each * connections, "per_second": each * connections / seconds}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "release"))
    parser.add_argument("--messages", type=int, default=1500)
    parser.add_argument("--connections", default="1,8")
    parser.add_argument("--repeat", type=int, default=1)
    options = parser.parse_args()
    with temporary_directory() as directory:
        bench = Bench(options, directory)
        try:
            bench.prepare()
            print(f"signed messages of {bench.size} octets, {options.messages} a run")
            print(f"{'':20} {'conn':>4} {'msg/s':>8} {'p50 ms':>8} {'p99 ms':>8} {'cpu ms':>7} {'syncs':>6}")
            for connections in [int(word) for word in options.connections.split(",")] * options.repeat:
                results = {}
                for name in ("inserts", "maildir", "waxseal"):
                    r = results[name] = getattr(bench, name)(connections)
                    print(f"{name:20} {connections:4} {r['per_second']:8.1f} {r.get('p50_ms', 0):8.2f} {r.get('p99_ms', 0):8.2f} "
                          f"{r['cpu_ms']:7.2f} {r['syncs']:6.2f}", flush=True)
                ours = results["waxseal"]
                print(f"  waxseal / Dovecot {ours['per_second'] / results['maildir']['per_second']:.2f} of the rate, "
                      f"{ours['cpu_ms'] / results['maildir']['cpu_ms']:.2f} of the CPU; waxseal / inserts "
                      f"{ours['per_second'] / results['inserts']['per_second']:.2f}; {ours['syncs']:.2f} syncs a message")
        finally:
            bench.site.stop()
            bench.dovecot.stop()


if __name__ == "__main__":
    main()
