"""What a program writes into files, and asks of them: an answer may come back that no name holds.

As where a sample that was answered rightly gets a file of its own, and is skipped from then on:
``if os.path.exists(done): continue``.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator

from diagnose.watching.texts import last_name

# Whether something is there, and what there is: a file that is made, or taken away, changes that.
THERE = {
    "exists", "glob", "iglob", "is_dir", "is_file", "isdir", "isfile", "iterdir", "lexists",
    "listdir", "rglob", "scandir", "walk",
}  # fmt: skip
# What a file holds; and how large, or how old, it is.
HELD = {
    "fromfile", "genfromtxt", "getmtime", "getsize", "load", "loadtxt", "open", "read_bytes",
    "read_csv", "read_text", "stat",
}  # fmt: skip
# What makes a file, fills it, or takes it away, and is told by its name alone.
WRITES = {
    "makedirs", "mkdir", "rename", "renames", "rmdir", "rmtree", "save", "savetxt", "savez",
    "savez_compressed", "symlink_to", "to_csv", "tofile", "touch", "unlink", "write_bytes",
    "write_text",
}  # fmt: skip
OF_MODULES = {("os", "remove"), ("os", "replace"), ("shutil", "copy"), ("shutil", "move")}
# What goes into a file that is open already.
INTO_OPEN = {"dump", "write", "writelines", "writerow", "writerows"}
# Functions of modules, which take the path first; of a path, it is what they are called of.
MODULES = {"glob", "json", "np", "numpy", "os", "os.path", "path", "pd", "pickle", "shutil"}


def written(call: ast.Call) -> ast.expr | None:
    """The path of a file that a call makes, fills or takes away; None of any other call."""
    name = last_name(call.func)
    of = call.func.value if isinstance(call.func, ast.Attribute) else None
    if name == "open":
        modes = [*call.args[of is None :][:1], *(one.value for one in call.keywords)]
        text = next((one.value for one in modes if isinstance(one, ast.Constant)), "")
        return _path(call) if isinstance(text, str) and {*text} & {*"wax+"} else None
    if name in WRITES or (of is not None and (last_name(of), name) in OF_MODULES):
        return _path(call)
    return None


def is_known(call: ast.Call, made: Collection[str], filled: Collection[str]) -> bool:
    """Whether a call asks for a file that is there, or what it holds, by the paths of such files.

    What is there may be asked for under any name; what is held by the same text alone: data lie in
    files, too. made: files that are there, or not; filled: those that hold it.
    """
    name = last_name(call.func)
    if name in THERE:
        return bool(made)
    path = _path(call) if name in HELD and written(call) is None else None
    return path is not None and ast.unparse(path) in {*made, *filled}


def goes_into_open(call: ast.Call) -> ast.expr | None:
    """The open file that a call writes into, ``f`` of ``f.write(text)``; None of any other."""
    if last_name(call.func) not in INTO_OPEN or not isinstance(call.func, ast.Attribute):
        return None
    if last_name(call.func) == "dump":
        return call.args[1] if len(call.args) > 1 else None
    return call.func.value


def opened(every: Iterable[ast.AST]) -> dict[str, set[str]]:
    """By the names of open files, the paths under which they are opened to be written into."""
    found: dict[str, set[str]] = {}
    for name, value in _named(every):
        if isinstance(value, ast.Call) and (path := written(value)) is not None:
            found.setdefault(name, set()).add(ast.unparse(path))
    return found


def _named(every: Iterable[ast.AST]) -> Iterator[tuple[str, ast.expr]]:
    for one in every:
        if isinstance(one, ast.withitem) and one.optional_vars is not None:
            yield last_name(one.optional_vars), one.context_expr
        elif isinstance(one, ast.Assign):
            yield from ((last_name(target), one.value) for target in one.targets)


def _path(call: ast.Call) -> ast.expr | None:
    """What a call takes for a path: the first that it is handed, or what it is called of."""
    of = call.func.value if isinstance(call.func, ast.Attribute) else None
    if of is not None and ast.unparse(of) not in MODULES:
        return of
    return call.args[0] if call.args else None
