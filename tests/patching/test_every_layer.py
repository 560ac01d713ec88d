"""Steps that leave out a layer, divide twice, or take two means in each other's places."""

import pytest

from diagnose.patching.orders import kept_results
from diagnose.patching.pace import divided_once, of_schedule, only_slow
from diagnose.patching.source import Edit
from diagnose.patching.steps import every_one, of_step
from tests.patching.making import script, ways


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("for l in self.layers[1:]:\n    l.update(lr)\n", "for l in self.layers:"),
        ("for l in reversed(net[:-1]):\n    l.step(lr)\n", "for l in reversed(net):"),
        ("for l in net[:0:-1]:\n    l.step(lr)\n", "for l in net[::-1]:"),
        ("for l in net[1::-1]:\n    l.step(lr)\n", None),
        ("for k in range(1, len(W)):\n    W[k] -= r * g[k]\n", "for k in range(len(W)):"),
        ("for k in range(n - 1):\n    W[k] = W[k] - r * g[k]\n", "for k in range(n):"),
        ("for k in range(1, n + 1):\n    W[k] -= r * g[k]\n", None),
        ("for l in layers[1:]:\n    print(l)\n", None),  # nothing is stepped
        ("for e in range(1, 9):\n    for l in net:\n        l.step(e)\n", None),  # epochs
    ],
)
def test_every_layer_is_stepped(text, wanted):
    made = script(text)
    assert ways(made, every_one) == ([[wanted]] if wanted else [])
    assert wanted is None or [wanted] in ways(made, of_step)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("v[k] = 0.9 * v[k] + 0.1 * g[k]", "v[k] = 0.9 * v[k] + 0.1 * g[k]**2"),
    ],
)
def test_a_mean_of_gradients_and_one_of_squares_have_their_places(line, wanted):
    assert [wanted] in ways(script(f"{line}  #: update\n"), of_step)


MEAN = "d = (p - t) / len(x)  #: backward\n"
STEPS = "W -= eta / bs * x.T @ d  #: update\nb -= eta / bs * d.sum(0)  #: update\n"


def test_a_mean_is_not_divided_once_more_by_the_samples():
    once = ["W -= eta * x.T @ d", "b -= eta * d.sum(0)"]
    assert ways(script(MEAN + STEPS), divided_once) == [once]
    assert once in ways(script(MEAN + STEPS), of_schedule)


@pytest.mark.parametrize(
    "text",
    [
        MEAN.replace(" / len(x)", "") + STEPS,  # a sum
        MEAN + STEPS.replace("/ bs", "/ np.sqrt(v)"),
        MEAN + STEPS.replace(" / bs", ""),
    ],
)
def test_what_is_divided_once_stays(text):
    assert ways(script(text), divided_once) == []


@pytest.mark.parametrize(
    ("parts", "gained", "slow"),
    [
        (["pace"], 0.07, True),
        (["size", "pace"], 0.07, True),
        (["pace", "gradient"], 0.07, False),
        (["pace"], 0.3, False),
    ],
)
def test_what_only_lets_it_get_a_little_further_is_no_patch(parts, gained, slow):
    edits = [Edit(splices=(), part=part, why="") for part in parts]
    assert only_slow(edits, gained) is slow


@pytest.mark.parametrize(
    ("line", "part", "wanted"),
    [
        ("rng.permutation(x)", "order", "x = rng.permutation(x)"),
        ("x.astype(float)", "input", "x = x.astype(float)"),
        ("np.clip(x, 0, 1)", "input", "x = np.clip(x, 0, 1)"),
        ("scaled(x)", "input", "x = scaled(x)"),
        ("print(x)", "input", None),
    ],
)
def test_what_a_call_makes_of_an_array_is_kept_under_its_name(line, part, wanted):
    made = script(f"def scaled(a):\n    return a / 255\n{line}\n")
    found = ways(made, lambda one: [*kept_results(one.source, part, "")])
    assert found == ([[wanted]] if wanted else [])
