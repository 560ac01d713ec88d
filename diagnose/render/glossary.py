"""What the words of a report mean."""

from __future__ import annotations

from diagnose.report import (
    ABSENT,
    CAUSE,
    CONTRIBUTES,
    ERROR,
    HARMLESS,
    MASKED,
    NOT_APPLICABLE,
    NOT_JUDGED,
    NOT_REACHED,
    PRESENT,
    RISK,
    UNCOVERED,
    WORSE,
    Report,
)

GLOSSARY = {
    "symptom": "what you see, as a number, on images that the network was not trained on",
    "defect": "a known way to be wrong; `diagnose explain NAME` tells all about one",
    "probe": "measures one defect on one network and judges it",
    PRESENT: "the probe measured the defect",
    RISK: "sound code with unhappy values, which did no harm in the trainings of this report; what "
    "is present and no risk is an error",
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
    CONTRIBUTES: "its repair moves the symptom, but no cure needs it",
    HARMLESS: "a real defect, worth mending, with no part in the cure of this symptom",
    WORSE: "a real defect, but repaired beside the others it makes the network noticeably worse, "
    "with every seed: leave it for later",
    NOT_JUDGED: "repaired, the training stops or ends without an answer, so nothing can be said",
    "cured": "the repairs remove at least 90 % of the distance between the network as found and "
    "the best set of repairs, and do not make its answers noticeably worse",
    "share": "Shapley value: how much of that distance a repair removes, averaged over all orders "
    "in which the repairs could be made; the range is over seeds, and the shares add up to 100 %",
}


def glossary(report: Report) -> dict[str, str]:
    """Explain the words that the report uses."""
    return GLOSSARY | (GLOSSARY_OF_CAUSES if report.causes else {})
