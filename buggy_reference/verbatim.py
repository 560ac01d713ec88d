"""Run the post's file as it stands, or take its functions without running it.

``post.py`` trains when it is executed. So its functions are taken by parsing the file and
executing its imports and definitions alone, under the file's own name and line numbers; and to run
the whole of it, its hard-coded Windows paths are answered from a folder of this machine.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from PIL import Image

from diagnose.builders.seeding import seeded
from diagnose.data import class_folders
from diagnose.errors import BadInputError
from diagnose.network.arrays import Arrays

POST = Path(__file__).with_name("post.py")
PARAMETERS = ("w1", "b1", "w2", "b2", "w3", "b3")
EPOCHS = 10

_WINDOWS_FOLDER = "C:\\Users\\Desktop\\MNIST - JPG - training\\"

Progress = Callable[[int, int], None]


class _TwoClasses(ast.NodeTransformer):
    """Turn the class loop's ``range(10)`` to ``range(2)``: the revision that the answer quotes."""

    changed = 0

    def visit_For(self, node: ast.For) -> ast.For:
        self.generic_visit(node)
        if ast.unparse(node.target) == "num" and ast.unparse(node.iter) == "range(10)":
            self.changed += 1
            two = ast.parse("range(2)", mode="eval").body
            for part in ast.walk(two):
                ast.copy_location(part, node.iter)
            node.iter = two
        return node


def parse(*, revision: bool = False) -> ast.Module:
    """Parse the post's file; with ``revision``, as its earlier revision looped over the classes."""
    tree = ast.parse(POST.read_text(encoding="utf-8"), filename=str(POST))
    if revision:
        two = _TwoClasses()
        two.visit(tree)
        if two.changed != 1:
            raise AssertionError(f"{POST} has {two.changed} class loops, expected one")
    return tree


def define(name: str, *, revision: bool = False) -> ModuleType:
    """Make a module of the post's imports and functions and register it under ``name``.

    Everything else in the file is left out: the lines that train, and the one that changes how
    NumPy prints for the whole process.
    """
    tree = parse(revision=revision)
    tree.body = [
        node
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef)
    ]
    module = ModuleType(name)
    module.__file__ = str(POST)
    exec(compile(tree, str(POST), "exec"), module.__dict__)
    sys.modules[name] = module
    return module


post = define("buggy_reference.post")
revised = define("buggy_reference.revision", revision=True)


@contextmanager
def windows_paths(
    folder: Path,
    classes: int = 10,
    progress: Progress | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Iterator[None]:
    r"""Answer the post's Windows paths from ``folder``, which has class folders 0 to 9.

    ``os.listdir`` and ``PIL.Image.open`` are replaced for the whole process meanwhile; any other
    path goes through to the real ones. Files are listed in natural order, hidden ones left out,
    and images are handed over as 8-bit gray. Where the image ``2\5.jpg`` does not exist, the
    first of class 2 is handed over, and ``say`` is told. ``progress(done, total)`` is called after
    each training image of a run over that many classes.
    """
    from unittest import mock  # loads asyncio, which the network itself does not need

    files = class_folders.class_files(folder)
    total = EPOCHS * sum(len(several) for several in files[:classes])
    done = 0
    real_listdir, real_open = os.listdir, Image.open

    def answered(path: Any) -> list[str] | None:
        if isinstance(path, str) and path.startswith(_WINDOWS_FOLDER):
            return path.removeprefix(_WINDOWS_FOLDER).split("\\")
        return None

    def listdir(path: Any = ".") -> list[Any]:
        parts = answered(path)
        return real_listdir(path) if parts is None else [f.name for f in files[int(parts[0])]]

    def open_image(path: Any, *rest: Any, **named: Any) -> Image.Image:
        nonlocal done
        parts = answered(path)
        if parts is None:
            return real_open(path, *rest, **named)
        file = folder.joinpath(*parts)
        if done == total and not file.exists():
            file = files[int(parts[0])][0]
            say(f"{folder} has no {'/'.join(parts)}: the post is handed {parts[0]}/{file.name}")
        image = class_folders.open_gray(file)
        if image.size != class_folders.SIDE:
            raise BadInputError(
                f"{file}: is {image.height}x{image.width}, not 28x28; "
                "the post reads 28x28 only, so resize it"
            )
        if done < total:
            done += 1
            if progress is not None:
                progress(done, total)
        return image

    with mock.patch.object(os, "listdir", listdir), mock.patch.object(Image, "open", open_image):
        yield


def run_verbatim(
    folder: str | os.PathLike[str],
    seed: int = 0,
    *,
    revision: bool = False,
    progress: Progress | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Run the whole of ``post.py`` on a folder of images and return what it left in its names.

    What the post prints goes to stdout. NumPy's print options and random state are restored.
    Raises BadInputError if the folder cannot be used.
    """
    root, _ = class_folders.split_folders(Path(folder))
    names: dict[str, Any] = {"__name__": "__main__", "__file__": str(POST)}
    code = compile(parse(revision=revision), str(POST), "exec")
    with (
        windows_paths(root, 2 if revision else 10, progress, say),
        seeded(seed),
        np.printoptions(),
    ):
        exec(code, names)
    return names


def learn_verbatim(
    folder: str | os.PathLike[str],
    seed: int = 0,
    *,
    revision: bool = False,
    progress: Progress | None = None,
) -> Arrays:
    """Run the post's own ``learn()`` on a folder of images and return its parameters by name."""
    root, _ = class_folders.split_folders(Path(folder))
    learn = (revised if revision else post).learn
    with windows_paths(root, 2 if revision else 10, progress), seeded(seed):
        return dict(zip(PARAMETERS, learn(), strict=True))
