"""A script that cannot be read, with a fault that was told: what it prints decides."""

from types import SimpleNamespace

import libcst as cst
import numpy as np
import pytest

from diagnose.patching.as_if_read import guesses
from diagnose.patching.lengths import of_more_turns
from diagnose.patching.reading import told_edits
from diagnose.patching.signs import without_odd_turns
from diagnose.patching.slips import counts_answers, of_slips
from diagnose.patching.source import Edit, Source, patched
from diagnose.patching.told_alone import (
    is_far_better,
    makes_wrong,
    mended_beside,
    mended_by_print,
    says_more_than_it_gives,
)
from tests.patching.making import Printing, trials_of

REPORT = SimpleNamespace(network=SimpleNamespace(name="s"), findings={}, twin=None, data={})
# One row, eight times: what is printed is the share of places that hold what was put there.
ONE_ROW = (
    "rows = [[0] * 8] * 8\n"
    "for i in range(8):\n"
    "    rows[i][i] = 1\n"
    "right = sum(rows[i][j] == (i == j) for i in range(8) for j in range(8))\n"
    "print('{words}', right / {of})\n"
)


def mended(tmp_path, text, seen=(("aliased-arrays", 1),), slips=False):
    source = Source(text.encode(), "mine.py")
    trials = trials_of(source, tmp_path)
    edits = [*told_edits(source, seen), *(of_slips(source) if slips else ())]
    return patched(source, mended_by_print(edits, trials, 2 * counts_answers(source))).decode()


def test_an_edit_with_which_a_far_better_result_is_printed_is_kept(tmp_path):
    found = mended(tmp_path, ONE_ROW.format(words="right answers:", of=64))
    assert found.splitlines()[0] == "rows = [[0] * 8 for _ in range(8)]"


@pytest.mark.parametrize(("words", "of"), [("the loss is", 64), ("right answers:", 640)])
def test_what_is_printed_must_be_a_result_and_a_good_one(words, of, tmp_path):
    text = ONE_ROW.format(words=words, of=of)
    assert mended(tmp_path, text) == text


# Of four features one never varies: less its mean and divided by its spread it is 0 / 0.
STILL = """\
import numpy as np
rng = np.random.default_rng(3)
x = rng.normal(size=(200, 4))
x[:, 2] = 7
y = x[:, 0] > x[:, 1]
train, test = x[:150], x[150:]
mean, spread = train.mean(axis=0), train.std(axis=0)
train = (train - mean) / spread
test = (test - mean) / spread
w = np.zeros(4)
for k in range(100):
    w += train.T @ (y[:150] - 1 / (1 + np.exp(-train @ w))) / 150
print('accuracy', np.mean((test @ w > 0) == y[150:]))
"""


def test_what_never_varies_is_divided_by_one_in_training_and_test(tmp_path):
    found = mended(tmp_path, STILL, seen=(("not-finite", 8),))
    assert found.count("/ np.where(spread == 0, 1, spread)") == 2


def test_what_is_copied_with_its_arrays_leaves_the_old_ones_as_they_are(tmp_path):
    text = (
        "import numpy as np\nstart = {'W1': np.ones(3), 'W2': np.ones((3, 2))}\n"
        "sums = dict(start)\nfor name in sums:\n    sums[name] *= 0\n"
        "print('right answers:', np.mean([start[name].all() == True for name in start]))\n"
    )
    found = mended(tmp_path, text, seen=(("aliased-arrays", 3),))
    assert "sums = {k: v.copy() for k, v in start.items()}" in found


def test_of_what_was_not_told_nothing_is_tried(tmp_path):
    text = ONE_ROW.format(words="right answers:", of=64)
    assert mended(tmp_path, text, seen=()) == text


