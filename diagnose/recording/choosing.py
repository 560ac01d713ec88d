"""Branches on single numbers that choose between two values, as one expression.

``if z > 0: return z`` with ``return 0`` behind it is ``return z if z > 0 else 0``, and
``if z > 0: s += d`` is ``s += d if z > 0 else 0``. Written so, a relu of single numbers does the
same operations for every sample, and is read like any other (``choices``). Only what is computed
without side effects is written anew; a block is kept as it was beside, for what are no numbers.
Whether that holds of what the program has there is asked when it runs: what is not taken is
computed of inert values alone (``Recorder.inert``), and a sum to which nothing is added stays as it
is, of the same type and to the last bit.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import TypeGuard, TypeVar

# The name under which the rewritten program finds the tape.
HOOK = "__watch__"
AnyNode = TypeVar("AnyNode", bound=ast.AST)
ORDERED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
# Functions of single numbers that do nothing but give a number.
PURE = {"exp", "tanh", "log", "sqrt", "abs", "float", "pow"}


def is_ordering(test: ast.expr) -> bool:
    """Whether a test is whether one thing is more, or less, than another."""
    return isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ORDERED)


def is_choice(test: ast.expr) -> bool:
    """Whether a test may choose between two numbers."""
    return is_ordering(test) or hasattr(test, "chooses")


def is_pure(node: ast.expr) -> bool:
    """Whether an expression does nothing but compute a number of others."""
    match node:
        case ast.Constant(value=bool() | str() | bytes() | None):
            return False
        case ast.Constant() | ast.Name():
            return True
        case ast.Attribute(value=of):
            return is_pure(of)
        case ast.Subscript(value=of, slice=at):
            return is_pure(of) and (is_pure(at) or isinstance(at, ast.Constant))
        case ast.UnaryOp(operand=of):
            return is_pure(of)
        case ast.BinOp(left=left, right=right):
            return is_pure(left) and is_pure(right)
        case ast.Call(
            func=ast.Name(id="sum"),
            args=[ast.GeneratorExp(elt=elt, generators=turns) | ast.ListComp(elt, turns)],
            keywords=[],
        ):
            return is_pure(elt) and not any(one.ifs for one in turns) and all(map(_goes, turns))
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(value=ast.Name(id="math"), attr=name)):
            return name in PURE and not node.keywords and all(map(is_pure, node.args))
    return False


def _goes(turns: ast.comprehension) -> bool:
    """Whether a comprehension goes through whole numbers: an iterator is gone through only once."""
    match turns.iter:
        case ast.Call(func=ast.Name(id="range"), args=ends, keywords=[]):
            return all(map(_is_end, ends))
    return False


def _not_0(test: ast.expr) -> ast.Compare | None:
    """``if x:``, or ``if x != 0:``, as what it asks of a number: whether that is not 0."""
    match test:
        case ast.Compare(left=of, ops=[ast.NotEq()], comparators=[ast.Constant(value=0 | 0.0)]):
            pass
        case _:
            of = test
    if not isinstance(of, ast.Name | ast.Attribute | ast.Subscript) or not is_pure(of):
        return None
    return _at(test, ast.Compare(of, [ast.NotEq()], [ast.Constant(0.0)]))


def with_choices(tree: ast.Module) -> ast.Module:
    """The program with such branches as expressions."""
    done: ast.Module = _Choosing().visit(tree)
    return done


class _Choosing(ast.NodeTransformer):
    """Writes branches anew, block by block."""

    def __init__(self) -> None:
        self.around: list[ast.AST] = []
        self.spare = 0

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Look into each block of statements, inner ones first."""
        if isinstance(node, ast.expr):
            return node
        is_scope = isinstance(node, ast.FunctionDef | ast.Module)
        self.around += [node] if is_scope else []
        super().generic_visit(node)
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and not isinstance(node, ast.ClassDef):
                setattr(node, name, list(self._block(block)))
        self.around = self.around[:-1] if is_scope else self.around
        return node

    def _block(self, body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
        at = 0
        while at < len(body):
            one, rest = body[at], body[at + 1 :]
            at += 1
            if isinstance(one, ast.If) and (held := _not_0(one.test)) is not None:
                yield from self._gated(one, held)
            elif not isinstance(one, ast.If) or not is_ordering(one.test):
                yield one
            elif (found := _returned(one, rest)) is not None:
                yield found
                return
            elif (made := _one_of_two(one)) is not None:
                yield made
            else:
                yield from self._gated(one, one.test)

    def _gated(self, node: ast.If, test: ast.expr) -> Iterator[ast.stmt]:
        """Sums that are added to where a test holds, as sums to which else 0 is added.

        test: what the branch asks of numbers.
        """
        block = node.body
        if node.orelse or not self._only_adds(block):
            yield node
            return
        assert isinstance(test, ast.Compare)
        roots = [_root(one) for one in map(_target, _inner(block)) if one is not None]
        self.spare += 1
        sides: list[ast.expr] = []
        kept: list[ast.stmt] = []
        for at, one in enumerate((test.left, test.comparators[0])):
            if isinstance(one, ast.Constant):
                sides.append(one)
                continue
            name = f"side_{'lr'[at]}{self.spare}"
            kept.append(_at(one, ast.Assign([of_tape(name, ast.Store())], one)))
            side = of_tape(name)
            side.stands_for = one  # type: ignore[attr-defined]
            sides.append(side)
        held = _at(test, ast.Compare(sides[0], test.ops, [sides[1]]))
        held.chooses = True  # type: ignore[attr-defined]
        chosen = [_added(deepcopy(one), held) for one in block]
        whole = deepcopy(node)
        whole.test = deepcopy(held if isinstance(node.test, ast.Compare) else sides[0])
        owners = _at(test, ast.Lambda(NOTHING, ast.Tuple(roots, ast.Load())))
        asked = Asked(deepcopy(sides[0]), deepcopy(sides[1]), owners)
        # what adds nothing must neither stop the program nor do anything else
        stops = ast.If(deepcopy(held), [ast.Raise()], [])
        caught = ast.ExceptHandler(of_tape("Exception"), None, [stops])
        ends_of = deepcopy(held), ast.Constant(True)
        tries = [ast.Expr(ast.Call(of_tape("tries"), [one], [])) for one in ends_of]
        yield from kept
        tried = _at(node, ast.Try([tries[0], *chosen], [caught], [], [tries[1]]))
        tried.is_guarded = True  # type: ignore[attr-defined]
        yield _at(node, ast.If(_at(test, asked), [tried], [whole]))

    def _only_adds(self, block: Sequence[ast.stmt]) -> bool:
        """Whether statements add to sums, by names that nothing else in their function knows."""
        inner, around = _inner(block), self.around[-1] if self.around else None
        added = [one for one in map(_addend, inner) if one is not None]
        if around is None or not added or not all(map(_adds, block)):
            return False
        if all(isinstance(one, ast.Constant) for one in added):
            return False  # what is counted
        sums = {id(one) for one in map(_target, inner)}
        stored = (one for one in inner if isinstance(one, ast.Name) and not _is_load(one))
        named = {one.id for one in stored if id(one) not in sums}
        own = {id(one) for one in inner} | _bound_anew(around, block[0])
        return named.isdisjoint(one.id for one in _loads(around) if id(one) not in own)


def _bound_anew(around: ast.AST, first: ast.stmt) -> set[int]:
    """The names that are taken where a loop, or a function, around them has bound them again.

    first: a statement; what stands around that as well does not count.
    """
    return {
        id(load)
        for node in ast.walk(around)
        if node is not around and (names := _binds(node))
        if not any(one is first for one in ast.walk(node))
        for load in _loads(node)
        if load.id in names
    }


def _binds(node: ast.AST) -> set[str]:
    """The names that a node binds for all that stands in it."""
    match node:
        case ast.For(target=target):
            within: list[ast.AST] = [target]
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            within = [one.target for one in node.generators]
        case ast.FunctionDef() | ast.Lambda():
            if any(isinstance(one, ast.Global | ast.Nonlocal) for one in ast.walk(node)):
                return set()
            within = [node]
        case _:
            return set()
    every = [one for part in within for one in ast.walk(part)]
    names = {one.id for one in every if isinstance(one, ast.Name) and not _is_load(one)}
    return names | {one.arg for one in every if isinstance(one, ast.arg)}


def _loads(node: ast.AST) -> list[ast.Name]:
    return [one for one in ast.walk(node) if _is_load(one)]


class Asked(ast.expr):
    """Whether two values are numbers to choose by, which a rewritten program asks the tape."""

    _fields = ("left", "right", "owners")

    def __init__(self, left: ast.expr, right: ast.expr, owners: ast.AST) -> None:
        super().__init__()
        self.left, self.right, self.owners = left, right, owners


NOTHING = ast.arguments(
    posonlyargs=[], args=[], vararg=None, kwonlyargs=[], kw_defaults=[], kwarg=None, defaults=[]
)


def of_tape(name: str, use: ast.expr_context | None = None) -> ast.Attribute:
    """Something of the tape, as the rewritten program finds it."""
    return ast.Attribute(ast.Name(HOOK, ast.Load()), name, use or ast.Load())


def is_of_tape(node: ast.AST) -> bool:
    """Whether a name is the tape's, or something of the tape."""
    of = node.value if isinstance(node, ast.Attribute) else node
    return isinstance(of, ast.Name) and of.id == HOOK


def _inner(block: Sequence[ast.stmt]) -> list[ast.AST]:
    return [one for statement in block for one in ast.walk(statement)]


def _is_load(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)


def _target(node: ast.AST) -> ast.expr | None:
    """The sum that a statement adds to."""
    if _addend(node) is None:
        return None
    found = node.target if isinstance(node, ast.AugAssign) else node.targets[0]  # type: ignore[attr-defined]
    assert isinstance(found, ast.expr)
    return found


def _root(target: ast.expr) -> ast.expr:
    """What holds a sum: ``self.w`` of ``self.w[i][j]``."""
    while isinstance(target, ast.Subscript):
        target = target.value
    return ast.parse(ast.unparse(target), mode="eval").body


def _at(place: ast.AST, node: AnyNode) -> AnyNode:
    return ast.fix_missing_locations(ast.copy_location(node, place))


def _addend(node: ast.AST) -> ast.expr | None:
    """What a statement adds to a sum, or takes off."""
    match node:
        case ast.AugAssign(op=ast.Add() | ast.Sub(), target=target, value=value):
            return value if is_pure(value) and is_pure(target) else None
        case ast.Assign(targets=[target], value=ast.BinOp(before, ast.Add() | ast.Sub(), value)):
            same = ast.unparse(target) == ast.unparse(before)
            return value if same and is_pure(value) and is_pure(target) else None
    return None


def _adds(node: ast.stmt) -> bool:
    """Whether a statement adds to a sum, names what is added, or does that in a loop."""
    match node:
        case ast.For(
            target=ast.Name(), orelse=[], iter=ast.Call(func=ast.Name(id="range"), args=ends)
        ):
            return all(map(_is_end, ends)) and all(map(_adds, node.body))
        case ast.Assign(targets=[ast.Name()], value=value) if is_pure(value):
            return True
    return _addend(node) is not None


def _is_end(node: ast.expr) -> bool:
    """Whether an expression is a number of turns: a name, or a length."""
    match node:
        case ast.Call(func=ast.Name(id="len"), args=[of]):
            return is_pure(of)
    return is_pure(node) and not any(isinstance(one, ast.Call) for one in ast.walk(node))


def _added(node: ast.stmt, test: ast.expr) -> ast.stmt:
    """The same statement, which adds nothing where the test does not say so."""
    if isinstance(node, ast.For):
        node.body = [_added(one, test) for one in node.body]
        return node
    value = _addend(node)
    if value is None:
        return node  # a name for what is added
    node.stands_for = deepcopy(node)  # type: ignore[attr-defined]
    chosen = _at(value, ast.IfExp(deepcopy(test), value, ast.Constant(0)))
    chosen.stands_for = deepcopy(value)  # type: ignore[attr-defined]
    chosen.adds = True  # type: ignore[attr-defined]
    if isinstance(node, ast.AugAssign):
        node.value = chosen
    else:
        assert isinstance(node, ast.Assign)
        assert isinstance(node.value, ast.BinOp)
        node.value.right = chosen
    return node


def _returned(node: ast.If, rest: Sequence[ast.stmt]) -> ast.stmt | None:
    """``if z > 0: return z`` with ``return 0`` behind it, or in its ``else``."""
    other = node.orelse or list(rest[:1])
    if len(node.body) != 1 or len(other) != 1:
        return None
    match node.body[0], other[0]:
        case ast.Return(value=ast.expr() as one), ast.Return(value=ast.expr() as two):
            if _are_chosen(one, two):
                return _at(node, ast.Return(_at(node.body[0], ast.IfExp(node.test, one, two))))
    return None


def _one_of_two(node: ast.If) -> ast.stmt | None:
    """``if z > 0: h = z`` with ``else: h = 0``, or ``h.append`` of both, or without an ``else``."""
    if len(node.body) != 1 or len(node.orelse) > 1:
        return None
    one, others = node.body[0], node.orelse
    target: ast.expr | None = None
    match one, others:
        case ast.Assign(targets=[target], value=value), []:
            known = {ast.unparse(one) for one in ast.walk(node.test) if isinstance(one, ast.expr)}
            if ast.unparse(target) not in known or not is_pure(target):
                return None
            other = ast.parse(ast.unparse(target), mode="eval").body
            made = _at(one, other)
        case ast.Assign(targets=[target], value=value), [ast.Assign(targets=[its], value=made)]:
            if ast.unparse(target) != ast.unparse(its) or not is_pure(target):
                return None
        case (
            ast.Expr(value=ast.Call(func=ast.Attribute(attr="append") as call, args=[value])),
            [ast.Expr(value=ast.Call(func=its, args=[made]))],
        ):
            calls = any(isinstance(one, ast.Call) for one in ast.walk(node.test))
            if calls or ast.unparse(call) != ast.unparse(its) or not is_pure(call.value):
                return None  # what is appended to may be another one, once that was asked
        case _:
            return None
    assert isinstance(made, ast.expr)
    if not _are_chosen(value, made):
        return None
    found = deepcopy(one)
    chosen = _at(value, ast.IfExp(node.test, value, made))
    if isinstance(found, ast.Assign):
        found.value = chosen
    else:
        assert isinstance(found, ast.Expr)
        assert isinstance(found.value, ast.Call)
        found.value.args = [chosen]
    # what stands in a list would be stored there once more
    return found if others or isinstance(target, ast.Name) else None


def _are_chosen(one: ast.expr, other: ast.expr) -> bool:
    """Whether one of two numbers is chosen that are not both written there, as a class may be."""
    both = isinstance(one, ast.Constant) and isinstance(other, ast.Constant)
    return is_pure(one) and is_pure(other) and not both
