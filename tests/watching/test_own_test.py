"""The test set of a script is found in what it does, certified, and used; or it is said why not."""

import numpy as np
import pytest

from diagnose.watching.answers import answered
from diagnose.watching.script import watch
from diagnose.watching.tested import Label
from tests.watching.scripts import COLUMNS, FLAT, INVERTED, ONES, SINE

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
    "loss of labels one by one": "def one(x):\n"
    "    e = np.exp(np.maximum(x @ W1 + b1, 0) @ W2 + b2)\n    return e / e.sum()\n"
    "print(sum(-np.log(one(x)[t] + 1e-9) for x, t in zip(Xt, yt)))",
    "loss of one-hot labels": "print(-np.mean(np.sum(np.eye(3)[yt] * np.log(forward(Xt)), 1)))",
    "squared error": "print(np.mean((forward(Xt) - np.eye(3)[yt]) ** 2))",
    "in columns": "print(np.mean((W2.T @ np.maximum(W1.T @ Xt.T + b1[:, None], 0) "
    "+ b2[:, None]).argmax(0) == yt))",
    "by an object": "class Last:\n    def __call__(self, h):\n        return h @ W2 + b2\n"
    "print(np.mean(Last()(np.maximum(Xt @ W1 + b1, 0)).argmax(1) == yt))",
    "by einsum": "h = np.maximum(np.einsum('ni,ih->nh', Xt, W1) + b1, 0)\n"
    "print(((np.einsum('ho,nh->no', W2, h) + b2).argmax(1) == yt).mean())",
    "one by one": "print(sum(forward(x[None]).argmax() == t for x, t in zip(Xt, yt)) / 60)",
    "first all answers": "said = [(np.argmax(np.maximum(x @ W1 + b1, 0) @ W2 + b2), t) "
    "for x, t in zip(Xt, yt)]\nprint(sum(a == b for a, b in said))",
    "as whole numbers": "for x, t in zip(Xt, yt):\n    said = int(np.argmax(forward(x[None])))\n"
    "    right = said == int(t)",
    "in a list": "said = [int(np.argmax(forward(x[None]))) for x in Xt]\n"
    "print(sum(a == b for a, b in zip(said, yt)), np.mean(np.array(said) == yt))",
    "gone through": "for p, t in zip(forward(Xt), yt):\n    right = p.argmax() == t",
    "collected": "said = np.array([forward(x[None]).argmax() for x in Xt])\n"
    "print((said == yt).mean())",
    "in parts": "for at in range(0, 60, 25):\n"
    "    right = forward(Xt[at:at + 25]).argmax(1) == yt[at:at + 25]",
    "in parts put together": "every = [forward(Xt[at:at + 25]) for at in range(0, 60, 25)]\n"
    "print(np.mean((np.concatenate(every) - np.eye(3)[yt]) ** 2))",
    "in columns put together": "every = [forward(Xt[at:at + 20]).T for at in range(0, 60, 20)]\n"
    "print(np.mean((np.hstack(every) - np.eye(3)[yt].T) ** 2))",
    "a part afterwards": "print((forward(Xt).argmax(1) == yt).mean())\n"
    "print((forward(Xt[:20]).argmax(1) == yt[:20]).mean())",
    "also what is trained on": "print((forward(Xt).argmax(1) == yt).mean())\n"
    "print((forward(X).argmax(1) == labels).mean())",
    "in one line with what is trained on": "print([(forward(x).argmax(1) == y).mean() "
    "for x, y in ((X, labels), (Xt, yt))])",
    "in one line after it, one by one": "print([sum(forward(x[None]).argmax() == t for x, t in one)"
    " for one in (zip(X, labels), zip(Xt, yt))])",
    "in one line before it, in parts": "print([(forward(x[at:at + 30]).argmax(1) == y[at:at + 30])"
    ".mean() for x, y in ((Xt, yt), (X, labels)) for at in range(0, len(x), 30)])",
    "in what is printed": "print(f'right: {np.mean(forward(Xt).argmax(1) == yt):.3f}')",
    "in several printed lines": 'print(f"""test\n{(forward(Xt).argmax(1) == yt).sum():d} right""")',
    "by names": "names = np.array(['cat', 'dog', 'eel'])\n"
    "print(np.mean(names[forward(Xt).argmax(1)] == np.array([names[t] for t in yt])))",
    "by names one by one": "names, right = ['cat', 'dog', 'eel'], 0\n"
    "for p, t in zip(forward(Xt).argmax(1), [names[t] for t in yt]):\n"
    "    right += names[p] == t",
    "by names in a list": "names = {0: 'cat', 1: 'dog', 2: 'eel'}\n"
    "said = [names[int(p)] for p in forward(Xt).argmax(1)]\n"
    "print(sum(a == b for a, b in zip(said, [names[t] for t in yt])))",
    "by other numbers": "numbers = np.array([3, 8, 5])\n"
    "print(np.mean(numbers[forward(Xt).argmax(1)] == numbers[yt]))",
    "each output by itself": "print(np.mean(np.round(forward(Xt)) == np.eye(3)[yt]))",
    "each output by a level": "print(((forward(Xt) > 0.5) == np.eye(3)[yt]).mean())",
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
    with np.errstate(all="ignore"):
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
    assert any(one in line for one in ("yt", "a == b", "== t", "== int(t)"))
    assert seen.roles["test samples"]["text"] == "60 samples"


