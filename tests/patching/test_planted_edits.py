"""Slips that are planted in the networks of the benchmarks: rows, copies, fading rates."""

import pytest

from diagnose.patching import biases
from diagnose.patching.arithmetic import of_gradient
from diagnose.patching.pace import of_schedule
from diagnose.patching.pairs import of_data
from diagnose.patching.starting import of_start, told_apart
from diagnose.patching.steps import of_step
from diagnose.patching.sums import sums_begun_anew
from diagnose.patching.targets import of_targets
from tests.patching.making import changed, script, ways


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("def rate(epoch):\n    return 0.3 / (1 + 50 * epoch) ** 2\n"
         "w -= rate(e) * g  #: learning rate, update\n", "return 0.3"),
        ("def rate(epoch):\n    return 0.3 / (1 + 50 * epoch) ** 2  #: learning rate\n",
         "return 0.3"),
        ("for e in range(9):\n    lr = 0.95**e * 0.3\n    w -= lr * g  #: learning rate, update\n",
         "lr = 0.3"),
        ("for e in range(9):\n    w -= 0.3 / (e + 1) * g  #: learning rate, update\n",
         "w -= 0.3 * g"),
    ],
)  # fmt: skip
def test_a_rate_that_fades_with_the_epochs_stays(text, wanted):
    made = script(text)
    assert [wanted] in [changed(made, one) for one in of_schedule(made)]


def test_two_names_of_one_list_get_a_list_each():
    made = script("dwa = dwb = [0] * N\na = b = 0\n", found={"aliased-arrays": {}})
    assert [changed(made, one) for one in told_apart(made.source)] == [
        ["dwa, dwb = [0] * N, [0] * N"]
    ]
    rows = script("w = [[draw() for _ in range(2)]] * N\nv = [[0] * 2] * N\nb = [0.0] * N\n")
    assert [changed(rows, one) for one in told_apart(rows.source)] == [
        ["w = [[draw() for _ in range(2)] for _ in range(N)]"],
        ["v = [[0] * 2 for _ in range(N)]"],
    ]
    # layers that are one object have wrong gradients, too, and rows that are one the same targets
    assert ["dwa, dwb = [0] * N, [0] * N"] in ways(made, of_targets)
    assert ["dwa, dwb = [0] * N, [0] * N"] in ways(made, of_gradient)


def test_sums_are_set_back_and_what_is_stepped_by_them_is_not():
    made = script(
        "v = [1]\nda = db = [0] * N\nfor e in range(9):\n    for k in range(4):\n"
        "        da[0] += k  #: backward\n        db[0] += k  #: backward\n"
        "    v[0] += lr * da[0]  #: update\n"
    )
    assert ["da, db = [0] * N, [0] * N"] in ways(made, sums_begun_anew)
    assert not any("v = [1]" in one for one in ways(made, sums_begun_anew))


def test_what_is_summed_up_to_be_told_is_summed_up():
    made = script(
        "def error(rows):\n    s = 0.0\n    for x, t in rows:\n"
        "        s += (out(x) - t) ** 2  #: backward\n    return s / len(rows)\n"
    )
    assert sums_begun_anew(made) == []


def test_two_orders_that_are_drawn_become_one():
    made = script(
        "for e in range(9):\n    x = x[:, rng.permutation(m)]\n    t = t[:, rng.permutation(m)]\n"
        "    h = x - t  #: samples, targets\n"
    )
    drawn = ["order = rng.permutation(m)", "x = x[:, order]", "t = t[:, order]"]
    assert ways(made, of_data)[0] == drawn


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("b1 = np.full((1, n), 20.0)  #: init", "b1 = np.zeros((1, n))"),
        ("b1 = np.zeros(n) + 10  #: init", "b1 = np.zeros(n)"),
        ("b1 = 5 * np.ones(n)  #: init", "b1 = np.zeros(n)"),
        ("b1 = np.random.randn(1, n) * 0.1 - 10  #: init", "b1 = np.zeros((1, n))"),
    ],
)
def test_biases_begin_at_0(line, wanted):
    assert [wanted] in ways(script(f"{line}\n"), of_start)
    assert ways(script("b1 = np.zeros(n)  #: init\n"), of_start) == []


def test_hidden_units_are_as_many_as_those_of_the_wider_twin(monkeypatch):
    monkeypatch.setattr(biases, "widths", lambda network, parameters: [3, 2, 2])
    made = script(
        "H = 2\nW1 = np.random.randn(3, H)  #: init\nW2 = np.random.randn(H, 2)  #: init\n"
    )
    edits = [changed(made, one) for one in biases.of_units(made, "16 hidden units")]
    assert edits[0] == ["H = 16"]  # the outputs are as many
    monkeypatch.setattr(biases, "widths", lambda network, parameters: [2, 1, 1, 4])
    made = script(
        "sizes = [2, 1, 1, 4]\nfor n, m in zip(sizes, sizes[1:]):\n"
        "    W.append(np.random.randn(n, m))  #: init\n    b.append(np.zeros((1, m)))  #: init\n"
    )
    edits = [changed(made, one) for one in biases.of_units(made, "16 and 16 hidden units")]
    assert edits[0] == ["sizes = [2, 16, 16, 4]"]
    others = ("", "biases", "biases and 16 hidden units")
    assert [biases.of_units(made, one) for one in others] == [[], [], []]


@pytest.mark.parametrize(
    ("weights", "biases"),
    [
        ("np.random.randn(n, 1) * 100, np.random.randn(1, n) * 100", "np.random.randn(n, 1)"),
        ("np.zeros((n, 1)), np.zeros((1, n))", "np.zeros((n, 1))"),
    ],
)
def test_all_weights_of_a_list_are_drawn_also_one_with_the_shape_of_a_bias(weights, biases):
    made = script(
        f"self.W = [{weights}]  #: init\nself.b = [{biases}, np.zeros((1, 1))]  #: init\n",
        layout="columns", activations=("relu", "linear"),
    )  # fmt: skip
    drawn = "np.random.randn(n, 1) * np.sqrt(2 / 1), np.random.randn(1, n) * np.sqrt(1 / n)"
    assert [f"self.W = [{drawn}]"] in ways(made, of_start)


@pytest.mark.parametrize(("line", "mended"), [
    ("s = limit / (norm + 1e-8)", "s = min(1.0, limit / (norm + 1e-8))"),
    ("g = [g * limit / norm ** 2 for g in gs]", "g = [g * min(1.0, limit / norm) for g in gs]"),
])  # fmt: skip
def test_a_gradient_is_clipped_where_it_is_too_long(line, mended):
    assert [mended] in ways(script(f"{line}\nx = (x - norm_mean) / norm_std\n"), of_step)
