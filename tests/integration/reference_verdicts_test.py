"""`waxseal verify` against the reference set of real mail: both times, every row."""

import csv
import datetime
import glob
import json
import os
import subprocess
import unittest

from harness import BINARIES, TESTDATA, skip_file

ALL_AT = 1780272000  # 2026-06-01T00:00:00Z


def verify(at, files):
    """{file: smimeStatus}"""
    done = subprocess.run([os.path.join(BINARIES, "waxseal"), "verify", "--json", "--at", at, "--anchors",
                           os.path.join(TESTDATA, "smime/realworld/ca-bundle.crt"), "--revocation", "off", *files],
                          capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise AssertionError(done.stderr)
    objects = [json.loads(line) for line in done.stdout.splitlines()]
    assert [o["file"] for o in objects] == list(files), "one object per file, in input order"
    return {o["file"]: o for o in objects}


def iso(epoch):
    return datetime.datetime.fromtimestamp(int(epoch), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class ReferenceVerdicts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = os.path.join(TESTDATA, "smime/realworld")
        with open(os.path.join(cls.folder, "expected.tsv")) as text:
            cls.rows = list(csv.DictReader((line for line in text if not line.startswith("#")), delimiter="\t"))

    def compare(self, row, column, result):
        expected, status = row[column], result["smimeStatus"]
        agrees = {"policy": status in ("signed/verified", "signed/failed"), "not-verified": status != "signed/verified"}
        self.assertTrue(agrees.get(expected, status == expected), f"{row['file']} {column}: {expected}, got {result}")
        self.assertEqual(result["smimeErrors"] is not None, status == "signed/failed", result)

    def test_the_set_is_whole(self):
        self.assertEqual(len(self.rows), 107)
        self.assertEqual(len(glob.glob(os.path.join(self.folder, "*/*.eml"))), 107)

    def test_every_row_at_its_date(self):
        for row in self.rows:
            path = os.path.join(self.folder, row["file"])
            self.compare(row, "at_date", verify(iso(row["date_epoch"]), [path])[path])

    def test_every_row_at_one_later_time(self):
        paths = {row["file"]: os.path.join(self.folder, row["file"]) for row in self.rows}
        results = verify(iso(ALL_AT), list(paths.values()))
        for row in self.rows:
            self.compare(row, "at_20260601", results[paths[row["file"]]])


if __name__ == "__main__":
    if not TESTDATA:
        skip_file("WAXSEAL_TESTDATA is not set")
    unittest.main()
