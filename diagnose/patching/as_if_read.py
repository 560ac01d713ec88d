"""A script of which no network was read, as if its passes were known: all of its training is.

Edits of formulas are made of lines that compute a part. Where these are not known, they are those
of the loops that step something, and of the functions that are called there: more edits than of
a script that was read, and what it prints decides (``told_alone``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import zip_longest
from typing import cast

import libcst as cst

from diagnose.network.record import Layer, Network
from diagnose.patching.activations import KINDS, slope_functions, slopes_left_out
from diagnose.patching.answer import of_answer
from diagnose.patching.arithmetic import (
    axes,
    columns_of_ones,
    factors,
    forced_into_shape,
    orders_of_products,
    siblings,
    transposes,
    unwrapped,
)
from diagnose.patching.batches import whole_batches
from diagnose.patching.biases import stepped_biases
from diagnose.patching.decays import of_decay
from diagnose.patching.derivatives import arguments_of_slopes, of_derivatives, sides, written_out
from diagnose.patching.dropped import masked, of_kept_units
from diagnose.patching.indices import names_alike, of_places
from diagnose.patching.inplace import kept_arrays, own_rows
from diagnose.patching.lengths import of_patience
from diagnose.patching.listed import listed_as_well
from diagnose.patching.placed import every_one, read_before_their_step
from diagnose.patching.places import key, name_called
from diagnose.patching.predicting import of_prediction
from diagnose.patching.script import Script, within
from diagnose.patching.signs import minuses, negated, signs
from diagnose.patching.source import Edit, Source
from diagnose.patching.stepping import known_names, sum_in
from diagnose.patching.steps import (
    clipped_where_large,
    given_back,
    in_place,
    of_optimizers,
    stepped_as_well,
    to_its_own_name,
)
from diagnose.patching.sums import added_up, begun_once
from diagnose.patching.velocities import kept_in_part, of_its_own, of_one_way
from diagnose.report import Report

# Roles whose lines are all those of the training.
PASSES = ("forward", "backward", "update")
# How people call weights, and what leaves units out.
WEIGHT = re.compile(r"[wW](eights?)?_?\w?|[wW]\d+\w?")
# What a sigmoid is written by, whatever it is called.
POWER = re.compile(r"\bexp\( *-")
DROPPED = re.compile(r"drop|keep", re.I)
# Along which axis the samples lie is not known.
LAYOUTS = ("rows", "columns")
# Of one kind of edit so many: a longer list is one of lines that have nothing to do with it.
MOST_OF_A_KIND = 24

MAKERS: tuple[Callable[[Script], Iterable[Edit]], ...] = (
    lambda script: signs(script, "backward"),
    minuses,
    negated,
    lambda script: axes(script, "backward", "broadcast-shape", script.samples_axis),
    lambda script: axes(script, "forward", "softmax-axis", 1 - script.samples_axis),
    masked,
    lambda script: of_kept_units(script.source),
    of_prediction,
    whole_batches,
    of_derivatives,
    sides,
    slope_functions,
    slopes_left_out,
    lambda script: own_rows(script, "gradient"),
    of_decay,
    of_patience,
    lambda script: orders_of_products(script, "backward"),
    read_before_their_step,
    of_answer,
    every_one,
    in_place,
    to_its_own_name,
    begun_once,
    kept_in_part,
    of_its_own,
    of_one_way,
    of_optimizers,
    stepped_as_well,
    listed_as_well,
    given_back,
    added_up,
    unwrapped,
    kept_arrays,
    columns_of_ones,
    forced_into_shape,
    arguments_of_slopes,
    lambda script: transposes(script, "backward"),
    siblings,
    factors,
    lambda script: clipped_where_large(script.source),
    written_out,
    of_places,
    stepped_biases,
    names_alike,
)


@dataclass(frozen=True, kw_only=True)
class Guessed:
    """What edits ask of a network, where none is known: which activations the source names."""

    name: str
    layout: str
    layers: tuple[Layer, ...]
    outputs: int = 0
    classes: int = 0
    epochs: int = 0
    dropout: tuple[str, ...] = ()
    encode: None = None

    def learning_rate(self, epoch: int) -> float:
        """Not known: no number that is written is it."""
        return 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class AsIfRead(Script):
    """A script whose whole training is the lines of each role."""

    def lines(self, role: str) -> frozenset[int]:
        """The lines of the training, and of the functions that are called there."""
        return _trained(self.source) if role in PASSES else frozenset()

    @cached_property
    def loops(self) -> list[cst.For]:
        """The loops in which something is stepped, one within the other; the first of them.

        Those of functions that are called in others stand above these, and are within them.
        """
        every = [one for one in _training(self.source) if isinstance(one, cst.For)]
        reached = [{id(each) for node in _reached(self.source, one) for each in within(node)}
                   for one in every]  # fmt: skip
        held = [sum(id(each) in inside for each in every) for inside in reached]
        outer = [one for one, count in zip(every, held, strict=True) if count == max(held)][:1]
        return [*outer, *(one for one in every[1:] if outer[0] in self.source.above(one))]

    @cached_property
    def made_before(self) -> frozenset[int]:
        """The nodes that no line reaches that is run with the training or behind it.

        Samples and labels are made there: with labels of one class only all answers are right.
        """
        if not self.loops:
            return frozenset()
        later, met = set[int](), set[int]()
        block: list[cst.CSTNode] = [*self.source.module.body]
        while block:
            at = next((at for at, one in enumerate(block) if self._trains(one)), len(block))
            later |= {id(one) for line in block[at + 1 :] for one in _run(self.source, line)}
            block = self._inside(block[at], later, met) if at < len(block) else []
        return frozenset({id(one) for one in self.source.nodes} - later) if later else frozenset()

    def _inside(self, line: cst.CSTNode, later: set[int], met: set[int]) -> list[cst.CSTNode]:
        """The lines of a block, or of a function that is called, in which the training is."""
        if line is self.loops[0]:
            later |= {id(one) for one in _run(self.source, line)}
            return []
        around = [line, *_reached(self.source, line)[1:]]
        for one in around:
            body = getattr(getattr(one, "body", None), "body", None)
            if body is not None and id(one) not in met and any(map(self._trains, body)):
                met.add(id(one))
                return [*body]
        return []

    def _trains(self, line: cst.CSTNode) -> bool:
        """Whether a line is run for the training, and does not only say what a function does."""
        if isinstance(line, cst.FunctionDef | cst.ClassDef):
            return False
        return any(one is self.loops[0] for one in _run(self.source, line))


def as_if_read(source: Source, report: Report) -> list[Edit]:
    """The edits of formulas and steps, of each kind in turn."""
    found = [
        [*maker(script)][:MOST_OF_A_KIND]
        for script in guesses(source, report) for maker in MAKERS
    ]  # fmt: skip
    turns = zip_longest(*found)
    return list(dict.fromkeys(one for turn in turns for one in turn if one is not None))


def guesses(source: Source, report: Report) -> Iterator[AsIfRead]:
    """The script with its samples in rows, and with them in columns."""
    code = source.code.decode()
    named = [kind for kind, one in KINDS.items() if re.search(one.names, code, re.I)]
    named += ["sigmoid"] if "sigmoid" not in named and POWER.search(code) else []
    kinds = named or ["linear"]
    weights = sorted(one for one in known_names(source) if WEIGHT.fullmatch(one))
    layers = tuple(
        Layer(weight=weight, bias=None, pre="", out="", activation=kind)
        for weight, kind in zip_longest(weights, kinds[: len(weights) or None], fillvalue="")
        for kind in [kind or kinds[0]]
    )
    for layout in LAYOUTS:
        network = Guessed(
            name=report.network.name, layout=layout, layers=(*layers, *layers[:1]),
            dropout=("",) if DROPPED.search(code) else (),
        )  # fmt: skip
        yield AsIfRead(source=source, network=cast(Network, network), roles={}, report=report)


def _training(source: Source) -> Iterator[cst.For | cst.While]:
    """The loops in which something is stepped, be it by a function that is called there."""
    for loop in source.of_type(cst.For, cst.While):
        every = [each for one in _reached(source, loop) for each in within(one)]
        if any(_is_step(source, one) for one in every):
            yield loop


def _is_step(source: Source, node: cst.CSTNode) -> bool:
    if isinstance(node, cst.Call):
        return name_called(node) == "setattr"
    if isinstance(node, cst.AugAssign):
        if isinstance(node.value, cst.Integer):
            return False  # something is counted, as right answers are
        if any(isinstance(one, cst.List) for one in (node.value, *node.value.children)):
            return False  # samples are made there, one after the other
        kept = isinstance(node.target, cst.Attribute | cst.Subscript)
        added = isinstance(node.operator, cst.AddAssign)
        scaled = kept or isinstance(node.value, cst.BinaryOperation)
        return isinstance(node.operator, cst.SubtractAssign) or (added and scaled)
    return isinstance(node, cst.Assign) and sum_in(source, node) is not None


def _reached(source: Source, start: cst.CSTNode) -> list[cst.CSTNode]:
    """A node, and the functions of the file that are called in it, and so on."""
    by_name: dict[str, list[cst.FunctionDef]] = {}
    for function in source.of_type(cst.FunctionDef):
        by_name.setdefault(function.name.value, []).append(function)
    found = [start]
    for one in found:
        for node in within(one):
            called = by_name.get(name_called(node), []) if isinstance(node, cst.Call) else []
            if isinstance(node, cst.Name | cst.Attribute) and key(node) in by_name:
                called = [*called, *by_name[key(node)]]  # handed over, as an activation is
            found += [each for each in called if not any(each is other for other in found)]
    return found


def _run(source: Source, line: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """All nodes of a line and of the functions that are called there."""
    return (each for one in _reached(source, line) for each in within(one))


@lru_cache(maxsize=2)
def _trained(source: Source) -> frozenset[int]:
    """The lines of all loops that step something, and of what is called there."""
    return frozenset(line for loop in _training(source) for one in _reached(source, loop)
                     for line in source.lines(one))  # fmt: skip
