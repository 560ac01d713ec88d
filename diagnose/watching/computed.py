"""What a layer's activation is, where the steps that were seen fit more than one.

An activation is read off the values of some steps. Where all units are off there, or at an edge, a
sigmoid gives what a ReLU gives: zeros. So the author's own forward pass is asked once more, at
parameters at which no unit is.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from diagnose.calculus.gradients import forward
from diagnose.calculus.points import generic_point
from diagnose.network.activations import SLOPED
from diagnose.network.record import Network
from diagnose.reading.activations import recognised
from diagnose.watching.handover import Handover

SAMPLES = 32


def as_computed(network: Network, read: Handover) -> Handover | None:
    """The same reading, with the activations that the layers have there; None if they are these."""
    if read.said["dropout"]:
        return None  # its masks are part of what a layer computes
    try:
        point, rows = generic_point(network, np.asarray(read.arrays["rows"][:SAMPLES], float))
        trace = forward(network, point, rows)
        sides = [
            [np.asarray(network.as_rows(trace[name])) for name in (one.pre, one.out)]
            for one in network.layers
        ]
    except Exception:  # the author's code may raise anything
        return None
    layers, roles = list(read.said["layers"]), dict(read.roles)
    for at, (layer, (pre, out)) in enumerate(zip(network.layers, sides, strict=True)):
        if layer.pre == layer.out or (pre >= 0).all() or (pre <= 0).all():
            continue
        name, slope = recognised([(pre, out)], same=False)
        if name in (None, layer.activation):
            continue
        kept = " ".join(layers[at].split()[:4])
        layers[at] = f"{kept} {name}{f' {slope!r}' if name in SLOPED else ''}"
        row = roles[f"layer {at + 1}"]
        roles[f"layer {at + 1}"] = {**row, "text": f"{row['text'].rpartition(', ')[0]}, {name}"}
    if layers == read.said["layers"]:
        return None
    return replace(read, said={**read.said, "layers": layers}, roles=roles)
