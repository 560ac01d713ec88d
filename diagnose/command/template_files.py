"""Starting files for a network of one's own, from the templates that come with the package."""

from __future__ import annotations

import re
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
    if path.suffix != ".py":
        raise BadInputError(f"{path}: is no name of a Python file; give one ending in .py")
    check_targets([path])
    if path.exists() and not force:
        raise BadInputError(
            f"{path}: exists, and is left as it is; give another name, or --force to replace it"
        )
    write_all({path: starting_text(style, path.name)})
