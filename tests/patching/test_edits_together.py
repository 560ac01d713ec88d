"""Edits that belong together, and more than one behind the training: the source in, lines out."""

from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from diagnose.patching import patch
from diagnose.patching.answer import answered, of_answer
from diagnose.patching.arithmetic import of_forward, of_gradient
from diagnose.patching.batches import whole_batches
from diagnose.patching.decays import of_decay
from diagnose.patching.orders import of_count
from diagnose.patching.outcomes import Outcome, steps_as_published
from diagnose.patching.pairs import of_data
from diagnose.patching.printing import likeliest
from diagnose.patching.samples import of_input
from diagnose.patching.search import Search
from diagnose.patching.seen import more_shown
from diagnose.patching.source import Edit, Splice, patched
from diagnose.patching.steps import of_step
from diagnose.patching.targets import of_targets
from tests.patching.making import OneByOne, changed, script, ways
from tests.patching.test_more_edits import Copies


def test_steps_that_bind_new_arrays_are_mended_at_once():
    made = script("for W, b in L:\n    W = W - r * dW  #: update\n    b = b - r * db  #: update\n")
    assert ways(made, of_step)[0] == ["W -= r * dW", "b -= r * db"]
    assert ["W -= r * dW"] in ways(made, of_step)


def test_a_softmax_takes_its_largest_and_its_sum_along_one_axis():
    made = script(
        "e = np.exp(z - np.max(z, axis=1, keepdims=True))  #: forward\n"
        "p = e / e.sum(1, keepdims=True)  #: forward\n",
        layout="columns",
    )
    assert ways(made, of_forward)[0] == [
        "e = np.exp(z - np.max(z, axis=0, keepdims=True))", "p = e / e.sum(0, keepdims=True)",
    ]  # fmt: skip
    rows = script("e = z.max(-1)  #: forward\np = e / e.sum(1)  #: forward\n")
    assert not [one for one in ways(rows, of_forward) if len(one) > 1]


SLOPES = [
    ("d = g * Z[l - 1] * (1 - Z[l - 1])", "d = g * A[l] * (1 - A[l])"),
    ("d = g * (1 - Z[l] ** 2)", "d = g * (1 - A[l + 1] ** 2)"),
    ("d = g * (1 - Z[0] ** 2)", "d = g * (1 - Z[l] ** 2)"),
    ("d[Z[l] < 0] = 0", "d[A[l] < 0] = 0"),
    ("d[Z[l] < 0] = 0", "d[Z[l] <= 0] = 0"),
    ("d = g * (z >= 0)", "d = g * (z > 0)"),
    ("d = g * (z < 0)", "d = g * (z >= 0)"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "wanted"), SLOPES)
def test_derivatives_are_taken_at_the_array_of_their_own_layer(line, wanted):
    made = script(
        "for l in range(2):\n"
        "    A.append(act(Z[l]))  #: forward\n"
        f"    {line}  #: backward\n"
        "    w = A[l].T @ d  #: backward\n"
    )
    assert [wanted] in ways(made, of_gradient)


def test_a_table_is_scaled_column_by_column():
    made = script("m = x.mean()\ns = np.std(x)\nx = (x - m) / s\nh = x @ W  #: samples\n")
    assert ways(made, of_input)[0] == ["m = x.mean(axis=0)", "s = np.std(x, axis=0)"]


def test_batches_taken_by_their_number_follow_each_other_in_any_order():
    text = "for k in rng.permutation(n):  #: training loop\n    x = X[k:k + size]\n"
    assert ways(script(text), whole_batches) == [["x = X[k * size:(k + 1) * size]"]]
    made = script("for k in range(0, n, size):  #: training loop\n    x = X[k:k + size]\n")
    assert ways(made, whole_batches) == []


COUNTED = "for n in rng.permutation(100):  #: training loop\n    x = X[n]\n"


def test_a_count_that_is_written_shows_all_samples():
    made = script(COUNTED)
    assert ways(made, lambda one: of_count(one, 100)) == [["for n in rng.permutation(len(X)):"]]
    assert of_count(made, 99) == []


SORTED = (
    "order = np.argsort(labels)\nx = x[order]\nfor n in range(100):\n    W -= x[n]  #: samples\n"
)


