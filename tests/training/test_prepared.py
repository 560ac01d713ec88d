"""Prepared samples of which only what is not 0 is kept, and what is asked for of them."""

from dataclasses import replace

import numpy as np
import pytest

from diagnose.instruments import scaling
from diagnose.network.samples import Data
from diagnose.training import prepared
from diagnose.training.inputs import Inputs
from diagnose.training.loop import train
from diagnose.training.prepared import Prepared
from diagnose.training.trainer import Trainer
from tests.networks import dense, images

DATA = images(count=60)


def scaled(given):
    """Rows of which most is 0."""
    return np.where(given > 150, given / 3, 0.0).reshape(len(given), -1)


def held(network, data=DATA):
    """What is prepared once the compiled loop has asked."""
    made = Prepared(data=data)
    made.inputs(network)
    return made


@pytest.fixture
def much(monkeypatch):
    """Whatever is prepared is much."""
    monkeypatch.setattr(prepared, "LARGE", 0)


@pytest.mark.usefixtures("much")
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_what_is_let_go_comes_again_as_it_was(kind):
    network = replace(dense(), prepare=lambda given: scaled(given).astype(kind))
    made, whole = held(network), network.prepare(DATA.images)
    assert not made._rows
    made.let_go()
    some = np.array([3, 0, -1, 3])
    for found, wanted in (
        (made.taken(network)(some), whole[some]),
        (made.rows(network), whole),
        (made.taken(network)(np.arange(0)), whole[:0]),
    ):
        assert found.dtype == kind
        assert found.tobytes() == wanted.tobytes()
    with pytest.raises(IndexError):
        made.taken(network)(np.array([60]))


@pytest.mark.usefixtures("much")
@pytest.mark.parametrize(
    "prepare",
    [
        lambda given: given.reshape(len(given), -1) + 1.0,  # nothing is 0
        lambda given: -scaled(given),  # a zero has a sign
        lambda given: np.asfortranarray(scaled(given)),  # summed in another order
    ],
)
def test_what_would_not_come_again_stays(prepare):
    network = replace(dense(), prepare=prepare)
    assert held(network)._rows


def test_little_stays():
    assert held(replace(dense(), prepare=scaled))._rows


@pytest.mark.usefixtures("much")
def test_one_that_is_asked_for_again_is_held_alone():
    """Of several ways to prepare, the one that was asked for last."""
    networks = [replace(dense(), prepare=lambda given, by=by: scaled(given) / by) for by in (1, 2)]
    made = Prepared(data=DATA)
    for network in networks:
        made.inputs(network)
    first = made.rows(networks[0])
    assert made.rows(networks[0]) is first
    second = made.rows(networks[1])
    assert np.array_equal(2 * second, first)
    assert made._last is not None
    assert made._last[1] is second


@pytest.mark.usefixtures("much")
def test_tested_on_others_and_on_some_of_the_samples():
    network = replace(dense(), prepare=scaled)
    made, whole = held(network), scaled(DATA.images)
    others = made.of_others(replace(DATA, test_images=DATA.images[:7]))
    assert len(others.rows(network, "test_images")) == 7
    assert np.array_equal(others.rows(network), whole)
    some = np.arange(0, 60, 3)
    brief: Data = replace(DATA, images=DATA.images[some], labels=DATA.labels[some])
    few = Prepared(data=brief, whole=(made, some))
    assert np.array_equal(few.rows(network), whole[some])
    assert np.array_equal(few.rows(network, "test_images"), made.rows(network, "test_images"))


def in_bytes(given):
    """Rows of bytes of which most is 0."""
    return scaled(given).astype(np.uint8)


@pytest.mark.usefixtures("much")
@pytest.mark.parametrize("prepare", [in_bytes, scaled])
@pytest.mark.parametrize("first", ["inputs", "rows", "taken"])
def test_what_is_only_divided_is_not_prepared_anew(prepare, first):
    calls = []

    def counted(given):
        calls.append(given)
        return prepare(given)

    made, network = held(replace(dense(), prepare=counted)), dense()
    divided = scaling.by_one_number(counted, counted(DATA.images))
    network, whole = replace(network, prepare=divided), divided(DATA.images)
    before = len(calls)
    getattr(made, first)(network)
    found, wanted = made.inputs(network), Inputs.of(whole)
    assert found.digest == wanted.digest
    assert len(calls) == before
    assert made.rows(network).tobytes() == whole.tobytes()
    assert made.taken(network)(np.array([5, 2])).tobytes() == whole[[5, 2]].tobytes()


@pytest.mark.usefixtures("much")
@pytest.mark.parametrize(
    "prepare",
    [
        lambda given: scaled(given).astype(np.float32),  # divided as these are
        lambda given: np.asfortranarray(in_bytes(given)),  # summed in another order
        lambda given: scaled(given) + 1.0,  # nothing is 0
    ],
)
def test_what_is_not_only_divided_is_prepared_as_ever(prepare):
    divided = scaling.by_one_number(prepare, prepare(DATA.images))
    network = replace(dense(), prepare=divided)
    made, whole = held(replace(dense(), prepare=prepare)), divided(DATA.images)
    assert made.inputs(network).digest == Inputs.of(whole).digest
    assert made.rows(network).dtype == whole.dtype
    assert np.isfortran(made.rows(network)) == np.isfortran(whole)


def test_infinite_samples_are_trained_by_the_own_functions():
    """What they do to a unit that is saturated the compiled loop leaves out."""

    def prepare(given):
        rows = scaled(given)
        rows[7, 3] = np.inf
        return rows

    network = replace(dense(activation="tanh"), prepare=prepare)
    trainer = Trainer(data=DATA, epochs=1)
    with np.errstate(all="ignore"):
        made = trainer.run(network, 0)
        own = train(network, network.prepare(DATA.images), DATA.labels, 0, 1)
    assert made.parameters.keys() == own.parameters.keys()
    for name, one in own.parameters.items():
        np.testing.assert_array_equal(made.parameters[name], one)


def test_many_rows_are_filled_part_by_part(monkeypatch):
    monkeypatch.setattr("diagnose.training.inputs.AT_ONCE", 7)
    rows = scaled(DATA.images)
    assert np.array_equal(Inputs.of(rows).rows(np.arange(60)), rows)


def test_the_standard_deviation_of_many_numbers_is_that_of_all(monkeypatch):
    rows = DATA.images.reshape(60, -1)
    monkeypatch.setattr(scaling, "AT_ONCE", 500)
    for given in (rows, rows / 7, np.asfortranarray(rows / 7), (rows / 7).astype(np.float32)):
        assert scaling.standard_deviation(given) == pytest.approx(given.std(), rel=1e-12)


def test_bytes_are_scaled_as_the_same_numbers_are(monkeypatch):
    rows = DATA.images.reshape(60, -1)
    monkeypatch.setattr(scaling, "AT_ONCE", 500)
    for scaled_as in (scaling.by_one_number, lambda *given: scaling.sound_inputs(*given, True)):
        for given in (rows, rows // 60 + 250):
            found, numbers = (
                scaled_as(np.asarray, given),
                scaled_as(np.asarray, given.astype(float)),
            )
            assert found == numbers
            assert found.divisors[0] > 1
