"""A parameter that the contract has as a multiple of its author's.

A threshold is subtracted, and the contract's bias is added: it is -1 times the threshold. Of what
is multiplied by a number, the gradient is divided by it.
"""

from __future__ import annotations

from diagnose.reading.writing import simple


def multiplied(text: str, times: float) -> str:
    """A multiple of an expression, in Python."""
    if times == 1:
        return text
    return f"-{simple(text)}" if times == -1 else f"{times!r} * {simple(text)}"
