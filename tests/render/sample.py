"""Realistic reports to render: the post's, a healthy one, one of probes only, one with NaN.

The lattice is made by a rule that repeats what was measured on the post's network; shares,
minimal repairs and verdicts are computed from it by their definitions, independently of
``diagnose.causes``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import combinations
from typing import Any

from diagnose.report import (
    ABSENT,
    CAUSE,
    CONTRIBUTES,
    ERROR,
    HARMLESS,
    MASKED,
    NOT_APPLICABLE,
    PRESENT,
    Cause,
    CodePair,
    Finding,
    Report,
    Rung,
    Share,
    Subject,
    Symptoms,
    Trial,
    Verdict,
    Where,
)

OFFSET, SCALE, INPUT = "initialization-offset", "initialization-scale", "unnormalized-input"
ORDER, RATE = "class-order", "learning-rate"
GRADIENT, INPLACE, SOFTMAX = "wrong-gradient", "inplace-mutation", "softmax-overflow"
FOUND = (GRADIENT, ORDER, INPLACE, INPUT, OFFSET, SCALE, RATE, SOFTMAX)
SEEDS = 5
POST_FILE = "buggy_reference/post.py"

POSTED = [0.0409, 0.0487, 0.0486, 0.0550, 0.0606, 0.0670, 0.0865, 0.1174, 0.1632, 0.3123]
BUGGY = [0.0434, 0.0510, 0.0538, 0.0615, 0.0687, 0.0761, 0.0965, 0.1280, 0.1640, 0.2569]
FIXED = [0.0981, 0.1129, 0.1022, 0.1024, 0.0987, 0.0893, 0.0958, 0.1039, 0.0961, 0.1006]
TRUE = [0.098, 0.1135, 0.1032, 0.101, 0.0982, 0.0892, 0.0958, 0.1028, 0.0974, 0.1009]

Value = Callable[[frozenset[str]], float]


def _value(
    *, blind: float, shuffled: float, seeing: tuple[float, float], both: tuple[float, float]
) -> Value:
    """A symptom by what is repaired: what blinds the network, the order, or both.

    Where the network sees there are two values: at the rate as found, and at the repaired one.
    """

    def value(repairs: frozenset[str]) -> float:
        if {OFFSET, SCALE, INPUT} <= repairs:
            return (both if ORDER in repairs else seeing)[RATE in repairs]
        return shuffled if ORDER in repairs else blind

    return value


_skew = _value(blind=0.144, shuffled=0.022, seeing=(0.221, 0.749), both=(0.014, 0.038))
_favoured_share = _value(blind=1.0, shuffled=1.0, seeing=(0.30, 0.85), both=(0.12, 0.12))
_balanced_accuracy = _value(blind=0.1, shuffled=0.1, seeing=(0.43, 0.13), both=(0.846, 0.883))


def _subsets(names: Iterable[str]) -> list[frozenset[str]]:
    names = tuple(names)
    return [frozenset(some) for size in range(len(names) + 1) for some in combinations(names, size)]


def _shapley(value: Value, name: str) -> float:
    """The definition: the mean gain of a repair over all orders of adding the repairs."""
    others = [one for one in FOUND if one != name]
    n = len(FOUND)
    return sum(
        math.factorial(len(before))
        * math.factorial(n - len(before) - 1)
        / math.factorial(n)
        * (value(before | {name}) - value(before))
        for before in _subsets(others)
    )


def _cause(symptom: str, value: Value, order: tuple[str, ...], interaction: str) -> Cause:
    nothing, everything = value(frozenset()), value(frozenset(FOUND))
    scale = everything - nothing
    cured = {some: (value(some) - nothing) / scale for some in _subsets(FOUND)}
    minimal: list[frozenset[str]] = []
    for some in cured:  # smaller sets come first
        if cured[some] >= 0.9 and not any(one <= some for one in minimal):
            minimal.append(some)
    verdicts = {}
    for name in FOUND:
        mean = _shapley(value, name) / scale
        share = Share(low=mean - 0.1 * abs(mean), mean=mean, high=mean + 0.1 * abs(mean))
        needed = [one for one in minimal if name in one]
        if needed:
            verdict = CAUSE
            others = sorted(needed[0] - {name})
            sentence = f"needed together with {', '.join(others)}" if others else "suffices alone"
        elif abs(mean) >= 0.05:
            verdict, sentence = CONTRIBUTES, "moves the symptom, but no cure needs it"
        else:
            verdict, sentence = HARMLESS, "no effect in any set of repairs"
        verdicts[name] = Verdict(
            verdict=verdict,
            share=share,
            alone=value(frozenset({name})),
            without=value(frozenset(FOUND) - {name}),
            effect=None,
            sentence=sentence,
        )
    lattice = [
        Trial(
            repairs=[name for name in FOUND if name in some],
            value=value(some),
            low=value(some) * 0.97,
            high=min(1.0, value(some) * 1.03),
            cured=cured[some],
        )
        for some in _subsets(FOUND)
    ]
    ladder = [
        Rung(repair=name, value=value(frozenset(order[: step + 1])))
        for step, name in enumerate(order)
    ]
    return Cause(
        symptom=symptom,
        found=nothing,
        repaired=everything,
        best=everything,
        best_repairs=list(FOUND),
        works_in=[],
        minimal_repairs=[[name for name in FOUND if name in some] for some in minimal],
        verdicts=verdicts,
        ladder=ladder,
        interaction=interaction,
        lattice=lattice,
    )


def _findings() -> list[Finding]:
    return [
        _present(
            GRADIENT,
            77,
            observed="dw3 is 0.100 times the true gradient (relative error 9.0e-01); the other "
            "5 of 6 agree to 1.2e-09. At the network's own point every unit is dead, so the "
            "check was made with the other defects repaired.",
            expected="relative error below 1e-6 in float64 (CS231n): right gradients differ from "
            "central differences by rounding alone",
            advice="divide by the number of samples in the step, not by Y.size",
            numbers={
                "parameters": {
                    "w3": {"error": 0.9, "factor": 0.1, "analytic": [0.01, 0.02, -0.01]},
                    "b3": {"error": 1.2e-9, "factor": 1.0, "analytic": [0.1, 0.2, -0.1]},
                },
                "step": 1e-5,
                "own_point": {"masked": True, "why": "all units dead"},
            },
        ),
        _present(
            ORDER,
            96,
            observed="5,000 labels change class 9 times in an epoch; shuffled they would change "
            "4,499 times (p < 1e-300). Trained in the opposite order it favours 0.",
            expected="about 4,499 changes: each step's class should not be predictable from the "
            "last one's",
            advice="shuffle all samples anew in every epoch",
            numbers={"changes": 9, "expected_changes": 4499.2, "labels": [0, 1, 2, 3, 9] * 10},
        ),
        _present(
            INPLACE,
            58,
            observed="ReLU_deriv overwrites z1 (100 % of its entries) and z2 (100 %); nothing "
            "reads them afterwards.",
            expected="a derivative returns a new array and leaves its argument as it was",
            advice="return np.where(x > 0, 1.0, 0.0)",
            numbers={"arrays": {"z1": 1.0, "z2": 1.0}, "read_afterwards": []},
        ),
        _present(
            INPUT,
            30,
            observed="inputs run from 0 to 255 with mean 33.4 and std 78.7; the first "
            "pre-activations have std 10,212.",
            expected="values of order 1: the step that suits the weights then suits every layer "
            "(LeCun et al. 1998, section 4.3)",
            advice="divide the pixels by 255",
            numbers={"low": 0.0, "high": 255.0, "mean": 33.4, "std": 78.7},
        ),
        _present(
            OFFSET,
            18,
            observed="w1 has mean -0.800 (71 standard errors from 0), w2 -0.79, w3 -0.81; 100 % "
            "of the hidden units are dead on every image, 0 % with the offset taken out.",
            expected="mean 0 within 4 standard errors: an offset times 784 inputs moves every "
            "unit the same way",
            advice="draw around zero: np.random.randn(...) without the - 0.8",
            numbers={"dead": {"layer 1": 1.0, "layer 2": 1.0}, "mean": {"w1": -0.8}},
        ),
        _present(
            SCALE,
            18,
            observed="w1 has std 1.00 where He's rule for 784 inputs gives 0.051: 19.8 times "
            "too large.",
            expected="std sqrt(2 / fan-in) = 0.051 within a factor of 3 (He et al. 2015)",
            advice="multiply by np.sqrt(2 / fan_in)",
            numbers={"std": {"w1": 1.0}, "he": {"w1": 0.0505}},
        ),
        _present(
            RATE,
            90,
            observed="with the other defects repaired, 8 of 20 hidden units die during training "
            "at 0.05 and none at 0.01; the written 0.5 is divided before the first epoch and "
            "is never used.",
            expected="updates of about 1/1000 of the weights, and no unit that dies",
            advice="start at 0.01",
            numbers={"written": 0.5, "used": 0.05, "sweep": {"0.05": 0.71, "0.01": 0.88}},
        ),
        _present(
            SOFTMAX,
            63,
            observed="exp overflows from logits of 709.8; the largest met was 4.2, and 31,870 "
            "once only the offset is repaired.",
            expected="finite for every logit: softmax(x) = softmax(x - max x)",
            advice="subtract the largest logit first",
            numbers={"breaks_at": 709.78, "met": 4.2, "met_without_offset": 31870.0},
        ),
        _absent("missing-classes", "10 of 10 classes are seen in training"),
    ]


def _present(defect: str, line: int, **said: Any) -> Finding:
    """A defect in a line of the post."""
    where = Where(file=POST_FILE, line=line)
    return Finding(defect=defect, status=PRESENT, where=where, **said)


def _absent(defect: str, observed: str = "nothing out of the ordinary") -> Finding:
    return _nowhere(defect, ABSENT, observed=observed, expected="a sound network shows this")


def _nowhere(defect: str, status: str, advice: str = "", **said: Any) -> Finding:
    """A finding that no line of code is named for."""
    return Finding(defect=defect, status=status, where=None, advice=advice, **said)


def _all_absent() -> list[Finding]:
    return [_absent(one) for one in (*FOUND, "missing-classes")]


def _symptoms(
    probabilities: list[float | None],
    favoured: tuple[int, float],
    overflowed: int = 0,
    **known: float | None,
) -> Symptoms:
    """On a thousand images; ``favoured`` is the class and its share."""
    return Symptoms(
        **known,  # type: ignore[arg-type]
        favoured_class=favoured[0],
        favoured_share=favoured[1],
        mean_probabilities=probabilities,
        class_shares=TRUE,
        images=1000,
        overflowed=overflowed,
    )


BUGGY_SYMPTOMS = _symptoms(
    [*BUGGY], favoured=(9, 1.0), skew=0.2518, input_dependence=1.2e-14, balanced_accuracy=0.1
)
FIXED_SYMPTOMS = _symptoms(
    [*FIXED], favoured=(1, 0.115), skew=0.0049, input_dependence=0.268, balanced_accuracy=0.913
)

PARAMETERS = {"w1": [10, 784], "b1": [10, 1], "w2": [10, 10], "b2": [10, 1], "w3": [10, 10]}
BUGGY_NETWORK = Subject(
    name="buggy_reference",
    source=POST_FILE,
    parameters=PARAMETERS,
    posted=POSTED,
    remarks=[
        "the accuracy is measured on one training image",
        "b1 comes from rand where every other array comes from randn",
    ],
)
FIXED_NETWORK = Subject(name="fixed", source="fixed/network.py", parameters=PARAMETERS)

DATA = {
    "name": "carried digits",
    "training_images": 5000,
    "test_images": 1000,
    "notes": ["class shares are those of MNIST"],
}
SETTINGS = {"epochs": 10, "seeds": [0, 1, 2, 3, 4], "jobs": 2}


def _needs(change: str, without: str, without_order: str) -> str:
    return (
        f"{change} needs {ORDER}, {INPUT}, {OFFSET} and {SCALE}, all 4 at once: leaving any one "
        f"out gives {without_order} (without {ORDER}), {without} (without {INPUT}), {without} "
        f"(without {OFFSET}), {without} (without {SCALE}); the best of these is {without_order}"
    )


def post_report() -> Report:
    """The default report: 8 of 9 defects present, every one of the 256 sets of repairs tried."""
    together = (OFFSET, SCALE, INPUT, ORDER)
    rest = (RATE, GRADIENT, INPLACE, SOFTMAX)
    return Report(
        network=BUGGY_NETWORK,
        against=FIXED_NETWORK,
        data=DATA,
        settings=SETTINGS,
        symptoms={"buggy_reference": BUGGY_SYMPTOMS, "fixed": FIXED_SYMPTOMS},
        findings={"buggy_reference": _findings(), "fixed": _all_absent()},
        causes={
            "skew": _cause(
                "skew",
                _skew,
                (ORDER, OFFSET, SCALE, INPUT, *rest),
                "skew 0.144 -> 0.022 by repairing class-order alone",
            ),
            "favoured_share": _cause(
                "favoured_share",
                _favoured_share,
                together + rest,
                _needs("share of the favoured class 1.000 -> 0.120", "1.000", "0.300"),
            ),
            "balanced_accuracy": _cause(
                "balanced_accuracy",
                _balanced_accuracy,
                together + rest,
                _needs("balanced accuracy 0.100 -> 0.846", "0.100", "0.430"),
            ),
        },
        code=[
            CodePair(
                defect=ORDER,
                found=[
                    (95, "for epoch in range(epochs):"),
                    (96, "    for i in range(10):"),
                    (97, "        for x in folders[i]:"),
                ],
                repaired=[
                    (81, "for epoch in range(epochs):"),
                    (82, "    for i in rng.permutation(len(labels)):  # class-order"),
                ],
            ),
            CodePair(
                defect=GRADIENT,
                found=[(77, "m = 1/Y.size"), (78, "dw3 = m*dz3@a2.T")],
                repaired=[(66, "dw3 = dz3 @ a2.T  # wrong-gradient")],
            ),
        ],
        runs={"trainings": 1280, "seconds": 24.3},
    )


def one_symptom_report() -> Report:
    """The post's, with the causes of one symptom: of each of the others as much is drawn again."""
    report = post_report()
    return replace(report, causes={"skew": report.causes["skew"]})


