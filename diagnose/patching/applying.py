"""Make the edits of a unified diff of ours in the bytes that it was made of."""

from __future__ import annotations

import re

from diagnose.errors import BadInputError
from diagnose.patching.source import lines_of

PLACE = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@")
UNENDED = "\\ No newline at end of file\n"


def applied(data: bytes, diff: str) -> bytes:
    """The file after the diff; BadInputError where it is not the one that the diff was made of."""
    old, made, at = lines_of(data), list[str](), 0
    lines = lines_of(diff.encode())[2:]
    for index, line in enumerate(lines):
        following = lines[index + 1] if index + 1 < len(lines) else ""
        text = line[1:].removesuffix("\n") if following == UNENDED else line[1:]
        if place := PLACE.match(line):
            # A hunk that takes no lines away names the line before it.
            first = int(place[1]) - (place[2] != "0")
            made += old[at:first]
            at = first
        elif line == UNENDED:
            continue
        elif line[0] in " -":
            if at >= len(old) or old[at] != text:
                raise BadInputError("the script was changed meanwhile; nothing was edited")
            made += [text] if line[0] == " " else []
            at += 1
        else:
            made.append(text)
    return "".join([*made, *old[at:]]).encode()
