"""What changes in a training only after the epochs that were seen is found in its text."""

import pytest

from diagnose.watching.handover import KNOWN
from diagnose.watching.late_changes import LateChanges
from diagnose.watching.script import watch
from diagnose.watching.texts import Texts
from tests.watching.scripts import FLAT

SCRIPT = """
class Net:
    def __init__(self):
        self.training = True

    def forward(self, x):
        self.x = x
        self.a = np.tanh(x @ W)
        if self.training:
            self.a = self.a * (rng.random(self.a.shape) < keep)
        return self.a @ V

    def freeze(self):
        self.frozen = True

def evaluate():
    net.training = False
    net.forward(X_test)
    net.training = True

def cost(p, t):
    d = p - t
    return d.sum()

def halve(p):
    p *= 0.5

def shuffled(perm, how):
    return rng.permutation(perm) if how else perm

net, keep, decay, size, shuffle, flip = Net(), 0.5, 0.1, 10, True, False
best, perm = 0, np.arange(90)
for epoch in range(100):
    BEFORE
    for i in range(0, len(X), size):
        x, t = X[perm[i:i + size]], T[perm[i:i + size]]
        WITHIN
        total += np.abs(x).sum()
        d = net.forward(x) - t
        V -= lr * (net.a.T @ d + decay * V)
        W -= lr * x.T @ (d @ V.T)
    AFTER
"""
OPERANDS = {
    "lr",
    "decay * V",
    "net.a.T",
    "d",
    "W",
    "V",
    "net.forward(x)",
    "t",
    "x.T",
    "self.a",
}


def found(before="pass", within="pass", after="pass", text=SCRIPT, over=1):
    text = text.replace("BEFORE", before).replace("WITHIN", within).replace("AFTER", after)
    lines = text.splitlines()

    def at(what):
        return "mine.py", 1 + next(n for n, line in enumerate(lines) if what in line)

    asked = LateChanges(
        texts=Texts({"mine.py": text}), epochs=at("for epoch"), steps=at("for i in"),
        numbers=[(at("V -="), "decay", False), (at("rng.random"), "keep", False)],
        operands=OPERANDS, but="lr", carried={"W", "V[0]"}, over=over,
    )  # fmt: skip
    line = asked.found()
    return line and lines[line[1] - 1].strip()


@pytest.mark.parametrize(
    "line",
    [
        "if epoch == 50: decay = 0.0",
        "decay = 0.1 if epoch < 50 else 0.0",
        "if epoch == 50: size = 2 * size",
        "if epoch >= 50: perm = rng.permutation(90)",
        "perm = rng.permutation(90) if epoch >= 50 else np.arange(90)",
        "if epoch == 50: X, T = X[:30], T[:30]",
        "if wait > 3: keep = 1.0; wait = wait + 1",
        "if epoch > 50: X = X + rng.normal(size=X.shape)",
        "if epoch > 50: X[:, 0] = 0",
        # parameters are stepped in each step, and what is done to them beside it is no step
        "if epoch == 50: W = rng.normal(size=W.shape)",
        "if epoch == 50: V[:, :3] = 0",
        "if total > best: W, V = kept[0].copy(), kept[1].copy(); best = total",
        "if epoch == 50: np.copyto(W, kept)",
        "if epoch == 50: halve(W)",
        "if np.abs(W).max() > 9: W *= 0.5",
        "W = np.clip(W, -3, 3)",
        "np.clip(W, -3, 3, out=W)",
        "V, W = np.clip(V, -3, 3), np.clip(W, -3, 3)",
        "W *= min(1, 3 / np.linalg.norm(W))",
    ],
)
def test_between_the_steps(line):
    assert found(before=line) == line
    assert found(after=line) == line


@pytest.mark.parametrize(
    "line",
    [
        "if epoch > 50: x = x + rng.normal(size=x.shape)",
        "if epoch < 50: W -= 0.001 * W",
        "if epoch > 50 and i > 30: break",
        "t = t if epoch < 50 else np.sign(t)",
    ],
)
def test_within_the_steps(line):
    assert found(within=line) == line


@pytest.mark.parametrize(
    ("several", "is_told"), [("range(2, -1, -1)", False), ("range(epoch)", True)]
)
def test_a_loop_of_the_step_gives_its_names_their_values(several, is_told):
    within = f"for k in {several}:\n            if k > 0:\n                x = np.abs(x)"
    again = "for k in range(3):\n        total += k"
    assert (found(within=within, after=again) is not None) == is_told


