#!/usr/bin/env python3
"""gpgsm and GnuTLS say of generated messages what we say: content and signature belong together, or they do not.

Usage: tests/smime/second_opinion_test.py GENERATOR     (waxseal_test_signed_mail)

Where a tool says something else, tests/smime/README.md explains it in the table "Second opinion"; a disagreement that
is not there fails the test, and so does a row that is not true.  What one release of a tool cannot do, a later one may; where it then says
something else than we, there is a second row.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SKIPPED = 77
ROW = re.compile(r"^\| (gpgsm|certtool) \| `([\w-]+)` \| (good|bad|unsupported) \|", re.M)


def run(command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, **options)


def content_of(folder, name, form):
    return [os.path.join(folder, name + ".content")] if form == "detached" else []


def gpgsm(folder, home, name, form):
    command = ["gpgsm", "--homedir", home, "--batch", "--disable-dirmngr", "--disable-crl-checks", "--status-fd", "1",
               "--verify", os.path.join(folder, name + ".cms"), *content_of(folder, name, form)]
    said = run(command).stdout.decode(errors="replace")
    # Arithmetic alone: whether the chain is trusted or in time is said beside it.
    if re.search(r"^\[GNUPG:\] (GOODSIG|EXPSIG|EXPKEYSIG)", said, re.M):
        return "good", said
    judged = "[GNUPG:] BADSIG" in said and "Internal error" not in said
    return ("bad" if judged else "unsupported"), said


def certtool(folder, _home, name, form):
    command = ["certtool", "--p7-verify", "--inder", "--infile", os.path.join(folder, name + ".cms"),
               "--load-certificate", os.path.join(folder, name + ".pem"), "--verify-allow-broken"]
    for content in content_of(folder, name, form):
        command += ["--load-data", content]
    said = run(command).stdout.decode(errors="replace")
    if "Signature status: ok" in said:
        return "good", said
    judged = "verification failed" in said and not re.search("unsupported|request is invalid", said)
    return ("bad" if judged else "unsupported"), said


def explained():
    """What else than we each tool may say of a message."""
    rows = {}
    with open(os.path.join(HERE, "README.md"), encoding="utf-8") as file:
        for tool, name, says in ROW.findall(file.read()):
            rows.setdefault((tool, name), set()).add(says)
    return rows


def compare(generator, folder, home):
    lines = run([generator, folder]).stdout.decode().splitlines()
    cases = [line.split("\t") for line in lines]
    assert len(cases) > 30, lines
    expected_rows, problems = explained(), []
    for name, form, ours in cases:
        for tool, ask in (("gpgsm", gpgsm), ("certtool", certtool)):
            says, output = ask(folder, home, name, form)
            excuses = expected_rows.pop((tool, name), set())
            learnt = "unsupported" in excuses and says == ours
            if says not in (excuses or {ours}) and not learnt:
                problems.append(f"{name}: we say {ours}, {tool} says {says}; explained: {excuses or 'nothing'}\n{output}")
    problems += [f"README.md explains {row}, which is no case" for row in expected_rows]
    return len(cases), problems


def main():
    missing = [tool for tool in ("gpgsm", "certtool") if shutil.which(tool) is None]
    if missing:
        print(f"skipped: {', '.join(missing)} not installed (packaging/install-build-deps --tests)")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="waxseal-opinion-") as folder:
        home = os.path.join(folder, "gnupg")
        os.mkdir(home, 0o700)
        try:
            count, problems = compare(sys.argv[1], folder, home)
        finally:
            run(["gpgconf", "--homedir", home, "--kill", "all"])
    for problem in problems:
        print(problem)
    print(f"{count} messages, two tools, {len(problems)} unexplained disagreements")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
