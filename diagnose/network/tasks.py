"""What a network is for, and the symptoms by which one sees how well it does it.

This is the one table of symptoms. Whatever measures, weighs, words or draws a symptom reads here
what it is called, which way is better, and what a sound network and chance would show. A symptom
is a field of ``report.Symptoms``; a new one takes that field, the line that measures it in
``symptoms.py``, and its entry here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from diagnose.style.text import number, percent, tiny

if TYPE_CHECKING:
    from diagnose.report import Symptoms

# A change of a symptom that somebody would notice, where it runs from 0 to 1: with a thousand test
# samples, sampling alone moves it by about 1/sqrt(1000) = 0.03.
NOTICEABLE = 0.05


@dataclass(frozen=True)
class Expectation:
    """What a symptom should be: in a few words, and with the reason."""

    short: str
    healthy: str
    chance: str


@dataclass(frozen=True, kw_only=True)
class Symptom:
    """One thing that a person sees, as a number.

    name: the field of ``report.Symptoms``; with spaces, its name in a table. said: its name in a
    sentence, where that is another. complaint: what a person who has it would call it. expected:
    what to expect of it.
    is_ill: whether it says by itself that something is wrong; deliberately generous.
    traced: whether its causes are looked for. noticeable: a change of it that somebody would
    notice. written: a value in the unit that people think of it in; shown: the same in a table,
    with what belongs to it.
    """

    name: str
    complaint: str
    higher_is_better: bool
    expected: Callable[[Symptoms], Expectation]
    is_ill: Callable[[Symptoms], bool]
    traced: bool = True
    noticeable: float = NOTICEABLE
    written: Callable[[float | None], str] = number
    shown: Callable[[Symptoms], str] | None = None
    said: str = ""

    @property
    def label(self) -> str:
        """Its name in a table."""
        return self.name.replace("_", " ")

    @property
    def words(self) -> str:
        """Its name in a sentence."""
        return self.said or self.label

    def value(self, seen: Symptoms) -> float | None:
        """The symptom as it was measured; None or not finite if it could not be."""
        value: float | None = getattr(seen, self.name)
        return value

    def counted(self, seen: Symptoms) -> float:
        """The symptom as it counts where networks are compared: from 0 to 1.

        How far it is beyond that range is a matter of convention, for a network that overflows of
        chance. One that is not finite is as bad as can be.
        """
        value = self.value(seen)
        if value is None or math.isnan(value):
            return 0.0 if self.higher_is_better else 1.0
        return min(max(float(value), 0.0), 1.0)

    def in_table(self, seen: Symptoms) -> str:
        """The symptom as a table shows it."""
        return self.shown(seen) if self.shown else self.written(self.value(seen))


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a network is for: what it is seen by, and what that is seen on.

    symptoms: in the order of a table. goodness: the one that says how good the network is; score:
    what that is called where more is better. sample: what the network is shown. picture: what the
    picture of the symptoms shows.
    """

    name: str
    symptoms: tuple[Symptom, ...]
    goodness: Symptom
    score: str
    sample: str
    picture: str

    @property
    def traced(self) -> tuple[Symptom, ...]:
        """The symptoms whose causes are looked for."""
        return tuple(one for one in self.symptoms if one.traced)


# A network that answers with a class


def _skew(seen: Symptoms) -> Expectation:
    return Expectation(
        short="0 is ideal",
        healthy="near 0: averaged over the images, the probabilities of a sound network are "
        "the true class shares",
        chance="also 0 for a network that always gives the class shares, so a low skew alone "
        f"proves nothing; {number(1 - min(seen.class_shares), 2)} if it is sure of the "
        "rarest class",
    )


def _favoured_share(seen: Symptoms) -> Expectation:
    largest = max(seen.class_shares)
    return Expectation(
        short=f"{percent(largest)}: largest class",
        healthy=f"about {percent(largest)}: the largest class's share of these images",
        chance=f"{percent(1 / len(seen.class_shares))} if it guesses evenly; 100 % means that it "
        "has one answer",
    )


def _favourite(seen: Symptoms) -> str:
    share = percent(seen.favoured_share)
    return share if seen.favoured_class is None else f"{seen.favoured_class}, for {share}"


