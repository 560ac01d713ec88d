"""Images and labels that are damaged, of other kinds, or bombs."""

from __future__ import annotations

import gzip
import io
import os
import struct
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.hostile.cases import Case

IMAGES = np.zeros((60, 28, 28), np.uint8)
LABELS = np.repeat(np.arange(10), 6)


def cases() -> Iterator[Case]:
    """npz files, IDX files, and folders of images."""
    yield from _npz()
    yield from _idx()
    yield from _folders()


def _asked(path: str, *more: str) -> list[str]:
    return ["report", "fixed", "--data", path, "--probes-only", "--quiet", "-o", "out.md", *more]


def member(array: Any, shape: tuple[int, ...] | None = None) -> bytes:
    """An array as it stands in an npz file; its header may claim another shape."""
    buffer = io.BytesIO()
    np.save(buffer, array)
    content = buffer.getvalue()
    if shape is None:
        return content
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        head, {"descr": np.dtype(array.dtype).str, "fortran_order": False, "shape": shape}
    )
    return head.getvalue() + content[-array.nbytes :]


def _npz() -> Iterator[Case]:
    def archive(folder: Path, *, members: dict[str, Callable[[], Any]]) -> list[str]:
        with zipfile.ZipFile(folder / "data.npz", "w", zipfile.ZIP_DEFLATED) as file:
            for name, content in members.items():
                with file.open(name, "w", force_zip64=True) as one:
                    made = content()
                    for part in [made] if isinstance(made, bytes) else made:
                        one.write(part)
        return _asked("data.npz")

    good = {"images.npy": lambda: member(IMAGES), "labels.npy": lambda: member(LABELS)}
    bad: dict[str, Callable[[], Any]] = {
        "no-array": lambda: b"this is no array",
        "empty": lambda: b"",
        "magic-only": lambda: b"\x93NUMPY\x01\x00",
        "version-9": lambda: b"\x93NUMPY\x09\x00" + b"\0" * 90,
        "claims": lambda: member(IMAGES, (60_000_000, 28, 28)),
        "claims-more": lambda: member(IMAGES, (2**40, 2**20)),
        "negative": lambda: member(IMAGES, (-1, 28, 28)),
        "code-header": lambda: b"\x93NUMPY\x01\x00\x20\x00__import__('os').system('echo bad')\n",
        "complex": lambda: member(IMAGES + 1j),
        "texts": lambda: member(np.array(["\x1b[31m"] * 60)),
        "objects": lambda: _pickled(np.array([{}] * 60, object)),
        "nan": lambda: member(np.full((60, 28, 28), np.nan)),
        "inf": lambda: member(np.full((60, 28, 28), np.inf)),
        "flat": lambda: member(np.zeros((60, 783))),
        "no-rows": lambda: member(np.zeros((0, 28, 28))),
        "times": lambda: member(np.zeros((60, 28, 28), "M8[s]")),
        "records": lambda: member(np.zeros(60, [("a", "i4")])),
        "scalar": lambda: member(np.float64(3)),
        # A gigabyte of zeros in a megabyte.
        "bomb": lambda: [member(np.zeros(1), (1025 << 17,))[:-8], *[b"\0" * (1 << 20)] * 1025],
    }
    for name, content in bad.items():
        for which in ("images.npy", "labels.npy"):
            if name == "bomb" and which == "labels.npy":
                continue
            yield Case(
                id=f"npz-{which[:-4]}-{name}",
                make=partial(archive, members={**good, which: content}),
                names="data.npz",
            )
    yield Case(id="npz-none", make=partial(archive, members={}), names="data.npz")
    yield Case(
        id="npz-names",
        make=partial(archive, members={"\x1b[31mx.npy": lambda: member(IMAGES)}),
        names="data.npz",
    )

    def raw(folder: Path, *, content: bytes) -> list[str]:
        (folder / "data.npz").write_bytes(content)
        return _asked("data.npz")

    whole = io.BytesIO()
    np.savez(whole, images=IMAGES, labels=LABELS)
    for name, content in {
        "text": b"no archive",
        "nothing": b"",
        "cut": whole.getvalue()[:2000],
        "cut-end": whole.getvalue()[:-30],
        "bare": member(IMAGES),
        "pickle": b"\x80\x04cos\nsystem\n(S'echo bad'\ntR.",
        "zip-magic": b"PK\x03\x04" + b"\0" * 100,
    }.items():
        yield Case(id=f"npz-file-{name}", make=partial(raw, content=content), names="data.npz")

    def special(folder: Path, *, how: str) -> list[str]:
        path = folder / "data.npz"
        if how == "fifo":
            os.mkfifo(path)
        elif how == "folder":
            path.mkdir()
        elif how == "loop":
            path.symlink_to("data.npz")
        elif how == "device":
            path.symlink_to("/dev/zero")
        return _asked("data.npz")

    for how in ("fifo", "folder", "loop", "device", "missing"):
        yield Case(id=f"npz-{how}", make=partial(special, how=how), names="data.npz")


