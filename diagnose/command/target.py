"""Load a network from where its author keeps it: a module or a file.

What goes wrong meanwhile, in the author's code too, becomes a BadInputError of one line that names
the author's own file and line.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import linecache
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from diagnose.command.files import is_file
from diagnose.command.surroundings import undisturbed
from diagnose.data.opening import regular
from diagnose.data.pictures import trouble_with
from diagnose.errors import BadInputError
from diagnose.network.authors_code import described, exit_raises, own_line
from diagnose.network.record import Network
from diagnose.style.places import NETWORK, NOTEBOOK
from diagnose.training.engine import send_whole


@undisturbed()
def load_network(target: str) -> Network:
    """Load the network that ``target`` names.

    ``package``, ``package.module`` or ``my_file.py``, and after a colon the name of the network in
    it. Without a name: the attribute ``NETWORK``, else the only Network that there is. Modules are
    looked for in the current folder first. A file is loaded once, as a module of its own.

    Raises BadInputError.
    """
    where, name = _split(target)
    module = _load_file(Path(where)) if _means_file(where) else _load_module(where)
    return _named(module, where, name) if name else _only(module, where)


def is_script(target: str) -> bool:
    """Whether a target is a script to be watched: a notebook, or a file that hands no network over.

    One that hands a network over has a name after a colon, or imports this package, or binds
    ``NETWORK``.
    """
    where, name = _split(target)
    path = Path(where)
    if path.suffix == NOTEBOOK and not name:
        return is_file(path)
    if name or path.suffix != ".py" or not is_file(path):
        return False
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False  # loading it says where it is no Python
    return not any(map(_hands_over, ast.walk(tree)))


def file_of(target: str) -> tuple[Path, str] | None:
    """The file in which a network is handed over, and its name there; None for a package.

    A module is one file of its own where it needs no others by a relative import.
    """
    where, name = _split(target)
    if _means_file(where):
        return Path(where), name or ""
    load_network(target)
    file = getattr(sys.modules[where], "__file__", None)
    path = Path(file) if file else None
    if path is None or path.suffix != ".py" or path.name == "__init__.py":
        return None
    tree = ast.parse(path.read_bytes())
    inner = any(isinstance(one, ast.ImportFrom) and one.level for one in ast.walk(tree))
    return None if inner else (path, name or "")


@undisturbed()
def load_copy(path: Path, name: str) -> Network:
    """The network in a copy of a file, which may have been another one before: loaded anew."""
    file = str(path.resolve())
    for key, known in list(sys.modules.items()):
        if getattr(known, "__file__", None) == file:
            del sys.modules[key]
    kept, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    linecache.checkcache(file)
    try:
        module = _load_file(path)
    finally:
        sys.dont_write_bytecode = kept
    return _named(module, str(path), name) if name else _only(module, str(path))


def _hands_over(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        ours = (node.module or "").partition(".")[0] == "diagnose"
        return ours or any((one.asname or one.name) == NETWORK for one in node.names)
    if isinstance(node, ast.Import):
        return any(one.name.partition(".")[0] == "diagnose" for one in node.names)
    return isinstance(node, ast.Name) and node.id == NETWORK and isinstance(node.ctx, ast.Store)


def _split(target: str) -> tuple[str, str | None]:
    """``where:name``; the colon of a Windows drive is none of ours."""
    match = re.fullmatch(r"((?:[A-Za-z]:(?=[\\/]))?[^:]*)(?::([^:]*))?", target)
    if (
        match is None
        or "\0" in target
        or not match[1].strip()
        or (match[2] is not None and not match[2])
    ):
        raise BadInputError(
            f"{target!r} names no network; give MODULE, MODULE:NAME, FILE.py or FILE.py:NAME"
        )
    return match[1], match[2]


def _means_file(where: str) -> bool:
    return (
        where.endswith((".py", NOTEBOOK)) or "/" in where or "\\" in where or is_file(Path(where))
    )


def _load_file(path: Path) -> ModuleType:
    with trouble_with(path):
        found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        raise BadInputError(
            f"{path}: is a folder; give a file ending in .py, or go to the folder above and give "
            f"the package's name, {path.resolve().name}"
        )
    if path.suffix != ".py":
        raise BadInputError(f"{path}: is no Python file; give one ending in .py")
    regular(path)
    file = path.resolve()
    for known in list(sys.modules.values()):
        if getattr(known, "__file__", None) == str(file):
            return known
    name = _free_name(file)
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Registered before it runs, as import does: pickle and dataclasses look modules up by name.
    sys.modules[name] = module
    try:
        with _trouble_in(str(path)), _neighbours_first(str(file.parent)):
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    send_whole(module)
    return module


def _free_name(file: Path) -> str:
    """A module name like the file's that no other module answers to."""
    plain = re.sub(r"\W", "_", file.stem)
    name, count = plain, 1
    while not _is_free(name, file):
        count += 1
        name = f"{plain}_{count}"
    return name