def test_parts_that_are_put_together_otherwise_are_no_answers(tmp_path):
    # three answers beside each other: 20 rows, of which none is one sample's
    text = TESTED + (
        "every = [forward(Xt[at:at + 20]) for at in range(0, 60, 20)]\n"
        "print(np.mean((np.hstack(every) - np.eye(9)[yt[:20]]) ** 2))\n"
    )
    row = read(tmp_path, text).roles["test samples"]["text"]
    assert row.startswith("the samples that it trains on; others were seen, and no labels")


def test_a_batch_of_as_many_as_there_are_units_is_laid_as_in_the_training(tmp_path):
    text = COLUMNS + (
        "Xt = np.random.randn(60, 4)\n"
        "yt = (Xt[:, 0] > 0).astype(int) + (Xt[:, 1] > 0)\n"
        "every = [forward(Xt[at:at + 5].T, p)[0] for at in range(0, 60, 5)]\n"
        "print(np.mean(np.hstack(every).argmax(0) == yt))\n"
    )
    assert same(read(tmp_path, text), text)


FIFTEEN = TESTED.replace("16", "15")  # all batches have as many samples
TOGETHER = {
    "softmax over the samples": FIFTEEN.replace("axis=1", "axis=0"),
    "bias for each place in a batch": FIFTEEN.replace(
        "b2 -= lr * d2.sum(axis=0)", "b2 = b2 - lr * d2"
    ),
}


@pytest.mark.parametrize("training", TOGETHER)
def test_samples_are_tested_on_that_are_answered_in_passes_of_a_size(training, tmp_path):
    text = TOGETHER[training] + (
        "for at in range(0, 60, 15):\n    forward(Xt[at:at + 15]).argmax(1) == yt[at:at + 15]\n"
    )
    assert same(read(tmp_path, text), text)


def test_a_weight_is_part_of_no_answer_though_its_step_looks_like_a_layer(tmp_path):
    # as many samples in a batch as they have features: so a gradient is as large as the weight
    text = TESTED.replace("16", "4")
    seen = read(tmp_path, f"{text}        lr *= 0.99\n{WAYS['compared']}\n")
    assert seen.network.data().test_images.shape == (60, 4)


def test_numbers_are_brought_back_into_the_unit_of_the_training(tmp_path):
    text = SINE.replace("y = np.sin(x)", "y = np.sin(x)\nxt = rng.uniform(-3, 3, (30, 1))") + (
        "price = (np.tanh(xt.dot(w1) + b1).dot(w2) + b2).ravel() * 250 + 1000\n"
        "real = (np.sin(xt) * 250 + 1000).ravel()\n"
        "yt = np.sin(xt)\n"
        "print(1 - np.sum((real - price) ** 2) / np.sum((real - real.mean()) ** 2))"
    )
    seen = read(tmp_path, text)
    assert same(seen, text, "xt")
    row = seen.roles["test samples"]
    lines = [text.splitlines()[row[one] - 1] for one in ("line", "answered")]
    assert [one[:5] for one in lines] == ["print", "price"]


