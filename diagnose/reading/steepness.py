"""How steep an activation is, and by how much it is multiplied, where no usual number fits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from diagnose.network.activations import ACTIVATIONS, SLOPED
from diagnose.network.arrays import Array

# Of these steepness changes nothing that a factor does not change.
HOMOGENEOUS = ("relu", "linear", "square", "cube", "squared-relu")
NAMES = tuple(name for name in ACTIVATIONS if name not in (*HOMOGENEOUS, *SLOPED))
# Numbers that people write, and between them steps of a tenth: near enough to go on from.
WRITTEN = (*range(1, 11), 20, 30, np.pi, 2 * np.pi, 0.5 * np.pi, 1.702, 1 / 6, 0.8, np.sqrt(0.5))
STARTS = np.array(sorted({*map(float, WRITTEN), *np.geomspace(0.05, 20, 64)}))
# So many pairs tell two numbers and more than these: that nothing else was fitted.
FEWEST, MOST = 24, 200
# Where no number that enters is as far from 0, most activations are straight lines.
CURVED = 0.3
TURNS, BEST = 12, 3
# As in ``activations``: of the largest, what is left of rounding.
CLOSE = 1e-6


def steepnesses(z: Array, a: Array) -> Iterator[tuple[str, float]]:
    """Activations that may make the second array of the first, and how steep each is.

    What they are multiplied by is found beside it, and left to who asks.
    """
    some = np.unique(z, return_index=True)[1]
    some = some[np.linspace(0, len(some) - 1, min(MOST, len(some))).astype(int)]
    z, a = z[some], a[some]
    if np.unique(a).size < FEWEST:
        return
    size = float(np.abs(a).max())
    with np.errstate(all="ignore"):
        for name in NAMES:
            for steep in _nearest(name, z, a):
                found = _refined(name, z, a, steep)
                if found is None or abs(found) * np.abs(z).max() < CURVED:
                    continue
                if not bends(name, found * z):
                    continue
                if _left(_value(name), z, a, found) <= CLOSE * size:
                    yield name, float(f"{found:.10g}")


def bends(name: str, entering: Array) -> bool:
    """Whether what enters goes past each kink of an activation: short of them it is a line."""
    low, high = entering.min(), entering.max()
    return all(low < kink < high for kink in ACTIVATIONS[name].kinks)


def _value(name: str) -> Callable[[Array], Array]:
    own = ACTIVATIONS[name].value
    return lambda z: own(z, 0.0)


def _times(made: Array, a: Array) -> float:
    size = float(made @ made)
    return float(made @ a) / size if 0 < size < np.inf else 0.0


def _left(of: Callable[[Array], Array], z: Array, a: Array, steep: float) -> float:
    made = of(steep * z)
    off = float(np.abs(a - _times(made, a) * made).max())
    return off if np.isfinite(off) else np.inf


def _nearest(name: str, z: Array, a: Array) -> list[float]:
    """The steepnesses with which least is left, of either sign."""
    of = _value(name)
    starts = [*STARTS, *-STARTS]
    every = of(np.outer(starts, z))
    sizes = (every * every).sum(axis=1)
    times = np.where(sizes > 0, (every @ a) / sizes, 0.0)
    left = np.abs(a - times[:, None] * every).sum(axis=1)
    left = np.where(np.isfinite(left), left, np.inf)
    return [float(starts[at]) for at in np.argsort(left)[:BEST]]


def _refined(name: str, z: Array, a: Array, steep: float) -> float | None:
    """The steepness near a first one with which nothing is left, by Gauss-Newton steps."""
    own = ACTIVATIONS[name]
    times = _times(own.value(steep * z, 0.0), a)
    for _ in range(TURNS):
        made = own.value(steep * z, 0.0)
        rises = np.stack([made, times * z * own.derivative(steep * z, made, 0.0)], axis=1)
        off = a - times * made
        if not (np.isfinite(rises).all() and np.isfinite(off).all()):
            return None
        step = np.linalg.lstsq(rises, off, rcond=None)[0]
        times, steep = times + step[0], steep + step[1]
        if abs(step[1]) <= 1e-13 * abs(steep):
            break
    return float(steep) if np.isfinite(steep) and steep else None
