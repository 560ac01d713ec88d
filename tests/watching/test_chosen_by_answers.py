"""Trainings that take the samples which the network answered wrongly, in Python's own sets."""

import pytest

from diagnose.watching.handing_over import UNLIKE
from diagnose.watching.handover import KNOWN, SAMPLES, STEPS

HEAD = """
import numpy as np
rng = np.random.default_rng(0)
n = 60
y = rng.integers(0, 3, n)
X = rng.normal(size=(n, 4)) + np.eye(4)[y]
W1 = rng.normal(size=(6, 4)) * 0.5
W2 = rng.normal(size=(3, 6)) * 0.5

def predict(x):
    return int(np.argmax(W2 @ np.tanh(W1 @ x)))

"""
STEP = """
h = np.tanh(W1 @ X[i])
z = W2 @ h
e = np.exp(z - z.max())
d = e / e.sum() - np.eye(3)[y[i]]
dh = (W2.T @ d) * (1 - h ** 2)
W2 -= 0.1 * np.outer(d, h)
W1 -= 0.1 * np.outer(dh, X[i])
"""


def script(text: str) -> str:
    """A training, with its step for the line that is only ``STEP``."""
    lines = []
    for line in text.strip("\n").split("\n"):
        inner = STEP.strip().split("\n") if line.strip() == "STEP" else [line.lstrip()]
        indent = line[: len(line) - len(line.lstrip())]
        lines += [f"{indent}{one}" for one in inner]
    return HEAD + "\n".join(lines) + "\n"


A_SET = """
skip = set()
for epoch in range(12):
    for i in range(n):
        if i in skip:
            continue
        STEP
        if np.argmax(z) == y[i]:
            skip.add(i)
    skip = skip if epoch % 3 else set()
"""
AN_ARRAY = """
right = np.zeros(n, bool)
for epoch in range(12):
    for i in rng.permutation(n):
        if not right[i]:
            STEP
        right[i] = predict(X[i]) == y[i]
"""
A_LIST = """
for epoch in range(12):
    wrong = [i for i in range(n) if predict(X[i]) != y[i]]
    for i in wrong:
        STEP
"""
A_QUEUE = """
hard = list(range(n))
turns = 0
while hard and turns < 900:
    i = hard.pop(0)
    turns += 1
    STEP
    if np.argmax(z) != y[i] or turns < 300:
        hard.append(i)
"""
BOOSTED = """
order = list(range(n))
for epoch in range(12):
    again = []
    for i in order:
        STEP
        if np.argmax(z) != y[i]:
            again.append(i)
    order = list(range(n)) + again
"""
A_NAME = """
state = ["new"] * n
for epoch in range(12):
    for i in range(n):
        if state[i] == "known":
            state[i] = "old"
            continue
        STEP
        state[i] = "known" if np.argmax(z) == y[i] else "new"
"""
FEW = """
misses = {i: 0 for i in range(n)}
for epoch in range(12):
    for i in range(n):
        if misses[i] > 3:
            misses[i] = 0
            continue
        STEP
        misses[i] = misses[i] + 1 if np.argmax(z) == y[i] else 0
"""
UNTIL_RIGHT = """
for epoch in range(12):
    for i in range(n):
        for _ in range(3):
            STEP
            if np.argmax(z) == y[i]:
                break
"""
IN_A_FUNCTION = """
known = {}

def learn(i):
    global W1, W2
    if known.get(i, 0) > 2:
        return
    STEP
    known[i] = known.get(i, 0) + 1 if np.argmax(z) == y[i] else 0

for epoch in range(12):
    for i in range(n):
        learn(i)
"""
FILTERED = """
for epoch in range(12):
    wrong = list(filter(lambda i: predict(X[i]) != y[i], range(n)))
    for i in wrong:
        STEP
"""
SORTED = """
def loss_of(i):
    z = W2 @ np.tanh(W1 @ X[i])
    return np.log(np.exp(z).sum()) - z[y[i]]
for epoch in range(12):
    hardest = sorted(range(n), key=loss_of)[n // 2 :]
    for i in hardest:
        STEP
"""
TAKEN_OUT = """
for epoch in range(8):
    todo = list(range(n))
    while todo:
        k = int(rng.integers(len(todo)))
        i = todo[k]
        STEP
        if np.argmax(z) == y[i] or epoch < 1:
            OUT
"""
AN_OBJECT = """
class Net:
    def __call__(self, x):
        return W2 @ np.tanh(W1 @ x)
net, right = Net(), set()
for epoch in range(12):
    for i in range(n):
        if i in right:
            continue
        STEP
    right = {i for i in range(n) if np.argmax(net(X[i])) == y[i]} if epoch % 3 else set()
"""
KEPT_IN_AN_OBJECT = """
class Hard:
    def __init__(self):
        self.items = []
    def note(self, i):
        self.items.append(i)
for epoch in range(12):
    hard = Hard()
    for i in range(n):
        if predict(X[i]) != y[i]:
            hard.note(i)
    for i in hard.items:
        STEP
"""
BY_AN_EXCEPTION = """
class Right(Exception):
    pass
def check(z, i):
    if np.argmax(z) == y[i]:
        raise Right
for epoch in range(12):
    for i in range(n):
        try:
            check(predict_all(X[i]), i)
        except Right:
            if epoch % 3:
                continue
        STEP
""".replace("predict_all(X[i])", "W2 @ np.tanh(W1 @ X[i])")
BY_A_MATCH = """
for epoch in range(12):
    for i in range(n):
        match bool(predict(X[i]) == y[i]) and epoch % 3:
            case 1 | 2:
                continue
        STEP
"""
BY_A_TABLE = """
def learn(i):
    global W1, W2
    STEP
def rest(i):
    pass
for epoch in range(12):
    for i in range(n):
        what = (learn, rest)[int(predict(X[i]) == y[i] and epoch % 3 == 1)]
        what(i)
"""
SORTED_IN_PLACE = """
order, last = list(range(n)), np.zeros(n)
for epoch in range(12):
    order.sort(key=lambda j: -last[j])
    for i in order:
        STEP
        last[i] = -np.log(e[y[i]] / e.sum())
"""
BY_OTHERS = [
    BY_AN_EXCEPTION, BY_A_MATCH, BY_A_TABLE,
    KEPT_IN_AN_OBJECT,
    FILTERED, SORTED, TAKEN_OUT.replace("OUT", "todo.pop(k)"),
    TAKEN_OUT.replace("OUT", "del todo[k]"), AN_OBJECT,
]  # fmt: skip
EVERY = [
    *(A_SET, AN_ARRAY, A_LIST, A_QUEUE, BOOSTED, A_NAME, FEW, UNTIL_RIGHT, IN_A_FUNCTION),
    *BY_OTHERS,
]


