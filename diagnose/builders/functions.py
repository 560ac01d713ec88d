"""Build a network from plain functions that hand arrays or dicts around."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Unpack

from diagnose.builders.kept_state import State, alone
from diagnose.builders.names import Names, gather, signature_names, split, spread
from diagnose.builders.settings import Chosen, Settings, as_layer
from diagnose.builders.vocabulary import Gradients, Words, by_parameter, descend, drawn
from diagnose.network.arrays import Array, Arrays, copied
from diagnose.network.record import Layer, Network


def from_functions(
    *,
    parameters: Names,
    init: Callable[..., Any],
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    trace: Names = "",
    gradients: Names | None = None,
    layers: Sequence[str | Layer],
    update: Callable[..., Any] | None = None,
    forward_takes: Names | None = None,
    backward_takes: Names | None = None,
    update_takes: Names | None = None,
    state: Mapping[str, Any] | None = None,
    **settings: Unpack[Settings],
) -> Network:
    """Build a network from plain functions; what they return is a tuple, or a dict by name.

    parameters: the names of what ``init`` returns, in its order. ``init`` takes nothing, a seed or
    an rng. forward takes x and then the parameters, or as ``forward_takes`` says; trace: the names
    of what it returns. gradients: the parameters' names, in the order in which ``backward`` returns
    the gradients. update: the step, on arrays that it returns or writes into; plain gradient
    descent if not given. state: what the step keeps beside the parameters, such as velocities or a
    count of steps, by the names under which update takes it, each as it is before the first step;
    update returns it after the parameters, or writes into it. Raises BadInputError.
    """
    chosen = Chosen.of(settings)
    takes = ("x", *split(parameters)) if forward_takes is None else forward_takes
    if forward_takes is None and {*signature_names(forward)} & {"parameters", "params"}:
        takes = signature_names(forward)
    functions = Functions(
        words=chosen.words(),
        parameters=parameters,
        make=init,
        run=forward,
        run_takes=takes,
        trace=trace,
        back=backward,
        back_takes=signature_names(backward) if backward_takes is None else backward_takes,
        gradients=parameters if gradients is None else gradients,
        step=update,
        step_takes=(
            signature_names(update) if update and update_takes is None else update_takes or ()
        ),
        state=State(began=state or {}),
    )
    code = {"init": init, "forward": forward, "backward": backward, "update": update}
    own = [name for name in split(takes) if name not in split(parameters)]
    return chosen.network(functions, [as_layer(one) for one in layers], code, own)


@dataclass(frozen=True, kw_only=True, eq=False)
class Functions:
    """Plain functions that take and return arrays by position, or dicts of them."""

    words: Words
    parameters: Names
    make: Callable[..., Any]
    run: Callable[..., Any]
    run_takes: Names
    trace: Names
    back: Callable[..., Any]
    back_takes: Names
    gradients: Names
    step: Callable[..., Any] | None
    step_takes: Names
    state: State

    def init(self, seed: int) -> Arrays:
        """Draw the parameters."""
        return spread(self.parameters, drawn(self.make, seed), self.make)

    def forward(self, parameters: Arrays, x: Array) -> Arrays:
        """Call the author's forward pass; what it returns of the parameters is left out."""
        given = self.run(*gather(self.run_takes, self.words.inputs(parameters, x), self.run))
        found = spread(self.trace, given, self.run)
        return {name: one for name, one in found.items() if name not in parameters}

    def backward(self, parameters: Arrays, trace: Arrays, x: Array, labels: Array) -> Arrays:
        """Call the author's backward pass with the trace's own arrays."""
        pool = self.words.samples(parameters, trace, x, labels)
        given = self.back(*gather(self.back_takes, pool, self.back))
        return by_parameter(spread(self.gradients, given, self.back), parameters)

    def update(self, parameters: Arrays, gradients: Arrays, rate: float) -> Arrays:
        """Call the author's step on copies, which it may return, or write into."""
        if self.step is None:
            return descend(parameters, gradients, rate)
        now, state = copied(alone(parameters)), self.state.given(parameters)
        pool = {**self.words.step(now, gradients, rate), **state}
        handed = gather(self.step_takes, pool, self.step)
        given = self.step(*handed)
        given, state = self._apart(given, state)
        return self._stepped(given, handed, now) | self.state.kept(state, self.step)

    def _apart(self, given: Any, state: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """What a step returned of the parameters, and what it keeps beside them.

        In a tuple that comes after them; the parameters may be one dict.
        """
        count = len(state)
        if not count or not isinstance(given, tuple | list):
            return given, state
        if len(given) not in (1 + count, len(split(self.parameters)) + count):
            return given, state
        own, kept = given[:-count], given[-count:]
        whole = len(own) == 1 and isinstance(own[0], Mapping)
        return own[0] if whole else own, dict(zip(state, kept, strict=True))

    def _stepped(self, given: Any, handed: list[Any], now: Arrays) -> Arrays:
        """The parameters, as a step returned them or wrote into them."""
        assert self.step is not None
        if given is not None:
            return spread(self.parameters, given, self.step)
        for name, one in zip(split(self.step_takes), handed, strict=True):
            if name in self.state.began:
                continue
            if " " in name or (isinstance(one, dict) and not isinstance(one, Gradients)):
                now |= {key: a for key, a in spread(name, one, self.step).items() if key in now}
        return now
