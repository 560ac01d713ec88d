"""A rate that shrinks until it moves nothing, long before the training is over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from diagnose.reading.learning_rate import RATE_WORDS
from diagnose.recording.sites import Site
from diagnose.telling.record import Told, at, quoted, short

# Of all the way that the rates leave open, so much is gone ...
GONE = 0.99
# ... by this share of the training. A rate that falls along a line has 99 % behind it after nine
# tenths of the training, a cosine too, one that ends at a thousandth of its beginning after two
# thirds. Only what ends below a ten-thousandth has before the middle.
EARLY = 0.5
FEWEST = 8
SCALED = ("Mult", "Div")


def is_rate_name(name: str) -> bool:
    """Whether a name is one that people give to a learning rate."""
    return bool(RATE_WORDS.search(name))


class Rates:
    """Keeps each value of a number that is multiplied or divided by itself, under a rate's name."""

    def __init__(self, sites: Sequence[Site]) -> None:
        self.sites = sites
        self.ours: dict[int, bool] = {}
        self.values: dict[int, list[float]] = {}

    def takes(self, kind: str, name: str) -> bool:
        """Whether an operation is one that it looks at."""
        return name in SCALED

    def see(self, site: int, kind: str, name: str, args: tuple[Any, ...], value: Any) -> None:
        """Look at a number that becomes a multiple of itself."""
        if name not in SCALED or not isinstance(value, float):
            return
        if site not in self.ours:
            self.ours[site] = self._is_rate(self.sites[site])
        if self.ours[site] and isinstance(args[0], float):
            values = self.values.setdefault(site, [])
            if not values or values[-1] != args[0]:
                values[:] = [float(args[0])]  # it was set anew: another training begins
            values.append(float(value))

    def _is_rate(self, site: Site) -> bool:
        return bool(site.target) and site.target in site.operands and is_rate_name(site.target)

    def told(self, sites: Sequence[Site]) -> list[Told]:
        """Each rate whose steps were over before the middle of its training."""
        found = []
        for site, values in self.values.items():
            whole = sum(values)
            if len(values) < FEWEST or not 0 < whole < float("inf"):
                continue
            gone, count = 0.0, 0
            while gone < GONE * whole:
                gone += values[count]
                count += 1
            if count < EARLY * len(values):
                found.append(_told(sites[site], values, count))
        return found


def _told(site: Site, values: list[float], count: int) -> Told:
    said = (
        f"{quoted(site)} took the rate from {short(values[0])} to {short(values[-1])}, in "
        f"{len(values) - 1:,} times that were seen; after {count:,} of them {GONE:.0%} of the way "
        "that all rates together allow was gone"
    )
    numbers = {"first": values[0], "last": values[-1], "times": len(values) - 1, "gone": count}
    return at(site, "learning-rate", said, numbers=numbers)