def probes_only_report() -> Report:
    """What ``--probes-only`` gives: findings, and no interventions."""
    return replace(post_report(), causes={}, runs={"trainings": 2, "seconds": 3.1})


def healthy_report() -> Report:
    """A sound network: no defect present, nothing to repair."""
    return Report(
        network=FIXED_NETWORK,
        against=None,
        data=DATA,
        settings=SETTINGS,
        symptoms={"fixed": FIXED_SYMPTOMS},
        findings={"fixed": _all_absent()},
        causes={},
        code=[],
        runs={"trainings": 3, "seconds": 2.0},
    )


def broken_report(name: str = "mine") -> Report:
    """A network of NaN, a probe that crashed, one masked, one not applicable, one present."""
    nothing = _symptoms(
        [None] * 10, (0, 1.0), 1000, skew=0.95, input_dependence=None, balanced_accuracy=0.1
    )
    softmax = _findings()[7]
    return Report(
        network=Subject(name=name, source=None, parameters={"w": [784, 10]}),
        against=None,
        data={},
        settings={},
        symptoms={name: nothing},
        findings={
            name: [
                softmax,
                Finding(
                    defect=GRADIENT,
                    status=ERROR,
                    observed="the probe stopped with ValueError: shapes (3,) and <4,> differ",
                    expected="a probe runs to its end on every network",
                    where=Where(file="mine.py", line=12),
                    advice="if the line is yours, mend it; the other probes went on without this",
                ),
                _nowhere(
                    OFFSET,
                    MASKED,
                    observed="the parameters are not finite after the first epoch",
                    expected="mean 0 within 4 standard errors",
                    advice="repair softmax-overflow first",
                ),
                _nowhere(
                    "missing-classes",
                    NOT_APPLICABLE,
                    observed="the network has one class",
                    expected="every class is seen in training",
                ),
            ]
        },
        causes={},
        code=[],
        runs={"trainings": 1, "seconds": 0.4},
    )


def watched_report() -> Report:
    """What the probes say of the post when its network was read out of a script."""
    roles = {
        "training loop": {"line": 71, "text": "for i in range(len(files)):"},
        "layer 1": {"line": 40, "text": "w1 (10x784), b1, relu"},
        "targets": {"line": 55, "text": "one_hot(Y) if a < b else '<b>'"},
    }
    watched = {
        "script": "post.py", "steps": 1200, "certified": True, "parted": None, "roles": roles,
    }  # fmt: skip
    return replace(probes_only_report(), watched=watched)
