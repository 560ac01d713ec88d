"""What brings a gradient nearer, what is enough, and what is no patch."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from diagnose.patching.holding import held
from diagnose.patching.source import patched
from diagnose.patching.steps import of_step
from tests.patching.making import OneByOne, mend, script
from tests.patching.test_edits_together import search

TURNED = "dh = y - t  #: backward\nw = w - r * m  #: update\n"


class Gradients(OneByOne):
    """Trials of gradients that are never quite the true ones, and lead uphill with a minus."""

    def __init__(self, made):
        self.made, self.runs, self.astray = made, 0, lambda copy: frozenset({"W1"})
        self.some_right = False

    def run(self, edits):
        self.runs += 1
        copy = patched(self.made.source, edits).decode()
        return SimpleNamespace(
            off={"gradient"}, differing=frozenset({"gradient"}), wrong=frozenset({"W1"}),
            uphill=frozenset({"W1"} if "y - t" in copy else ()), astray=self.astray(copy),
            some_right=self.some_right,
        )  # fmt: skip


def turned():
    sane = {"parameters": {"W1": {"cosine": -0.98}}}
    made = script(TURNED, found={"wrong-gradient": {"sane": sane}})
    right = mend(made, "y - t", "t - y", "gradient", "wrong-gradient")
    return replace(made, mends=(right, mend(made, "r * m", "m * r")))


def test_a_gradient_that_leads_uphill_no_more_is_nearer_where_the_loss_is_not_known():
    made = turned()
    trials = Gradients(made)
    chosen, does = held(made, trials, "gradient", [])
    assert (len(chosen), does) == (1, False)
    assert "dh = t - y" in patched(made.source, chosen).decode()
    assert trials.runs > len(made.mends)


def test_what_was_right_but_for_its_sign_is_not_nearer_by_being_made_of_something_else():
    made = turned()
    trials = Gradients(made)
    trials.astray = lambda copy: frozenset({"W1"} if "dh = t - y" in copy else ())
    assert held(made, trials, "gradient", []) == ([], False)


def test_where_the_loss_is_known_what_is_astray_is_not_nearer_for_its_side():
    trials = Gradients(turned())
    trials.some_right = True
    assert held(trials.made, trials, "gradient", []) == ([], False)


@pytest.mark.parametrize(("mistaken", "does"), [(set(), True), ({"step"}, False)])
def test_a_step_that_differs_as_published_once_the_gradient_is_right_is_no_mistake(mistaken, does):
    """What pulls weights to 0 is found in the gradient then, and was none of it before."""
    made = turned()

    class Right(Gradients):
        def run(self, edits):
            got = super().run(edits)
            if got.uphill:
                return got
            return SimpleNamespace(off=mistaken, differing={"step"}, wrong=set(), uphill=set())

    chosen, right = held(made, Right(made), "gradient", [])
    assert (len(chosen) == 1, right) == (does, does)


@pytest.mark.parametrize(("off", "right"), [(set(), True), ({"gradient"}, False)])
def test_an_edit_stays_that_makes_a_gradient_right_beside_a_decay(off, right):
    found = search(lambda copy: 0.97)
    with_it = SimpleNamespace(off=off, wrong={"W1"})
    found.trials.run = lambda edits: with_it
    assert found._makes_right([], SimpleNamespace(off={"gradient"}, wrong={"W1"})) is right


def test_no_edit_is_tried_after_what_is_enough():
    made = turned()
    trials = Gradients(made)
    assert len(held(made, trials, "gradient", [], lambda edits, got: True)[0]) == 1
    assert trials.runs == 2


@pytest.mark.parametrize(("level", "enough"), [(0.97, True), (0.91, False), (0.5, False)])
def test_what_is_about_as_good_as_the_twin_is_enough(level, enough):
    found = search(lambda copy: level)
    step = [*found.script.mends]
    assert found._is_enough(step, found.trials.run(step)) is enough


@pytest.mark.parametrize(("pace", "wanted"), [(True, 1), (False, 0)])
def test_a_training_of_few_steps_goes_on_for_longer_than_its_twin(pace, wanted):
    text = "for k in range(10):  #: training loop\n    w -= r * g  #: update\n"
    found = search(lambda copy: 0.99 if "range(40)" in copy else 0.93)
    found.script = found.trials.made = script(text)
    found.script.network.batch_size, found.twin.score = 1, 0.93
    found.trials.spreads = lambda copy: 2.0 if "range(40)" in copy else 1.0
    edits, scores = found._further([], np.full(3, 0.93), rated=pace)
    assert len(edits) == wanted
    assert scores.mean() == pytest.approx(0.99 if wanted else 0.93)


@pytest.mark.parametrize(
    ("epochs", "after", "further"), [(1, 0.99, 1), (1, 0.96, 0), (20, 0.99, 0)]
)
def test_a_training_that_is_left_at_once_goes_on_where_half_of_the_error_goes(
    epochs, after, further
):
    text = (
        "for k in range(40):\n    for x in X:  #: training loop\n        w -= r * g  #: update\n"
        "    if left:\n        break\n"
    )
    found = search(lambda copy: 0.95 if "break" in copy else after)
    found.script = found.trials.made = script(text, epochs=epochs)
    found.twin.score = 0.96
    got = found._further([], np.full(3, 0.95))
    assert len(got[0]) == further
    step = [] if not further else of_step(found.script)[:1]
    assert len(found._smaller([*got[0], *step], got[1])[0]) == further
