#!/usr/bin/env python3
"""Which tests show which rule.

Usage: tests/smime/rule_index.py            fails if a rule of rules.txt or an error code has no test, or if index.md
                                            names a test that is gone or no longer names the rule
       tests/smime/rule_index.py --write    writes index.md anew
       tests/smime/rule_index.py --self-test

A test shows a rule if the rule's identifier is in its body, on its line or in the comment above it ("SIG-30..33" names
four).  It shows an error code if the code is in its body, as a string or as Code::name.
"""

import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
INDEX = os.path.join(HERE, "index.md")
TESTS_SHOWN = 4  # of one rule, in index.md

TEST = re.compile(r"^TEST(?:_F|_P)?\((\w+), (\w+)\)", re.M)
IDENTIFIER = re.compile(r"\b(C|CLS-|BYT-|SIG-|PTH-|REV-|TIM-|IDN-|ERR-|ATK-)(\d{1,2})[a-h]?(?:\.\.(\d{1,2}))?\b")
WORDS_IN_STRINGS = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
CODE = re.compile(r"WAXSEAL_CODE\(\d+, (\w+),")
# These list every code, which shows nothing of any.
LISTS_OF_CODES = ("code_test.cpp", "error_texts_test.cpp")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def identifiers_in(text):
    found = set()
    for prefix, first, last in IDENTIFIER.findall(text):
        for number in range(int(first), int(last or first) + 1):
            found.add(f"{prefix}{number:0{len(first)}d}")
    return found


def codes_in(text, codes):
    found = set(re.findall(r"\bCode::(\w+)", text))
    for literal in WORDS_IN_STRINGS.findall(text):
        found.update(re.findall(r"\w+", literal))
    return found & codes


def start_with_comment(text, start):
    """Where the comment lines right above `start` begin."""
    while start > 0:
        line = text.rfind("\n", 0, start - 1) + 1
        if not text[line:start].startswith("//"):
            break
        start = line
    return start


def tests_in(text):
    """(name, text of comment, line and body) of each test."""
    for match in TEST.finditer(text):
        end = text.find("\n}", match.end())
        yield ".".join(match.groups()), text[start_with_comment(text, match.start()):end]


def scan(sources, codes):
    rules, by_code, names = {}, {}, set()
    for path, text in sources:
        for name, body in tests_in(text):
            names.add(name)
            for identifier in identifiers_in(body):
                rules.setdefault(identifier, []).append(name)
            if os.path.basename(path) in LISTS_OF_CODES:
                continue
            for code in codes_in(body, codes):
                by_code.setdefault(code, []).append(name)
    return rules, by_code, names


def problems(wanted, codes, rules, by_code, index):
    out = [f"{identifier} has no test: name it in the test that shows it" for identifier in wanted if identifier not in rules]
    out += [f"error code {code} has no test that expects it" for code in sorted(codes) if code not in by_code]
    shown = {**rules, **by_code}
    for entry in [*wanted, *sorted(codes)]:
        if entry not in index:
            out.append(f"index.md does not list {entry}: run rule_index.py --write")
        for name in index.get(entry, ()):
            if name not in shown.get(entry, ()):
                out.append(f"index.md: {name} does not show {entry} (any more): run rule_index.py --write")
    return out


def preferred(names):
    """Tests from octets to verdict first."""
    unique = sorted(set(names), key=lambda name: (not name.startswith("Rules"), name))
    return unique[:TESTS_SHOWN]


def render(wanted, codes, rules, by_code):
    lines = ["# Rules and the tests that show them", "",
             "Written by `rule_index.py --write` and checked by it in every run of the tests.  At most four tests of each",
             "rule are listed; `Rules*` go from octets to verdict and have a twin that differs in one thing.", "",
             "| rule | what it says | tests |", "|---|---|---|"]
    for identifier, text in wanted.items():
        lines.append(f"| {identifier} | {text} | {', '.join(preferred(rules.get(identifier, [])))} |")
    lines += ["", "## Error codes", "", "| code | | tests that expect it |", "|---|---|---|"]
    for code in codes:
        lines.append(f"| {code} | | {', '.join(preferred(by_code.get(code, [])))} |")
    return "\n".join(lines) + "\n"


def read_index(text):
    rows = re.findall(r"^\| ([\w-]+) \|[^|]*\| ([^|]*) \|$", text, re.M)
    return {entry: [name for name in tests.split(", ") if name] for entry, tests in rows}


def read_rules(text):
    lines = [line.split("\t", 1) for line in text.splitlines() if line and not line.startswith("#")]
    return {identifier: words for identifier, words in lines}


def sources_below(folder):
    for directory, _, files in sorted(os.walk(folder)):
        for file in sorted(files):
            if file.endswith("_test.cpp"):
                path = os.path.join(directory, file)
                yield path, read(path)


def self_test():
    text = '// SIG-30..31, see below\nTEST(A, B) {  // C05\n  EXPECT_EQ(f("C06 x"), "signed/failed cert_expired");\n}\nTEST(A, C) {\n  Code::weak_key;\n}\n'
    codes = {"cert_expired", "weak_key"}
    rules, by_code, _ = scan([("x_test.cpp", text)], codes)
    assert rules == {"SIG-30": ["A.B"], "SIG-31": ["A.B"], "C05": ["A.B"], "C06": ["A.B"]}, rules
    assert by_code == {"cert_expired": ["A.B"], "weak_key": ["A.C"]}, by_code
    wanted = {"C05": "", "SIG-30": ""}
    index = read_index(render(wanted, sorted(codes), rules, by_code))
    assert problems(wanted, codes, rules, by_code, index) == []
    assert len(problems({**wanted, "C07": ""}, codes, rules, by_code, index)) == 2
    assert len(problems(wanted, codes | {"cert_policy"}, rules, by_code, index)) == 2
    assert len(problems(wanted, codes, {**rules, "C05": ["A.D"]}, by_code, index)) == 1


def main():
    if "--self-test" in sys.argv:
        return self_test()
    wanted = read_rules(read(os.path.join(HERE, "rules.txt")))
    codes = CODE.findall(read(os.path.join(ROOT, "lib/smime/code_table.inc")))
    rules, by_code, _ = scan(sources_below(os.path.join(ROOT, "tests/unit")), set(codes))
    if "--write" in sys.argv:
        with open(INDEX, "w", encoding="utf-8") as file:
            file.write(render(wanted, codes, rules, by_code))
    found = problems(wanted, set(codes), rules, by_code, read_index(read(INDEX)))
    for problem in found:
        print(problem)
    print(f"{len(wanted)} rules, {len(codes)} codes, {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
