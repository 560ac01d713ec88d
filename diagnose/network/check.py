"""See that a network does what the contract says, before anything is trained.

Each of the author's functions is run once or twice on a few samples. What is missing or does not
fit is told in the author's terms: which function, called with which shapes, returned what, and
what was expected. What a probe reports as a finding is let through: wrong gradients, writes into
what was handed over, overflow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from diagnose.errors import BadInputError
from diagnose.network.arrays import Array, Arrays, as_float, copied, kind, shapes
from diagnose.network.asking import (
    arrays_of,
    call,
    given_to_forward,
    numbers_of,
    refused,
    who,
)
from diagnose.network.declared import applied_otherwise, check_record
from diagnose.network.record import Network, fan_in, fan_out
from diagnose.network.samples import Data, are_classes
from diagnose.network.softmax import SUMS_TO_ONE, recognized
from diagnose.network.tasks import CLASSIFICATION, REGRESSION
from diagnose.style.text import listed


def check(network: Network, data: Data) -> None:
    """Run each of the network's functions; BadInputError for the first thing that does not fit."""
    check_record(network)
    parameters = _draw(network)
    _check_labels(network, data)
    rows = _prepare(network, data, parameters)
    labels = data.labels[: len(rows)]
    _check_order(network, data)
    rate = _check_rate(network)
    x = network.lay_out(rows)
    trace = _predict(network, parameters, x)
    _check_output(network, trace, labels, given_to_forward(parameters, x))
    if otherwise := applied_otherwise(network, parameters, trace, rows):
        raise refused(network, "forward", otherwise)
    _check_accuracy(network, trace, labels)
    gradients = _differentiate(network, parameters, trace, x, labels)
    layered = {name for one in network.layers for name in (one.weight, one.bias)}
    missing = [name for name in parameters if name not in gradients and name in layered]
    try:
        after = _step(network, parameters, gradients, rate)
    except BadInputError as error:
        if missing:
            raise refused(network, "backward", _no_gradient(missing, gradients)) from error
        raise
    _check_step(network, parameters, after)


def _draw(network: Network) -> Arrays:
    """Draw the parameters twice with one seed, which must give the same."""
    parameters, second = (
        arrays_of(
            network, "init", call(network, "init", {"seed": 0}, 0),
            "the parameters, a dict of name and array",
        )
        for _ in range(2)
    )  # fmt: skip
    if not parameters:
        raise refused(network, "init", "returned no parameters, expected a dict of arrays")
    for name, one in parameters.items():
        if not np.size(one):
            raise refused(
                network,
                "init",
                f"returned {name} of shape {one.shape}, which holds no number; draw at least one "
                "unit and one input",
            )
        if name not in second or not np.array_equal(one, second[name], equal_nan=True):
            raise refused(
                network,
                "init",
                f"gives two different {name} when called twice with the same seed; draw all "
                "random numbers from the seed that it is handed, or from np.random",
            )
    for count, layer in enumerate(network.layers, 1):
        for role, key in (("weight", layer.weight), ("bias", layer.bias)):
            if key is not None and key not in parameters:
                raise refused(
                    network,
                    "init",
                    f"returned {', '.join(parameters)}, and layer {count} names the {role} {key}; "
                    "name it as it is drawn",
                )
        if layer.bias is not None and np.ndim(parameters[layer.bias]) == 0:
            units = fan_out(network, layer, parameters) if parameters[layer.weight].ndim == 2 else 1
            if units > 1:
                raise refused(
                    network,
                    "init",
                    f"returned the number {parameters[layer.bias]} for {layer.bias}, the bias of "
                    f"{units} units; draw one for each, np.zeros({units})",
                )
        if parameters[layer.weight].ndim != 2:
            raise refused(
                network,
                "init",
                f"returned {layer.weight} of shape {parameters[layer.weight].shape}, expected a "
                "matrix: inputs and units",
            )
    return parameters