@pytest.mark.parametrize(
    ("text", "told", "shown", "wanted"),
    [
        (COUNTED, [], (9, 1200), [["for n in rng.permutation(len(X)):"]]),
        (COUNTED, [], (9, 100), []),
        (SORTED, ["missing-classes"], (10, 99), [["order = np.random.permutation(len(labels))"]]),
        (SORTED, ["missing-classes"], (9, 101), []),  # other samples, and no more classes
        (SORTED, [], (10, 100), []),
    ],
)
def test_more_is_shown_only_where_there_are_more_samples_or_classes(text, told, shown, wanted):
    made = script(text, found={one: {} for one in told})

    def outcome(classes, count):
        every = np.arange(1200)
        data = SimpleNamespace(images=every[:, None] % count, labels=every % classes)
        return SimpleNamespace(trainer=SimpleNamespace(data=data))

    def found(copy):
        return outcome(*shown if "permutation(len(" in copy else (9, 100))

    edits = more_shown(made, Copies(made.source, found), [], outcome(9, 100))
    assert [changed(made, one) for one in edits] == wanted


def test_a_list_that_labels_are_read_of_is_shuffled_before_others_are_made_of_it():
    made = script(
        "lines = text.split()\n"
        "rows = [one.split() for one in lines]\n"
        "random.shuffle(rows)\n"
        "x = rows  #: samples\n"
    )
    texts = [patched(made.source, [one]).decode() for one in of_data(made)]
    wanted = "lines = text.split()\nrandom.shuffle(lines)\nrows = [one.split() for one in lines]\nx"
    assert any(one.startswith(wanted) for one in texts)


def test_whole_numbers_up_to_2_are_divided_where_they_are_handed_over():
    made = script(
        "def teach(x, goal):\n    e = out - goal  #: targets\n"
        "for x, size in people:\n    teach(x, size)\n",
        activations=("sigmoid",), outputs=0,
        found={"output-range": {"target_highest": 2.0}},
    )  # fmt: skip
    made.roles["targets"]["text"] = "goal"
    assert ["teach(x, size / 2)"] in ways(made, of_targets)


UNIT = (
    "m = y.mean()\ns = y.std()\nt = (y - m) / s\n"
    "for k in range(9):  #: training loop\n    e = out - t  #: targets\n"
)
UNITS = [
    ("p = out[:, 0] * s", "p = out[:, 0] * s + m"),
    ("p = (out * s)[:, 0]", "p = (out * s + m)[:, 0]"),
    ("p = out + m", "p = out * s + m"),
    ("p = out * sx.mean() + mx.mean()", "p = out * s + m"),
]


@pytest.mark.parametrize(("line", "wanted"), UNITS)
def test_answers_come_back_to_the_unit_of_the_targets(line, wanted):
    assert [wanted] in ways(script(f"{UNIT}{line}\n", outputs=0), of_answer)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("k = np.argmax(out, axis=0)", "k = (out[0] > 0.5).astype(int)"),
        ("k = out.argmax(1)", "k = (out[:, 0] > 0.5).astype(int)"),
        ("k = np.argmax(ask(x))", "k = int(ask(x).ravel()[0] > 0.5)"),
    ],
)
def test_one_output_is_held_against_its_middle(line, wanted):
    made = script(f"{line}\n", activations=("sigmoid",), outputs=1)
    assert [wanted] in ways(made, of_answer)
    made = script(f"{line}\n", activations=("softmax",), outputs=3)
    assert [wanted] not in ways(made, of_answer)


def test_what_is_held_against_targets_in_another_unit_comes_back_where_it_is_kept():
    text = f"{UNIT}real = y[5:]\np = ask(x).ravel()\nprint(abs(p - real).mean())\n"
    made = script(text, outputs=0, found={"answer-unit": {}})
    assert not any(one[:1] == ["p = ask(x).ravel() * s + m"] for one in ways(made, of_answer))
    made.report.findings["s"][0].where = SimpleNamespace(file="s.py", line=8)
    made = replace(made)
    written = ways(made, of_answer)
    assert ["p = ask(x).ravel() * s + m"] in written
    assert not any("real = " in line for one in written for line in one)


def test_answers_in_the_unit_of_the_targets_stay():
    made = script(f"{UNIT}p = out * s + m\n", outputs=0)
    assert not [one for one in ways(made, of_answer) if one and one[0].startswith("p = ")]


