"""How many items a loop runs over, where that is known before it begins."""

from __future__ import annotations

import types
from contextlib import suppress
from typing import Any


def has_length(given: Any) -> bool:
    """Whether how long something is can be asked without running anybody's code."""
    return type(getattr(type(given), "__len__", None)) is types.WrapperDescriptorType


class Lengths:
    """Of the iterator that was made last it is remembered, as ``enumerate(zip(X, Y))`` asks it."""

    def __init__(self) -> None:
        self.last: tuple[Any, int | None] = (None, None)

    def of(self, given: Any) -> int | None:
        """How many items there are; None where that is not known."""
        if has_length(given):
            with suppress(OverflowError):  # a range of more numbers than there may be items
                return len(given)
        return self.last[1] if self.last[0] == (type(given), id(given)) else None

    def made(self, function: Any, args: tuple[Any, ...], iterator: Any) -> Any:
        """An iterator was made of others; return it."""
        of = type(iterator), id(iterator)  # nothing that it goes through is kept for it
        if function in (zip, map):
            several = [self.of(one) for one in args[function is map :]]
            known = [one for one in several if one is not None]
            self.last = of, min(known) if known and len(known) == len(several) else None
        elif function in (enumerate, reversed) and args:
            self.last = of, self.of(args[0])
        return iterator
