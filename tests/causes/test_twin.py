"""A sound twin says what is possible, and the exchange of parts which of them is to blame."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

from buggy_reference import NETWORK as POST
from diagnose import diagnose
from diagnose.builders import from_functions
from diagnose.causes import experiment, twin
from diagnose.causes.exchange import Pace, exchanged, look_at
from diagnose.causes.experiment import Experiment
from diagnose.causes.smallest import hopeless, least, smallest
from diagnose.causes.sound_parts import PlainStep, sound_targets
from diagnose.causes.tried import Tried
from diagnose.causes.twin import compare
from diagnose.data import carried
from diagnose.instruments.accuracies import ShareOfRight
from diagnose.instruments.comparing import falls_short
from diagnose.instruments.retargeting import Mapped, retargeted
from diagnose.instruments.scaling import by_one_number, sound_inputs
from diagnose.network.samples import flattened
from diagnose.probes import aliased_arrays, unnormalized_input
from diagnose.render.part_words import blame_sentences, rows, sentences, twin_sentence
from diagnose.render.verdict import verdict
from diagnose.training.budget import OutOfTime
from diagnose.training.pool import Pool
from diagnose.training.trainer import Trainer
from fixed import NETWORK as FIXED
from tests.networks import correct_networks, dense, images, some

SEEDS = range(3)


def compared(network, data=None):
    data = data or (network.data() if network.data else images())
    return compare(network, Trainer(data=data, epochs=network.epochs), SEEDS)


def blamed(network, data=None):
    _, parts = compared(network, data)
    return parts.minimal


@pytest.fixture(scope="module")
def post():
    return diagnose(POST, seeds=3, select=["class-order", "unnormalized-input"])


def test_the_post_falls_short_by_its_inputs_order_and_start_together(post):
    assert post.twin.score > 0.86
    assert post.twin.works_in == [3, 3]
    assert post.twin.found_works_in == [0, 3]
    assert post.twin.shape == "784-10-10-10, relu, relu, softmax"
    assert post.parts.minimal == [["input", "order", "start"]]
    assert post.parts.found == pytest.approx(0.1, abs=0.01)
    assert all(post.parts.alone[one] < 0.15 for one in ("input", "order", "start"))
    assert all(post.parts.without[one] < 0.5 for one in ("input", "order", "start"))
    assert post.parts.without["gradient"] > 0.8
    assert sum(one.mean for one in post.parts.shares.values()) == pytest.approx(1, abs=0.05)
    assert post.parts.places["start"].file == "buggy_reference/post.py"


def test_the_report_says_so_and_says_where_nothing_was_found(post):
    said = " ".join(verdict(post))
    assert f"reaches {post.twin.score:.3f} on the same data, where this one reaches 0.100" in said
    assert "The difference is in your input (buggy_reference/post.py:60), order of the" in said
    assert "No known mistake was found in your initialization." in said
    found = {one.name: one.found for one in rows(post)}
    assert found["input"] == "unnormalized-input"
    assert [one.blamed for one in rows(post)] == [True, True, True, False, False]


def test_the_corrected_one_is_as_good_as_its_twin():
    found, parts = compared(FIXED, carried())
    assert parts.minimal == []
    assert parts.found > 0.86
    assert abs(found.score - parts.found) < 0.05
    report = diagnose(FIXED, seeds=2, select=["class-order"])
    assert blame_sentences(report) == []
    assert twin_sentence(report).startswith("That is as good as a sound network of the same shape")


@pytest.mark.parametrize("network", some(correct_networks(), 6), ids=lambda one: one.name)
def test_no_part_of_a_correct_network_is_blamed(network):
    assert blamed(replace(network, epochs=40)) == []


ROWS = replace(dense(layout="rows", batch_size=8, bias="flat"), epochs=12)


def backward_of(network, change):
    def backward(parameters, trace, x, labels):
        return change(dict(network.backward(parameters, trace, x, labels)), parameters)

    return replace(network, backward=backward)


def mixed(gradients, parameters):
    """No known mistake: rows of every gradient in another order, and one half of it turned."""
    return {
        name: np.where(np.arange(one.size).reshape(one.shape) % 2, -1, 1) * np.flip(one, 0)
        for name, one in gradients.items()
    }


class Forgetful:
    """No known mistake: every step also pulls each parameter towards where it began."""

    def __init__(self, network):
        self.network, self.start = network, network.init(0)

    def __call__(self, parameters, gradients, rate):
        after = self.network.update(parameters, gradients, rate)
        return {name: 0.5 * one + 0.5 * self.start[name] for name, one in after.items()}


def only_two_classes(labels, epoch, seed):
    """No known mistake of an order: shuffled, and of some classes only the first sample."""
    keep = np.flatnonzero(labels < 2)
    firsts = [np.flatnonzero(labels == one)[0] for one in range(2, labels.max() + 1)]
    return np.random.default_rng([seed, epoch]).permutation(np.concatenate([keep, firsts]))


def one_unit_of_many(seed):
    """No known mistake of a start: one enormous weight in the first layer of a sound draw."""
    drawn = ROWS.init(seed)
    drawn["W1"][:, 0] = 300.0
    drawn["b1"][:] = -50.0
    return drawn


def one_bright_column(pictures):
    """No known mistake of the input: a constant column a thousand times as large as the rest."""
    prepared = np.array(ROWS.prepare(pictures))
    prepared[:, 0] = 1000.0
    return prepared


UNKNOWN = {
    "gradient": backward_of(ROWS, mixed),
    "step": replace(ROWS, update=Forgetful(ROWS)),
    "order": replace(ROWS, order=only_two_classes),
    "start": replace(ROWS, init=one_unit_of_many),
    "input": replace(ROWS, prepare=one_bright_column),
}


@cache
def unknown(part):
    """What a comparison says of one of them; several tests ask it of the gradient."""
    return compared(UNKNOWN[part])


@pytest.mark.parametrize("part", UNKNOWN)
def test_a_fault_that_has_no_name_is_found_in_its_part(part):
    _, parts = unknown(part)
    assert part in parts.minimal[0]


def test_labels_that_leave_their_samples_are_the_data():
    mixing = aliased_arrays.inject(ROWS)
    # in each epoch anew, so that a sound order takes it away, too
    assert blamed(mixing) == [["data"], ["order"]]
    network = replace(mixing, order=lambda *of: (mixing if of[1] == 0 else ROWS).order(*of))
    assert blamed(network) == [["data"]]
    trainer = Trainer(data=images(), epochs=2)
    author = look_at(network, trainer, 0)
    handed = images().labels.copy()
    exchanged(author, {"data"}).order(handed, 0, 0)
    assert np.array_equal(handed, images().labels)
    exchanged(author, {"order"}).order(handed, 0, 0)
    assert not np.array_equal(handed, images().labels)


class TestAnswer:
    def told(self, accuracy):
        return compared(replace(ROWS, accuracy=accuracy))

    def test_an_accuracy_that_counts_wrongly_is_to_blame_and_the_network_is_not(self, post):
        found, parts = self.told(
            lambda outputs, labels: np.mean(outputs.argmax(axis=0) == labels[0])
        )
        assert parts.minimal == [["answer"]]
        assert parts.found < 0.5 < parts.alone["answer"]
        report = replace(post, twin=found, parts=parts)
        assert "The network is fine, the accuracy that it prints is not" in twin_sentence(report)
        assert blame_sentences(report) == []

    @pytest.mark.parametrize("times", [1, 100])
    def test_a_right_one_is_not(self, times):
        right = ShareOfRight(ROWS)
        _, parts = self.told(lambda outputs, labels: times * right(outputs, labels))
        assert parts.minimal == []


def test_how_the_gradients_of_an_unknown_mistake_lie_is_told(post):
    found, parts = unknown("gradient")
    report = replace(post, twin=found, parts=parts)
    said = " ".join(blame_sentences(report))
    assert "No known mistake was found in your backward pass" in said
    assert re.search(r"Its gradients are not the true ones: W1: .* degrees to the true one", said)


def test_a_rate_far_too_small_is_the_pace():
    found, parts = compared(replace(ROWS, learning_rate=lambda epoch: 1e-5))
    assert parts.minimal == [["pace"]]
    assert parts.rates == [pytest.approx(found.rate, rel=10)]


def test_a_rate_that_belongs_to_another_part_is_told_with_it(post):
    small = backward_of(ROWS, lambda given, _: {name: one / -50 for name, one in given.items()})
    network = replace(small, learning_rate=lambda epoch: 10 * ROWS.learning_rate(epoch))
    found, parts = compared(network)
    report = replace(post, twin=found, parts=parts)
    for several, rate in zip(parts.minimal, parts.rates, strict=True):
        assert rate is not None or "pace" not in several
    assert "gradient" in parts.minimal[0]
    said = " ".join(blame_sentences(report))
    assert ("learning rate" in said) == any(rate is not None for rate in parts.rates)


def test_a_pace_that_one_seed_does_not_ask_for_is_found_by_the_others():
    """The first seed trains at the author's rate, too, and would have chosen that."""
    signed = backward_of(ROWS, lambda given, _: given | {"W1": -given["W1"]})
    network = replace(signed, learning_rate=lambda epoch: 14 * ROWS.learning_rate(epoch))
    _, parts = compared(network)
    assert parts.minimal == [["gradient", "pace"]]


