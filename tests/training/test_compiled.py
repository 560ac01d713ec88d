"""The compiled loop against the own functions, and its shortcuts against doing the work."""

import math
import zlib
from dataclasses import dataclass, replace
from inspect import signature
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numba import types

from buggy_reference import NETWORK as POST
from diagnose.causes.lattice import chosen, repaired
from diagnose.causes.sound_parts import ExactBackward
from diagnose.data import carried, subset
from diagnose.examining.probing import probe, repairs
from diagnose.instruments.whole_numbers import Recomputed
from diagnose.network.record import bare
from diagnose.probes import DEFECTS
from diagnose.probes.aliased_arrays import ShufflingLabels
from diagnose.training import (
    certificate,
    companies,
    compiled,
    kernel,
    kernel_by_batches,
    kernel_in_lanes,
    kernel_one_by_one,
    kernel_parts,
)
from diagnose.training.inputs import Inputs
from diagnose.training.loop import train
from diagnose.training.trainer import Trainer
from fixed import NETWORK as FIXED
from tests.networks import correct_networks, data_of, dense, images

DIGITS = subset(carried(), 300)


def relative(mine, theirs):
    return max(
        np.abs(mine[name] - theirs[name]).max() / np.abs(theirs[name]).max() for name in theirs
    )


def planned(network, data=DIGITS, seed=0, epochs=1):
    trainer = Trainer(data=data, epochs=epochs)
    return trainer._plan(network, seed), trainer


@pytest.mark.parametrize("network", [POST, FIXED], ids=lambda network: network.name)
@pytest.mark.parametrize("seed", range(3))
def test_a_full_epoch_agrees_with_the_own_functions(network, seed):
    plan, trainer = planned(network, seed=seed)
    assert isinstance(plan, compiled.Plan)
    run = trainer.run(network, seed)
    theirs = train(network, network.prepare(DIGITS.images), DIGITS.labels, seed, 1)
    assert run.path == "compiled"
    assert relative(run.parameters, theirs.parameters) < certificate.AGREEMENT
    assert run.largest_logit == pytest.approx(theirs.largest_logit, rel=1e-9)


STEEP = ("sigmoid(-z)", "tanh(0.5*z)")


@pytest.mark.parametrize(
    "network",
    [*correct_networks(), *(dense(activation=one) for one in ("elu", "softplus", "swish", *STEEP))],
    ids=lambda network: network.name,
)
def test_other_shapes_layouts_activations_and_batches(network):
    data = images()
    plan, trainer = planned(network, data)
    assert isinstance(plan, compiled.Plan), plan
    theirs = train(network, network.prepare(data.images), data.labels, 0, 1)
    mine = trainer.run(network, 0).parameters
    kinds = {name: one.dtype for name, one in network.init(0).items()}
    assert {name: one.dtype for name, one in mine.items()} == kinds
    rounding = 1e-9 if set(kinds.values()) == {np.dtype(np.float64)} else 1e-4
    assert relative(mine, theirs.parameters) < rounding


@dataclass(frozen=True)
class Naive:
    """A forward pass whose softmax takes nothing off."""

    inner: object

    def __call__(self, parameters, x):
        trace = self.inner(parameters, x)
        powers = np.exp(trace["Z2"])
        return {**trace, "A2": powers / powers.sum(axis=1, keepdims=True)}


@pytest.mark.parametrize(("rate", "path"), [(0.05, "compiled"), (30.0, "own functions")])
def test_float32_that_overflows_sooner_is_trained_by_its_own_functions(rate, path):
    network = dense(hidden=(8,), layout="rows", dtype="float32")
    network = replace(network, forward=Naive(network.forward), learning_rate=lambda epoch: rate)
    trainer = Trainer(data=images(), epochs=1)
    run = trainer.run(network, 0)
    assert isinstance(trainer._plan(network, 0), compiled.Plan)
    assert run.path == path
    assert all(np.isfinite(one).all() for one in run.parameters.values()) == (path == "compiled")


