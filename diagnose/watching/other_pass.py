"""Answers that are not those of the network as it is trained, though its weights are at hand.

A method that predicts may leave out what the one that trains does: a hidden activation, a bias. It
is told where the network, computed so, gives just what the script did. And it may answer with
weights that are averaged over steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from diagnose.network.arrays import Array
from diagnose.network.layers import activate, bias_rows
from diagnose.network.record import Layer, Network
from diagnose.telling.record import Told
from diagnose.watching.certificate import close
from diagnose.watching.handover import Handover
from diagnose.watching.tested import Seen

PASS, AVERAGED = "test-pass", "averaged-weights"
# What a hidden layer may have for an activation where somebody answers, beside its own.
OTHERS = ("linear", "relu", "sigmoid", "tanh")
# Of fewer samples it is not told how a network is tested.
FEWEST = 10


def told_of_pass(network: Network, read: Handover, seen: Seen) -> Told | None:
    """The finding of a pass that parts from the network in one layer; None of any other.

    Only of weights that the steps of the training made: another network beside has its own.
    """
    computed, rows = seen.computed, np.asarray(seen.rows, float)
    able = seen.own and len(computed) == len(network.layers) and not seen.masks
    if not able or len(rows) < FEWEST or not network.classes or not seen.labels:
        return None
    for at, layers, what in _ways(network, seen):
        with np.errstate(all="ignore"):
            mine = _pre_activations(network, layers, seen, rows)
        theirs = seen.last.reshape(mine.shape).astype(float)
        if not np.isfinite(mine).all() or not close(mine, theirs):
            continue
        right = _pre_activations(network, network.layers, seen, rows)
        others = int((_answers(right) != _answers(mine)).sum())
        line, text = computed[at]
        said = (
            f"what is answered here goes on {what}, as it does not where the network trains "
            f"(line {read.roles[f'layer {at + 1}']['line']}), and so {others:,} of {len(rows):,} "
            "answers are others than those of the network that was trained"
        )
        numbers = {"layer": at + 1, "others": others, "samples": len(rows)}
        return Told(
            kind=PASS, file=read.said["name"], line=line, text=text, observed=said,
            severity="" if others else "note", numbers=numbers,
        )  # fmt: skip
    return None


def told_of_averaged(found: Sequence[Seen]) -> Told | None:
    """What is said of a script that answers, at last, with weights that no step has made.

    Not where those of the steps are tested beside them at the end: then they are compared.
    """
    every = [one for one in found if one.labels]
    if not every or every[-1].averaged is None:
        return None
    if any(one.at_end and one.averaged is None for one in every):
        return None
    file, line = every[-1].averaged
    said = (
        "what is tested has weights that no step has made: they are averaged here over steps. The "
        "trainings of this report answer with those of the last step, which may do worse"
    )
    return Told(kind=AVERAGED, file=file, line=line, observed=said)


def _ways(network: Network, seen: Seen) -> Iterator[tuple[int, tuple[Layer, ...], str]]:
    """The network with one layer computed otherwise: which one, and in words how.

    Or with all hidden layers so; the first of them is where both part.
    """
    given = tuple(network.layers)
    lacking = [at for at, one in enumerate(given) if one.bias and one.bias not in seen.parameters]
    if lacking:
        at = lacking[0]
        yield at, given, f"without the bias of layer {at + 1}, {given[at].bias}"
        return
    for other in OTHERS:
        changed = [at for at, one in enumerate(given[:-1]) if one.activation != other]
        for some in ([one] for one in changed):
            yield some[0], _with(given, some, other), _words(given[some[0]], some[0], other)
        if len(changed) > 1:
            yield changed[0], _with(given, changed, other), _words(given[changed[0]], None, other)


def _with(layers: tuple[Layer, ...], some: Sequence[int], other: str) -> tuple[Layer, ...]:
    return tuple(
        replace(one, activation=other) if at in some else one for at, one in enumerate(layers)
    )


def _words(layer: Layer, at: int | None, other: str) -> str:
    of = "of the hidden layers" if at is None else f"of layer {at + 1}"
    if other == "linear":
        return f"without the {layer.activation} {of}"
    return f"with a {other} for the {layer.activation} {of}"


def _pre_activations(network: Network, layers: Sequence[Layer], seen: Seen, rows: Array) -> Array:
    """Those of the last layer, ``(n, outputs)``, without a bias that the pass has left out."""
    out = pre = rows
    for layer in layers:
        weight = np.asarray(seen.parameters[layer.weight], float)
        pre = out @ (weight.T if network.layout == "columns" else weight)
        if layer.bias is not None and layer.bias in seen.parameters:
            pre = pre + bias_rows(network, seen.parameters[layer.bias], pre)
        out = activate(layer, pre)
    return np.asarray(pre)


def _answers(pre: Array) -> Array:
    return pre.argmax(axis=1) if pre.shape[1] > 1 else pre[:, 0] > 0
