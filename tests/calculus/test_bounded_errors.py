"""Errors of the output that are cut at a bound are those of Huber's loss, and no mistake."""

from dataclasses import replace

import numpy as np
import pytest

from diagnose.probes.wrong_gradient import DEFECT
from diagnose.report import ABSENT, PRESENT
from tests.networks import bench
from tests.regression import columns


def bounded(bound, most=np.inf, sign=1):
    """A network whose errors are bounded, and whose gradients are held to a norm together."""
    network = columns(batch_size=24)

    def backward(p, trace, x, labels):
        error = trace["z2"] - network.targets(labels).T
        d2 = np.clip(error, -bound, bound) / len(labels)
        d1 = p["w2"].T @ d2 * (1 - trace["a1"] ** 2)
        found = {
            "w1": d1 @ x.T, "b1": d1.sum(axis=1, keepdims=True),
            "w2": sign * d2 @ trace["a1"].T, "b2": d2.sum(axis=1, keepdims=True),
        }  # fmt: skip
        norm = np.sqrt(sum((one**2).sum() for one in found.values()))
        return {name: one * min(1.0, most / norm) for name, one in found.items()}

    return replace(network, backward=backward)


@pytest.mark.parametrize(
    ("network", "status"),
    [
        (bounded(0.3), ABSENT),
        (bounded(1.0), ABSENT),
        (bounded(0.3, most=0.05), ABSENT),
        (bounded(0.3, sign=-1), PRESENT),
        (bounded(0.3, most=0.05, sign=-1), PRESENT),
    ],
    ids=["bounded", "at 1", "held to a norm", "a sign", "held, and a sign"],
)
def test_the_bound_is_found_and_hides_nothing_else(network, status):
    finding = DEFECT.probe(bench(network, data=network.data()))
    assert finding.status == status
    losses = finding.numbers["sane"]["other_losses"]
    assert status == PRESENT or (losses and all("as of Huber's loss" in one for one in losses))
