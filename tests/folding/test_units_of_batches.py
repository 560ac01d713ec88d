"""Units as objects with a vector of weights each, which take all samples of a batch at once."""

import numpy as np
import pytest

HEAD = """
import numpy as np
rng = np.random.RandomState(27)
P = rng.randn(60, 2)
y = (P[:, 0] * P[:, 1] > 0).astype(float)

class Neuron:
    def __init__(self, inputs, scale):
        self.w = rng.randn(inputs) * scale
        self.b = 0.0
"""
COLUMNS = (
    HEAD
    + """
    def sums(self, A):
        self.A = A
        return self.w @ A + self.b

    def adjust(self, delta):
        self.b -= 0.5 * delta.sum() / len(delta)
        self.w -= 0.5 * (self.A @ delta) / len(delta)

hidden, out = [Neuron(2, 1.0) for _ in range(5)], Neuron(5, 0.5)
for step in range(60):
    S = np.tanh(np.array([one.sums(P.T) for one in hidden]))
    d = 1 / (1 + np.exp(-out.sums(S))) - y
    back = np.outer(out.w, d) * (1 - S ** 2)
    out.adjust(d)
    for one, delta in zip(hidden, back):
        one.adjust(delta)
"""
)
ROWS = (
    HEAD
    + """
    def answers(self, X):
        self.X = X
        return np.tanh(X @ self.w + self.b)

    def adjust(self, delta):
        self.b -= 0.5 * delta.mean()
        self.w -= 0.5 * (self.X.T @ delta) / len(delta)

hidden = [Neuron(2, 1.0) for _ in range(5)]
w, b = rng.randn(5) * 0.5, 0.0
for step in range(60):
    A = np.column_stack([one.answers(P) for one in hidden])
    d = 1 / (1 + np.exp(-(A @ w + b))) - y
    back = np.outer(d, w) * (1 - A ** 2)
    w = w - 0.5 * (A.T @ d) / len(d)
    b = b - 0.5 * d.mean()
    for k, one in enumerate(hidden):
        one.adjust(back[:, k])
"""
)


@pytest.mark.parametrize("text", [COLUMNS, ROWS], ids=["columns", "rows"])
def test_units_that_take_a_whole_batch_are_layers(read, text):
    seen = read(text)
    assert seen.parted is None
    network = seen.network
    assert [one.activation for one in network.layers] == ["tanh", "sigmoid"]
    data = network.data()
    assert data.images.shape == (60, 2)
    # of a part of the samples it is the mean over that part, whatever the batch was
    start = network.init(0)

    def gradients(part):
        x, labels = network.prepare(data.images)[part].T, data.labels[part]
        return network.backward(start, network.forward(start, x), x, labels)

    parts = [gradients(slice(at, at + 20)) for at in (0, 20, 40)]
    for name, one in gradients(slice(None)).items():
        np.testing.assert_allclose(one, np.mean([part[name] for part in parts], axis=0))


def test_samples_that_nobody_knows_are_not_read(read):
    seen = read(ROWS.replace("A.T @ d)", "(A.T + rng.randn(60)) @ d)"))
    assert seen.network is None


def test_a_number_that_is_by_chance_that_of_the_samples_is_not_taken_for_it(read):
    wide = COLUMNS.replace("-out.sums(S))", "-out.sums(S) / wide)").replace("d)", "d / wide)")
    seen = read(wide.replace("hidden, out", "wide = 60\nhidden, out"))
    assert seen.network is None
    seen = read(wide.replace("hidden, out", "wide = 50\nhidden, out"))
    whole = seen.network.prepare(seen.network.data().images).T
    start = seen.network.init(0)
    answers, of_few = (seen.network.forward(start, x) for x in (whole, whole[:, :20]))
    last = [*answers][-1]
    np.testing.assert_allclose(answers[last][:, :20], of_few[last])


def test_a_number_that_is_by_chance_that_of_the_samples_stays_itself_in_the_gradient(read):
    given = "(self.A @ delta) / len(delta)"
    wide = COLUMNS.replace(given, f"{given} / wide").replace(
        "hidden, out", "wide = 60\nhidden, out"
    )
    seen = read(wide)
    assert seen.parted is None
    text = "\n".join(line for _, line in seen.read.said["backward"]["lines"])
    assert "60" in text
    # where nothing else counts the samples, it is their number that somebody wrote down
    alone = wide.replace(f"{given} / wide", "(self.A @ delta) / wide")
    alone = alone.replace("delta.sum() / len(delta)", "delta.sum() / wide")
    seen = read(alone)
    assert "60" not in "\n".join(line for _, line in seen.read.said["backward"]["lines"])
