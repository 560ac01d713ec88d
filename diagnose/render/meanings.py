"""What the words and numbers of a report mean, and what to expect of them."""

from __future__ import annotations

from dataclasses import dataclass

from diagnose.render.text import number, percent
from diagnose.report import (
    ABSENT,
    CAUSE,
    CONTRIBUTES,
    ERROR,
    HARMLESS,
    MASKED,
    NOT_APPLICABLE,
    NOT_REACHED,
    PRESENT,
    UNCOVERED,
    Report,
    Symptoms,
)

GLOSSARY = {
    "symptom": "what you see, as a number, on images that the network was not trained on",
    "defect": "a known way to be wrong; `diagnose explain NAME` tells all about one",
    "probe": "measures one defect on one network and judges it",
    PRESENT: "the probe measured the defect",
    ABSENT: "the probe looked for it and it is not there",
    MASKED: "cannot be seen while another defect is present; repair that one and look again",
    NOT_APPLICABLE: "the network has nothing that this probe could measure",
    NOT_REACHED: "somebody pressed Ctrl-C before the probe had ended",
    ERROR: "the probe itself stopped; what stopped it is shown",
    "consistent with": "measured together with the symptom; whether it matters was not tried",
}
GLOSSARY_OF_CAUSES = {
    CAUSE: "its repair is in one of the smallest sets of repairs that cure the symptom",
    UNCOVERED: "no effect as found, but putting it back into the repaired network brings the "
    "symptom back: it shows once the others are repaired",
    CONTRIBUTES: "its repair moves the symptom, for better or (minus sign) for worse, but no cure "
    "needs it",
    HARMLESS: "a real defect, worth mending, with no part in the cure of this symptom",
    "cured": "the repairs remove at least 90 % of the distance between the network as found and "
    "the network with every repair",
    "share": "Shapley value: how much of that distance a repair removes, averaged over all orders "
    "in which the repairs could be made; the range is over seeds, and the shares add up to 100 %",
}


def glossary(report: Report) -> dict[str, str]:
    """Explain the words that the report uses."""
    return GLOSSARY | (GLOSSARY_OF_CAUSES if report.causes else {})


@dataclass(frozen=True)
class Expectation:
    """What a symptom should be: in a few words, and with the reason."""

    short: str
    healthy: str
    chance: str


def expectations(seen: Symptoms) -> dict[str, Expectation]:
    """Say for each symptom what a healthy network and chance would give, and why."""
    classes = len(seen.class_shares)
    chance = 1 / classes
    largest = max(seen.class_shares)
    # A certain and right network's probability of a class is 1 on that class's images, else 0.
    certain = sum((share * (1 - share)) ** 0.5 for share in seen.class_shares) / classes
    return {
        "skew": Expectation(
            short="0 is ideal",
            healthy="near 0: averaged over the images, the probabilities of a sound network are "
            "the true class shares",
            chance="also 0 for a network that always gives the class shares, so a low skew alone "
            f"proves nothing; {number(1 - min(seen.class_shares), 2)} if it is sure of the "
            "rarest class",
        ),
        "favoured_share": Expectation(
            short=f"{percent(largest)}: largest class",
            healthy=f"about {percent(largest)}: the largest class's share of these images",
            chance=f"{percent(chance)} if it guesses evenly; 100 % means that it has one answer",
        ),
        "input_dependence": Expectation(
            short="0: image ignored",
            healthy=f"towards {number(certain, 2)}: what a network reaches that is always sure and "
            "right on these images",
            chance="0 means that the image does not matter at all",
        ),
        "balanced_accuracy": Expectation(
            short=f"{number(chance, 2)} is chance",
            healthy="towards 1: every class counts the same, however rare",
            chance=f"{number(chance)}: 1/{classes}, which guessing and any constant answer give",
        ),
    }