def _check_labels(network: Network, data: Data) -> None:
    parts = {"labels": data.labels, "test labels": data.test_labels}
    for name, labels in parts.items():
        if network.task is CLASSIFICATION and not are_classes(labels):
            raise BadInputError(
                f"the {name} of {data.name} are no whole numbers ({labels.dtype}), and "
                f"{network.name} answers with classes; give labels from 0, or say classes=0 if it "
                "answers with numbers"
            )
        if network.task is REGRESSION and labels.dtype.kind != "f":
            raise BadInputError(
                f"the {name} of {data.name} are no real numbers ({labels.dtype}), and "
                f"{network.name} answers with numbers (classes=0); give labels of a floating-point "
                "type, or say how many classes= there are"
            )
    if network.task is REGRESSION:
        _check_numbers(network, data, parts)
        return
    every = np.concatenate([data.labels, data.test_labels])
    if every.min() < 0 or every.max() >= network.classes:
        wrong = int(every.max() if every.max() >= network.classes else every.min())
        raise BadInputError(
            f"{data.name} has the label {wrong}, and {network.name} answers 0 to "
            f"{network.classes - 1}; give data with labels in that range, or say classes="
        )


def _check_numbers(network: Network, data: Data, parts: Mapping[str, Array]) -> None:
    """Labels that are real numbers: finite, of one width, and different from each other."""
    for name, labels in parts.items():
        if not np.isfinite(labels).all():
            raise BadInputError(
                f"the {name} of {data.name} hold numbers that are not finite (NaN or inf); repair "
                "or remove these samples"
            )
    if data.labels.shape[1:] != data.test_labels.shape[1:]:
        raise BadInputError(
            f"{data.name} has labels {data.labels.shape} and test labels "
            f"{data.test_labels.shape}; give as many numbers for each sample in both"
        )
    targets = call(network, "encode", parts, data.test_labels, function=network.targets)
    if not targets.var(axis=0).sum() > 0:
        raise BadInputError(
            f"the test labels of {data.name} are all the same ({len(targets)} samples): how much "
            "of their variance a network explains cannot be measured; give samples that differ"
        )


def _prepare(network: Network, data: Data, parameters: Arrays) -> Array:
    """Prepare the samples of one step."""
    images = np.array(data.images[: network.batch_size])
    rows = call(network, "prepare", {"images": images}, images.copy())
    what = f"called with images {images.shape}, returned"
    if not isinstance(rows, np.ndarray) or rows.ndim != 2 or len(rows) != len(images):
        raise refused(
            network,
            "prepare",
            f"{what} {kind(rows)}, expected ({len(images)}, features): a row for each image",
        )
    if rows.dtype.kind not in "fiub":
        raise refused(
            network, "prepare", f"{what} numbers of type {rows.dtype}, expected real ones"
        )
    features, first = fan_in(network, network.layers[0], parameters), network.layers[0].weight
    if rows.shape[1] != features:
        size = "x".join(map(str, data.images.shape[1:]))
        shape = parameters[first].shape
        other = {"columns": "rows", "rows": "columns"}[network.layout]
        turned = ""
        if rows.shape[1] in shape:
            turned = (
                f'; or is layout="{other}" meant? Where its code multiplies by {first}.T, name '
                "that as the weight in layers="
            )
        elif rows.shape[1] == features - 1:
            within = f"{first}[-1]" if network.layout == "rows" else f"{first}[:,-1]"
            turned = (
                "; where its code appends ones for the biases, name that row or column of the "
                f"weight as the bias in layers=, such as {within}"
            )
        raise BadInputError(
            f"{network.name} takes {features} numbers per image ({first} is {shape}, in "
            f"{network.layout}), and from {data.name} ({size} pixels) {who(network, 'prepare')} "
            f"makes {rows.shape[1]}; give images of the size it was made for{turned}"
        )
    return rows


def _check_order(network: Network, data: Data) -> None:
    labels = np.array(data.labels)
    said = f"called with labels {labels.shape}, epoch 0 and seed 0, returned"
    given = call(network, "order", {"labels": labels}, labels, 0, 0)
    order = numbers_of(network, "order", given)
    if order.ndim != 1 or order.dtype.kind not in "iu" or not len(order):
        raise refused(
            network,
            "order",
            f"{said} {kind(given)} of {order.dtype}, expected the whole numbers of the samples, in "
            "the order in which they are shown",
        )
    outside = order[(order < 0) | (order >= len(labels))]
    if len(outside):
        raise refused(
            network, "order", f"{said} the number {outside[0]}, expected 0 to {len(labels) - 1}"
        )


