"""Build a ``Network`` from code as people write it: functions, an object, or layer objects.

>>> NETWORK = from_functions(
...     parameters="W1 b1 W2 b2", init=init, forward=forward, trace="Z1 A1 Z2 A2",
...     backward=backward, layers=("W1 b1 Z1 A1 relu", "W2 b2 Z2 A2 softmax"),
...     learning_rate=0.1, layout="rows",
... )

Names stand in strings, in the code's own order: ``"W1 b1 W2 b2"``; a list within a tuple is a
string within a tuple: ``("W1 W2", "b1 b2")``. What a function is handed is read from the names of
its own arguments where these are known words (``adapters.Words``), parameters or arrays of the
trace; else ``..._takes`` says it, such as ``backward_takes="x Z1 A1 Z2 A2 W2 targets"``.

Each layer is a string of five words: weight, bias (- for none), pre-activation (- if the code
keeps none: it is then computed from weight and bias), output, activation.

A network that answers with numbers says so by ``classes=0``; its labels are then these numbers:

>>> SINE = from_functions(
...     parameters="W1 b1 W2 b2", init=init, forward=forward, trace="Z1 A1 out",
...     backward=backward, layers=("W1 b1 Z1 A1 tanh", "W2 b2 out out linear"),
...     learning_rate=0.05, classes=0, loss="squared-error", data=(x, np.sin(x[:, 0])),
... )
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Unpack, get_args

import numpy as np

from diagnose import objects
from diagnose.adapters import Functions, drawn
from diagnose.errors import BadInputError
from diagnose.naming import Names, kind, named, signature_names, split
from diagnose.network import Activation, Array, Layer, Network
from diagnose.objects import Methods, Objects, Path, Stack
from diagnose.settings import Chosen, Settings, as_rate

# What classes of layer objects are usually called, without case and separators.
ACTIVATIONS: Mapping[str, Activation] = {
    "relu": "relu",
    "leakyrelu": "leaky-relu",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "softmax": "softmax",
    "linear": "linear",
    "identity": "linear",
}


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
    **settings: Unpack[Settings],
) -> Network:
    """Build a network from plain functions; what they return is a tuple, or a dict by name.

    parameters: the names of what ``init`` returns, in its order. ``init`` takes nothing, a seed or
    an rng. forward takes x and then the parameters, or as ``forward_takes`` says; trace: the names
    of what it returns. gradients: the parameters' names, in the order in which ``backward`` returns
    the gradients. update: the step, on arrays that it returns or writes into; plain gradient
    descent if not given. Raises BadInputError.
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
    )
    code = {"init": init, "forward": forward, "backward": backward, "update": update}
    return chosen.network(functions, [_layer(one) for one in layers], code)


def from_object(
    make: Callable[..., Any],
    *,
    parameters: Names,
    layers: Sequence[str | Layer],
    forward: str = "forward",
    backward: str = "backward",
    step: str | None = None,
    forward_takes: Names = "x",
    backward_takes: Names | None = None,
    step_takes: Names | None = None,
    returns: Names | None = None,
    gradients: Names | None = None,
    rate_attribute: str | None = None,
    steps_in_backward: bool = False,
    **settings: Unpack[Settings],
) -> Network:
    """Build a network from an object that has its parameters in attributes and methods to run it.

    make: the class, or whatever else makes the object, from nothing, a seed or an rng.
    parameters: the attributes that hold them: ``"W1 b1"``, ``"layer1.W"``; of a list (``weights``)
    they are named ``weights[0]``, of a dict (``params``) by its keys. forward, backward, step:
    names of methods. Every array that forward leaves in the object is an array of the trace,
    returns names what it returns. gradients: the attributes that hold them, in the order of the
    parameters, ``dW1`` for ``W1`` if not given; or the parameters' names in the order in which
    backward returns them. rate_attribute: the attribute that holds the learning rate.
    steps_in_backward: backward changes the parameters itself. Raises BadInputError.
    """
    chosen = Chosen.of(settings)
    template = drawn(make, 0)
    rate = tuple(rate_attribute.split(".")) if rate_attribute else None
    if rate is not None and "learning_rate" not in settings:
        chosen = replace(chosen, learning_rate=as_rate(objects.find(template, rate)))
    holders = split(parameters)
    paths = _paths(template, holders)
    given = holders if gradients is None else split(gradients)
    returned = given if {*given} == {*holders} else holders
    held = _derivatives(holders) if {*given} == {*holders} else given
    if len(held) != len(holders):
        raise BadInputError(
            f"gradients names {len(held)} attributes, {', '.join(held)}, for {len(holders)} that "
            f"hold parameters, {', '.join(holders)}; name one for each, in the same order"
        )
    adapter = Objects(
        words=chosen.words(),
        make=make,
        template=_without(template, paths),
        runner=Methods(
            run=forward,
            run_takes=forward_takes,
            returns=returns,
            back=backward,
            back_takes=backward_takes,
            gradients=tuple(_group(name, paths) for name in returned),
            step_method=step,
            step_takes=step_takes,
        ),
        paths=paths,
        gradient_paths={
            name: (*_path(derivative), *path[len(_path(holder)) :])
            for holder, derivative in zip(holders, held, strict=True)
            for name, path in paths.items()
            if path[: len(_path(holder))] == _path(holder)
        },
        rate_path=rate,
        steps=step is not None,
        steps_in_backward=steps_in_backward,
    )
    methods = {"forward": forward, "backward": backward, "update": step}
    code = {role: getattr(template, name) for role, name in methods.items() if name}
    return chosen.network(
        adapter, [_layer(one) for one in layers], {"init": _maker(template, make), **code}
    )


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
        template=_without(template, paths),
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


