"""An error that a script takes of all pairs of answers and targets, of a network that is sound."""

from dataclasses import replace

from diagnose.patching.patch import NOTHING, find_patch
from diagnose.watching.script import watch
from tests.patching.test_patch import finding, report

# The answers are a column, and the targets of the test a row.
SOUND = """import numpy as np

rng = np.random.default_rng(5)
x = rng.normal(size=(160, 3))
y = x @ np.array([0.5, -0.3, 0.2])
X, Y, T, S = x[:120], y[:120, None], x[120:], y[120:]
W1 = rng.normal(0, np.sqrt(2 / 3), (3, 8))
b1 = np.zeros(8)
W2 = rng.normal(0, np.sqrt(1 / 8), (8, 1))
b2 = np.zeros(1)
for epoch in range(40):
    order = rng.permutation(120)
    for k in range(0, 120, 10):
        a, t = X[order[k:k + 10]], Y[order[k:k + 10]]
        z = a @ W1 + b1
        h = np.maximum(z, 0)
        o = h @ W2 + b2
        d2 = (o - t) / 10
        d1 = d2 @ W2.T * (z > 0)
        W2 -= 0.1 * h.T @ d2
        b2 -= 0.1 * d2.sum(axis=0)
        W1 -= 0.1 * a.T @ d1
        b1 -= 0.1 * d1.sum(axis=0)
out = np.maximum(T @ W1 + b1, 0) @ W2 + b2
print("mean absolute error", np.mean(np.abs(out - S)))
"""


def test_each_answer_is_held_against_its_own_target(tmp_path):
    path = tmp_path / "net.py"
    path.write_text(SOUND, encoding="utf-8")
    sound = report()
    sound = replace(sound, parts=replace(sound.parts, found=0.97))
    sound = replace(sound, twin=replace(sound.twin, found_works_in=[3, 3]))
    watched = watch(path)
    assert find_patch(path, watched, sound)["left"] == [NOTHING]
    seen = replace(sound, findings={"net": [finding("broadcast-shape", 24, "gradient")]})
    found = find_patch(path, watched, seen)
    assert "np.ravel(out) - np.ravel(S)" in found["diff"]
    before, after = (float(one.split()[-1]) for one in found["tried"]["printed"])
    assert after < before / 2
