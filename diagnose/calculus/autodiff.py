"""The exact gradient of a forward pass that was written for NumPy, unmodified, in reverse mode.

The parameters are handed to it as ``Traced`` arrays. These pass themselves off as arrays by NumPy's
own protocols (NEP 13 for ufuncs, NEP 18 for all other functions) and do every operation by the
function of the same name in the autograd library, which remembers it. The gradient then is the
chain rule along what was really computed (Maclaurin, Duvenaud and Adams 2015, "Autograd: effortless
gradients in NumPy"), whatever layers a network declares.

Writing into an array is remembered too, as long as no view of it can have been taken. What leaves
NumPy (``float(z)``, ``math.exp(z)``), or copies numbers into an array that is not traced
(``np.zeros(...)[i] = z``), cannot be followed: UntraceableError says what it was.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from diagnose.calculus.margins import hinge_slope
from diagnose.network.arrays import Array, Arrays
from diagnose.network.authors_code import kind_and_said, said
from diagnose.network.layers import activate
from diagnose.network.record import Network

# What NumPy makes of an array without a copy, so that writing into one writes into the other.
VIEWS = {
    *("T", "transpose", "reshape", "ravel", "squeeze", "swapaxes", "moveaxis", "rollaxis"),
    *("expand_dims", "atleast_1d", "atleast_2d", "diagonal", "broadcast_to", "view", "real"),
    *("split", "array_split", "hsplit", "vsplit"),
}
WRITERS = {"copyto", "put", "place", "putmask", "put_along_axis", "fill_diagonal"}
SHAPED_ALIKE = {"zeros_like", "ones_like", "empty_like", "full_like"}
# What is only asked about arrays, and flows into no number.
ASKED = {"may_share_memory", "shares_memory", "array_equal", "shape", "ndim", "size"}


class UntraceableError(ValueError):
    """A forward pass does something that reverse mode cannot follow; the message says what."""


def traced_gradients(
    network: Network, parameters: Arrays, rows: Array, labels: Array, *, by_outputs: bool = False
) -> Arrays:
    """The gradient of ``gradients.loss`` for ``(B, features)`` rows, by the parameters' names.

    by_outputs: for a softmax, that of ``-log`` of the outputs as the forward pass computes them,
    whatever it does between them and the logits.
    Float64, in the parameters' shapes; 0 for a parameter that is not used. UntraceableError where
    the forward pass cannot be followed.
    """
    from autograd import make_vjp

    names = tuple(parameters)
    values = tuple(np.array(parameters[name], float) for name in names)
    x = np.array(network.lay_out(np.asarray(rows, float)))
    last = network.layers[-1]
    of_outputs = by_outputs or network.loss != "cross-entropy"
    seed: list[Array] = []

    def head(boxes: Any) -> Any:
        """What the loss is a function of: the outputs, or for cross-entropy their logits."""
        handed: Any = {name: Traced(boxes[at]) for at, name in enumerate(names)}
        try:
            with np.errstate(all="ignore"):
                trace = network.forward(handed, x)
            end = trace[last.out if of_outputs else last.pre]
        except UntraceableError:
            raise
        except Exception as error:
            raise UntraceableError(f"traced, it stops with {kind_and_said(error)}") from error
        if not isinstance(end, Traced) or not _is_box(end.box):
            raise UntraceableError("what it returns does not come from its parameters by NumPy")
        seed.append(_slope(network, end.value, labels, by_outputs))
        return end.box

    try:
        backwards, _ = make_vjp(head)(values)
        with np.errstate(all="ignore"):  # the derivative of a saturated tanh is found by cosh
            found = backwards(seed[0])
    except (NotImplementedError, TypeError) as error:
        raise UntraceableError(f"autograd cannot follow it: {said(error)}") from error
    return {name: np.array(one, float) for name, one in zip(names, found, strict=True)}


def _slope(network: Network, end: Array, labels: Array, by_outputs: bool) -> Array:
    """Derivative of the mean loss with respect to the outputs, or for cross-entropy the logits."""
    rows, targets = np.asarray(network.as_rows(end), float), network.targets(labels)
    if rows.shape != targets.shape:
        raise UntraceableError(f"its outputs are {rows.shape} for targets of {targets.shape}")
    if network.loss == "squared-error":
        slope = rows - targets
    elif network.loss == "hinge":
        slope = hinge_slope(rows, targets)
    elif by_outputs:
        slope = -targets / rows
    elif network.layers[-1].activation == "softmax":
        slope = activate(network.layers[-1], rows) * targets.sum(axis=1, keepdims=True) - targets
    else:
        slope = activate(network.layers[-1], rows) - targets
    slope = slope / len(targets)
    return np.asarray(slope.T if network.layout == "columns" else slope, end.dtype)


def _is_box(thing: Any) -> bool:
    from autograd.tracer import isbox

    return bool(isbox(thing))


class Traced(np.lib.mixins.NDArrayOperatorsMixin):
    """An array that remembers how it was computed.

    box: autograd's, or a plain array that depends on no parameter yet. It is replaced when the
    array is written into, so that everybody who holds the array sees what was written.
    """

    __array_priority__ = 1000.0

    def __init__(self, box: Any, *, shares: bool = False) -> None:
        self.box = box
        self.shares = shares

    @property
    def value(self) -> Array:
        """The numbers."""
        from autograd.tracer import getval

        return np.asarray(getval(self.box))

    # NumPy's protocols

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """Do a ufunc; with ``out``, write into this array."""
        if method != "__call__" or "where" in options:
            raise UntraceableError(f"it uses np.{ufunc.__name__}.{method} or where=")
        (out,) = options.pop("out", (None,))
        if out is not None and not isinstance(out, Traced):
            raise UntraceableError("it writes results into an array that is not traced")
        result = self._do(_of_ufunc(ufunc), inputs, options)
        if out is None:
            return result
        out.write(result)
        return out

    def __array_function__(self, function: Any, types: Any, inputs: Any, options: Any) -> Any:
        """Do any other function of NumPy."""
        name = function.__name__
        if name in WRITERS or options.get("out") is not None:
            raise UntraceableError(f"it writes in place by np.{name}")
        if name in SHAPED_ALIKE:
            values, options = _unwrapped((inputs, options), plain=True)
            return Traced(function(*values, **options))
        if name in ASKED:
            values, options = _unwrapped((inputs, options), plain=True)
            return function(*values, **options)
        if name in VIEWS:
            return self._view(_of_function(function), inputs, options)
        return self._do(_of_function(function), inputs, options)

    def __array__(self, *arguments: Any, **options: Any) -> Array:
        """Refuse: a copy in plain numbers would not be followed."""
        raise UntraceableError(
            "it copies numbers that depend on the parameters into a plain array "
            "(np.array, np.zeros and fill, or a function outside NumPy)"
        )

    def _do(self, function: Callable[..., Any], inputs: Any, options: Any) -> Any:
        inputs, options = _unwrapped((inputs, options))
        return _wrapped(function(*inputs, **options))

    def _view(self, function: Callable[..., Any], inputs: Any, options: Any) -> Any:
        """Do what may share its memory with what it is made from."""
        self.shares = True
        result = self._do(function, inputs, options)
        for one in result if isinstance(result, list | tuple) else (result,):
            if isinstance(one, Traced):
                one.shares = True
        return result

    # What an array can do by itself

    def __getattr__(self, name: str) -> Any:
        """Its other attributes and methods, which are those of autograd's boxes."""
        if name.startswith("__"):
            raise AttributeError(name)
        if name in ("shape", "ndim", "size", "dtype", "nbytes"):
            return getattr(self.value, name)
        import autograd.numpy as anp

        if name == "T":
            return self._view(anp.transpose, (self,), {})
        function = {"flatten": anp.ravel, "conj": anp.conj}.get(name, getattr(anp, name, None))
        if not hasattr(np.ndarray, name) or function is None or name in ("sort", "fill", "put"):
            raise UntraceableError(f"it uses .{name} of an array")
        do = self._view if name in VIEWS else self._do
        return lambda *inputs, **options: do(function, (self, *inputs), options)

    def copy(self, order: str = "C") -> Traced:
        """The same numbers, in an array of their own."""
        return Traced(self.box)

    def clip(self, min: Any = None, max: Any = None) -> Any:
        """Held between two bounds; ``z.clip(min=0)`` has one of them alone."""
        return np.clip(self, -np.inf if min is None else min, np.inf if max is None else max)

    def astype(self, dtype: Any, *arguments: Any, **options: Any) -> Any:
        """The same numbers in another type; whole numbers have no derivative."""
        if np.dtype(dtype).kind != "f":
            return self.value.astype(dtype)
        return Traced(self.box.astype(dtype))

    def __getitem__(self, index: Any) -> Any:
        taken = self.value[_unwrapped(index, plain=True)]
        do = self._view if np.may_share_memory(taken, self.value) else self._do
        return do(lambda box, at: box[at], (self, index), {})

    def __setitem__(self, index: Any, new: Any) -> None:
        import autograd.numpy as anp

        index, new = _unwrapped((index, new))
        taken = self.value[index]
        # Which entry of what is written stands where; -1 where nothing is written.
        places = np.full(self.value.shape, -1)
        places[index] = np.arange(taken.size).reshape(taken.shape)
        spread = anp.ravel(new * np.ones(taken.shape))
        if taken.size:
            written = spread[np.maximum(places, 0)]
            self.write(Traced(anp.where(places >= 0, written, self.box)))

    def write(self, new: Any) -> None:
        """Put other numbers in the place of these."""
        if self.shares:
            raise UntraceableError("it writes into an array of which there is a view")
        if np.shape(new) != self.shape:
            raise UntraceableError("it writes an array of another shape into one")
        self.box = new.box if isinstance(new, Traced) else new

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Any:
        return (self[at] for at in range(len(self)))

    def __bool__(self) -> bool:
        return bool(self.value)

    def __hash__(self) -> int:
        return id(self)

    def _leave(self, *arguments: Any) -> Any:
        raise UntraceableError("it leaves NumPy, by float(), int(), .item() or the math module")

    __float__ = __int__ = __index__ = __complex__ = item = tolist = _leave