@pytest.mark.parametrize(
    "line",
    [
        "if epoch % 10 == 0: print(epoch, total)",
        "if epoch % 10 == 0: evaluate()",
        "if epoch % 10 == 0: print(cost(net.forward(X), T))",
        "evaluate()",
        "if shuffle: perm = rng.permutation(90)",
        "perm = shuffled(perm, shuffle)",
        "if net.forward(X_test).max() > best: best, kept = net.forward(X_test).max(), W.copy()",
        "if epoch == 50: lr = 0.01",  # what becomes of the rate is seen
        "if epoch > 50 and total > best: break",  # and so is a training that breaks off
        "if epoch == 50: unused = 3",
        "if wait > 3: wait = wait + 1; W, V = kept; break",  # put back at its end
        "best = max(best, W.max())",
        "kept = np.clip(W, -3, 3)",
    ],
)
def test_what_changes_nothing_in_the_steps(line):
    assert found(before=line) is None
    assert found(after=line) is None


@pytest.mark.parametrize(
    ("before", "within", "is_told"),
    [
        ("pass", "x = x + 0.1 * epoch * rng.normal(size=x.shape)", True),
        ("pass", "x = x - (epoch > 5) * rng.normal(size=x.shape)", True),
        ("sigma = 0.1 * epoch", "x = x + rng.normal(0, sigma, x.shape)", True),
        ("sigma = 0.1 * epoch", "noise = rng.randn(*x.shape); x = x + noise * sigma", True),
        ("share = 1 - epoch / 200", "x = x * (rng.random(x.shape) < share)", True),
        ("pass", "noise = rng.normal(size=x.shape); x = x + noise * 0.1", False),
        ("pass", "x = x * (rng.random(x.shape) < keep) / keep", False),
        ("sigma = 0.1", "x = x + sigma * rng.normal(size=x.shape)", False),
        ("evaluate()", "self.a = self.a * (1 + 0.1 * rng.normal(size=self.a.shape))", False),
        ("order = rng.permutation(epoch)", "x = x * rng.uniform(0.9, 1.1)", False),
    ],
)
def test_noise_that_goes_by_the_epoch(before, within, is_told):
    assert (found(before=before, within=within) is not None) == is_told


def test_what_is_put_back_at_the_end_may_stand_within_another_choice():
    ended = "if wait > 3:\n            W = kept\n            break"
    line = f"if total < best:\n        best = total\n    else:\n        wait += 1\n        {ended}"
    assert found(after=line) is None
    assert found(after=line.replace("break", "wait = 0")) == "W = kept"


@pytest.mark.parametrize(
    "line",
    [
        "if i + size > 90: x, t = x[:5], t[:5]",
        "if flip: x = -x",
        "x = x if len(x) > 1 else x[None]",
        "if epoch % 10 == 0 and i == 0: print(total)",
        "if epoch % 10 == 0 and i == 0: print(net.forward(X_test))",
        "if np.abs(x).max() > 3: x = x / 2",
    ],
)
def test_what_each_epoch_does_alike(line):
    assert found(within=line) is None


@pytest.mark.parametrize(
    "line",
    [
        "if epoch % 5 == 0: perm = rng.permutation(90)",
        "if not epoch % 5: X, T = X[perm], T[perm]",
        "if epoch > 0: X = X + rng.normal(size=X.shape)",
        "if epoch % 3 == 1: X = X + rng.normal(size=X.shape)",
    ],
)
def test_what_was_seen_both_ways(line):
    assert found(before=line) == line  # of a single epoch, one way was seen
    assert found(before=line, over=3) is None


@pytest.mark.parametrize(
    ("line", "over"),
    [
        # what was added before the first step is not seen to be added again
        ("if epoch % 5 == 0: X = X + rng.normal(size=X.shape)", 3),
        ("if epoch % 50 == 20: perm = rng.permutation(90)", 9),
        ("if epoch > 0 and total > 3: perm = rng.permutation(90)", 9),
        ("if epoch / 2 > 1: perm = rng.permutation(90)", 9),
    ],
)
def test_what_was_not_seen_both_ways(line, over):
    assert found(before=line, over=over) == line


def test_epochs_that_count_otherwise_than_the_loop():
    text = SCRIPT.replace("    BEFORE", "    epoch = 2 * epoch\n    BEFORE")
    line = "if epoch % 5 == 0: perm = rng.permutation(90)"
    assert found(before=line, text=text, over=3) == line
    text = SCRIPT.replace("range(100)", "range(1, 100)")
    assert found(before=line, text=text, over=3) == line  # the fifth was not seen
    assert found(before=line, text=text, over=5) is None


def test_a_training_that_ends_by_a_break_is_no_other_until_then():
    text = "for epoch in range(9):\n    d = X @ W - T\n    W -= lr * X.T @ d\n    AFTER\n"

    def at(after):
        given = Texts({"mine.py": text.replace("AFTER", after)})
        place = "mine.py", 1
        return LateChanges(given, place, place, [], {"X", "W", "d", "lr"}, but="lr").found()

    assert at("if epoch > 0 and before - d < 1e-9: break") is None
    assert at("if epoch % 100: continue\n    print(d)") is None
    assert at("if epoch > 3: continue\n    W -= X.T @ d") == ("mine.py", 4)


