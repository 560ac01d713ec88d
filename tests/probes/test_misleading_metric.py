"""The accuracy that a network prints: wrong ones in many ways, and right ones that look odd."""

from dataclasses import replace

import numpy as np
import pytest

from diagnose.builders import from_functions, from_object
from diagnose.errors import BadInputError
from diagnose.instruments.admission import admit as check
from diagnose.probes import misleading_metric
from diagnose.study import diagnose
from tests.calculus.test_losses import BINARY, MULTI
from tests.networks import CLASSES, bench, correct_networks, dense, images
from tests.probes.assertions import planted_and_repaired

DEFECT = misleading_metric.DEFECT
ROWS = dense(layout="rows", batch_size=8, bias="flat")
COLUMNS = dense(batch_size=8)
BLIND = replace(ROWS, init=lambda seed: {name: 0 * one for name, one in ROWS.init(seed).items()},
                learning_rate=lambda epoch: 0.0)  # fmt: skip


def probed(one):
    return DEFECT.probe(bench(one, data=images(classes=one.classes or CLASSES)))


def printing(accuracy, one=ROWS):
    return replace(one, accuracy=accuracy)


def hot(labels):
    return np.eye(CLASSES)[labels]


WRONG = {
    "entry by entry": lambda p, y: np.mean(np.round(p) == hot(y)),
    "a threshold": lambda p, y: np.mean((p > 0.5) == hot(y)),
    "not divided": lambda p, y: (p.argmax(1) == y).sum(),
    "wrong count": lambda p, y: (p.argmax(1) == y).sum() / hot(y).size,
    "the batch": lambda p, y: (p.argmax(1) == y).sum() / 8,
    "wrong answers": lambda p, y: (p.argmax(1) != y).mean(),
    "wrong axis": lambda p, y: np.mean(p.argmax(0) == hot(y).argmax(0)),
    "flat": lambda p, y: float(p.argmax() == hot(y).argmax()),
    "always good": lambda p, y: 0.97,
    "only the sure ones": lambda p, y: ((p.argmax(1) == y) & (p.max(1) > 0.5)).mean(),
    "no number": lambda p, y: float("nan"),
}


@pytest.mark.parametrize("name", WRONG)
def test_numbers_that_are_no_accuracy(name):
    one = printing(WRONG[name])
    check(one, images())
    found = probed(one)
    assert found.status == "present", found.observed
    assert "Who reads it is misled; the training is the same with any metric" in found.observed
    mended = DEFECT.repair(one, found.numbers)
    assert mended == DEFECT.repair(one, found.numbers)
    assert probed(mended).status == "absent"


def test_the_same_in_columns():
    assert probed(printing(lambda p, y: (p.argmax(0) == y).mean(), COLUMNS)).status == "absent"
    found = probed(printing(lambda p, y: (np.round(p) == hot(y).T).mean(), COLUMNS))
    assert found.status == "present"
    assert ": it is the share of equal entries of rounded outputs and targets" in found.observed


def test_a_network_that_says_nothing_is_called_three_quarters_accurate():
    found = probed(printing(WRONG["entry by entry"], BLIND))
    real = found.numbers["cases"][0]
    assert real["said"] == pytest.approx(0.75)
    assert real["true"] == pytest.approx(0.25, abs=0.1)
    assert found.observed.startswith(f"of the trained network it says 0.75 on {real['samples']} ")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("not divided", ": it is the number of right answers, not divided by that of the samples"),
        ("wrong answers", ": it is the share of wrong answers"),
        ("wrong count", "such as 0.25 where 1.000 are right (all right). Who"),
        ("no number", "such as no number where "),
    ],
)
def test_what_it_is_instead(name, words):
    assert words in probed(printing(WRONG[name])).observed


def balanced(p, y):
    return np.mean([(p.argmax(1)[y == c] == c).mean() for c in np.unique(y)])


@pytest.mark.parametrize(
    ("accuracy", "words"),
    [
        (lambda p, y: (p.argmax(1) == y).mean(), "cases"),
        (lambda p, y: (p.argmax(1) == y).sum() / len(y), "cases"),
        (lambda p, y: np.array([[(p.argmax(1) == y).mean()]]), "cases"),
        (lambda p, y: 100 * (p.argmax(1) == y).mean(), "in percent"),
        (lambda p, y: round(100 * (p.argmax(1) == y).mean()), "in percent"),
        (lambda p, y: round((p.argmax(1) == y).mean(), 2), "known"),
        (lambda p, y: (hot(p.argmax(1)) * hot(y)).sum() / len(y), "known"),
        (balanced, "as the balanced accuracy"),
    ],
)
def test_right_ones_that_look_odd_are_traps(accuracy, words):
    found = probed(printing(accuracy))
    assert found.status == "absent", found.observed
    assert words in found.observed or words == "cases"