@pytest.mark.parametrize(
    ("before", "after", "far"),
    [
        ("accuracy: 0.12", "accuracy: 0.93", True),
        ("accuracy: 12.0", "accuracy: 93.0", True),
        ("accuracy: 0.50", "accuracy: 0.70", False),
        ("accuracy: 0.10", "accuracy: 0.45", False),
        ("accuracy: 0.10", "accuracy: 0.65", True),
        ("accuracy: 0.45", "accuracy: 0.72", False),
        ("accuracy: 0.12", "epoch 3 accuracy: 0.93", False),
        ("test mse 2.0", "test mse 0.4", True),
        ("test mse 2.0", "test mse 1.2", False),
        ("answer 0.1", "answer 0.9", False),
        ("accuracy", "accuracy", False),
        # Of few test samples so many are guessed, as often as that is tried.
        ("accuracy: 5 / 12", "accuracy: 11 / 12", False),
        ("accuracy: 0.4166666666666667", "accuracy: 0.9166666666666666", False),
        ("accuracy: 41.66666666666667", "accuracy: 91.66666666666667", False),
        # 22 per cent are none of 12: where one share is not rounded, the other is as it is, too
        ("accuracy: 22.0", "accuracy: 91.66666666666667", True),
        ("accuracy: 10 / 20", "accuracy: 16 / 20", False),
        ("accuracy: 10 / 20", "accuracy: 19 / 20", True),
        ("accuracy: 2 / 20", "accuracy: 16 / 20", True),
        ("accuracy: 1 / 4", "accuracy: 4 / 4", True),
        ("accuracy: 0.5", "accuracy: 0.75", False),
        ("accuracy: 0.25", "accuracy: 1.0", True),
        ("accuracy: 100 / 200", "accuracy: 180 / 200", True),
        ("accuracy: 0.4166666666666667", "accuracy: 1.0", True),
    ],
)
def test_a_result_is_far_better_by_more_than_seeds_do(before, after, far):
    assert is_far_better(before, after) is far


# A network of one unit, whose steps go up the loss, and which counts its right answers.
UPHILL = """\
import random
import math
random.seed(0)
points = [(random.gauss(1 if k else -1, 0.5), k) for k in (0, 1) * 40]
w, b, rate = 0.0, 0.0, 0.1
for epoch in range(5):
    for x, k in points:
        p = 1 / (1 + math.exp(-(w * x + b)))
        w += rate * (p - k) * x
        b += rate * (p - k)
right = sum((w * x + b > 0) == (k == 1) for x, k in points)
print("test", right / len(points))
"""


def test_steps_that_go_up_the_loss_are_turned_by_what_is_printed(tmp_path):
    found = mended(tmp_path, UPHILL, slips=True)
    assert "w -= rate * (p - k) * x" in found
    assert "b -= rate * (p - k)" in found


def test_a_script_that_works_stays_as_it_is(tmp_path):
    works = UPHILL.replace("+= rate", "-= rate")
    assert mended(tmp_path, works, slips=True) == works


def test_of_steps_with_both_signs_those_that_are_added_are_turned(tmp_path):
    text = UPHILL.replace("b += rate * (p - k)", "b -= rate * (p - k)")
    found = mended(tmp_path, text, slips=True)
    assert "w -= rate * (p - k) * x" in found
    assert "b -= rate * (p - k)" in found