def _check_rate(network: Network) -> float:
    for epoch in sorted({0, network.epochs - 1}):
        rate = call(network, "learning_rate", {"epoch": epoch}, epoch)
        try:
            fits = math.isfinite(rate)
        except (TypeError, ValueError, OverflowError):
            fits = False
        if not fits:
            said = kind(rate) if not isinstance(rate, float | np.floating) else repr(float(rate))
            raise refused(
                network,
                "learning_rate",
                f"called with epoch {epoch}, returned {said}, expected a finite number",
            )
    return float(network.learning_rate(0))


def _predict(network: Network, parameters: Arrays, x: Array) -> Arrays:
    """Run forward twice: it must change no parameter and say the same both times."""
    given = given_to_forward(parameters, x)
    handed = copied(parameters)
    found = call(network, "forward", given, handed, x.copy())
    trace = arrays_of(network, "forward", found, "every intermediate array, in a dict")
    changed = [name for name in parameters if not _same(handed.get(name), parameters[name])]
    if changed:
        raise refused(
            network,
            "forward",
            f"changes {listed(changed)} while it only predicts; compute with new arrays",
        )
    for count, layer in enumerate(network.layers, 1):
        for role, name in (("pre", layer.pre), ("out", layer.out)):
            if name not in trace:
                raise refused(
                    network,
                    "forward",
                    f"called with {shapes(given)}, returned {', '.join(trace) or 'nothing'}, and "
                    f"layer {count} names {name} as its {role}; return it under that name",
                )
            if not np.size(trace[name]):
                raise refused(
                    network,
                    "forward",
                    f"called with {shapes(given)}, returned {name} {np.shape(trace[name])}, which "
                    "holds no number; return a number for each unit and sample",
                )
    kept = copied(trace)
    found = call(network, "forward", given, copied(parameters), x.copy())
    again = arrays_of(network, "forward", found, "every intermediate array, in a dict")
    last = network.layers[-1].out
    if not _same(again.get(last), kept[last]):
        raise refused(
            network,
            "forward",
            f"gives two different {last} when called twice with the same parameters and the same "
            "input; it must not depend on what was computed before, or on chance",
        )
    return trace


def _check_output(network: Network, trace: Arrays, labels: Array, given: Mapping[str, Any]) -> None:
    last = network.layers[-1]
    out = np.asarray(trace[last.out])
    targets = call(network, "encode", {"labels": labels}, labels, function=network.targets)
    count, outputs = targets.shape
    expected = (count, outputs) if network.layout == "rows" else (outputs, count)
    said = f"called with {shapes(given)}, returned {last.out} {out.shape}, expected {expected}"
    if out.ndim == 1:
        raise refused(
            network, "forward", f"{said}; if it takes one sample as a vector, say vectors=True"
        )
    if out.ndim == 3:
        raise refused(
            network,
            "forward",
            f'{said}; if it takes one sample as a column or row, say vectors="matrices"',
        )
    if out.ndim != 2 or (out.shape == expected[::-1] != expected):
        raise refused(network, "forward", f"{said}, as layout={network.layout!r} has it")
    samples, units = network.as_rows(out).shape
    # One number for all outputs, as labels that were never encoded, is left to its probe.
    unencoded = outputs == 1 and units == network.classes
    if samples == count and units != outputs and not unencoded:
        raise refused(
            network,
            "forward",
            f"{said}: {outputs} outputs, by {_said_outputs(network)}",
        )
    if last.activation != "softmax" or not np.isfinite(out).all():
        return
    rows = network.as_rows(out)
    sums = {"classes": rows.sum(axis=1), "samples": rows.sum(axis=0)}
    if np.abs(sums["classes"] - 1).max() > SUMS_TO_ONE:
        logits = network.as_rows(np.asarray(trace[last.pre]))
        if logits.shape == rows.shape and recognized(logits, rows):
            return  # over another axis, which a probe tells and repairs
        axis = 1 if network.layout == "rows" else 0
        raise refused(
            network,
            "forward",
            f"returned {last.out} {out.shape}, which sums to {_span(sums['classes'])} along its "
            f"classes (axis {axis}) and to {_span(sums['samples'])} along its samples (axis "
            f"{1 - axis}), expected 1 along its classes, for its layer is declared a softmax; "
            "name the activation that it is",
        )


