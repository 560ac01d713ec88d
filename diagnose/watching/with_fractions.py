"""The network with samples as they were before its script made them whole numbers.

What a script trains on tells no fractions any more, and no repair puts them back. Where the run
told that they were lost, and the samples before are known, with all that was done to them since,
the network is handed those, and prepares them as the script does: then the fault can be repaired
like any other, and what else is wrong is judged without it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from diagnose.network.arrays import Array
from diagnose.network.made_whole import MadeWhole
from diagnose.network.record import Network
from diagnose.network.samples import Data
from diagnose.reading.before_whole import MADE, RAW, RAW_TEST, comes_out
from diagnose.telling.record import Told
from diagnose.watching.contract import standing_at
from diagnose.watching.handover import Handover

KIND, PART = "integer-dtype", "input"


@dataclass(frozen=True, eq=False)
class Before:
    """The data of a network, with these samples in the place of those that are made of them."""

    given: Callable[[], Data]
    images: Array
    test_images: Array | None

    def __call__(self) -> Data:
        """The data; tested on the samples that it trains on where there are no others."""
        test = self.images if self.test_images is None else self.test_images
        return replace(self.given(), images=self.images, test_images=test)


def with_fractions(network: Network, read: Handover, told: Sequence[Told]) -> Network:
    """The network, prepared out of what was there before; as it was where that is not certain.

    All samples, those of the test among them, must come out as the script has them.
    """
    seen = [one for one in told if (one.kind, one.part) == (KIND, PART)]
    found = _before(read.said, read.arrays)
    if not seen or found is None or network.data is None or network.whole or network.tests_on:
        return network
    place = standing_at(seen[0].file, seen[0].line)
    made, raw, raw_test = found
    data = Before(given=network.data, images=raw, test_images=raw_test)
    return replace(network, prepare=made, data=data, code={**network.code, "prepare": place})


def _before(
    said: Mapping[str, Any], arrays: Mapping[str, Array]
) -> tuple[MadeWhole, Array, Array | None] | None:
    raw, raw_test, test = arrays.get(RAW), arrays.get(RAW_TEST), arrays.get("test_rows")
    if raw is None or not said.get(MADE):
        return None
    made = MadeWhole.of(said[MADE])
    if not comes_out(made, raw, arrays["rows"]):
        return None
    if test is None:
        return made, raw, None
    if raw_test is None or not comes_out(made, raw_test, test):
        return None
    return made, raw, raw_test