def texts(text):
    source = Source(text.encode(), "mine.py")
    return [patched(source, [one]).decode() for one in of_slips(source)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "pairs = list(zip(xs, ys))\nrandom.shuffle(pairs)\nt = [int(y) for y in ys]\n",
            "t = [int(y) for y in [each[1] for each in pairs]]\n",
        ),
        (
            "for e in range(9):\n    for x, y in train:\n        learn(x, y)\n",
            "for e in range(9):\n    random.shuffle(train)\n    for x, y in train:\n",
        ),
        ("p = e / e.sum(axis=0, keepdims=True)\n", "p = e / e.sum(axis=1, keepdims=True)\n"),
        ("lr = 0.5\nW = W - lr * g\n", "lr = 0.5\nW = W + lr * g\n"),
        ("lr = 0.5\nW = W - lr * g\n", "lr = 0.05\n"),
        (
            "class N:\n    def __init__(self, lr):\n        self.lr = lr\n"
            "    def step(self, g):\n        self.W -= self.lr * g\nn = N(0.5)\n",
            "n = N(0.05)\n",
        ),
        (
            "gs = zeros()\nfor k in K:\n    for x in X:\n"
            "        gs = [g + d for g, d in zip(gs, f(x))]\n"
            "    W -= 0.1 * gs[0]\n",
            "    gs = zeros()\n    for x in X:\n",
        ),
        ("W = normal(0, 10, (3, 2))\nW -= 0.1 * g\n", "W = normal(0, 0.1, (3, 2))\n"),
        ("d = a2 - y\n", "d = y - a2\n"),
        (
            "a = np.array([f(g(p)) for p in train])\nb = np.array([f(p) for p in test])\n",
            "\nb = np.array([f(g(p)) for p in test])\n",
        ),
        (
            "a, b = X[:-9].T, y[:-9]\n",
            "order = np.random.permutation(len(X))\nX, y = X[order], y[order]\na, b = X[:-9].T",
        ),
        ("g = zeros(3)\nfor x in X:\n    g += d * x\n    W -= 0.1 * g\n", "    g = zeros(3)\n"),
        ("def run(p, r=0.1):\n    p[k] -= r * g[k]\n    r = r * 0.9\n    go()\n", "g[k]\n    go"),
    ],
)
def test_what_slips_most_often_is_tried_the_other_way(text, wanted):
    assert any(wanted in one for one in texts(text))


@pytest.mark.parametrize(
    ("text", "unwanted"),
    [
        # noise of the samples is the author's own
        ("x = normal(0, 10, (3, 2))\nW -= 0.1 * g\n", "x = normal(0, 1,"),
        # a sum over inputs is no step
        ("w = np.zeros((3, 4))\ns += w * x\n", "s -= w * x"),
        ("for unit in units:\n    step(unit)\n", "shuffle"),
        # by which inputs are multiplied, and no step: the gradient is made of them
        ("share, r = 0.8, 0.3\na = f(x * share)\ng = a.T @ d\nW -= r * g\n", "share, r = 8,"),
        ("share, r = 0.8, 0.3\na = f(x * share)\ng = a.T @ d\nW -= r * g\n", "0.08"),
    ],
)
def test_what_is_no_slip_is_left_alone(text, unwanted):
    assert not any(unwanted in one for one in texts(text))


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("print(np.mean(p.argmax(1) == y))\n", True),
        ("for x, y in test:\n    if guess(x) == y:\n        right += 1\n", True),
        ("ok += (p > 0) == t\n", True),
        ("right = np.argmax(o, axis=1) == t\nprint(right.mean())\n", True),
        ("print(np.mean((p - y) ** 2))\n", False),
        ("if epoch % 10 == 0:\n    print(loss)\n", False),
    ],
)
def test_whether_a_script_counts_its_right_answers(text, counts):
    assert counts_answers(Source(text.encode(), "mine.py")) is counts


# The labels come round again, so that those of the test are those of the training.
COMES_ROUND = """\
import numpy as np
rng = np.random.default_rng(0)
labs = np.arange(80) % 2
imgs = rng.normal(size=(80, 60)) + 0.2 * labs[:, None]
x = np.array(imgs[:40])
y = np.array(labs[:40])
t = np.array(imgs[40:])
u = np.array(labs[40:])
w = np.linalg.lstsq(x, y - 0.5, rcond=None)[0]
print("test", np.mean((t @ w > 0) == u))
"""


def test_no_network_is_tested_on_what_it_was_trained_on(tmp_path):
    assert mended(tmp_path, COMES_ROUND, slips=True) == COMES_ROUND


# A script that works, and prints its loss last.
LOSS = """\
import random
random.seed(0)
xs = [random.uniform(-1, 1) for _ in range(60)]
w, rate = 0.0, 0.01
for epoch in range(5):
    for x in xs:
        w -= rate * (w * x - 2 * x) * x
print("mse", sum((w * x - 2 * x) ** 2 for x in xs) / 60)
"""