@pytest.mark.parametrize(
    "answer",
    [
        "np.sign(f) == signs",
        "(f > 0) == (signs > 0)",
        "[(1 if one > 0 else -1) == sign for one, sign in zip(f, signs)]",
    ],
)
def test_labels_of_two_classes_are_brought_into_the_coding_of_the_training(answer, tmp_path):
    text = ONES + (
        "Xt = np.random.randn(40, 4)\nsigns = np.where(Xt[:, :1] > 0, 1.0, -1.0)\n"
        "f = np.hstack([np.tanh(Xt.dot(V)), np.ones((40, 1))]).dot(W)\n"
        f"yt = (signs > 0).astype(int)\nprint(np.mean({answer}))\n"
    )
    assert same(read(tmp_path, text), text)


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("compared", "the smallest of 3 outputs, trained to be the largest"),
        ("one by one", "the smallest of 3"),
        ("as whole numbers", "the smallest of 3"),
        ("also what is trained on", "the smallest of 3"),
    ],
)
def test_answers_that_are_read_off_wrongly_are_told_and_the_set_is_used(way, said, tmp_path):
    text = TESTED + WAYS[way].replace("argmax", "argmin")
    seen = read(tmp_path, text)
    assert same(seen, text)
    (one,) = (one for one in seen.seen if one.kind == "misleading-metric")
    assert said in one.observed
    assert any(word in text.splitlines()[one.line - 1] for word in ("argmin", "said == int(t)"))


@pytest.mark.parametrize(("level", "told"), [(0.0, 0), (1.0, 0), (-1.5, 1)])
def test_a_level_that_is_not_between_the_targets_is_told_where_more_would_be_right(
    level, told, tmp_path
):
    text = ONES + (
        "Xt = np.random.randn(80, 4)\nyt = np.where(Xt[:, :1] > 0, 1.0, -1.0)\n"
        "f = np.hstack([np.tanh(Xt.dot(V)), np.ones((80, 1))]).dot(W)\n"
        f"print(np.mean(np.where(f > {level}, 1, -1) == yt))\n"
    )
    seen = read(tmp_path, text)
    assert len([one for one in seen.seen if one.kind == "misleading-metric"]) == told


NONE = {
    "another forward pass": (
        "print(np.mean((np.tanh(Xt @ W1 + b1) @ W2 + b2).argmax(1) == yt))",
        "others were seen, but it is not sure that they are this network's",
    ),
    "one name for two classes": (
        "names = np.array([5, 5, 8])\nprint(np.mean(names[forward(Xt).argmax(1)] == names[yt]))",
        "others were seen, but it is not sure",
    ),
    "the training's own": ("print((forward(X[:50]).argmax(1) == labels[:50]).mean())", "no others"),
    "most of it trained on": (
        "print((forward(np.vstack([X, Xt[:30]])).argmax(1) == np.append(labels, yt[:30])).mean())",
        "90 of 120 others that were seen are the same",
    ),
    "too few": (
        "print((forward(Xt[:5]).argmax(1) == yt[:5]).mean())",
        "5 others were seen, too few",
    ),
    "all of one class": (
        "print((forward(Xt[yt == 1]).argmax(1) == yt[yt == 1]).mean())",
        "others were seen, all of class 1",
    ),
    "no labels": ("print(forward(Xt).argmax(1))", "others were seen, and no labels"),
    "other numbers": ("print(forward(Xt).argmax(1), 1 < 2)", "others were seen, and no labels"),
}


@pytest.mark.parametrize("case", NONE)
def test_what_is_not_certain_or_no_other_set_is_not_used(case, tmp_path):
    added, why = NONE[case]
    text = TESTED + added
    seen = read(tmp_path, text)
    data = seen.network.data()
    assert data.test_images is data.images
    assert seen.roles["test samples"]["text"].startswith("the samples that it trains on; ")
    assert why in seen.roles["test samples"]["text"]


def test_a_test_set_that_was_spoilt_with_the_training_is_not_used(tmp_path):
    seen = read(tmp_path, TESTED.replace("lr =", "np.random.shuffle(X)\nlr =") + WAYS["compared"])
    assert "would stand beside the labels of others" in seen.roles["test samples"]["text"]


