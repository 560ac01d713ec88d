"""What brings a gradient nearer, what is enough, and what is no patch."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from diagnose.patching.arithmetic import of_gradient
from diagnose.patching.holding import at_wrong_lines, held
from diagnose.patching.outcomes import outcome_of
from diagnose.patching.signs import signs
from diagnose.patching.source import patched
from diagnose.patching.steps import of_step
from tests.networks import dense, images
from tests.patching.making import OneByOne, changed, script
from tests.patching.test_edits_together import search

TURNED = "dh = -dy * w2  #: backward\nw = w - r * m  #: update\n"


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
            uphill=frozenset({"W1"} if "-dy" in copy else ()), astray=self.astray(copy),
            some_right=self.some_right,
        )  # fmt: skip


def turned():
    sane = {"parameters": {"W1": {"cosine": -0.98}}}
    return script(TURNED, found={"wrong-gradient": {"sane": sane}})


def test_a_gradient_that_leads_uphill_no_more_is_nearer_where_the_loss_is_not_known():
    made = turned()
    trials = Gradients(made)
    chosen, does = held(made, trials, "gradient", [])
    assert (len(chosen), does) == (1, False)
    assert "dh = dy" in patched(made.source, chosen).decode()
    assert trials.runs > len(of_gradient(made)) / 2


def test_what_was_right_but_for_its_sign_is_not_nearer_by_being_made_of_something_else():
    made = turned()
    trials = Gradients(made)
    trials.astray = lambda copy: frozenset({"W1"} if "dh = dy" in copy else ())
    assert held(made, trials, "gradient", []) == ([], False)


def test_where_the_loss_is_known_what_is_astray_is_not_nearer_for_its_side():
    trials = Gradients(turned())
    trials.some_right = True
    assert held(trials.made, trials, "gradient", []) == ([], False)


@pytest.mark.parametrize(("uphill", "line"), [({"W"}, 3), (set(), 2)])
def test_lines_at_which_gradients_are_wrong_still_come_first(uphill, line):
    text = "g = e @ W.T  #: backward\nd = e @ V.T  #: backward\nx = x + r * d  #: update\n"
    places = {"W": {"file": "s.py", "line": line}, "V": {"file": "s.py", "line": 1}}
    made = script(text, found={"wrong-gradient": {"lines": places}})
    turn, *_ = signs(made, "update")
    assert made.source.written(turn) == {3}
    now = SimpleNamespace(wrong={"W"}, uphill=uphill, astray={"W"} - uphill, along={"W": 0.0})
    found = at_wrong_lines(made, [*of_gradient(made), turn], now)
    assert made.source.written(found[0]) == {line}
    assert (turn in found) is bool(uphill)  # where none leads up the loss, a turn mends none


LAYERS = """\
d2 = (W3.T @ d3) * (a2 > 0)  #: backward
d1 = (W2 @ d2) * (a1 > 0)  #: backward
W2 += r * d2 @ a1.T; b2 -= r * d2  #: update
W1 -= r * d1 @ x.T  #: update
"""


@pytest.mark.parametrize(
    ("wrong", "wanted"),
    [
        # of two steps on one line that of the right one stays, and one that is right but for its
        # sign is turned; what is astray is made as the line beside it
        ({"W2": ("uphill", 3)}, "W2 -= r * d2 @ a1.T; b2 -= r * d2"),
        ({"W1": ("astray", 2)}, "d1 = (W2.T @ d2) * (a1 > 0)"),
    ],
)
def test_the_first_edit_agrees_with_what_is_wrong_and_leaves_alone_what_is_right(wrong, wanted):
    places = {name: {"file": "s.py", "line": line} for name, (_, line) in wrong.items()}
    made = script(LAYERS, found={"wrong-gradient": {"lines": places}})
    astray = {name for name, (kind, _) in wrong.items() if kind == "astray"}
    along = dict.fromkeys(("W1", "W2", "b2", "W3"), 1.0)
    now = SimpleNamespace(wrong={*wrong}, along=along, astray=astray, uphill={"W2"})
    found = at_wrong_lines(made, [*signs(made, "update"), *of_gradient(made)], now)
    assert changed(made, found[0]) == [wanted]


@pytest.mark.parametrize(("astray", "wanted"), [(set(), True), ({"W1"}, False)])
def test_of_a_copy_of_which_nothing_was_found_all_gradients_that_go_up_are_turned(astray, wanted):
    made = script("d2 = t - o  #: backward\nd1 = d2 @ W2 * (a1 > 0)  #: backward\n")
    now = SimpleNamespace(wrong={"W1", "W2"}, uphill={"W1", "W2"}, astray=astray, along={})
    first, *_ = at_wrong_lines(made, of_gradient(made), now)
    assert (changed(made, first) == ["d2 = o - t"]) is wanted


def test_what_was_told_at_its_line_is_mended_before_lines_at_which_gradients_are_wrong():
    text = (
        "m1 = np.random.rand(*a1.shape) < keep\nm2 = np.random.rand(*a2.shape) < keep\n"
        "d2 = d3 * m1 / keep  #: backward\nW2 = d2 @ a1.T / n + c * W2  #: backward\n"
    )
    places = {"W2": {"file": "s.py", "line": 4}}
    made = script(text, found={"wrong-gradient": {"lines": places}, "dropout-mask": {}})
    (told,) = (one for one in made.report.findings["s"] if one.defect == "dropout-mask")
    now = SimpleNamespace(wrong={"W2"}, uphill=set(), astray={"W2"}, along={"W2": 0.1})
    first, *_ = at_wrong_lines(made, of_gradient(made), now)
    assert made.source.written(first) == {4}
    told.where = SimpleNamespace(file="s.py", line=3)
    made = replace(made)  # what is kept of its findings is made anew
    first, *_ = at_wrong_lines(made, of_gradient(made), now)
    assert changed(made, first) == ["d2 = d3 * m2 / keep"]


@pytest.mark.parametrize(("of_w2", "wrong", "uphill"), [
    (lambda g: g, set(), set()), (lambda g: -g, {"W2"}, {"W2"}),
    (lambda g: g.T.reshape(g.shape), {"W2"}, set()),
])  # fmt: skip
def test_what_pulls_weights_to_0_makes_no_gradient_wrong(of_w2, wrong, uphill):
    network = dense(layout="rows", batch_size=8, bias="flat")

    def backward(parameters, trace, x, labels):
        found = dict(network.backward(parameters, trace, x, labels))
        found["W2"] = of_w2(found["W2"])
        return {name: one + 0.7 * parameters[name] if name.startswith("W") else one
                for name, one in found.items()}  # fmt: skip

    got = outcome_of(replace(network, data=images, backward=backward), 0)
    assert (got.wrong, got.uphill) == (wrong, uphill)


def test_the_steps_of_one_parameter_are_turned_at_once():
    text = (
        "w[i][0] += r * d * x[0]  #: update\nw[i][1] += r * d * x[1]  #: update\n"
        "b -= r * d  #: update\n"
    )
    places = {"w": {"file": "s.py", "line": 1}}
    made = script(text, found={"wrong-gradient": {"lines": places}})
    along = dict.fromkeys(("w", "b"), 1.0)
    now = SimpleNamespace(wrong={"w"}, along=along, astray=set(), uphill={"w"})
    first = at_wrong_lines(made, [*signs(made, "update")], now)[0]
    assert changed(made, first) == ["w[i][0] -= r * d * x[0]", "w[i][1] -= r * d * x[1]"]


def test_where_each_gradient_goes_the_right_way_its_length_is_mended_first():
    text = (
        "e = (p - t) / n  #: backward\ng = h.T @ e / n  #: backward\n"
        "b = e.mean(axis=0)  #: backward\n"
    )
    made, now = script(text), SimpleNamespace(wrong=set(), uphill=set())
    assert changed(made, at_wrong_lines(made, of_gradient(made), now)[0]) == ["e = p - t"]


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
    step = of_step(found.script)[:1]
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
