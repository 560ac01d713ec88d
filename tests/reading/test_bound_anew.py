"""What a step binds anew and then writes into is what it made of it at last."""

import pytest

from tests.watching.scripts import FLAT, READ
from tests.watching.test_reading import anew

DECAYED = FLAT.replace(
    "W2 -= lr * a1.T @ d2", "W2 = W2 * (1 - lr * 0.01)\n        W2 -= lr * a1.T @ d2"
)
COPIED = FLAT.replace(
    "W2 -= lr * a1.T @ d2", "W2 = W2.copy()\n        W2 -= lr * a1.T @ d2\n        W2 *= 0.999"
)
FADING = READ["momentum"].replace(
    "vW = 0.9 * vW - rate * x.T @ p", "vW = 0.9 * vW\n        vW -= rate * x.T @ p"
)


@pytest.mark.parametrize("text", [DECAYED, COPIED, FADING], ids=["decay", "copy", "momentum"])
def test_what_is_bound_anew_and_then_stepped_in_place_is_read(text, tmp_path):
    seen = anew(tmp_path, text)
    assert seen.network is not None, seen.parted


@pytest.mark.parametrize("anew_after", ["W1 = W1 * 0.999", "W2 = np.clip(W2, -1, 1)", "b1 = b1 * 1"])
def test_what_is_made_anew_after_a_loop_of_steps_is_refused(anew_after, tmp_path):
    """All steps of an epoch would be one, of the samples of the first."""
    seen = anew(tmp_path, FLAT.replace("    print(epoch", f"    {anew_after}\n    print(epoch"))
    assert seen.network is None
    assert "changed once more, and made anew, after a loop of several steps" in seen.parted.reason
