"""A script's source as a concrete syntax tree, and edits of it that leave every other byte alone.

An edit is a number of splices, each a span of bytes and the text that takes its place, made of
nodes of the tree. So edits are combined by applying their splices, and what lies outside of them
is copied and never written anew.
"""

from __future__ import annotations

import builtins
import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from dis import get_instructions
from functools import cached_property
from types import CodeType
from typing import Any, TypeVar, overload

import libcst as cst
from libcst.metadata import (
    ByteSpanPositionProvider,
    MetadataWrapper,
    ParentNodeProvider,
    PositionProvider,
)

from diagnose.errors import BadInputError
from diagnose.patching.nodes import Loop, Node, name_called, within
from diagnose.watching.cells import compiled

Other = TypeVar("Other", bound=cst.CSTNode)
Scope = cst.FunctionDef | cst.Lambda | cst.Module
PLACE = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@")
UNENDED = "\\ No newline at end of file\n"
# Calls, names, numbers and what is in brackets bind closer than any operator around them.
ATOMS = (
    *(cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.Integer, cst.Float, cst.Tuple),
    *(cst.List, cst.ListComp),
)


@dataclass(frozen=True, order=True, kw_only=True)
class Splice:
    """The bytes from ``start`` to ``end`` of the code in UTF-8, and what takes their place."""

    start: int
    end: int
    text: str

    def overlaps(self, other: Splice) -> bool:
        """Whether both take the place of the same bytes."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, kw_only=True)
class Edit:
    """One way to mend something, as the author would write it.

    part: of the network (``report.PARTS``); defect: its name, or nothing where only the part is
    known. why: one sentence. module: the file that the script brings along in which it is made, by
    its path from the script's folder; nothing for the script itself.
    """

    splices: tuple[Splice, ...]
    part: str
    why: str
    defect: str = ""
    module: str = ""

    def meets(self, other: Edit) -> bool:
        """Whether both write in the same place, so that they cannot go together."""
        return self.module == other.module and any(
            one.overlaps(two) or one.start == two.start
            for one in self.splices for two in other.splices
        )  # fmt: skip


class Source:
    """The source of one file. Raises BadInputError where it cannot be kept to the byte."""

    def __init__(self, data: bytes, name: str) -> None:
        self.name, self.data = name, data
        try:
            self.module = cst.parse_module(data)
            wrapper = MetadataWrapper(self.module, unsafe_skip_copy=True)
            self._spans = wrapper.resolve(ByteSpanPositionProvider)
            self._positions = wrapper.resolve(PositionProvider)
            self._parents = wrapper.resolve(ParentNodeProvider)
            kept = self.module.bytes
        except (cst.ParserSyntaxError, SyntaxError, UnicodeDecodeError, RecursionError) as error:
            raise BadInputError(
                f"{name}: cannot be read as Python for a patch ({error})"
            ) from error
        if self.module.encoding not in ("utf-8", "utf-8-sig"):
            raise BadInputError(f"{name}: is not written in UTF-8; save it so to get a patch")
        if kept != data:  # form feeds, for one, are not kept by the parser
            raise BadInputError(f"{name}: cannot be kept to the byte; take out its form feeds")
        self.mark = "\ufeff" if self.module.encoding == "utf-8-sig" else ""
        self.code = self.module.code.encode()
        self._of_types: dict[type, list[Any]] = {}
        self._unknown: dict[bytes, frozenset[str] | None] = {}

    def spliced(self, splices: Iterable[Splice]) -> bytes:
        """The code with splices made; every byte outside of them as it was."""
        code = self.code
        for one in sorted(splices, reverse=True):
            code = code[: one.start] + one.text.encode() + code[one.end :]
        return code

    def in_place(self, splices: Sequence[Splice]) -> bytes:
        """The file with splices made."""
        return self.mark.encode() + self.spliced(splices)

    def can_write(self, edit: Edit) -> bool:
        """Whether an edit can be written into the file."""
        return True

    def runs_as(self, splices: Sequence[Splice]) -> tuple[str, bytes]:
        """A Python file by which it is run to its end: the name, and what is in it."""
        return self.name, self.in_place(splices)

    def unknown_in(self, code: bytes) -> frozenset[str] | None:
        """The names that a code reads, and gives a value nowhere; None of what is no Python.

        Remembered, since each edit is asked for more than once.
        """
        if code not in self._unknown:
            try:
                self._unknown[code] = unknown_names(compiled(code, self.name))
            except (SyntaxError, ValueError):
                self._unknown[code] = None
        return self._unknown[code]

    @cached_property
    def newline(self) -> str:
        """How most lines of the file end."""
        return "\r\n" if self.code.count(b"\r\n") * 2 > self.code.count(b"\n") else "\n"

    @cached_property
    def space(self) -> str:
        """What most often stands before an operator: a space, or nothing."""
        before = [one.operator.whitespace_before for one in self.of_type(cst.BinaryOperation)]  # type: ignore[attr-defined]
        tight = [one for one in before if one.empty]
        return "" if 2 * len(tight) > len(before) else " "

    @cached_property
    def nodes(self) -> list[cst.CSTNode]:
        """Every node that stands somewhere, outer ones first."""
        return within(self.module)

    @cached_property
    def names(self) -> set[str]:
        """Every name in the source that stands for something, attributes and keywords left out."""
        return {one.value for one in self.of_type(cst.Name) if self._stands(one)}

    def _stands(self, name: cst.Name) -> bool:
        parent = self.parent(name)
        attribute = isinstance(parent, cst.Attribute) and parent.attr is name
        return not attribute and not (isinstance(parent, cst.Arg) and parent.keyword is name)

    @overload
    def of_type(self, kind: type[Node], /) -> Iterator[Node]: ...

    @overload
    def of_type(self, kind: type[Node], other: type[Other], /) -> Iterator[Node | Other]: ...

    def of_type(self, *kinds: type[Any]) -> Iterator[Any]:
        """The nodes of a kind, in the order of the source; then those of another one."""
        for kind in kinds:
            if kind not in self._of_types:
                self._of_types[kind] = [one for one in self.nodes if isinstance(one, kind)]
            yield from self._of_types[kind]

    def operations(self, *operators: type[Any]) -> Iterator[cst.BinaryOperation]:
        """What is computed of two sides by one of some operators."""
        every = self.of_type(cst.BinaryOperation)
        return (one for one in every if isinstance(one.operator, operators))

    def calls_of(self, *names: str) -> Iterator[cst.Call]:
        """The calls of functions of these names, or of methods, whosever they are."""
        return (one for one in self.of_type(cst.Call) if name_called(one) in names)

    def line(self, node: cst.CSTNode) -> int:
        """The line on which a node begins."""
        return int(self._positions[node].start.line)

    def lines(self, node: cst.CSTNode) -> range:
        """The lines on which a node stands."""
        place = self._positions[node]
        return range(place.start.line, place.end.line + 1)

    def written(self, edit: Edit) -> set[int]:
        """The lines on which the splices of an edit begin."""
        return {1 + self.code.count(b"\n", 0, one.start) for one in edit.splices}

    def span(self, node: cst.CSTNode) -> tuple[int, int]:
        """Where a node stands, in bytes of the code."""
        place = self._spans[node]
        return place.start, place.start + place.length

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """What a node stands in."""
        return self._parents.get(node)

    def above(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """A node's parent, that one's parent and so on."""
        while (found := self.parent(node)) is not None:
            node = found
            yield node

    def block(self, statement: cst.CSTNode) -> list[cst.CSTNode]:
        """The statements of the block in which a statement stands, itself too; none for others."""
        lines = list(getattr(self.parent(statement), "body", []))
        return lines if statement in lines else []

    def indent(self, statement: cst.CSTNode) -> str:
        """The white space before a statement."""
        start = self.span(statement)[0]
        return self.code[self._line_start(start) : start].decode()

    def loops(self, node: cst.CSTNode) -> list[Loop]:
        """The loops in which a node stands, the innermost first."""
        return [one for one in self.above(node) if isinstance(one, cst.For | cst.While)]

    def scope(self, node: cst.CSTNode) -> Scope:
        """The function or module in which a node stands."""
        for one in self.above(node):
            if isinstance(one, cst.FunctionDef | cst.Lambda):
                return one
        return self.module

    def text(self, node: cst.CSTNode) -> str:
        """A node as it is written."""
        return self.module.code_for_node(node)

    def operand(self, node: cst.CSTNode) -> str:
        """The same, in parentheses where an operator beside it would take it apart."""
        text, alone = self.text(node), isinstance(node, ATOMS) or bool(getattr(node, "lpar", ()))
        return text if alone or text.startswith("(") else f"({text})"

    def joined(self, sign: str, *parts: cst.CSTNode | str) -> str:
        """Expressions with an operator between them, spaced as the author does it."""
        texts = (one if isinstance(one, str) else self.text(one) for one in parts)
        return f"{self.space}{sign}{self.space}".join(texts)

    def replaced(self, old: cst.CSTNode, new: cst.CSTNode | str) -> Splice:
        """The splice that writes one node in the place of another.

        A name that would be given itself, as ``d = d``, is taken away with its line.
        """
        start, end = self.span(old)
        if isinstance(new, cst.CSTNode):
            # The span is what stands within the parentheses.
            inner: dict[str, Any] = {"lpar": (), "rpar": ()} if getattr(old, "lpar", ()) else {}
            if isinstance(new, cst.BaseSmallStatement):  # nor what parts it from the next one
                inner = {"semicolon": cst.MaybeSentinel.DEFAULT}
            new = self.text(new.with_changes(**inner))
        given = self.parent(old)
        if isinstance(given, cst.Assign) and given.value is old and len(given.targets) == 1:
            itself = self.text(given.targets[0].target) == new
            return self.removed(given) if itself else Splice(start=start, end=end, text=new)
        return Splice(start=start, end=end, text=new)

    def edit(
        self, old: cst.CSTNode, new: cst.CSTNode | str, part: str, why: str, defect: str = ""
    ) -> Edit:
        """The edit that writes one node in the place of another, and nothing else."""
        return edit_of([self.replaced(old, new)], part, why, defect)

    def edit_each(
        self,
        pairs: Iterable[tuple[cst.CSTNode, cst.CSTNode | str]],
        part: str,
        why: str,
        defect: str = "",
    ) -> Edit:
        """The edit that writes several nodes each in the place of another, and nothing else."""
        return edit_of([self.replaced(old, new) for old, new in pairs], part, why, defect)

    def inserted_after(self, statement: cst.CSTNode, *lines: str) -> Splice:
        """The splice that writes further lines below a statement, indented as it is."""
        return self._inserted(self._line_end(self.span(statement)[1]), statement, lines)

    def inserted_before(self, statement: cst.CSTNode, *lines: str) -> Splice:
        """The splice that writes further lines above a statement, indented as it is."""
        return self._inserted(self._line_start(self.span(statement)[0]), statement, lines)

    def removed(self, node: cst.CSTNode) -> Splice:
        """The splice that takes a statement's lines away, and a condition that has no other.

        Where a block would be empty without it, ``pass`` takes its place.
        """
        gone = self.statement(node)
        simple = isinstance(gone, cst.SimpleStatementLine) and len(gone.body) == 1
        if not simple and not (gone is node and isinstance(gone, cst.If)):
            return self.replaced(node, "pass")
        while self._is_alone(gone) and isinstance(condition := self._block_of(gone), cst.If):
            if condition.orelse is not None:
                break
            gone = condition
        inside = isinstance(self.parent(gone), cst.IndentedBlock | cst.Module)
        if self._is_alone(gone) or not inside:
            return self.replaced(node, "pass")
        start, end = self.span(gone)
        # A block's own span may end on the line below it.
        last = end - 1 if self.code[end - 1 : end] == b"\n" else end
        return Splice(start=self._line_start(start), end=self._line_end(last), text="")

    def _is_alone(self, statement: cst.CSTNode) -> bool:
        block = self.parent(statement)
        return isinstance(block, cst.IndentedBlock) and len(block.body) == 1

    def _block_of(self, statement: cst.CSTNode) -> cst.CSTNode | None:
        """The loop, condition or function in whose block a statement stands."""
        block = self.parent(statement)
        return None if block is None else self.parent(block)

    def _inserted(self, at: int, statement: cst.CSTNode, lines: Sequence[str]) -> Splice:
        indent = self.indent(statement)
        written = "".join(f"{indent}{one}{self.newline}" for one in lines)
        if at == len(self.code) and not self.code.endswith(b"\n"):
            written = self.newline + written.removesuffix(self.newline)
        return Splice(start=at, end=at, text=written)

    def _line_start(self, at: int) -> int:
        return self.code.rfind(b"\n", 0, at) + 1

    def _line_end(self, at: int) -> int:
        end = self.code.find(b"\n", at)
        return len(self.code) if end < 0 else end + 1

    def statement(self, node: cst.CSTNode) -> cst.CSTNode:
        """The statement that a node belongs to: a line, or a block with its head."""
        for one in (node, *self.above(node)):
            if isinstance(one, cst.SimpleStatementLine | cst.BaseCompoundStatement):
                return one
        return self.module


def edit_of(splices: Iterable[Splice], part: str, why: str, defect: str = "") -> Edit:
    """The edit that makes some splices."""
    return Edit(splices=tuple(splices), part=part, why=why, defect=defect)


def splices_of(edits: Iterable[Edit]) -> list[Splice]:
    """What edits write, in the order of the source."""
    return sorted(one for edit in edits for one in edit.splices)


def patched(source: Source, edits: Iterable[Edit]) -> bytes:
    """The file with edits made; every byte outside of them as it was."""
    return source.in_place(splices_of(edits))


def is_python(source: Source, edits: Iterable[Edit]) -> bool:
    """Whether the code with edits made is still valid Python, and reads no name that is unknown.

    But for such as it reads already.
    """
    found = source.unknown_in(source.spliced(splices_of(edits)))
    return found is not None and found <= (source.unknown_in(source.code) or frozenset())


def unknown_names(code: CodeType) -> frozenset[str]:
    """The names that are read of the module and given a value nowhere."""
    every = [code]
    for one in every:
        every += [each for each in one.co_consts if isinstance(each, CodeType)]
    given, read = {*dir(builtins), "__file__"}, set[str]()
    for one in every:
        for each in get_instructions(one):
            if each.opname in ("STORE_NAME", "STORE_GLOBAL"):
                given.add(str(each.argval))
            elif each.opname in ("LOAD_NAME", "LOAD_GLOBAL"):
                read.add(str(each.argval))
            elif "IMPORT_STAR" in f"{each.opname} {each.argrepr}".upper():
                return frozenset()
    return frozenset(read - given)


def unified(source: Source, edits: Iterable[Edit]) -> str:
    """The edits as a unified diff, for ``patch`` and ``git apply`` in the folder of the file."""
    before, after = lines_of(source.data), lines_of(patched(source, edits))
    name = source.name
    found = difflib.unified_diff(before, after, f"a/{name}", f"b/{name}", n=3)
    return "".join(
        one if one.endswith("\n") else f"{one}\n\\ No newline at end of file\n" for one in found
    )


def touched(source: Source, edits: Iterable[Edit]) -> int:
    """How many lines the edits touch: those that are new or, where there are more, those gone."""
    return sum(max(len(old), len(new)) for _, old, new in _changed(source, edits))


def line_after(source: Source, edits: Iterable[Edit], line: int) -> int:
    """Where a line of the code stands once edits are made."""
    further = 0
    for at, old, new in _changed(source, edits):
        if at < line <= at + len(old):
            return at + further + min(line - at, max(len(new), 1))
        further += (len(new) - len(old)) * (at + len(old) < line)
    return line + further


def _changed(source: Source, edits: Iterable[Edit]) -> Iterator[tuple[int, list[str], list[str]]]:
    """The lines of the code that edits change: where, as they are, and as they will be."""
    before, after = lines_of(source.code), lines_of(source.spliced(splices_of(edits)))
    # A notebook has a thousand empty lines between two cells: each would be held against each.
    matcher = difflib.SequenceMatcher(str.isspace, before, after, autojunk=False)
    for kind, old, old_end, new, new_end in matcher.get_opcodes():
        if kind != "equal":
            yield old, before[old:old_end], after[new:new_end]


def hunks(source: Source, edits: Iterable[Edit]) -> list[dict[str, Any]]:
    """Of each edit, the lines it takes the place of and those that it writes, for the report."""

    def bare(lines: list[str]) -> list[str]:
        return [one.rstrip("\r\n") for one in lines]

    found = list[dict[str, Any]]()
    for edit in edits:
        changes = [{"line": at + 1, "old": bare(old), "new": bare(new)}
                   for at, old, new in _changed(source, [edit])]  # fmt: skip
        said = {"file": source.name, "part": edit.part, "defect": edit.defect, "why": edit.why}
        found.append(said | {"changes": changes})
    return found


def lines_of(data: bytes) -> list[str]:
    """Lines with their ends; only a newline ends one, as ``patch`` sees it."""
    return re.findall(r"[^\n]*\n|[^\n]+", data.decode())


def by_file(diff: str) -> dict[str, str]:
    """A diff of several files, apart: what changes in each, by its path from the folder."""
    parts: dict[str, str] = {}
    for one in re.split(r"(?m)^(?=--- a/.*\n\+\+\+ b/)", diff)[1:]:
        parts[one.split("\n", 1)[0].removeprefix("--- a/")] = one
    return parts


def applied(data: bytes, diff: str) -> bytes:
    """The file after the diff; BadInputError where it is not the one that the diff was made of."""
    old, made, at = lines_of(data), list[str](), 0
    lines = lines_of(diff.encode())[2:]
    for index, line in enumerate(lines):
        following = lines[index + 1] if index + 1 < len(lines) else ""
        text = line[1:].removesuffix("\n") if following == UNENDED else line[1:]
        if place := PLACE.match(line):
            # A hunk that takes no lines away names the line before it.
            first = int(place[1]) - (place[2] != "0")
            made += old[at:first]
            at = first
        elif line == UNENDED:
            continue
        elif line[0] in " -":
            if at >= len(old) or old[at] != text:
                raise BadInputError("the script was changed meanwhile; nothing was edited")
            made += [text] if line[0] == " " else []
            at += 1
        else:
            made.append(text)
    return "".join([*made, *old[at:]]).encode()