def _dependence_of_probabilities(seen: Symptoms) -> Expectation:
    # A certain and right network's probability of a class is 1 on that class's images, else 0.
    spreads = [(share * (1 - share)) ** 0.5 for share in seen.class_shares]
    return Expectation(
        short="0: image ignored",
        healthy=f"towards {number(sum(spreads) / len(spreads), 2)}: what a network reaches that is "
        "always sure and right on these images",
        chance="0 means that the image does not matter at all",
    )


def _balanced_accuracy(seen: Symptoms) -> Expectation:
    return Expectation(
        short=f"{number(seen.chance, 2)} is chance",
        healthy="towards 1: every class counts the same, however rare",
        chance=f"{number(seen.chance)}: 1/{1 / seen.chance:.0f}, which guessing and any constant "
        "answer give",
    )


def _answers_by_chance(seen: Symptoms) -> bool:
    """Less than twice chance, or of two classes less than half way from chance to 1."""
    value, chance = seen.balanced_accuracy, seen.chance
    return value is None or value < min(2 * chance, (1 + chance) / 2)


ACCURACY = Symptom(
    name="balanced_accuracy",
    complaint="the low accuracy",
    higher_is_better=True,
    expected=_balanced_accuracy,
    is_ill=_answers_by_chance,
)
CLASSIFICATION = Task(
    name="classification",
    symptoms=(
        Symptom(
            name="skew",
            complaint="the skew",
            higher_is_better=False,
            expected=_skew,
            is_ill=lambda seen: seen.skew is None,
        ),
        Symptom(
            name="favoured_share",
            said="share of the favoured class",
            complaint="the one favoured answer",
            higher_is_better=False,
            expected=_favoured_share,
            # one answer twice as often as any class occurs
            is_ill=lambda seen: (
                seen.favoured_share is None or seen.favoured_share > 2 * max(seen.class_shares)
            ),
            written=percent,
            shown=_favourite,
        ),
        Symptom(
            name="input_dependence",
            complaint="the low input dependence",
            higher_is_better=True,
            expected=_dependence_of_probabilities,
            is_ill=lambda seen: False,
            traced=False,
            written=tiny,
        ),
        ACCURACY,
    ),
    goodness=ACCURACY,
    score="balanced accuracy",
    sample="image",
    picture="Mean predicted probability of each class.",
)


# A network that answers with numbers


def _explains_little(seen: Symptoms) -> bool:
    """Less than a tenth: as far from chance to perfect as twice chance is of ten classes."""
    value = seen.unexplained_variance
    return value is None or not value <= 0.9


UNEXPLAINED = Symptom(
    name="unexplained_variance",
    complaint="the high unexplained variance",
    higher_is_better=False,
    expected=lambda seen: Expectation(
        short="0 ideal, 1 chance",
        healthy="towards 0, or the share of the targets' variance that is noise",
        chance="1, which always answering the targets' mean gives; a network that is far off has "
        "more, and counts as 1 where causes are looked for",
    ),
    is_ill=_explains_little,
    written=tiny,
)
REGRESSION = Task(
    name="regression",
    symptoms=(
        Symptom(
            name="input_dependence",
            complaint="the low input dependence",
            higher_is_better=True,
            expected=lambda seen: Expectation(
                short="0: input ignored",
                healthy="about 1: the answers are spread as widely as the targets, a little less "
                "where these are noisy",
                chance="0 means that the answer is the same whatever it is shown; more than 1 that "
                "the answers vary more than they should, which counts as 1 where causes are looked "
                "for",
            ),
            is_ill=lambda seen: False,  # the other symptom says it too
            written=tiny,
        ),
        UNEXPLAINED,
    ),
    goodness=UNEXPLAINED,
    score="explained variance",
    sample="sample",
    picture="Answers over targets, of some test samples; right answers lie on the line.",
)


TASKS = {task.name: task for task in (CLASSIFICATION, REGRESSION)}
# What both tasks have is called the same in both.
SYMPTOMS = {one.name: one for task in TASKS.values() for one in task.symptoms}


def answers(seen: Symptoms) -> bool:
    """Whether the network's outputs are numbers, so that its answers mean something."""
    if TASKS[seen.task] is CLASSIFICATION:
        return seen.favoured_class is not None and None not in seen.mean_probabilities
    value = seen.unexplained_variance
    return value is not None and math.isfinite(value)
