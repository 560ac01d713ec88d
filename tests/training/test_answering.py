"""What trained networks answer, where several are asked for the same samples."""

from dataclasses import replace

import numpy as np
import pytest

from diagnose.network.record import Dropout
from diagnose.symptoms import fast_probabilities, own_probabilities, symptoms
from diagnose.training import answering, certificate, digests
from diagnose.training.answering import Answering, together
from diagnose.training.digests import digest
from diagnose.training.loop import Run, train
from diagnose.training.prepared import Prepared
from diagnose.training.trainer import Trainer
from tests.networks import dense, images

DATA = images()
ROWS = np.random.default_rng(0).integers(0, 256, (3000, 36)).astype(np.uint8)


def drawn(network, seeds):
    """A network and its parameters before training, as if they were those after it."""
    return [(network, network.init(seed)) for seed in seeds]


def trained(network, seeds):
    """The same, as trainings."""
    made = drawn(network, seeds)
    return [
        (one, Run(parameters=its, largest_logit=0.0, path="own functions")) for one, its in made
    ]


@pytest.fixture
def products(monkeypatch):
    """How many networks share each product."""
    made, own = [], answering._products
    monkeypatch.setattr(
        answering, "_products", lambda some, *rest: made.append(len(some)) or own(some, *rest)
    )
    return made


@pytest.mark.parametrize("layout", ["columns", "rows"])
@pytest.mark.parametrize("rows", [ROWS, ROWS / 255, (ROWS / 255).astype(np.float32)])
def test_several_answer_together_as_each_alone_to_the_last_bit(layout, rows, products, monkeypatch):
    monkeypatch.setattr(answering, "MOST_UNITS", 60)
    monkeypatch.setattr(answering, "AT_ONCE", 1 << 18)
    network = dense(hidden=(20, 5), layout=layout)
    wide = dense(hidden=(40,), layout=layout, bias="none")
    asked = [*drawn(network, range(5)), *drawn(wide, [0])]
    for (one, its), said in zip(asked, together(asked, rows), strict=True):
        assert np.array_equal(said, fast_probabilities(one, its, rows))
    assert products == [3, 2, 1]


@pytest.mark.parametrize(
    ("network", "fewest"),
    [
        (dense(hidden=(1,)), 1),
        (dense(hidden=(3,)), 1 << 21),
        (
            replace(
                dense(hidden=(20,)),
                dropout=(Dropout(mask="m", layer=-1, keep=0.5, scale=2.0),),
                drops_when_answering=True,
            ),
            1,
        ),
    ],
    ids=["one unit", "few terms", "masks before the first layer"],
)
def test_what_another_product_would_change_is_asked_alone(network, fewest, products, monkeypatch):
    monkeypatch.setattr(answering, "FEWEST_TERMS", fewest)
    if network.drops_when_answering:
        monkeypatch.setattr("diagnose.network.dropout.fan_out", lambda *_: 36)
    asked = drawn(network, range(2))
    for (one, its), said in zip(asked, together(asked, ROWS), strict=True):
        assert np.array_equal(said, fast_probabilities(one, its, ROWS))
    assert not products


def test_each_has_the_symptoms_that_it_has_alone_and_is_asked_once(monkeypatch):
    fixed, other = dense(), dense(activation="tanh")
    foreign = replace(fixed, forward=lambda p, x: fixed.forward(p, x * 2))
    stopped = fixed, replace(trained(fixed, [0])[0][1], stopped="ValueError")
    every = [
        *trained(fixed, [1, 2, 1]), *trained(other, [3]), *trained(foreign, [4]), stopped,
    ]  # fmt: skip
    rows = fixed.prepare(DATA.test_images)
    expected = [
        symptoms(one, own_probabilities(one, run.parameters, rows), DATA.test_labels)
        for one, run in every[:-1]
    ]
    asked, own = [], answering.together
    monkeypatch.setattr(
        answering, "together", lambda some, rows: asked.append(len(some)) or own(some, rows)
    )
    found = Answering(data=DATA, prepared=Prepared(data=DATA)).symptoms(every)
    for one, said in zip(expected, found, strict=False):
        assert said.mean_probabilities == pytest.approx(one.mean_probabilities)
        assert said.balanced_accuracy == one.balanced_accuracy
    assert found[-1].mean_probabilities == [None] * 4
    assert asked == [2, 1]


def test_scores_are_in_the_order_of_the_networks():
    rows = dense().prepare(DATA.images)
    made = [(dense(), train(dense(), rows, DATA.labels, seed, 2)) for seed in range(2)]
    foreign = replace(dense(), forward=lambda p, x: dense().forward(p, x * 0))
    made.insert(1, (foreign, made[0][1]))
    trainer = Trainer(data=DATA, epochs=2)
    found = trainer.answering.scores(made)
    assert found == [trainer.score(*one) for one in made]
    assert found[1] < 0.5 < min(found[0], found[2])


def test_labels_that_many_plans_hold_are_hashed_once(monkeypatch):
    monkeypatch.setattr(certificate, "certify", lambda *_: None)
    trainer = Trainer(data=DATA, epochs=1)
    first, second = (trainer._plan(dense(), seed) for seed in range(2))
    digests._of_kept.cache_clear()
    hashed = []
    monkeypatch.setattr(digests, "digest", lambda *given: hashed.append(given) or digest(*given))
    assert first.key != second.key
    others = replace(first, labels=first.labels[::-1].copy())
    same = replace(first, labels=first.labels.copy())
    assert others.key != first.key == same.key
    assert len(hashed) == 3
