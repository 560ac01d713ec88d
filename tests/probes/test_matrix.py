"""Every defect planted alone in the corrected twin, and every probe run on it: a full matrix.

Exactly the planted defect may be found, for each of five seeds; nothing in the twin itself, and
in the traps, which look like a defect and are none.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from buggy_reference import NETWORK as POST
from diagnose.network.record import Network
from diagnose.probes import DEFECTS
from tests import bugs
from tests.bugs.stories import FIXED, present
from tests.networks import some

# The first always; the others when they are asked for, by pytest -m seeds.
OTHER_SEEDS = [pytest.param(seed, marks=pytest.mark.seeds) for seed in range(1, 5)]
SEEDS = [0, *OTHER_SEEDS]


def plantable(defect) -> bool:
    """Whether a defect can be planted in the twin, which has ReLUs and steps of one sample."""
    try:
        defect.inject(FIXED)
    except ValueError:
        return False
    return True


PLANTABLE = [defect.name for defect in DEFECTS if plantable(defect)]
# Those that take longest come when pytest -m slow asks.
LONG = {"double-softmax", "too-few-units", "softmax-axis", "integer-dtype", "aliased-arrays"}
# Of those of the post the tests in bugs/ ask the same; here they come with the other seeds.
OF_THE_POST = {
    path.stem.removeprefix("test_").replace("_", "-")
    for path in Path(bugs.__file__).parent.glob("test_*")
}


def marked(name):
    """A defect as one of the cases of a test."""
    if name in OF_THE_POST:
        return pytest.param(name, marks=pytest.mark.seeds)
    return pytest.param(name, marks=pytest.mark.slow) if name in LONG else name


def test_few_defects_cannot_be_planted_in_the_twin():
    assert {defect.name for defect in DEFECTS} - set(PLANTABLE) == {"saturation"}


def exactly_that_is_found(name, seed):
    planted = next(defect for defect in DEFECTS if defect.name == name).inject(FIXED)
    assert present(planted, seed) == {name}


@pytest.mark.parametrize("name", [marked(name) for name in PLANTABLE])
def test_planted_alone_exactly_that_is_found(name):
    exactly_that_is_found(name, 0)


# A test of its own: marked slow as well, these would come with those that pytest -m slow asks for.
@pytest.mark.parametrize("seed", OTHER_SEEDS)
@pytest.mark.parametrize("name", PLANTABLE)
def test_so_it_is_with_other_seeds(name, seed):
    exactly_that_is_found(name, seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_found_in_the_twin(seed):
    assert present(FIXED, seed) == set()


def test_the_post_has_eight_of_them():
    assert present(POST) == {
        "class-order",
        "unnormalized-input",
        "initialization-offset",
        "initialization-scale",
        "inplace-mutation",
        "softmax-overflow",
        "wrong-gradient",
        "learning-rate",
    }


def drawn(scale, bias=0.0, kind="normal") -> Network:
    """The twin with another draw; ``scale(fan_in, fan_out)`` is the spread of its weights."""

    def init(seed):
        rng = np.random.default_rng(seed)
        parameters = {}
        for n, (inputs, units) in enumerate(((784, 10), (10, 10), (10, 10)), 1):
            spread = scale(inputs, units)
            size = (units, inputs)
            weight = (
                rng.normal(0, spread, size)
                if kind == "normal"
                else rng.uniform(-spread * 3**0.5, spread * 3**0.5, size)
            )
            parameters |= {f"w{n}": weight, f"b{n}": np.full((units, 1), bias)}
        return parameters

    return replace(FIXED, init=init)


def z_scored(images):
    rows = images.reshape(len(images), -1) / 255
    return (rows - 0.1307) / 0.3081  # mean and spread of MNIST's pixels


def runny_order(labels, epoch, seed):
    """Random, then sorted within stretches of twelve: runs, and no class order."""
    order = np.random.default_rng([seed, epoch]).permutation(len(labels))
    parts = np.array_split(order, len(order) // 12)
    return np.concatenate([part[np.argsort(labels[part] > 4, kind="stable")] for part in parts])


def imbalanced(labels, epoch, seed):
    """Zeros and ones five times as often as any other class, and every class shown."""
    often = np.flatnonzero(labels < 2)
    every = np.concatenate([np.arange(len(labels)), *[often] * 4])
    return np.random.default_rng([seed, epoch]).permutation(every)


TRAPS = {
    "small constant bias": drawn(lambda inputs, units: (2 / inputs) ** 0.5, bias=0.01),
    "z-scored input": replace(FIXED, prepare=z_scored),
    "runs by chance": replace(FIXED, order=runny_order),
    "imbalanced classes": replace(FIXED, order=imbalanced),
    "pytorch default": drawn(lambda inputs, units: (3 * inputs) ** -0.5, kind="uniform"),
    "he uniform": drawn(lambda inputs, units: (2 / inputs) ** 0.5, kind="uniform"),
    "glorot normal": drawn(lambda inputs, units: (2 / (inputs + units)) ** 0.5),
    "glorot uniform": drawn(lambda inputs, units: (2 / (inputs + units)) ** 0.5, kind="uniform"),
    "lecun normal": drawn(lambda inputs, units: inputs**-0.5),
    "lecun uniform": drawn(lambda inputs, units: inputs**-0.5, kind="uniform"),
}


@pytest.mark.parametrize("name", some(list(TRAPS), 5))
def test_traps_raise_nothing(name):
    assert present(TRAPS[name]) == set()
