#!/usr/bin/env python3
"""The systemd units: `systemd-analyze verify` has nothing to say, and `security --offline` finds an exposure of at most 1.5.

Usage: tests/packages/units.py BINARIES     BINARIES has the daemons that the units name
       tests/packages/units.py --self-test  each check refuses a unit that is worse in one thing
Exit status 77: systemd-analyze is not installed.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

UNITS = pathlib.Path(__file__).resolve().parents[2] / "packaging" / "systemd"
MOST_EXPOSED = 15  # tenths


def analyze(*arguments):
    done = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def complaints(directory, name):
    """What `verify` has to say of one unit."""
    status, said = analyze("verify", "--man=no", str(directory / name))
    # Of units of the machine, which are not ours.
    lines = [line for line in said.splitlines() if "waxseal" in line]
    return lines or ([said] if status != 0 else [])


def exposure_complaints(directory, name):
    status, said = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", str(directory / name))
    return [said.splitlines()[-1]] if status != 0 else []


def copy_units(directory, programs, change=lambda text: text, units=UNITS):
    """The units as `verify` can read them before they are installed: their programs are where they were built."""
    for path in pathlib.Path(units).glob("*.*"):
        if path.suffix in (".service", ".socket"):
            (directory / path.name).write_text(change(path.read_text()).replace("/usr/sbin/", f"{programs}/"))
    return sorted(path.name for path in directory.iterdir())


def examine(programs, units=UNITS):
    found = []
    with tempfile.TemporaryDirectory() as place:
        directory = pathlib.Path(place)
        names = copy_units(directory, pathlib.Path(programs).resolve(), units=units)
        for name in names:
            found += complaints(directory, name)
            if name.endswith(".service"):
                found += exposure_complaints(directory, name)
    return names, found


class SelfTest(unittest.TestCase):
    SERVICE = "waxseal-lmtpd.service"

    def setUp(self):
        self.directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def enterContext(self, manager):  # unittest has it from Python 3.11 on
        value = manager.__enter__()
        self.addCleanup(manager.__exit__, None, None, None)
        return value

    def units(self, change=lambda text: text):
        copy_units(self.directory, "/bin", lambda text: change(text).replace(f"/usr/sbin/{self.SERVICE[:-8]}", "/bin/true"))

    def test_as_it_is(self):
        self.units()
        self.assertEqual(complaints(self.directory, self.SERVICE), [])
        self.assertEqual(exposure_complaints(self.directory, self.SERVICE), [])

    def test_a_mistyped_setting(self):
        self.units(lambda text: text.replace("RestartSec=", "RestartSecs="))
        self.assertIn("RestartSecs", "".join(complaints(self.directory, self.SERVICE)))

    def test_a_program_that_is_not_there(self):
        self.units()
        path = self.directory / self.SERVICE
        path.write_text(path.read_text().replace("/bin/true", "/nonexistent"))
        self.assertIn("not executable", "".join(complaints(self.directory, self.SERVICE)))

    def test_without_a_filter_of_system_calls(self):
        self.units(lambda text: "".join(line for line in text.splitlines(True) if not line.startswith("SystemCallFilter=")))
        self.assertNotEqual(exposure_complaints(self.directory, self.SERVICE), [])

    def test_a_socket_without_its_service(self):
        self.units()
        (self.directory / self.SERVICE).unlink()
        self.assertNotEqual(complaints(self.directory, "waxseal-lmtpd.socket"), [])


if __name__ == "__main__":
    if not shutil.which("systemd-analyze"):
        print("skipped: systemd-analyze is not installed")
        raise SystemExit(77)
    if sys.argv[1:] == ["--self-test"]:
        unittest.main(argv=sys.argv[:1])
    looked_at, problems = examine(sys.argv[1])
    print("\n".join(problems) if problems else f"units: {', '.join(looked_at)} are right")
    sys.exit(1 if problems else 0)
