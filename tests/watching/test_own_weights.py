"""Weights that are stepped on once the training that was read is over are told at their line."""

import pytest

from diagnose.watching.script import watch
from tests.watching.scripts import DATA, FLAT

LOOP = FLAT[FLAT.index("for epoch in") : FLAT.index("    print(epoch")]
START = FLAT[: FLAT.index("lr = 0.3")]
LAST = "print(np.mean(np.argmax(np.maximum(X @ W1 + b1, 0) @ W2 + b2, axis=1) == labels))\n"
FROZEN = "".join(
    f"{line}\n" for line in LOOP.splitlines() if not line.strip().startswith(("W1 -=", "b1 -="))
)
ONCE = START + "lr = 0.3\n" + LOOP
BOUND = LOOP.replace("W2 -= ", "W2 = W2 - ").replace("W1 -= ", "W1 = W1 - ")
COPIED = "W1, W2 = W1.copy(), W2.copy()\n"
GUARDED = "if lr < 1:\n" + "".join(f"    {line}\n" for line in LOOP.splitlines())


def told(tmp_path, text):
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    seen = watch(path, further=10)
    assert seen.network is not None, seen.parted
    return [one.line for one in seen.seen if one.kind == "training-goes-on"]


@pytest.mark.parametrize(
    "text",
    [
        ONCE + "lr = 0.03\n" + FROZEN + LAST,
        ONCE + GUARDED + LAST,
        ONCE + COPIED + LOOP + LAST,
        START + "lr = 0.3\n" + BOUND + "W1 = W1 * 1.0\nW2 = 1.0 * W2\n" + BOUND + LAST,
        ONCE + "np.save('w.npy', W2)\nW2 = np.load('w.npy')\n" + FROZEN + LAST,
    ],
)
def test_a_second_loop_that_steps_the_same_weights_is_told(tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    (line,) = told(tmp_path, text)
    assert text.splitlines()[line - 1].strip().startswith("W2 ")
    assert line > text[: text.rindex("for epoch in")].count("\n")


DRAWN = "W1, b1 = np.random.randn(4, 6) * 0.5, np.zeros(6)\n"
DRAWN += "W2, b2 = np.random.randn(6, 3) * 0.5, np.zeros(3)\n"


@pytest.mark.parametrize(
    "text",
    [
        ONCE + LAST,
        ONCE + DRAWN + LOOP + LAST,
        # noise on the weights, again and again, each time on what was trained
        ONCE + "for _ in range(9):\n    V = W2 + np.random.randn(6, 3)\n    print(V.sum())\n",
        ONCE + "W2 *= 0.5\nW1 *= 0.5\n" + LAST,
        # an average over its steps
        ONCE.replace("lr = 0.3", "lr = 0.3\nV = W2.copy()").replace(
            "b1 -= lr", "V = 0.9 * V + 0.1 * W2\n        b1 -= lr"
        )
        + LAST,
    ],
)
def test_what_is_another_training_or_none_stays_untold(tmp_path, text):
    assert told(tmp_path, text) == []


def test_the_scripts_are_what_they_are_meant_to_be():
    assert "W1 -=" in LOOP
    assert "W1 -=" not in FROZEN
    assert DATA in START
