"""What a script prints last, where it is one number and a word says what it is.

It stands beside what was measured, and chooses no edit. Whether a number that is larger is better
is known of shares of right answers and of what is explained, and of errors the other way; a loss or
a cost may be made smaller by what computes it.
"""

from __future__ import annotations

import math
import re

from diagnose.network.tasks import NOTICEABLE

NUMBER = re.compile(r"[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?")
# Also what has become none; letters around it make another word of it.
VALUE = re.compile(rf"{NUMBER.pattern}|(?<![\w.])[-+]?(?:nan|inf)(?!\w)", re.I)
# How long something took is no result.
SECONDS = re.compile(rf"\(?{NUMBER.pattern}\s*(?:ms|s|sec\w*|min\w*)\b\)?", re.I)
RIGHT = re.compile(r"\b(acc|accuracy|score|r\^?2|r²|right|correct)(?![^\W_])", re.I)
WRONG = re.compile(r"\b(r?mse|mae|errors?|error rate|wrong)(?![^\W_])", re.I)
LOSS = re.compile(r"\b(loss|cost)(?![^\W_])", re.I)
HUNDRED = 100.0
FRACTION = re.compile(r"\b(\d+)\s*(?:/|of|out of)\s*(\d+)\b", re.I)
# An error that is half as large again is worse by more than other random numbers bring.
WORSE = 1.5


def last_result(printed: str) -> str:
    """The last line with a number that a script prints, where it says one thing; else nothing.

    As ``test accuracy: 0.94``. An element of an array is no result, nor one number of several, nor
    one that no word names.
    """
    lines = (SECONDS.sub("", line.strip()) for line in reversed(printed.splitlines()))
    line = next((line for line in lines if VALUE.search(line)), "")
    words = _words(line)
    named = RIGHT.search(words) or WRONG.search(words) or LOSS.search(words)
    single = len(VALUE.findall(words)) == 1 and not re.search(r"[\[\]]", line)
    return line if single and named else ""


def is_worse(before: str, after: str) -> bool:
    """Whether a script prints a noticeably worse result than before.

    A number that was none is no measure, and what is named by other words is another thing.
    """
    if not before or not after or VALUE.sub("", before) != VALUE.sub("", after):
        return False
    words = _words(after)
    old, new = (float(VALUE.findall(_words(line))[0]) for line in (before, after))
    if not math.isfinite(old) or LOSS.search(words):
        return False
    if WRONG.search(words):
        return not abs(new) <= WORSE * abs(old) + NOTICEABLE
    size = HUNDRED if "%" in after or max(old, new) > 1 else 1.0
    return not new > old - NOTICEABLE * size


def stays_behind(before: str, after: str, score: float) -> bool:
    """Whether what a script prints last is still bad, while its network has come to this score.

    A share of right answers is far below the score, or an error or a loss is about what it was.
    """
    line = last_result(FRACTION.sub(_share, after))
    words = _words(line)
    if not line:
        return False
    value = float(VALUE.findall(words)[0])
    if WRONG.search(words) or LOSS.search(words):
        old = last_result(before)
        if not VALUE.findall(_words(old)) or VALUE.sub("", old) != VALUE.sub("", line):
            return False
        was = float(VALUE.findall(_words(old))[0])  # of what was not a number nothing is known
        return math.isfinite(was) and not WORSE * abs(value) < abs(was)
    size = HUNDRED if "%" in line or abs(value) > 1 else 1.0
    return not value / size >= score - NOTICEABLE


def _share(one: re.Match[str]) -> str:
    """So many of so many, as ``7/16``, written as a share."""
    return f"{int(one[1]) / max(1, int(one[2])):.4f}"


def is_larger_share(before: str, after: str) -> bool:
    """Whether a script prints a noticeably larger share of what is right, or explained."""
    if not before or VALUE.sub("", before) != VALUE.sub("", after):
        return False
    words = _words(after)
    is_share = RIGHT.search(words) and not WRONG.search(words) and not LOSS.search(words)
    return bool(is_share) and is_worse(after, before)


def is_another_share(printed: str, share: float, samples: int) -> bool:
    """Whether the share of right answers that a script prints last is noticeably another one.

    share: as it was measured on so many samples. Written as a share, in hundredths or as a count,
    also as ``7/16``; what says nothing of the kind is no other share.
    """
    words = _words(last_result(FRACTION.sub(_share, printed)))
    if not RIGHT.search(words) or WRONG.search(words) or LOSS.search(words) or "r²" in words:
        return False
    value = float(VALUE.findall(words)[0])
    return not any(
        abs(value / size - share) <= NOTICEABLE for size in (1.0, HUNDRED, max(1, samples))
    )


def _words(line: str) -> str:
    """The line with ``test_acc`` as two words, and without the digit of R2."""
    return re.sub(r"\bR\^?2\b", "r²", line.replace("_", " "), flags=re.I)
