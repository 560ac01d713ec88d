"""Write files whole or not at all, and all of them or none.

Everything that is written goes through here: to new files and in place of regular ones, never in
place of a device, a pipe or a folder.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from diagnose.errors import BadInputError

# Whatever ending such a name has, and in whatever folder.
DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])\s*(\..*)?", re.IGNORECASE)


def is_file(path: Path) -> bool:
    """Whether there is such a file; there is none where the system knows no such name."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def check_targets(paths: Iterable[Path]) -> None:
    """See that all files could be written, without leaving anything; BadInputError if not."""
    made: dict[Path, Path] = {}
    try:
        for path in paths:
            with _trouble_writing(path):
                _check_place(path)
                part = _beside(path, "part")
                if part in made:
                    raise BadInputError(f"{path}: is the same file as {made[part]}; give another")
                try:
                    part.touch(exist_ok=False)
                except FileExistsError as error:  # where capitals and small letters are one
                    raise BadInputError(
                        f"{path}: is the same file as one given before it; give another"
                    ) from error
                made[part] = path
    finally:
        for part in made:
            part.unlink(missing_ok=True)


def write_all(texts: Mapping[Path, str | bytes]) -> None:
    """Write each text in UTF-8: first all of them beside their targets, then into their places.

    What is bytes already is written as it is. A reader never sees half a file. If one cannot be
    written, all that were there before are there again, and none is new. What is replaced keeps its
    permissions.
    """
    try:
        for path, text in texts.items():
            with _trouble_writing(path):
                _check_place(path)
                part = _beside(path, "part")
                if isinstance(text, bytes):
                    part.write_bytes(text)
                else:
                    part.write_text(text, encoding="utf-8", newline="\n")
                if path.exists():
                    shutil.copymode(path.resolve(), part)
                    _keep(path.resolve(), _beside(path, "old"))
        _replace_all(list(texts))
    finally:
        for path in texts:
            for use in ("part", "old"):
                with suppress(OSError, RuntimeError, ValueError):
                    _beside(path, use).unlink(missing_ok=True)


def replace_keeping(path: Path, kept: Path, before: bytes, after: bytes) -> None:
    """Put bytes into the place of a file that holds others, and keep it under a name that is free.

    What is kept is what was replaced. BadInputError where it holds something else by now.
    """
    whole, part = path.resolve(), _beside(path, "part")
    with _trouble_writing(path):
        _check_place(path)
        try:
            part.write_bytes(after)
            shutil.copymode(whole, part)
            try:
                os.link(whole, kept)
            except FileExistsError:
                raise
            except OSError:  # no such names on this disk
                with kept.open("xb") as copy:
                    copy.write(whole.read_bytes())
                shutil.copystat(whole, kept)
            if kept.read_bytes() != before:
                kept.unlink()
                raise BadInputError(f"{path}: was changed meanwhile; nothing was edited")
            part.replace(whole)
        finally:
            part.unlink(missing_ok=True)


def _replace_all(paths: list[Path]) -> None:
    """Put every part into its place; all as before if one cannot be."""
    done: list[Path] = []
    try:
        for path in paths:
            with _trouble_writing(path):
                _check_place(path)
                done.append(path)
                _beside(path, "part").replace(path.resolve())
    except BaseException:
        for path in done:
            if _beside(path, "part").exists():
                continue  # not yet in its place
            old = _beside(path, "old")
            with suppress(OSError):
                old.replace(path.resolve()) if old.exists() else path.resolve().unlink()
        raise


def _keep(whole: Path, old: Path) -> None:
    """A second name for what is about to be replaced; a copy where there are no such names."""
    try:
        os.link(whole, old)
    except OSError:
        shutil.copy2(whole, old)


def _check_place(path: Path) -> None:
    """BadInputError where no regular file can stand, or one must not be replaced."""
    whole = path.resolve()
    folder = whole.parent
    if path.is_dir():
        raise BadInputError(f"{path}: is a folder; give the name of a file in it")
    if not folder.exists():
        raise BadInputError(f"{path}: its folder does not exist; make it first")
    if not folder.is_dir():
        raise BadInputError(f"{path}: what should be its folder is a file; choose another")
    if os.name == "nt" and DEVICES.fullmatch(whole.name):
        raise BadInputError(f"{path}: is a name that Windows keeps for a device; choose another")
    if whole.is_symlink():  # what a link leads to once it is resolved is a link in a circle
        raise BadInputError(f"{path}: is a link that leads back to itself; choose another file")
    if path.exists():
        if not stat.S_ISREG(path.stat().st_mode):
            raise BadInputError(
                f"{path}: is no regular file but a device or a pipe, and is left as it is; "
                "choose another file"
            )
        if not os.access(path, os.W_OK):
            raise BadInputError(f"{path}: no permission to write it; choose another file")


def _beside(path: Path, use: str) -> Path:
    # In the same folder, because a file is replaced in one step within one file system only; short,
    # because the name may be as long as the file system allows.
    # Names that some systems take for one (capitals, composed letters) differ in their beginnings
    # only, so that there the parts are one file too.
    whole = path.resolve()
    plain = unicodedata.normalize("NFC", whole.name.casefold())
    mark = hashlib.blake2b(plain.encode("utf-8", "replace"), digest_size=6)
    return whole.with_name(f".{whole.name[:24]}.{mark.hexdigest()}.{os.getpid()}.{use}")


@contextmanager
def _trouble_writing(path: Path) -> Iterator[None]:
    """Tell in one line why a file cannot be written."""
    try:
        yield
    except OSError as error:
        raise BadInputError(f"{path}: cannot be written ({error.strerror or error})") from error
    except (RuntimeError, ValueError) as error:  # a link in a circle; a character that no name has
        raise BadInputError(f"{path}: cannot be written ({error})") from error
