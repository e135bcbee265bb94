#!/usr/bin/env python3
"""Examines packages that were built: lintian has no error and no warning, rpmlint says only what rpmlint.expected lists, and what
an RPM brings runs where it is unpacked.

Usage: tests/packages/examine.py DIST     DIST has what `packaging/build deb`, `packaging/build rpm` or both made (--out DIST)
Exit status 0: all of it is right.  Needs lintian for Debian packages; rpm, rpm2cpio, cpio and rpmlint for RPMs.
"""

import fnmatch
import glob
import pathlib
import re
import subprocess
import sys
import tempfile

import units

HERE = pathlib.Path(__file__).resolve().parent
DAEMONS = ["waxseal-jmapd", "waxseal-lmtpd", "waxseal-milter", "waxseal-reverifyd"]
NAMES = {"waxseal", "waxseal-common", "waxseal-postfix", *DAEMONS}


def run(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)


def output(*command, **options):
    done = run(*command, **options)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))} failed ({done.returncode}):\n{done.stdout}{done.stderr}")
    return done.stdout


class Findings:
    def __init__(self):
        self.wrong = 0

    def expect(self, fact, what):
        print(" ", "ok:" if fact else "NOT SO:", what, flush=True)
        self.wrong += not fact


def examine_debs(dist, findings):
    changes = sorted(glob.glob(f"{dist}/*.changes"))
    findings.expect(changes, f"there is a .changes file in {dist}")
    for path in changes:
        # As root it would refuse; what it reads are our own packages.
        done = run("lintian", "--allow-root", "--fail-on", "error,warning", "--display-info", path)
        print(done.stdout + done.stderr, end="")
        findings.expect(done.returncode == 0, f"lintian has no error and no warning for {pathlib.Path(path).name}")


def expected_of_rpmlint(text):
    """(package, letter, tag) of each line that is not a comment."""
    return {tuple(line.split()) for line in text.splitlines() if line and not line.startswith("#")}


def allows(entry, line):
    return entry[1:] == line[1:] and fnmatch.fnmatchcase(line[0], entry[0])


def said_by_rpmlint(text):
    """(package, letter, tag) of each finding; the name of a file is no package's business."""
    found = re.findall(r"^([\w-]+)\.(?:src|noarch|x86_64|aarch64|spec)\b.*?: ([EW]): (\S+)", text, re.M)
    return {(package, letter, tag) for package, letter, tag in found}


def examine_rpmlint(packages, findings):
    done = run("rpmlint", *packages)
    said = said_by_rpmlint(done.stdout)
    totals = re.search(r"(\d+) errors, (\d+) warnings", done.stdout)
    findings.expect(totals and bool(said) == (totals.groups() != ("0", "0")), "what rpmlint says can be read")
    expected = expected_of_rpmlint((HERE / "rpmlint.expected").read_text())
    unexpected = sorted(" ".join(line) for line in said if not any(allows(entry, line) for entry in expected))
    findings.expect(not unexpected, f"rpmlint says only what is expected, in {len(said)} lines {unexpected or ''}")
    for entry in sorted(expected):
        findings.expect(any(allows(entry, line) for line in said), f"rpmlint still says {' '.join(entry)}")


def unpack(packages, tree):
    for package in packages:
        archive = subprocess.run(["rpm2cpio", package], capture_output=True, check=True).stdout
        subprocess.run(["cpio", "--extract", "--make-directories", "--quiet"], input=archive, cwd=tree, check=True)


def examine_attributes(packages, findings):
    listing = output("rpm", "-qp", "--qf", "[%{FILENAMES} %{FILEMODES:perms} %{FILEUSERNAME}:%{FILEGROUPNAME}\n]", *packages)
    attributes = {line.split()[0]: line.split()[1:] for line in listing.splitlines()}
    findings.expect(attributes.get("/etc/waxseal/waxseal.toml") == ["-rw-r-----", "root:waxseal"],
                    "the configuration is for root and the daemons only")
    others = {path: owner for path, (_, owner) in attributes.items() if owner not in ("root:root", "root:waxseal")}
    findings.expect(not others, f"every file is root's {others or ''}")
    setuid = [path for path, (mode, _) in attributes.items() if "s" in mode or mode[8] == "w" and mode[0] != "l"]
    findings.expect(not setuid, f"no file is setuid, or for everybody to write {setuid or ''}")
    config = output("rpm", "-qp", "--configfiles", *packages).split()
    findings.expect("/etc/waxseal/waxseal.toml" in config, "the configuration is kept by an upgrade")


def examine_programs(tree, version, findings):
    for name in ["bin/waxseal", *(f"sbin/{daemon}" for daemon in DAEMONS)]:
        said = run(tree / "usr" / name, "--version").stdout.strip()
        findings.expect(said == f"{name.split('/')[1]} {version}", f"usr/{name} runs and says {said!r}")
    waxseal, config = tree / "usr/bin/waxseal", tree / "etc/waxseal/waxseal.toml"
    findings.expect(run(waxseal, "check-config", "--config", config).returncode == 0, "its configuration is right")
    config.write_text(config.read_text().replace("[milter]", "[miller]"))
    refused = run(waxseal, "check-config", "--config", config)
    findings.expect(refused.returncode != 0 and "miller" in refused.stdout + refused.stderr, "a mistyped one is refused")
    names, problems = units.examine(tree / "usr/sbin", tree / "usr/lib/systemd/system")
    findings.expect(len(names) > len(DAEMONS) and not problems, f"systemd finds its units right {problems or ''}")
    findings.expect(run("bash", "-n", tree / "usr/share/bash-completion/completions/waxseal").returncode == 0,
                    "bash can read its completion")


def examine_rpms(dist, findings):
    packages = sorted(path for path in glob.glob(f"{dist}/*.rpm") if not path.endswith(".src.rpm"))
    sources = glob.glob(f"{dist}/*.src.rpm")
    names = output("rpm", "-qp", "--qf", "%{NAME}\n", *packages).split()
    findings.expect(set(names) == NAMES and len(names) == len(NAMES), f"the packages are {', '.join(sorted(names))}")
    findings.expect(len(sources) == 1, "there is one source package")
    examine_rpmlint(packages + sources, findings)
    examine_attributes(packages, findings)
    with tempfile.TemporaryDirectory() as place:
        unpack(packages, place)
        examine_programs(pathlib.Path(place), output("rpm", "-qp", "--qf", "%{VERSION}", packages[0]), findings)


def main(dist):
    findings = Findings()
    kinds = [(".deb", examine_debs), (".rpm", examine_rpms)]
    present = [(ending, examine) for ending, examine in kinds if glob.glob(f"{dist}/*{ending}")]
    findings.expect(present, f"there are packages in {dist}")
    for ending, examine in present:
        print(f"{ending} files", flush=True)
        examine(dist, findings)
    return 1 if findings.wrong else 0


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__)
        sys.exit(2)
    sys.exit(main(sys.argv[1]))
