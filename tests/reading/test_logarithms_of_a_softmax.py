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


def test_an_exponential_that_is_missing_is_told_in_its_line(tmp_path):
    seen = seen_of(tmp_path, MISSING)
    assert seen.network is None
    told = [one for one in seen.seen if one.kind == "log-probabilities"]
    assert [MISSING.splitlines()[one.line - 1].strip() for one in told] == [
        "d = (logp - t) / len(x)"
    ]


def test_the_probabilities_less_the_targets_are_read(tmp_path):
    seen = seen_of(tmp_path, MISSING.replace("(logp - t)", "(np.exp(logp) - t)"))
    assert seen.parted is None
    assert seen.network.layers[-1].activation == "softmax"
    assert not [one for one in seen.seen if one.kind == "log-probabilities"]