@dataclass
class Tries:
    """Sets of parts with their mean scores, as an experiment has them."""

    tried: dict
    asked: list
    everything: frozenset = frozenset({"gradient", "pace"})

    def is_fast(self, parts):
        return True

    def measure(self, sets):
        self.asked += sets


@pytest.mark.parametrize(("with_pace", "advised"), [(0.84, True), (0.79, False), (0.7, False)])
def test_a_rate_that_does_noticeably_better_is_advised_with_parts_that_are_enough(
    with_pace, advised
):
    gradient, both = frozenset({"gradient"}), frozenset({"gradient", "pace"})
    tried = {
        gradient: SimpleNamespace(mean=0.75, pace=None),
        both: SimpleNamespace(mean=with_pace, pace=Pace(0.03)),
    }
    tries = Tries(tried, [])
    assert twin._pace(tries, gradient) == (Pace(0.03) if advised else None)
    assert tries.asked == [both]
    assert twin._pace(tries, both) == Pace(0.03)


def test_numbers_are_handed_over_as_targets_whatever_is_wrong_with_the_gradient():
    seen = []

    def backward(parameters, trace, x, labels):
        seen.append(labels)
        return {"W": labels.sum()}

    network = replace(dense(layout="rows"), classes=0, encode=None, backward=backward)
    other = retargeted(network, Mapped(lambda labels: labels[:, None], 0.01, 0.1))
    given = other.backward({}, {}, np.zeros((3, 2)), np.array([0.0, 40.0, 90.0]))
    assert np.allclose(seen[0], [0.1, 0.5, 1.0])
    assert given["W"] == pytest.approx(1.6)


