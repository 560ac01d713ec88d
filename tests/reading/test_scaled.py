"""Numbers between the product of a layer and its bias, or on its weight, belong to the weight."""

import pytest

from diagnose.probes import update_direction, wrong_gradient
from diagnose.report import PRESENT
from diagnose.watching.script import watch
from tests.networks import bench
from tests.reading.test_thresholds import ratios, read
from tests.watching.scripts import FLAT

# As of the neural tangent kernel: every product is divided by the root of what enters.
SOUND = (
    FLAT.replace("W1 + b1", "W1 / np.sqrt(4) + b1")
    .replace("W2 + b2", "W2 / np.sqrt(W2.shape[0]) + b2")
    .replace("a1.T @ d2", "a1.T @ d2 / np.sqrt(6)")
    .replace("x.T @ d1", "x.T @ d1 / 2")
    .replace("(d2 @ W2.T)", "(d2 @ W2.T / np.sqrt(6))")
)
ON_WEIGHTS = (
    SOUND.replace("x @ W1 / np.sqrt(4)", "x @ (W1 * 0.5)")
    .replace("a1 @ W2 / np.sqrt(W2.shape[0])", "a1 @ (W2 / 6 ** 0.5)")
    .replace("X @ W1 / np.sqrt(4)", "X @ (W1 * 0.5)")
    .replace("0) @ W2 / np.sqrt(W2.shape[0])", "0) @ (W2 / 6 ** 0.5)")
    .replace("lr = 0.3", "lr, v = 0.3, 0")
    .replace("W2 -= lr * a1.T @ d2 / np.sqrt(6)", "v = 0.5 * v + a1.T @ d2 / np.sqrt(6)\n"
             "        W2 = W2 - lr * v")
)  # fmt: skip
COUNTED = FLAT.replace("x @ W1 + b1", "x @ W1 / len(x) + b1").replace("16", "15")
ON_A_WEIGHT = COUNTED.replace("x @ W1 / len(x)", "x @ (W1 / np.sqrt(len(x)))")
LEARNED = (
    FLAT.replace("x @ W1 + b1", "s * (x @ W1) + b1")
    .replace("lr = 0.3", "lr, s = 0.3, 0.5")
    .replace("W1 -= ", "s = s - lr * np.sum(d1 * (x @ W1))\n        W1 -= s * ")
    .replace("(X @ W1", "(s * X @ W1")
)


@pytest.mark.parametrize("text", [SOUND, ON_WEIGHTS])
def test_a_scaled_weight_is_the_weight_times_its_scale(text, tmp_path):
    tested = text.replace("for epoch", "T = np.random.randn(50, 4)\nfor epoch")
    tested = tested.replace("np.maximum(X @", "np.maximum(T @")
    tested = tested.replace("axis=1) == labels", "axis=1) == (T[:, 0] > 0) + 0 + (T[:, 1] > 0)")
    network = read(tested, tmp_path).network
    assert [(one.weight, one.bias) for one in network.layers] == [("W1", "b1"), ("W2", "b2")]
    assert ratios(network) == pytest.approx({"W1": 1, "b1": 1, "W2": 1, "b2": 1})
    assert len(network.data().test_images) == 50
    handed = bench(network, data=network.data())
    numbers = update_direction.DEFECT.measure(handed)
    # a step of the weight by its own gradient is one of the scaled weight by its square
    assert numbers["parameters"]["W1"]["along"] == pytest.approx(1 / 4)
    assert numbers["parameters"]["W2"]["along"] == pytest.approx(1 / 6)
    for probe in (update_direction, wrong_gradient):
        assert probe.DEFECT.judge(probe.DEFECT.measure(handed)).status != PRESENT


def test_a_scale_that_the_way_back_lacks_is_found(tmp_path):
    text = SOUND.replace("(d2 @ W2.T / np.sqrt(6))", "(d2 @ W2.T)")
    network = read(text, tmp_path).network
    numbers = wrong_gradient.DEFECT.measure(bench(network, data=network.data()))
    assert {*wrong_gradient.wrong_names(numbers)} == {"W1", "b1"}


def test_units_of_layers_that_are_as_wide_are_no_samples(tmp_path):
    wide = SOUND.replace("np.sqrt(4)", "np.sqrt(W1.shape[0])").replace("(4, 6)", "(4, 4)")
    wide = wide.replace("(6, 3)", "(4, 3)").replace("np.zeros(6)", "np.zeros(4)")
    network = read(wide.replace("np.sqrt(6)", "np.sqrt(4)"), tmp_path).network
    assert ratios(network) == pytest.approx({"W1": 1, "b1": 1, "W2": 1, "b2": 1})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (COUNTED, "may be made of the number of samples"),
        (ON_A_WEIGHT, "may be made of the number of samples"),
        (LEARNED, "this layer's activation is not known"),
    ],
)
def test_a_number_of_the_samples_or_one_that_is_learned_is_no_scale(text, said, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(text, encoding="utf-8")
    assert said in watch(file, seconds=30).parted.reason
