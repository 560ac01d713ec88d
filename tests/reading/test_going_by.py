"""What goes by itself from step to step is no state: an order that is used up, noise that stays."""

import pytest

from diagnose.watching.script import watch
from tests.watching.scripts import FLAT

LOOP = "    for start in range(0, len(X), 16):\n        pick = order[start:start + 16]\n"
LEFT = "    while len(order):\n        pick, order = order[:16], order[16:]\n"
TAKEN = "        x, y = X[pick], Y[pick]\n"
NOISY = "        x, y = X[start:start + 16], Y[start:start + 16]\n        x += noise(x.shape)\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [(LOOP, LEFT), (TAKEN, NOISY.replace("noise(", "0.1 * np.random.standard_normal("))],
    ids=["the rows that are left", "samples that gather noise"],
)
def test_it_is_read_beside_the_weights(old, new, tmp_path):
    assert old in FLAT
    text = FLAT.replace(old, new).replace("16", "15")  # which divides the 90 samples
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    seen = watch(tmp_path / "mine.py", seconds=20)
    assert seen.parted is None
    assert [one.weight for one in seen.network.layers] == ["W1", "W2"]
