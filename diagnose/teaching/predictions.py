"""Ask for a cheap prediction, and say afterwards how it differs from what is so.

A wrong prediction is told how it is wrong. Nothing here raises on an answer or stops a notebook.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from diagnose.teaching.hinting import question
from diagnose.teaching.printing import say

# As near as this is right, where a notebook does not say how near: a tenth of the value.
NEAR = 0.1


@dataclass(frozen=True)
class Prediction:
    """What somebody expects, noted before it is looked at."""

    question: str
    answer: Any
    choices: Mapping[Any, str]

    @property
    def is_given(self) -> bool:
        """Whether there is an answer that can be compared."""
        return self.answer is not ... and self.answer is not None and not complaint(self)

    def compare(
        self, seen: Any, *, within: float | None = None, because: Mapping[Any, str] | None = None
    ) -> None:
        """Say how the prediction differs from what was seen.

        within: how near a number must come to be right (default: a tenth of what was seen).
        because: for answers that many give, wrong or right, what is behind them.
        """
        room = abs(seen) * NEAR if within is None and _is_number(seen) else within or 0.0
        if self.is_given:
            verdict = _verdict(self.answer, seen, room, self._in_full(seen))
            say(f"You said {_said(self.answer)}. {verdict}")
        else:
            say(
                f"You wrote no prediction down; it is {self._in_full(seen)}. "
                "Next time guess first: a wrong guess teaches more than none."
            )
        for answer, sentence in (because or {}).items():
            if self.is_given and _same(self.answer, answer, room):
                say(sentence)

    def _in_full(self, seen: Any) -> str:
        """Say a choice with its text, since nobody remembers what b was."""
        text = self.choices.get(seen) if self.choices else None
        return f"{_said(seen)} ({text})" if text else _said(seen)


def predict(what: str, answer: Any, *, choices: Mapping[Any, str] | None = None) -> Prediction:
    """Note an answer down. ``...`` is none yet; it can be compared later all the same."""
    one = Prediction(what, answer, choices or {})
    say(what)
    for key, text in one.choices.items():
        say(f"  {key}: {text}" if text else f"  {key}", 5)
    if answer is ... or answer is None:
        say("Nothing is noted yet: put your guess in place of `...` and run this cell again.")
    else:
        say(complaint(one) or f"Noted: {_said(answer)}. Go on and see.")
    return one


def explain(name: str, answer: Any) -> None:
    """Ask which sentence explains what was seen, and say what speaks for or against the answer."""
    asked = question(name)
    options = asked["options"]
    say(asked["question"])
    for letter, option in options.items():
        say(f"  {letter}: {option['says']}", 5)
    if answer is ... or answer is None:
        say("Nothing is picked yet: put a letter in place of `...` and run this cell again.")
        return
    letter = str(answer).strip().lower()
    if letter not in options:
        say(f"You wrote {answer!r}; pick one of {', '.join(options)}.")
        return
    right = letter == asked["right"]
    say(f"You picked {letter}: {'yes' if right else 'not quite'}. {options[letter]['feedback']}")


def complaint(one: Prediction) -> str:
    """Say kindly why an answer cannot be compared, or nothing if it can."""
    if one.choices and one.answer not in one.choices:
        return f"{_said(one.answer)} is none of {', '.join(map(str, one.choices))}; pick one."
    if not one.choices and not _is_number(one.answer):
        return f"{one.answer!r} is not a number; write one, such as 0.5."
    return ""


def _verdict(answer: Any, seen: Any, room: float, in_full: str) -> str:
    """Say in which way an answer is right or wrong."""
    if _same(answer, seen, room):
        return "That is right." if answer == seen else f"Right: it is {_said(seen)}."
    it_is = f"It is {in_full}"
    if not (_is_number(answer) and _is_number(seen)):
        return f"{it_is}."
    if not math.isfinite(answer) or not math.isfinite(seen):
        return f"{it_is}."
    side = "too high" if answer > seen else "too low"
    if abs(seen) <= room or answer == 0:
        # Too near to 0 for a sign or a factor to mean anything.
        return f"{it_is}: {side}."
    if answer * seen < 0:
        return f"{it_is}: the other sign{_apart(answer, seen)}."
    for factor, why in ((100, "that looks like per cent of it"), (0.01, "that is a share of it")):
        if seen and abs(answer / seen / factor - 1) <= NEAR:
            return f"{it_is}: {why}."
    if apart := _apart(answer, seen):
        return f"{it_is}: {side}{apart}."
    return f"{it_is}: {side} by {abs(answer - seen):.2g}, but of the right size."


def _apart(answer: float, seen: float) -> str:
    """Say by which factor two numbers are apart, to two digits, where it is at least 2."""
    small, large = sorted((abs(answer), abs(seen)))
    if large / small < 2:
        return ""
    rounded = float(f"{large / small:.2g}")
    return f", by a factor of {rounded:,.0f}" if rounded >= 10 else f", by a factor of {rounded:g}"


def _same(answer: Any, other: Any, room: float) -> bool:
    if _is_number(answer) and _is_number(other):
        return abs(answer - other) <= room
    return str(answer).strip().lower() == str(other).strip().lower()


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return not isinstance(value, str)


def _said(value: Any) -> str:
    if not _is_number(value):
        return str(value)
    return f"{value:,}" if float(value).is_integer() and abs(value) < 1e9 else f"{value:.4g}"
