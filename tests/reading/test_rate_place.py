"""A rate is looked at where it is multiplied with the fewest numbers, if that is the same one."""

from __future__ import annotations

import numpy as np
import pytest

from diagnose.calculus.gradients import exact_gradients
from diagnose.reading.loops import Loop
from diagnose.reading.taps import Taps
from diagnose.recording.recorder import Recorder
from diagnose.recording.rewriting import HOOK, rewritten
from diagnose.recording.sites import Site, Sites
from diagnose.watching.understanding import understand

TRAINING = """
import numpy as np
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(40, 6)), np.eye(3)[rng.integers(0, 3, 40)]
W, b = rng.normal(size=(6, 3)) / 4, np.zeros(3)
lr = lr_b = 0.1
for i in range(18):
    x, y = X[i:i + 1], Y[i:i + 1]
    d = 1 / (1 + np.exp(-(x @ W + b))) - y
    W -= RATE * (x.T @ d)
    b -= OF_B * d[0]
"""


def looked_at(**rates):
    """The line at which the rate of a training is looked at in each step."""
    text = TRAINING.replace("lr = lr_b", rates.get("first", "lr = lr_b"))
    text = text.replace("RATE", rates["rate"]).replace("OF_B", rates["of_b"])
    tape, sites = Recorder(lambda site: None, {"mine.py"}), Sites([Site(file="", line=0, text="")])
    tape.keeping.always = True
    exec(compile(rewritten(text, "mine.py", sites), "mine.py", "exec"), {HOOK: tape})
    site = tape.turns[0][1]
    loop = Loop(tape, site, [at for at, one in tape.turns if one == site])
    roles = understand(loop, list(range(2, 16)), sites.every).roles
    (place,) = (at for at, names in Taps.of(roles, None).places.items() if names[0][0] == "rate")
    return sites.every[place[0]].text


def test_it_is_looked_at_where_the_bias_is_stepped():
    assert looked_at(rate="lr", of_b="lr") == "lr * d[0]"


@pytest.mark.parametrize("of_b", ["lr_b", "lr * 1"])
def test_another_number_of_the_same_value_is_not_taken_for_it(of_b):
    first = "lr, lr_b = float('0.1'), float('0.1')\nspare"
    assert looked_at(rate="lr", of_b=of_b, first=first) == "lr * (x.T @ d)"


# The error has a factor that is as large as the rate, and both are written out.
TWICE = """
import numpy as np
rng = np.random.default_rng(4)
X = rng.normal(size=(40, 6))
Y = np.tanh(X[:, :1])
W, b = rng.normal(size=(6, 1)) / 4, np.zeros(1)
for i in range(60):
    o = np.tanh(X @ W + b)
    d = 2 * (o - Y) / 40 * (1 - o * o)
    W -= 2.0 * X.T @ d
    b -= 2.0 * d.sum(axis=0)
"""


def test_of_two_numbers_that_are_as_large_the_outer_one_is_the_rate(read):
    seen = read(TWICE)
    assert seen.parted is None
    network = seen.network
    parameters, data = network.init(0), network.data()
    x = network.lay_out(data.images)
    found = network.backward(parameters, network.forward(parameters, x), x, data.labels)
    exact = exact_gradients(network, parameters, data.images, data.labels)
    ratios = [found[name] / exact[name] for name in exact]
    assert np.ptp(np.concatenate([one.ravel() for one in ratios])) < 1e-9
    assert network.learning_rate(0) == 2