def _is_free(name: str, file: Path) -> bool:
    if name in sys.modules:
        return False
    spec = importlib.util.find_spec(name)
    return spec is None or spec.origin == str(file)


@contextmanager
def _neighbours_first(folder: str) -> Iterator[None]:
    """Let a file import its neighbours, as when Python runs it.

    Afterwards the folder comes last: the neighbours can still be found, by worker processes too,
    and hide no library that is imported later.
    """
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        if folder in sys.path:  # the file may have cleared it
            sys.path.remove(folder)
        if folder not in sys.path:
            sys.path.append(folder)


def _load_module(name: str) -> ModuleType:
    if not all(part.isidentifier() for part in name.split(".")):
        raise BadInputError(
            f"{name!r} is neither a module's name nor a file ending in .py; give one of these"
        )
    importlib.invalidate_caches()
    with _trouble_in(name), _neighbours_first(str(Path.cwd())):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if own_line(error) or not f"{name}.".startswith(f"{error.name}."):
                raise  # a module that the author's code needs
            raise BadInputError(
                f"there is no module named {error.name!r} in the current folder or among the "
                "installed packages; check the spelling, or give a file ending in .py"
            ) from error


@contextmanager
def _trouble_in(name: str) -> Iterator[None]:
    """Turn what the author's code raises while it loads into one clear line."""
    try:
        with exit_raises():
            yield
    except (BadInputError, KeyboardInterrupt):
        raise
    except ModuleNotFoundError as error:
        raise BadInputError(
            f"{name} needs a module that is not there: {described(error)}; install it, or mend "
            "the import"
        ) from error
    except SyntaxError as error:
        raise BadInputError(f"{name} is not valid Python: {described(error)}") from error
    except Exception as error:
        raise BadInputError(f"{name} cannot be loaded: {described(error)}") from error
    except BaseException as error:
        raise BadInputError(
            f"{name} ended the program while it was loaded: {described(error)}; put what it does "
            "when run under if __name__ == '__main__'"
        ) from error


def _networks(module: ModuleType) -> dict[str, Network]:
    return {key: value for key, value in vars(module).items() if isinstance(value, Network)}


def _named(module: ModuleType, where: str, name: str) -> Network:
    found = getattr(module, name, None)
    if isinstance(found, Network):
        return found
    there = ", ".join(_networks(module)) or "none"
    if not hasattr(module, name):
        raise BadInputError(f"{where} has no {name!r}; networks in it: {there}")
    kind = type(found).__name__
    raise BadInputError(f"{name!r} in {where} is no Network but {kind}; networks in it: {there}")


def _only(module: ModuleType, where: str) -> Network:
    networks = _networks(module)
    if NETWORK in networks:
        return networks[NETWORK]
    if len({id(one) for one in networks.values()}) == 1:
        return next(iter(networks.values()))
    if networks:
        raise BadInputError(
            f"{where} has several networks: {', '.join(networks)}; say which, such as "
            f"{where}:{next(iter(networks))}"
        )
    raise BadInputError(
        f"{where} has no network; put your functions into a diagnose.Network named {NETWORK}"
    )
