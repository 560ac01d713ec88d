"""Writes a step that computes one number after the other as the functions of a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from diagnose.folding.carried_numbers import Alike, Chain, Chains, NumberUpdate, alike
from diagnose.folding.elements import PACKED, Element
from diagnose.folding.folded_values import FoldedValues
from diagnose.folding.increments import (
    STEPPED_WHOLE,
    Laid,
    as_stepped,
    increments,
    is_by_numbers,
    laid_out,
)
from diagnose.folding.units import UnitLayer
from diagnose.network.activations import is_sloped
from diagnose.reading.began import CLOCK, Clock
from diagnose.reading.gradient_writing import SUM, OneSample
from diagnose.reading.loops import STILL, Key
from diagnose.reading.not_read import NotReadError
from diagnose.reading.passes import Passes
from diagnose.reading.writing import Line, multiplied, simple
from diagnose.recording.nodes import Ref, Taken

AHEAD = (
    "single numbers look ahead, as Nesterov's momentum does, which is read of weights in arrays: "
    "`W + momentum * V`"
)


@dataclass(eq=False, kw_only=True)
class FoldedWriter(FoldedValues):
    """Writes both passes, and the step.

    outs: what comes out of each layer, unit by unit. chains: what is carried beside the parameters.
    """

    outs: list[tuple[Ref, ...]]
    chains: Chains

    def __post_init__(self) -> None:
        super().__post_init__()
        self.clock: Clock | None = None
        self.ticks = self.names.take("steps_done")
        self.carried: dict[Key, Alike] = {}
        self.stepped: dict[Element, Chain] = {}
        self.wholes: dict[Element, Laid] = {}
        for name, key in self.parameters().items():
            laid = laid_out(self.numbers, name, key, self.roles.times(key))
            if laid is not None:
                self.wholes[laid.whole] = laid
                self.elements.setdefault(laid.whole, laid.text)
        if self.chains.others:
            self._carry()

    def _carry(self) -> None:
        """Find what is carried for each parameter."""
        for key in self.parameters().values():
            found = alike(self.chains, key, self.wholes.values())
            if found is not None:
                self.carried[key] = found
        for one in self.carried.values():
            self.stepped |= one.chains
        known = {state.key for chain in self.stepped.values() for state in chain.states}
        lost = [key for key in self.chains.others if key not in known]
        if lost:
            made = self.step.made(lost[0])
            raise NotReadError(
                "what this is carried for could not be told",
                self.sites[self.step.nodes[made].site] if made is not None else None,
            )

    # what is written

    def written(self) -> Passes:
        """Write both passes."""
        layers: list[str] = []
        entering = "x"
        self.out_names: list[str] = []
        for n, (layer, outs, found) in enumerate(
            zip(self.layers, self.outs, self.roles.layers, strict=True)
        ):
            line = self.sites[self.step.nodes[layer.units[0].first].site].line
            pre = self.names.take(f"Z{n + 1}")
            weight = self.weights[n]
            product = f"{entering} @ {weight}" if self.batch else f"{weight} @ {entering}"
            bias = f" + {self.biases[n]}" if layer.bias is not None else ""
            self.lines.append(Line(line, f"{pre} = {product}{bias}"))
            for j, unit in enumerate(layer.units):
                self.lanes[unit.node] = self._lane(pre, j)
            out = pre
            if not self._is_linear(layer, outs):
                texts = [self._lane_text(one) for one in outs]
                out = self.names.take(f"A{n + 1}")
                self.lines.append(Line(self._line(outs[0]), f"{out} = {self._joined(texts)}"))
            for j, one in enumerate(outs):
                made = self.numbers.made_by(one)
                assert made is not None
                self.lanes.setdefault(made.number, self._lane(out, j))
            self._whole(n, out)
            self.out_names += [pre] if out == pre else [pre, out]
            slope = f" {found.slope!r}" if is_sloped(found.activation) else ""
            bias = self.biases[n] if layer.bias is not None else "-"
            layers.append(f"{weight} {bias} {pre} {out} {found.activation}{slope}")
            entering = out
        forward, self.lines, self.called = self.lines, [], dict(self.lanes)
        self.forward = False
        self._sums()
        gradients = self._gradients()
        parameters = self.parameters()
        update, state = self._update(parameters)
        if self.step.ahead.stands:
            first = self.step.nodes[min(self.step.ahead.stands)]
            raise NotReadError(AHEAD, self.sites[first.site])
        return Passes(
            parameters=parameters, forward=tuple(forward), trace=tuple(self.out_names),
            backward=tuple(self.lines),
            takes=("x", *self.out_names, *parameters, "targets"),
            gradients=tuple(gradients), update=update, layers=tuple(layers),
            constants=self.constants,
            rate=self._rate_now() * (self._samples() if self.roles.over_samples else 1),
            state=state,
            sample=self.sample,
            clock=self.clock,
        )  # fmt: skip

    def _samples(self) -> int:
        return self.step.loop.samples(self.step.turn)

    def _sums(self) -> None:
        """Write what each sample adds to the sums of a step that goes through several."""
        within = self.step.within
        if within is None:
            return
        if within.lasts:
            raise NotReadError("what one sample makes replaces what the one before made")
        returned, called = [], {}
        for number, way in sorted(within.sums.items()):
            node = self.step.nodes[number]
            if not self._is_needed(number):
                continue
            added = self.numbers.made_by(node.args[way[1]])
            assert added is not None
            self.prefer = None
            returned.append(self.made(added))
            called[added.number] = f"{SUM}{len(returned)}"
        self.sample = OneSample(lines=tuple(self.lines), returned=tuple(returned))
        # of what one sample made, nothing else is known afterwards
        own = set(within.first) - set(within.sums)
        self.lines, self.called, self.gone = [], called, own - set(called)

    def _is_needed(self, number: int) -> bool:
        return number in self.numbers.at

    def _whole(self, n: int, out: str) -> None:
        """The vector that the next layer takes is what comes out of this one."""
        if n + 1 < len(self.layers):
            entering = self.layers[n + 1].entering
            made = self.numbers.made_by(self.step.places()[entering[0]])
            if len(entering) == 1 and len(self.layers[n].units) > 1 and made is not None:
                self.lanes[made.number] = out

    def _update(self, parameters: dict[str, Key]) -> tuple[tuple[Line, ...], dict[str, Key]]:
        """The step, and what it carries beside the parameters, by name."""
        lines: list[Line] = []
        states: dict[str, Key] = {}
        for name, key in parameters.items():
            found = self.carried.get(key)
            if found is None:
                to = self.names.take("aside") if self._is_lost(key) else name
                lines.append(Line(self._step_line(key), f"{to} = {name} - rate * d{name}"))
                continue
            own = [
                self.names.take(f"state_{len(states) + n + 1}") for n in range(len(found.states))
            ]
            states |= dict(zip(own, found.states, strict=True))
            lines += self._carried_step(name, found, own)
        if self.clock:
            line = self._line_of(next(iter(self.stepped.values())).inner[-1])
            lines.append(Line(line, f"{self.ticks} = {self.ticks} + 1"))
            states[self.ticks] = CLOCK
        return tuple(lines), states

    def _is_lost(self, key: Key) -> bool:
        """Whether what a step makes of the numbers of a parameter is bound to names and lost."""
        numbers = [one for row in key[1] for one in (row if isinstance(row, tuple) else (row,))]
        return all(one.key is not None and one.key[0] == STILL for one in numbers)

    def _carried_step(self, name: str, found: Alike, own: list[str]) -> list[Line]:
        """The step of a parameter for which something is carried."""
        laid, chain = found.laid, found.chains[found.first]
        own_text = laid.own if laid else self._as_kept(name)
        names = {found.first: own_text(name)}
        names |= dict(zip(chain.states, own, strict=True))
        gradient = own_text(f"d{name}")
        if self.holds_rate(chain.cuts[0]):
            gradient = f"(rate * {gradient})"
        writer = self._writer(names)
        writer.write(chain, gradient)
        self.clock = self.clock or writer.clock
        line = self._line_of(chain.inner[-1])
        after = writer.after(found.first)
        pairs = zip(own, chain.states, strict=True)
        texts = [f"{one} = {writer.after(state)}" for one, state in pairs]
        texts.append(f"{name} = {laid.back(after) if laid else own_text(after)}")
        return [*writer.lines, *(Line(line, text) for text in texts)]

    def _writer(self, names: dict[Element, str]) -> NumberUpdate:
        return NumberUpdate(self.numbers, self.roles, self.names, names, self.constant, self.ticks)

    def _as_kept(self, name: str) -> Callable[[str], str]:
        """What makes of a parameter what its author keeps: of thresholds it is the negative one."""
        times = self.roles.times(self.parameters()[name])
        return lambda text: text if times == 1 else f"({multiplied(text, times)})"

    def _line_of(self, number: int) -> int:
        return self.sites[self.step.nodes[number].site].line

    def _step_line(self, key: Key) -> int:
        """The line where the first number of a parameter is stepped."""
        assert key[0] == PACKED
        first = [one[0] if isinstance(one, tuple) else one for one in key[1]]
        for element in first:
            made = self.made_of(element) if element.key is not None else None
            node = self.numbers.made_by(made) if made is not None else None
            if node is not None:
                return self.sites[node.site].line
        return self.sites[self.step.loop.site].line

    def _is_linear(self, layer: UnitLayer, outs: tuple[Ref, ...]) -> bool:
        made = [self.numbers.made_by(one) for one in outs]
        return all(
            one is not None and one.number == unit.node
            for one, unit in zip(made, layer.units, strict=True)
        )

    def _line(self, ref: Ref) -> int:
        made = self.numbers.made_by(ref)
        return self.sites[made.site].line if made is not None else 1

    def _lane(self, name: str, at: int) -> str:
        return f"{name}[:, {at}]" if self.batch else f"{name}[{at}]"

    def _joined(self, texts: list[str]) -> str:
        several = ", ".join(texts)
        return f"np.stack([{several}], axis=1)" if self.batch else f"np.array([{several}])"

    def _lane_text(self, ref: Ref) -> str:
        """A number by its name, after the lines that make it."""
        made = self.numbers.made_by(ref)
        assert made is not None
        self.called = {**self.lanes, **self.called}
        return self.made(made)

    def _gradients(self) -> list[str]:
        """Write the gradients of all parameters; their names."""
        names = []
        for n, (layer, found) in enumerate(zip(self.layers, self.roles.layers, strict=True)):
            for name, key in ((self.weights[n], found.weight), (self.biases[n], found.bias)):
                if key is None:
                    continue
                text = self._at_once(key)
                if not text and key is found.weight:
                    text = self._weight_gradient(layer, first=n == 0)
                text = text or multiplied(self._bias_gradient(layer), found.times(key))
                gradient = self.names.take(f"d{name}")
                self.lines.append(Line(self._step_line(key), f"{gradient} = {text}"))
                names.append(gradient)
        return names

    def _weight_gradient(self, layer: UnitLayer, *, first: bool) -> str:
        rows = [
            [self._gradient(one, i if first else None) for i, one in enumerate(unit.weights)]
            for unit in layer.units
        ]
        if self.batch:
            rows = [list(one) for one in zip(*rows, strict=True)]
        if any(unit.weights[0].width for unit in layer.units):
            return f"np.array([{', '.join(one[0] for one in rows)}])"
        texts = [f"[{', '.join(one)}]" for one in rows]
        return f"np.array([{', '.join(texts)}])"

    def _bias_gradient(self, layer: UnitLayer) -> str:
        every = [
            self._gradient(unit.bias, None) if unit.bias is not None else "0.0"
            for unit in layer.units
        ]
        return f"np.array([{', '.join(every)}])"

    def _at_once(self, key: Key) -> str:
        """The gradient of a parameter whose array is stepped as a whole; nothing for any other."""
        first = key[1][0][0] if isinstance(key[1][0], tuple) else key[1][0]
        stepped = as_stepped(self.numbers, first)
        if stepped == first:
            return ""
        if stepped not in self.wholes:
            raise NotReadError(STEPPED_WHOLE, self.sites[self.step.loop.site])
        return self.wholes[stepped].back(self._gradient(stepped, None))

    def _gradient(self, element: Element, at: int | None) -> str:
        """What a step at a rate of 1 takes off an element."""
        if element.key is None:
            return "0.0"
        if element.width and self._by_numbers(element):
            several = [self._gradient(one, None) for one in element.numbers()]
            return f"np.array([{', '.join(several)}])"
        self.prefer = at
        if element in self.stepped:
            return self._cut(self.stepped[element])
        is_sum, every = increments(self.numbers, element)
        if not every:
            return "0.0"
        if not is_sum:
            made = every[0][1]
            rate = repr(self._rate_now())
            text = self._operand(made)
            return f"({self.elements[element]} - {text}) / {rate}"
        texts = []
        self.unit = True
        for sign, taken in every:
            texts.append(f"{'-' if sign > 0 else '+'} {self._operand(taken)}")
        self.unit = False
        self.prefer = None
        return " ".join(texts).removeprefix("+ ")

    def _cut(self, chain: Chain) -> str:
        """The gradient that is carried on: the sum of all that joins what is carried."""
        self.unit = True
        texts = [self._operand(Ref(number, 0)) for number in chain.cuts]
        self.unit, self.prefer = False, None
        return " + ".join(texts)

    def _by_numbers(self, element: Element) -> bool:
        """Whether a vector is stepped number by number."""
        return is_by_numbers(self.numbers, element)

    def _rate_now(self) -> float:
        place = self.roles.rate_place
        return abs(float(self.step.value(self.step.places()[place]))) if place else 1.0

    def _operand(self, taken: Taken) -> str:
        made = self.numbers.made_by(taken)
        if made is None or not isinstance(taken, Ref):
            raise NotReadError("it could not be told what a step adds to a weight")
        if self.unit:
            self.count += 1
            if self.holds_rate(made.number):
                return simple(self.expression(made))
        return self.made(made)
