"""Numbers that are as large as the batch: that of the samples, or another by chance."""

TEXT = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(60, 4))
y = rng.integers(0, 3, len(X))
Y = np.eye(3)[y]
wide = 60
W1 = rng.normal(size=(4, 6)) * 0.5
W2 = rng.normal(size=(6, 3)) * 0.5
for epoch in range(40):
    H = np.tanh(X @ W1)
    Z = H @ W2
    E = np.exp(Z - Z.max(1, keepdims=True))
    D = (E / E.sum(1, keepdims=True) - Y) / len(X)
    W2 -= 20.0 * (H.T @ D) / wide
    W1 -= 20.0 * (X.T @ ((D @ W2.T) * (1 - H ** 2))) / wide
"""


def gradient_of(seen) -> str:
    return "\n".join(line for _, line in seen.read.said["backward"]["lines"])


def test_a_number_of_its_own_beside_what_counts_the_samples_is_not_taken_for_their_number(read):
    seen = read(TEXT)
    assert seen.parted is None
    assert "/ 60" in gradient_of(seen)
    # an array is as long, or nothing else counts the samples
    long = TEXT.replace("\nwide = 60", "").replace("(60, 4)", "(wide, 4)")
    long = long.replace("\nX =", "\nwide = 60\nX =")
    alone = TEXT.replace(") / len(X)", ")")
    for edited in (long, alone):
        assert "60" not in gradient_of(read(edited))
