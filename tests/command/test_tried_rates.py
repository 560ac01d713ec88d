"""A script that tries rates is looked at with the one that it does best with."""

import textwrap

import pytest

from diagnose.command.tried_rates import at_best_rate, tried_rates
from diagnose.watching.script import watch
from tests.watching.scripts import FLAT

LOOPS = {
    "for lr in (0.001, 0.1, 3):\n    train(lr)": (0.001, 0.1, 3.0),
    "rates = [0.1, 1.0]\nfor rate in rates:\n    train(rate)": (0.1, 1.0),
    "best = max(train(eta) for eta in [0.1, 0.2])": (0.1, 0.2),
    "for learning_rate in (0.5, 0.7):\n    train(learning_rate)": (),
    "for hidden in (0.1, 8):\n    train(hidden)": (),
    "for lr in [0.1]:\n    train(lr)": (),
    "for lr in np.logspace(-3, 0, 4):\n    train(lr)": (),
    "for lr in [0.1, 'auto']:\n    train(lr)": (),
}


@pytest.mark.parametrize("source", LOOPS)
def test_the_rates_of_a_loop(source):
    assert tried_rates(source, 0.1) == LOOPS[source]


HEAD, BODY = FLAT.split("W1 =", 1)
GRID = f"{HEAD}for lr in (1e-7, 0.3, 1e-5):\n" + textwrap.indent(
    "W1 =" + BODY.replace("lr = 0.3\n", ""), "    "
)


def test_the_best_of_them_is_looked_at(tmp_path):
    script = tmp_path / "mine.py"
    script.write_text(GRID, encoding="utf-8")
    seen = watch(script, seconds=30)
    assert seen.network.learning_rate(0) == 1e-7
    best = at_best_rate(seen, GRID, 0, None)
    assert best.network.learning_rate(5) == best.network.initial_learning_rate == 0.3
    assert best.roles["learning rate"]["text"] == (
        "0.3, the best of 1e-07, 0.3 and 1e-05, which it tries"
    )
    assert at_best_rate(seen, FLAT, 0, None) is seen


def test_what_follows_when_the_parameters_are_drawn_anew_is_another_training(tmp_path):
    """Samples are drawn for each step, so no loop goes over epochs but that over the rates."""
    steps = GRID.replace("order[start:start + 16]", "np.random.choice(90, 16)")
    steps = steps.replace("    for epoch in range(12):", "    for epoch in [0]:").replace(
        "range(0, len(X), 16):", "range(40):\n            lr *= 0.99"
    )
    script = tmp_path / "mine.py"
    script.write_text(steps, encoding="utf-8")
    seen = watch(script, seconds=30)
    assert max(seen.network.learning_rate.steps[0]) == pytest.approx(0.99e-7)
    assert len(seen.network.learning_rate.steps[0]) <= 40
