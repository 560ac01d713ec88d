"""A function that predicts otherwise than the network trains is told at its line; no other is."""

import pytest

from diagnose.watching.script import watch
from tests.watching.scripts import FLAT

AT = FLAT.index("lr = 0.3")
TEST = """
Xt = np.random.randn(60, 4)
yt = (Xt[:, 0] > 0).astype(int) + (Xt[:, 1] > 0)
def predict(x):
    HIDDEN
    return np.argmax(OUT, axis=1)
"""
RIGHT = "h = np.maximum(x @ W1 + b1, 0)", "h @ W2 + b2"
ENDS = FLAT.index("    print(epoch")
AFTER = "print((predict(Xt) == yt).mean())\n"


def script(hidden=RIGHT[0], out=RIGHT[1], after=AFTER, before=""):
    test = TEST.replace("HIDDEN", hidden).replace("OUT", out)
    return FLAT[:AT] + before + test + FLAT[AT:ENDS] + after


def told(tmp_path, text):
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    seen = watch(path, further=10)
    assert seen.network is not None, seen.parted
    return [
        (text.splitlines()[one.line - 1].strip(), one.observed)
        for one in seen.seen
        if one.kind == "test-pass"
    ]


@pytest.mark.parametrize(
    ("hidden", "out", "line", "said"),
    [
        ("h = x @ W1 + b1", RIGHT[1], "h = x @ W1 + b1", "without the relu of layer 1"),
        ("h = np.tanh(x @ W1 + b1)", RIGHT[1], "h = np.tanh(x @ W1 + b1)", "with a tanh for the "),
        ("h = np.maximum(x @ W1, 0)", RIGHT[1], "h = np.maximum(x @ W1, 0)", "the bias of layer 1"),
        (RIGHT[0], "h @ W2", "return np.argmax(h @ W2, axis=1)", "without the bias of layer 2, b2"),
    ],
)
def test_what_a_prediction_leaves_out_is_told_at_its_line(tmp_path, hidden, out, line, said):
    ((at, observed),) = told(tmp_path, script(hidden, out))
    assert at == line
    assert said in observed
    assert " of 60 answers are others" in observed


def test_it_is_told_of_weights_that_each_step_binds_anew(tmp_path):
    text = script("h = x @ W1 + b1")
    for name in ("W1", "b1", "W2", "b2"):
        text = text.replace(f"{name} -= ", f"{name} = {name} - ")
    assert "without the relu" in told(tmp_path, text)[0][1]


OTHER = """
V1, c1, V2, c2 = np.random.randn(4, 6), np.zeros(6), np.random.randn(6, 3), np.zeros(3)
"""


@pytest.mark.parametrize(
    "text",
    [
        script(),
        # another network beside, which has no activation, and one that only begins alike
        script("h = x @ V1 + c1", "h @ V2 + c2", before=OTHER),
        script(after=AFTER + "print(((x := Xt @ W1 + b1) > 0).mean(), x.std())\n"),
        # several that are the same but for their draw
        script(
            "h = np.maximum(x @ W1 + b1, 0)",
            "h @ W2 + b2 + np.maximum(x @ V1 + c1, 0) @ V2 + c2",
            before=OTHER,
        ),
        # what a logistic regression answers of the samples
        script("h = x @ L", "h", before="L = np.random.randn(4, 3)\n"),
        # answers of a bias for each class alone
        script("h = np.maximum(x @ W1 + b1, 0)", "(h @ W2 + b2) / 3"),
    ],
)
def test_what_answers_as_the_network_does_or_is_another_one_stays_untold(tmp_path, text):
    assert told(tmp_path, text) == []
