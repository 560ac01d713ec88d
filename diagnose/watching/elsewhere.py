"""What the activation of a layer is where the training never was.

It is recognised by its values, and these may say little: a tanh of pre-activations that are all
about 20 gives what a sigmoid gives, and a leaky ReLU of what is never negative what a ReLU gives.
The script's own lines, run with other samples and parameters, tell more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from diagnose.network.activations import is_sloped
from diagnose.network.arrays import Array
from diagnose.network.layers import activate
from diagnose.network.record import Network
from diagnose.reading.activations import recognised
from diagnose.watching.certificate import close
from diagnose.watching.handover import Handover

# So often the lines are run: of a single sample, few units tell little at a time.
TIMES = 8
# Of so many samples an activation tells what it is.
MOST = 256
# Biases on both sides of 0, and small enough that no activation lies at its edges.
SPREAD = 0.5


def with_activations(read: Handover, network: Network) -> Handover:
    """What was read, with the activations that its lines have at other points, too.

    As it was where these are those that were read, or none that is known.
    """
    if read.said["dropout"]:
        return read
    try:
        traces = [*_traces(read, network)]
    except Exception:  # it is the author's code, at points that it was not written for
        return read
    layers, roles = [*read.said["layers"]], dict(read.roles)
    for at, layer in enumerate(network.layers):
        pairs = [(trace[layer.pre], trace[layer.out]) for trace in traces]
        finite = all(np.isfinite(one).all() for pair in pairs for one in pair)
        if layer.activation == "softmax" or not finite:
            continue
        single = traces[0][layer.pre].dtype == np.float32
        if all(close(out, activate(layer, pre), single) for pre, out in pairs):
            continue
        name, slope = recognised(pairs, same=False)
        if name is None or name == "softmax":
            continue
        names = layers[at].split()[:4]
        layers[at] = " ".join([*names, name, *([repr(slope)] if is_sloped(name) else [])])
        row = roles[f"layer {at + 1}"]
        text = f"{row['text'].rpartition(', ')[0]}, {name}"
        roles[f"layer {at + 1}"] = {**row, "text": text}
    if layers == read.said["layers"]:
        return read
    return replace(read, said={**read.said, "layers": layers}, roles=roles)


def _traces(read: Handover, network: Network) -> Iterator[dict[str, Array]]:
    """What the forward pass makes of samples and parameters that are drawn, a row per sample."""
    rng = np.random.default_rng(0)
    rows, size = read.arrays["rows"], min(int(read.said["batch_size"]), MOST)
    weights = {layer.weight for layer in network.layers}
    for _ in range(TIMES):
        given = {}
        for name in read.said["parameters"]:
            like = read.arrays[f"step:0:before:{name}"]
            spread = 1 / np.sqrt(max(like.shape)) if name in weights else SPREAD
            given[name] = (spread * rng.normal(size=like.shape)).astype(like.dtype)
        x = rng.normal(size=(size, rows.shape[1])).astype(rows.dtype)
        with np.errstate(all="ignore"):
            trace = network.forward(given, network.lay_out(x))
        yield {name: np.asarray(network.as_rows(one)) for name, one in trace.items()}
