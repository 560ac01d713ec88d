"""Units that start as copies and stay so: found, cured, and not mistaken for what looks like it."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from diagnose.causes.lattice import repaired
from diagnose.examining.probing import probe
from diagnose.probes import DEFECTS
from diagnose.probes.symmetric_initialization import DEFECT, equal_units, still_equal
from diagnose.report import PRESENT
from diagnose.study import find_causes
from tests.networks import bench, correct_networks, dense
from tests.probes.assertions import accuracy


@dataclass(frozen=True)
class Filled:
    """A draw with some of its arrays filled with a constant."""

    init: object
    fill: float
    names: str = "W1 W2 W3"

    def __call__(self, seed):
        drawn = self.init(seed)
        return {
            name: np.full_like(one, self.fill) if name in self.names.split() else one
            for name, one in drawn.items()
        }


def filled(network, fill, names="W1 W2 W3"):
    return replace(network, init=Filled(network.init, fill, names))


def found(network):
    finding = DEFECT.probe(bench(network))
    assert finding.status != "error", finding.observed
    return finding


STYLES = [
    dense(epochs=4),
    dense(layout="rows", batch_size=8, bias="flat", epochs=12),
    dense(activation="tanh", spread="glorot", layout="rows", batch_size=2, epochs=4),
    dense(activation="leaky-relu", batch_size=4, epochs=6),
    dense(activation="sigmoid", spread="lecun", epochs=12, hidden=(9,)),
    dense(dtype="float32", epochs=4),
    dense(bias="none", layout="rows", batch_size=2, epochs=6),
]


def by_name(network):
    return network.name


@pytest.mark.parametrize("network", correct_networks(), ids=by_name)
def test_silent_on_correct_networks(network):
    assert found(network).status == ("absent" if len(network.layers) > 1 else "not applicable")


@pytest.mark.parametrize("network", STYLES, ids=by_name)
@pytest.mark.parametrize("fill", [0.0, 0.1, -0.1])
def test_weights_that_are_all_the_same(network, fill):
    broken = filled(network, fill)
    finding = found(broken)
    assert finding.status == "present"
    width = finding.numbers["layers"][0]["units"]
    assert finding.observed.startswith(
        f"{width} of {width} units of A1 start with the same weights and bias as another, and after"
    )
    assert "W1 with spread 0." in finding.advice
    mended = DEFECT.repair(broken, finding.numbers)
    assert found(mended).status == "absent"
    assert accuracy(mended) > 0.8
    assert accuracy(broken) < accuracy(mended) - 0.1


@pytest.mark.parametrize("network", STYLES, ids=by_name)
def test_planted(network):
    broken = DEFECT.inject(network)
    assert broken == DEFECT.inject(network)
    finding = found(broken)
    assert finding.status == "present"
    mended = DEFECT.repair(broken, finding.numbers)
    assert mended == DEFECT.repair(broken, finding.numbers)
    assert found(mended).status == "absent"
    before, after, author = broken.init(3), mended.init(3), network.init(3)
    assert all(np.array_equal(after[one], mended.init(3)[one]) for one in after)
    assert {one: array.dtype for one, array in after.items()} == {
        one: array.dtype for one, array in author.items()
    }
    # only what stands on either side of the copies is drawn anew
    kept = {"b1", "b2", "b3", "W3"} & set(before)
    assert all(np.array_equal(before[one], after[one]) for one in kept if one != "W2")
    assert accuracy(mended) > 0.8


def test_with_relus_at_zero_nothing_moves():
    finding = found(filled(dense(), 0.0))
    assert "W1 has not moved at all" in finding.observed
    assert finding.numbers["layers"][0]["apart"] == 0


def test_some_copies_among_other_units():
    network = dense(batch_size=4)

    def init(seed):
        drawn = network.init(seed)
        for row in (2, 5):
            drawn["W1"][row] = drawn["W1"][0]
            drawn["W2"][:, row] = drawn["W2"][:, 0]
        return drawn

    finding = found(replace(network, init=init))
    assert finding.status == "present"
    assert "3 of 7 units of A1" in finding.observed
    mended = DEFECT.repair(replace(network, init=init), finding.numbers)
    for name in ("W1", "W2"):
        axis = 0 if name == "W1" else 1
        rest = [1, 3, 4, 6]
        kept = np.take(mended.init(1)[name], rest, axis), np.take(init(1)[name], rest, axis)
        assert np.array_equal(*kept)
    assert found(mended).status == "absent"


def test_equal_units_that_separate_are_no_defect():
    network = dense(activation="sigmoid", spread="lecun", hidden=(7,))
    finding = found(filled(network, 0.0, "W1"))
    assert finding.status == "absent"
    assert (
        finding.observed == "7 units of A1 start equal, and separate within 100 steps of training"
    )
    assert found(filled(dense(hidden=(7,)), 0.0, "W1")).status == "present"
    assert found(filled(dense(hidden=(7,)), 0.05, "W1")).status == "absent"


def dead(network):
    return replace(
        network,
        init=lambda seed: {
            name: one - 50 if name.startswith("b1") else one
            for name, one in network.init(seed).items()
        },
    )


TRAPS = {
    "last layer of zeros": filled(dense(), 0.0, "W3"),
    "last layer of zeros, one hidden": filled(dense(hidden=(6,), layout="rows"), 0.0, "W2"),
    "biases of zero": dense(),
    "constant biases": filled(dense(), 0.1, "b1 b2 b3"),
    "dead units": dead(dense()),
    "equal weights above": filled(dense(activation="tanh", hidden=(6,)), 0.1, "W2"),
}


@pytest.mark.parametrize("name", TRAPS)
def test_traps(name):
    assert found(TRAPS[name]).status == "absent"


def test_not_applicable():
    for network in (dense(hidden=()), dense(hidden=(1,)), filled(dense(hidden=()), 0.0, "W1")):
        assert found(network).status == "not applicable"
        with pytest.raises(ValueError, match="no hidden layer has two units"):
            DEFECT.inject(network)


NETWORK = dense(batch_size=2, epochs=4)


def present(network):
    one = bench(network, compiled_path=True)
    findings = probe(network, one.trainer, DEFECTS, one.seeds)
    assert "error" not in {finding.status for finding in findings}
    return findings


@pytest.mark.parametrize(
    "network",
    [
        DEFECT.inject(NETWORK),
        filled(NETWORK, 0.0),
        filled(NETWORK, 0.1),
        # copies of four numbers, whose mean over many draws must not pass for known to many
        DEFECT.inject(dense(activation="sigmoid", spread="lecun", hidden=(9,), epochs=8)),
    ],
    ids=["copies", "zeros", "constants", "sigmoids"],
)
def test_alone_exactly_this_is_found_and_is_the_cause(network):
    findings = present(network)
    assert {one.defect for one in findings if one.status == PRESENT} == {DEFECT.name}
    one = bench(network, compiled_path=True)
    causes = find_causes(network, findings, range(3), one.trainer)
    assert causes["balanced_accuracy"].verdicts[DEFECT.name].verdict == "cause"


@pytest.mark.parametrize("name", ["initialization-offset", "initialization-scale"])
def test_silent_where_only_another_draw_is_wrong(name):
    other = next(one for one in DEFECTS if one.name == name)
    assert found(repaired(NETWORK, [other.inject])).status == "absent"


def test_a_zero_last_layer_is_no_narrow_draw():
    network = filled(NETWORK, 0.0, "W3")
    assert {one.defect for one in present(network) if one.status == PRESENT} == set()


def test_groups_of_equal_rows():
    rows = np.array([[1.0, 2], [3, 4], [1, 2], [5, 6], [3, 4], [1, 2]])
    assert equal_units(rows) == [[0, 2, 5], [1, 4]]
    moved = rows + np.array([1.0, 1, 1, 1, 2, 1 + 1e-9])[:, None]
    assert still_equal(rows, moved, [0, 2, 5]) == [[0, 2, 5]]
    assert still_equal(rows, moved, [1, 4]) == []


def test_the_picture():
    assert DEFECT.draw(found(filled(dense(), 0.0)).numbers).axes


ONE = dense(hidden=(1,), activation="tanh", layout="rows", batch_size=8)


def test_a_single_unit_of_zeros_that_nothing_moves_is_found_and_drawn_anew():
    zeros = filled(ONE, 0.0)
    one = found(zeros)
    assert one.status == PRESENT
    assert one.observed.startswith("the only unit of A1 starts with weights of 0, and after ")
    assert one.observed.endswith("W1 has not moved at all")
    assert found(DEFECT.repair(zeros, one.numbers)).status == "not applicable"


@pytest.mark.parametrize(
    "network",
    [ONE, filled(ONE, 0.0, "W1"), filled(ONE, 0.0, "W2"), filled(ONE, 0.5)],
    ids=["drawn", "moved by what it gives", "moves what is above", "of one number"],
)
def test_a_single_unit_that_moves_is_no_copy(network):
    assert found(network).status == "not applicable"