def test_of_several_sets_the_last_is_the_test_set_and_not_what_was_made_of_it(tmp_path):
    valid = "Xv, yv = np.random.randn(50, 4), np.arange(50) % 3\n"
    noisy = (
        "for size in (0.1, 0.3):\n"
        "    print(np.mean(forward(Xt + size * np.random.randn(60, 4)).argmax(1) == yt))\n"
    )
    epoch = "    print((forward(Xv).argmax(1) == yv).mean())\n"
    text = TESTED.replace("Xt =", f"{valid}Xt =") + epoch + WAYS["compared"] + "\n" + noisy
    assert same(read(tmp_path, text), text)


def test_where_numbers_overflowed_the_lines_of_the_training_tell(tmp_path):
    text = TESTED.replace("lr * a1.T @ d2", "lr * (a1.T @ d2 - 1e4 * W2)").replace(
        "z1 = x @ W1 + b1\n        a1 = np.maximum(z1, 0)\n        z2 = a1 @ W2 + b2",
        "z1, a1, z2 = run(x)",
    )
    run = (
        "def run(x):\n    z1 = x @ W1 + b1\n    a1 = np.maximum(z1, 0)\n"
        "    return z1, a1, a1 @ W2 + b2\n"
    )
    text = text.replace("lr =", f"{run}lr =") + "print(np.mean(run(Xt)[2].argmax(1) == yt))"
    assert same(read(tmp_path, text), text)


def test_dropout_that_is_left_on_does_not_hide_the_test_set(tmp_path):
    text = INVERTED[: INVERTED.index("    print(epoch")] + (
        "Xt = np.random.randn(60, 4)\nyt = (Xt[:, 0] > 0).astype(int) + (Xt[:, 1] > 0)\n"
        "m = (np.random.rand(60, 6) < 0.8) / 0.8\n"
        "print(np.mean((np.maximum(Xt @ W1 + b1, 0) * m @ W2 + b2).argmax(1) == yt))"
    )
    assert same(read(tmp_path, text), text)


def test_many_rows_are_cut_and_it_is_said(tmp_path):
    text = (
        TESTED.replace("np.random.randn(60, 4) * 0.5", "np.random.randn(30000, 4)")
        + WAYS["compared"]
    )
    seen = read(tmp_path, text)
    assert len(seen.network.data().test_labels) == 10_000
    assert seen.roles["test samples"]["text"] == "10,000 of 30,000 samples: more tell no more"


COUNTED = "print(np.mean(forward(Xt).argmax(axis=1) + 1 == yt + 1))"


def test_classes_that_are_counted_from_1_on_both_sides_are_labels(tmp_path):
    text = TESTED + COUNTED
    seen = read(tmp_path, text)
    assert same(seen, text)
    assert not [one for one in seen.seen if one.kind == "misleading-metric"]


@pytest.mark.parametrize(
    ("old", "new", "said", "numbers"),
    [
        ("yt + 1", "yt", "from 1 on, and the classes", [1, 2, 3]),
        ("axis=1) + 1", "axis=1)", "from 0 on, and the classes", [-1, 0, 1]),
    ],
)
def test_answers_counted_from_another_number_than_labels_are_told(
    old, new, said, numbers, tmp_path
):
    text = TESTED + COUNTED.replace(old, new)
    seen = read(tmp_path, text)
    assert same(seen, text)
    (one,) = (one for one in seen.seen if one.kind == "misleading-metric")
    assert f"answers are counted {said}" in one.observed
    assert one.numbers == {"answered_as": numbers}


def test_the_smaller_of_two_outputs_is_the_other_class():
    rows = np.random.default_rng(0).normal(size=(20, 2))
    labels = np.arange(20)[:, None] % 2
    label = Label(
        kind="answer", file="", line=0, given=rows.argmin(axis=1)[:, None], other=labels,
        known=np.ones(20, bool), several=True,
    )  # fmt: skip
    found = answered({"classes": 2, "single": False, "low": 0, "high": 1}, label, [rows, rows])
    assert "the smallest of 2" in found.misread
    assert found.numbers == (1, 0)