@dataclass(frozen=True)
class Falling:
    """A rate that falls from step to step, through the ends of the epochs."""

    steps: int

    def __call__(self, epoch):
        return self.at(epoch, 0)

    def at(self, epoch, step):
        return 0.01 * 0.99 ** (self.steps * epoch + step)


def test_a_rate_may_change_from_step_to_step():
    network = replace(FIXED, learning_rate=Falling(steps=300))
    plan, trainer = planned(network, epochs=2)
    steps = plan.order.indices.shape[1]
    assert plan.rates.shape == (2, steps)
    assert plan.rates[1, 0] < plan.rates[0, -1] < plan.rates[0, 0]
    theirs = train(network, network.prepare(DIGITS.images), DIGITS.labels, 0, 2)
    assert relative(trainer.run(network, 0).parameters, theirs.parameters) < 1e-9
    still = train(FIXED, network.prepare(DIGITS.images), DIGITS.labels, 0, 2)
    assert relative(theirs.parameters, still.parameters) > 0.01


def test_labels_may_be_mixed_up_by_the_order_that_is_handed_them():
    network = replace(FIXED, order=ShufflingLabels(FIXED.order))
    plan, trainer = planned(network, epochs=2)
    assert plan.labels.shape == (2, len(DIGITS.labels))
    assert not np.array_equal(*plan.labels)
    theirs = train(network, network.prepare(DIGITS.images), DIGITS.labels, 0, 2)
    assert relative(trainer.run(network, 0).parameters, theirs.parameters) < 1e-9
    assert trainer.run(network, 0).path == "compiled"
    own = trainer.run(FIXED, 0)
    assert relative(own.parameters, theirs.parameters) > 0.01


@pytest.mark.parametrize("name", ["update-direction", "frozen-parameter"])
def test_steps_up_and_frozen_parameters_are_compiled_too(name):
    (defect,) = (one for one in DEFECTS if one.name == name)
    network = defect.inject(replace(FIXED, learning_rate=lambda epoch: 1e-3))
    run = Trainer(data=DIGITS, epochs=1).run(network, 0)
    theirs = train(network, network.prepare(DIGITS.images), DIGITS.labels, 0, 1).parameters
    assert run.path == "compiled"
    for key, array in theirs.items():
        assert np.abs(run.parameters[key] - array).max() <= 1e-9 * np.abs(array).max()


@pytest.fixture(scope="module")
def variants():
    """Every set of repairs of the post."""
    trainer = Trainer(data=DIGITS, epochs=2)
    every = repairs(probe(POST, trainer, DEFECTS, (0, 1, 2)))
    return [repaired(POST, chosen(every, mask)) for mask in range(2 ** len(every))]


@pytest.mark.parametrize("every", [17, pytest.param(7, marks=pytest.mark.seeds)])
def test_repaired_and_half_repaired_variants_agree_too(variants, every):
    trainer = Trainer(data=DIGITS, epochs=2)
    for network in variants[::every]:
        mine = trainer.run(network, 1)
        theirs = train(network, network.prepare(DIGITS.images), DIGITS.labels, 1, 2)
        assert mine.path == "compiled"
        for name, array in theirs.parameters.items():
            finite = np.isfinite(array)
            assert finite.all() == np.isfinite(mine.parameters[name]).all()
            if finite.all():
                # two epochs of a network that half of its repairs make chaotic amplify rounding
                assert np.abs(mine.parameters[name] - array).max() <= 1e-6 * np.abs(array).max()


def test_company_makes_no_difference(variants):
    trainer = Trainer(data=DIGITS, epochs=2)
    plans = [trainer._plan(network, 0) for network in variants]
    alone = {plan.key + bytes([plan.stable]): plan.run().theta for plan in plans}
    for jobs in (1, 2, 7):
        for group in companies.split(plans, jobs):
            trained = compiled.results(*compiled.train_group(*compiled.arguments(group)))
            for plan, result in zip(group, trained, strict=True):
                assert result.theta.tobytes() == alone[plan.key + bytes([plan.stable])].tobytes()