BEHIND = (
    "def norm(x):\n    return x / 20\n"
    "def ask(x):\n    return x @ W\n"
    "for x, t in people:  #: training loop\n"
    "    out = ask(norm(x))  #: samples\n"
)
ANSWERS = [
    ("k = int(ask(norm(x)) * 2)", "k = round(ask(norm(x)) * 2)"),
    ("k = ask(x)", "k = ask(norm(x))"),
    ("x, y, x_t, y_t = load()\nk = (a == y[:5]).sum()", "k = (a == y_t).sum()"),
]


@pytest.mark.parametrize(("line", "wanted"), ANSWERS)
def test_test_samples_are_asked_for_as_those_of_the_training_and_rounded(line, wanted):
    assert [wanted] in ways(script(f"{BEHIND}{line}\n"), of_answer)


def test_test_samples_that_one_function_makes_are_made_with_the_numbers_of_the_training():
    made = script(
        "def windows(s):\n    return s\n"
        "X, t = windows(scaled(past, lo, hi))\n"
        "h = X @ W  #: samples\n"
        "Xf, real = windows(scaled(future, future.min(), future.max()))\n"
    )
    made.roles["samples"]["text"] = "X"
    assert ["Xf, real = windows(scaled(future, lo, hi))"] in ways(made, of_answer)


def test_an_answer_is_not_compared_with_itself():
    made = script("for a, t in zip(answers, labels):\n    right += a == t\n")
    assert ways(made, of_answer)
    assert not [one for one in ways(made, of_answer) for line in one if "a == a" in line]
    assert not [one for one in ways(made, of_answer) for line in one if "t == t" in line]


def test_the_class_of_which_the_fewest_are_right_is_no_answer():
    worst = "w = np.argmin(of_each)\n"
    made = script(f"{worst}print('worst', w, of_each[w])\n")
    assert not [one for one in ways(made, of_answer) for line in one if "argmax" in line]
    made = script(f"{worst}print('right', np.mean(w == t))\n")
    assert ["w = np.argmax(of_each)"] in ways(made, of_answer)


def test_two_mistakes_behind_the_training_are_mended_one_after_the_other():
    made = script(f"{BEHIND}k = int(ask(x) * 2)\n")
    made.network.classes = 3

    def printed(copy):
        prepared, rounded = "k = int(ask(norm(x))" in copy, "k = round(" in copy
        share = 0.97 if "k = round(ask(norm(x))" in copy else 0.36
        return True, f"right {0.47 if prepared and not rounded else share}"

    both = answered(made, Copies(made.source, printed=printed), [], 0.98, 0.33)
    assert sorted(one.defect for one in both) == ["misleading-metric", "test-preparation"]


class Unseeded(Copies):
    """As found, a script prints something else in another run."""

    def __init__(self, source, again, printed):
        super().__init__(source, printed=printed)
        self.again = again

    def printed_again(self, edits):
        return [*super().printed_again(edits), *([] if edits else [self.again])]


@pytest.mark.parametrize(("again", "wanted"), [("right 0.55", 1), ("right 0.97", 0)])
def test_what_other_numbers_drawn_may_have_brought_is_no_answer(again, wanted):
    """In another run a script without a seed prints as much without the edit."""
    made = script(f"{BEHIND}k = int(ask(x) * 2)\n")
    made.network.classes = 3

    def printed(copy):
        return True, f"right {0.97 if 'int(ask(norm(x' in copy else 0.5}"

    copies = Unseeded(made.source, again, printed)
    assert len(answered(made, copies, [], 0.98, 0.33)) == wanted


@pytest.mark.parametrize(("again", "kept"), [("right 0.3", True), ("right 0.9", False)])
def test_what_other_numbers_drawn_may_have_brought_is_no_patch(again, kept):
    """Its network learns no better, and in another run the script prints as much as found."""
    made = script("W = W + r * d  #: update\n")
    made.network.classes, made.network.task = 3, None

    trials = Unseeded(made.source, again, lambda copy: (True, f"right {0.3 + 0.6 * ('-' in copy)}"))
    searching = SimpleNamespace(script=made, trials=trials, whole=False, works=0.8)
    base = SimpleNamespace(found=0.9, shown=True)
    edits = [one for one in of_step(made) if "-" in one.splices[0].text][:1]
    got = patch._kept(searching, base, edits, np.full(3, 0.9))
    assert (got is not None) is kept


