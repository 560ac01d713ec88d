"""Saved reports that were damaged, forged or blown up."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

from tests.hostile.cases import MARKUP, PAYLOADS, Case
from tests.render.sample import broken_report, post_report, probes_only_report

FORMATS = ("md", "txt", "html", "json")
# Where text of others stands in a report: the keys that lead there.
PLACES = (
    ("network", "name"),
    ("network", "source"),
    ("network", "remarks", 0),
    ("data", "name"),
    ("findings", "buggy_reference", 0, "defect"),
    ("findings", "buggy_reference", 0, "status"),
    ("findings", "buggy_reference", 0, "observed"),
    ("findings", "buggy_reference", 0, "where", "file"),
    ("findings", "buggy_reference", 0, "advice"),
    ("causes", "skew", "interaction"),
    ("causes", "skew", "verdicts", "class-order", "verdict"),
    ("causes", "skew", "ladder", 0, "repair"),
    ("code", 0, "found", 0, 1),
)
# What stands in the place of a value.
VALUES: tuple[Any, ...] = (None, "", "text", -1, 1e308, 10**400, [], {}, [[]], True, {"a": [1]})


@cache
def post_text() -> str:
    """A whole report, with causes."""
    return post_report().to_json()


@cache
def small_text() -> str:
    """A report without causes."""
    return probes_only_report().to_json()


def changed(text: str, keys: tuple[Any, ...], value: Any, delete: bool = False) -> str:
    """The text of a report with one value put in its place, or taken out."""
    raw = json.loads(text)
    inner = raw
    for key in keys[:-1]:
        inner = inner[key]
    if delete:
        del inner[keys[-1]]
    else:
        inner[keys[-1]] = value
    return json.dumps(raw)


def rendered(folder: Path, *, text: Callable[[], str], ending: str) -> list[str]:
    """The arguments that render a saved report."""
    (folder / "saved.json").write_text(text(), encoding="utf-8")
    return ["render", "saved.json", *(["-o", f"out.{ending}"] if ending else [])]


def cases() -> Iterator[Case]:
    """Texts, parts that are missing, parts of another kind, and files that are none."""
    for at, place in enumerate(PLACES):
        texts = {**PAYLOADS, **MARKUP}
        for by, (name, payload) in enumerate(texts.items()):
            # Pages with pictures take a second each: one text in four is put into a page.
            ending = ("md", "", "html" if place[0] != "causes" else "txt", "json")[(at + by) % 4]
            source = post_text if place[0] == "causes" else small_text
            yield Case(
                id=f"text-{'.'.join(map(str, place))}-{name}-{ending or 'terminal'}",
                make=partial(rendered, text=partial(_put, source, place, payload), ending=ending),
                codes=(0, 2),
                names="saved.json",
            )
    for keys in _keys(json.loads(post_text())):
        yield Case(
            id=f"missing-{'.'.join(map(str, keys))}",
            make=partial(rendered, text=partial(_put, post_text, keys, None, True), ending="md"),
            codes=(0, 2),
            names="saved.json",
        )
    for at, keys in enumerate(_keys(json.loads(post_text()))):
        for by in range(2):
            value = VALUES[(5 * at + by) % len(VALUES)]
            yield Case(
                id=f"value-{'.'.join(map(str, keys))}-{by}",
                make=partial(
                    rendered,
                    text=partial(_put, post_text, keys, value),
                    ending=("txt", "md")[by],
                ),
                codes=(0, 2),
                names="saved.json",
            )
    yield from _files()


def _put(source: Callable[[], str], keys: tuple[Any, ...], value: Any, delete: bool = False) -> str:
    return changed(source(), keys, value, delete)


def _keys(raw: Any, before: tuple[Any, ...] = (), depth: int = 4) -> Iterator[tuple[Any, ...]]:
    """Ways to the values of a report: all names, and of each list the first."""
    if depth and isinstance(raw, dict):
        for key in list(raw)[:16]:
            yield (*before, key)
            yield from _keys(raw[key], (*before, key), depth - 1)
    elif depth and isinstance(raw, list) and raw and isinstance(raw[0], dict | list):
        yield from _keys(raw[0], (*before, 0), depth - 1)


def _files() -> Iterator[Case]:
    def put(folder: Path, *, content: bytes, ending: str) -> list[str]:
        (folder / "saved.json").write_bytes(content)
        return ["render", "saved.json", *(["-o", f"out.{ending}"] if ending else [])]

    contents = {
        "empty": b"",
        "nothing": b"null",
        "number": b"7",
        "list": b"[1, 2]",
        "deep-list": b"[" * 200_000,
        "deep-dict": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        "deep-numbers": changed(
            small_text(), ("data", "notes"), json.loads("[" * 60 + "]" * 60)
        ).encode(),
        "not-utf8": b"\xff\xfe\x00\x01",
        "mark": b"\xef\xbb\xbf{}",
        "zeros": b"\0" * 1000,
        "cut": post_text().encode()[:5000],
        "version-3": changed(small_text(), ("schema_version",), 3).encode(),
        "version-text": changed(small_text(), ("schema_version",), "\x1b[31m2").encode(),
        "version-list": changed(small_text(), ("schema_version",), [2]).encode(),
        "more": changed(small_text(), ("network", "\x1b[31mmore"), 1).encode(),
        "digits": b'{"schema_version": ' + b"9" * 5000 + b"}",
    }
    for name, content in contents.items():
        for ending in ("", "html"):
            yield Case(
                id=f"file-{name}-{ending or 'terminal'}",
                make=partial(put, content=content, ending=ending),
                names="saved.json",
            )
    for name, text in (("broken", broken_report().to_json()), ("nan", small_text())):
        for value in ("NaN", "Infinity", "-Infinity", "1e999"):
            nan = text.replace('"images": 1000', f'"images": {value}')
            assert nan != text
            yield Case(
                id=f"number-{name}-{value}",
                make=partial(put, content=nan.encode(), ending="md"),
                codes=(0, 2),
                names="saved.json",
            )

    def special(folder: Path, *, how: str) -> list[str]:
        path = folder / "saved.json"
        if how == "fifo":
            os.mkfifo(path)
        elif how == "folder":
            path.mkdir()
        elif how == "loop":
            path.symlink_to("saved.json")
        elif how == "device":
            path.symlink_to("/dev/zero")
        elif how == "sparse":
            with path.open("wb") as file:
                file.truncate(3 << 30)
        return ["render", "saved.json"]

    for how in ("fifo", "folder", "loop", "device", "sparse", "missing"):
        yield Case(id=f"file-{how}", make=partial(special, how=how), names="saved.json")
