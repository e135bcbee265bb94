"""The fenced blocks of the documents whose commands are executed by tests."""

import os
import re

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
LANGUAGES = {"sh", "toml", "text"}  # a block of anything else could be a command that nobody executes


class Block:
    def __init__(self, document, heading, language, text):
        self.document, self.heading, self.language, self.text = document, heading, language, text

    def __repr__(self):
        return f"{self.document}, {self.heading}:\n{self.text}"


def blocks_of(document, text=None):
    """Every fenced block, in order, with the heading above it.  Raises where one says not what it is."""
    if text is None:
        with open(os.path.join(ROOT, document), encoding="utf-8") as file:
            text = file.read()
    heading, out = "", []
    for title, language, content in re.findall(r"^#+ (.*)$|^```(.*)\n((?:.*\n)*?)```$", text, re.M):
        heading = title or heading
        if title:
            continue
        if language not in LANGUAGES:
            raise ValueError(f"{document}, {heading}: a block of {language or 'no language'}; known: {sorted(LANGUAGES)}")
        out.append(Block(document, heading, language, content))
    if text.count("\n```") != 2 * len(out):
        raise ValueError(f"{document}: a fence that is not read")
    return out