def test_a_smaller_loss_with_a_larger_rate_mends_nothing(tmp_path):
    assert mended(tmp_path, LOSS, slips=True) == LOSS
    overflows = LOSS.replace("0.01", "10").replace("range(5)", "range(50)")
    assert "w, rate = 0.0, 1\n" in mended(tmp_path, overflows, slips=True)


# The gradient of a mean, with a rate that is small for it; and one that is divided twice.
MEANS = """\
import random
random.seed(0)
xs = [random.uniform(-1, 1) for _ in range(20)]
w, n = 0.0, 20
for epoch in range(8):
    d = sum((w * x - 2 * x) * x for x in xs)
    w -= 0.1 * d / n
print("mse", sum((w * x - 2 * x) ** 2 for x in xs) / n)
"""


@pytest.mark.parametrize(("twice", "mends"), [(False, False), (True, True)])
def test_a_mean_is_no_mistake_because_the_sum_makes_longer_steps(twice, mends, tmp_path):
    text = MEANS
    if twice:
        text = text.replace("for x in xs)\n    w", "for x in xs) / n\n    w").replace("0.1", "3")
    source = Source(text.encode(), "mine.py")
    step = next(one for one in source.of_type(cst.AugAssign))
    edit = Edit(
        splices=(source.replaced(step.value, step.value.left),), part="gradient", why="no mean",
        defect="wrong-gradient",
    )  # fmt: skip
    trials = trials_of(source, tmp_path)
    assert mended_by_print([edit], trials) == ([edit] if mends else [])


# Of two layers the hidden one's gradient is right, and the other's, too; only few steps are made.
AGREED = """\
w, v = 1.0, 1.0
for _ in range(9):
    w -= 0.1 * (w - 1)
    v -= 0.1 * 0.5
print("mse", abs(v - 2) + abs(w - 1))
"""


def test_of_steps_that_agree_none_is_turned_alone(tmp_path):
    source = Source(AGREED.encode(), "mine.py")
    trials = trials_of(source, tmp_path)
    step = [*source.of_type(cst.AugAssign)][1]
    edit = source.edit(step, "v += 0.1 * 0.5", "step", "turned", "update-direction")
    assert without_odd_turns(source, [edit]) == []
    assert mended_by_print([edit], trials) == []
    alone = Source(AGREED.replace("    w -= 0.1 * (w - 1)\n", "").encode(), "mine.py")
    step = next(alone.of_type(cst.AugAssign))
    edit = alone.edit(step, "v += 0.1 * 0.5", "step", "turned", "update-direction")
    assert without_odd_turns(alone, [edit]) == [edit]


# Two faults of which each hides the other: neither edit alone shows anything.
HIDDEN = """\
import random
x = [i // 4 for i in range(9)]
w = [[0.1 for _ in range(3)] for _ in range(3)]
w[0][0] -= 2 * 0.1
told_apart = len({*w[1], *w[2]}) == 6 and len({*x}) == 9
print("accuracy", 0.95 * told_apart)
"""


def test_what_was_told_is_mended_with_another_fault_that_hides_it(tmp_path):
    source = Source(HIDDEN.encode(), "mine.py")
    trials = trials_of(source, tmp_path)
    edits = [one for one in of_slips(source) if one.part in ("input", "start", "answer")]
    assert mended_beside([], edits, edits, trials) == []
    (start,) = (one for one in edits if one.part == "start")
    for given in ({"told": [start]}, {"told": [], "measured": [start]}):
        found = mended_beside(first=edits, every=edits, trials=trials, **given)
        assert {one.part for one in found} == {"input", "start"}


# Few epochs are no mistake by themselves: how long is tried only beside one that was found.
FEW_EPOCHS = """\
w = 0.0
for epoch in range(3):
    w {sign} 0.1 * (1 - w)
print("accuracy", round({most} * min(max(w, 0) * 1.2, 1), 2))
"""