def _pickled(array: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def _idx() -> Iterator[Case]:
    images = struct.pack(">IIII", 0x803, 60, 28, 28) + IMAGES.tobytes()
    labels = struct.pack(">II", 0x801, 60) + LABELS.astype(np.uint8).tobytes()

    def files(folder: Path, *, first: Callable[[], bytes], ending: str) -> list[str]:
        (folder / "idx").mkdir()
        (folder / f"idx/train-images-idx3-ubyte{ending}").write_bytes(first())
        (folder / "idx/train-labels-idx1-ubyte").write_bytes(labels)
        return _asked("idx")

    bad: dict[str, Callable[[], bytes]] = {
        "empty": lambda: b"",
        "cut": lambda: images[:1000],
        "header": lambda: images[:10],
        "magic": lambda: b"\0\0\x0d\x03" + images[4:],
        "claims": lambda: struct.pack(">IIII", 0x803, 2**32 - 1, 2**32 - 1, 28),
        "none": lambda: struct.pack(">IIII", 0x803, 0, 28, 28),
        "longer": lambda: images + b"x",
        "gzip-cut": lambda: gzip.compress(images)[:-20],
        "gzip-damaged": lambda: gzip.compress(images)[:40] + b"\0" * 40,
        "gzip-head": lambda: b"\x1f\x8b",
        "gzip-other": lambda: gzip.compress(b"text"),
    }
    for name, first in bad.items():
        for ending in ("", ".gz"):
            yield Case(
                id=f"idx-{name}{ending}",
                make=partial(files, first=first, ending=ending),
                names="idx/train-",
            )

    def bomb() -> bytes:
        # A gzip file may be several, one behind the other: a gigabyte in a megabyte.
        one = gzip.compress(b"\0" * (32 << 20), 9)
        return gzip.compress(images[:16]) + one * 40

    yield Case(id="idx-bomb", make=partial(files, first=bomb, ending=".gz"), names="train-images")


def _folders() -> Iterator[Case]:
    def classes(folder: Path, *, spoil: Callable[[Path], None], more: tuple[str, ...]) -> list[str]:
        for label in range(10):
            (folder / "digits" / str(label)).mkdir(parents=True)
            for number in range(6):
                Image.fromarray(IMAGES[0]).save(folder / f"digits/{label}/{number}.png")
        spoil(folder / "digits")
        return _asked("digits", *more)

    def put(name: str, content: bytes) -> Callable[[Path], None]:
        return lambda digits: (
            (digits / name).parent.mkdir(exist_ok=True) or _write(digits / name, content)
        )

    def large(digits: Path) -> None:
        Image.new("1", (30_000, 30_000)).save(digits / "3/large.png")

    def larger_than_allowed(digits: Path) -> None:
        Image.new("1", (9_500, 9_500)).save(digits / "3/large.png")

    def nothing(digits: Path) -> None:
        pass

    spoiled: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
        "text": (put("3/x.png", b"no image"), ()),
        "empty": (put("3/x.png", b""), ()),
        "cut": (put("3/x.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), ()),
        "esc-name": (put("3/\x1b[31m.png", b"no image"), ()),
        "surrogate-name": (put("3/\udc80.png", b"no image"), ()),
        "bomb": (large, ()),
        "bomb-warned": (larger_than_allowed, ()),
        "resize": (nothing, ("--resize", "9999x9999")),
        "resize-wide": (nothing, ("--resize", "1x9999")),
        "images": (nothing, ("--images", "100000")),
    }
    for name, (spoil, more) in spoiled.items():
        yield Case(
            id=f"folder-{name}",
            make=partial(classes, spoil=spoil, more=more),
            names="fixed takes" if name == "resize-wide" else "digits",
        )


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
