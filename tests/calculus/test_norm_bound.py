"""A gradient that is held to a norm goes where the true one goes."""

from dataclasses import replace

import numpy as np
import pytest

from diagnose.calculus.convention import convention
from diagnose.probes.wrong_gradient import DEFECT
from diagnose.report import ABSENT, PRESENT
from tests.networks import bench, dense, images

NETWORK = dense(layout="rows", batch_size=8)


def held(most, of):
    """The network with its gradients times ``most`` over a number of them, or times 1."""

    def backward(parameters, trace, x, labels):
        found = NETWORK.backward(parameters, trace, x, labels)
        return {name: min(1.0, most / of(found)) * one for name, one in found.items()}

    return replace(NETWORK, backward=backward)


def norm(found):
    return np.sqrt(sum((one**2).sum() for one in found.values()))


def largest(found):
    return max(np.abs(one).max() for one in found.values())


@pytest.mark.parametrize(("most", "of"), [(0.3, norm), (0.02, norm), (0.05, largest)])
def test_of_what_is_held_only_a_norm_of_all_is_no_mistake(most, of):
    data = images()
    network = held(most, of)
    rows = network.prepare(data.images)
    departs = convention(network, rows, data.labels).departs({})
    assert bool(departs) == (of is largest)
    one = bench(network, data=data)
    finding = DEFECT.judge(DEFECT.measure(one))
    assert finding.status == (PRESENT if of is largest else ABSENT)
    assert ("held to a norm" in finding.observed) == (of is norm)
