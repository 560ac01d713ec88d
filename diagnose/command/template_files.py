"""Starting files for a network of one's own, from the templates that come with the package."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path

from diagnose.command.files import check_targets, write_all
from diagnose.errors import BadInputError

STYLES = ("functions", "class", "layers")


def starting_text(style: str, file: str) -> str:
    """The text of a starting file of that name; it runs as it is."""
    templates = resources.files("diagnose.builders") / "templates"
    text = (templates / f"{style}.py").read_text("utf-8")
    # A name that could end the text in which it stands is left for its owner to fill in.
    return text.replace("FILE", file, 1) if re.fullmatch(r"[\w .-]+", file) else text


def start(path: Path, style: str, force: bool = False) -> None:
    """Write a starting file, whole or not at all.

    BadInputError if there is a file already and ``force`` is not said, or it cannot be written.
    """
    _check([path], force)
    write_all({path: starting_text(style, path.name)})


def start_from(
    path: Path, script: Path, arguments: Sequence[str], style: str, force: bool = False
) -> list[Path]:
    """Write the network that is read out of a script, and its samples beside it, as an npz file.

    Of a script that is not certified: a starting file, and above it what was read so far. The
    files that were written. BadInputError as for ``start``, and for a script that cannot be run.
    """
    from diagnose.watching.adapter import adapter, unfinished
    from diagnose.watching.script import FURTHER, watch

    beside = path.with_suffix(".npz")
    _check([path, beside], force)
    seen = watch(script, arguments, further=FURTHER)
    if seen.network is None:
        told = replace(seen.read, parted=seen.parted)
        write_all({path: unfinished(told, script.name, starting_text(style, path.name))})
        return [path]
    text, arrays = adapter(seen.read, seen.network, script.name, path.name)
    write_all({path: text, beside: arrays})
    return [path, beside]


def _check(paths: Sequence[Path], force: bool) -> None:
    if paths[0].suffix != ".py":
        raise BadInputError(f"{paths[0]}: is no name of a Python file; give one ending in .py")
    check_targets(paths)
    for path in paths:
        if path.exists() and not force:
            raise BadInputError(
                f"{path}: exists, and is left as it is; give another name, or --force to replace it"
            )