def test_by_a_twin_that_learns_next_to_nothing_no_part_is_judged():
    data = images()
    guessed = np.random.default_rng(0).integers(4, size=len(data.test_labels))
    labels = np.where(np.arange(len(guessed)) % 10 < 8, guessed, data.test_labels)
    network = dense(layout="rows", batch_size=8, rate=1e-9)
    found, parts = compared(network, replace(data, test_labels=labels))
    assert parts.found + 0.05 < found.score < 0.43
    assert found.fails
    assert parts.minimal == []


def test_parts_of_a_sound_network_keep_its_unit():
    summed = backward_of(ROWS, lambda given, _: {name: 8 * one for name, one in given.items()})
    trainer = Trainer(data=images(), epochs=2)
    author = look_at(summed, trainer, 0)
    assert author.unit == pytest.approx(8)
    assert "gradient" not in author.differing
    rows_, labels = trainer.rows(summed)[:8], images().labels[:8]
    parameters = summed.init(0)
    trace = summed.forward(parameters, rows_)
    right = exchanged(author, {"gradient"}).backward(parameters, trace, rows_, labels)
    for name, one in summed.backward(parameters, trace, rows_, labels).items():
        np.testing.assert_allclose(right[name], one, atol=1e-12)


def test_classes_that_are_lost_with_some_seeds_are_told(post):
    assert post.twin.found_never == [[one, 3] for one in range(9)]
    assert not any("never answers" in one for one in sentences(post))  # it has one answer
    lost = replace(post.twin, found_never=[[3, 1], [4, 2], [7, 1]])
    said = sentences(replace(post, twin=lost))
    assert "It never answers 4 with 2 of 3 seeds, 3 and 7 with 1 of 3 seeds." in said


def test_what_cannot_be_compared_is_said():
    hidden = tuple(replace(one, activation="softmax") for one in ROWS.layers)
    assert compared(replace(ROWS, layers=hidden)) == "a hidden layer is a softmax"


