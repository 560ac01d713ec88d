"""From what was read of a script to a ``Network``: its functions, compiled under the script's name.

Each line stands at the author's own line, so whatever points at a line of a network's functions
points into the script.
"""

from __future__ import annotations

import ast
import math
import random
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from diagnose.builders import from_functions
from diagnose.builders.wrappers import OneAtATime
from diagnose.network.arrays import Array, Arrays, is_whole
from diagnose.network.dropout import WithoutMasks
from diagnose.network.record import Dropout, Network
from diagnose.network.samples import Data
from diagnose.reading.gradient_writing import SUM
from diagnose.reading.pacing import paced
from diagnose.watching.carrying import Ahead, Carrying, Stored
from diagnose.watching.each_sample import Adapted, EachSample
from diagnose.watching.fitting import LOGISTIC, fit, losses, that_fits
from diagnose.watching.handover import Handover, step_of

# So many steps tell which loss is meant.
TOLD_BY = 4


@dataclass(frozen=True, kw_only=True)
class OneOutput:
    """Targets of two classes with one output, or of one output for each class."""

    low: float
    high: float
    classes: int
    single: bool

    def __call__(self, labels: Array) -> Array:
        """``(B, outputs)``."""
        hot = labels[:, None] == (1 if self.single else np.arange(self.classes))
        return np.where(hot, self.high, self.low)