def test_the_loop_is_compiled_once_for_runs_alone_and_in_company(variants):
    """Numba compiles anew for another type or layout of an argument, which takes seconds."""
    some = [*variants, replace(FIXED, learning_rate=Falling(steps=300))]
    plans = [Trainer(data=DIGITS, epochs=2)._plan(network, 0) for network in some]
    for group in (plans[:1], *companies.split(plans, 1)):
        compiled.train_group(*compiled.arguments(group))
    every = kernel_in_lanes._steps.signatures
    at = list(signature(kernel_in_lanes._steps.py_func).parameters).index("rules")
    kinds = [one[at] for one in every]  # those of other tests among them
    assert types.none in kinds
    assert len(kinds) == len({*kinds}) <= 3
    assert len(kernel._lives_from.signatures) == 1


def test_what_was_compiled_of_other_parts_is_not_taken():
    """Numba asks only for the file of the function itself, and for its arguments."""
    compiled.dead_layers(*compiled.dead_arguments(planned(FIXED)[0]))
    parts = Path(kernel_parts.__file__).read_bytes()
    assert types.Omitted(zlib.crc32(parts)) in kernel._lives_from.signatures[0]
    for one in (kernel_in_lanes._steps, kernel_by_batches._steps, kernel_one_by_one._steps):
        assert one.py_func.__defaults__ == kernel._lives_from.py_func.__defaults__


def test_dead_layers_left_out_change_no_bit():
    """A network dead on every training image: what is left out is exactly what does not move."""
    plan, _ = planned(POST, epochs=2)
    inputs = plan.inputs
    # the same run with one more image, never shown, on which the first layer lives
    awake = np.zeros((1, 784))
    awake[0, 0] = -1e6
    rows = np.vstack([POST.prepare(DIGITS.images).astype(float), awake])
    longer = replace(plan, inputs=compiled.Inputs.of(rows))
    assert longer.inputs.features == inputs.features
    short, full = plan.run(), longer.run()
    assert short.theta.tobytes() == full.theta.tobytes()
    before = plan.theta
    moved = short.theta != before
    assert moved.any()
    assert not moved[: 784 * 10 + 10].any()  # the first layer never moved


def test_a_naive_softmax_that_met_no_large_logit_is_bit_for_bit_the_stable_one():
    plan, _ = planned(FIXED)
    naive = replace(plan, stable=False).run()
    assert not naive.unsafe
    assert naive.theta.tobytes() == plan.run().theta.tobytes()


def test_repairs_that_change_no_factor_leave_its_number(variants):
    """Else rounding, other in each variant, makes two runs of one."""
    trainer = Trainer(data=DIGITS, epochs=2)
    assert {trainer._plan(variant, 0).factors[2, 0] for variant in variants} == {0.1, 1.0}


def test_runs_of_several_seeds_keep_company_where_their_samples_come_in_the_same_order():
    trainer = Trainer(data=DIGITS, epochs=1)
    always = [trainer._plan(POST, seed).company for seed in range(3)]
    shuffled = [trainer._plan(FIXED, seed).company for seed in range(3)]
    assert len(set(always)) == 1
    assert len(set(shuffled)) == 3


def test_a_naive_softmax_overflows_as_the_own_one_does():
    network = DEFECT_SOFTMAX.inject(
        replace(FIXED, init=lambda seed: {k: 300 * v for k, v in FIXED.init(seed).items()})
    )
    plan, trainer = planned(network)
    assert isinstance(plan, compiled.Plan), plan
    assert not plan.stable
    theirs = train(network, network.prepare(DIGITS.images), DIGITS.labels, 0, 1)
    mine = trainer.run(network, 0)
    assert not np.isfinite(theirs.parameters["b3"]).all()
    assert not np.isfinite(mine.parameters["b3"]).all()