def test_own_functions_are_not_asked_for_too_much(monkeypatch):
    trainer = Trainer(data=images(), epochs=2, compiled_path=False)
    monkeypatch.setattr(experiment, "MOST_STEPS", 0)
    assert compare(ROWS, trainer, SEEDS) == "it would take too long to train"
    # A twin on the compiled loop, and steps for three trainings as found, and no more.
    network = UNKNOWN["gradient"]
    steps = 12 * len(images().labels) // 8
    monkeypatch.setattr(experiment, "MOST_STEPS", 3 * steps)
    found, parts = compare(network, Trainer(data=images(), epochs=12), range(5))
    assert found.found_works_in == [0, 3]
    assert found.works_in == [5, 5]
    assert parts.minimal == [["gradient"]]
    assert parts.given_up > 0


def test_a_set_of_own_functions_is_left_where_its_first_seed_says_that_it_does_not_do():
    network = UNKNOWN["gradient"]
    trainer = Trainer(data=images(), epochs=network.epochs, pool=Pool(jobs=1))
    tried = Experiment(look_at(network, trainer, 0), trainer, SEEDS)
    tried.measure([tried.everything], whole=True)
    tried.twin_pace = tried.tried[tried.everything].pace or Pace(1.0)
    tried.measure([()])
    tried.measure([{"order"}, {"gradient"}])
    seeds = {one: len(tried.tried[frozenset(one)].scores) for one in ((), ("order",))}
    assert seeds == {(): 3, ("order",): 1}
    assert len(tried.tried[frozenset({"gradient"})].scores) == 3  # on the compiled loop
    assert not tried.is_fast(frozenset({"order"}))
    # A first seed that leaves the others room says nothing.
    whole = tried.tried[tried.everything]
    tried.tried[frozenset({"order"})] = replace(whole, scores=whole.scores[:1])
    assert tried._may_cure(frozenset({"order"}))


def test_other_rates_are_tried_only_where_the_twins_own_leaves_something_to_gain():
    network = replace(UNKNOWN["input"], learning_rate=lambda epoch: 1e-5)
    trainer = Trainer(data=images(), epochs=network.epochs, pool=Pool(jobs=1))
    tried = Experiment(look_at(network, trainer, 0), trainer, SEEDS)
    tried.measure([tried.everything], whole=True)
    tried.twin_pace = tried.tried[tried.everything].pace
    both, pace = frozenset({"input", "pace"}), frozenset({"pace"})
    tried.measure([()])
    tried.measure([both, pace])
    assert tried.cured(both)
    assert {*tried.scored[both]} == {None, tried.twin_pace}
    assert not tried.cured(pace)
    assert len(tried.scored[pace]) > 2


class TestUnit:
    """The exact gradient keeps the length of the author's steps, where that can be known."""

    def unit(self, network, count=240):
        return look_at(network, Trainer(data=images(count=count), epochs=2), 0).unit

    def test_a_sum_over_more_samples_than_are_looked_at_otherwise(self):
        network = backward_of(
            ROWS, lambda given, _: {name: 300 * one for name, one in given.items()}
        )
        assert self.unit(replace(network, batch_size=300), 300) == pytest.approx(300)

    def test_targets_that_meet_the_outputs_of_other_samples(self):
        def backward(parameters, trace, x, labels):
            given = ROWS.backward(parameters, trace, x, np.roll(labels, 1))
            return {name: 8 * one for name, one in given.items()}

        network = replace(ROWS, backward=backward)
        assert self.unit(network) == pytest.approx(8)

    def test_a_gradient_of_the_wrong_shape_hides_not_the_others(self):
        def summed(given, parameters):
            return {
                name: np.full(1, 8 * one.sum()) if name == "b1" else 8 * one
                for name, one in given.items()
            }

        network = backward_of(ROWS, summed)
        assert self.unit(network) == pytest.approx(8)

    def test_a_sound_step_takes_it_as_the_authors_does(self):
        step = PlainStep((("b1", 2.0),))
        after = step({"b1": np.zeros(3)}, {"b1": np.ones(1)}, 0.5)
        np.testing.assert_array_equal(after["b1"], -np.ones(3))