def _unwrapped(thing: Any, *, plain: bool = False) -> Any:
    """What autograd computes with, in the place of every traced array."""
    if isinstance(thing, Traced):
        return thing.value if plain else thing.box
    if isinstance(thing, list | tuple):
        return type(thing)([_unwrapped(one, plain=plain) for one in thing])
    if isinstance(thing, dict):
        return {key: _unwrapped(one, plain=plain) for key, one in thing.items()}
    return thing


def _wrapped(thing: Any) -> Any:
    if isinstance(thing, list | tuple):
        return type(thing)([_wrapped(one) for one in thing])
    return Traced(thing) if _is_box(thing) else thing


def _of_ufunc(ufunc: Any) -> Callable[..., Any]:
    """Autograd's ufunc of the same name, of NumPy or of SciPy's special functions."""
    import autograd.numpy as anp

    if (found := getattr(anp, ufunc.__name__, None)) is not None:
        return found
    if "scipy.special" in sys.modules:
        import autograd.scipy.special as special

        if (found := getattr(special, ufunc.__name__, None)) is not None:
            return found
    raise UntraceableError(f"it uses {ufunc.__name__}, of which autograd knows no derivative")


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Euclidean norm; autograd's own gives a wrong derivative with ``keepdims`` (1.9.1)."""
    import autograd.numpy as anp

    if ord not in (None, "fro") and not (ord == 2 and (np.ndim(x) == 1 or isinstance(axis, int))):
        raise UntraceableError(f"it uses np.linalg.norm with ord={ord!r}")
    return anp.sqrt(anp.sum(x * x, axis=axis, keepdims=keepdims))


def _of_function(function: Any) -> Callable[..., Any]:
    import autograd.numpy as anp

    if function is np.linalg.norm:
        return _norm
    space = anp.linalg if "linalg" in (function.__module__ or "") else anp
    found = getattr(space, function.__name__, None)
    if found is None:
        raise UntraceableError(f"it uses np.{function.__name__}, which autograd does not know")
    return found
