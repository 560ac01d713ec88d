"""Runs a source as it was written and as it is watched, and says what differs."""

import ast
import builtins
import collections
import contextlib
import io
import linecache
import random
import sys
import types
import warnings
from functools import partial

import numpy as np

from diagnose.recording.recorder import Recorder
from diagnose.recording.rewriting import HOOK, rewritten
from diagnose.recording.sites import Site, Sites
from diagnose.telling.witness import Witness
from diagnose.watching.child import warn_where_it_stands

MODULE = "snippet"
FILE = "snippet.py"
# What Python itself keeps there, and by which source it was warned.
PYTHONS = "__builtins__", "__warningregistry__"
DEEP = 4_000  # as the watched process has it


def differences(source: str) -> list[str]:
    """What is not the same when a source is watched; nothing where all is."""
    ast.parse(source)
    plain, watched = _run(source, watched=False), _run(source, watched=True)
    return [
        f"{name}: {plain.get(name)!r} and watched {watched.get(name)!r}"
        for name in {**plain, **watched}
        if plain.get(name) != watched.get(name)
    ]


def compiled(source: str, file: str, own: set[str]) -> tuple[types.CodeType, Recorder]:
    """A source as it is watched, and its tape."""
    sites = Sites([Site(file="", line=0, text="")])
    tape = Recorder(lambda _: None, own)
    witness = Witness(tape, sites.every)
    tape.witness, tape.named = witness.see, witness.shared.named
    return compile(rewritten(source, file, sites), file, "exec", dont_inherit=True), tape


@contextlib.contextmanager
def hooked():
    """Room to call itself as deep as where it is watched; afterwards there is no tape."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(DEEP)
    try:
        yield
    finally:
        vars(builtins).pop(HOOK, None)
        sys.setrecursionlimit(limit)


def _run(source: str, *, watched: bool) -> dict[str, object]:
    module = types.ModuleType(MODULE)
    before = sys.modules.get(MODULE)
    linecache.cache[FILE] = (len(source), None, source.splitlines(keepends=True), FILE)
    printed, error = io.StringIO(), None
    np.random.seed(3)
    random.seed(3)
    with contextlib.ExitStack() as until:
        until.callback(linecache.cache.pop, FILE, None)
        until.enter_context(hooked())
        for stream in (contextlib.redirect_stdout, contextlib.redirect_stderr):
            until.enter_context(stream(printed))
        until.enter_context(warnings.catch_warnings())
        warnings.simplefilter("default")
        warnings.simplefilter("ignore", SyntaxWarning)  # of its text, not of what it does
        warnings.showwarning = partial(warn_where_it_stands, {FILE}, warn)
        sys.modules[MODULE] = module
        try:
            if watched:
                code, tape = compiled(source, FILE, {FILE})
                setattr(builtins, HOOK, tape)
            else:
                code = compile(source, FILE, "exec", dont_inherit=True)
            exec(code, module.__dict__)
        except BaseException as caught:  # what a program ends with is compared, whatever it is
            error = f"{type(caught).__name__}: {caught}"
        sys.modules.pop(MODULE)
        if before is not None:
            sys.modules[MODULE] = before
        said = printed.getvalue()
        own = {key: one for key, one in vars(module).items() if key not in PYTHONS}
        names = {key: shown(one) for key, one in own.items()}
    state = np.random.get_state()[1:3], random.getstate()
    return {"printed": said, "error": error, "names": [*names], **names,
            "random": shown(state)}  # fmt: skip


def warn(message, category, filename, lineno, *_):
    """Show a warning, as Python does where nobody collects them."""
    sys.stderr.write(warnings.formatwarning(message, category, filename, lineno))


def shown(value: object, depth: int = 0) -> object:
    """A value by its type and what it holds, arrays and numbers bit for bit."""
    kind = type(value).__name__
    if isinstance(value, np.ndarray) and value.dtype != object:
        return kind, str(value.dtype), value.shape, value.tobytes()
    if isinstance(value, types.FunctionType | types.ModuleType | type | types.MethodType):
        return kind, getattr(value, "__qualname__", "")
    if isinstance(value, list | tuple | set | frozenset | collections.deque) and depth < 6:
        return kind, [shown(one, depth + 1) for one in value]
    if isinstance(value, np.ndarray):
        return kind, value.shape, [shown(one, depth + 1) for one in value.ravel().tolist()]
    if isinstance(value, dict) and depth < 6:
        return kind, [(shown(a, depth + 1), shown(b, depth + 1)) for a, b in value.items()]
    if type(value).__repr__ is object.__repr__ or isinstance(value, types.GeneratorType):
        inner = (
            value.__dict__
            if type(value).__getattribute__ is object.__getattribute__
            and (
                hasattr(type(value), "__dict__")
                and not isinstance(value, types.GeneratorType)
                and "__dict__" in dir(type(value))
            )
            else {}
        )
        return kind, shown(inner, depth + 1) if inner else ""
    if " at 0x" in repr(value):
        return kind, repr(value).partition(" at 0x")[0]
    return kind, repr(value)