class TestTargets:
    def sound(self, network, labels):
        odd, encode = sound_targets(network, labels)
        return odd, None if encode is None else encode(labels)

    def curve(self, labels):
        """A hidden layer, and a linear one that answers with a number."""

        def init():
            return np.random.randn(1, 8), np.zeros(8), np.random.randn(8, 1) / 3, np.zeros(1)

        def forward(X, W1, b1, W2, b2):
            Z1 = X @ W1 + b1
            A1 = np.tanh(Z1)
            return Z1, A1, A1 @ W2 + b2, A1 @ W2 + b2

        def backward(X, Y, A1, A2, W2):
            d2 = (A2 - Y) / len(X)
            d1 = d2 @ W2.T * (1 - A1**2)
            return X.T @ d1, d1.sum(axis=0), A1.T @ d2, d2.sum(axis=0)

        return from_functions(
            parameters="W1 b1 W2 b2", init=init, forward=forward, trace="Z1 A1 Z2 A2",
            backward=backward, layers=("W1 b1 Z1 A1 tanh", "W2 b2 Z2 A2 linear"), layout="rows",
            loss="squared-error", order="shuffled", learning_rate=0.1, epochs=60, batch_size=10,
            classes=0, data=(np.linspace(-1, 1, len(labels))[:, None], labels),
        )  # fmt: skip

    def test_prices_are_standardised(self):
        labels = np.linspace(-1, 1, 60)[:, None] * 60_000 + 250_000
        odd, made = self.sound(self.curve(labels), labels)
        assert odd
        assert made.mean() == pytest.approx(0, abs=1e-9)
        assert made.std() == pytest.approx(1)

    @pytest.mark.parametrize("size", [0.3, 1.0, 5.0])
    def test_numbers_of_the_size_of_1_stay(self, size):
        labels = np.linspace(-1, 1, 60)[:, None] * size
        assert not self.sound(self.curve(labels), labels)[0]

    def test_they_are_to_blame_where_no_rate_does_for_both_layers(self):
        labels = np.sin(3 * np.linspace(-1, 1, 60))[:, None]
        assert blamed(self.curve(labels)) == []
        assert blamed(self.curve(labels * 60_000 + 250_000))[0] == ["targets"]

    def test_two_classes_of_a_sigmoid_are_0_and_1(self):
        signs = np.array([[-1.0], [1.0]])
        network = replace(
            ROWS,
            layers=(*ROWS.layers[:-1], replace(ROWS.layers[-1], activation="sigmoid")),
            classes=2,
            encode=lambda labels: signs[labels],
        )
        odd, made = self.sound(network, np.array([0, 1, 1]))
        assert odd
        np.testing.assert_allclose(made, [[0], [1], [1]])


def reshaped(images):
    return images.reshape(len(images), 784)


class TestInputs:
    def test_numbers_whose_squares_overflow_are_no_error(self):
        made = by_one_number(np.asarray, np.array([[1e300, 2e300], [0.0, 1e300]]))
        assert (made.shifts, made.divisors) == ((0.0,), (2e300,))

    def test_pixels_are_divided_by_one_number_for_all(self):
        made = sound_inputs(np.asarray, carried().images.reshape(5000, -1), True)
        assert (made.shifts, made.divisors) == ((0.0,), (255.0,))

    def test_pixels_may_be_bytes(self):
        made = by_one_number(np.asarray, carried().images.reshape(5000, -1))
        assert (made.shifts, made.divisors) == ((0.0,), (255.0,))

    def test_those_of_an_author_who_only_flattens_are_those_of_the_repair(self):
        trainer, post = Trainer(data=carried(), epochs=1), replace(POST, prepare=reshaped)
        numbers = {"shifts": [0.0], "divisors": [255.0]}
        inputs = unnormalized_input.repair(post, numbers).prepare
        assert look_at(post, trainer, 0).inputs == inputs
        halved = replace(post, prepare=lambda images: reshaped(images) / 2)
        assert look_at(halved, trainer, 0).inputs.prepare is flattened

    def test_columns_of_different_units_one_by_one_and_constant_ones_left_alone(self):
        random = np.random.default_rng(0)
        table = np.stack([random.normal(5, 1, 90), random.normal(0, 1e4, 90), np.ones(90)], axis=1)
        made = sound_inputs(np.asarray, table, False)(table)
        np.testing.assert_allclose(made[:, :2].std(axis=0), 1)
        np.testing.assert_allclose(made[:, :2].mean(axis=0), 0, atol=1e-12)
        np.testing.assert_allclose(made[:, 2], 1)

    def test_a_constant_column_that_would_drown_the_others_is_taken_off(self):
        random = np.random.default_rng(0)
        table = np.stack([*random.normal(0, 1, (3, 90)), np.full(90, 100.0)], axis=1)
        made = sound_inputs(np.asarray, table, False)(table)
        np.testing.assert_allclose(made[:, 3], 0)
        np.testing.assert_allclose(made[:, :3].std(axis=0), table[:, :3].std(axis=0), rtol=0.2)

    def test_columns_that_are_spread_alike_keep_their_proportions(self):
        table = np.random.default_rng(0).normal(0, (1.0, 3.0), (90, 2))
        made = sound_inputs(np.asarray, table, False)
        assert len({*made.divisors}) == 1
        assert abs(made(table).mean(axis=0)).max() < 1e-12


