#!/usr/bin/env python3
"""Does a delivery get slower as the store grows?  waxseal-lmtpd on an empty store and on one with a million emails, by turns.

Usage: tests/bench/lmtp_flat.py [--build build/release] [--emails 1000000] [--messages 1500] [--connections 8] [--rounds 5]

Signed messages of 10 KiB into 16 accounts, verified and committed to disk.  The million is made by SQL: copies of one delivered
message in each account, in every table that a delivery writes, with keys of their own (their octets are cut to 100).  Two
clusters on the same disk take turns, so that whatever else the machine does meets both.  Prints the ratio of the rates.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, "packaging"), os.path.join(ROOT, "tests", "integration")]

from demo import mail  # noqa: E402
from demo.installation import Installation  # noqa: E402
from demo.pki import Pki  # noqa: E402
from harness import temporary_directory  # noqa: E402

ACCOUNTS = 16
SENDER = "alice@example.test"
RECIPIENTS = [f"user{i}@example.test" for i in range(ACCOUNTS)]
# Of each table, which row of the copied message: by which column.
TABLES = {"threads": "thread_id", "thread_refs": "thread_id", "blobs": "blob_id", "blob_chunks": "blob_id",
          "emails": "email_id", "email_meta": "email_id", "email_mailbox": "email_id", "deliveries": "email_id",
          "email_smime": "email_id", "email_signers": "email_id"}
DIGEST = "sha256(int8send(t.account_id) || int8send(s.base + i))"
NEW = {"email_id": "s.base + i", "thread_id": "s.base + i", "modseq": "s.base + i", "blob_id": DIGEST, "delivery_key": DIGEST,
       "ref": "md5(t.ref::text || i)::uuid", "received_at": "t.received_at - make_interval(secs => 30 * i)",
       "data": "substr(t.data, 1, 100)"}
# The newest message of each account is what is copied.
SEED = """CREATE TEMP TABLE seed AS SELECT DISTINCT ON (e.account_id) e.account_id, e.email_id, e.thread_id, m.blob_id,
a.modseq AS base FROM emails e JOIN email_meta m USING (account_id, email_id) JOIN account_state a USING (account_id)
ORDER BY e.account_id, e.email_id DESC;"""
COUNTS = """UPDATE account_state SET modseq = modseq + {each}, email_modseq = modseq + {each}, mailbox_modseq = modseq + {each},
thread_modseq = modseq + {each} WHERE account_id IN (SELECT account_id FROM seed);
UPDATE mailboxes SET total_emails = total_emails + {each}, unread_emails = unread_emails + {each}, total_threads = total_threads +
{each}, unread_threads = unread_threads + {each} WHERE role = 'inbox' AND account_id IN (SELECT account_id FROM seed);"""


class Store:
    def __init__(self, options, directory, pki):
        self.options = options
        self.site = Installation(directory, os.path.join(options.build, "bin"), milter_stores=False)
        self.site.cluster.sockets = True
        self.pki = pki

    def start(self):
        self.site.start()
        for daemon in ("waxseal-milter", "waxseal-jmapd", "waxseal-reverifyd"):
            self.site.stop_daemon(daemon)
        self.site.cli("trust", "add", self.pki.root)
        for recipient in RECIPIENTS:
            self.site.add_account(recipient, recipient)
        time.sleep(1.2)  # anchors are looked for once a second

    def deliver(self, message, messages):
        done = subprocess.run([os.path.join(self.options.build, "bench", "lmtp_load"), f"inet:127.0.0.1:{self.site.lmtp_port}",
                               str(self.options.connections), str(messages), message, *RECIPIENTS],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr)
        return json.loads(done.stdout)

    def columns(self, table):
        return self.site.cluster.sql("SELECT attname FROM pg_attribute WHERE attrelid = '" + table + "'::regclass AND attnum > 0 "
                                     "AND NOT attisdropped ORDER BY attnum").split()

    def fill(self, emails):
        each = emails // ACCOUNTS
        script = "SET session_replication_role = replica; SET synchronous_commit = off;" + SEED
        for table, key in TABLES.items():
            columns = self.columns(table)
            values = ", ".join(NEW.get(c, "t." + c) for c in columns)
            script += (f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} t JOIN seed s ON s.account_id = "
                       f"t.account_id AND s.{key} = t.{key} CROSS JOIN generate_series(1, {each}) i;")
        self.site.cluster.sql(script + COUNTS.format(each=each))
        self.site.cluster.sql("VACUUM (ANALYZE)")
        self.site.cluster.sql("CHECKPOINT")
        return int(self.site.cluster.sql("SELECT count(*) FROM emails"))


def write_message(pki, path):
    entity = b"Content-Type: text/plain\r\n\r\n" + (b"It is sealed with wax, and nobody opened it.".ljust(70) + b"\r\n") * 80
    header = re.sub(rb"Message-ID: .*\r\n", b"", mail.header(SENDER, "list@example.test", "load"))  # lmtp_load adds one
    with open(path, "wb") as out:
        out.write(mail.detached(header, pki.issue("alice", SENDER), entity))


def measure(options, directory):
    pki, message = Pki(os.path.join(directory, "pki")), os.path.join(directory, "message.eml")
    write_message(pki, message)
    stores = {name: Store(options, os.path.join(directory, name), pki) for name in ("empty", "full")}
    try:
        for store in stores.values():
            store.start()
            store.deliver(message, 10 * ACCOUNTS)  # warm: units, caches, prepared statements
        start = time.monotonic()
        print(f"{stores['full'].fill(options.emails)} emails made in {time.monotonic() - start:.0f} s", flush=True)
        stores["full"].deliver(message, 10 * ACCOUNTS)
        ratios = []
        for number in range(options.rounds):
            names = list(stores) if number % 2 == 0 else list(stores)[::-1]
            done = {name: stores[name].deliver(message, options.messages) for name in names}
            ratios.append(done["full"]["per_second"] / done["empty"]["per_second"])
            print("  ".join(f"{name}: {done[name]['per_second']:7.1f}/s, p50 {done[name]['p50_ms']:6.2f} ms, p99 "
                            f"{done[name]['p99_ms']:6.2f} ms" for name in stores) + f"  full / empty {ratios[-1]:.2f}", flush=True)
        print(f"full / empty: median {statistics.median(ratios):.2f} of {min(ratios):.2f} to {max(ratios):.2f}")
    finally:
        for store in stores.values():
            store.site.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "release"))
    parser.add_argument("--emails", type=int, default=1_000_000)
    parser.add_argument("--messages", type=int, default=1500)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    with temporary_directory() as directory:
        measure(parser.parse_args(), directory)


if __name__ == "__main__":
    main()
