"""Targets that are subtracted from log-probabilities, where probabilities are meant."""

from diagnose.watching.script import watch
from tests.watching.scripts import DATA

MISSING = f"""{DATA}
W, V = np.random.randn(4, 5) * 0.5, np.random.randn(5, 3) * 0.5
for epoch in range(30):
    for s in range(0, 90, 15):
        x, t = X[s:s + 15], Y[s:s + 15]
        h = np.tanh(x @ W)
        z = h @ V
        z = z - z.max(axis=1, keepdims=True)
        logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        d = (logp - t) / len(x)
        below = d @ V.T * (1 - h ** 2)
        V -= 0.1 * h.T @ d
        W -= 0.1 * x.T @ below
"""


def seen_of(tmp_path, text):
    """What watching a script tells."""
    file = tmp_path / "mine.py"
    file.write_text(text, encoding="utf-8")
    return watch(file, seconds=30)


def test_the_probabilities_less_the_targets_are_read(tmp_path):
    seen = seen_of(tmp_path, MISSING.replace("(logp - t)", "(np.exp(logp) - t)"))
    assert seen.parted is None
    assert seen.network.layers[-1].activation == "softmax"