DEFECT_SOFTMAX = next(defect for defect in DEFECTS if defect.name == "softmax-overflow")


def slightly_wrong(parameters, trace, x, labels):
    gradients = FIXED.backward(parameters, trace, x, labels)
    gradients["w2"] = gradients["w2"] + 1e-4 * np.sign(gradients["w2"])
    return gradients


def decaying_by_signs(parameters, gradients, rate):
    return {k: v - 1e-6 * np.sign(v) - rate * gradients[k] for k, v in parameters.items()}


@pytest.mark.parametrize(
    ("network", "why"),
    [
        (replace(FIXED, backward=slightly_wrong), "not a multiple"),
        (replace(FIXED, update=decaying_by_signs), "differs by"),
        (replace(FIXED, layers=(replace(FIXED.layers[0], activation="softmax"), *FIXED.layers[1:])),
         "hidden layer"),
    ],
)  # fmt: skip
def test_what_the_loop_cannot_do_runs_on_the_own_functions(network, why):
    plan, trainer = planned(network)
    assert isinstance(plan, str)
    assert why in plan
    run = trainer.run(network, 0)
    theirs = train(network, network.prepare(DIGITS.images), DIGITS.labels, 0, 1)
    assert run.path == "own functions"
    assert all(
        (run.parameters[name] == theirs.parameters[name]).all() for name in theirs.parameters
    )
    assert any(why in reason for reason in trainer.own)


def test_what_rounding_leaves_of_a_sum_that_is_0_parts_nothing():
    """Samples alike on both sides of 0: the hidden biases get gradients of 0, but for rounding."""
    network = replace(
        dense(hidden=(8,), features=1, classes=1, activation="tanh", layout="rows", batch_size=40),
        prepare=np.asarray,
        classes=0,
        loss="squared-error",
    )
    last = replace(network.layers[-1], activation="linear")
    network = replace(network, layers=(*network.layers[:-1], last))
    network = replace(network, forward=Recomputed(bare(network), extras=False))
    names = tuple((name, 1.0) for name in network.init(0))
    network = replace(network, backward=ExactBackward(bare(network), names))
    x = np.linspace(-3, 3, 40)[:, None]
    data = data_of(x, np.sin(x))
    plan, _ = planned(network, data)
    assert isinstance(plan, compiled.Plan), plan
    # What is no rounding parts them still, however small.
    off = replace(network, update=lambda p, g, rate: moved(network.update(p, g, rate)))
    assert "b1 differs by" in planned(off, data)[0]


def moved(parameters):
    """Parameters whose first bias is off by a little."""
    return {**parameters, "b1": parameters["b1"] + 1e-11}


def test_a_factor_of_the_gradient_is_data():
    plan, _ = planned(POST)
    assert plan.factors[2, 0] == pytest.approx(0.1, rel=1e-12)
    assert np.delete(plan.factors.ravel(), 4) == pytest.approx(1, rel=1e-12)


def test_equal_trainings_are_made_once():
    trainer = Trainer(data=DIGITS, epochs=1)
    same = replace(FIXED, name="another name")
    trainer.runs([(FIXED, 0), (same, 0), (FIXED, 0), (FIXED, 1)], "training")
    assert (trainer.asked, trainer.made) == (4, 2)


def test_a_nan_logit_is_kept_as_the_largest():
    broken = replace(FIXED, init=lambda seed: {k: v * np.nan for k, v in FIXED.init(seed).items()})
    run = train(broken, broken.prepare(DIGITS.images[:5]), DIGITS.labels[:5], 0, 1)
    assert np.isnan(run.largest_logit)


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5, 8, 9, 13])
def test_a_layer_that_lives_on_one_sample_is_not_dead(width):
    sizes = np.array([3, width, width + 1, 1])
    inputs = Inputs.of(np.vstack([np.zeros((40, 3)), [[0.0, 0.0, 1.0]]]))
    rest = (sizes, np.array([0, 0, 4]), np.zeros(3), inputs.starts, inputs.columns, inputs.values)
    weights = [np.zeros((n, units)) for n, units in pairwise(sizes)]
    weights[0][2, -1], weights[1][-1, -1] = 2.0, 3.0
    biases = [np.full(width, -1.0), np.full(width + 1, -2.0), np.ones(1)]

    def dead():
        parts = [one.ravel() for both in zip(weights, biases, strict=True) for one in both]
        return compiled.dead_layers(np.concatenate(parts), *rest)

    assert dead() == 0
    weights[1][-1, -1] = 2.0
    assert dead() == 2
    weights[0][2, -1], biases[1][-1] = 1.0, 1.0
    assert dead() == 1


