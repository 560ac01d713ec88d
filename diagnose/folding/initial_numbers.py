"""How a program draws parameters that it keeps as single numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from diagnose.folding.elements import Element, held
from diagnose.reading.initial import Initial, InitialWriter
from diagnose.reading.loops import Key
from diagnose.reading.writing import Line, multiplied
from diagnose.recording.nodes import Const, Node, Ref, leaves
from diagnose.recording.operations import is_random

# Operations that the numbers come of: some for each weight. Beyond, they are kept as they were.
MOST_NUMBERS = 20_000


@dataclass
class NumbersWriter(InitialWriter):
    """Writes each number of the parameters."""

    def written(self) -> Initial:
        """The lines for all numbers; equal draws of one line are one line."""
        firsts = self.firsts(self.step.keys)
        values = {
            name: held(
                {key: self.value(one) for key, one in firsts.items()},
                key,
            )
            for name, key in self.parameters.items()
        }
        refs = [one for one in firsts.values() if isinstance(one, Ref)]
        needed = self.closure(refs, MOST_NUMBERS)
        if len(needed) > MOST_NUMBERS:
            returned = {
                name: multiplied(self.constant(one), self.roles.times(self.parameters[name]))
                for name, one in values.items()
            }
        else:
            self._together([self.loop.tape.nodes[number] for number in sorted(needed)])
            for number in sorted(needed):
                if number not in self.called:
                    self.put(self.loop.tape.nodes[number])
            returned = {name: self._packed(key, firsts) for name, key in self.parameters.items()}
        return Initial(
            lines=tuple(self.lines), returned=returned, constants=self.constants, draws=self.draws,
            values=values, drawn=bool(self.draws),
            first={name: self._one_of(key, firsts) for name, key in self.parameters.items()},
        )  # fmt: skip

    @staticmethod
    def _one_of(key: Key, firsts: dict[Key, Ref | Const]) -> Ref | Const:
        """What the first step takes as the first number of a parameter: it stands for all."""
        elements = [each for one in key[1] for each in (one if isinstance(one, tuple) else (one,))]
        kept = next((one.key for one in elements if one.key is not None), None)
        return Const(None) if kept is None else firsts[kept]

    def _together(self, nodes: list[Node]) -> None:
        """Draw what one line draws again and again in one line."""
        families: dict[Any, list[Node]] = {}
        for node in nodes:
            drawn = node.kind == "call" and is_random(node.done) and not np.ndim(node.value)
            every = list(leaves((node.args, node.kw)))
            if drawn and all(isinstance(one, Const) for _, one in every):
                families.setdefault((node.site, self.drawing(node)), []).append(node)
        for (_, text), several in families.items():
            if len(several) < 2:
                continue
            name = self.names.take("drawn")
            self.draw(*several)
            line = self.sites[several[0].site].line
            self.lines.append(Line(line, f"{name} = [{text} for _ in range({len(several)})]"))
            for at, node in enumerate(several):
                self.called[node.number] = f"{name}[{at}]"

    def _packed(self, key: Key, firsts: dict[Key, Ref | Const]) -> str:
        def text(element: Element) -> str:
            if element.key is None:
                return repr(element.still)
            first = firsts[element.key]
            whole = self.refer(first, None, ()) if isinstance(first, Ref) else repr(first.value)
            return whole if element.index is None else f"{whole}[{element.index}]"

        rows = [
            f"[{', '.join(map(text, one))}]"
            if isinstance(one, tuple) and not one[0].width
            else text(one[0] if isinstance(one, tuple) else one)
            for one in key[1]
        ]
        return multiplied(f"np.array([{', '.join(rows)}], dtype=float)", self.roles.times(key))