def of_names(given, other, outs):
    label = Label(
        kind="answer", file="", line=0, given=given[:, None], other=other[:, None],
        known=np.ones(len(given), bool), several=True,
    )  # fmt: skip
    coding = {"classes": 3, "single": False, "low": 0, "high": 1}
    found = answered(coding, label, [outs, outs])
    return None if found is None else found.labels.tolist()


def test_answers_by_names_have_the_numbers_of_their_outputs():
    numbers, names = np.arange(30) % 3, np.array([70, 90, 20])
    outs = np.eye(3)[numbers]
    other = np.roll(numbers, 1)
    assert of_names(names[numbers], names[other], outs) == other.tolist()
    # of one class that is never answered the name is the one that is left
    few = numbers < 2
    assert of_names(names[numbers[few]], names[other[few]], outs[few]) == other[few].tolist()
    # one name for two classes, and names that are none of an output
    assert of_names(np.array([70, 70, 20])[numbers], names[other], outs) is None
    assert of_names(names[numbers], names[other] + 1, outs) is None


def test_two_names_of_a_single_output_are_told_apart_by_where_it_is_large():
    out = np.random.default_rng(0).normal(size=(20, 1))
    labels, names = np.arange(20)[:, None] % 2, np.array([812, 77])
    label = Label(
        kind="answer", file="", line=0, given=names[(out > 0).astype(int)], other=names[labels],
        known=np.ones(20, bool), several=True,
    )  # fmt: skip
    found = answered({"classes": 2, "single": True, "low": 0, "high": 1}, label, [out, out])
    assert found.labels.tolist() == labels[:, 0].tolist()


@pytest.mark.parametrize("count", [20, 4])
def test_an_answer_that_falls_where_the_output_grows_would_be_right_of_the_other_class(count):
    out = np.random.default_rng(0).normal(size=(count, 1))
    labels = np.arange(count)[:, None] % 2
    label = Label(
        kind="answer", file="", line=0, given=(out < 0).astype(int), other=labels,
        known=np.ones(count, bool), several=True,
    )  # fmt: skip
    found = answered({"classes": 2, "single": True, "low": 0, "high": 1}, label, [out, out])
    if count == 4:
        assert found is None
    else:
        assert found.labels.tolist() == (1 - labels[:, 0]).tolist()
        assert not found.misread


def test_one_answer_alone_is_counted_from_nowhere(tmp_path):
    text = (
        TESTED + "b2 += [0, 900, 0]\n" + COUNTED.replace("yt + 1", "yt").replace(" + 1 ==", " ==")
    )
    seen = read(tmp_path, text)
    assert not [one for one in seen.seen if one.kind == "misleading-metric"]
    shifted = {"classes": 3, "single": False, "low": 0.0, "high": 1.0}
    rows = np.zeros((20, 1), int)
    label = Label(
        kind="answer", file="", line=0, given=rows + 2, other=np.arange(20)[:, None] % 3,
        known=np.ones(20, bool), several=True,
    )  # fmt: skip
    outs = np.eye(3)[np.ones(20, int)]
    assert answered(shifted, label, [outs, outs]) is None
    pres = np.eye(3)[np.full(20, 2)]
    assert answered(shifted, label, [outs, pres]).misread == ""


# One sigmoid output for the first two of three classes against the last, in a style of its own.
SINGLE = ONCE.replace("Y = np.eye(3)[labels]", "Y = (labels > 0).astype(float)[:, None]").replace(
    "(6, 3)", "(6, 1)"
).replace("np.zeros(3)", "np.zeros(1)").replace(
    "        e = np.exp(z2 - z2.max(axis=1, keepdims=True))\n"
    "        p = e / e.sum(axis=1, keepdims=True)\n",
    "        p = 1 / (1 + np.exp(-z2))\n",
) + (
    "Xt = np.random.randn(60, 4)\nyt = ((Xt[:, 0] > 0) | (Xt[:, 1] > 0)).astype(int)\n"
    "z = np.maximum(Xt @ W1 + b1, 0) @ W2 + b2 + SHIFT\n"
    "p = 1 / (1 + np.exp(-z))[:, 0]\n"
)  # fmt: skip


