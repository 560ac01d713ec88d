"""That a script answers with weights averaged over its steps is said; of others it is not."""

import ast

import numpy as np
import pytest

from diagnose.watching.averages import averages, names_of
from diagnose.watching.script import watch
from diagnose.watching.texts import Texts
from tests.watching.scripts import FLAT

AT, ENDS = FLAT.index("lr = 0.3"), FLAT.index("    print(epoch")
DATA = "Xt = np.random.randn(60, 4)\nyt = (Xt[:, 0] > 0).astype(int) + (Xt[:, 1] > 0)\n"
COPIES = "E1, c1, E2, c2 = W1.copy(), b1.copy(), W2.copy(), b2.copy()\n"
TEST = "print(np.mean(np.argmax(np.maximum(Xt @ E1 + c1, 0) @ E2 + c2, axis=1) == yt))\n"
OWN = TEST.replace("E1", "W1").replace("c1", "b1").replace("E2", "W2").replace("c2", "b2")
PAIRS = (("E1", "W1"), ("c1", "b1"), ("E2", "W2"), ("c2", "b2"))
EMA = "; ".join(f"{e} = 0.9 * {e} + 0.1 * {w}" for e, w in PAIRS)
SWA = "; ".join(f"{e} += ({w} - {e}) / (epoch + 2)" for e, w in PAIRS)
ALL = "[W1, b1, W2, b2]"
MEAN = "E1, c1, E2, c2 = [np.mean([s[k] for s in kept[-3:]], axis=0) for k in range(4)]\n"
BY_DICT = """
def blend(shadow, now, d=0.9):
    return {k: d * shadow[k] + (1 - d) * now[k] for k in now}
"""
DICT = "shadow = blend(shadow, {'W1': W1, 'b1': b1, 'W2': W2, 'b2': b2})"


def script(before="", step="pass", epoch="pass", after=TEST):
    text = FLAT[:AT] + DATA + before + FLAT[AT:ENDS]
    return text + f"        {step}\n    {epoch}\n" + after


def told(tmp_path, text):
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    seen = watch(path, further=10)
    assert seen.network is not None, seen.parted
    found = [one for one in seen.seen if one.kind == "averaged-weights"]
    return [text.splitlines()[one.line - 1].strip() for one in found]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (script(COPIES, EMA), EMA),
        (script(COPIES, epoch=SWA), SWA),
        (
            script(
                "n, S = 0, [np.zeros_like(w) for w in [W1, b1, W2, b2]]\n",
                f"n += 1; S = [s + w for s, w in zip(S, {ALL})]",
                after="E1, c1, E2, c2 = [s / n for s in S]\n" + TEST,
            ),
            f"n += 1; S = [s + w for s, w in zip(S, {ALL})]",
        ),
        (
            script(
                "kept = []\n", epoch=f"kept.append([w.copy() for w in {ALL}])", after=MEAN + TEST
            ),
            MEAN.strip(),
        ),
        (
            script(
                "E = [W1.copy(), b1.copy(), W2.copy(), b2.copy()]\n",
                f"for e, w in zip(E, {ALL}): e *= 0.9; e += 0.1 * w",
                after="E1, c1, E2, c2 = E\n" + TEST,
            ),
            f"for e, w in zip(E, {ALL}): e *= 0.9; e += 0.1 * w",
        ),
        (
            script(
                BY_DICT + "shadow = {'W1': W1.copy(), 'b1': b1, 'W2': W2.copy(), 'b2': b2}\n",
                DICT,
                after="E1, c1, E2, c2 = [shadow[k] for k in ('W1', 'b1', 'W2', 'b2')]\n" + TEST,
            ),
            "return {k: d * shadow[k] + (1 - d) * now[k] for k in now}",
        ),
        # put in the place of the trained ones for the test
        (script(COPIES, EMA, after="W1, b1, W2, b2 = E1, c1, E2, c2\n" + OWN), EMA),
    ],
)
def test_averaged_weights_that_are_tested_are_told_where_they_are_averaged(tmp_path, text, line):
    assert told(tmp_path, text) == [line]


BEST = (
    "if epoch > 3 and W1.sum() < best: best = W1.sum(); kept = [w.copy() for w in [W1, b1, W2, b2]]"
)


@pytest.mark.parametrize(
    "text",
    [
        script(after=OWN),
        script(COPIES, EMA, after=OWN),
        script(COPIES, EMA, after=TEST + OWN),  # both are compared
        # the best weights, and a mean that is none of weights
        script(
            "best, kept, sums = 9e9, [W1, b1, W2, b2], []\n",
            "sums.append(W1.sum())",
            BEST,
            "E1, c1, E2, c2 = kept\nprint(np.mean(sums))\n" + TEST,
        ),
        script("V = np.zeros_like(W1)\n", "V = 0.9 * V + x.T @ d1 + 0.01 * W1", after=OWN),
    ],
)
def test_other_weights_stay_untold(tmp_path, text):
    assert told(tmp_path, text) == []


def test_what_is_made_of_an_average_is_found_by_the_text():
    text = "for i in x:\n    S += W\n    v = mu * v - g\nE = S / n\nF = E[0]\nW = F\n"
    found = averages(Texts({"mine.py": text}), {"W"})
    assert found == dict.fromkeys(("S", "E", "F"), ("mine.py", 2))
    assert ast.parse(text)


OF_A_NETWORK = """
class Net:
    def softmax(self, z):
        z = z - z.max()
        return np.exp(z) / np.exp(z).sum()
    def train(self, x, y):
        h = x @ self.W + self.b
        p = self.softmax(h @ self.V)
        self.V -= lr * (h.T @ (p - y) + decay * self.V)
        total = total + (p - y) ** 2 + self.V.sum()
net = Net()
history = []
history.append(net.train(X, Y))
mean = np.mean(history)
"""


def test_sums_of_a_network_are_no_averages_of_its_weights():
    found = averages(Texts({"mine.py": OF_A_NETWORK}), {"W", "V", "b"})
    assert not {*found} & {"net", "self", "W", "V", "b", "z"}


def test_a_step_of_all_weights_in_a_list_is_no_average():
    text = "for i in x:\n    theta = [\n        p - a * g for p, g in zip(theta, grads)\n    ]\n"
    text += "    if i > 3:\n        best = theta\n"
    assert averages(Texts({"mine.py": text}), {"p"}, {("mine.py", 3)}) == {}


def test_an_array_is_known_by_all_names_on_the_way_to_it():
    array = np.zeros((2, 3))
    other, held = array.copy(), {"first": [array.T]}
    found = names_of(held["first"][0], {__file__})
    assert {"array", "held", "first"} <= found
    assert "other" not in found
    assert "array" not in names_of(other, {__file__})


class Counted(list):
    """A list that counts how often it is gone through."""

    times = 0

    def __iter__(self):
        self.times += 1
        return super().__iter__()


def test_what_has_several_names_is_looked_through_once():
    """A list of samples was gone through under each of its names in each function on the way."""
    array = np.ones(3)
    held = Counted([{"first": array}])

    def inner(samples):
        return names_of(array, {__file__})

    found = inner(held)
    assert {"array", "held", "samples", "first"} <= found
    assert held.times == 1