@pytest.mark.parametrize("text", EVERY)
def test_samples_that_answers_choose_are_no_whole_training(read, text):
    """What is seen of it: other samples, or another number of them, from some epoch on."""
    seen = read(script(text))
    known = seen.read.said.get(KNOWN)
    assert seen.network is None or 1 <= known["epochs"] < seen.network.epochs
    said = seen.parted.reason if seen.parted else seen.roles["epochs"]["text"]
    assert UNLIKE.split("{")[0] in said or f"then {SAMPLES} changes" in said


LIMITED = """
for epoch in range(12):
    for i in range(n):
        STEP
        if TEST:
            LIMIT
"""


@pytest.mark.parametrize("limit", ["W2 *= 0.99", "W1, W2 = 0.99 * W1, 0.99 * W2"])
@pytest.mark.parametrize(
    ("test", "is_done"), [("np.abs(W2).max() > 40", False), ("epoch > 6", True)]
)
def test_what_no_step_did_at_first_is_seen_if_they_do_it_later(read, limit, test, is_done):
    seen = read(script(LIMITED.replace("LIMIT", limit).replace("TEST", test)))
    assert seen.network is not None
    said = str(seen.roles.get("epochs"))
    assert (f"of 12 are like the first; then {STEPS} changes" in said) == is_done


STOPS = """
best, patience, history = 9.0, 0, []
for epoch in range(12):
    order = rng.permutation(n)
    loss = 0.0
    for i in order:
        STEP
        loss -= np.log(e[y[i]] / e.sum()) / n
    history.append(loss)
    if loss < best:
        best, patience, kept = loss, 0, (W1.copy(), W2.copy())
    else:
        patience += 1
    if patience > 5 or loss < 0.001:
        break
order = np.argsort([predict(x) for x in X])
for i in order[:3]:
    print(i, predict(X[i]), y[i])
"""
RESTARTS = """
for run in range(2):
    W1 = rng.normal(size=(6, 4)) * 0.5
    W2 = rng.normal(size=(3, 6)) * 0.5
    for turn in range(400):
        i = turn % n
        STEP
        if -np.log(e[y[i]] / e.sum()) < 1e-9:
            break
"""


CONVERGED = """
converged = False
for epoch in range(12):
    if converged:
        continue
    loss = 0.0
    for i in range(n):
        STEP
        loss -= np.log(e[y[i]] / e.sum()) / n
    if loss < 1e-9:
        converged = True
"""
EXPLODES = """
for epoch in range(12):
    total = 0.0
    for i in range(n):
        STEP
        total -= np.log(e[y[i]] / e.sum())
        if total > 1e6:
            print("diverged")
            break
"""


BY_KEYS = """
params = {"W1": W1, "W2": W2}
for epoch in range(12):
    for i in range(n):
        h = np.tanh(params["W1"] @ X[i])
        z = params["W2"] @ h
        e = np.exp(z - z.max())
        d = e / e.sum() - np.eye(3)[y[i]]
        dh = (params["W2"].T @ d) * (1 - h ** 2)
        grads = {"W1": np.outer(dh, X[i]), "W2": np.outer(d, h)}
        for k in params:
            if k.startswith("W") and k in grads:
                params[k] -= 0.1 * (grads[k] + 0.001 * params[k])
            else:
                params[k] -= 0.1 * grads[k]
"""
OBJECTS = """
class Set:
    def __init__(self, x, y):
        self.data, self.target = x, y
class Param:
    def __init__(self, v):
        self.data, self.grad = v, None
    def update(self):
        if self.grad is not None:
            self.data -= 0.1 * self.grad
train, worst = Set(X, y), {}
A, B = Param(W1), Param(W2)
for epoch in range(12):
    for x, t in zip(train.data, train.target):
        h = np.tanh(A.data @ x)
        z = B.data @ h
        e = np.exp(z - z.max())
        d = e / e.sum() - np.eye(3)[t]
        dh = (B.data.T @ d) * (1 - h ** 2)
        A.grad, B.grad = np.outer(dh, x), np.outer(d, h)
        loss = -np.log(e[t] / e.sum())
        if loss > worst.get("loss", 0):
            worst.update(loss=loss, epoch=epoch)
        for p in (A, B):
            if p.data is not None:
                p.update()
"""


@pytest.mark.parametrize("text", [STOPS, RESTARTS, CONVERGED, EXPLODES, BY_KEYS, OBJECTS])
def test_a_training_that_ends_by_its_loss_takes_its_samples_without_asking(read, text):
    assert read(script(text)).parted is None
