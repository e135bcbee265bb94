#!/usr/bin/env python3
"""Who may include whom, which vendor headers stay in which room, and which calls are banned everywhere.

Usage: tests/layering.py [ROOT]     Exit status 1 names every offending line.
       tests/layering.py --self-test  shows that each rule can fail.
"""

import os
import re
import sys
import tempfile

# folder -> product folders that it may include besides itself
ALLOWED = {
    "lib/base": [],
    "lib/mime": ["base"],
    "lib/smime": ["base", "mime"],
    "lib/authres": ["base", "mime", "smime"],
    "lib/store": ["base", "mime", "smime"],
    "lib/delivery": ["base", "mime", "smime", "authres", "store"],
    "lib/fetch": ["base"],
    "lib/submit": ["base"],
    "lib/reverify": ["base", "mime", "smime", "store", "fetch"],
    "lib/service": ["base", "smime", "authres", "store", "fetch"],
    "milter": ["base", "mime", "smime", "authres", "store", "delivery", "fetch", "service"],
    "lmtp": ["base", "mime", "smime", "authres", "store", "delivery", "fetch", "service"],
    "jmapd": ["base", "mime", "smime", "store", "delivery", "fetch", "submit", "reverify", "service"],
    "reverify": ["base", "smime", "store", "fetch", "reverify", "service"],
    "cli": ["base", "mime", "smime", "authres", "store", "delivery", "fetch", "reverify", "service"],
}
# vendor header -> files that may include it (regular expressions on the path)
VENDOR = {
    r"openssl/": [r"^lib/smime/", r"^lib/base/sha256\.cpp$", r"^jmapd/http/tls\.cpp$", r"^jmapd/push_encryption\.cpp$"],
    r"pqxx/": [r"^lib/store/"],
    r"libmilter/": [r"^milter/"],
    r"httplib\.h": [r"^jmapd/"],
    r"mimetic/": [r"^lib/mime/"],
    r"curl/": [r"^lib/fetch/exchange\.cpp$", r"^lib/submit/relay_connection\.cpp$"],
    r"idn2\.h": [r"^lib/smime/"],
    r"uni(case|norm|str)\.h": [r"^lib/mime/"],
    r"libxml/": [r"^lib/mime/"],
    r"toml\+\+/": [r"^lib/service/"],
    r"CLI/": [r"^cli/"],
    r"regex>": [],
}
# pattern -> why it is banned
BANNED = {
    r"\b(d2i_PKCS7|PKCS7_verify|SMIME_read_\w+|CMS_verify|CMS_decrypt|CMS_uncompress)\s*\(": "verification.md 2.1, rule R14",
    r"\bX509_check_email\s*\(": "verification.md 3.9",
    r"\b(strcpy|strcat|sprintf|gets)\s*\(": "unbounded C string function",
    r"\b(system|popen)\s*\(": "a shell near mail",
    r"\bstd::(strtok|rand)\b": "hidden state",
}
SQL = re.compile(r'"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM)\s', re.I)
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def folder_of(path):
    for folder in sorted(ALLOWED, key=len, reverse=True):
        if path.startswith(folder + "/"):
            return folder
    return None


def include_problem(path, folder, bracket, target):
    for pattern, rooms in VENDOR.items():
        if re.match(pattern, target + (">" if bracket == "<" else "")) and not any(re.match(r, path) for r in rooms):
            return f"vendor header {target} outside its room"
    if bracket != '"' or "/" not in target:
        return None
    top = target.split("/")[0]
    own = folder.split("/")[-1]
    programs = {"milter", "lmtp", "jmapd", "cli"}
    if top in programs and top != folder:
        return f"{folder} includes the program {top}"
    libraries = {name.split("/")[1] for name in ALLOWED if name.startswith("lib/")}
    if top in libraries and top != own and top not in ALLOWED[folder]:
        return f"{folder} must not include {target}"
    return None


def problems_in(path, text):
    folder = folder_of(path)
    for number, line in enumerate(text.splitlines(), 1):
        include = INCLUDE.match(line)
        if include:
            problem = include_problem(path, folder, include.group(1), include.group(2))
            if problem:
                yield f"{path}:{number}: {problem}"
            continue
        code = line.split("//")[0]
        for pattern, why in BANNED.items():
            if re.search(pattern, code):
                yield f"{path}:{number}: banned call ({why}): {line.strip()}"
        if folder != "lib/store" and SQL.search(code):
            yield f"{path}:{number}: only lib/store speaks SQL: {line.strip()}"


def problems(root):
    for folder in ALLOWED:
        for directory, _, names in os.walk(os.path.join(root, folder)):
            for name in sorted(names):
                if not name.endswith((".h", ".cpp", ".inc")):
                    continue
                path = os.path.relpath(os.path.join(directory, name), root)
                with open(os.path.join(root, path), encoding="utf-8") as text:
                    yield from problems_in(path, text.read())


def self_test():
    offending = {
        "lib/mime/a.cpp": '#include "smime/code.h"\n',
        "lib/smime/b.cpp": '#include "store/database.h"\n',
        "milter/c.cpp": '#include "jmapd/method.h"\n',
        "lib/store/d.h": "#include <openssl/x509.h>\n",
        "jmapd/e.cpp": "#include <regex>\n",
        "cli/f.cpp": "  CMS_verify(a, b);\n",
        "jmapd/g.cpp": '  exec("SELECT 1");\n',
    }
    harmless = {
        "lib/smime/b.cpp": '#include "mime/header.h"\n#include <openssl/x509.h>\n',
        "lib/store/d.cpp": '  exec("SELECT 1");  // CMS_verify(\n',
    }
    for tree, expected in ((offending, len(offending)), (harmless, 0)):
        with tempfile.TemporaryDirectory() as root:
            for path, text in tree.items():
                os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
                with open(os.path.join(root, path), "w") as out:
                    out.write(text)
            found = list(problems(root))
            assert len(found) == expected, found


def main():
    if "--self-test" in sys.argv:
        self_test()
        return 0
    found = list(problems(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(found) or "layering: every include is allowed, nothing is banned")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