def test_a_training_without_a_loop_of_its_own_over_the_steps():
    text = "decay = 0.1\nfor epoch in range(9):\n    BEFORE\n    d = X @ W - T\n"
    text += "    W -= lr * (X.T @ d + decay * W)\n"

    def at(before):
        given = Texts({"mine.py": text.replace("BEFORE", before)})
        place = "mine.py", 2
        return LateChanges(
            given, place, place, [(("mine.py", 5), "decay", False)], {"X", "d"}
        ).found()

    assert at("if epoch == 5: decay = 0.0") == ("mine.py", 3)
    assert at("if epoch == 5: X = X[:3]") == ("mine.py", 3)
    assert at("if epoch % 5 == 0: print(d)") is None


def test_such_a_training_is_known_as_far_as_it_was_seen(tmp_path):
    path = tmp_path / "mine.py"
    text = FLAT.replace("range(12)", "range(40)").replace("lr * a1.T @ d2", "lr * (a1.T @ d2 + c)")
    text = text.replace("lr = 0.3", "lr, c = 0.3, 0.001")
    path.write_text(text, encoding="utf-8")
    assert watch(path, seconds=60).read.said[KNOWN] is None
    path.write_text(f"{text}    if epoch == 30: c = 0.1\n", encoding="utf-8")
    seen = watch(path, seconds=60)
    assert seen.network is not None
    assert seen.read.said[KNOWN]["line"] == len(text.splitlines()) + 1
    assert "what its steps do may change here" in seen.roles["epochs"]["text"]


COUNTED = SCRIPT.replace(
    "def evaluate():", "    @property\n    def l2(self):\n        return HOW\n\ndef evaluate():"
)


@pytest.mark.parametrize(
    ("how", "counts", "is_told"),
    [
        ("0.0 if self.t < 20000 else 0.01", "net.t += 1", True),
        ("0.0 if self.t < most else 0.01", "net.t += 1", True),
        ("0.0 if self.t < 40 else 0.01", "net.t += 1", False),  # of the steps that were seen
        ("0.0 if self.t < 20000 else 0.01", "net.t = i", False),  # as in each epoch
        ("0.01", "net.t += 1", False),
    ],
)
def test_a_number_that_steps_count_to_may_be_another_later(how, counts, is_told):
    text = COUNTED.replace("HOW", how).replace("decay * V", "net.l2 * V")
    lines = text.replace("BEFORE", "pass").replace("WITHIN", counts).replace("AFTER", "pass")
    at = 1 + next(n for n, line in enumerate(lines.splitlines()) if "V -=" in line)

    def place(what):
        return "mine.py", 1 + next(n for n, one in enumerate(lines.splitlines()) if what in one)

    asked = LateChanges(
        texts=Texts({"mine.py": lines}), epochs=place("for epoch"), steps=place("for i in"),
        numbers=[(("mine.py", at), "net.l2", False)], operands=OPERANDS | {"net.l2 * V"},
        but="lr", carried={"W", "V[0]"}, over=5, count=45,
    )  # fmt: skip
    assert (asked.found() is not None) == is_told


@pytest.mark.parametrize(
    ("test", "is_told"), [("seen > 300", True), ("seen > limit", True), ("seen % 9 == 0", False)]
)
def test_what_is_done_from_a_step_on_is_another_step_later(test, is_told):
    line = f"t = t * 0.5 if {test} else t"
    assert (found(within=f"seen += 1\n        {line}") == line) == is_told


@pytest.mark.parametrize(
    ("before", "end", "is_told"),
    [
        ("n = min(90, 20 + 8 * epoch)", "n", True),
        ("n = 30 if epoch < 50 else 90", "n", True),
        ("n = len(X)", "n", False),
        ("X = X[perm]; n = X.shape[0]", "n", False),
        ("perm = rng.permutation(easy[:9 * epoch + 9])", "len(perm)", True),
        ("perm = rng.permutation(easy[:80])", "len(perm)", False),
        ("pass", "len(X) // size * size", False),
    ],
)
def test_an_epoch_may_take_more_samples_later(before, end, is_told):
    text = SCRIPT.replace("range(0, len(X), size)", f"range(0, {end}, size)")
    assert (found(before=before, text=text) is not None) == is_told


@pytest.mark.parametrize(("made", "is_told"), [("Adam()", False), ("another(Adam)", True)])
def test_what_an_object_of_the_program_does_when_it_is_called_is_known(made, is_told):
    text = f"""class Adam:
    def __call__(self, p, g):
        for n in p:
            self.m[n] += 0.1 * (g[n] - self.m[n])
            p[n] -= lr * self.m[n]
opt = {made}
for epoch in range(90):  # epochs
    for i in range(9):  # steps
        loss, grads = gradients(p, i)
        opt(p, grads)
"""
    asked = LateChanges(
        texts=Texts({"mine.py": text}), epochs=("mine.py", 7), steps=("mine.py", 8), numbers=[],
        operands={"lr", "self.m[n]", "g[n]"}, carried={"p[n]", "self.m[n]"},
    )  # fmt: skip
    assert (asked.found() is not None) == is_told
