"""The learning rate: one that another outdoes, too large or too small; strange schedules."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks import planting
from diagnose.command.target import load_network
from diagnose.data import subset
from diagnose.instruments import rates
from diagnose.instruments.bench import Bench
from diagnose.instruments.handful import Constant
from diagnose.instruments.rates import Scaled, Until, strange_schedule
from diagnose.probes.learning_rate import DEFECT
from diagnose.training.trainer import Trainer
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


@pytest.mark.parametrize("style", STYLES, ids=lambda one: one.__name__)
def test_silent_where_a_larger_rate_gets_further_by_no_more_than_seeds_do(style):
    network = replace(style.handed_over(), epochs=3)
    finding = found(network, network.data())
    assert finding.status in ("absent", "masked")
    sweep = {one["factor"]: one["score"] for one in finding.numbers["sweep"]}
    assert len(set(sweep.values())) > 1


LARGE = {
    "relu columns": (dense(), 10),
    "relu rows": (dense(layout="rows"), 10),
    "relu batch": (dense(batch_size=8), 100),
    "leaky": (dense(activation="leaky-relu"), 100),
    "tanh": (dense(activation="tanh", layout="rows", batch_size=8), 1e4),
    "sigmoid": (dense(activation="sigmoid", spread="lecun", batch_size=4), 1e4),
    "builder": (replace(STYLES[1].handed_over(), epochs=20), 100),
}


@pytest.mark.parametrize("name", LARGE)
def test_far_too_large(name):
    network, factor = LARGE[name]
    data = network.data() if network.data else None
    broken = scaled(network, factor)
    finding = found(broken, data)
    assert finding.status == "present", finding.observed
    assert best(finding)["factor"] < 1
    assert finding.advice == f"start at about {best(finding)['rate']:.2g}"
    assert_repaired(broken, finding, data)


def best(finding):
    return rates.best(finding.numbers["sweep"])


def test_what_the_sweep_saw_is_said_whatever_the_verdict():
    sound, broken = found(dense()), found(scaled(dense(), 10))
    assert sound.observed == (
        "at the network's own rate, 0.05, balanced accuracy 1.000, and 1.000 on its training "
        "images: no rate could do much better"
    )
    assert broken.observed.startswith("at the network's own rate, 0.5, balanced accuracy 0.")
    assert ", and at 0.015, the best of 7 from 0.005 to 5, 0.998; hidden units " in broken.observed
    assert "with the other" not in sound.observed + broken.observed


def test_no_other_rate_is_tried_where_none_could_be_much_better():
    network = dense()
    one = bench(network, network, compiled_path=True)
    numbers = DEFECT.measure(one)
    assert one.trainer.made == rates.SEEDS
    assert [(each["factor"], each["scores"]) for each in numbers["sweep"]] == [
        (1.0, numbers["own"]["scores"])
    ]
    longer = replace(network, epochs=2 * network.epochs)  # of which half is trained here
    halved = Bench(network=longer, sane=longer, trainer=one.trainer)
    assert len(DEFECT.measure(halved)["sweep"]) == 7


def test_a_rate_that_belongs_to_other_repairs_is_part_of_the_advice():
    network = scaled(dense(), 10)
    one = bench(replace(network, name="with another defect"), network, compiled_path=True)
    finding = DEFECT.probe(one)
    rate = best(finding)["rate"]
    assert finding.advice == f"with the others repaired, start at about {rate:.2g}"
    assert "with the other defects found repaired" in finding.observed


def numbers(own, other):
    """What a sweep measures, where these are the scores for each seed, trained on and new."""

    def seen(factor, scores):
        means = {"trained": np.mean(scores["learned"]), "score": np.mean(scores["scores"])}
        return {
            "factor": factor, "rate": factor, "constant": False, "dead_units": 0.0, **scores,
            **means,
        }  # fmt: skip

    pair = [seen(1.0, own), seen(3.0, other)]
    return {
        "written_rate": None, "rates": [1.0], "rates_as_found": [1.0], "strange_schedule": None,
        "measure": "balanced accuracy", "chance": 0.25, "others_repaired": False, "own": pair[0],
        "sweep": pair, "compared": pair, "longer": [], "epochs": [2, 2], "where": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("learned", "scores", "status"),
    [
        ([0.60, 0.62, 0.64, 0.6, 0.61], [0.60, 0.62, 0.64, 0.6, 0.61], "present"),
        ([0.60, 0.62, 0.64, 0.6, 0.61], [0.87, 0.88, 0.86, 0.9, 0.88], "absent"),  # new ones alike
        ([0.87, 0.88, 0.86, 0.9, 0.88], [0.60, 0.62, 0.64, 0.6, 0.61], "absent"),  # as much learned
        ([0.90, 0.25, 0.90, 0.9, 0.90], [0.90, 0.25, 0.90, 0.9, 0.90], "absent"),  # one seed
        ([0.84, 0.85, 0.86, 0.8, 0.85], [0.84, 0.85, 0.86, 0.8, 0.85], "absent"),  # nine tenths
    ],
)
def test_it_is_outdone_where_seeds_agree_on_images_trained_on_and_on_new_ones(
    learned, scores, status
):
    good = {"learned": [0.9] * 5, "scores": [0.9] * 5}
    found = DEFECT.judge(numbers({"learned": learned, "scores": scores}, good))
    assert found.status == status


def test_of_rates_that_are_alike_the_own_one_is_best_and_then_the_smallest():
    def one(factor, trained):
        return {"factor": factor, "trained": trained}

    assert rates.best([one(0.1, 0.94), one(0.3, 0.95), one(1.0, 0.6)])["factor"] == 0.1
    assert rates.best([one(0.1, 0.94), one(0.3, 0.95), one(1.0, 0.94)])["factor"] == 1.0
    assert rates.best([one(0.1, 0.91), one(0.3, 0.95), one(1.0, 0.6)])["factor"] == 0.3


@pytest.mark.parametrize(
    "network",
    [
        dense(),
        dense(layout="rows", batch_size=8, bias="flat", rate=0.15),
        dense(activation="tanh", spread="glorot", layout="rows"),
        dense(activation="sigmoid", spread="lecun", batch_size=16, rate=5.0),
        dense(dtype="float32", layout="rows", batch_size=32, activation="tanh", rate=0.5),
    ],
    ids=lambda one: one.name,
)
@pytest.mark.parametrize("factor", [1e-2, 1e-4])
def test_far_too_small(network, factor):
    broken = scaled(network, factor)
    finding = found(broken)
    assert finding.status == "present", finding.observed
    assert best(finding)["factor"] >= 10
    assert_repaired(broken, finding)


@pytest.mark.parametrize(("factor", "status"), [(1.0, "absent"), (1e-4, "present")])
def test_weights_that_begin_at_zero(factor, status, tmp_path):
    flowers = load_network(str(planting.write(planting.Case("flowers_softmax"), tmp_path)))
    finding = found(scaled(flowers, factor), flowers.data())
    assert finding.status == status, finding.observed


@pytest.mark.parametrize("factor", [0.3, 3])
@pytest.mark.parametrize("network", [dense(), dense(layout="rows", batch_size=4, epochs=8)])
def test_a_factor_of_three_is_tuning(network, factor):
    assert found(scaled(network, factor)).status == "absent"


def test_small_steps_that_arrive_are_no_defect():
    patient = replace(scaled(dense(activation="tanh"), 0.01), epochs=80)
    assert found(patient).status == "absent"
    assert found(replace(patient, epochs=2)).status == "present"


def test_sums_over_the_batch_with_a_rate_that_is_as_much_smaller():
    network = dense(layout="rows", batch_size=8, rate=0.15)

    def summed(parameters, trace, x, labels):
        gradients = network.backward(parameters, trace, x, labels)
        return {name: len(labels) * one for name, one in gradients.items()}

    assert found(scaled(replace(network, backward=summed), 1 / 8)).status == "absent"


def test_a_training_that_was_cut_short_blames_no_small_rate():
    patient = replace(scaled(dense(activation="tanh"), 0.01), epochs=80)
    trainer = Trainer(data=images(), epochs=8)
    short = Bench(network=patient, sane=patient, trainer=trainer)
    finding = DEFECT.probe(short)
    assert finding.status == "absent"
    mine, other = finding.numbers["compared"]  # both over 80 epochs
    assert mine["score"] > other["score"] - 0.1 > finding.numbers["own"]["score"]
    endless = Bench(network=patient, sane=replace(patient, epochs=10_000), trainer=trainer)
    finding = DEFECT.probe(endless)
    assert finding.status == "absent"
    assert "a training of 8 of its 10000 epochs favours larger rates" in finding.observed


def test_what_cannot_learn_at_any_rate_is_masked():
    network = dense()

    def zeros(seed):
        return {name: 0 * one for name, one in network.init(seed).items()}

    finding = found(replace(network, init=zeros))
    assert finding.status == "masked"
    assert "of 14 from 5e-07 to 5e+03" in finding.observed


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


def test_more_epochs_at_its_own_rate_clear_the_rate():
    network, data = dense(epochs=1, batch_size=16, rate=0.15), subset(images(), 40)
    finding = found(network, data)
    mine, other = finding.numbers["compared"]
    assert other["score"] > mine["score"] + 0.2
    assert finding.status == "absent"
    assert "after 16 epochs at its own rate 0.9" in finding.observed
    assert found(scaled(dense(), 0.01)).status == "present"  # sixteen times as many do less


def test_injections_compare_by_value():
    assert DEFECT.inject(LONG) == DEFECT.inject(LONG)
    assert DEFECT.inject(LONG).learning_rate(0) == pytest.approx(0.5)
