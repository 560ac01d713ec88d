"""What is typed, where it is to be written, and which file is meant."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.hostile.cases import PAYLOADS, Case
from tests.hostile.networks import ASKED, source
from tests.hostile.reports import small_text

LONG = "n" * 5000


def cases() -> Iterator[Case]:
    """Options, outputs and targets."""
    yield from _options()
    yield from _outputs()
    yield from _targets()


def _options() -> Iterator[Case]:
    def typed(folder: Path, *, args: list[str]) -> list[str]:
        return args

    numbers = ("0", "-1", "x", "", "1e9", "9" * 400, "\x1b[31m", "nan", "٣x", "1,5")
    for option in ("--images", "--epochs", "--seeds", "--jobs", "--seed", "--watch-seconds"):
        for value in numbers:
            if (option, value) in {
                ("--seed", "0"), ("--watch-seconds", "1e9"), ("--watch-seconds", "9" * 400),
                ("--watch-seconds", "nan"),
            }:  # fmt: skip
                continue
            yield Case(
                id=f"option{option}-{value[:6]!a}",
                make=partial(typed, args=["report", "fixed", option, value, "--quiet"]),
                names=option,
            )
    words = (*PAYLOADS.values(), "", LONG, "é" * 300, "../..", "%s%n", "; rm -rf x")
    for option in ("--select", "--ignore", "--fail-on", "--resize", "--against"):
        for at, value in enumerate(words):
            yield Case(
                id=f"option{option}-{at}",
                make=partial(typed, args=["report", "fixed", option, value, "--quiet"]),
            )
    for command in ("explain", "report", "render", "no-such"):
        for at, value in enumerate(words):
            yield Case(id=f"word-{command}-{at}", make=partial(typed, args=[command, value]))
    for at, args in enumerate(
        (
            ["report"], ["render"], ["new"], ["explain"], ["--\x1b[31m"], ["-o"],
            ["report", "fixed", "--cluster", "nonsense://\x1b[31m"],
            ["report", "fixed", "--cluster", ""],
            ["report", "fixed", "--cluster", "tcp://127.0.0.1:9"],
            ["report", "fixed", "--cache", "x", "--no-cache"],
        )
    ):  # fmt: skip
        yield Case(id=f"use-{at}", make=partial(typed, args=args))


def _outputs() -> Iterator[Case]:
    ways = {
        "folder": "out.md is a folder",
        "fifo": "out.md",
        "device": "out.md leads to a device",
        "link-to-fifo": "out.md leads to a pipe",
        "loop": "out.md leads to itself",
        "loop-of-two": "out.md",
        "no-folder": "nowhere/out.md",
        "file-as-folder": "file.txt/out.md",
        "long": f"{LONG}.md",
        "long-part": f"{'n' * 300}.md",
        "deep": f"{'n/' * 3000}out.md",
        "nul": "out\0.md",
        "ending": "out.\x1b[31m",
        "no-ending": "out",
        "esc": "nowhere\x1b]0;x\x07/out.md",
        "surrogate": "nowhere\udc80/out.md",
        "two-same": "out.md",
        "two-ways": "./out.md",
        "two-links": "link.md",
        "good-and-bad": "nowhere/out.html",
        "empty": "",
        "dot": ".",
    }
    for name, path in ways.items():
        for command in ("render", "report", "new"):
            yield Case(
                id=f"output-{name}-{command}",
                make=partial(_output, way=name, path=path.split(" ")[0], command=command),
                codes=(0, 2) if command == "new" and name.startswith(("two", "good")) else (2,),
            )


def _output(folder: Path, *, way: str, path: str, command: str) -> list[str]:
    ending = "py" if command == "new" else "md"
    path = path.replace("out.md", f"out.{ending}").replace("link.md", f"link.{ending}")
    out = folder / f"out.{ending}"
    (folder / "file.txt").write_text("text", encoding="utf-8")
    if way == "folder":
        out.mkdir()
    elif way == "fifo":
        os.mkfifo(out)
    elif way == "device":
        out.symlink_to("/dev/null")
    elif way == "link-to-fifo":
        os.mkfifo(folder / "pipe")
        out.symlink_to("pipe")
    elif way == "loop":
        out.symlink_to(out.name)
    elif way == "loop-of-two":
        out.symlink_to("other")
        (folder / "other").symlink_to(out.name)
    elif way == "two-links":
        (folder / f"link.{ending}").symlink_to(out.name)
    if command == "new":
        return ["new", "--force", path]
    outputs = ["-o", path]
    if way.startswith(("two", "good")):
        outputs = ["-o", out.name, *outputs]
    if command == "render":
        (folder / "saved.json").write_text(small_text(), encoding="utf-8")
        return ["render", "saved.json", *outputs]
    (folder / "net.py").write_text(source(), encoding="utf-8")
    return ["report", "net.py", *ASKED, "--quiet", *outputs]


def _targets() -> Iterator[Case]:
    contents: dict[str, bytes] = {
        "empty": b"NETWORK = None",
        "syntax": b"import diagnose\ndef f(:\n",
        "indent": b"import diagnose\n  x = 1\n",
        "tabs": b"import diagnose\nif 1:\n\tx = 1\n        y = 2\n",
        "nul": b"import diagnose\x00",
        "bytes": b"import diagnose\n# \xff\xfe\n",
        "coding": b"# coding: no-such-codec\nimport diagnose\n",
        "utf16": "import diagnose\n".encode("utf-16"),
        "brackets": b"import diagnose\nx = " + b"(" * 5000,
        "minus": b"import diagnose\nx = " + b"-" * 100_000 + b"1\n",
        "nested": b"import diagnose\nx = " + b"[" * 150 + b"1" + b"]" * 150 + b"\n",
        "digits": b"import diagnose\nx = " + b"9" * 5000 + b"\n",
        "esc": b"import diagnose\nraise ValueError('\x1b[31m')\n",
        "esc-syntax": b"import diagnose\n'\x1b[31m' '\x07' = 3\n",
        "several": b"import diagnose\nfrom fixed import NETWORK as A\n"
                   b"from buggy_reference import NETWORK as B\n",
        "other-kind": b"NETWORK = {'name': '\x1b[31m'}\n",
        "missing-module": b"import diagnose\nimport no_such_module_\n",
        "missing-name": b"from diagnose import nothing\n",
        "itself": b"import diagnose\nfrom bad import NETWORK\n",
        "circle": b"import diagnose\nimport pathlib\nexec(pathlib.Path('bad.py').read_text())\n",
        "assertion": b"import diagnose\nassert False, '\x9b31m' * 10\n",
        "warning": b"import diagnose\nraise DeprecationWarning('old')\n",
        "interface": b"import diagnose\nfrom diagnose.builders import from_functions\n"
                     b"NETWORK = from_functions()\n",
    }  # fmt: skip

    def put(folder: Path, *, content: bytes, as_script: bool) -> list[str]:
        (folder / "bad.py").write_bytes(content)
        return [*([] if as_script else ["report"]), "bad.py", "--probes-only", "--quiet"]

    for name, content in contents.items():
        for as_script in (False, True):
            yield Case(
                id=f"target-{name}-{as_script}",
                make=partial(put, content=content, as_script=as_script),
                names="bad",
            )

    def special(folder: Path, *, how: str) -> list[str]:
        path = folder / "bad.py"
        if how == "fifo":
            os.mkfifo(path)
        elif how == "folder":
            path.mkdir()
        elif how == "loop":
            path.symlink_to("bad.py")
        elif how == "device":
            path.symlink_to("/dev/zero")
        return ["report", "bad.py", "--probes-only", "--quiet"]

    for how in ("fifo", "folder", "loop", "device", "missing"):
        yield Case(id=f"target-{how}", make=partial(special, how=how), names="bad.py")
    for at, target in enumerate(
        (
            "", ":", "a:b:c", LONG, f"{LONG}.py", f"x/{LONG}.py", "no.such.module", "a..b", "..",
            "/", "nul\0.py", "esc\x1b[31m.py", "esc\x1b[31m", "\udc80.py", "fixed:\x1b[31m",
            "fixed:__doc__",
            "os", "fixed:NETWORK:x", "C:\\no\\such.py", "~/no_such.py", "class", "1x", "fixed.no",
        )
    ):  # fmt: skip
        yield Case(
            id=f"target-name-{at}",
            make=partial(lambda folder, target: ["report", target, "--quiet"], target=target),
        )
