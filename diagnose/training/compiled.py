"""The compiled training loop: the same run as ``loop.train``, as arithmetic on plain arrays.

It covers dense layers with ReLU, leaky ReLU, ELU, sigmoid, tanh, softplus, swish or linear units,
any of these or a softmax on top, cross-entropy, squared error or a hinge, one sample or a batch per
step. Everything else about a run is data: initial parameters, prepared inputs, sample order,
learning rates, and one factor per gradient.

It is never assumed to be right: ``certificate`` steps it beside the network's own functions first.

Three things are left out because they cannot matter:

* A zero input adds ``weight * 0`` to a pre-activation and ``rate * delta * 0`` to a weight, which
  changes neither while the weights are finite; a run whose parameters stop being finite ends.
* Without dropout, a hidden layer that is dead (output and derivative exactly 0) on every training
  sample sends a gradient of exactly 0 to itself and to all layers below it, whichever sample comes
  next. So they do not move, so it stays dead: for good. What is left is the run of the layers
  above, fed with zeros.
* A parameter that is not finite makes every later one not finite or unchanged, never finite again:
  the run ends there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from diagnose.network.activations import taken_apart
from diagnose.network.arrays import Array, Arrays
from diagnose.network.authors_code import described
from diagnose.network.record import Layer, Network, fan_in
from diagnose.training.digests import digest, digest_of_kept
from diagnose.training.inputs import Inputs, blank
from diagnose.training.loop import Run
from diagnose.training.masks import Masks
from diagnose.training.slopes import Slopes

# Of each array that is carried for a parameter its name, for weight and bias of each layer.
Carried = tuple[tuple[str | None, ...], ...]
LOSSES = {"cross-entropy": 0, "squared-error": 1, "hinge": 2}
CODES = {
    "relu": 0, "leaky-relu": 1, "sigmoid": 2, "tanh": 3, "linear": 4, "softmax": 5, "elu": 6,
    "softplus": 7, "swish": 8,
}  # fmt: skip
# Those that may be steeper; the number that is a leaky ReLU's slope says by how much.
STEEP = ("sigmoid", "tanh")

# By how much the code of an activation grows with each other way to write its derivative (the
# loop's WAYS).
WAYS = 16
# The newest numba of which is known what it needs to load a function: another may need more.
KNOWN = (0, 68)


@dataclass(frozen=True, kw_only=True, eq=False)
class Order:
    """``(epochs, steps, B)`` sample indices, -1 where a batch is not full.

    labels: ``(epochs, n)``, those with which each epoch is trained, where the network's order
    writes into the labels that it is handed; else None.
    """

    indices: Array
    labels: Array | None = None

    @classmethod
    def of(cls, network: Network, labels: Array, seed: int, epochs: int) -> Order:
        """The order in which a training with this seed shows its samples."""
        handed, indices, seen = np.array(labels), [], []
        for epoch in range(epochs):
            indices.append(_padded(network, handed, epoch, seed))
            seen.append(np.array(handed))
        written = any(not np.array_equal(one, labels) for one in seen)
        return cls(indices=_stack(indices), labels=np.array(seen) if written else None)

    @cached_property
    def digest(self) -> bytes:
        """A hash of the content."""
        return digest(self.indices)


@dataclass(frozen=True, eq=False)
class Beginning:
    """With which numbers runs begin; many share one."""

    theta: Array

    @classmethod
    def of(cls, network: Network, parameters: Arrays, carried: Carried) -> Beginning:
        """All parameters in one vector, and after them what is carried: 0 before it is there."""
        found = [flatten(network, parameters)]
        for names in carried:
            held = {
                name: parameters.get(kept or "", np.zeros_like(parameters[name]))
                for name, kept in zip(named(network), names, strict=True)
                if name
            }
            found.append(flatten(network, held))
        return cls(np.concatenate(found))

    @cached_property
    def digest(self) -> bytes:
        """A hash of the content."""
        return digest(self.theta)


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """What a compiled run leaves: the final parameter vector, and what the softmax met."""

    theta: Array
    largest_logit: float
    unsafe: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """Everything that determines a compiled run.

    sizes: units per layer, inputs first. beginning: all parameters in one vector, ``theta``, for
    each layer the weight as ``(inputs, units)`` and then the bias. rates: ``(epochs,)``, or
    ``(epochs, steps)`` where they change from step to step. factors: ``(layers, 2)``, what the
    author's steps of weight and bias are, as multiples of the true ones. targets:
    ``(classes, outputs)``, or where these are numbers ``(samples, outputs)``; labels say which row,
    ``(n,)``, or ``(epochs, n)`` where they are others in each epoch.
    loss: its number, see ``LOSSES``. stable: whether the softmax subtracts the
    largest logit first. stops, narrow, whole: see ``Arithmetic``; the loop itself goes on.

    masks: which units are left out of which step.

    rules, carried: see ``Arithmetic``. Where there are rules, ``factors`` are of the gradients that
    they step with, and ``theta`` holds what is carried, laid out alike, behind the parameters.
    """

    sizes: Array
    codes: Array
    slopes: Array
    beginning: Beginning
    factors: Array
    order: Order
    rates: Array
    labels: Array
    targets: Array
    loss: int
    inputs: Inputs
    stable: bool
    stops: bool
    narrow: bool
    whole: bool
    rules: Array
    carried: Carried
    masks: Masks

    @property
    def theta(self) -> Array:
        """With what it begins."""
        return self.beginning.theta

    @cached_property
    def key(self) -> bytes:
        """A hash of everything that determines the run's result but for ``stable``."""
        return digest(
            self.factors,
            self.rates,
            self.targets,
            np.array([self.loss, self.whole]),
            self.rules,
            extra=self.start + self.order.digest + self.masks.digest + digest_of_kept(self.labels),
        )

    @cached_property
    def start(self) -> bytes:
        """A hash of what determines which layers are dead before the first step."""
        begins = self.beginning.digest + self.inputs.digest
        return digest(self.sizes, self.codes, self.slopes, extra=begins)

    @property
    def name(self) -> bytes:
        """A hash of everything that determines the run's result."""
        return self.key + bytes([self.stable])

    @property
    def unstable_name(self) -> bytes:
        """That of the run whose softmax subtracts nothing first."""
        return self.key + bytes([False])

    def run(self) -> Result:
        """Train."""
        return results(*train_group(*arguments([self])))[0]

    @property
    def company(self) -> tuple[Any, ...]:
        """What plans that can be trained side by side have in common."""
        shape = tuple(map(bytes, (self.sizes, self.codes, self.slopes, self.targets)))
        kind = (self.loss, self.rates.ndim, self.rules.shape)
        shown = self.order.digest, self.masks.digest
        return id(self.inputs), shown, id(self.labels), kind, shape


