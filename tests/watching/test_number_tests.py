"""A test is seen also where everything is computed number by number, in lists."""

import numpy as np
import pytest

from diagnose.watching.script import watch

DATA = """
import math, random
random.seed(2)
def point():
    x = [random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1)]
    return x, int(x[0] > 0) + int(x[1] > 0)
train, test = [point() for _ in range(60)], [point() for _ in range(40)]
"""
# Each unit has its weights with the bias behind them; one function is every sum of products.
SEVERAL = f"""{DATA}
w1 = [[random.gauss(0, 0.7) for _ in range(4)] for _ in range(5)]
w2 = [[random.gauss(0, 0.7) for _ in range(6)] for _ in range(3)]
def fire(w, x):
    total = w[-1]
    for a, b in zip(w, x):
        total += a * b
    return 1 / (1 + math.exp(-total))
def forward(x):
    h = [fire(w, x) for w in w1]
    return h, [fire(w, h) for w in w2]
for epoch in range(6):
    for x, k in train:
        h, o = forward(x)
        t = [0.0] * 3
        t[k] = 1.0
        d = [(o[c] - t[c]) * o[c] * (1 - o[c]) for c in range(3)]
        e = [sum(d[c] * w2[c][j] for c in range(3)) * h[j] * (1 - h[j]) for j in range(5)]
        for c in range(3):
            for j in range(5):
                w2[c][j] -= 0.5 * d[c] * h[j]
            w2[c][-1] -= 0.5 * d[c]
        for j in range(5):
            for i in range(3):
                w1[j][i] -= 0.5 * e[j] * x[i]
            w1[j][-1] -= 0.5 * e[j]
right = 0
for x, k in test:
    o = forward(x)[1]
    if o.index(max(o)) == k:
        right += 1
print(right / len(test))
"""
ONE = f"""{DATA}
w1 = [[random.gauss(0, 0.7) for _ in range(3)] for _ in range(5)]
b1, w2, b2 = [0.0] * 5, [random.gauss(0, 0.7) for _ in range(5)], 0.0
def forward(x):
    h = [math.tanh(sum(a * b for a, b in zip(w, x)) + c) for w, c in zip(w1, b1)]
    return h, 1 / (1 + math.exp(-(sum(a * b for a, b in zip(w2, h)) + b2)))
for epoch in range(6):
    for x, k in train:
        h, o = forward(x)
        d = o - (1 if k == 2 else 0)
        for j in range(5):
            e = d * w2[j] * (1 - h[j] * h[j])
            w2[j] -= 0.2 * d * h[j]
            for i in range(3):
                w1[j][i] -= 0.2 * e * x[i]
            b1[j] -= 0.2 * e
        b2 -= 0.2 * d
print(sum((forward(x)[1] > 0.5) == (k == 2) for x, k in test) / len(test))
"""
# Labels are asked for by two comparisons, each for the samples of one answer.
LAST = ONE.splitlines()[-1]
BY_ANSWER = ONE.replace(
    LAST,
    """right = 0
for x, k in test:
    o, k = forward(x)[1], int(k == 2)
    if (o > 0.5 and k == 1) or (o <= 0.5 and k == 0):
        right += 1
print(right / len(test))""",
)
BOTH = ONE.replace(
    LAST,
    "print([sum((forward(x)[1] > 0.5) == (k == 2) for x, k in some) for some in (train, test)])",
)
FUNCTION = "-(x[0] * x[1])"
NUMBER = (
    ONE.replace("int(x[0] > 0) + int(x[1] > 0)", FUNCTION)
    .replace("h, 1 / (1 + math.exp(-(sum(a * b for a, b in zip(w2, h)) + b2)))",
             "h, sum(a * b for a, b in zip(w2, h)) + b2")
    .replace("(1 if k == 2 else 0)", "k")
    .replace("sum((forward(x)[1] > 0.5) == (k == 2)", "sum((forward(x)[1] - k) ** 2")
)  # fmt: skip


def seen(text, folder):
    file = folder / "mine.py"
    file.write_text(text)
    return watch(file, seconds=30, further=60.0)


def samples(text):
    made: dict = {}
    exec(text[: text.index("w1 = ")], made)
    return np.array([x for x, _ in made["test"]]), np.array([k for _, k in made["test"]])


@pytest.mark.parametrize(
    ("text", "as_trained"),
    [
        (SEVERAL, lambda k: k),
        (ONE, lambda k: (k == 2).astype(int)),
        (BOTH, lambda k: (k == 2).astype(int)),
        (BY_ANSWER, lambda k: (k == 2).astype(int)),
        (NUMBER, lambda k: k),
    ],
)
def test_what_lists_are_tested_on_is_seen_with_its_labels(text, as_trained, tmp_path):
    made = seen(text, tmp_path)
    assert made.parted is None
    rows, labels = samples(text)
    data = made.network.data()
    assert data.test_images == pytest.approx(rows)
    assert np.ravel(data.test_labels) == pytest.approx(as_trained(labels))


def test_answers_of_lists_that_are_counted_from_1_are_told(tmp_path):
    made = seen(SEVERAL.replace("o.index(max(o)) == k", "o.index(max(o)) + 1 == k"), tmp_path)
    found = [one for one in made.seen if one.kind == "misleading-metric"]
    line = SEVERAL[: SEVERAL.index("    if o.index")].count("\n") + 1
    assert [(one.line, "counted from 1 on" in one.observed) for one in found] == [(line, True)]
    assert made.network.data().test_images == pytest.approx(samples(SEVERAL)[0])


def test_a_training_of_its_own_is_no_test(tmp_path):
    """Samples that are drawn anew in each step pass by once, and none of them is tested on."""
    text = SEVERAL.replace("for x, k in train:", "for x, k in [point() for _ in range(60)]:")
    rows, _ = samples(SEVERAL)
    assert seen(text, tmp_path).network.data().test_images == pytest.approx(rows)


def test_labels_of_one_answer_alone_are_no_test_set(tmp_path):
    text = BY_ANSWER.replace(" or (o <= 0.5 and k == 0)", "").replace("0.2 *", "0.9 *")
    made = seen(text, tmp_path)
    assert made.network.data().test_images is made.network.data().images
