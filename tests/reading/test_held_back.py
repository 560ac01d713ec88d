"""Gradients that are scaled where their norm is too large are read, in steps of both kinds."""

import pytest

from tests.watching.scripts import FLAT
from tests.watching.test_reading import anew

STEPS = FLAT[FLAT.index("        W2 -= ") : FLAT.index("    print(")]
NORM = """\
        g2, c2, g1, c1 = a1.T @ d2, d2.sum(axis=0), x.T @ d1, d1.sum(axis=0)
        norm = np.sqrt(sum((one ** 2).sum() for one in (g1, c1, g2, c2)))
        if norm > 0.5:
            {}
        W1 -= lr * g1
        b1 -= lr * c1
        W2 -= lr * g2
        b2 -= lr * c2
"""
WAYS = {
    "anew": "g1, c1, g2, c2 = [one * 0.5 / norm for one in (g1, c1, g2, c2)]",
    "in place": "for one in (g1, c1, g2, c2):\n                one *= 0.5 / norm",
    "in another way": "g1, c1, g2, c2 = [np.clip(one, -0.1, 0.1) for one in (g1, c1, g2, c2)]",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_gradient_that_is_scaled_for_its_norm_is_read(way, tmp_path):
    text = FLAT.replace(STEPS, NORM.format(WAYS[way]))
    seen = anew(tmp_path, text)
    assert (seen.network is not None) == (way != "in another way"), seen.parted
