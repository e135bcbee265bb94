#!/usr/bin/env python3
"""Every test that docs/JMAP-MUSTS.md names exists.

Usage: tests/musts.py [ROOT]          Exit status 1 names every row that does not hold.
       tests/musts.py --self-test     shows that it can fail.
"""

import os
import re
import sys

UNIT = re.compile(r"^(?:TEST|TEST_F|TEST_P)\((\w+), (\w+)\)", re.M)


def unit_tests(root):
    names = set()
    for directory, _, files in os.walk(os.path.join(root, "tests", "unit")):
        for name in files:
            if name.endswith(".cpp"):
                with open(os.path.join(directory, name), encoding="utf-8") as text:
                    names.update(f"{suite}.{test}" for suite, test in UNIT.findall(text.read()))
    return names


def exists(root, name, units):
    if name.endswith(".json"):
        return os.path.exists(os.path.join(root, "tests", "jmap", name))
    if name.endswith(".py"):
        return os.path.exists(os.path.join(root, "tests", "integration", name))
    return name in units


def problems(text, known):
    """Rows without a test, and names that `known` does not know."""
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|") or len(cells) != 3 or cells[0] in ("section", "---"):
            continue
        names = re.findall(r"`([^`]+)`", cells[2])
        if not names:
            yield f"line {number}: section {cells[0]} names no test"
        for name in names:
            if not known(name):
                yield f"line {number}: section {cells[0]}: there is no test {name}"


def self_test():
    rows = "| section | MUST | shown by |\n|---|---|---|\n| 1 | a | `A.B` |\n| 2 | b | |\n| 3 | c | `A.C` `A.B` |\n"
    assert list(problems(rows, {"A.B"}.__contains__)) == [
        "line 4: section 2 names no test", "line 5: section 3: there is no test A.C"]


def main():
    if "--self-test" in sys.argv:
        return self_test()
    root = sys.argv[1] if len(sys.argv) > 1 else "."
    units = unit_tests(root)
    with open(os.path.join(root, "docs", "JMAP-MUSTS.md"), encoding="utf-8") as text:
        found = list(problems(text.read(), lambda name: exists(root, name, units)))
    print("\n".join(found) or "musts: every requirement has its test")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
