"""A training that draws its samples anew for each step: when all of them have come."""

import numpy as np
import pytest

from diagnose.reading.kept_samples import Draws
from diagnose.watching.script import watch

# One long loop that draws a sample, or some, for each step: as many as would take minutes to watch.
DRAWING = """
import numpy as np
np.random.seed(3)
X = np.random.randn(60, 4)
Y = (X[:, :1] * X[:, 1:2] > 0) * 1.0
W1 = np.random.randn(4, 6) * 0.5
W2 = np.random.randn(6, 1) * 0.5
for step in range(STEPS):
    {draw}
    a = np.tanh(x @ W1)
    p = 1 / (1 + np.exp(-(a @ W2)))
    d = (p - y) / len(x)
    dW2 = a.T @ d
    dW1 = x.T @ (d @ W2.T * (1 - a ** 2))
    W1 -= 0.1 * dW1
    W2 -= 0.1 * dW2
"""
ONE = "i = np.random.randint(60, size=1); x, y = X[i], Y[i]"


def came(order, count):
    """After how many steps of one sample each it is told that all have come; None if it is not."""
    draws = Draws()
    for at in range(count):
        draws.took(at, [order(at)], 1)
        if draws.all_came:
            return at
    return None


def test_samples_that_are_drawn_are_known_before_long():
    drawn = np.random.default_rng(0).integers(40, size=5000)
    told = came(lambda at: int(drawn[at]), 5000)
    assert 40 * 5 < told < 600
    assert len({*drawn[:told]}) == 40


@pytest.mark.parametrize("order", [
    lambda at: at // 100, lambda at: min(at // 7, 40), lambda at: 0 if at < 30 else at % 40,
])  # fmt: skip
def test_samples_that_come_some_times_in_a_row_are_not_all_known(order):
    """Nor those of which others come first: not before the others have come."""
    told = came(order, 400)
    assert told is None or len({order(at) for at in range(told)}) in (1, 40)


def read(tmp_path, draw, steps):
    path = tmp_path / "drawing.py"
    text = DRAWING.format(draw=draw).replace("STEPS", str(steps))
    path.write_text(text, encoding="utf-8")
    return watch(path, seconds=60)


@pytest.mark.parametrize("draw", [
    ONE, "i = np.random.choice(60, 8); x, y = X[i], Y[i]",
])  # fmt: skip
def test_a_training_that_draws_its_samples_is_read(draw, tmp_path):
    seen = read(tmp_path, draw, 20_000)
    assert seen.network is not None
    said = seen.read.said
    assert said["order"] == "drawn"
    assert len(seen.read.arrays["rows"]) == 60
    # so many such epochs are all steps that the program makes
    size = said["shown"] // said["batch_size"]
    assert 0.99 * 20_000 < size * said["epochs"] <= 20_000


def test_the_test_after_such_a_training_is_waited_for(tmp_path):
    path = tmp_path / "tested.py"
    made = "XT = np.random.randn(50, 4); YT = (XT[:, :1] * XT[:, 1:2] > 0) * 1.0\n"
    asked = "pT = 1 / (1 + np.exp(-(np.tanh(XT @ W1) @ W2)))\nprint(np.mean((pT > 0.5) == YT))\n"
    text = DRAWING.format(draw=ONE).replace("STEPS", "15000")
    path.write_text(f"{text}\n{made}{asked}", encoding="utf-8")
    seen = watch(path, seconds=60, further=0.2)
    assert seen.network is not None
    assert seen.tested_after is not None


def test_what_is_around_the_loop_keeps_it_from_being_all_of_the_training(tmp_path):
    text = DRAWING.format(draw=ONE).replace("STEPS", "2000")
    head, loop = text.split("for step")
    inner = "\n".join(f"    {line}" for line in f"for step{loop}".splitlines())
    path = tmp_path / "twice.py"
    path.write_text(f"{head}for again in range(3):\n{inner}\n", encoding="utf-8")
    seen = watch(path, seconds=60)
    assert seen.network is not None
    said = seen.read.said
    assert said["shown"] * said["epochs"] == 3 * 2000


def test_a_rate_that_changes_is_seen_of_such_a_training(tmp_path):
    seen = read(tmp_path, f"rate = 0.1 / (1 + 0.01 * step); {ONE}", 20_000)
    assert seen.network is not None
    plain = seen.network.learning_rate
    assert {*plain.rates} == {0.1}
    text = (tmp_path / "drawing.py").read_text(encoding="utf-8").replace("-= 0.1", "-= rate")
    (tmp_path / "drawing.py").write_text(text, encoding="utf-8")
    falling = watch(tmp_path / "drawing.py", seconds=60).network
    assert falling is not None
    first = falling.learning_rate.steps[0]
    assert len(first) < 2_000
    assert first[100] == pytest.approx(0.1 / 2)
    assert falling.learning_rate.at(1, 0) == pytest.approx(0.1 / (1 + 0.01 * len(first)))


def test_a_training_that_breaks_off_before_its_samples_stand_for_an_epoch_is_read(tmp_path):
    broken = (
        DRAWING.format(draw=ONE).replace("STEPS", "1000") + "    if step == STOP:\n        break\n"
    )
    drawn, steps = [], []
    for stop in (430, 470, 500):
        path = tmp_path / f"broken_{stop}.py"
        path.write_text(broken.replace("STOP", str(stop)), encoding="utf-8")
        seen = watch(path, seconds=30)
        assert seen.network is not None, seen.parted
        drawn.append(len(seen.network.data().labels))
        steps.append(seen.network.epochs)
    assert drawn == [60] * 3
    assert min(steps) >= 1