def _said_outputs(network: Network) -> str:
    if network.encode is not None:
        return "encode"
    if network.classes == 2:
        one = "labels.reshape(-1, 1)"
        return f"classes=2; where one output tells both, say encode=lambda labels: {one}"
    return f"classes={network.classes}" if network.task is CLASSIFICATION else "the labels"


def _check_accuracy(network: Network, trace: Arrays, labels: Array) -> None:
    if network.accuracy is None:
        return
    outputs = np.array(trace[network.layers[-1].out])
    given = {"outputs": outputs, "labels": labels}
    found = call(network, "accuracy", given, outputs, np.array(labels))
    number = numbers_of(network, "accuracy", found)
    if number.size != 1 or number.dtype.kind not in "fiub":
        raise refused(
            network,
            "accuracy",
            f"called with {shapes(given)}, returned {kind(found)}, expected a number: what it "
            "prints",
        )


def _differentiate(
    network: Network, parameters: Arrays, trace: Arrays, x: Array, labels: Array
) -> Arrays:
    given = {**given_to_forward(parameters, x), "labels": labels}
    found = _whole_or_float(
        network,
        "backward",
        given,
        parameters,
        lambda some: (some, trace, x.copy(), np.array(labels)),
    )
    gradients = arrays_of(network, "backward", found, "the gradients, in a dict")
    for name, one in gradients.items():
        if name in parameters and not _subtractable(parameters[name].shape, one.shape):
            raise refused(
                network,
                "backward",
                f"returned a gradient of {name} that does not fit: {name} is "
                f"{parameters[name].shape} but its gradient is {one.shape}",
            )
    return gradients


def _subtractable(parameter: tuple[int, ...], gradient: tuple[int, ...]) -> bool:
    try:
        np.broadcast_shapes(parameter, gradient)
    except ValueError:
        return False
    return True


def _step(network: Network, parameters: Arrays, gradients: Arrays, rate: float) -> Arrays:
    given = {**parameters, **{f"gradient of {name}": one for name, one in gradients.items()}}
    found = _whole_or_float(
        network, "update", given, parameters, lambda some: (some, gradients, rate)
    )
    return arrays_of(network, "update", found, "the parameters after the step, in a dict")


def _whole_or_float(
    network: Network,
    role: str,
    given: Mapping[str, Any],
    parameters: Arrays,
    arguments: Callable[[Arrays], tuple[Any, ...]],
) -> Any:
    """Call with copies of the parameters; with float64 ones where NumPy refuses to write integers.

    That a parameter is drawn as integers is left to its probe.
    """
    try:
        return call(network, role, given, *arguments(copied(parameters)))
    except BadInputError as error:
        whole = any(one.dtype.kind in "iu" for one in parameters.values())
        if not whole or not isinstance(error.__cause__, TypeError):
            raise
        floats = {name: as_float(one) for name, one in copied(parameters).items()}
        return call(network, role, given, *arguments(floats))


def _check_step(network: Network, parameters: Arrays, after: Arrays) -> None:
    lost = [name for name in parameters if name not in after]
    if lost:
        raise refused(
            network,
            "update",
            f"returned {', '.join(after) or 'an empty dict'}, and {listed(lost)} is missing; "
            "return all parameters after the step",
        )
    for name, one in parameters.items():
        shape = np.shape(after[name])
        if not _may_become(one.shape, shape):
            raise refused(
                network,
                "update",
                f"returned {name} of shape {shape}, and it was {one.shape}; return each parameter "
                "in the shape that it has",
            )


def _may_become(before: tuple[int, ...], after: tuple[int, ...]) -> bool:
    """Whether a step gives a parameter its own shape, or one that it was stretched to.

    What was stretched is left to its probe.
    """
    if [one for one in before if one != 1] == [one for one in after if one != 1]:
        return True
    return _subtractable(before, after) and np.broadcast_shapes(before, after) == after


def _no_gradient(missing: Collection[str], gradients: Arrays) -> str:
    return (
        f"returned gradients of {', '.join(gradients) or 'nothing'}, and there is none for "
        f"{listed(missing)}; return one for each parameter, under its name"
    )


def _same(one: Any, other: Array) -> bool:
    return one is not None and np.array_equal(one, other, equal_nan=True)


def _span(sums: Array) -> str:
    low, high = float(np.min(sums)), float(np.max(sums))
    return f"{low:.3g}" if math.isclose(low, high, rel_tol=1e-3) else f"{low:.3g} to {high:.3g}"