@pytest.mark.parametrize(("sign", "epochs"), [("-=", 48), ("+=", 3)])
def test_more_epochs_are_tried_beside_what_helps(sign, epochs, tmp_path):
    text = FEW_EPOCHS.format(sign=sign, most=0.97)
    source = Source(text.encode(), "mine.py")
    trials = trials_of(source, tmp_path)
    later = of_more_turns(next(guesses(source, REPORT)))
    edits = [one for one in of_slips(source) if one.defect == "update-direction"]
    found = patched(source, mended_by_print(edits, trials, 2, later=later)).decode()
    assert f"range({epochs})" in found


@pytest.mark.parametrize(
    ("words", "kept"), [("R^2", False), ("explained variance:", False), ("accuracy", True)]
)
def test_a_rate_is_no_mistake_where_more_is_explained_by_another(words, kept):
    faster = SimpleNamespace(part="pace", defect="learning-rate", splices=(), meets=lambda one: 0)

    def printed(edits):
        return True, f"{words} {0.95 if [*edits] else 0.1}"

    trials = SimpleNamespace(
        source=Source(b"x = 1\n", "s.py"), printed=printed, left=9.0, is_late=False, found=None,
        show=lambda done, total: None, foresee_printed=lambda sets: None,
        is_always_better=lambda better, *some: better(*(printed(one)[1] for one in some)),
    )  # fmt: skip
    assert mended_by_print([faster], trials, 2) == [faster] * kept
    mistake = SimpleNamespace(part="forward", defect="", splices=(), meets=lambda one: 0)
    assert mended_by_print([mistake], trials, 2, least=0.9) == [mistake]
    assert mended_by_print([mistake], trials, 2, least=0.96) == [mistake] * kept


def test_more_epochs_alone_mend_no_mistake(tmp_path):
    """What helped beside them is not needed any more, and a slow training may be sound."""
    text = FEW_EPOCHS.format(sign="-=", most=0.97)
    source = Source(text.encode(), "mine.py")
    (later,) = of_more_turns(next(guesses(source, REPORT)))[1:]
    lines = {False: "accuracy: 0.3", True: "accuracy: 0.97"}
    one = SimpleNamespace(part="pace", defect="", splices=(), meets=lambda other: False)

    def printed(edits):
        edits = [*edits]
        return True, "accuracy: 0.6" if edits == [one] else lines[later in edits]

    trials = SimpleNamespace(
        source=source, printed=printed, left=9.0, is_late=False, found=None,
        show=lambda done, total: None, foresee_printed=lambda sets: None,
        is_always_better=lambda better, *some: better(*(printed(one)[1] for one in some)),
    )  # fmt: skip
    assert mended_by_print([one], trials, 2, later=[later]) == []


# By which edits are made, the parameters whose gradient is not the true one; "b" makes no network.
WRONG = {"": {"W", "V"}, "sign": set(), "slope": {"W", "V"}, "sign slope": {"V"}, "rate b": None}
WRONG |= {"rate": {"W", "V"}, "rate sign": set(), "rate slope": {"W"}}


@pytest.mark.parametrize(
    ("chosen", "wrong"),
    [
        ("", False),
        ("sign", False),
        ("slope", False),  # wrong as it was
        ("sign slope", True),
        ("rate slope", False),
        ("rate sign", False),
        ("rate b", False),  # of what is not read nothing is known
    ],
)
def test_an_edit_makes_wrong_what_is_right_without_it(chosen, wrong):
    def run(edits):
        known = WRONG[" ".join(one.why for one in edits)]
        if known is None:
            return None
        return SimpleNamespace(wrong=frozenset(known), astray=frozenset())

    edits = [Edit(splices=(), part="", why=one) for one in chosen.split()]
    assert makes_wrong(edits, SimpleNamespace(run=run)) is wrong


