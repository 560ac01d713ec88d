"""Write files whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from diagnose.errors import BadInputError


def check_targets(paths: Iterable[Path]) -> None:
    """See that each file could be written, without leaving anything; BadInputError if not."""
    for path in paths:
        folder = path.resolve().parent
        if path.is_dir():
            raise BadInputError(f"{path}: is a folder; give the name of a file in it")
        if not folder.exists():
            raise BadInputError(f"{path}: its folder does not exist; make it first")
        if not folder.is_dir():
            raise BadInputError(f"{path}: what should be its folder is a file; choose another")
        if path.exists() and not os.access(path, os.W_OK):
            raise BadInputError(f"{path}: no permission to write it; choose another file")
        part = _part(path)
        try:
            part.touch(exist_ok=False)
            part.unlink()
        except OSError as error:
            raise _unwritable(path, error) from error


def write_all(texts: Mapping[Path, str | bytes]) -> None:
    """Write each text in UTF-8: first all of them beside their targets, then into their places.

    What is bytes already is written as it is. A reader never sees half a file, and what cannot be
    written leaves no old file changed.
    """
    try:
        for path, text in texts.items():
            try:
                if isinstance(text, bytes):
                    _part(path).write_bytes(text)
                else:
                    _part(path).write_text(text, encoding="utf-8", newline="\n")
            except OSError as error:
                raise _unwritable(path, error) from error
        for path in texts:
            try:
                _part(path).replace(path.resolve())
            except OSError as error:
                raise _unwritable(path, error) from error
    finally:
        for path in texts:
            _part(path).unlink(missing_ok=True)


def _part(path: Path) -> Path:
    # In the same folder, because a file is replaced in one step within one file system only.
    whole = path.resolve()
    return whole.with_name(f".{whole.name}.{os.getpid()}.part")


def _unwritable(path: Path, error: OSError) -> BadInputError:
    return BadInputError(f"{path}: cannot be written ({error.strerror or error})")