def test_two_classes_and_one_output():
    for one, middle in ((BINARY[0], 0.5), (BINARY[2], 0)):
        right = printing(lambda p, y, m=middle: ((p[:, 0] > m) == y).mean(), one)
        assert probed(right).status == "absent"
        # argmax of one output is always 0
        assert probed(printing(lambda p, y: (p.argmax(1) == y).mean(), one)).status == "present"


@pytest.mark.parametrize("one", [*correct_networks(), *MULTI, *BINARY], ids=lambda one: one.name)
def test_without_a_metric_there_is_nothing_to_say_and_the_true_one_is_right(one):
    assert probed(one).status == "not applicable"
    assert probed(printing(misleading_metric.ShareOfRight(one), one)).status == "absent"


@pytest.mark.parametrize("one", [*correct_networks(), *MULTI], ids=lambda one: one.name)
def test_planted_it_is_found_and_repaired_it_is_gone(one):
    planted_and_repaired(DEFECT, one)


def test_it_cannot_be_planted_where_entries_are_samples():
    with pytest.raises(ValueError, match="of one output"):
        DEFECT.inject(BINARY[0])


def test_it_is_harmless_for_the_symptoms():
    one = DEFECT.inject(ROWS)
    report = diagnose(one, data=images(), seeds=2, select=["misleading-metric"])
    for cause in report.causes.values():
        assert cause.verdicts["misleading-metric"].verdict == "harmless here"
        assert cause.found == cause.repaired


@pytest.mark.parametrize(
    ("accuracy", "message"),
    [
        (lambda p, y: print("92 %"), "returned None, expected a number: what it prints"),
        (lambda p, y: "92 %", "returned a value of type str, expected a number"),
        (lambda p, y: p.argmax(1) == y, "returned an array (8,), expected a number"),
        (lambda p, y: (p.argmax(0) == y).mean(), "stopped at tests/probes/test_misleading"),
    ],
)
def test_what_is_no_metric_is_refused(accuracy, message):
    with pytest.raises(BadInputError) as caught:
        check(printing(accuracy), images())
    assert message in str(caught.value)


def init(rng):
    return rng.normal(0, 1 / 6, (CLASSES, 36)), np.zeros((CLASSES, 1))


def forward(X, W, b):
    Z = W @ X + b
    E = np.exp(Z - Z.max(axis=0))
    return Z, E / E.sum(axis=0)


def backward(X, P, Y):
    return (P - Y) @ X.T / X.shape[1], (P - Y).mean(axis=1, keepdims=True)


def entries(P, targets):
    return np.mean(np.round(P) == targets)


def of_predictions(predictions, labels):
    return np.sum(predictions == labels) / labels.size


def whole(A, y):
    return 100 * np.mean(A.argmax(axis=0) == y)


def percent(probabilities, labels):
    return 100 * np.mean(probabilities.argmax(axis=0) == labels)


class Net:
    def __init__(self, rng):
        self.W, self.b = init(rng)

    def forward(self, x):
        self.X = x
        self.Z, self.P = forward(x, self.W, self.b)

    def backward(self, targets):
        self.dW, self.db = backward(self.X, self.P, targets)


COMMON = {
    "layers": ("W b Z P softmax",),
    "prepare": lambda pictures: pictures.reshape(len(pictures), -1) / 255,
    "order": "shuffled",
    "learning_rate": 0.3,
    "epochs": 2,
    "batch_size": 8,
    "classes": CLASSES,
}


def built(**metric):
    return from_functions(
        name="functions", parameters="W b", init=init, forward=forward, trace="Z P",
        backward=backward, **COMMON, **metric,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("metric", "status"),
    [
        ({"accuracy": entries}, "present"),
        ({"accuracy": of_predictions}, "absent"),
        ({"accuracy": percent}, "absent"),
        ({"accuracy": whole, "accuracy_takes": "P labels"}, "absent"),
        ({"accuracy": entries, "accuracy_takes": "predictions labels"}, "absent"),
    ],
)
def test_through_the_builders(metric, status):
    one = built(**metric)
    check(one, images())
    found = probed(one)
    assert found.status == status
    assert found.where.file == "tests/probes/test_misleading_metric.py"
    other = from_object(Net, name="object", parameters="W b", **COMMON, **metric)
    check(other, images())
    assert probed(other).status == status


def test_a_name_that_is_not_known_is_told():
    with pytest.raises(BadInputError, match=r"whole .* takes A and y, which is none of"):
        check(built(accuracy=whole), images())


def test_it_draws():
    assert DEFECT.draw(probed(DEFECT.inject(ROWS)).numbers).axes
    assert DEFECT.draw(probed(ROWS).numbers).axes
