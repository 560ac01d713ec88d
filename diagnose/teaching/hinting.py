"""The hints and the questions of the notebooks, from the files in ``texts/``.

Hints come in four steps, one for each call: the symptom, the area, the line, the repair.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib import resources
from typing import Any

from diagnose.teaching.printing import say

LEVELS = ("symptom", "area", "line", "repair")


_given: dict[str, int] = {}
_last = {"level": LEVELS[-1]}


def hint(name: str) -> None:
    """Give the next hint on a defect or task; each call goes one step further."""
    steps = _find("hints", name)
    given = _given.get(name, 0)
    if given > LEVELS.index(_last["level"]):
        stop = "that was the last one" if given == len(LEVELS) else "hints stop here in your course"
        say(f"No further hint: {stop}. hints() starts again.")
        return
    level = LEVELS[given]
    _given[name] = given + 1
    say(f"Hint {given + 1} of {len(LEVELS)}, the {level}: {_filled(steps[level], steps)}")
    if given == 0 and level != _last["level"]:
        say("(Run this cell again for the next hint.)")


def hints(*, stop_at: str = LEVELS[-1]) -> None:
    """Start all hints again. A teacher can let them stop at a level, such as ``"area"``."""
    if stop_at not in LEVELS:
        raise ValueError(f"there is no level {stop_at!r}; there are {', '.join(LEVELS)}")
    _last["level"] = stop_at
    _given.clear()


def question(name: str) -> dict[str, Any]:
    """One question with its options and the letter that is right."""
    return _find("questions", name)


@lru_cache
def texts() -> dict[str, dict[str, Any]]:
    """Read all files: ``{"hints": {name: ...}, "questions": {name: ...}}``."""
    found: dict[str, dict[str, Any]] = {"hints": {}, "questions": {}}
    folder = resources.files("diagnose.teaching") / "texts"
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".toml"):
            for kind, named in tomllib.loads(file.read_text(encoding="utf-8")).items():
                found[kind].update(named)
    return found


def _find(kind: str, name: str) -> dict[str, Any]:
    known = texts()[kind]
    if name not in known:
        raise ValueError(f"there are no {kind} on {name!r}; there are {', '.join(known)}")
    return dict(known[name])


def _filled(text: str, steps: dict[str, Any]) -> str:
    """Fill ``{place}`` in with the file and line where the post has the code of a hint."""
    return text.replace("{place}", _place(steps["code"])) if "{place}" in text else text


def _place(code: str) -> str:
    """Find a line of the post: its number is looked up, so that it cannot be wrong."""
    post = resources.files("buggy_reference") / "post.py"
    lines = post.read_text(encoding="utf-8").splitlines()
    number = next(at for at, line in enumerate(lines, 1) if code in line)
    return f"buggy_reference/post.py, line {number}: `{lines[number - 1].strip()}`"
