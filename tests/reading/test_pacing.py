"""A rate that changes from step to step is read, step by step, with the line that changes it."""

from dataclasses import replace

import pytest

from diagnose.instruments.rates import Scaled, collapses
from diagnose.reading.pacing import Rates, StepRates, paced
from diagnose.watching.script import watch
from tests.networks import dense
from tests.watching.scripts import FLAT

# Six steps make an epoch, of which there are twelve.
ENDS = "        b1 -= lr * d1.sum(axis=0)\n"
DECAYS = {
    "times a number": (
        FLAT.replace(ENDS, f"{ENDS}        lr = lr * 0.95\n"),
        lambda step: 0.3 * 0.95**step,
        "lr = lr * 0.95",
    ),
    "by the number of the step": (
        FLAT.replace("lr = 0.3\n", "lr0, t = 0.3, 0\n").replace(
            "        z1 =", "        lr = lr0 / (1 + 0.5 * t)\n        t += 1\n        z1 ="
        ),
        lambda step: 0.3 / (1 + 0.5 * step),
        "lr = lr0 / (1 + 0.5 * t)",
    ),
}


def read(tmp_path, text):
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    return watch(tmp_path / "mine.py", seconds=30)


@pytest.mark.parametrize("how", DECAYS)
def test_a_rate_that_changes_in_each_step_is_read(how, tmp_path):
    text, rate, line = DECAYS[how]
    seen = read(tmp_path, text)
    network = seen.network
    found = [network.rate(epoch, step) for epoch in range(12) for step in range(6)]
    assert found == pytest.approx([rate(step) for step in range(72)])
    assert network.learning_rate(3) == pytest.approx(rate(18))
    lines = text.splitlines()
    assert lines[seen.roles["learning rate"]["line"] - 1].strip() == line
    assert lines[network.where("schedule")[1] - 1].strip() == line
    assert lines[network.where("learning_rate")[1] - 1].strip() in ("lr = 0.3", line)
    assert "in the last of 72" in seen.roles["learning rate"]["text"]


def test_without_epochs_each_step_has_its_rate(tmp_path):
    text = FLAT.replace(ENDS, f"{ENDS}        lr = lr * 0.99\n").replace("range(12)", "range(1)")
    text = text.replace("range(0, len(X), 16)", "range(80)").replace(
        "pick = order[start:start + 16]", "pick = np.random.randint(0, 90, 16)"
    )
    network = read(tmp_path, text).network
    assert network.epochs == 1
    assert [network.rate(0, step) for step in (0, 1, 40)] == pytest.approx(
        [0.3, 0.3 * 0.99, 0.3 * 0.99**40]
    )


def test_one_rate_for_each_epoch_stays_one():
    assert paced([[0.5], [0.5], [0.1]]) == Rates(rates=(0.5, 0.5, 0.1))
    assert paced([[0.5, 0.5], [0.1]]) == Rates(rates=(0.5, 0.1))
    steps = paced([[0.5, 0.4], [0.3]])
    assert isinstance(steps, StepRates)
    assert [steps.at(0, 1), steps.at(0, 7), steps.at(1, 1), steps.at(5, 3), steps(0)] == [
        0.4, 0.4, 0.3, 0.3, 0.5,
    ]  # fmt: skip


def test_multiples_of_a_rate_keep_its_steps():
    scaled = Scaled(StepRates(steps=((0.5, 0.4),)), 10.0)
    assert (scaled(0), scaled.at(0, 1)) == (5.0, 4.0)
    assert not hasattr(Scaled(Rates(rates=(0.5,)), 10.0), "at")


def test_a_rate_that_falls_to_nothing_within_an_epoch_is_told():
    halved, gently = (
        StepRates(steps=(tuple(factor**step for step in range(40)),)) for factor in (0.5, 0.99)
    )
    assert "in 30 of 40 steps it is less than a thousandth of the 1" in collapses(
        replace(dense(), learning_rate=halved), 1, 40
    )
    assert collapses(replace(dense(), learning_rate=gently), 1, 40) is None
    assert collapses(replace(dense(), learning_rate=Rates(rates=(1.0,))), 1, 40) is None
