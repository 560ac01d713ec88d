"""Trainings that end before they are done, and those that are as long as they need be."""

from dataclasses import replace

import numpy as np
import pytest

from diagnose.data import subset
from diagnose.instruments.bench import Bench
from diagnose.instruments.lengths import Longer, lengthened
from diagnose.probes.learning_rate import DEFECT as LEARNING_RATE
from diagnose.probes.too_few_epochs import DEFECT
from diagnose.training.trainer import Trainer
from tests.networks import bench, correct_networks, dense, images
from tests.probes.assertions import accuracy

FEW = subset(images(), 20)


def found(network, data=None):
    finding = DEFECT.probe(bench(network, data=data or images(), compiled_path=True))
    assert finding.status != "error", finding.observed
    return finding


SHORT = {
    "one by one": dense(epochs=1),
    "relu": dense(epochs=1, batch_size=16, rate=0.15),
    "sigmoid": dense(epochs=1, batch_size=4, activation="sigmoid", spread="lecun", rate=5.0),
}


@pytest.mark.parametrize("name", SHORT)
def test_found_where_only_a_longer_training_does(name):
    network = SHORT[name]
    finding = found(network, FEW)
    assert finding.status == "present", finding.observed
    assert finding.part == "pace"
    times = finding.numbers["longer"]
    assert [one["times"] for one in times] == [4, 16]
    mended = DEFECT.repair(network, finding.numbers)
    assert mended == DEFECT.repair(network, finding.numbers)
    assert found(mended, FEW).status == "absent"
    assert accuracy(mended, FEW) > accuracy(network, FEW) + 0.1
    assert DEFECT.draw(finding.numbers) is not None


@pytest.mark.parametrize("name", SHORT)
def test_no_rate_does_it_within_the_same_epochs(name):
    assert LEARNING_RATE.probe(bench(SHORT[name], data=FEW, compiled_path=True)).status != "present"


def test_what_a_better_rate_does_is_left_to_the_probe_of_the_rate():
    network, data = dense(rate=0.0005), images()
    one = bench(network, data=data, compiled_path=True)
    rate = LEARNING_RATE.probe(one)
    assert rate.status == "present"
    assert DEFECT.probe(one).status == "present"
    mended = replace(one, sane=LEARNING_RATE.repair(network, rate.numbers))
    assert DEFECT.probe(mended).status == "absent"


@pytest.mark.parametrize("network", correct_networks(), ids=lambda one: one.name)
def test_silent_on_correct_networks(network):
    assert found(network).status == "absent"


def test_a_training_that_does_is_not_made_longer():
    finding = found(dense())
    assert finding.numbers["longer"] == []
    assert finding.observed == "after 2 epochs balanced accuracy 1.000 on its training images"
    assert DEFECT.draw(finding.numbers) is not None


def test_small_rates_with_many_epochs_are_long_enough():
    assert found(dense(activation="tanh", rate=0.0005, epochs=80)).status == "absent"
    assert found(dense(activation="tanh", rate=0.0005, epochs=4)).status == "present"


@pytest.mark.parametrize(("epochs", "batch_size"), [(1, 1), (1, 8), (2, 1), (4, 1), (4, 8)])
def test_images_learned_by_heart_are_no_better_answers(epochs, batch_size):
    data, random = images(count=60), np.random.default_rng(1)
    noise = replace(data, labels=random.permutation(data.labels))
    network = dense(hidden=(30,), activation="tanh", epochs=epochs, batch_size=batch_size)
    finding = found(network, noise)
    assert finding.status == "absent"
    assert finding.numbers["longer"][-1]["trained"] > finding.numbers["own"]["trained"] + 0.2


def test_where_most_stays_missing_more_epochs_are_not_it():
    seen = {"score": 0.4, "scores": [0.4] * 5, "trained": 0.4, "learned": [0.4] * 5}
    numbers = found(SHORT["one by one"], FEW).numbers | {"own": seen, "chance": 0.1}

    def after(value):
        return {"times": 4} | {
            key: [value] * 5 if isinstance(one, list) else value for key, one in seen.items()
        }

    judged = [DEFECT.judge({**numbers, "longer": [after(value)]}) for value in (0.6, 0.8)]
    assert [one.status for one in judged] == ["absent", "present"]
    assert "after 1 epoch balanced accuracy 0.400" in judged[0].observed
    assert judged[1].advice == "train 4 times as long"


def test_what_does_not_learn_in_any_number_of_epochs_is_masked():
    network = dense()

    def zeros(seed):
        return {name: 0 * one for name, one in network.init(seed).items()}

    assert found(replace(network, init=zeros)).status == "masked"


def test_a_training_that_was_cut_short_says_nothing():
    network = dense(epochs=40, rate=0.0005)
    short = Bench(network=network, sane=network, trainer=Trainer(data=images(), epochs=2))
    finding = DEFECT.probe(short)
    assert finding.status == "not applicable"
    assert "trained for 2 of its 40 epochs" in finding.observed
    assert DEFECT.draw(finding.numbers) is not None


def test_what_would_take_too_long_is_not_tried():
    network = dense(epochs=11, rate=1e-7)
    finding = DEFECT.probe(bench(network, compiled_path=False))
    assert finding.status == "not applicable"
    assert "4 times as long would take too long" in finding.observed


def test_planted():
    network = dense(epochs=40, batch_size=16, rate=0.15)
    planted = DEFECT.inject(network)
    assert planted == DEFECT.inject(network)
    assert planted.epochs == 2
    assert found(planted, FEW).status == "present"
    with pytest.raises(ValueError, match="one epoch"):
        DEFECT.inject(dense(epochs=1))


def test_a_longer_training_goes_on_where_the_other_ends():
    network = dense(epochs=2)
    labels = images().labels
    longer = Longer(network.order, 3)
    assert longer == Longer(network.order, 3)
    epochs = [network.order(labels, epoch, 0) for epoch in range(3, 6)]
    np.testing.assert_array_equal(longer(labels, 1, 0), np.concatenate(epochs))
    whole = bench(replace(network, epochs=6)).train(replace(network, epochs=6))
    trained = bench(network).train(lengthened(network, 3))
    for name, one in whole.parameters.items():
        np.testing.assert_array_equal(trained.parameters[name], one)
    assert lengthened(network, 1) is network
