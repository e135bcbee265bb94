#!/usr/bin/env python3
"""Which tests show which rule of time, fetching and re-verification.

Usage: tests/revocation/rule_index.py            fails if a rule of rules.txt has no test, or index.md is out of date
       tests/revocation/rule_index.py --write    writes index.md anew
       tests/revocation/rule_index.py --self-test

A test shows a rule if the rule's identifier is in its body, on its line or in the comment above it ("NET-11..13" names
three).
"""

import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
INDEX = os.path.join(HERE, "index.md")
sys.path.insert(0, os.path.join(ROOT, "tests", "smime"))
import rule_index as offline  # noqa: E402  tests/smime: the same for the verifier

IDENTIFIER = re.compile(r"\b(REV-|TIM-|NET-|RVF-)(\d{2})(?:\.\.(\d{2}))?\b")
TESTS_SHOWN = 4


def shown_by(sources):
    rules = {}
    for _, text in sources:
        for name, body in offline.tests_in(text):
            for prefix, first, last in IDENTIFIER.findall(body):
                for number in range(int(first), int(last or first) + 1):
                    rules.setdefault(f"{prefix}{number:02d}", set()).add(name)
    return rules


def problems(wanted, rules, index):
    out = [f"{rule} has no test: name it in the test that shows it" for rule in wanted if not rules.get(rule)]
    for rule in wanted:
        out += [f"index.md: {name} does not show {rule} (any more): run rule_index.py --write"
                for name in index.get(rule, ()) if name not in rules.get(rule, ())]
        if not index.get(rule):
            out.append(f"index.md does not list {rule}: run rule_index.py --write")
    return out


def render(wanted, rules):
    lines = ["# Rules and the tests that show them", "",
             "Written by `rule_index.py --write` and checked by it in every run of the tests.  At most four tests of each rule",
             "are listed.", "", "| rule | what it says | tests |", "|---|---|---|"]
    for rule, text in wanted.items():
        lines.append(f"| {rule} | {text} | {', '.join(sorted(rules.get(rule, ()))[:TESTS_SHOWN])} |")
    return "\n".join(lines) + "\n"


def self_test():
    text = "// NET-11..12\nTEST(A, B) {  // TIM-01\n}\nTEST_F(A, C) {\n  REV-07;\n}\n"
    rules = shown_by([("x_test.cpp", text)])
    assert rules == {"NET-11": {"A.B"}, "NET-12": {"A.B"}, "TIM-01": {"A.B"}, "REV-07": {"A.C"}}, rules
    wanted = {"NET-11": "", "REV-07": ""}
    index = offline.read_index(render(wanted, rules))
    assert problems(wanted, rules, index) == []
    assert len(problems({**wanted, "NET-99": ""}, rules, index)) == 2
    assert len(problems(wanted, {**rules, "NET-11": {"A.D"}}, index)) == 1


def main():
    if "--self-test" in sys.argv:
        return self_test()
    wanted = offline.read_rules(offline.read(os.path.join(HERE, "rules.txt")))
    rules = shown_by(offline.sources_below(os.path.join(ROOT, "tests/unit")))
    if "--write" in sys.argv:
        with open(INDEX, "w", encoding="utf-8") as file:
            file.write(render(wanted, rules))
    found = problems(wanted, rules, offline.read_index(offline.read(INDEX)))
    for problem in found:
        print(problem)
    print(f"{len(wanted)} rules, {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