def test_layers_dead_from_the_start_are_taken_off_exactly(variants):
    """The reduced plan gives, bit for bit, what the whole plan gives."""
    trainer = Trainer(data=DIGITS, epochs=2)
    seen = set()
    for network in variants:
        plan = trainer._plan(network, 0)
        dead = compiled.dead_layers(*compiled.dead_arguments(plan))
        left = compiled.reduced(plan, dead)
        if dead and plan.key not in seen:
            seen.add(plan.key)
            whole, part = plan.run(), left.expanded(plan, left.plan.run())
            assert part.theta.tobytes() == whole.theta.tobytes()
            assert part.largest_logit == whole.largest_logit
            assert len(left.plan.theta) < len(plan.theta)
    assert len(seen) > 10


def test_plans_that_differ_only_below_a_dead_layer_are_one_run(variants):
    trainer = Trainer(data=DIGITS, epochs=1)
    trainer.runs([(network, 0) for network in variants], "training")
    plans = [trainer._plan(network, 0) for network in variants]
    distinct = {(plan.key, plan.stable) for plan in plans}
    assert trainer.made < 0.75 * len(distinct)


@dataclass(frozen=True)
class ByMath:
    """A forward pass whose sigmoids take ``math.exp``, which stops where it overflows."""

    inner: object

    def __call__(self, parameters, x):
        trace = self.inner(parameters, x)
        for at in (1, 2):
            each = [1 / (1 + math.exp(-z)) for z in trace[f"Z{at}"].flat]
            trace[f"A{at}"] = np.reshape(each, trace[f"Z{at}"].shape)
        return trace


@pytest.mark.parametrize(("later", "path"), [(0.5, "compiled"), (1e7, "own")])
def test_functions_that_stop_at_an_overflow_are_compiled_until_they_would(later, path):
    network = dense(activation="sigmoid", batch_size=4)
    network = replace(
        network,
        forward=ByMath(network.forward),
        learning_rate=lambda epoch: later if epoch else 0.5,
    )
    data = images(count=60)
    trainer = Trainer(data=data, epochs=2)
    assert trainer.is_compiled(network, 0)
    run = trainer.run(network, 0)
    own = train(network, trainer.rows(network), data.labels, 0, 2)
    assert run.stopped == own.stopped
    assert bool(run.stopped) == (path == "own")
    if path == "compiled":
        assert relative(run.parameters, own.parameters) < 1e-9


@pytest.mark.parametrize("low", [0.0, -1.0])
@pytest.mark.parametrize("classes", [1, 3])
def test_a_hinge_is_compiled(low, classes):
    network = dense(hidden=(6,), classes=classes, layout="rows", batch_size=7)
    last = replace(network.layers[-1], activation="linear", out=network.layers[-1].pre)

    def encode(labels):
        return np.where(labels[:, None] == np.arange(classes), 1.0, low)

    network = replace(
        network, layers=(*network.layers[:-1], last), loss="hinge", encode=encode,
        classes=max(classes, 2),
    )  # fmt: skip
    network = replace(network, forward=Recomputed(bare(network), extras=False))
    names = tuple((name, 1.0) for name in network.init(0))
    network = replace(network, backward=ExactBackward(bare(network), names))
    plan, _ = planned(network, images(classes=network.classes))
    assert isinstance(plan, compiled.Plan), plan