@pytest.mark.parametrize(("before", "after", "wanted"), [
    ("RMSE 302", "RMSE 8.2", 1), ("RMSE 302", "RMSE 290", 0), ("k 302", "k 8.2", 0),
    ("R2 0.2", "R2 0.97", 1), ("R2 0.97", "R2 0.96", 0), ("share right 0.3", "share right 0.98", 1),
])  # fmt: skip
def test_an_answer_that_is_a_number_takes_most_of_the_error_away(before, after, wanted):
    made = script(f"{UNIT}p = out * s\n", outputs=0, found={"answer-unit": {}})
    copies = Copies(made.source, printed=lambda copy: (True, after if "+ m" in copy else before))
    (finding,) = made.report.findings["s"]
    if before.startswith("RMSE"):  # an error is looked into where a finding says what it is of
        assert answered(made, copies, [], 0.98, 0.0) == []
    finding.part, finding.where = "answer", SimpleNamespace(file="s.py", line=4)
    assert len(answered(made, copies, [], 0.98, 0.0)) == wanted


def moved(update):
    """What a network with such an update steps by, held against momentum."""
    network = SimpleNamespace(
        init=lambda seed: {"W": np.ones((3, 2))}, learning_rate=lambda epoch: 0.1, update=update
    )

    def sound(parameters, gradients, rate):
        v = 0.9 * parameters.get("v", 0.0) + gradients["W"]
        return {"v": v, "W": parameters["W"] - rate * v}

    return steps_as_published(SimpleNamespace(network=network, step=sound))


def test_a_step_is_held_against_the_published_one():
    def by(sign, keeps):
        def update(parameters, gradients, rate):
            v = keeps * parameters.get("u", 0.0) - rate * gradients["W"]
            return {"u": v, "W": parameters["W"] + sign * v}

        return update

    assert moved(by(1, 0.9))
    assert not moved(by(-1, 0.9))
    assert not moved(by(1, 0.0))
    assert not moved(lambda parameters, gradients, rate: parameters)


class Levels(OneByOne):
    """Trials of a search whose outcome is told by what the patched source says."""

    says, spreads, is_late = None, staticmethod(lambda copy: 1.0), False
    some_right = False
    runs = wrong = staticmethod(lambda copy: ())

    def __init__(self, made, level):
        self.made, self.level, self.asked = made, level, []

    def run(self, edits):
        copy = patched(self.made.source, edits).decode()
        value, self.spread = self.level(copy), self.spreads(copy)

        def scores(seeds):
            self.asked += [*seeds]
            return np.full(len(seeds), value)

        data = SimpleNamespace(labels=np.arange(3) * self.spread)
        wrong, trainer = frozenset(self.wrong(copy)), SimpleNamespace(data=data)
        off = {"gradient"} if wrong else set()
        return SimpleNamespace(
            scores=scores, trainer=trainer, wrong=wrong, off=off, differing=off, uphill=frozenset(),
            some_right=self.some_right,
        )  # fmt: skip

    def printed(self, edits):
        copy = patched(self.made.source, edits).decode()
        return True, f"right {self.says(copy) if self.says else 0.9}"

    def shared(self, others):
        return nullcontext()

    def printed_again(self, edits):
        others = self.runs(patched(self.made.source, edits).decode())
        return [self.printed(edits)[1], *(f"right {one}" for one in others)]


TABLE = "x = x - x.mean()  #: samples\nW = W + r * d  #: update\n"


def search(level):
    made = script(TABLE, found={"unnormalized-input": {}})
    twin = SimpleNamespace(score=0.99, lacks="", epochs=10, rate=0.1)
    trials = Levels(made, level)
    return Search(script=made, trials=trials, seeds=range(3), twin=twin, works=0.9, effective=0.1)


@pytest.mark.parametrize(("better", "wanted"), [(0.99, 2), (0.93, 1)])
def test_what_works_is_brought_nearer_to_the_twin_where_that_is_noticeable(better, wanted):
    found = search(lambda copy: better if "axis=0" in copy else 0.91)
    step = of_step(found.script)[:1]
    edits, scores = found._further(step, np.full(3, 0.91))
    assert len(edits) == wanted
    assert scores.mean() == pytest.approx(0.99 if wanted == 2 else 0.91)


