"""Whether the text of a loop tells which sample each of its turns takes, whatever else it does.

``for i in order: x, y = X[i], Y[i]`` takes the rows that the order names, and ``for x, y in zip(X,
Y)`` one after the other, if no other line gives these names a value and every turn comes to all
lines that step. Then nothing has to be asked of turns that nobody looks at.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from diagnose.reading.collecting import Collector
from diagnose.recording.rewriting import Site
from diagnose.watching.texts import Texts, last_name, stands_at, stored_in

STRAIGHT = ast.Assign | ast.AugAssign | ast.Expr | ast.Pass
# Of these parts of a statement not all are come to each time.
FOR_A_REASON = ast.IfExp | ast.BoolOp | ast.Lambda | ast.Yield | ast.YieldFrom | ast.Await
# Nothing else is in a rate that is the same in each turn.
NUMBERS = ast.Expression | ast.Constant | ast.Name | ast.BinOp | ast.UnaryOp | ast.operator
# By these, names get values that no text shows.
UNSEEN = {"exec", "eval", "globals", "locals", "vars", "setattr"}


def are_places(texts: Texts, seen: Collector, sites: Sequence[Site]) -> bool | None:
    """Whether the items of the loop that trains are places of the rows that its turns take.

    False where they are the rows themselves, one after the other. None where its text does not tell
    which rows are taken, or that a step is made in each turn.
    """
    step = seen.roles.step
    taken = {
        name: (sites[site], sites[site].operand(kind, path))
        for (site, kind, _), several in seen.taps.places.items()
        for name, path in several
    }
    made = [step.made(key) for key in step.keys]
    steps = [sites[step.nodes[one].site] for one in made if one is not None]
    return _are_places(texts, sites[seen.site], taken, steps)


def _are_places(
    texts: Texts, loop: Site, taken: Mapping[Any, tuple[Site, str]], steps: Sequence[Site]
) -> bool | None:
    """The same, of samples (``x``), targets (``target``) and rate as the text has them there.

    loop: where it begins. steps: where the parameters are changed.
    """
    node = texts.only_loop_at(loop.at)
    if not isinstance(node, ast.For) or node.orelse or not {"x", "target"} <= taken.keys():
        return None
    met = [*(site for site, _ in taken.values()), *steps]
    straight = [one for one in node.body if isinstance(one, STRAIGHT)]
    there = [[one for one in straight if stands_at(one, site.line)] for site in met]
    if any(site.file != loop.file for site in met) or not all(there):
        return None
    parts = (part for several in there for one in several for part in ast.walk(one))
    if any(isinstance(part, FOR_A_REASON) for part in parts):
        return None
    if not all(isinstance(one, STRAIGHT) or _only_tells(one, texts) for one in node.body):
        return None
    if any(isinstance(one, ast.Name) and one.id in UNSEEN for one in texts.every):
        return None
    stored = Counter(one.id for one in stored_in(node))
    stored.update(dict.fromkeys(texts.shared, 2))
    rates = [text for name, (_, text) in taken.items() if name not in ("x", "target")]
    if not all(_is_the_same(text, stored) for text in rates):
        return None
    names = taken["x"][1], taken["target"][1]
    if any(stored[one] != 1 for one in names):
        return None
    for ways, places in ((_items(node.target, node.iter), False), (_rows(node, stored), True)):
        owners = dict(ways)
        if all(name in owners and not stored[owners[name]] for name in names):
            return places
    return None


def _only_tells(statement: ast.stmt, texts: Texts) -> bool:
    """``if i % 100 == 0: print(loss)``: whatever it does, it gives no name a value."""
    return isinstance(statement, ast.If) and all(
        isinstance(one, ast.Expr) and not _calls_own(one, texts)
        for one in (*statement.body, *statement.orelse)
    )


def _calls_own(statement: ast.Expr, texts: Texts) -> bool:
    calls = (one for one in ast.walk(statement) if isinstance(one, ast.Call))
    return any(last_name(one.func) in texts.defined for one in calls)


def _is_the_same(text: str, stored: Counter[str]) -> bool:
    """Whether an expression is made of numbers and of names that get no value in the loop."""
    try:
        parts = [*ast.walk(ast.parse(text, mode="eval"))]
    except SyntaxError:  # it was cut off
        return False
    return all(
        isinstance(one, NUMBERS | ast.unaryop | ast.Load)
        and not (isinstance(one, ast.Name) and stored[one.id])
        for one in parts
    )


def _items(target: ast.expr, over: ast.expr) -> Iterator[tuple[str, str]]:
    """The names that get the rows of an array turn by turn, each with the name of that."""
    if isinstance(target, ast.Name) and isinstance(over, ast.Name):
        yield target.id, over.id
    if not (isinstance(target, ast.Tuple) and isinstance(over, ast.Call) and not over.keywords):
        return
    named = over.func.id if isinstance(over.func, ast.Name) else ""
    if named == "enumerate" and len(target.elts) == 2 and len(over.args) == 1:
        yield from _items(target.elts[1], over.args[0])
    if named == "zip" and len(target.elts) == len(over.args):
        for one, its in zip(target.elts, over.args, strict=True):
            yield from _items(one, its)


def _rows(loop: ast.For, stored: Counter[str]) -> Iterator[tuple[str, str]]:
    """The names that get the row of an array whose place is the loop's item, with that of it."""
    for one in loop.body:
        if not (isinstance(one, ast.Assign) and len(one.targets) == 1):
            continue
        target, value = one.targets[0], one.value
        pairs: Iterable[tuple[ast.expr, ast.expr]] = [(target, value)]
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            pairs = zip(target.elts, value.elts, strict=False)
        for name, got in pairs:
            if (
                isinstance(name, ast.Name)
                and isinstance(got, ast.Subscript)
                and isinstance(got.value, ast.Name)
                and isinstance(got.slice, ast.Name)
                and isinstance(loop.target, ast.Name)
                and got.slice.id == loop.target.id
                and stored[loop.target.id] == 1
            ):
                yield name.id, got.value.id
