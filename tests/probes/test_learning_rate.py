"""The learning rate: too large or too small by a mechanism that is seen; strange schedules."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks import planting
from diagnose.command.target import load_network
from diagnose.instruments import rates
from diagnose.instruments.handful import Constant
from diagnose.instruments.rates import Scaled, Until, strange_schedule
from diagnose.probes.learning_rate import DEFECT
from tests.builders.test_builders import STYLES
from tests.networks import bench, correct_networks, dense, images
from tests.probes.assertions import accuracy


def scaled(network, factor):
    """The network at another rate, as if its author had written that one down."""
    written = network.initial_learning_rate
    return replace(
        network,
        learning_rate=Scaled(network.learning_rate, factor),
        initial_learning_rate=None if written is None else written * factor,
    )


def found(network, data=None):
    data = data or images()
    finding = DEFECT.probe(bench(network, data=data, compiled_path=True))
    assert finding.status != "error", finding.observed
    return finding


def assert_repaired(network, finding, data=None):
    mended = DEFECT.repair(network, finding.numbers)
    assert found(mended, data).status == "absent"
    assert accuracy(mended, data) > accuracy(network, data) + 0.1


@pytest.mark.parametrize("network", correct_networks(), ids=lambda one: one.name)
def test_silent_on_correct_networks(network):
    assert found(network).status == "absent"


@pytest.mark.parametrize("epochs", [3, 20])
@pytest.mark.parametrize("style", STYLES, ids=lambda one: one.__name__)
def test_silent_on_few_samples_where_a_larger_rate_gets_further(style, epochs):
    network = replace(style.handed_over(), epochs=epochs)
    finding = found(network, network.data())
    assert finding.status in ("absent", "masked")
    sweep = {one["factor"]: one["score"] for one in finding.numbers["sweep"]}
    assert len(set(sweep.values())) > 1


LARGE = {
    "relu columns": (dense(), 10, "hidden units die in training"),
    "relu rows": (dense(layout="rows"), 10, "hidden units die in training"),
    "relu batch": (dense(batch_size=8), 100, "hidden units die in training"),
    "leaky": (dense(activation="leaky-relu"), 100, "steps overshoot"),
    "tanh": (dense(activation="tanh", layout="rows", batch_size=8), 1e4, "hidden units saturate"),
    "sigmoid": (
        dense(activation="sigmoid", spread="lecun", batch_size=4),
        1e4,
        "hidden units saturate",
    ),
    "builder": (
        replace(STYLES[1].handed_over(), epochs=20),
        100,
        "hidden units saturate in training",
    ),
}


@pytest.mark.parametrize("name", LARGE)
def test_far_too_large(name):
    network, factor, mechanism = LARGE[name]
    data = network.data() if network.data else None
    broken = scaled(network, factor)
    finding = found(broken, data)
    assert finding.status == "present", finding.observed
    assert mechanism in finding.observed
    assert best(finding)["factor"] < 1
    assert finding.advice == f"start at about {best(finding)['rate']:.2g}"
    assert_repaired(broken, finding, data)


def best(finding):
    return rates.best(finding.numbers["sweep"])


def test_a_loss_that_does_not_fall_is_a_mechanism():
    def unclear(sample):
        return {**sample, "dead_units": 0.0}

    numbers = found(scaled(dense(), 10)).numbers
    numbers = {**numbers, "sweep": [unclear(one) for one in numbers["sweep"]]}
    assert DEFECT.judge({**numbers, "overshooting": 0.6}).status == "present"
    finding = DEFECT.judge({**numbers, "overshooting": 0.0})
    assert finding.status == "present"
    assert "the training loss does not fall in 3 of 3 trainings, in the worst" in finding.observed
    fell = {**numbers["losses"], "end": [0.9, 0.9, 0.9]}
    silent = DEFECT.judge({**numbers, "overshooting": 0.0, "losses": fell})
    assert silent.status == "absent"


@pytest.mark.parametrize(
    "network",
    [
        dense(),
        dense(layout="rows", batch_size=8, bias="flat"),
        dense(activation="tanh", spread="glorot", layout="rows"),
        dense(activation="sigmoid", spread="lecun", batch_size=16),
        dense(dtype="float32", layout="rows", batch_size=32, activation="tanh"),
    ],
    ids=lambda one: one.name,
)
@pytest.mark.parametrize("factor", [1e-2, 1e-4])
def test_far_too_small(network, factor):
    broken = scaled(network, factor)
    finding = found(broken)
    assert finding.status == "present", finding.observed
    assert "steps are small and the training ends long before it is done" in finding.observed
    assert best(finding)["factor"] >= 10
    assert_repaired(broken, finding)


@pytest.mark.parametrize(("factor", "status"), [(1.0, "absent"), (1e-4, "present")])
def test_weights_that_begin_at_zero_are_judged_by_the_loss(factor, status, tmp_path):
    flowers = load_network(str(planting.write(planting.Case("flowers_softmax"), tmp_path)))
    finding = found(scaled(flowers, factor), flowers.data())
    assert finding.status == status, finding.observed
    assert finding.numbers["update_to_weight"] == {}
    assert ("% of the way" in finding.observed) == (status == "present")


@pytest.mark.parametrize(
    ("ends", "status"),
    [
        ([0.2, 0.2, 0.2], "absent"),
        ([0.2, 0.2, 1.7], "present"),  # one training ends above where it began
        ([0.2, 0.2, float("nan")], "present"),
        ([0.899, 0.899, 0.2], "present"),  # two of three stand where they stood after a quarter
        ([0.899, 0.2, 0.2], "absent"),
    ],
)
def test_trainings_that_diverge_or_stand_still(ends, status):
    numbers = found(scaled(dense(), 10)).numbers
    sweep = [{**one, "dead_units": 0.0} for one in numbers["sweep"]]
    losses = {**numbers["losses"], "start": [1.5] * 3, "quarter": [0.9] * 3, "end": ends}
    said = DEFECT.judge({**numbers, "sweep": sweep, "losses": losses, "overshooting": 0.0})
    assert said.status == status, said.observed


@pytest.mark.parametrize("factor", [0.3, 3])
@pytest.mark.parametrize("network", [dense(), dense(layout="rows", batch_size=4)])
def test_a_factor_of_three_is_tuning(network, factor):
    assert found(scaled(network, factor)).status == "absent"


def test_small_steps_that_arrive_are_no_defect():
    patient = replace(scaled(dense(activation="tanh"), 0.01), epochs=80)
    finding = found(patient)
    assert finding.status == "absent"
    assert max(finding.numbers["update_to_weight"].values()) < 1e-3


def test_what_cannot_learn_at_any_rate_is_masked():
    network = dense()

    def zeros(seed):
        return {name: 0 * one for name, one in network.init(seed).items()}

    finding = found(replace(network, init=zeros))
    assert finding.status == "masked"
    assert "from 1e-05 to 100000 times" in finding.observed


class PerStep:
    """A decay meant for epochs that is fed steps."""

    def __init__(self, steps):
        self.steps = steps

    def __call__(self, epoch):
        return 0.05 * 0.9 ** (self.steps * epoch)


LONG = replace(dense(), epochs=6)
STRANGE = {
    "decays per step": (PerStep(240), None, "falls from 0.05 in epoch 0 to 5.21e-13 in the next"),
    "decays before the first step": (lambda e: 0.05 * 0.1 ** (5 + e), 0.05, "in 6 of 6 epochs"),
    "an exponent turned": (lambda e: 0.05 * 50.0 ** (5 * e), None, "jumps from 0.05 in epoch 0"),
    "a whole-number division": (lambda e: 5 // 100, 0.05, "the rate is 0 in every epoch"),
    "nothing after the first epochs": (
        lambda e: 0.0004 * 0.2**e if e else 0.05, None, "in 4 of 6 epochs the rate is less than"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STRANGE)
def test_a_schedule_gone_wrong(name):
    schedule, written, said = STRANGE[name]
    # small, so that the first epoch alone does not do
    broken = replace(LONG, learning_rate=schedule, initial_learning_rate=written, batch_size=16)
    finding = found(broken)
    assert finding.status == "present", finding.observed
    assert said in finding.observed
    assert "constant" in finding.observed
    mended = DEFECT.repair(broken, finding.numbers)
    assert isinstance(mended.learning_rate, Constant)
    assert found(mended).status == "absent"
    assert DEFECT.draw(finding.numbers) is not None


SOUND = {
    "cosine to 0": lambda e: 0.05 * (1 + np.cos(np.pi * e / 5)) / 2,
    "linear to 0": lambda e: 0.05 * (1 - e / 5),
    "warm-up from 0": lambda e: 0.05 * min(e / 2, 1),
    "steps of ten": lambda e: 0.05 * 0.1 ** (e // 2),
    "exponential": lambda e: 0.05 * 0.5**e,
}


@pytest.mark.parametrize("name", SOUND)
def test_schedules_that_are_sound(name):
    network = replace(LONG, learning_rate=SOUND[name], initial_learning_rate=0.05)
    assert found(network).status == "absent"


def test_the_rates_of_the_post_are_not_strange():
    given = [0.05 * 0.1 ** (epoch // 3) for epoch in range(10)]
    assert strange_schedule(given, 0.5) is None


def test_until_shows_whole_batches_up_to_a_point():
    labels = np.zeros(20, int)
    order = lambda labels, epoch, seed: np.arange(len(labels))  # noqa: E731
    until = Until(order, 1.5, 4)
    assert [len(until(labels, epoch, 0)) for epoch in range(3)] == [20, 8, 0]
    assert len(Until(order, 0.01, 4)(labels, 0, 0)) == 4
    assert until == Until(order, 1.5, 4)


def test_stopped_trainings_are_prefixes_of_the_whole():
    network = dense(epochs=2)
    half = replace(network, order=Until(network.order, 1.0, 1))
    one = bench(network, compiled_path=True)
    short = bench(replace(network, epochs=1))
    stopped, epoch = one.train(half).parameters, short.train(short.network).parameters
    for name, value in epoch.items():
        assert stopped[name] == pytest.approx(value, rel=1e-9, abs=1e-12)


def test_the_course_is_followed_only_where_another_rate_is_better():
    assert found(dense()).numbers["losses"] is None
    numbers = found(scaled(dense(), 0.01)).numbers
    start, end = (np.mean(numbers["losses"][when]) for when in ("start", "end"))
    assert end < start


def test_injections_compare_by_value():
    assert DEFECT.inject(LONG) == DEFECT.inject(LONG)
    assert DEFECT.inject(LONG).learning_rate(0) == pytest.approx(0.5)