def _layer(given: str | Layer) -> Layer:
    """``"W1 b1 Z1 A1 relu"``, and after leaky-relu its slope."""
    if isinstance(given, Layer):
        return given
    words = given.split()
    activation, slope = "".join(words[4:5]), words[5:]
    if activation not in get_args(Activation) or len(slope) > 1:
        raise BadInputError(
            f"the layer {given!r} is not five words: weight, bias (- for none), pre-activation "
            f"(- if none is kept), output, and one of {', '.join(get_args(Activation))}"
        )
    weight, bias, pre, out = words[:4]
    return Layer(
        weight=weight,
        bias=None if bias == "-" else bias,
        pre=pre,
        out=out,
        activation=activation,  # type: ignore[arg-type]
        **({"slope": float(slope[0])} if slope else {}),
    )


def _maker(template: Any, make: Callable[..., Any]) -> Any:
    own = getattr(type(template), "__init__", None)
    return own if hasattr(own, "__code__") else make


def _without(template: Any, paths: Mapping[str, Path]) -> Any:
    """The object without its parameters, so that a copy of it is made quickly."""
    for path in paths.values():
        objects.put(template, path, None)
    return template


def _path(name: str) -> Path:
    return tuple(name.split("."))


def _derivatives(holders: Sequence[str]) -> tuple[str, ...]:
    """``dW1`` for ``W1``, ``layer1.dW`` for ``layer1.W``."""
    return tuple(f"{''.join(one.rpartition('.')[:2])}d{one.rpartition('.')[2]}" for one in holders)


def _group(holder: str, paths: Mapping[str, Path]) -> str:
    """The names of the parameters that an attribute holds; a list is told by a space."""
    if holder in paths:
        return holder
    size = len(_path(holder))
    return "".join(f"{name} " for name, path in paths.items() if path[:size] == _path(holder))


def _paths(template: Any, holders: Sequence[str]) -> dict[str, Path]:
    """Where each parameter is; those in lists and dicts one by one."""
    paths: dict[str, Path] = {}
    for name in holders:
        path = _path(name)
        there = objects.find(template, path)
        if isinstance(there, list):
            paths |= {f"{name}[{at}]": (*path, at) for at in range(len(there))}
        elif isinstance(there, dict):
            paths |= {str(key): (*path, key) for key in there}
        elif isinstance(there, np.ndarray):
            paths[name] = path
        else:
            arrays = ", ".join(one for one, _ in objects.arrays_in(template)) or "none"
            raise BadInputError(
                f"{type(template).__name__} has no array {name} when it is made; its arrays are "
                f"{arrays}"
            )
    return paths


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
    if len(said) != len(dense) or any(one not in get_args(Activation) for one in said):
        raise BadInputError(
            f"there are {len(dense)} dense layers, with the activations {', '.join(map(str, said))}"
            f'; say each in its order, such as activations="relu softmax", of '
            f"{', '.join(get_args(Activation))}"
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
                activation=activation,  # type: ignore[arg-type]
            )
        )
    return layers, names


def _known(thing: Any) -> str:
    """The activation that an object, a function or a word is called after."""
    if thing is None:
        return "linear"
    name = thing if isinstance(thing, str) else getattr(thing, "__name__", type(thing).__name__)
    plain = name.lower().replace("_", "").replace("-", "")
    for word in ("activation", "layer", "function"):
        plain = plain.replace(word, "")
    return ACTIVATIONS.get(plain, name)
