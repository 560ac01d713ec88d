"""Networks that misbehave: each function of a small correct one, and what it does instead."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.hostile.cases import PAYLOADS, Case

FIRST = """
import os, signal, sys, threading, warnings
import numpy as np
from diagnose.network.record import Layer, Network
from diagnose.network.samples import Data

CALLS = {}

class Rude(BaseException):
    pass

class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no words")

def deep(n=0):
    return deep(n + 1)
"""
BODIES = {
    "init(seed)": """
        r = np.random.default_rng(seed)
        return {"W1": r.normal(size=(6, 5)) * 0.5, "b1": np.zeros(5),
                "W2": r.normal(size=(5, 3)) * 0.5, "b2": np.zeros(3)}""",
    "prepare(images)": """
        return images.reshape(len(images), -1)""",
    "order(labels, epoch, seed)": """
        return np.random.default_rng(1000 * seed + epoch).permutation(len(labels))""",
    "learning_rate(epoch)": """
        return 0.1""",
    "forward(p, x)": """
        Z1 = x @ p["W1"] + p["b1"]
        A1 = np.maximum(Z1, 0)
        Z2 = A1 @ p["W2"] + p["b2"]
        E = np.exp(Z2 - Z2.max(axis=1, keepdims=True))
        return {"Z1": Z1, "A1": A1, "Z2": Z2, "P": E / E.sum(axis=1, keepdims=True)}""",
    "backward(p, t, x, labels)": """
        d2 = (t["P"] - np.eye(3)[labels]) / len(x)
        d1 = d2 @ p["W2"].T * (t["Z1"] > 0)
        return {"W1": x.T @ d1, "b1": d1.sum(axis=0),
                "W2": t["A1"].T @ d2, "b2": d2.sum(axis=0)}""",
    "update(p, g, rate)": """
        return {k: p[k] - rate * g[k] for k in p}""",
    "encode(labels)": """
        return np.eye(3)[labels]""",
    "accuracy(outputs, labels)": """
        return float(np.mean(outputs.argmax(axis=1) == labels))""",
    "data()": """
        r = np.random.default_rng(0)
        Y = np.arange(60) % 3
        X = r.normal(size=(60, 6)) + 2 * np.eye(3, 6)[Y]
        return Data(name="blobs", images=X, labels=Y, test_images=X, test_labels=Y,
                    numbers=np.arange(60))""",
}
LAST = """
NETWORK = Network(
    name="small", init=init, prepare=prepare, order=order, learning_rate=learning_rate,
    forward=forward, backward=backward, update=update, encode=encode, accuracy=accuracy,
    data=data, classes=3, batch_size=10, epochs=2, layout="rows",
    layers=(Layer(weight="W1", bias="b1", pre="Z1", out="A1", activation="relu"),
            Layer(weight="W2", bias="b2", pre="Z2", out="P", activation="softmax")),
)
"""
ROLES = [head.partition("(")[0] for head in BODIES]
ASKED = [
    *("--probes-only", "--select", "class-order", "--select", "wrong-gradient"),
    *("--no-cache", "--jobs", "1"),
]

# It would end the process.
ENDS = {
    "exit-0": "sys.exit(0)",
    "exit-1": "sys.exit(1)",
    "exit-words": "sys.exit('bye')",
    "quit": "raise SystemExit",
    "os-exit": "os._exit(0)",
    "rude": "raise Rude('no')",
    "generator-exit": "raise GeneratorExit",
}
# It raises what is hard to tell.
RAISES = {
    **{f"says-{name}": f"raise ValueError({text!r})" for name, text in PAYLOADS.items()},
    "mute": "raise Mute",
    "deep": "deep()",
    "memory": "raise MemoryError",
    "long": "raise ValueError('x' * 3_000_000)",
    "stop": "raise StopIteration",
    "group": "raise ExceptionGroup('several', [ValueError(1), KeyError(2)])",
    "unicode": "'\\ud800'.encode('utf-8')",
    "os-error": "open('/no/such/file')",
}
# It returns what it should not.
RETURNS = {
    "none": "return None",
    "text": "return '\\x1b[31mtext'",
    "ragged": "return [[1], [1, 2]]",
    "type": "return int",
    "odd-keys": "return {1: np.zeros(2), None: 3}",
    "generator": "return (one for one in 'abc')",
}
# What it does to its process is no matter of the report.
DISTURBS = {
    "stdout-none": "sys.stdout = None",
    "stderr-none": "sys.stderr = None",
    "stdout-text": "sys.stdout = 'nothing'",
    "path-clear": "sys.path.clear()",
    "path-replaced": "sys.path = []",
    "chdir": "os.chdir('/')",
    "floats-raise": "np.seterr(all='raise')",
    "deaf": "signal.signal(signal.SIGINT, signal.SIG_IGN)",
    "thread": "threading.Thread(target=threading.Event().wait, daemon=True).start()",
    "environment": "os.environ.clear()",
}
# With which function calls it begins late: after these, a training or a probe calls it.
LATE = {
    "init": 3, "prepare": 1, "order": 2, "learning_rate": 3, "forward": 9, "backward": 4,
    "update": 4,
}  # fmt: skip


def source(role: str = "", statement: str = "", after: int = 0, top: str = "") -> str:
    """The text of a network one of whose functions begins with a statement, after some calls."""
    parts = [FIRST, top]
    for head, body in BODIES.items():
        lines = [f"def {head}:"]
        if head.partition("(")[0] == role:
            lines += [f"    CALLS['n'] = CALLS.get('n', 0) + 1\n    if CALLS['n'] > {after}:"]
            lines += [textwrap.indent(statement, " " * 8)]
        parts.append("\n".join([*lines, textwrap.indent(textwrap.dedent(body[1:]), "    "), ""]))
    return "\n".join([*parts, LAST])


def written(folder: Path, *, text: str, more: tuple[str, ...] = ()) -> list[str]:
    """The arguments of a report on a network of that text."""
    (folder / "bad_network.py").write_text(text, encoding="utf-8", errors="surrogatepass")
    return ["report", "bad_network.py", *ASKED, "--quiet", "-o", "out.md", *more]


def cases() -> Iterator[Case]:
    """Each function with each misdeed."""
    for role in ROLES:
        for name, statement in {**ENDS, **RAISES}.items():
            yield Case(
                id=f"{role}-{name}",
                make=partial(written, text=source(role, statement)),
                names="bad_network.py" if role == "data" else role,
            )
        for name, statement in RETURNS.items():
            yield Case(
                id=f"{role}-returns-{name}",
                make=partial(written, text=source(role, statement)),
                names=role,
            )
        for name, statement in DISTURBS.items():
            yield Case(
                id=f"{role}-{name}", make=partial(written, text=source(role, statement)), codes=(0,)
            )
    for role, after in LATE.items():
        for name, statement in ENDS.items():
            yield Case(
                id=f"late-{role}-{name}",
                make=partial(written, text=source(role, statement, after)),
                names=role,
            )
    for name, statement in {**ENDS, **RAISES}.items():
        yield Case(
            id=f"import-{name}",
            make=partial(written, text=source(top=statement)),
            names="bad_network.py",
        )
    for name, statement in DISTURBS.items():
        yield Case(
            id=f"import-{name}", make=partial(written, text=source(top=statement)), codes=(0,)
        )
    yield from _shapes()
    yield from _patches()


def _shapes() -> Iterator[Case]:
    """Arrays of shapes and types that cannot be."""
    empty = "np.zeros((0, 3))"
    wrong = {
        ("init", "empty-weight"): "return {'W1': np.zeros((0, 5)), 'b1': np.zeros(5), "
        "'W2': np.zeros((5, 3)), 'b2': np.zeros(3)}",
        ("init", "vector"): "return {'W1': np.zeros(6), 'b1': np.zeros(5), "
        "'W2': np.zeros((5, 3)), 'b2': np.zeros(3)}",
        (
            "init",
            "complex",
        ): "return {k: np.ones((6, 5), complex) for k in ('W1', 'b1')}",
        ("init", "empty"): "return {}",
        ("prepare", "complex"): "return images.reshape(len(images), -1) + 1j",
        ("prepare", "objects"): "return images.reshape(len(images), -1).astype(object)",
        ("prepare", "texts"): "return images.reshape(len(images), -1).astype(str)",
        ("prepare", "empty"): "return images[:0]",
        ("prepare", "wide"): "return np.hstack([images, images])",
        ("order", "empty"): "return np.arange(0)",
        ("order", "outside"): "return np.arange(len(labels)) + 1",
        ("order", "floats"): "return np.arange(len(labels)) / 2",
        ("learning_rate", "nan"): "return float('nan')",
        ("learning_rate", "huge"): "return 10 ** 400",
        ("learning_rate", "array"): "return np.zeros(3)",
        ("forward", "empty"): "return {k: np.zeros((0, 3)) for k in ('Z1', 'A1', 'Z2', 'P')}",
        ("forward", "lacks"): "return {'P': np.ones((len(x), 3)) / 3}",
        ("forward", "chance"): "return {k: np.random.rand(len(x), 3) for k in "
        "('Z1', 'A1', 'Z2', 'P')}",
        ("backward", "empty"): f"return {{k: {empty} for k in p}}",
        ("backward", "lacks"): "return {'W1': np.zeros((6, 5))}",
        ("update", "empty"): f"return {{k: {empty} for k in p}}",
        ("update", "turned"): "return {k: p[k].T if p[k].ndim == 2 else p[k] for k in p}",
        ("update", "flat"): "return {k: p[k].ravel()[:2] for k in p}",
        ("update", "lacks"): "return {}",
        ("accuracy", "several"): "return np.zeros(3)",
        ("encode", "texts"): "return np.array(['x'] * len(labels))",
        ("encode", "narrow"): "return np.zeros((len(labels), 2))",
    }
    for (role, name), statement in wrong.items():
        yield Case(
            id=f"{role}-shape-{name}",
            make=partial(written, text=source(role, statement)),
            names="small",
        )
    fields = {
        "layout": ('layout="rows"', 'layout="diagonal"'),
        "batch": ("batch_size=10", "batch_size=0"),
        "batch-text": ("batch_size=10", "batch_size='\\x1b[31m'"),
        "epochs": ("epochs=2", "epochs=-1"),
        "classes": ("classes=3", "classes=2.5"),
        "few-classes": ("classes=3", "classes=2"),
        "activation": ('activation="relu"', 'activation="\\x1b[1mrelu"'),
        "bias": ('bias="b1"', 'bias="W1"'),
        "no-bias": ('bias="b1"', 'bias="b7"'),
        "weight": ('weight="W1"', 'weight="V"'),
        "out": ('out="P"', 'out="Q"'),
        "loss": ('name="small"', 'name="small", loss="none"'),
        "regression": ("classes=3", "classes=0"),
        "no-function": ("forward=forward", "forward=None"),
        "built-in": ("update=update", "update=sys.exit"),
    }
    for name, (found, put) in fields.items():
        text = source()
        assert found in text
        yield Case(
            id=f"field-{name}",
            make=partial(written, text=text.replace(found, put)),
            names={"built-in": "", "epochs": "epochs"}.get(name, "small"),
        )
    for name, payload in PAYLOADS.items():
        text = source().replace('name="small"', f"name={payload!r}")
        yield Case(id=f"name-{name}", make=partial(written, text=text), codes=(0,))


def _patches() -> Iterator[Case]:
    """Another NumPy than NumPy's own."""
    for place in ("exp", "dot", "linalg.norm", "random.default_rng"):
        patched = f"np.{place} = lambda *a, **k: 0"
        for role, text in (
            ("import", source(top=patched)),
            ("late", source("accuracy", patched)),
        ):
            yield Case(
                id=f"patch-{place}-{role}",
                make=partial(written, text=text),
                names=f"numpy.{place}" if role == "import" else "",
            )