def test_what_findings_name_is_mended_at_once_but_for_one_of_many_edits_of_a_gradient():
    found = search(lambda copy: 0.98 if "W - r * d" in copy else 0.5)
    down, *_ = of_step(found.script)
    at = TABLE.index("d ", TABLE.index("r *"))
    splice = Splice(start=at, end=at + 1, text="e")
    other = Edit(splices=(splice,), part="gradient", why="so", defect="wrong-gradient")
    assert found.of_told([other]) is None
    assert found.of_told([down, other])[0] == [down]


def test_what_is_harmless_stays_mended_where_all_is_to_be():
    found = search(lambda copy: 0.98)
    down = of_step(found.script)[:1]
    harmless = Edit(splices=(Splice(start=0, end=1, text="x"),), part="input", why="so")
    assert found.wanted([*down, harmless])[0] != [*down, harmless]
    found.whole = True
    assert found.wanted([*down, harmless])[0] == [*down, harmless]


def test_what_makes_other_targets_is_another_task():
    found = search(lambda copy: 0.99 if "axis=0" in copy else 0.91)
    found.trials.spreads = lambda copy: 0.5 if "axis=0" in copy else 1.0
    assert len(found._further(of_step(found.script)[:1], np.full(3, 0.91))[0]) == 1


@pytest.mark.parametrize(("level", "given"), [(0.75, True), (0.4, False)])
def test_what_brings_most_of_the_way_is_given_without_what_it_does_not_need(level, given):
    found = search(lambda copy: level if "W - r" in copy else 0.1)
    edits = [*of_step(found.script)[:1], *of_input(found.script)[:1]]
    assert found._scores(edits, found.trials.run(edits)) is None
    got = found.most_of_the_way(0.1)
    assert (got is not None) is given
    assert got is None or [one.part for one in got[0]] == ["step"]
    assert found.works == pytest.approx(0.9)


def test_no_other_seed_is_tried_after_one_that_tells():
    found = search(lambda copy: 0.5)
    assert found._scores([], found.trials.run([])) is None
    assert found.trials.asked == [0]
    assert found.nearest is not None
    assert search(lambda copy: 0.9)._working([])[1].shape == (3,)


def test_what_pushes_weights_away_from_0_pulls_them_to_it():
    made = script("g = g - c * W1  #: backward\n", activations=("relu",))
    assert ways(made, of_decay) == [["g = g + c * W1"], []]
    right = script("W1 = W1 - c * W1 * r  #: update\n", activations=("relu",))
    assert ways(right, of_decay) == [[]]


def test_no_other_rate_is_tried_once_one_is_enough():
    network = SimpleNamespace(learning_rate=lambda epoch: 0.1)
    author = SimpleNamespace(differing=("pace",), network=network)
    given = [0.2, 0.95, 0.99]

    class Scored(Outcome):
        def _scored(self, network, seeds):
            return np.array([given.pop(0)])

    made = Scored(network=network, trainer=None, author=author, along={})
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr("diagnose.patching.outcomes.exchanged", lambda *asked: network)
        assert made.with_the_rest_sound("start", 0.1, 0, 0.9) == pytest.approx(0.95)
    assert given == [0.99]


def test_lines_that_findings_of_the_part_name_come_first():
    made = script("b = r * g  #: backward\nc = g * s  #: backward\n", found={"a": {}, "b": {}})
    other, own = made.report.findings["s"]
    other.where, other.part = SimpleNamespace(file="s.py", line=1), "step"
    edits = of_gradient(made)
    assert made.source.written(made.named_first(edits)[0]) == {1}
    own.where, own.part = SimpleNamespace(file="s.py", line=2), "gradient"
    assert made.source.written(made.named_first(edits)[0]) == {2}


def test_of_each_defect_that_was_found_the_first_edit_at_its_line_is_of_what_was_told():
    made = script("b = r * g  #: backward\nc = g * s  #: backward\n", found={"wrong-gradient": {}})
    edits = of_gradient(made)
    assert made.told(edits) == []  # where it stands is not known
    (finding,) = made.report.findings["s"]
    finding.where = SimpleNamespace(file="s.py", line=2)
    (found,) = made.told(edits)
    assert found.defect == "wrong-gradient"
    assert made.source.written(found) == {2}