@pytest.mark.parametrize(
    ("part", "line", "scores", "more"),
    [
        ("answer", "accuracy 1.0", [0.5, 0.52, 0.48], True),
        ("answer", "accuracy 0.7", [0.5, 0.52, 0.48], False),  # seeds may do so much
        ("answer", "accuracy 1.0", [0.5, 0.97, 0.48], False),
        ("answer", "loss 1.0", [0.5, 0.52, 0.48], False),
        ("step", "accuracy 1.0", [0.5, 0.52, 0.48], False),
    ],
)
def test_no_more_answers_are_right_than_its_network_gives(part, line, scores, more):
    outcome = SimpleNamespace(network=SimpleNamespace(classes=2), scores=lambda _: np.array(scores))
    trials = SimpleNamespace(run=lambda _: outcome, printed=lambda _: (True, line), seed=0)
    assert says_more_than_it_gives([Edit(splices=(), part=part, why="")], trials) is more


# A product of two others, with a minus that is one too many; a rate, and what is no rate.
SHARE = "rate = 0.3\nshare = 0.9\nd = -a @ b\n"


@pytest.mark.parametrize(
    ("edits", "wrong"),
    [(["rate"], False), (["share"], True), (["rate", "share"], True), (["other"], True),
     (["sign"], False)],
)  # fmt: skip
def test_an_edit_is_what_it_is_said_to_be(edits, wrong):
    source = Source(SHARE.encode(), "mine.py")
    (rate, share), (minus,) = source.of_type(cst.Float), source.of_type(cst.UnaryOperation)
    every = {
        "rate": source.edit(rate, "3", "pace", "", "learning-rate"),
        "share": source.edit(share, "9", "pace", "", "learning-rate"),
        "sign": source.edit(minus, "a", "gradient", "", "wrong-gradient"),
        "other": source.edit(minus, "c", "gradient", "", "wrong-gradient"),
    }

    def run(some):
        copy = patched(source, some).decode()
        bad, astray = frozenset("W" * ("-a" in copy)), frozenset("W" * ("c @" in copy))
        rate = 3.0 if "rate = 3" in copy else 0.3
        return SimpleNamespace(wrong=bad | astray, astray=astray, rate=rate)

    assert makes_wrong([every[one] for one in edits], SimpleNamespace(run=run)) is wrong


@pytest.mark.parametrize(("found", "wanted"), [("5e8", ["sign", "mask"]), ("5e5", ["sign"])])
def test_what_is_left_of_a_training_that_went_astray_is_a_result_of_its_own(found, wanted):
    lines = {(): found, ("sign",): "325", ("sign", "mask"): "16"}
    source = Source(b"a = 1\nb = 2\n", "mine.py")
    edits = [
        source.edit(node, "9", "gradient", why, "wrong-gradient")
        for node, why in zip(source.of_type(cst.Integer), ("sign", "mask"), strict=True)
    ]
    trials = Printing()
    trials.source, trials.left, trials.show = source, 9.0, lambda done, total: None
    trials.printed = lambda some: (True, f"error {lines.get(tuple(e.why for e in some), found)}")
    assert [one.why for one in mended_by_print(edits, trials)] == wanted


@pytest.mark.parametrize("found", ["1e60", "nan", "inf"])
def test_of_an_error_without_bounds_the_edit_that_leaves_least_is_taken(found):
    lines = {(): found, ("rate",): "0.91", ("sign",): "0.22", ("sign", "mask"): "0.08",
             ("sign", "rate"): "0.01", ("mask",): "1e58"}  # fmt: skip

    def printed(edits):
        return True, f"error {lines.get(tuple(one.why for one in edits), found)}"

    source = Source(b"a = 1\nb = 2\nc = 3\n", "mine.py")
    rate, sign, mask = (
        source.edit(node, text, "gradient", why, defect)
        for node, text, why, defect in zip(
            source.of_type(cst.Integer), "456", ("rate", "sign", "mask"),
            ("learning-rate", "wrong-gradient", "dropout-scale"), strict=True,
        )
    )  # fmt: skip
    trials = SimpleNamespace(
        source=source, printed=printed, is_late=False, found=None, left=9.0,
        show=lambda done, total: None, foresee_printed=lambda sets: None,
        printed_again=lambda edits: [printed(edits)[1]],
        is_always_better=lambda better, before, after: better(printed(before)[1],
                                                             printed(after)[1]),
    )  # fmt: skip
    assert mended_by_print([rate, sign, mask], trials) == [sign, mask]