class Played(Experiment):
    """An experiment whose values are given by a function of the set; nan where it stops."""

    def __init__(self, parts, value):
        network = replace(POST, name="played")
        author = type("Author", (), {"differing": parts, "network": network})
        super().__init__(author, None, range(2))
        self.value, self.asked = value, 0

    def measure(self, sets, *, whole=False):
        for one in map(frozenset, sets):
            if one not in self.tried:
                self.asked += 1
                value = self.value(one)
                if value is None:
                    raise OutOfTime
                scores = np.full(2, np.nan_to_num(value), float)
                answered = not np.isnan(value)
                self.tried[one] = Tried(scores=scores, seen=None, pace=None, answered=answered)

    def is_fast(self, parts):
        return True


def found_by(value, parts=("input", "order", "start", "gradient", "pace")):
    played = Played(parts, value)
    played.measure([(), parts])
    return played, [set(one) for one in least([*smallest(played)])]


def test_one_part_alone():
    played, minimal = found_by(lambda one: 1.0 if "pace" in one else 0.1)
    assert minimal == [{"pace"}]
    assert played.asked <= 13


def test_two_only_together():
    _, minimal = found_by(lambda one: 1.0 if {"input", "pace"} <= one else 0.1)
    assert minimal == [{"input", "pace"}]


def test_two_ways():
    _, minimal = found_by(lambda one: 1.0 if "order" in one or {"start", "pace"} <= one else 0.1)
    assert sorted(map(sorted, minimal)) == [["order"], ["pace", "start"]]


def test_a_part_that_hurts_hides_no_cure():
    def value(one):
        # A sound gradient makes the author's pace too fast.
        if not {"input", "order"} <= one:
            return 0.1
        return 0.65 if "gradient" in one and "pace" not in one else 1.0

    _, minimal = found_by(value)
    assert minimal == [{"input", "order"}]


def test_a_training_that_stopped_hides_no_smaller_set():
    def value(one):
        # The author's gradient is of a shape that a sound step does not take.
        if "step" in one and "gradient" not in one:
            return np.nan
        return float({"input", "start"} <= one)

    played, minimal = found_by(value, ("input", "start", "gradient", "step"))
    assert minimal == [{"input", "start"}]
    assert not hopeless(played, frozenset({"input", "start"}))


def test_what_promises_nothing_is_tried_at_last():
    def value(one):
        # A sound step is far too long for the author's gradient.
        return float({"input", "start"} <= one and ("step" not in one or "gradient" in one))

    played, minimal = found_by(value, ("input", "start", "gradient", "step"))
    assert hopeless(played, frozenset({"input", "start"}))
    assert minimal == [{"input", "start"}]


def test_what_was_found_before_the_time_ran_out_is_kept():
    def value(one):
        return None if one == {"order"} else float("pace" in one)

    played = Played(("input", "order", "pace"), value)
    played.is_fast = lambda one: one != {"order"}
    played.measure([(), played.everything])
    assert twin._smallest(played) == [{"pace"}]
    assert played.cut == 1


def test_the_luck_of_the_best_set_is_not_asked_for():
    parts = ("input", "order", "start")

    def value(one):
        lucky = {frozenset(parts): 0.8, frozenset({"input", "order"}): 0.86}
        return lucky.get(one, 0.75 if "input" in one else 0.1)

    _, minimal = found_by(value, parts)
    assert minimal == [{"input"}]
    # Where the twin itself falls short of another set, that one is what is possible.
    _, minimal = found_by(lambda one: 0.5 if len(one) == 3 else value(one), parts)
    assert minimal == [{"input", "order"}]


