"""Rewrite a source so that every operation reports itself.

``a + b`` becomes ``__watch__.binary(17, "Add", a, b)``, which does ``a + b`` and notes it: the very
same operation runs on the very same objects, in the same order, so the program does what it does
unwatched. What is called is called from the program's own frame: ``__watch__.call(...)`` gives an
iterator, which ``next`` makes do it. Lines stay what they are, so tracebacks do too. In loops and
functions most statements also stand there as they were written, and are done so while nobody looks
(``Tape.plain``): NumPy then writes into the arrays that nobody else has, as it does unwatched,
which a call keeps it from. A statement that is nested too deep is left as it was written.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence
from typing import Any, TypeGuard

from diagnose.recording.as_written import TWICE, places_of
from diagnose.recording.choosing import (
    HOOK,
    NOTHING,
    Asked,
    is_choice,
    is_of_tape,
    is_ordering,
    is_pure,
    of_tape,
    with_choices,
)
from diagnose.recording.comprehended import trains_within
from diagnose.recording.operations import COMPARE, UNARY
from diagnose.recording.sites import Sites, span_of, text_of

# These read the frame that calls them, or have nothing to tell.
LEFT_ALONE = {
    "super", "locals", "globals", "vars", "dir", "eval", "exec", "isinstance", "type", "id",
    "print", "hasattr", "range", "open",
}  # fmt: skip
# So deep is no formula of a network nested; for each level Python needs some of its own.
DEEPEST = 200
LEAVING = (ast.Return, ast.Break, ast.Continue, ast.Raise, ast.Yield, ast.YieldFrom, ast.Await)
ATTRIBUTES = {"T", "shape", "size", "real", "flat", "A", "A1"}


def rewritten(source: str, path: str, sites: Sites) -> ast.Module:
    """The program with every operation handed through the hook; SyntaxError as Python raises it."""
    tree = with_choices(ast.parse(source, path))
    tree = Rewriter(path, sites, trains_within(tree)).visit(tree)
    for node in ast.walk(tree):
        if not hasattr(node, "lineno"):
            continue
        for child in ast.iter_child_nodes(node):
            if "lineno" in child._attributes and not hasattr(child, "lineno"):
                ast.copy_location(child, node)
                if isinstance(child, ast.Attribute):
                    # of the tape; Python takes a call of ``a.b`` to stand where that ends
                    child.end_lineno, child.end_col_offset = child.lineno, child.col_offset
    return ast.fix_missing_locations(tree)


def _is_negation(node: ast.expr) -> TypeGuard[ast.UnaryOp]:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)


def _is_one_hot(node: ast.AugAssign) -> bool:
    """``p[label] -= 1``: a number that stands there is added at a place that is computed."""
    at, value = node.target.slice, node.value  # type: ignore[union-attr]
    is_place = isinstance(at, ast.Name | ast.Attribute | ast.Subscript)
    return is_place and isinstance(value, ast.Constant) and isinstance(value.value, int | float)


def _unpacked(node: ast.Assign) -> ast.Tuple | None:
    """The names by which what is made as one value is unpacked, as constants; None of any other."""
    target = node.targets[0]
    if len(node.targets) > 1 or not isinstance(target, ast.Tuple | ast.List):
        return None
    if isinstance(node.value, ast.Tuple | ast.List):
        return None  # each has its own
    plain = ast.Name | ast.Attribute
    if any(isinstance(one, ast.Starred) for one in target.elts):
        return None
    names = [ast.unparse(one) if isinstance(one, plain) else "" for one in target.elts]
    return ast.Tuple([ast.Constant(one) for one in names], ast.Load())


def _leaves(node: ast.stmt) -> bool:
    """Whether a statement may leave the block that it stands in."""
    return any(isinstance(one, LEAVING) for one in ast.walk(node))


def _is_too_deep(node: ast.AST) -> bool:
    """Whether a statement without a block of its own is nested deeper than it is rewritten."""
    level: list[ast.AST] = [] if hasattr(node, "body") else [node]
    for _ in range(DEEPEST):
        level = [inner for one in level for inner in ast.iter_child_nodes(one)]
        if not level:
            return False
    return True


class Rewriter(ast.NodeTransformer):
    """Hand each operation through the hook."""

    def __init__(self, path: str, sites: Sites, trains: set[int]) -> None:
        self.path = path
        self.sites = sites
        self.trains = trains
        self.classes: list[str] = []
        self.in_class = False  # right in its body, whose names no lambda knows
        self.is_guarded = False  # in what may be done where the program does not do it
        self.targets: dict[int, str] = {}

    def place(
        self, node: ast.expr | ast.stmt, operands: tuple[ast.expr, ...] = (),
        places: Sequence[ast.expr] = (),
    ) -> ast.Constant:  # fmt: skip
        """The number of a place, as a constant of the rewritten program."""
        texts, taken = ([text_of(one)[:80] for one in some] for some in (operands, places))
        number = self.sites.add(self.path, node, self.targets.get(id(node), ""), texts, taken)
        return ast.Constant(number)

    def report(
        self, hook: str, *given: ast.expr, keywords: list[ast.keyword] | None = None
    ) -> ast.Call:
        """A call of one of the tape's functions."""
        return ast.Call(of_tape(hook), list(given), keywords or [])

    def visit(self, node: ast.AST) -> Any:
        """A rewritten node, or the same; it stands where that stood."""
        is_left = isinstance(node, ast.stmt) and _is_too_deep(node)
        done = node if is_left else super().visit(node)
        if isinstance(done, ast.expr) and not hasattr(done, "lineno"):
            ast.copy_location(done, node)
        return done

    def visited(self, node: ast.expr) -> ast.expr:
        """A rewritten expression."""
        done: ast.expr = self.visit(node)
        return done

    def guarded(self, node: ast.AST) -> Any:
        """The same of what is only done of inert values where the program does not do it."""
        before, self.is_guarded = self.is_guarded, True
        done = self.generic_visit(node) if isinstance(node, ast.Try) else self.visit(node)
        self.is_guarded = before
        return done

    def visit_Try(self, node: ast.Try) -> ast.AST:
        """What is tried in the place of a branch (``choosing``)."""
        return self.guarded(node) if hasattr(node, "is_guarded") else self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """A name, whose value may have to be inert."""
        if self.is_guarded and isinstance(node.ctx, ast.Load) and not is_of_tape(node):
            return self.report("inert", node)
        return node

    def _owner(self, node: ast.expr, name: str) -> ast.expr:
        """What an attribute is taken from."""
        if not self.is_guarded:
            return self.visited(node)
        if isinstance(node, ast.Attribute):
            node.value = self._owner(node.value, node.attr)
        elif not isinstance(node, ast.Name):
            node = self.visited(node)
        return self.report("holder", node, ast.Constant(self._mangled(name)))

    def _inert(self, node: ast.expr) -> ast.expr:
        return self.report("inert", node) if self.is_guarded else node

    # what is no operation

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Remember the class, whose private names are mangled."""
        self.classes.append(node.name)
        before, self.in_class = self.in_class, True
        self.generic_visit(node)
        self.in_class = before
        self.classes.pop()
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        """Leave annotations alone."""
        node.args.defaults = [self.visited(one) for one in node.args.defaults]
        before, self.in_class = self.in_class, False
        node.body = self._block(node.body)
        self.in_class = before
        return node

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Leave the annotation alone."""
        if node.value:
            node.value = self.visited(node.value)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        """What an f-string computes, as in ``f"{np.mean(pred == y):.2f}"``, at its line."""
        for one in node.values:
            if isinstance(one, ast.FormattedValue):
                for inner in ast.walk(one.value):
                    if isinstance(inner, ast.expr):
                        inner.lineno = min(max(inner.lineno, node.lineno), node.end_lineno or 0)
                one.value = self.visited(one.value)
        return node

    def visit_match_case(self, node: ast.match_case) -> ast.AST:
        """A pattern is no expression."""
        node.body = self._block(node.body)
        return node

    def _block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        done: list[ast.stmt] = []
        for one in body:
            twice = isinstance(one, TWICE) and not _is_too_deep(one)
            written = copy.deepcopy(one) if twice else None
            got = self.visit(one)
            several = got if isinstance(got, list) else [got]
            places = places_of(several, HOOK) if written else None
            done.extend([self._either(written, several, places)] if written and places else several)
        return done

    def _either(self, written: ast.stmt, seen: list[ast.stmt], places: frozenset[int]) -> ast.stmt:
        """A statement as it was written where nobody looks at all that it does, else as seen."""
        self.sites.statements.append(places)
        number = ast.Constant(len(self.sites.statements) - 1)
        test = ast.Compare(number, [ast.In()], [of_tape("plain")])
        return ast.copy_location(ast.If(test, [written], seen), written)

    def _compared(self, hook: str, test: ast.expr) -> ast.expr:
        assert isinstance(test, ast.Compare)
        left, right = test.left, test.comparators[0]
        place = self.place(test, (left, right))
        operation = ast.Constant(type(test.ops[0]).__name__)
        return self.report(hook, place, operation, self.visited(left), self.visited(right))

    # operations

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """``a + b``."""
        if isinstance(node.op, ast.MatMult) and _is_negation(node.left):
            inner = node.left.operand
            place = self.place(node, (inner, node.right))
            both = self.report("opposite", self.visited(inner))
            return self.report("negated", place, both, self.visited(node.right))
        place = self.place(node, (node.left, node.right))
        operation = ast.Constant(type(node.op).__name__)
        if isinstance(node.left, ast.Constant) and isinstance(node.left.value, str):
            return self.generic_visit(node)
        hook = "plus" if hasattr(node.right, "adds") else "binary"
        given = place, operation, self.visited(node.left), self.visited(node.right)
        return self.report(hook, *given)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        """``-a``."""
        operation = type(node.op).__name__
        if operation not in UNARY or isinstance(node.operand, ast.Constant):
            return self.generic_visit(node)
        place = self.place(node, (node.operand,))
        return self.report("unary", place, ast.Constant(operation), self.visited(node.operand))

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """``a < b``; a chain of comparisons is left alone."""
        if len(node.ops) != 1 or type(node.ops[0]).__name__ not in COMPARE:
            return self.generic_visit(node)
        return self._compared("compare", node)

    def visit_If(self, node: ast.If) -> ast.AST:
        """``if a < b:``; what is done for that reason is told, unless it leaves the block."""
        if not is_ordering(node.test) or any(map(_leaves, node.body)):
            return self.generic_visit(node)
        node.test = self._compared("tested", node.test)
        node.body = [*self._block(node.body), ast.Expr(self.report("left"))]
        node.orelse = self._block(node.orelse)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        """``a if b < c else d``; of numbers it is told which one it was, and what the other is."""
        both = node.body, node.orelse
        if self.in_class or not is_choice(node.test) or not all(map(is_pure, both)):
            return self.generic_visit(node)
        test = node.test
        assert isinstance(test, ast.Compare)
        sides = test.left, test.comparators[0]
        places = self.place(test, sides), self.place(node, (*sides, *both))
        operation = ast.Constant(type(test.ops[0]).__name__)
        later = [ast.Lambda(NOTHING, self.guarded(one)) for one in both]
        given = *places, operation, *map(self.visited, sides), *later
        if hasattr(node, "adds"):
            return self.report("added", *given)
        return self.report("chosen", *given)

    def visit_Asked(self, node: Asked) -> ast.AST:
        """Whether a block that adds to sums does so for numbers."""
        owners = self.guarded(node.owners)
        return self.report("chooses", node.left, node.right, owners)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """``f(a)`` and ``a.f(b)``."""
        if is_of_tape(node.func):
            return node
        if isinstance(node.func, ast.Name) and node.func.id in LEFT_ALONE:
            before, node.func = node.func, ast.Constant(None)
            self.generic_visit(node)
            node.func = self.report("computing", before) if self.is_guarded else before
            return node
        owner = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        for keyword in node.keywords:
            if keyword.arg == "out" and isinstance(keyword.value, ast.Name | ast.Attribute):
                self.targets.setdefault(id(node), ast.unparse(keyword.value))
        place = self.place(node, (*owner, *node.args))
        node.args = [self.visited(one) for one in node.args]
        for keyword in node.keywords:
            keyword.value = self.visited(keyword.value)
        hook = "call"
        if isinstance(node.func, ast.Attribute):
            span, hook = span_of(node.func), "method"
            if span and node.lineno != span[2]:  # where Python takes it to stand
                node.lineno, node.col_offset = span[2:]
            node.func.value = self._owner(node.func.value, node.func.attr)
        elif not self.is_guarded:
            node.func = self.visited(node.func)
        if self.is_guarded:
            node.func = self.report("computing", node.func)
        if any(isinstance(one, ast.Starred) for one in node.args) or any(
            one.arg is None for one in node.keywords
        ):
            # what cannot be spread is told by the name of the function that it is handed to
            named = self.report("spread", ast.Constant(hook), place, node.func)
            does: ast.expr = ast.Call(named, node.args, node.keywords)
        else:
            does = self.report(hook, place, node.func, *node.args, keywords=node.keywords)
        return self.report("next", does)

    def _mangled(self, name: str) -> str:
        if name.startswith("__") and not name.endswith("__") and self.classes:
            return f"_{self.classes[-1].lstrip('_')}{name}"
        return name

    def visit_List(self, node: ast.List) -> ast.AST:
        """``[draw(), 0.0]``: of a number beside others that are computed each list has its own."""
        written = [isinstance(one, ast.Constant) for one in node.elts]
        if not isinstance(node.ctx, ast.Load) or all(written):
            return self.generic_visit(node)
        node.elts = [
            self.report("number", self.place(one), one)
            if isinstance(one, ast.Constant) and type(one.value) is float
            else self.visited(one)
            for one in node.elts
        ]
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """``a.T`` and the like."""
        if is_of_tape(node):
            return node
        if not isinstance(node.ctx, ast.Load):
            return self.generic_visit(node)
        if node.attr in ATTRIBUTES:
            given = self.place(node, (node.value,)), self._owner(node.value, node.attr)
            return self._inert(self.report("attribute", *given, ast.Constant(node.attr)))
        node.value = self._owner(node.value, node.attr)
        return self._inert(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """``a[i]``."""
        if not isinstance(node.ctx, ast.Load):
            return self.generic_visit(node)
        place = self.place(node, (node.value, node.slice))
        got = self.report("get", place, self.visited(node.value), self._index(node.slice))
        return self._inert(got)

    def _index(self, node: ast.expr) -> ast.expr:
        """``1:n, ::2`` as an expression of its own."""
        if isinstance(node, ast.Slice):
            ends = [
                self.visited(one) if one else ast.Constant(None)
                for one in (node.lower, node.upper, node.step)
            ]
            return self.report("slice", *ends)
        if isinstance(node, ast.Tuple):
            return ast.Tuple([self._index(one) for one in node.elts], ast.Load())
        return self.visited(node)

    # assignments

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        """``a[i] = b``, alone or among several targets; others keep what they are."""
        first = node.targets[0]
        self._name(first, node.value)
        if len(node.targets) == 1 and isinstance(first, ast.Subscript):
            place = self.place(node, (first.value, first.slice, node.value))
            value = self.visited(node.value)
            return ast.copy_location(self._stored(place, value, first), node)
        place = self.place(node)
        unpacked = _unpacked(node)
        node.value = self.visited(node.value)
        named = ast.Name | ast.Attribute
        names = [ast.unparse(one) for one in node.targets if isinstance(one, named)]
        if len(names) > 1:
            given = ast.Tuple([ast.Constant(one) for one in names], ast.Load())
            node.value = self.report("several", place, given, node.value)
        elif unpacked is not None:
            node.value = self.report("unpacked", unpacked, node.value)
        node.targets = [self._target(one, place) for one in node.targets]
        return node

    def _stored(self, place: ast.expr, value: ast.expr, target: ast.Subscript) -> ast.Expr:
        """``a[i] = b``."""
        owner, index = self.visited(target.value), self._index(target.slice)
        return ast.Expr(self.report("store", place, value, owner, index))

    def _name(self, target: ast.expr, value: ast.expr) -> None:
        """Remember what a value is called, by the place of its last operation."""
        if (
            isinstance(target, ast.Tuple)
            and isinstance(value, ast.Tuple)
            and len(target.elts) == len(value.elts)
        ):
            for one, its in zip(target.elts, value.elts, strict=True):
                self._name(one, its)
        elif isinstance(target, ast.Name):
            self.targets[id(value)] = target.id
        elif isinstance(target, ast.Attribute | ast.Subscript):
            self.targets[id(value)] = ast.unparse(target)

    def _target(self, target: ast.expr, place: ast.expr) -> ast.expr:
        """A target among several: what is stored at an item is so when its turn comes."""
        if isinstance(target, ast.Subscript):
            given = place, self.visited(target.value), self._index(target.slice)
            return ast.Attribute(self.report("into", *given), "item", ast.Store())
        if isinstance(target, ast.Tuple | ast.List):
            target.elts = [self._target(one, place) for one in target.elts]
        elif isinstance(target, ast.Starred):
            target.value = self._target(target.value, place)
        else:
            self.generic_visit(target)
        return target

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """``a += b``; of an item or an attribute, what stands there is taken before ``b`` is."""
        target = node.target
        operation = ast.Constant(type(node.op).__name__)
        if isinstance(target, ast.Subscript):
            at = target.slice
            places = at.elts if isinstance(at, ast.Tuple) else [at]
            place = self.place(node, (target, node.value), places)
            taken = self.report("item", place, self.visited(target.value), self._index(at))
            given = (place, operation, taken, self.visited(node.value))
            done = self.report("change", *given)
            if _is_one_hot(node):
                # what it is that is changed is told by the index
                done = self.report("marked", self.place(node, (target, target.slice)), *given)
            return ast.copy_location(ast.Expr(done), node)
        self.targets[id(node)] = ast.unparse(target)
        place = self.place(node, (target, node.value))
        if isinstance(target, ast.Attribute):
            name = ast.Constant(self._mangled(target.attr))
            owner = self._owner(target.value, target.attr)
            seen = target.attr in ATTRIBUTES
            at_it = self.place(target, (target.value,)) if seen else ast.Constant(None)
            taken = self.report("attribute_of", at_it, owner, name)
            done = self.report(
                "change_attribute", place, operation, taken, self.visited(node.value)
            )
            return ast.copy_location(ast.Expr(done), node)
        load = ast.copy_location(ast.Name(target.id, ast.Load()), target)
        made = self.report("in_place", place, operation, load, self.visited(node.value))
        return ast.copy_location(ast.Assign([target], made), node)

    # loops

    def visit_For(self, node: ast.For) -> ast.AST:
        """A loop over something."""
        place = self.place(node.iter, (node.iter,))
        node.iter = self.report("each", place, self.visited(node.iter))
        node.body = self._block(node.body)
        node.orelse = self._block(node.orelse)
        return node

    def visit_While(self, node: ast.While) -> list[ast.stmt]:
        """A loop as long as something holds; its test belongs to the turn that it begins."""
        place = self.place(node.test)
        node.test = self.visited(node.test)
        node.body = [ast.Expr(self.report("turn", place)), *self._block(node.body)]
        node.orelse = self._block(node.orelse)
        return [ast.Expr(self.report("begins_while", place)), node]

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        """The loop of a comprehension; its turns are told where its items are steps."""
        place = self.place(node.iter)
        if node.is_async:
            return self.generic_visit(node)
        each = "each" if id(node) in self.trains else "items"
        node.target = self.visited(node.target)
        node.iter = self.report(each, place, self.visited(node.iter))
        node.ifs = [self.visited(one) for one in node.ifs]
        return node
