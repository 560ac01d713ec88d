"""What is beside dense layers, and is not read, is called by its name, with its line."""

import pytest

from diagnose.watching.script import watch
from tests.reading.test_thresholds import ratios, read
from tests.watching.scripts import FLAT

NORMALIZED = (
    FLAT.replace("b1 = np.zeros(6)", "b1, g1 = np.zeros(6), np.ones(6)")
    .replace(
        "z1 = x @ W1 + b1",
        "u = x @ W1\n        mu, var = u.mean(axis=0), u.var(axis=0)\n"
        "        n = (u - mu) / np.sqrt(var + 1e-5)\n        z1 = g1 * n + b1",
    )
    .replace(
        "W1 -= lr * x.T @ d1",
        "dn = d1 * g1\n        g1 -= lr * (d1 * n).sum(axis=0)\n        du = dn - "
        "dn.mean(axis=0) - n * (dn * n).mean(axis=0)\n        W1 -= lr * x.T @ (du / "
        "np.sqrt(var + 1e-5))",
    )
)
OF_UNITS = NORMALIZED.replace("u.mean(axis=0)", "u.mean(axis=1, keepdims=True)").replace(
    "u.var(axis=0)", "u.var(axis=1, keepdims=True)"
)
# As a product, of sums, with numbers in place of what is learned.
BY_SUMS = (
    FLAT.replace(
        "z1 = x @ W1 + b1",
        "u = np.einsum('ni,ij->nj', x, W1)\n        m = np.einsum('nj->j', u) / len(u)\n"
        "        c = u - m\n        s = (np.einsum('nj,nj->j', c, c) / len(u)) ** -0.5\n"
        "        z1 = np.einsum('nj,j->nj', c, s) + b1",
    )
    .replace("(d2 @ W2.T) * (z1 > 0)", "(d2 @ W2.T) * (z1 > 0) * s")
)  # fmt: skip
SHARED = (
    FLAT.replace("b2 =", "U, c = np.random.randn(6, 6) * 0.5, np.zeros(6)\nb2 =")
    .replace("z2 = a1", "h = np.tanh(a1 @ U + c)\n        g = np.tanh(h @ U + c)\n        z2 = g")
    .replace("a1.T @ d2", "g.T @ d2")
    .replace(
        "d1 = (d2 @ W2.T) * (z1 > 0)",
        "dg = (d2 @ W2.T) * (1 - g * g)\n        dh = (dg @ U.T) * (1 - h * h)\n"
        "        d1 = (dh @ U.T) * (z1 > 0)",
    )
    .replace(
        "W1 -= lr",
        "U -= lr * (h.T @ dg + a1.T @ dh)\n        c -= lr * (dg + dh).sum(axis=0)\n"
        "        W1 -= lr",
    )
    .replace("0) @ W2 + b2, axis", "0) @ U @ U @ W2 + b2, axis")
)
TIED = (
    SHARED.replace("h @ U + c", "h @ U.T + c").replace("dg @ U.T", "dg @ U")
    .replace("h.T @ dg", "dg.T @ h")
)  # fmt: skip
REFUSED = {
    "batch": (NORMALIZED, "batch normalization", "(u - mu)"),
    "batch, by sums": (BY_SUMS, "batch normalization", "c = u - m"),
    "layer": (OF_UNITS, "layer normalization", "(u - mu)"),
    "a number of its own": (
        FLAT.replace("x @ W1 + b1", "x @ W1 / np.abs(x).max() + b1"),
        "meets a number here, another in each step",
        "np.abs(x).max()",
    ),
    "tied": (TIED, "tied weights: layer 3 takes the weight of layer 2", "h @ U.T"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_not_read_is_called_by_its_name(kind, tmp_path):
    text, reason, line = REFUSED[kind]
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    parted = watch(tmp_path / "mine.py", seconds=30).parted
    assert reason in parted.reason
    assert line in text.splitlines()[parted.line - 1]


def test_layers_that_share_a_weight_as_it_is_are_read(tmp_path):
    network = read(SHARED, tmp_path).network
    assert [one.weight for one in network.layers] == ["W1", "U", "U", "W2"]
    found = ratios(network)
    assert found == pytest.approx(dict.fromkeys(found, 1))
    wrong = SHARED.replace("(h.T @ dg + a1.T @ dh)", "(h.T @ dg * 2 + a1.T @ dh * 2)")
    assert ratios(read(wrong, tmp_path).network)["U"] == pytest.approx(2)