@dataclass(frozen=True, kw_only=True)
class Ordered:
    """The order of an epoch; what is shown of it may be less than there is.

    apart: whether the labels are mixed up meanwhile, "once" before the training, "again" in each
    epoch, or not at all. They are mixed up where they stand, as the program does it. batch, stride:
    of batches that overlap, their size, and how far after the one before each begins; mixed: that
    these come in a random order. of: of how many of the samples, where no epoch takes any of the
    others; they are the last ones. Labels that come class by class are those that stand there by
    then.
    """

    how: str
    shown: int
    apart: str = ""
    batch: int = 1
    stride: int = 0
    mixed: bool = False
    of: int = 0

    def __call__(self, labels: Array, epoch: int, seed: int) -> Array:
        """Indices into the labels."""
        labels = labels[: self.of or None]
        count = len(labels)
        rng = np.random.default_rng([seed, epoch])
        shown = min(self.shown, count)
        if self.apart == "again" or (self.apart == "once" and epoch == 0):
            np.random.default_rng([seed, epoch, 1]).shuffle(labels)
        if self.how == "shuffled":
            return rng.permutation(count)[:shown]
        if self.how == "overlapping":
            begins = self.stride * np.arange(self.shown // self.batch)
            begins = rng.permutation(begins) if self.mixed else begins
            return (begins[:, None] + np.arange(self.batch)).ravel()
        if self.how == "repeated":
            return np.repeat(np.arange(count), -(-self.shown // count))
        if self.how == "drawn":
            return rng.integers(0, count, self.shown)
        if self.how == "class by class":
            mixed = rng.permutation(count)
            return mixed[np.argsort(labels[mixed], kind="stable")][:shown]
        order = np.arange(count)
        if self.how == "within classes":
            for one in np.unique(labels):
                places = np.flatnonzero(labels == one)
                order[places] = rng.permutation(places)
        return order[:shown]


# What is said to be the file of a step that goes through several.
SEVERAL = "several files"


@dataclass(frozen=True, eq=False)
class Begun:
    """A draw of which the first is the script's own: what its training was seen to begin with.

    So the training with the first seed is the one that the user saw, as far as nothing else in it
    is drawn.
    """

    draw: Callable[[int], Arrays]
    own: Arrays

    def __call__(self, seed: int) -> Arrays:
        """The parameters by a seed; by that of the first training those of the script."""
        drawn = self.draw(seed)
        is_own = seed == 0 and all(
            name in self.own and self.own[name].shape == np.shape(one)
            for name, one in drawn.items()
        )
        if not is_own:
            return drawn
        return {name: self.own[name].astype(one.dtype) for name, one in drawn.items()}


def network_of(read: Handover, script: Path) -> Network:
    """The network that was read out of a script."""
    module = functions(read, script)
    if _takes_one(read, module["forward"]):
        read.said["takes_one"] = True
    found = _network(read, script, module)
    sigmoid = as_sigmoid(read)
    if sigmoid is not None:
        shifted = _network(sigmoid, script, functions(sigmoid, script))
        if (
            fit(shifted, steps_seen(sigmoid, shifted))
            > LOGISTIC
            > fit(found, steps_seen(read, found))
        ):
            read.said = sigmoid.said
            return shifted
    return found


def _takes_one(read: Handover, forward: Callable[..., Any]) -> bool:
    """Whether the lines of a step on one sample, a matrix, do with one and not with two.

    So it is where a 1 is written out beside the sample, for a bias, or where the single answer is
    taken out of its array, as by ``(W @ x)[0, 0] + b``.
    """
    said, rows = read.said, read.arrays["rows"]
    several = said["batch_size"] > 1 or len(rows) < 2
    if several or said["vectors"] or said["sample"] or said["dropout"]:
        return False
    columns = said["layout"] == "columns"
    parameters = [read.arrays[f"step:0:before:{name}"] for name in said["parameters"]]

    def made(*at: int) -> tuple[Array, ...]:
        some = rows[[*at]]
        return tuple(map(np.asarray, forward(some.T if columns else some, *parameters)))

    with np.errstate(all="ignore"):
        try:
            each = [made(0), made(1)]
        except Exception:  # the author's lines may raise anything
            return False
        try:
            both = made(0, 1)
        except Exception:
            return True
    beside = EachSample(columns, flat=False).beside
    alone = [beside(parts) for parts in zip(*each, strict=True)]
    pairs = zip(both, alone, strict=True)
    return any(a.shape != b.shape or not np.allclose(a, b, 1e-4, equal_nan=True) for a, b in pairs)


def as_sigmoid(read: Handover) -> Handover | None:
    """The same reading, with a sigmoid put on a single linear output for targets of -1 and 1.

    The derivative of ``log(1 + exp(-target * f))`` is that of the cross-entropy of ``sigmoid(f)``
    for targets of 0 and 1, so a program that writes the one means the other. None for any other.
    """
    said, coding = read.said, read.said["coding"]
    weight, bias, pre, out, activation, *_ = said["layers"][-1].split()
    if activation != "linear" or (coding["single"], coding["low"], coding["high"]) != (True, -1, 1):
        return None
    line = said["joint"]
    forward, backward = said["forward"], said["backward"]
    changed = {
        **said,
        "layers": [*said["layers"][:-1], f"{weight} {bias} {pre} probability sigmoid"],
        "coding": {**coding, "low": 0.0},
        "forward": {
            "lines": [*forward["lines"], (line, f"probability = 1 / (1 + np.exp(-{out}))")],
            "returned": [*forward["returned"], "probability"],
        },
        "backward": {
            **backward,
            "lines": [(line, "targets = 2 * targets - 1"), *backward["lines"]],
        },
        "shifted": True,
    }
    return replace(read, said=changed)


def settings(read: Handover) -> dict[str, Any]:
    """What ``from_functions`` is told of a script's functions, but for the loss and the data."""
    said, coding = read.said, read.said["coding"]
    classes = int(coding["classes"])
    names = said["parameters"]
    usual = coding["low"] == 0 and coding["high"] == 1 and not coding["single"]
    masks = [one["mask"] for one in said["dropout"]]
    return {
        "parameters": " ".join(names),
        "forward_takes": " ".join(["x", *names, *masks]) if masks else None,
        "trace": " ".join(said["forward"]["returned"]),
        "backward_takes": " ".join(said["backward"]["takes"]),
        "gradients": " ".join(names),
        "update_takes": " ".join([*names, *(f"d{name}" for name in names), "rate"]),
        "layers": tuple(said["layers"]),
        "learning_rate": paced(said["rates"]),
        "order": Ordered(
            how=said["order"], shown=said["shown"], apart=said["apart"],
            batch=said["batch_size"], stride=said["stride"], mixed=said.get("mixed", False),
            of=said.get("of", 0),
        ),
        "epochs": max(int(said["epochs"] or 1), 1),
        "classes": classes,
        "batch_size": said["batch_size"],
        "layout": said["layout"],
        "vectors": (
            "matrices" if said.get("takes_one") else said["vectors"] and not said["sample"]
        ),
        "encode": None if usual or not classes else OneOutput(**coding),
    }  # fmt: skip


def _network(read: Handover, script: Path, module: Mapping[str, Callable[..., Any]]) -> Network:
    said = read.said
    samples = {
        name: one
        for name, one in read.arrays.items()
        if name.endswith(("rows", "labels")) and ":" not in name
    }
    chosen = settings(read)
    last = said["layers"][-1].split()[4]
    found = [
        from_functions(
            **chosen,
            name=script.stem,
            init=module["init"],
            forward=module["forward"],
            backward=module["backward"],
            update=module["update"],
            loss=loss,
            data=partial(_data, arrays=samples),
            train=module["train"],
            code={role: standing_at(*place) for role, place in said["places"].items()},
        )
        for loss in losses(last, said["coding"])
    ]
    made = [_with_dropout(_directly(one, read, module, chosen), said["dropout"]) for one in found]
    network = that_fits(made, steps_seen(read, made[0]), said)
    if "places" in read.arrays and network.data is not None:
        numbered = Numbered(network.data, read.arrays["places"], said["behind"])
        network = replace(network, data=numbered)
    began = {name: read.arrays[f"initial:{name}"] for name in said["parameters"]
           if f"initial:{name}" in read.arrays}  # fmt: skip
    network = replace(network, init=Begun(network.init, began))
    if "whole_samples" in read.arrays:
        whole = Whole(read.arrays["rows"], read.arrays["whole_samples"])
        network = replace(network, whole=whole)
    if said["state"]:
        carrying = Carrying(
            step=module["update"], parameters=tuple(said["parameters"]),
            state=tuple(said["state"]), began=_began(read),
        )  # fmt: skip
        ahead = Ahead(step=module["ahead"], carrying=carrying) if said.get("ahead") else None
        network = replace(network, update=carrying, ahead=ahead)
    after = step_of(read, network, 0)[3]
    stored = tuple(name for name in said["parameters"] if is_whole(after[name]))
    return replace(network, update=Stored(network.update, stored)) if stored else network


@dataclass(frozen=True, eq=False)
class Numbered:
    """Samples with the place of each in the array that they were taken out of, and its length."""

    data: Callable[[], Data]
    places: Array
    behind: int

    def __call__(self) -> Data:
        """The samples."""
        return replace(self.data(), numbers=self.places, behind=self.behind)


@dataclass(frozen=True, eq=False)
class Whole:
    """Samples as they were before they were mixed, for each that was: both ``(n, features)``."""

    mixed: Array
    right: Array

    @cached_property
    def _places(self) -> dict[bytes, int]:
        return {row.tobytes(): at for at, row in enumerate(self.mixed)}

    def __call__(self, rows: Array) -> Array:
        """``(B, features)``."""
        return self.right[[self._places[one.tobytes()] for one in np.ascontiguousarray(rows)]]


def _directly(
    network: Network, read: Handover, module: Mapping[str, Any], chosen: Mapping[str, Any]
) -> Network:
    """The same network, without what a builder puts around code that nobody has certified."""
    said = read.said
    names, flat = tuple(said["parameters"]), chosen["vectors"] is True
    adapted: Adapted | OneAtATime = Adapted(
        make=network.init, run=module["forward"], back=module["backward"], step=module["update"],
        names=names, given=(*names, *(one["mask"] for one in said["dropout"])),
        trace=tuple(said["forward"]["returned"]), takes=tuple(said["backward"]["takes"]),
        encode=network.targets, columns=said["layout"] == "columns", vectors=flat,
    )  # fmt: skip
    if chosen["vectors"]:
        own = tuple(one["mask"] for one in said["dropout"])
        adapted = OneAtATime(
            inner=adapted, axis=int(said["layout"] == "columns"), flat=flat, own=own
        )
    return replace(
        network, forward=adapted.forward, backward=adapted.backward, update=adapted.update
    )


def _with_dropout(network: Network, said: Sequence[Mapping[str, Any]]) -> Network:
    """The same, with what says which of its units are left out of a step."""
    if not said:
        return network
    dropout = tuple(Dropout(**one) for one in said)
    forward = WithoutMasks(network.forward, tuple((one.mask, one.scale) for one in dropout))
    return replace(network, dropout=dropout, forward=forward)


def _began(read: Handover) -> dict[str, Array]:
    """What was carried before the first step of all, in the shape it has later; zeros mostly."""
    found = {}
    for name in read.said["state"]:
        later = read.arrays[f"step:0:before:{name}"]
        first = read.arrays.get(f"began:{name}", np.zeros(()))
        found[name] = np.array(np.broadcast_to(first, np.shape(later)), dtype=later.dtype)
    return found


def _data(*, arrays: Mapping[str, Array]) -> tuple[Array, ...]:
    """The samples that were seen; tested on the same ones where the script shows no others."""
    rows, labels = arrays["rows"], arrays["labels"]
    return rows, labels, arrays.get("test_rows", rows), arrays.get("test_labels", labels)


def steps_seen(read: Handover, network: Network) -> list[tuple[Array, Array, dict[str, Array]]]:
    """Samples, labels and parameters of the steps by which the loss is told."""
    every = range(min(TOLD_BY, len(read.said["steps"])))
    return [step_of(read, network, at)[:3] for at in every]


def functions(read: Handover, script: Path) -> dict[str, Callable[..., Any]]:
    """The functions by their roles, in a module that nobody can import: they are sent whole."""
    said = read.said
    module = types.ModuleType(f"{script.stem} as it was watched")
    constants = {
        name.partition(":")[2]: one
        for name, one in read.arrays.items()
        if name.startswith("constant:")
    }
    if said["sample"]:
        module.__dict__["each_sample"] = EachSample(said["layout"] == "columns", said["vectors"])
    module.__dict__.update(np=np, math=math, random=random, **constants)
    if any(
        "scipy." in text
        for part in ("init", "forward", "backward")
        for _, text in said[part]["lines"]
    ):
        module.__dict__["scipy"] = import_module("scipy")
        import_module("scipy.special")
    made = ast.Module(body=[], type_ignores=[])
    for source in sources(said):
        made.body.append(source)
    # of a step that goes through several files no line says in which it stands
    file = str(script.parent / said["file"]) if said["file"] else SEVERAL
    exec(compile(ast.fix_missing_locations(made), file, "exec"), module.__dict__)
    return {
        one.name: module.__dict__[one.name] for one in made.body if isinstance(one, ast.FunctionDef)
    }


def sources(said: Mapping[str, Any]) -> list[ast.FunctionDef]:
    """All functions, each line at the author's own."""
    names = said["parameters"]
    returned = said["init"]["returned"]
    pairs = ", ".join(returned[name] for name in names)
    lines = said["init"]["lines"]
    takes = [
        name
        for name, mark in (("rng", "rng."), ("seed", "random.Random"))
        if any(mark in text for _, text in lines)
    ]
    given = [f"d{name}" for name in names]
    every = [*names, *said["state"]]
    found = [
        function("init", takes, lines, f"({pairs},)"),
        *_passes(said),
        function(
            "update", [*every, *given, "rate"], said["update"]["lines"], f"({', '.join(every)},)"
        ),
        function("train", [], [(said["loop"], "pass")], "None"),
    ]
    if said.get("ahead"):
        lines = said["ahead"]["lines"]
        found.append(function("ahead", [*every, "rate"], lines, f"({', '.join(names)},)"))
    return found


def standing_at(file: str, line: int) -> Callable[..., Any]:
    """A function that does nothing, and stands at a line for a role that has none of its own."""
    made = ast.Module(body=[function("stands", [], [(line, "pass")], "None")], type_ignores=[])
    module: dict[str, Any] = {}
    exec(compile(ast.fix_missing_locations(made), file, "exec"), module)
    found: Callable[..., Any] = module["stands"]
    return found


def _passes(said: Mapping[str, Any]) -> list[ast.FunctionDef]:
    """Forward and backward; of samples one by one, what is done for each is a function of it."""
    names, takes, sample = said["parameters"], said["backward"]["takes"], said["sample"]
    forward, backward = _body(said["forward"]), _body(said["backward"])
    masks = [one["mask"] for one in said["dropout"]]
    if not sample:
        return [
            function("forward", ["x", *names, *masks], **forward),
            function("backward", takes, **backward),
        ]
    first = min((number for number, _ in forward["lines"]), default=1)
    run = f"({', '.join(said['forward']['returned'])},) = each_sample.forward(forward_of_one, "
    sums = ", ".join(f"{SUM}{at + 1}" for at in range(len(sample["returned"])))
    own = [name not in names for name in takes[1:]]
    start = min((number for number, _ in sample["lines"]), default=1)
    every = ", ".join(map(str, (own, sample["lasts"], *takes)))
    summed = f"({sums},) = each_sample.sums(sums_of_one, {every})"
    return [
        function("forward_of_one", ["x", *names], **forward),
        function("sums_of_one", takes, **_body(sample)),
        function(
            "forward", ["x", *names], [(first, f"{run}{', '.join(['x', *names])})")],
            forward["returned"],
        ),
        function("backward", takes, [(start, summed), *backward["lines"]], backward["returned"]),
    ]  # fmt: skip


def _body(part: Mapping[str, Any]) -> dict[str, Any]:
    return {"lines": part["lines"], "returned": f"({', '.join(part['returned'])},)"}


def function(
    name: str, takes: Sequence[str], lines: Sequence[tuple[int, str]], returned: str
) -> ast.FunctionDef:
    """A function whose lines stand where the author's stand."""
    numbers = [max(number, 1) for number, _ in lines] or [1]
    whole = ast.parse(f"def {name}({', '.join(takes)}):\n    pass").body[0]
    assert isinstance(whole, ast.FunctionDef)
    _move(whole, min(numbers))
    whole.body = []
    for number, text in [*lines, (numbers[-1], f"return {returned}")]:
        statement = ast.parse(
            text if not text.startswith("return ") else f"def f():\n {text}"
        ).body[0]
        if isinstance(statement, ast.FunctionDef):
            statement = statement.body[0]
        _move(statement, max(number, 1))
        whole.body.append(statement)
    return whole


def _move(tree: ast.AST, line: int) -> None:
    for node in ast.walk(tree):
        if hasattr(node, "lineno"):
            node.lineno = node.end_lineno = line  # type: ignore[attr-defined]
