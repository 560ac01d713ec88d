"""Build a network from a list of layer objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Unpack

from diagnose.builders.array_paths import Path, without
from diagnose.builders.names import Names, signature_names, split
from diagnose.builders.objects import Objects
from diagnose.builders.settings import Chosen, Settings
from diagnose.builders.vocabulary import drawn
from diagnose.errors import BadInputError
from diagnose.network.activations import every_activation, is_activation
from diagnose.network.arrays import Array, Arrays, kind
from diagnose.network.authors_code import named
from diagnose.network.record import Layer, Network

# What classes of layer objects are usually called, without case and separators.
ACTIVATIONS: Mapping[str, str] = {
    "relu": "relu",
    "leakyrelu": "leaky-relu",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "softmax": "softmax",
    "linear": "linear",
    "identity": "linear",
}


def from_layers(
    make: Callable[..., Sequence[Any]],
    *,
    loss_gradient: Callable[..., Array],
    output: Callable[[Array], Array] | None = None,
    activations: Names | None = None,
    weight: str = "W",
    bias: str | None = "b",
    pre: str | None = None,
    gradients: Names | None = None,
    forward: str = "forward",
    backward: str = "backward",
    step: str | None = None,
    steps_in_backward: bool = False,
    **settings: Unpack[Settings],
) -> Network:
    """Build a network from a list of layer objects, each with a forward and a backward method.

    make: returns the list, from nothing, a seed or an rng. Objects with the attribute ``weight``
    are dense layers, and their parameters are named W1, b1, W2 and so on; the objects between them
    are activations, known by the names of their classes or by ``activations="relu softmax"``. pre:
    the attribute with the pre-activation, where a dense layer applies its activation itself.
    output: a function from what the last object returns to what the network answers, such as a
    softmax. loss_gradient: from that and the targets to what the last object's backward is handed.
    Where the objects' backward takes two things, these are what entered and the gradient.
    gradients: the attributes that hold those of weight and bias, ``dW db`` for ``W b``. step: the
    method of an object that takes the rate and makes the step. steps_in_backward: backward takes
    the rate too and makes the step itself. Raises BadInputError.
    """
    chosen = Chosen.of(settings)
    template = list(drawn(make, 0))
    dense = [at for at, one in enumerate(template) if hasattr(one, weight)]
    if not dense:
        raise BadInputError(
            f"{named(make)} returns {kind(template)}, none with an attribute {weight}; say with "
            "weight= what its layers call their weights"
        )
    held = split(gradients) if gradients else (f"d{weight}", f"d{bias}")
    paths: dict[str, Path] = {}
    gradient_paths: dict[str, Path] = {}
    for count, at in enumerate(dense, 1):
        for short, attribute, derivative in zip("Wb", (weight, bias), held, strict=False):
            if attribute is not None and getattr(template[at], attribute, None) is not None:
                paths[f"{short}{count}"] = (at, attribute)
                gradient_paths[f"{short}{count}"] = (at, derivative)
    layers, names = _stacked(template, dense, paths, activations, pre, output)
    words = chosen.words()
    adapter = Objects(
        words=words,
        make=make,
        template=without(template, paths),
        runner=Stack(
            run=forward,
            back=backward,
            step_method=step,
            names=names,
            output=output,
            output_name=layers[-1].out,
            error=loss_gradient,
            with_rate=steps_in_backward,
        ),
        paths=paths,
        gradient_paths=gradient_paths,
        rate_path=None,
        steps=step is not None,
        steps_in_backward=steps_in_backward,
    )
    first = type(template[dense[0]])
    code = {
        "init": getattr(first, "__init__", None),
        "forward": getattr(first, forward, None),
        "backward": getattr(first, backward, None),
        "update": getattr(first, step, None) if step else None,
    }
    return chosen.network(adapter, layers, code)


def _stacked(
    template: Sequence[Any],
    dense: Sequence[int],
    paths: Mapping[str, Path],
    activations: Names | None,
    pre: str | None,
    output: Callable[[Array], Array] | None,
) -> tuple[list[Layer], dict[int, str]]:
    """The layers that a list of objects makes, and the trace's name for what each returns."""
    ends = [*dense[1:], len(template)]
    if activations is None:
        said = [
            _known(template[end - 1] if end - 1 > at else getattr(template[at], "activation", None))
            for at, end in zip(dense, ends, strict=True)
        ]
        if output is not None:
            said[-1] = _known(output)
    else:
        said = list(split(activations))
    if len(said) != len(dense) or not all(map(is_activation, said)):
        raise BadInputError(
            f"there are {len(dense)} dense layers, with the activations {', '.join(map(str, said))}"
            f'; say each in its order, such as activations="relu softmax", of '
            f"{every_activation()}"
        )
    layers, names = [], {}
    for count, (at, end, activation) in enumerate(zip(dense, ends, said, strict=True), 1):
        last = count == len(dense)
        own = end - 1 == at and not (last and output is not None)
        out = f"A{count}"
        if own and activation != "linear":
            # The object applies its activation itself.
            before = "-" if pre is None else f"layers[{at}].{pre}"
            names[at] = out
        else:
            before, names[at] = f"Z{count}", f"Z{count}"
            if own:
                out = before
            elif end - 1 > at:
                names[end - 1] = out if not (last and output) else f"Z{count}"
        layers.append(
            Layer(
                weight=f"W{count}",
                bias=f"b{count}" if f"b{count}" in paths else None,
                pre=before,
                out=out,
                activation=activation,
            )
        )
    return layers, names