def test_what_promises_nothing_is_not_tried_where_a_part_can_be_left_out():
    """As in the post: without its pace a set still does, and its other parts need not be asked."""

    def value(one):
        if not {"input", "order", "start"} <= one:
            return 0.1
        return 0.9 if "pace" in one else 0.6 if "gradient" in one else 0.85

    played, minimal = found_by(value)
    assert minimal == [{"input", "order", "start"}]
    assert frozenset({"order", "start", "pace"}) not in played.tried
    assert frozenset({"order", "start"}) in played.tried


def test_where_all_are_needed_all_are_named():
    parts = ("input", "order", "start")
    _, minimal = found_by(lambda one: float(len(one) == 3), parts)
    assert minimal == [set(parts)]


def test_what_was_given_up_cures_nothing():
    played = Played(("input", "pace"), lambda one: float("pace" in one))
    played.measure([(), {"input", "pace"}])
    played.tried[frozenset({"pace"})] = None
    assert not played.cured({"pace"})


@pytest.mark.parametrize(
    ("found", "sound", "short"),
    [
        ([0.1, 0.1, 0.1], [0.9, 0.9, 0.9], True),
        ([0.87, 0.88, 0.86], [0.90, 0.89, 0.91], False),  # nobody would notice
        ([0.84, 0.85, 0.83], [0.90, 0.89, 0.91], False),  # nine tenths of the way are as good
        ([0.9, 0.5, 0.9], [0.9, 0.9, 0.9], False),  # within what seeds do
        ([0.5, 0.1, 0.5], [0.9, 0.9, 0.9], True),
        ([0.12, 0.1, 0.11], [0.14, 0.13, 0.12], False),  # the twin does not work either
        ([0.83, 0.25, 0.81], [0.99, 0.99, 0.99], True),  # the best seed is worse than the worst
        ([0.83, 0.25], [0.99, 0.99], False),  # of two, that is chance
    ],
)
def test_falling_short(found, sound, short):
    assert falls_short(np.array(found), np.array(sound), 0.1) is short


def test_a_twin_that_works_with_the_seeds_of_its_rate_alone_is_trained_for_longer():
    class Few(Experiment):
        asked = ()

        def is_fast(self, *_):
            return True

        def _score(self, wanted, seeds):
            for one, paces in wanted.items():
                for pace in paces:
                    found = 1.0 if pace.times > 1 or len(seeds) < 3 else 0.6
                    self.scored.setdefault(one, {})[pace] = found

        def _train(self, wanted, whole):
            self.asked = [pace.times for pace in wanted.values()]

    network = replace(dense(layout="rows", batch_size=8), epochs=1)
    trainer = Trainer(data=images(), epochs=1)
    made = Few(look_at(network, trainer, 0), trainer, range(5), twin_pace=Pace(0.1))
    tried = Tried(scores=np.array([1.0, 1.0, 0.2, 0.3, 0.9]), seen=None, pace=Pace(0.1))
    made.tried[made.everything] = tried
    made.lengthen()
    assert made.asked == [4]


def test_a_rate_at_which_some_draws_diverge_is_chosen_again_by_all_seeds():
    class Steep(Experiment):
        """Two seeds of three bear a rate of 0.3, and all of them 0.1."""

        def is_fast(self, *_):
            return True

        def _score(self, wanted, seeds):
            for one, paces in wanted.items():
                for pace in paces:
                    bears = pace.rate < 0.2 or len(seeds) < 3
                    self.scored.setdefault(one, {})[pace] = 0.98 if bears else 0.6

        def _train(self, wanted, whole):
            for one, pace in wanted.items():
                steep = [0.99, 0.99, 0.0] if pace.rate > 0.2 else [0.97, 0.97, 0.96]
                self.tried[one] = Tried(scores=np.array(steep), seen=None, pace=pace)

    network = replace(dense(layout="rows", batch_size=8), epochs=1)
    trainer = Trainer(data=images(), epochs=1)
    made = Steep(look_at(network, trainer, 0), trainer, range(3), twin_pace=Pace(0.3))
    made._score({made.everything: [Pace(0.3), Pace(0.1)]}, range(2))
    made._train({made.everything: Pace(0.3)}, True)
    made.steady()
    assert made.twin_pace == Pace(0.1)
    assert made.tried[made.everything].scores.min() > 0.9