@pytest.mark.parametrize(
    ("counted", "told"),
    [
        ("said = np.round(p - 0.4999)\nprint(np.mean(said == yt))", "np.round(p - 0.4999)"),
        ("said = (p > 1).astype(int)\nprint(np.mean(said == yt))", "(p > 1)"),
        ("said = np.where(p >= 0, 1, 0)\nprint((said == yt).sum())", "p >= 0"),
        # an error beside it says nothing of how answers are read off
        ("print(np.mean((p - yt) ** 2))\nsaid = p > 1\nprint(np.mean(said == yt))", "p > 1"),
        ("said = p.astype(int)\nprint((said == yt).sum())", "p.astype(int)"),
        ("right = 0\nfor o, t in zip(p, yt):\n    said = 1 if o >= 0 else 0\n"
         "    right += said == int(t)", "if o >= 0"),
        ("said = np.round(p)\nprint(np.mean(said == yt))", ""),
        ("said = (p + 0.5).astype(int)\nprint(np.mean(said == yt))", ""),
        ("said = np.where(p > 0.4, 1, 0)\nprint(np.mean(said == yt))", ""),
        ("said = (z[:, 0] > 0).astype(int)\nprint(np.mean(said == yt))", ""),
        ("print(np.mean((p > 0.5) == (yt == 1)), np.mean(p > 0.99))", ""),
        ("right = sure = 0\nfor o, t in zip(p, yt):\n    said = round(float(o))\n"
         "    right += said == int(t)\n    sure += o > 0.99", ""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("shift", [0, 60, pytest.param(-60, marks=pytest.mark.seeds)])
def test_an_output_that_is_read_alike_whatever_it_is_sure_of_is_told(
    counted, told, shift, tmp_path
):
    """Also of a network that answers the same for every sample."""
    text = SINGLE.replace(" + SHIFT", "") + counted
    if shift:
        text = text.replace("Xt = np.random", f"b2 += {shift}\nXt = np.random")
    seen = read(tmp_path, text)
    found = [one for one in seen.seen if one.kind == "misleading-metric"]
    assert len(found) == bool(told)
    assert all(told in text.splitlines()[one.line - 1] for one in found)
    assert all("0.05 to 0.95" in one.observed or "0 to 1" in one.observed for one in found)


def test_where_targets_are_out_of_reach_it_is_no_fault_to_part_answers_by_what_is_not(tmp_path):
    """A sigmoid is read off at 0.5 also where it is asked for -1, which is told by itself."""
    text = SINGLE.replace("(labels > 0).astype(float)", "np.where(labels > 0, 1.0, -1.0)").replace(
        " + SHIFT", ""
    )
    # every answer is 0 then, and above 0, the middle of the targets
    text = text.replace("Xt = np.random", "b2 -= 60\nXt = np.random")
    seen = read(tmp_path, text + "said = p > 0.5\nprint(np.mean(said == yt))")
    assert seen.tested_after is not None
    assert [one.kind for one in seen.seen if one.kind == "misleading-metric"] == []


PASS = "said = forward(Xt)\nright = 0\n"


@pytest.mark.parametrize(
    ("counted", "told"),
    [
        ("for k in range(20):\n    right += said[k].argmax() == yt[k]\nprint(right / len(yt))", 1),
        ("for k in range(20):\n    if said[k].argmax() == yt[k]:\n        right += 1\n"
         "print(right / len(yt))", 1),
        ("for k in range(20):\n    right += int(said[k].argmax() != yt[k])\n"
         "print(100 * right / len(yt))", 1),
        ("print(np.sum(said[:20].argmax(1) == yt[:20]) / len(yt))", 1),
        ("for k, x in enumerate(Xt):\n    if k == 20:\n        break\n"
         "    right += int(forward(x[None])[0].argmax() == yt[k])\nprint(right / len(Xt))", 1),
        ("for k in range(20):\n    right += int(said[k].argmax() == yt[k])\nprint(right / 20)", 0),
        ("for k in range(60):\n    right += int(said[k].argmax() == yt[k])\n"
         "    share = right / len(yt)\n", 0),
        ("print(np.sum(said.argmax(1) == yt) / len(yt))", 0),
        ("pick = np.random.choice(60, 20)\nprint((said[pick].argmax(1) == yt[pick]).sum() / 20)",
         0),
        ("for c in range(3):\n    of = yt == c\n    right = (said[of].argmax(1) == yt[of]).sum()\n"
         "    print(c, right / of.sum())", 0),
    ],
)  # fmt: skip
def test_a_count_of_some_samples_that_is_divided_by_all_is_told(counted, told, tmp_path):
    text = TESTED + PASS + counted
    seen = read(tmp_path, text)
    found = [one for one in seen.seen if one.kind == "misleading-metric"]
    assert len(found) == told
    assert all(one.numbers == {"counted": 20, "divided_by": 60} for one in found)
    assert all(" / len(" in text.splitlines()[one.line - 1] for one in found)


@pytest.mark.parametrize(("divisor", "told"), [("len(X)", 1), ("len(yt)", 0)])
def test_a_count_of_all_test_samples_that_is_divided_by_those_of_the_training_is_told(
    divisor, told, tmp_path
):
    counted = "for one, k in zip(said.argmax(1), yt):\n    if one == k:\n        right += 1\n"
    seen = read(tmp_path, f"{TESTED}{PASS}{counted}print(right / {divisor})\n")
    found = [one for one in seen.seen if one.kind == "misleading-metric"]
    assert [one.numbers for one in found] == told * [{"counted": 60, "divided_by": 90}]


@pytest.mark.parametrize(("divisor", "told"), [("9", 1), ("3", 0), ("(k + 1)", 0)])
def test_shares_of_batches_that_are_divided_by_the_number_of_others_are_told(
    divisor, told, tmp_path
):
    counted = (
        "for k in range(3):\n    at = slice(20 * k, 20 * k + 20)\n"
        "    right += np.mean(forward(Xt[at]).argmax(1) == yt[at])\n"
    )
    text = f"{TESTED}right = 0\n{counted}print(right / {divisor})\n"
    found = [one for one in read(tmp_path, text).seen if one.kind == "misleading-metric"]
    assert [one.numbers for one in found] == told * [{"counted": 3, "divided_by": 9}]
    assert all("the shares of 3 batches" in one.observed for one in found)


def test_a_test_of_weights_that_overflowed_is_known_by_them(tmp_path):
    text = TESTED.replace("lr * a1.T @ d2", "lr * (a1.T @ d2 - 1e4 * W2)") + WAYS["compared"]
    assert same(read(tmp_path, text), text)


@pytest.mark.parametrize(("made", "back"), [("", ""), (" * 250 + 1000", " * 250 + 1000")])
def test_numbers_that_overflowed_are_in_the_unit_that_the_lines_give_them(made, back, tmp_path):
    text = SINE.replace("y = np.sin(x)", "y = np.sin(x)\nxt = rng.uniform(-3, 3, (30, 1))") + (
        f"w2 = w2 * np.nan\nprice = (np.tanh(xt.dot(w1) + b1).dot(w2) + b2).ravel(){made}\n"
        f"yt = np.sin(xt)\nreal = (yt{back}).ravel()\nprint(np.mean(np.abs(real - price)))"
    )
    assert same(read(tmp_path, text), text, "xt")


@pytest.mark.parametrize(
    ("compared", "told"),
    [
        ("int(np.argmax(said[k])) == yt[7]", 1),
        ("yt[7] == int(np.argmax(said[k]))", 1),
        ("said[k].argmax() == yt[7]", 1),
        ("int(np.argmax(said[k])) == yt[k]", 0),
        ("said[k].argmax() == yt[k]", 0),
    ],
)
def test_answers_that_are_all_held_against_one_label_are_told(compared, told, tmp_path):
    """And tested on the labels of their own."""
    text = f"{TESTED}{PASS}for k in range(60):\n    if {compared}:\n        right += 1\n"
    seen = read(tmp_path, text)
    found = [one for one in seen.seen if one.kind == "misleading-metric"]
    assert [text.splitlines()[one.line - 1].strip() for one in found] == told * [f"if {compared}:"]
    assert all("the index 7 of 60" in one.observed for one in found)
    assert same(seen, text)
