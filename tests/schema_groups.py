#!/usr/bin/env python3
"""schema/citus.sql names every table of the migrations, each sharded by the first column of its primary key (schema/README.md).

Usage: tests/schema_groups.py [ROOT]       Exit status 1 names every table that is wrong.
       tests/schema_groups.py --self-test  shows that it can fail.
"""

import glob
import os
import re
import sys

SHARDED_BY = {"account_id", "bucket"}


def tables(sql):
    """name -> first column of its primary key, or None"""
    out = {}
    for line in re.sub(r"--[^\n]*", "", sql).split("\n"):
        created = re.match(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+) \(", line)
        if created:
            out[name := created.group(1)] = None
        dropped = re.match(r"DROP TABLE (\w+);", line)
        if dropped:
            del out[dropped.group(1)]
        key = re.search(r"PRIMARY KEY \((\w+)", line)
        if key and out:
            out[name] = key.group(1)
    return out


def placements(sql):
    """name -> column that it is sharded by, or None for a reference table; in order"""
    out = {}
    for kind, name, column in re.findall(r"create_(\w+)_table\('(\w+)'(?:, '(\w+)')?", sql):
        out[name] = column if kind == "distributed" else None
    return out


def problems(migrations, citus):
    made, placed = tables(migrations), placements(citus)
    for name, key in made.items():
        if name not in placed:
            yield f"{name} is missing from schema/citus.sql"
        elif key in SHARDED_BY and placed[name] != key:
            yield f"{name} must be sharded by {key}"
        elif key not in SHARDED_BY and placed[name] is not None:
            yield f"{name} must be a reference table"
    for name in placed.keys() - made.keys():
        yield f"schema/citus.sql names {name}, which no migration makes"


def self_test():
    sql = "CREATE TABLE a (\n  account_id bigint,\n  PRIMARY KEY (account_id)\n);\n"
    good = "SELECT create_distributed_table('a', 'account_id', colocate_with => 'none');"
    assert not list(problems(sql, good))
    assert list(problems(sql, ""))
    assert list(problems(sql + "DROP TABLE a;\n", good))
    assert list(problems(sql, good.replace("account_id", "bucket")))
    assert list(problems(sql, good.replace("'a'", "'b'")))
    assert list(problems(sql.replace("KEY (account_id", "KEY (id"), good))


def main(root):
    texts = [open(path, encoding="utf-8").read() for path in sorted(glob.glob(os.path.join(root, "schema", "[0-9]*.sql")))]
    with open(os.path.join(root, "schema", "citus.sql"), encoding="utf-8") as citus:
        found = list(problems("\n".join(texts), citus.read()))
    print("\n".join(found) or f"{len(tables(chr(10).join(texts)))} tables have their place")
    return 1 if found else 0


if __name__ == "__main__":
    if "--self-test" in sys.argv:
        self_test()
    else:
        sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "."))
