"""Derivatives that an author has written wrongly, in the compiled loop."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from diagnose.calculus.backward_pass import backward, case_of
from diagnose.instruments.whole_numbers import Recomputed
from diagnose.network.record import bare
from diagnose.training import certificate, compiled, kernel_parts, slopes
from diagnose.training.loop import train
from diagnose.training.trainer import Trainer
from tests.networks import dense, images

DATA = images(count=230)


@dataclass(frozen=True)
class Mistaken:
    """A backward pass in which the derivatives of some layers are written wrongly."""

    network: object
    name: str
    at: tuple

    def __call__(self, parameters, trace, x, labels):
        case = case_of(self.network, parameters, trace, x, labels)
        return backward(case, parameters, slope=self.slope)

    def slope(self, case, depth):
        kind = next(one for one in slopes.KINDS if one.name == self.name)
        if depth in self.at:
            return kind.wrong(case, depth)
        return slopes.right_slope(case, depth)


NAMES = [one.name for one in slopes.KINDS]


def of(name, activation, at=(0, 1), **shape):
    """A network with a mistake; of outputs with the same activation and squared error."""
    # 1 - z * z has no bound, and with long steps everything ends.
    rate = 1e-5 if name == "at-pre-activation" else 1e-3
    network = dense(activation=activation, layout="rows", hidden=(6, 5), rate=rate, **shape)
    if len(at) > 2 or at == (2,):
        last = replace(network.layers[-1], activation=activation)
        network = replace(network, layers=(*network.layers[:-1], last), loss="squared-error")
        network = replace(network, forward=Recomputed(bare(network), extras=False))
    return replace(network, backward=Mistaken(network, name, at))


def fitting():
    """Each mistake with each activation of which it is one."""
    for kind in slopes.KINDS:
        for activation in ("relu", "leaky-relu", "sigmoid", "tanh"):
            if activation in kind.of:
                yield kind.name, activation


@pytest.mark.parametrize(("name", "activation"), [*fitting()])
@pytest.mark.parametrize("batch_size", [1, 16])
def test_each_mistake_is_made_as_its_author_makes_it(name, activation, batch_size):
    network = of(name, activation, batch_size=batch_size)
    trainer = Trainer(data=DATA, epochs=2)
    plan = trainer._plan(network, 0)
    assert isinstance(plan, compiled.Plan), plan
    assert [*plan.codes // compiled.WAYS] == [NAMES.index(name) + 1] * 2 + [0]
    mine = trainer.run(network, 0).parameters
    theirs = train(network, network.prepare(DATA.images), DATA.labels, 0, 2).parameters
    true = trainer.run(replace(network, backward=network.backward.network.backward), 0).parameters
    assert max(np.abs(true[key] - array).max() for key, array in theirs.items()) > 1e-5
    for key, array in theirs.items():
        assert np.abs(mine[key] - array).max() <= certificate.AGREEMENT * np.abs(array).max()


@pytest.mark.parametrize("at", [(0,), (1,), (0, 1, 2), (2,)], ids=str)
def test_in_one_layer_or_in_all_with_the_output(at):
    network = of("left-out", "sigmoid", at, batch_size=16)
    plan = Trainer(data=DATA, epochs=1)._plan(network, 0)
    assert isinstance(plan, compiled.Plan), plan
    assert [depth for depth, code in enumerate(plan.codes) if code >= compiled.WAYS] == [*at]


def test_what_is_right_is_written_in_no_other_way():
    plan = Trainer(data=DATA, epochs=1)._plan(dense(batch_size=16), 0)
    assert max(plan.codes) < compiled.WAYS


def test_another_mistake_beside_it_is_left_to_the_own_functions():
    network = of("incomplete", "tanh", batch_size=16)
    other = network.backward

    def wrong(parameters, trace, x, labels):
        gradients = other(parameters, trace, x, labels)
        return {**gradients, "W1": gradients["W1"] * np.sign(parameters["W1"])}

    reason = Trainer(data=DATA, epochs=1)._plan(replace(network, backward=wrong), 0)
    assert "W1 is not a multiple of the true one" in reason


def test_the_loop_knows_them_by_the_same_numbers():
    assert compiled.WAYS == kernel_parts.WAYS > max(compiled.CODES.values())
    assert len(NAMES) == kernel_parts.UNSQUARED
    assert NAMES[kernel_parts.OF_ITSELF - 1] == "of-itself"