def _takes_input(back: Callable[..., Any]) -> bool:
    """Whether a layer's backward is handed what entered it, and then the gradient."""
    return len(signature_names(back)) == 2


def _known(thing: Any) -> str:
    """The activation that an object, a function or a word is called after."""
    if thing is None:
        return "linear"
    name = thing if isinstance(thing, str) else getattr(thing, "__name__", type(thing).__name__)
    plain = name.lower().replace("_", "").replace("-", "")
    for word in ("activation", "layer", "function"):
        plain = plain.replace(word, "")
    return ACTIVATIONS.get(plain, name)


@dataclass(frozen=True, kw_only=True, eq=False)
class Stack:
    """Run layer objects one after the other.

    names: under which name what each layer, by its position, returns is in the trace.
    output: what turns the last layer's output into the network's, which is named output_name.
    error: the derivative of the loss that the last layer's backward is handed.
    """

    run: str
    back: str
    step_method: str | None
    names: Mapping[int, str]
    output: Callable[[Array], Array] | None
    output_name: str
    error: Callable[..., Array]
    with_rate: bool

    def forward(self, thing: Any, pool: Mapping[str, Any]) -> Arrays:
        """Run all layers, first to last."""
        now, trace = pool["x"], {}
        for at, layer in enumerate(thing):
            now = getattr(layer, self.run)(now)
            if at in self.names:
                trace[self.names[at]] = now
        if self.output is not None:
            trace[self.output_name] = self.output(now)
        return trace

    def backward(self, thing: Any, pool: Mapping[str, Any]) -> None:
        """Run all layers, last to first, from the derivative of the loss."""
        now = self.error(pool[self.output_name], pool["targets"])
        backs = [getattr(layer, self.back) for layer in thing]
        entering = [pool["x"]]
        if not self.with_rate and any(_takes_input(back) for back in backs):
            for layer in thing:
                entering.append(getattr(layer, self.run)(entering[-1]))
        for at, back in reversed([*enumerate(backs)]):
            if self.with_rate:
                now = back(now, pool["rate"])
            else:
                now = back(entering[at], now) if _takes_input(back) else back(now)

    def step(self, thing: Any, pool: Mapping[str, Any]) -> None:
        """Let each layer that can make a step make it."""
        for layer in thing:
            if hasattr(layer, str(self.step_method)):
                getattr(layer, str(self.step_method))(pool["rate"])
