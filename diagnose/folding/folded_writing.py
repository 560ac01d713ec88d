"""Writes a step that computes one number after the other as the functions of a network."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from diagnose.folding.carried_numbers import Alike, Chain, Chains, NumberUpdate, alike
from diagnose.folding.elements import PACKED, Element, Numbers
from diagnose.folding.guards import is_guarded
from diagnose.folding.increments import (
    STEPPED_WHOLE,
    Laid,
    as_stepped,
    increments,
    is_by_numbers,
    laid_out,
    made_of,
)
from diagnose.folding.known_numbers import KnownNumbers
from diagnose.folding.units import UnitLayer
from diagnose.network.activations import SLOPED
from diagnose.reading.gradient_writing import SUM, OneSample
from diagnose.reading.loops import Key, name_of, takes
from diagnose.reading.not_read import NotReadError
from diagnose.reading.passes import Passes
from diagnose.reading.roles import Roles
from diagnose.reading.steps import Place
from diagnose.reading.targets import Targets
from diagnose.reading.writing import Line, Names, Writer, kept_as, literal, plain_name, simple
from diagnose.recording.nodes import Const, Node, Ref, Taken, leaves
from diagnose.recording.operations import LINEAR
from diagnose.recording.rewriting import Site

# More operations than this are written for no step: a line of Python takes about a ten-thousandth
# of a millisecond, so that a sample takes half of one, and a training of ten thousand samples the
# seconds that people wait for.
MOST_OPERATIONS = 5000


@dataclass(eq=False)
class FoldedWriter:
    """Writes both passes."""

    numbers: Numbers
    layers: list[UnitLayer]
    outs: list[tuple[Ref, ...]]
    wanted_at: tuple[Place, ...]
    roles: Roles
    targets: Targets
    sites: list[Site]
    chains: Chains
    names: Names = field(default_factory=Names)
    lines: list[Line] = field(default_factory=list)
    called: dict[int, str] = field(default_factory=dict)
    constants: dict[str, Any] = field(default_factory=dict)
    count: int = 0
    sample: OneSample | None = None
    gone: set[int] = field(default_factory=set)
    forward: bool = True
    unit: bool = False
    prefer: int | None = None

    def __post_init__(self) -> None:
        self.step = self.numbers.step
        self.batch = not self.roles.vectors
        self.writer = Writer(self.sites, self.refer, self.const)
        self.known = KnownNumbers(
            self.numbers, self.layers, self.wanted_at, self.batch, self.targets.text
        )
        self.weights, self.biases = self._parameter_names()
        self.elements: dict[Element, str] = {}
        for n, layer in enumerate(self.layers):
            for j, unit in enumerate(layer.units):
                for i, element in enumerate(unit.weights):
                    at = f"{i}, {j}" if self.batch else f"{j}, {i}"
                    if not element.width:
                        self.elements.setdefault(element, f"{self.weights[n]}[{at}]")
                        continue
                    if self.batch or len(unit.weights) > 1:
                        raise NotReadError(
                            "a unit takes several vectors at once", self.sites[self.step.loop.site]
                        )
                    self.elements.setdefault(element, f"{self.weights[n]}[{j}]")
                    for k, one in enumerate(element.numbers()):
                        self.elements.setdefault(one, f"{self.weights[n]}[{j}, {k}]")
                if unit.bias is not None:
                    self.elements.setdefault(unit.bias, f"{self.biases[n]}[{j}]")

        self.carried: dict[Key, Alike] = {}
        self.stepped: dict[Element, Chain] = {}
        self.wholes: dict[Element, Laid] = {}
        for name, key in self._parameters().items():
            laid = laid_out(self.numbers, name, key)
            if laid is not None:
                self.wholes[laid.whole] = laid
                self.elements.setdefault(laid.whole, laid.text)
        if self.chains.others:
            self._carry()

    def _carry(self) -> None:
        """Find what is carried for each parameter."""
        for key in self._parameters().values():
            found = alike(self.chains, key, self.wholes.values())
            if found is not None:
                self.carried[key] = found
        for one in self.carried.values():
            self.stepped |= one.chains
        known = {state.key for chain in self.stepped.values() for state in chain.states}
        lost = [key for key in self.chains.others if key not in known]
        if lost:
            made = self.step.loop.made(self.step.turn, lost[0])
            raise NotReadError(
                "what this is carried for could not be told",
                self.sites[self.step.nodes[made].site] if made is not None else None,
            )

    def _parameter_names(self) -> tuple[list[str], list[str]]:
        """What weights and biases are called: as their container is, where that is one name."""
        wanted = []
        for layer in self.layers:
            weights = [one for unit in layer.units for one in unit.weights]
            biases = [unit.bias for unit in layer.units if unit.bias is not None]
            wanted.append((self._container(weights), self._container(biases)))
        every = [name for pair in wanted for name in set(pair) if name]
        taken: tuple[list[str], list[str]] = ([], [])
        for n, (weight, bias) in enumerate(wanted, 1):
            free = weight and every.count(weight) == 1
            taken[0].append(self.names.take(weight if free else f"W{n}"))
            own = bias and every.count(bias) == 1 and bias != weight
            taken[1].append(self.names.take(bias if own else f"b{n}"))
        return taken

    def _container(self, elements: list[Element]) -> str:
        found = {self._text(one) for one in elements if one.key is not None}
        return found.pop() if len(found) == 1 else ""

    def _made_of(self, element: Element) -> Taken | None:
        return made_of(self.numbers, as_stepped(self.numbers, element))

    def _text(self, element: Element) -> str:
        made = self._made_of(element)
        node = self.numbers.made_by(made) if made is not None else None
        if node is None:
            return ""
        site = self.sites[node.site]
        text = site.target or (site.operands[0] if site.operands else "")
        while text.endswith("]") and "[" in text and plain_name(text) == "":
            text = text[: text.rindex("[")]
        head = text.partition("[")[0]
        return plain_name(text) if plain_name(head) and "[" not in text else plain_name(head)

    # what is written

    def written(self) -> Passes:
        """Write both passes."""
        layers: list[str] = []
        entering = "x"
        self.out_names: list[str] = []
        self.lanes: dict[int, str] = {}
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
            slope = f" {found.slope!r}" if found.activation in SLOPED else ""
            bias = self.biases[n] if layer.bias is not None else "-"
            layers.append(f"{weight} {bias} {pre} {out} {found.activation}{slope}")
            entering = out
        forward, self.lines, self.called = self.lines, [], dict(self.lanes)
        self.forward = False
        self._sums()
        gradients = self._gradients()
        parameters = self._parameters()
        update, state = self._update(parameters)
        return Passes(
            parameters=parameters, forward=tuple(forward), trace=tuple(self.out_names),
            backward=tuple(self.lines),
            takes=("x", *self.out_names, *parameters, "targets"),
            gradients=tuple(gradients), update=update, layers=tuple(layers),
            constants=self.constants,
            rate=self._rate_now() * (self._samples() if self.roles.over_samples else 1),
            state=state,
            sample=self.sample,
        )  # fmt: skip

    def _samples(self) -> int:
        return self.step.loop.samples(self.step.turn)

    def _sums(self) -> None:
        """Write what each sample adds to the sums of a step that goes through several."""
        within = self.step.loop.turns_within(self.step.turn)
        if within is None:
            return
        returned, called = [], {}
        for number, way in sorted(within.sums.items()):
            node = self.step.nodes[number]
            if not self._is_needed(number):
                continue
            added = self.numbers.made_by(node.args[way[1]])
            assert added is not None
            self.prefer = None
            returned.append(self._made(added))
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

    def _parameters(self) -> dict[str, Key]:
        found: dict[str, Key] = {}
        for n, layer in enumerate(self.roles.layers):
            found[self.weights[n]] = layer.weight
            if layer.bias is not None:
                found[self.biases[n]] = layer.bias
        return found

    def _update(self, parameters: dict[str, Key]) -> tuple[tuple[Line, ...], dict[str, Key]]:
        """The step, and what it carries beside the parameters, by name."""
        lines: list[Line] = []
        states: dict[str, Key] = {}
        for name, key in parameters.items():
            found = self.carried.get(key)
            if found is None:
                lines.append(Line(self._step_line(key), f"{name} = {name} - rate * d{name}"))
                continue
            own = [
                self.names.take(f"state_{len(states) + n + 1}") for n in range(len(found.states))
            ]
            states |= dict(zip(own, found.states, strict=True))
            lines += self._carried_step(name, found, own)
        return tuple(lines), states

    def _carried_step(self, name: str, found: Alike, own: list[str]) -> list[Line]:
        """The step of a parameter for which something is carried."""
        laid, chain = found.laid, found.chains[found.first]
        names = {found.first: laid.text if laid else name}
        names |= dict(zip(chain.states, own, strict=True))
        gradient = laid.own(f"d{name}") if laid else f"d{name}"
        if self.holds_rate(chain.cuts[0]):
            gradient = f"(rate * {gradient})"
        writer = NumberUpdate(self.numbers, self.roles, self.names, names, self._constant)
        writer.write(chain, gradient)
        line = self._line_of(chain.inner[-1])
        after = writer.after(found.first)
        pairs = zip(own, chain.states, strict=True)
        texts = [f"{one} = {writer.after(state)}" for one, state in pairs]
        texts.append(f"{name} = {laid.back(after) if laid else after}")
        return [*writer.lines, *(Line(line, text) for text in texts)]

    def _line_of(self, number: int) -> int:
        return self.sites[self.step.nodes[number].site].line

    def _step_line(self, key: Key) -> int:
        """The line where the first number of a parameter is stepped."""
        assert key[0] == PACKED
        first = [one[0] if isinstance(one, tuple) else one for one in key[1]]
        for element in first:
            made = self._made_of(element) if element.key is not None else None
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
        return self._made(made)

    def _made(self, node: Node) -> str:
        """The name of what an operation makes, after the lines that make what it takes."""
        todo = [(node, False)]
        unit, self.unit = self.unit, False  # a line of its own is written with the rate as it is
        while todo:
            one, ready = todo.pop()
            if one.number in self.called:
                continue
            if not ready:
                todo.append((one, True))
                for taken in takes(one):
                    below = self.numbers.made_by(taken)
                    if below is not None and self.numbers.element(taken) is None:
                        todo.append((below, False))
                continue
            self.count += 1
            if self.count > MOST_OPERATIONS:
                raise NotReadError(
                    f"weights are multiplied one by one, and a step has more than "
                    f"{MOST_OPERATIONS} such operations",
                    self.sites[one.site],
                )
            site = self.sites[one.site]
            if one.number in self.gone:
                raise NotReadError("what only the last sample has made is used after it", site)
            text = self._expression(one)
            name = self.names.take(site.target)
            self.lines.append(Line(site.line, f"{name} = {text}"))
            self.called[one.number] = name
        self.unit = unit
        return self.called[node.number]

    def _expression(self, node: Node) -> str:
        text = self.writer.result(node)
        if node.done is math.exp and is_guarded(self.sites[node.site]):
            return text.replace("math.exp", "np.exp", 1)  # infinite, where that one would stop
        return text

    def const(self, taken: Const, node: Node, path: tuple[Any, ...]) -> str:
        """A value that the tape does not know."""
        return self._outside(taken, node, path)

    def refer(self, ref: Ref, node: Node, path: tuple[Any, ...]) -> str:
        """A value that the tape knows."""
        numbers = self.numbers
        if self.unit and (node.number, path) in self.roles.rates:
            return self.roles.unit_rate(self._count)
        element = numbers.element(ref)
        if element is not None:
            if element not in self.elements:
                raise NotReadError(
                    "a state beside the weights takes part in the step", self.sites[node.site]
                )
            return self.elements[element]
        made = numbers.made_by(ref)
        if made is None:
            resolved = numbers.resolved(ref)
            if isinstance(resolved, Ref | Const) and resolved is not ref:
                return (
                    self.refer(resolved, node, path)
                    if isinstance(resolved, Ref)
                    else literal(resolved.value, self.sites[node.site], self._constant)
                )
            return self._outside(ref, node, path)
        if self.unit and self.holds_rate(made.number):
            return simple(self._expression(made))
        return self._made(made)

    def _constant(self, value: Any) -> str:
        return kept_as(value, self.constants, self.names)

    def holds_rate(self, number: int) -> bool:
        """Whether the rate is a factor of what an operation makes."""
        if number < self.numbers.start or number not in self.numbers.at:
            return False
        node = self.step.nodes[number]
        if any((number, path) in self.roles.rates for path, _ in leaves((node.args, node.kw))):
            return True
        if name_of(node) not in LINEAR:
            return False
        return any(self.holds_rate(ref.node) for ref in takes(node))

    def _outside(self, taken: Ref | Const, node: Node, path: tuple[Any, ...]) -> str:
        """A value from elsewhere: of a sample, of its target, or a constant."""
        site = self.sites[node.site]
        if self.unit and (node.number, path) in self.roles.rates:
            return self.roles.unit_rate(self._count)
        at = self.numbers.at.get(node.number)
        if at is None:
            raise NotReadError("what is used here is not known", site)
        place = (at, path)
        if place in self.wanted_at:
            return self.known.target(self.wanted_at.index(place))
        if not self.numbers.written_out(place):
            values = self.numbers.values(place)
            if self._is_count(values):
                return self._count
            known = self._known(values, node)
            if known:
                return known
            if self.numbers.varies(place) and (node.number, path) not in self.roles.rates:
                raise NotReadError(
                    "what is used here is another in each step, and nothing says why", site
                )
        value = self.step.value(taken)
        if value is None:
            raise NotReadError("a value of this operation was not kept", site)
        return literal(value, site, self._constant)

    @property
    def _count(self) -> str:
        return "x.shape[1]" if self.roles.layout == "columns" else "len(x)"

    def _is_count(self, values: list[Any]) -> bool:
        """Whether a number is that of the samples that the step has gone through."""
        counts = [one.loop.samples(one.turn) for one in self.numbers.steps]
        return self.sample is not None and counts == values[: len(counts)]

    def _known(self, values: list[Any], node: Node) -> str:
        """What a value is in all steps, of what is done for one sample."""
        if self.sample is not None:
            return ""
        target = "" if self.forward else self.known.of_target(values)
        return (
            self.known.of_sample(values, self.prefer)
            or target
            or self.known.of_unit(values, node, self.lanes)
        )

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
                text = text or self._bias_gradient(layer)
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
                return simple(self._expression(made))
        return self._made(made)
