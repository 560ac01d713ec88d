"""A script that trains at several rates: the one that it does best with is looked at.

Its first training is what was watched, and whoever tries rates means most of them to fail.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from diagnose.style.text import listed

if TYPE_CHECKING:
    from diagnose.watching.script import Watched

# The share of the time that these trainings may take.
SHARE = 0.2


def tried_rates(source: str, rate: float) -> tuple[float, ...]:
    """The numbers that a loop gives to a rate, if the rate is one of them; else nothing."""
    from diagnose.reading.learning_rate import RATE_WORDS

    tree = ast.parse(source)
    for target, numbers in _loops(tree):
        is_rate = bool(RATE_WORDS.search(ast.unparse(target)))
        if is_rate and any(math.isclose(one, rate, rel_tol=1e-9) for one in numbers):
            return numbers
    return ()


def _loops(tree: ast.Module) -> Iterator[tuple[ast.expr, tuple[float, ...]]]:
    """What each loop over numbers that stand in the source gives them to."""
    named: dict[str, tuple[float, ...]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            named[node.targets[0].id] = _numbers(node.value)
    for node in ast.walk(tree):
        if not isinstance(node, ast.For | ast.comprehension):
            continue
        over = node.iter
        found = named.get(over.id, ()) if isinstance(over, ast.Name) else _numbers(over)
        if len(found) > 1:
            yield node.target, found


def _numbers(node: ast.expr) -> tuple[float, ...]:
    """The numbers of a list that holds nothing else."""
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        return ()
    if not isinstance(value, list | tuple) or not all(type(one) in (int, float) for one in value):
        return ()
    return tuple(float(one) for one in value)


def at_best_rate(seen: Watched, source: str, seed: int, seconds: float | None) -> Watched:
    """The same with the rate, of those that the script tries, at which its network does best.

    One training each. As it is where there is one rate, or no time to train at all of them.
    """
    from diagnose.reading.pacing import Rates, StepRates
    from diagnose.symptoms import score
    from diagnose.training.budget import Budget, OutOfTime
    from diagnose.training.pool import Pool
    from diagnose.training.trainer import Trainer

    network = seen.network
    if (
        network is None
        or network.data is None
        or not isinstance(network.learning_rate, Rates | StepRates)
    ):
        return seen
    pace = network.learning_rate
    first = pace(0)
    tried = tried_rates(source, first) if first else ()
    if not tried:
        return seen
    variants = [
        replace(network, learning_rate=pace.beginning(one), initial_learning_rate=one)
        for one in tried
    ]
    budget = Budget.of(None if seconds is None else SHARE * seconds)
    trainer = Trainer(data=network.data(), epochs=network.epochs, pool=Pool(budget=budget))
    try:
        runs = trainer.runs([(one, seed) for one in variants], "rates that the script tries")
    except OutOfTime:
        return seen
    scores = [
        0.0 if run.stopped else score(trainer.symptoms(one, run))
        for one, run in zip(variants, runs, strict=True)
    ]
    best = max(range(len(tried)), key=lambda at: (scores[at], tried[at] == first))
    text = f"{tried[best]:g}, the best of {listed([f'{one:g}' for one in tried])}, which it tries"
    row = {**seen.roles.get("learning rate", {}), "text": text}
    return replace(seen, network=variants[best], roles={**seen.roles, "learning rate": row})