def shortened(plan: Plan, samples: int) -> Plan:
    """The beginning of a run, of its first epoch, until so many samples were shown."""
    steps = max(1, samples // plan.order.indices.shape[2])
    order = Order(indices=np.ascontiguousarray(plan.order.indices[:1, :steps]))
    masks = plan.masks.of_steps(slice(0, steps))
    return replace(plan, order=order, rates=plan.rates[:1], masks=masks)


def arguments(plans: Sequence[Plan]) -> tuple[Any, ...]:
    """Plans of one company, as the arrays that ``train_group`` takes.

    Each large array is an argument of its own, so that an engine which sends arguments to other
    machines can send each once.
    """
    one = plans[0]
    return (
        np.array([plan.theta for plan in plans]),
        one.sizes, one.codes, one.slopes, np.array([plan.factors for plan in plans]),
        one.order.indices, np.array([plan.rates for plan in plans]), one.labels, one.targets,
        one.loss, one.inputs.starts, one.inputs.columns, one.inputs.values,
        np.array([plan.stable for plan in plans]), np.array([plan.rules for plan in plans]),
        np.array([plan.whole for plan in plans]),
        one.masks.kept, one.masks.scales,
    )  # fmt: skip


def train_group(theta: Array, *rest: Any) -> tuple[Array, Array, Array]:
    """Train plans side by side: final parameters, largest logits, whether they were unsafe."""
    theta = theta.copy()  # an engine may hand over an array that cannot be written to
    largest, unsafe = _call("train", theta, *rest)
    return theta, largest, unsafe


def results(theta: Array, largest: Array, unsafe: Array) -> list[Result]:
    """What ``train_group`` returned, plan by plan."""
    return [
        Result(theta=theta[at].copy(), largest_logit=float(largest[at]), unsafe=bool(unsafe[at]))
        for at in range(len(theta))
    ]


@dataclass(frozen=True, kw_only=True, eq=False)
class Reduced:
    """A plan without the layers that are dead from the start, and where its parameters begin."""

    plan: Plan
    start: int

    def expanded(self, whole: Plan, result: Result) -> Result:
        """The result of the whole plan: what is dead is as it was drawn."""
        if self.start == 0:
            return result
        return replace(result, theta=np.concatenate([whole.theta[: self.start], result.theta]))


def dead_arguments(plan: Plan) -> tuple[Any, ...]:
    """A plan as the arrays that ``dead_layers`` takes."""
    return (
        plan.theta, plan.sizes, plan.codes, plan.slopes, plan.inputs.starts, plan.inputs.columns,
        plan.inputs.values,
    )  # fmt: skip


def dead_layers(*arrays: Any) -> int:
    """How many of the lowest layers pass nothing on, on every training sample, as drawn."""
    return int(_call("dead_layers", *arrays))


def reduced(plan: Plan, dead: int) -> Reduced:
    """Take the lowest ``dead`` layers off a plan.

    The layer above them gets only zeros: its weights never move and add nothing, its bias does.
    """
    # By its rules, a layer that is dead moves; and one that is dead on whole samples may live where
    # units are left out.
    if dead == 0 or len(plan.rules) or plan.masks.kept.size:
        return Reduced(plan=plan, start=0)
    widths = plan.sizes[1:]
    start = int(np.sum((plan.sizes[:-1] + 1)[:dead] * widths[:dead]))
    start += int(plan.sizes[dead] * widths[dead])
    factors = plan.factors[dead:].copy()
    factors[0, 0] = 0.0
    left = replace(
        plan,
        sizes=np.concatenate([[0], widths[dead:]]),
        codes=plan.codes[dead:],
        slopes=plan.slopes[dead:],
        beginning=Beginning(plan.theta[start:]),
        factors=factors,
        inputs=blank(plan.labels.shape[-1]),
    )
    return Reduced(plan=left, start=start)


@dataclass(frozen=True, kw_only=True, eq=False)
class Arithmetic:
    """What was measured of a network's arithmetic: the factors of its steps, and its softmax.

    slopes: how the derivative of each layer's activation is written.

    stops: whether its forward pass stops where it overflows, and does not go on with inf. narrow:
    whether its own numbers are float32, which overflow sooner than those of the loop. whole:
    whether the factors of a batch that is not full are smaller by what it lacks.

    rules: of each weight and bias, ``(2 * layers, 2, 3, 2)``, the numbers of
    ``linear_updates.Rule``; or ``(2 * layers, 10)``, those of ``adaptive_updates.Means`` and the
    multiple of the parameter that is added to its gradient; ``(0, 2, 3, 2)`` where every step is
    the factor times ``-rate * gradient``. carried: the names of what they carry on.
    """

    factors: Array
    slopes: Slopes
    whole: bool
    stable: bool
    stops: bool
    narrow: bool
    rules: Array
    carried: Carried


def coded(layer: Layer) -> tuple[int, float] | None:
    """By which number the loop knows a layer's activation, and the number that it has itself."""
    name, times, steep = taken_apart(layer.activation)
    if name not in CODES or times != 1 or (steep != 1 and name not in STEEP):
        return None
    return CODES[name], steep if name in STEEP else layer.slope


def plan(
    network: Network,
    arithmetic: Arithmetic,
    inputs: Inputs,
    order: Order,
    labels: Array,
    sizes: Array,
    beginning: Beginning,
    masks: Masks,
) -> Plan:
    """Write a training run of a network down as data."""
    if order.labels is not None:
        labels = order.labels
    known = [one for layer in network.layers if (one := coded(layer))]
    ways = WAYS * np.array(arithmetic.slopes, np.int64)
    return Plan(
        sizes=sizes,
        codes=np.array([code for code, _ in known], np.int64) + ways,
        slopes=np.array([slope for _, slope in known], np.float64),
        beginning=beginning,
        factors=arithmetic.factors,
        order=order,
        rates=_rates(network, *order.indices.shape[:2]),
        labels=labels if network.classes else _each(len(labels)),
        targets=np.ascontiguousarray(
            network.targets(np.arange(network.classes) if network.classes else labels)
        ),
        loss=LOSSES[network.loss],
        inputs=inputs,
        stable=arithmetic.stable,
        stops=arithmetic.stops,
        narrow=arithmetic.narrow,
        whole=arithmetic.whole,
        rules=arithmetic.rules,
        carried=arithmetic.carried,
        masks=masks,
    )


def _rates(network: Network, epochs: int, steps: int) -> Array:
    """The rate of each epoch; of each step, ``(epochs, steps)``, where it changes in between."""
    if not network.changes_within_epochs:
        return np.array([network.learning_rate(epoch) for epoch in range(epochs)], np.float64)
    every = [[network.rate(epoch, step) for step in range(steps)] for epoch in range(epochs)]
    return np.array(every, np.float64)


@lru_cache(maxsize=16)
def _each(samples: int) -> Array:
    """A label of its own for each sample; the same array each time, as companies ask."""
    return np.arange(samples, dtype=np.int64)


def flatten(network: Network, parameters: Arrays) -> Array:
    """All parameters in one float64 vector, weights as ``(inputs, units)``; no bias counts as 0."""
    parts = []
    for layer in network.layers:
        weight = np.asarray(parameters[layer.weight], np.float64)
        weight = weight.T if network.layout == "columns" else weight
        bias = parameters[layer.bias] if layer.bias else np.zeros(weight.shape[1])
        parts += [weight.ravel(), np.asarray(bias, np.float64).ravel()]
    return np.concatenate(parts)


def named(network: Network) -> list[str | None]:
    """The weight and the bias of each layer; None for a bias that there is not."""
    return [name for layer in network.layers for name in (layer.weight, layer.bias)]


def unflatten(network: Network, theta: Array, like: Arrays) -> Arrays:
    """The parameters of a vector, in the shapes and types of ``like``."""
    parameters = dict(like)
    at = 0
    for layer in network.layers:
        shape = like[layer.weight].shape
        turned = shape[::-1] if network.layout == "columns" else shape
        weight = theta[at : at + like[layer.weight].size].reshape(turned)
        weight = weight.T if network.layout == "columns" else weight
        parameters[layer.weight] = np.array(weight, like[layer.weight].dtype, order="C")
        at += weight.size
        if layer.bias:
            bias = theta[at : at + turned[1]].reshape(like[layer.bias].shape)
            parameters[layer.bias] = bias.astype(like[layer.bias].dtype)
        at += turned[1]
    return parameters


def finish(network: Network, result: Result, like: Arrays) -> Run:
    """Turn a plan's result into a ``Run``; like: the parameters that the plan began with."""
    parameters = unflatten(network, result.theta, like)
    return Run(parameters=parameters, largest_logit=result.largest_logit, path="compiled")


def layer_sizes(network: Network, parameters: Arrays) -> Array:
    """Units of each layer, the inputs first, ``(layers + 1,)``."""
    sizes = [fan_in(network, network.layers[0], parameters)]
    for layer in network.layers:
        sizes.append(parameters[layer.weight].size // sizes[-1])
    return np.array(sizes, np.int64)


def _padded(network: Network, labels: Array, epoch: int, seed: int) -> Array:
    order = np.asarray(network.order(labels, epoch, seed), np.int32)
    short = -len(order) % network.batch_size
    return np.concatenate([order, np.full(short, -1, np.int32)]).reshape(-1, network.batch_size)


def _stack(epochs: list[Array]) -> Array:
    longest = max(len(one) for one in epochs)
    stacked = np.full((len(epochs), longest, epochs[0].shape[1]), -1, np.int32)
    for at, one in enumerate(epochs):
        stacked[at, : len(one)] = one
    return stacked


@lru_cache(maxsize=1)
def missing() -> str:
    """Why there is no compiled loop here; nothing where there is one."""
    try:
        from diagnose.training import kernel  # noqa: F401
    except Exception as error:  # numba is not there, or what it needs, or another of that name is
        return (
            f"numba cannot be imported ({described(error)}); install it anew, or rename what has "
            "the name of a package here"
        )
    return ""


def _call(name: str, *arguments: Any) -> Any:
    """Call a compiled function; numba is imported and the loop compiled (or loaded) on first use.

    Ctrl-C while compiled code runs in the main thread comes out of it as a SystemError.
    """
    try:
        return getattr(_kernel(), name)(*arguments)
    except SystemError as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, KeyboardInterrupt):
            cause = cause.__cause__
        raise cause or error from None


@lru_cache(maxsize=1)
def _kernel() -> Any:
    from numba import version_info

    from diagnose.training import kernel, kernel_by_batches, kernel_in_lanes, kernel_one_by_one

    steps = [one._steps for one in (kernel_by_batches, kernel_in_lanes, kernel_one_by_one)]
    for one in (kernel._lives_from, *steps):
        if version_info.short <= KNOWN and hasattr(one, "_cache"):  # it may be told not to compile
            _load_alone(one._cache)
    return kernel


def _load_alone(kept: Any) -> None:
    """Let what numba has kept of a function be loaded without what numba needs to compile.

    That takes five times as long, a sixth of a second; what is compiled after all asks for it.
    """
    from numba.core.runtime import rtsys

    def load(signature: Any, target: Any) -> Any:
        rtsys.initialize(target)  # where arrays come from in compiled code
        with kept._guard_against_spurious_io_errors():
            return kept._load_overload(signature, target)

    kept.load_overload = load
