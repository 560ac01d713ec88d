"""Updates of a script that do more than step parameters, as a ``Network`` has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from diagnose.network.arrays import Array, Arrays, as_array, is_whole


@dataclass(frozen=True, kw_only=True)
class Carrying:
    """An update that carries more than the parameters: it hands it on among them.

    A network is drawn without it; what is not there yet is what it was before the first step.
    """

    step: Callable[..., Any]
    parameters: tuple[str, ...]
    state: tuple[str, ...]
    began: Mapping[str, Array] = field(compare=False)

    def __call__(self, parameters: Arrays, gradients: Arrays, rate: float) -> Arrays:
        """The parameters after the step, and what is carried beside them."""
        slopes = [gradients[name] for name in self.parameters]
        made = self.step(*self.given(parameters), *slopes, rate)
        names = (*self.parameters, *self.state)
        return {name: as_array(one) for name, one in zip(names, made, strict=True)}

    def given(self, parameters: Arrays) -> list[Array]:
        """The parameters, and what is carried beside them."""
        carried = [parameters.get(name, self.began[name]) for name in self.state]
        return [*(parameters[name] for name in self.parameters), *carried]


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """Where a step takes its gradient, of parameters and of what is carried beside them."""

    step: Callable[..., Any]
    carrying: Carrying

    def __call__(self, parameters: Arrays, rate: float) -> Arrays:
        """The parameters there; before the first step they are its own."""
        made = self.step(*self.carrying.given(parameters), rate)
        names = self.carrying.parameters
        return {
            **parameters,
            **{name: as_array(one) for name, one in zip(names, made, strict=True)},
        }


@dataclass(frozen=True, eq=False)
class Stored:
    """An update that writes into parameters which hold whole numbers, and leaves them such.

    names: those parameters. One that is drawn with fractions keeps them.
    """

    update: Callable[[Arrays, Arrays, float], Arrays]
    names: tuple[str, ...]

    def __call__(self, parameters: Arrays, gradients: Arrays, rate: float) -> Arrays:
        """The parameters after the step."""
        made = {**self.update(parameters, gradients, rate)}
        for name in self.names:
            if is_whole(parameters[name]):
                made[name] = made[name].astype(parameters[name].dtype)
        return made
