"""The test set of a script is found in what it does, certified, and used; or it is said why not."""

import numpy as np
import pytest

from diagnose.watching.script import watch
from tests.watching.scripts import FLAT, ONES, SINE

ONCE = FLAT[: FLAT.index("    print(epoch")]
TEST = """
Xt = np.random.randn(60, 4) * 0.5
yt = (Xt[:, 0] > 0).astype(int) + (Xt[:, 1] > 0)
def forward(x):
    out = np.maximum(x @ W1 + b1, 0) @ W2 + b2
    e = np.exp(out - out.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
"""
START = ONCE.index("lr = 0.3")
TESTED = ONCE[:START] + TEST + ONCE[START:]
WAYS = {
    "compared": "print(np.mean(forward(Xt).argmax(axis=1) == yt))",
    "one-hot": "print(np.mean(np.argmax(forward(Xt), 1) == np.argmax(np.eye(3)[yt], 1)))",
    "counted": "wrong = np.where(forward(Xt).argmax(1) != yt)[0]",
    "loss of labels": "print(-np.log(forward(Xt)[np.arange(60), yt]).mean())",
    "loss of one-hot labels": "print(-np.mean(np.sum(np.eye(3)[yt] * np.log(forward(Xt)), 1)))",
    "squared error": "print(np.mean((forward(Xt) - np.eye(3)[yt]) ** 2))",
    "in columns": "print(np.mean((W2.T @ np.maximum(W1.T @ Xt.T + b1[:, None], 0) "
    "+ b2[:, None]).argmax(0) == yt))",
    "one by one": "print(sum(forward(x[None]).argmax() == t for x, t in zip(Xt, yt)) / 60)",
    "first all answers": "said = [(np.argmax(np.maximum(x @ W1 + b1, 0) @ W2 + b2), t) "
    "for x, t in zip(Xt, yt)]\nprint(sum(a == b for a, b in said))",
    "gone through": "for p, t in zip(forward(Xt), yt):\n    right = p.argmax() == t",
    "collected": "said = np.array([forward(x[None]).argmax() for x in Xt])\n"
    "print((said == yt).mean())",
    "in parts": "for at in range(0, 60, 25):\n"
    "    right = forward(Xt[at:at + 25]).argmax(1) == yt[at:at + 25]",
    "a part afterwards": "print((forward(Xt).argmax(1) == yt).mean())\n"
    "print((forward(Xt[:20]).argmax(1) == yt[:20]).mean())",
    "also what is trained on": "print((forward(Xt).argmax(1) == yt).mean())\n"
    "print((forward(X).argmax(1) == labels).mean())",
    "each epoch": "",
}
EACH = "    print((forward(Xt).argmax(1) == yt).mean())\n"


def read(folder, text):
    file = folder / "mine.py"
    file.write_text(text, encoding="utf-8")
    seen = watch(file, seconds=30, further=5)
    assert seen.parted is None
    return seen


def same(seen, text, rows="Xt", labels="yt"):
    """Whether the network's test set is the script's own."""
    scope = {}
    exec(text, scope)
    data = seen.network.data()
    return np.array_equal(data.test_images, scope[rows]) and np.allclose(
        data.test_labels.ravel(), np.ravel(scope[labels]), rtol=1e-12
    )


@pytest.mark.parametrize("way", WAYS)
def test_a_test_set_is_found_however_it_is_tested_on(way, tmp_path):
    text = TESTED + (EACH if way == "each epoch" else "") + WAYS[way]
    seen = read(tmp_path, text)
    assert same(seen, text)
    line = text.splitlines()[seen.roles["test samples"]["line"] - 1]
    assert "yt" in line or "a == b" in line or "== t" in line
    assert seen.roles["test samples"]["text"] == "60 samples"