@pytest.mark.parametrize(("says", "kept"), [(0.34, 2), (0.88, 1)])
def test_an_edit_stays_that_the_script_itself_needs(says, kept):
    found = search(lambda copy: 0.95 if "W - r" in copy else 0.1)
    found.trials.says = lambda copy: 0.9 if "axis=0" in copy else says
    edits = [*of_step(found.script)[:1], *of_input(found.script)[:1]]
    assert len(found._smaller(edits, np.full(3, 0.95))[0]) == kept


@pytest.mark.parametrize(
    ("with_it", "without", "kept"),
    [((0.9, 0.9), (0.9, 0.3), 2), ((0.9, 0.3), (0.9, 0.3), 1), ((0.9, 0.9), (), 1)],
)
def test_an_edit_stays_that_the_script_needs_in_some_of_its_runs(with_it, without, kept):
    found = search(lambda copy: 0.95 if "W - r" in copy else 0.1)
    found.trials.runs = lambda copy: with_it if "axis=0" in copy else without
    edits = [*of_step(found.script)[:1], *of_input(found.script)[:1]]
    assert len(found._smaller(edits, np.full(3, 0.95))[0]) == kept


@pytest.mark.parametrize(("left", "kept"), [((), 2), (("W2",), 1)])
def test_an_edit_stays_that_makes_gradients_the_true_ones(left, kept):
    found = search(lambda copy: 0.95 if "W - r" in copy else 0.1)
    found.trials.wrong = lambda copy: left if "axis=0" in copy else ("W1", *left)
    edits = [*of_step(found.script)[:1], *of_input(found.script)[:1]]
    assert len(found._smaller(edits, np.full(3, 0.95))[0]) == kept


@pytest.mark.parametrize(("defect", "wanted"), [("wrong-gradient", 2), ("class-order", 1)])
def test_what_a_print_approves_is_mended_on_where_gradients_are_still_wrong(defect, wanted):
    found = search(lambda copy: 0.95)
    text = "W = W + r * d  #: update\nd = e * np.abs(y - t)  #: backward\n"
    found.script = found.trials.made = script(text, found={defect: {}})
    found.trials.wrong = lambda copy: ("W1",) if "abs" in copy else ()
    steps = of_step(found.script)[:1]
    assert len(found.with_right_gradients(steps)) == wanted


@pytest.mark.parametrize(("some_right", "wanted"), [(True, 2), (False, 1)])
def test_what_is_good_enough_is_not_all_where_other_gradients_are_right(some_right, wanted):
    found = search(lambda copy: 0.99)
    text = "g = e * np.abs(y - t)  #: backward\nd = e * np.abs(z - t)  #: backward\n"
    found.script = found.trials.made = script(text, found={"wrong-gradient": {}})
    found.trials.wrong = lambda copy: ["W1"] * ("abs(y" in copy) + ["W2"] * ("abs(z" in copy)
    found.trials.some_right = some_right
    assert len(found._held("gradient", [])) == wanted


def test_what_ends_the_training_before_it_prints_what_its_network_reaches_is_mended():
    made = script(
        "for epoch in range(80):  #: training loop\n"
        "    step()\n"
        "    if wait >= patience:\n"
        "        break\n"
    )
    made.network.classes = 10
    copies = Copies(
        made.source, printed=lambda copy: (True, f"acc {0.66 if 'break' in copy else 0.85}")
    )
    assert [one.part for one in answered(made, copies, [], 0.85, 0.1)] == ["pace"]


@pytest.mark.parametrize(
    ("status", "turned", "kept"),
    [("absent", False, False), ("masked", False, True),
     ("absent", True, True)],  # the sign is told of the gradient then
)  # fmt: skip
def test_what_was_measured_and_is_not_there_is_not_mended(status, turned, kept):
    sane = {"parameters": {"W1": {"cosine": -1.0}}}
    found = {"wrong-gradient": {"sane": sane}} if turned else {}
    text = "for x, t in people:  #: training loop\n    W1 -= 0.1 * g  #: update\n"
    made = script(text, found=found)
    finding = {"defect": "update-direction", "status": status, "part": "step", "where": None}
    made.report.findings["s"].append(SimpleNamespace(**finding))
    mended = {one.defect for one in likeliest(made).every}
    assert ("update-direction" in mended) == kept