def test_what_is_only_learned_by_heart_is_trained_for_no_longer():
    network = replace(dense(layout="rows", batch_size=8), epochs=1)
    trainer = Trainer(data=images(), epochs=1)

    class ByHeart(Experiment):
        def is_fast(self, *_):
            return True

        def _score(self, wanted, seeds):
            for one, paces in wanted.items():
                for pace in paces:
                    self.scored.setdefault(one, {})[pace] = 0.7 if pace.times == 1 else 1.0

        def _train(self, wanted, whole):
            for one, pace in wanted.items():
                self.tried[one] = Tried(scores=np.full(3, 0.72), seen=None, pace=pace)

    made = ByHeart(look_at(network, trainer, 0), trainer, range(3), twin_pace=Pace(0.1))
    made.tried[made.everything] = Tried(scores=np.full(3, 0.7), seen=None, pace=Pace(0.1))
    made.lengthen()
    assert made.twin_pace == Pace(0.1)
    assert made.mean(made.everything) == pytest.approx(0.7)


def test_what_copes_with_a_wrong_part_is_needed_beside_another_shape_too():
    own = [frozenset({"gradient"}), frozenset({"pace"})]
    assert twin._also([frozenset({"size"})], own) == [
        frozenset({"size", "gradient"}), frozenset({"size", "pace"})
    ]  # fmt: skip
    assert twin._also([frozenset({"size"})], own[1:]) == [frozenset({"size"})]


def test_a_sound_order_shows_as_many_samples_as_the_authors():
    """All of a training without epochs is one, in which samples come many times."""
    data = images()
    count = len(data.labels)

    def drawn(labels, epoch, seed):
        return np.random.default_rng([seed, epoch]).integers(0, len(labels), 7 * len(labels))

    for order, rounds in ((drawn, 7), (lambda labels, epoch, seed: np.arange(count // 2), 1)):
        network = replace(dense(layout="rows", batch_size=8), order=order)
        author = look_at(network, Trainer(data=data, epochs=1), 0)
        indices = exchanged(author, {"order"}).order(data.labels, 0, 0)
        assert np.array_equal(np.bincount(indices), np.full(count, rounds))


def test_what_is_only_trained_for_too_short_a_time_is_the_pace():
    """A sound network is done in one epoch; the author's, badly drawn, in four."""
    network = replace(dense(layout="rows", batch_size=8), epochs=1)
    trainer = Trainer(data=images(), epochs=1)

    class Slow(Experiment):
        def is_fast(self, *_):
            return True

        def reached(self, one, pace):
            if pace is None:
                return 0.2
            return 0.98 if len(one) > 1 or pace.times > 1 else 0.88

        def _score(self, wanted, seeds):
            for one, paces in wanted.items():
                for pace in paces:
                    self.scored.setdefault(one, {})[pace] = self.reached(one, pace)

        def _train(self, wanted, whole):
            for one, pace in wanted.items():
                scores = np.full(3, self.reached(one, pace))
                self.tried[one] = Tried(scores=scores, seen=None, pace=pace)

    made = Slow(look_at(network, trainer, 0), trainer, range(3), twin_pace=Pace(0.1))
    made.tried[made.everything] = Tried(scores=np.full(3, 0.98), seen=None, pace=Pace(0.1))
    made._train({frozenset(): None}, True)
    pace = frozenset({"pace"})
    made.measure([pace])
    assert made.tried[pace].pace.times == 4
    assert made.cured(pace)


@pytest.mark.parametrize(("again", "cures"), [(True, {"data", "order"}), (False, {"data"})])
def test_labels_that_each_epoch_mixes_up_are_left_alone_by_a_sound_order(again, cures):
    def mixing(labels, epoch, seed):
        if again or epoch == 0:
            np.random.default_rng([seed, epoch]).shuffle(labels)
        return np.random.default_rng([seed, epoch, 1]).permutation(len(labels))

    network = replace(dense(layout="rows", batch_size=8, rate=0.15), order=mixing, epochs=8)
    assert {part for one in blamed(network) for part in one} == cures
