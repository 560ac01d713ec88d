"""Rules of what is done number by number, with broadcasting, and of anything that works so.

Each is the product of the cotangent with a slope, entry by entry. At a kink the slope is a choice:
of maximum and minimum each of two equal arguments takes half, of abs it is 0 at 0, of clip it is 1
at the bounds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from diagnose.program.cotangents import (
    Array,
    Call,
    Found,
    NoRuleError,
    Place,
    Rule,
    calm,
    nothing,
    numbers,
    unbroadcast,
)

# Of cotangent, arguments and value, all as arrays: the cotangent of one argument.
Flow = Callable[..., Array]

# Where a function is looked at for working number by number, and how far a number is moved there.
MOVED = 1e-3
# For central differences, relative to the number where that is above 1.
STEP = 1e-6


def by_number(*flows: Flow | None) -> Rule:
    """The rule of a function of as many arguments, which may be given ``where`` and ``out``."""

    def rule(call: Call) -> Found:
        cotangent, mask = call.cotangent, call.kw.get("where", True)
        found: Found = {}
        if mask is not True:
            if (old := call.kw.get("out")) is not None:
                kept = np.where(mask, 0.0, cotangent)
                found["out"] = [kept] if isinstance(old, tuple) else kept
            cotangent = np.where(mask, cotangent, 0.0)
            cotangent.flags.writeable = False  # one array may be the cotangent of two arguments
        if len(call.args) < len(flows):
            raise NoRuleError(call.name)
        arguments = [numbers(one) for one in call.args[: len(flows)]]
        value = numbers(call.value)
        for at, flow in enumerate(flows):
            if flow is not None:
                found[at] = calm(flow(cotangent, *arguments, value), cotangent)
        return found

    return rule


def _power(call: Call) -> Found:
    """A base with its exponent; nothing flows into an exponent that is a whole number."""
    base, exponent, value = numbers(call.args[0]), call.args[1], numbers(call.value)
    if len(call.args) > 2 and not isinstance(call.args[2], np.ndarray):
        raise NoRuleError(call.name)  # modulo a third number
    n = numbers(exponent)
    slope = 2 * base if n.ndim == 0 and n == 2 else np.where(n == 0, 0.0, n * base ** (n - 1))

    def to_exponent(g: Array, *_: Array) -> Array:
        return g * np.where(base > 0, value * np.log(np.where(base > 0, base, 1.0)), 0.0)

    whole = isinstance(exponent, int | np.integer)
    found = by_number(lambda g, *_: g * slope, None if whole else to_exponent)(call)
    return found


def _log(call: Call) -> Found:
    """log(x), or with its base as in the math module."""
    if len(call.args) == 2 and not isinstance(call.args[1], np.ndarray):
        return by_number(
            lambda g, x, base, y: g / (x * np.log(base)),
            lambda g, x, base, y: -g * y / (base * np.log(base)),
        )(call)
    return by_number(lambda g, x, y: g / x)(call)


def _where(call: Call) -> Found:
    """Of condition, one, other; with the condition alone it is positions."""
    if len(call.args) < 3:
        return {}
    condition = np.asarray(call.args[0], dtype=bool)
    return {
        1: np.where(condition, call.cotangent, 0.0),
        2: np.where(condition, 0.0, call.cotangent),
    }


def _clip(call: Call) -> Found:
    """Between bounds, each of which may be none; they take what does not pass."""
    at = call.needed(0, "a")
    x, g = numbers(call[at]), call.cotangent
    below = above = np.zeros(g.shape, dtype=bool)
    found: Found = {}
    low, high = call.place(1, "a_min", "min"), call.place(2, "a_max", "max")
    if high is not None and call[high] is not None:
        above = x > numbers(call[high])
        found[high] = np.where(above, g, 0.0)
    if low is not None and call[low] is not None:
        below = (x < numbers(call[low])) & ~above
        found[low] = np.where(below, g, 0.0)
    return {at: np.where(below | above, 0.0, g), **found}


def _erf(g: Array, x: Array, y: Array) -> Array:
    return g * (2 / math.sqrt(math.pi)) * np.exp(-x * x)


def _larger(g: Array, one: Array, other: Array, value: Array) -> Array:
    return g * ((one > other) + 0.5 * (one == other) + (np.isnan(other) & ~np.isnan(one)))


def _smaller(g: Array, one: Array, other: Array, value: Array) -> Array:
    return g * ((one < other) + 0.5 * (one == other) + (np.isnan(other) & ~np.isnan(one)))


def _second(flow: Flow) -> Flow:
    return lambda g, a, b, y: flow(g, b, a, y)


_OF_ONE: dict[str, Flow] = {
    "USub negative": lambda g, x, y: -g,
    "UAdd positive": lambda g, x, y: g,
    "exp": lambda g, x, y: g * y,
    "exp2": lambda g, x, y: g * y * math.log(2),
    "expm1": lambda g, x, y: g * (y + 1),
    "log2": lambda g, x, y: g / (x * math.log(2)),
    "log10": lambda g, x, y: g / (x * math.log(10)),
    "log1p": lambda g, x, y: g / (1 + x),
    "sqrt": lambda g, x, y: g / (2 * y),
    "cbrt": lambda g, x, y: g / (3 * y * y),
    "square": lambda g, x, y: g * (2 * x),
    "reciprocal": lambda g, x, y: -g * y * y,
    "abs absolute fabs": lambda g, x, y: g * np.sign(x),
    "sin": lambda g, x, y: g * np.cos(x),
    "cos": lambda g, x, y: -g * np.sin(x),
    "tan": lambda g, x, y: g * (1 + y * y),
    "arcsin asin": lambda g, x, y: g / np.sqrt(1 - x * x),
    "arccos acos": lambda g, x, y: -g / np.sqrt(1 - x * x),
    "arctan atan": lambda g, x, y: g / (1 + x * x),
    "sinh": lambda g, x, y: g * np.cosh(x),
    "cosh": lambda g, x, y: g * np.sinh(x),
    "tanh": lambda g, x, y: g * (1 - y * y),
    "arcsinh asinh": lambda g, x, y: g / np.sqrt(1 + x * x),
    "arccosh acosh": lambda g, x, y: g / np.sqrt(x * x - 1),
    "arctanh atanh": lambda g, x, y: g / (1 - x * x),
    "expit": lambda g, x, y: g * y * (1 - y),
    "logit": lambda g, x, y: g / (x * (1 - x)),
    "log_expit": lambda g, x, y: -g * np.expm1(y),
    "erf": _erf,
    "erfc": lambda g, x, y: -_erf(g, x, y),
    "nan_to_num": lambda g, x, y: np.where(np.isfinite(x), g, 0.0),
    "sinc": lambda g, x, y: np.where(x == 0, 0.0, g * (np.cos(np.pi * x) - y) / x),
}
_OF_TWO: dict[str, tuple[Flow | None, Flow | None]] = {
    "Add add": (lambda g, a, b, y: g, lambda g, a, b, y: g),
    "Sub subtract": (lambda g, a, b, y: g, lambda g, a, b, y: -g),
    "Mult multiply": (lambda g, a, b, y: g * b, lambda g, a, b, y: g * a),
    "Div divide true_divide": (lambda g, a, b, y: g / b, lambda g, a, b, y: -(g / b) * (a / b)),
    "Mod mod remainder": (lambda g, a, b, y: g, lambda g, a, b, y: -g * np.floor(a / b)),
    "fmod": (lambda g, a, b, y: g, lambda g, a, b, y: -g * np.trunc(a / b)),
    "maximum fmax": (_larger, _second(_larger)),
    "minimum fmin": (_smaller, _second(_smaller)),
    "logaddexp": (
        lambda g, a, b, y: g * np.exp(a - y),
        lambda g, a, b, y: g * np.exp(b - y),
    ),
    "logaddexp2": (
        lambda g, a, b, y: g * np.exp2(a - y),
        lambda g, a, b, y: g * np.exp2(b - y),
    ),
    "arctan2 atan2": (
        lambda g, a, b, y: g * b / (a * a + b * b),
        lambda g, a, b, y: -g * a / (a * a + b * b),
    ),
    "heaviside": (None, lambda g, x, at_0, y: g * (x == 0)),
    "xlogy": (
        lambda g, x, z, y: np.where((x == 0) & (z == 0), 0.0, g * np.log(z)),
        lambda g, x, z, y: g * x / z,
    ),
}
_OTHER: dict[str, Rule] = {
    "Pow power float_power pow": _power,
    "FloorDiv floor_divide": nothing,
    "log": _log,
    "where": _where,
    "clip": _clip,
}

RULES: dict[str, Rule] = {
    **{name: by_number(flow) for names, flow in _OF_ONE.items() for name in names.split()},
    **{name: by_number(*two) for names, two in _OF_TWO.items() for name in names.split()},
    **{name: rule for names, rule in _OTHER.items() for name in names.split()},
}


def outer_of(rule: Rule) -> Rule:
    """The rule of ``ufunc.outer``: of each entry of one argument with each of the other."""

    def outer(call: Call) -> Found:
        one, other = np.asarray(call.args[0]), np.asarray(call.args[1])
        spread = one.reshape(one.shape + (1,) * other.ndim)
        inner = Call(call.name, call.function, (spread, other), call.kw, call.value, call.cotangent)
        found = rule(inner)
        if found.get(0) is not None:
            found[0] = unbroadcast(found[0], spread.shape).reshape(one.shape)
        return found

    return outer


for _name in [name for names in _OF_TWO for name in names.split()] + ["power", "float_power"]:
    RULES[f"{_name}.outer"] = outer_of(RULES[_name])


def by_differences(call: Call) -> Found:
    """Of a function in no table, if it works number by number: central differences.

    That is tried: moving one number may change the value at that number's place alone.
    """
    try:
        return _differences(call)
    except Exception as error:  # the function may be anybody's
        raise NoRuleError(call.name) from error


def _differences(call: Call) -> Found:
    fresh: dict[Place, Any] = {at: _copied(call[at], call.name) for at in call.places()}
    smooth = {at: numbers(one) for at, one in fresh.items() if at != "out" and _is_float(one)}
    if not smooth:
        return {}
    shape = np.broadcast_shapes(*(one.shape for one in smooth.values()))
    if np.shape(call.value) != shape:
        raise NoRuleError(call.name)

    def made(changed: dict[Place, Array]) -> Array:
        new = {at: _copied(one, call.name) for at, one in fresh.items()}
        for at, array in {**smooth, **changed}.items():
            new[at] = float(array) if isinstance(call[at], float) else array.copy()
        return numbers(call.again(new))

    same = call.again({at: _copied(one, call.name) for at, one in fresh.items()})
    if not np.array_equal(numbers(same), numbers(call.value), equal_nan=True):
        raise NoRuleError(call.name)
    base, found = made({}), {}
    for at, x in smooth.items():
        _see_that_alone(call, at, x, base, made)
        step = STEP * np.maximum(1.0, np.abs(x))
        slope = (made({at: x + step}) - made({at: x - step})) / (2 * step)
        found[at] = calm(call.cotangent * slope, call.cotangent)
    return found


def _see_that_alone(
    call: Call, at: Place, x: Array, base: Array, made: Callable[[dict[Place, Array]], Array]
) -> None:
    """No rule, unless each of some numbers that are moved changes the value at its own place."""
    for one in {0, 1, x.size // 3, x.size // 2, x.size - 1} & {*range(x.size)}:
        moved, place = x.copy(), np.zeros(x.shape, dtype=bool)
        moved.flat[one] += MOVED * max(1.0, abs(float(x.flat[one])))
        place.flat[one] = True
        now = made({at: moved})
        alike = (now == base) | (np.isnan(now) & np.isnan(base))
        if not np.all(alike | np.broadcast_to(place, base.shape)):
            raise NoRuleError(call.name)


def _is_float(argument: Any) -> bool:
    if isinstance(argument, float | np.floating):
        return True
    if isinstance(argument, np.ndarray | list | tuple):
        return bool(np.asarray(argument).dtype.kind == "f")
    return False


def _copied(argument: Any, name: str) -> Any:
    """The argument in memory of its own; no rule where it is no number, array, list or word."""
    if isinstance(argument, np.ndarray):
        return argument.copy()
    if isinstance(argument, list | tuple):
        return type(argument)([_copied(one, name) for one in argument])
    if argument is None or isinstance(
        argument, int | float | str | np.generic | np.dtype | slice | type
    ):
        return argument
    raise NoRuleError(name)
