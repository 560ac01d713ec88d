"""What the exchange of parts with a sound twin has shown, in sentences and rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from diagnose.instruments.comparing import are_apart
from diagnose.network.tasks import CLASSIFICATION, NOTICEABLE, TASKS
from diagnose.render.words import findings, over, shown, task_of
from diagnose.report import PRESENT, SEVERE, Parts, Report, Twin, equals_its_twin
from diagnose.style.places import placed
from diagnose.style.text import listed, number, percent, plain, plural

# What a person calls each part of their own code.
WORDS = {
    "data": "data",
    "input": "input",
    "targets": "targets",
    "order": "order of the samples",
    "start": "initialization",
    "forward": "forward pass",
    "gradient": "backward pass",
    "step": "update",
    "pace": "learning rate",
    "size": "shape",
    "answer": "accuracy",
}

# What to do about a part in which no known mistake was found; of others, their twin says it.
SOUND = {
    "input": "give each feature numbers of the size of 1, around 0: less its mean, divided by its "
    "deviation, both of the training samples",
    "targets": "bring the targets into the range of the output, one number for each output",
    "order": "shuffle samples and labels together before each epoch, and show all of them",
    "start": "draw weights around 0 with a variance of 2 over the number of inputs of their layer "
    "for ReLUs and of 1 over it for others, and begin with biases of 0",
    "forward": "compute each layer as it is declared: inputs times weights, plus biases, and its "
    "activation",
    "gradient": "derive the gradients again, from the output down, and hold them against "
    "differences of the loss",
    "step": "step each parameter by its own gradient, `p -= rate * gradient`, once",
}

# Of more sets of parts that do, the first is told, and how many others there are.
FEW_WAYS = 2
# Of fewer samples nothing is concluded of the data.
FEW_SAMPLES = 10
# Lengths that differ by less look alike when they are written with two digits.
UNLIKE = 5e-3


@dataclass(frozen=True)
class PartRow:
    """One part in a table: its name, whether it is to blame, the values, where, and what is in it.

    alone, without: the score with only this part sound, and with every part but this.
    """

    name: str
    blamed: bool
    alone: str
    without: str
    share: str
    place: str
    found: str


def rows(report: Report) -> list[PartRow]:
    """A row for each part that was exchanged, those to blame first."""
    parts = report.parts
    if parts is None or not parts.minimal:
        return []
    blamed = parts.blamed
    ordered = [*(one for one in parts.alone if one in blamed)]
    ordered += [one for one in parts.alone if one not in blamed]
    return [
        PartRow(
            name=WORDS.get(one, one),
            blamed=one in blamed,
            alone=number(parts.alone.get(one)),
            without=number(parts.without[one]) if one in parts.without else "",
            share=percent(parts.shares[one].mean) if one in parts.shares else "",
            place=_place(parts, one),
            found=", ".join(defects_in(report, one)),
        )
        for one in ordered
    ]


def made_sound(parts: Parts, part: str, lacks: str) -> str:
    """What to do about a part in which no known mistake was found; lacks: as of a twin."""
    if part == "pace":
        known = parts.rates and parts.rates[0] is not None
        to = f"train at a rate of {plain(parts.rates[0])}, for {parts.epochs[0]} epochs"
        return to if known else ""
    if lacks and part in ("size", "forward"):
        return f"give it {lacks}"
    return SOUND.get(part, "")


def defects_in(report: Report, part: str) -> list[str]:
    """Names of the defects that were found in a part; that it is to blame is none."""
    present = [one for one in findings(report, PRESENT) if one not in shown(report)]
    return list(dict.fromkeys(one.defect for one in present if one.part == part))


def found_in_blamed(report: Report) -> list[str]:
    """Names of the defects that were found in parts which every set that closes the gap has."""
    if report.parts is None or not report.parts.minimal:
        return []
    every = set.intersection(*map(set, report.parts.minimal))
    return [
        name for part in report.parts.alone if part in every for name in defects_in(report, part)
    ]


def twin_sentence(report: Report) -> str:
    """What a sound network of the same shape reaches; nothing where that is not known."""
    twin, parts = report.twin, report.parts
    if twin is None or parts is None:
        return ""
    lost = report.data.get("unlike_test", {})
    if "order" in lost:
        return f"The labels are not those of their samples: {in_order(lost)}."
    if lost.get("lost"):
        return (
            f"A {sound_learns(lost['trained'])}, but {number(lost['held_out'])} of those left out "
            "of its training: these labels tell nothing of their samples. Before they do, no other "
            "part can be judged."
        )
    better = parts.found > twin.score + NOTICEABLE  # then it has learned what its twin has not
    if not parts.minimal and twin.fails and not parts.undecided and not better:
        task = task_of(twin.symptoms)
        learned = f"Of its training {task.sample}s it answers {number(twin.trained)} rightly"
        if task is not CLASSIFICATION:
            learned = f"It explains {number(twin.trained)} of its training samples' variance"
        said = (
            f"A sound network of the same shape fails too ({number(twin.score)}), and wider ones "
            f"do no better. {learned}: "
        )
        learns = 0.5 + 0.5 * twin.score  # half of what it lacks is learned where it is shown
        if twin.trained > max(twin.score + NOTICEABLE, learns):
            return (
                f"{said}it learns these, which tells it nothing of the test: its {task.sample}s "
                "differ, or the labels of some are not their own."
            )
        known = any(one.severity == SEVERE for one in findings(report, PRESENT))
        if known or report.data.get("training_images", FEW_SAMPLES) < FEW_SAMPLES:
            return f"{said.removesuffix(': ')}."  # what was found may be why; few say nothing
        return said + "labels or inputs may carry nothing; look at how they are read and paired."
    if not parts.minimal and not parts.undecided and _differs_in_the_mean(twin, parts):
        return (
            f"A sound network of the same shape gets {number(twin.score)}, this one "
            f"{number(parts.found)}{_seeds(report, twin)}: with so few seeds the exchange of "
            "parts decides nothing."
        )
    if not parts.minimal and not parts.undecided:
        return (
            f"{'It' if report.watched else 'That'} is as good as a sound network of the same shape "
            f"gets here: {number(parts.found)} against {number(twin.score)}, {_means(report)}."
        )
    if is_beside(parts) and twin.fails:
        return (
            f"On what it is given a sound network of the same shape fails too: "
            f"{number(twin.score)}, and this one {number(parts.found)}, {_means(report)}."
        )
    if is_beside(parts):
        return (
            f"On what it is given the network is as good as a sound one of the same shape: "
            f"{number(parts.found)} against {number(twin.score)}, {_means(report)}."
        )
    if ["answer"] in parts.minimal:
        return (
            f"The network is fine, the accuracy that it prints is not: it says "
            f"{number(parts.found)}, where the balanced accuracy is "
            f"{number(parts.alone['answer'])}, as good as that of a sound network of the same "
            f"shape ({number(twin.score)})."
        )
    if twin.lacks:
        return (
            f"A sound network of the same shape gets no further than {number(twin.same_shape)} "
            f"(this one: {number(parts.found)}); with {twin.lacks} it reaches {number(twin.score)}"
            f"{_seeds(report, twin)}."
        )
    return (
        f"A sound network of the same shape reaches {number(twin.score)} on the same data, where "
        f"this one reaches {number(parts.found)}{_seeds(report, twin)}."
    )


def sound_on_samples(report: Report) -> str:
    """What a sound network reaches on the samples of a script that was not read."""
    twin, data = report.twin, report.data
    if twin is None:
        return ""
    task = task_of(twin.symptoms)
    verb = "answers" if task is CLASSIFICATION else "explains"
    rightly = " rightly" if task is CLASSIFICATION else " of their variance"
    said = (
        f"A sound network ({twin.shape}), trained on the {data['images']:,} samples that it trains "
        f"on, {verb} {number(twin.trained)}{rightly}"
    )
    if not data["tested_on_training_images"]:
        said += f", and {number(twin.score)} of {data['test_images']:,} others like them"
    if not twin.fails:
        return (
            f"{said}: so much can be learned of them as they come in, and what this program does "
            "worse, it loses in what it makes of them."
        )
    if twin.trained > twin.score + NOTICEABLE:
        return f"{said}: their labels tell nothing, or too little, of other samples."
    return f"{said}: labels or inputs may carry nothing; look at how they are read and paired."


def in_order(unlike: Mapping[str, Any]) -> str:
    """What nearest neighbours say of labels in another order, and as they stand."""
    as_given, moved = (percent(max(unlike[one], 0.0)) for one in ("as_given", "in_order"))
    of = " of the test" if unlike["of_test"] else ""
    said = f"{moved} of samples{of} have the label of the nearest training sample"
    if unlike["in_numbers"]:
        said = f"the nearest training sample explains {moved} of the targets' variance{of}"
    return f"with `{unlike['order']}` in their place {said}; as they stand, {as_given}"


def sound_learns(trained: float, *, in_numbers: bool = False) -> str:
    """What a sound network knows of the samples that it trains on, but for the article."""
    if in_numbers:
        return (
            f"sound network of the same shape explains {number(trained)} of the variance of the "
            "samples that it trains on"
        )
    return (
        f"sound network of the same shape answers {number(trained)} of the samples that it trains "
        "on rightly"
    )


def is_beside(parts: Parts) -> bool:
    """Whether what is wrong was seen beside the network, in which there was nothing to exchange."""
    return bool(parts.minimal) and not parts.alone


def is_as_good(report: Report) -> bool:
    """Whether the network is as good as its sound twin, which works."""
    twin, parts = report.twin, report.parts
    if twin is None or parts is None or not equals_its_twin(twin, parts):
        return False
    return not _differs_in_the_mean(twin, parts)


def _differs_in_the_mean(twin: Twin, parts: Parts) -> bool:
    """Whether a network gets visibly less far than its twin on average, as seeds alone may do."""
    return are_apart(parts.found, twin.score, twin.symptoms.chance)


def _means(report: Report) -> str:
    """With which trainings both were compared."""
    if report.watched is None or report.twin is None:
        return "means over seeds"
    return over(report, report.twin.found_works_in[1])


def _seeds(report: Report, twin: Twin) -> str:
    (theirs, every), (mine, own) = twin.works_in, twin.found_works_in
    if every < 2:
        return ""
    means = f"{_means(report)}; " if report.watched else ""
    mine_of = f"{mine}{'' if own == every else f' of {own}'}"
    return f" ({means}it works with {theirs} of {every} seeds, this one with {mine_of})"


def _lost_classes(report: Report) -> str:
    """Which classes are never answered with how many seeds; nothing where it is all but one.

    Of a network that has one answer the first sentence says so.
    """
    twin = report.twin
    if twin is None or len(twin.found_never) > len(twin.symptoms.class_shares) - 2:
        return ""
    every = twin.found_works_in[1]
    by_seeds: dict[int, list[str]] = {}
    for one, seeds in twin.found_never:
        by_seeds.setdefault(seeds, []).append(str(one))
    clauses = [
        f"{listed(classes)} with {seeds} of {plural(every, 'seed')}"
        for seeds, classes in sorted(by_seeds.items(), reverse=True)
    ]
    return f"It never answers {', '.join(clauses)}." if clauses else ""


def sentences(report: Report) -> list[str]:
    """All that is to be said of the twin and of the parts."""
    said = (twin_sentence(report), _lost_classes(report), *blame_sentences(report))
    return [one for one in said if one]


def blame_sentences(report: Report) -> list[str]:
    """Which parts make the difference, and in which of them no known mistake was found."""
    parts = report.parts
    if parts is not None and parts.undecided:
        return ["Which of its parts make the difference, there was no time to find out."]
    if parts is not None and is_beside(parts):
        is_one = len(parts.minimal) == 1  # its place stands beside what was found there
        beside = [
            listed(WORDS.get(one, one) if is_one else named(parts, one) for one in several)
            for several in parts.minimal
        ]
        mends = "" if is_one else ": either may be mended"
        return [f"What is wrong lies in your {' or in your '.join(beside)}{mends}."]
    if parts is None or not parts.minimal or ["answer"] in parts.minimal:
        return []
    lacks = report.twin.lacks if report.twin else ""
    if lacks and parts.minimal in ([["size"]], [["forward"]]):
        what = "shape" if parts.minimal == [["size"]] else named(parts, "forward")
        return [f"The {what} is at fault: it lacks {lacks}."]
    ways = [
        listed(named(parts, one) for one in several) + (" together" if len(several) > 1 else "")
        for several in parts.minimal
    ]
    if len(ways) == 1 and len(parts.minimal[0]) == 1:
        said = f"The difference is in your {ways[0]}: with a sound one in its place the gap closes."
    elif len(ways) == 1:
        said = f"The difference is in your {ways[0].removesuffix(' together')}: with sound ones in "
        said += "their place the gap closes"
        if parts.given_up and parts.needed is None:
            said += f"; {plural(parts.given_up, 'other set')} of parts took too long to try."
        else:
            said += ", and with nothing less."
    elif len(ways) == FEW_WAYS:
        said = f"The difference is in your {'; or in your '.join(ways)}."
    else:
        said = (
            f"The difference is in your {ways[0]}; or in another of {len(ways) - 1} sets of parts."
        )
    blamed = parts.blamed
    known = {"size", *(["step"] if parts.decays else [])}
    unknown = [WORDS[one] for one in blamed if one not in known and not defects_in(report, one)]
    sentences = [said]
    if parts.decays:
        sentences.append(f"It holds {decay(parts, max(parts.decays.values()))}.")
    if unknown:
        sentences.append(f"No known mistake was found in your {listed(unknown)}.")
    if WORDS["gradient"] in unknown and (apart := gradients_apart(parts.gradients)):
        sentences.append(f"Its gradients are not the true ones: {'; '.join(apart)}.")
    for several, rate, epochs in zip(parts.minimal, parts.rates, parts.epochs, strict=True):
        if rate is not None and "pace" in several:
            sentences.append(f"The learning rate is then {plain(rate)}, for {epochs} epochs.")
            break
        if rate is not None:
            at = f"a learning rate of {plain(rate)}, for {epochs} epochs"
            sentences.append(f"With that, {at}, does better than yours.")
            break
    return sentences


def beside_causes(report: Report) -> str:
    """Why the repairs that cure the outcome, and the parts that make the difference, are not one.

    Of a script; nothing where the defects of a cure stand in the parts of a set, one in each.
    """
    parts = report.parts
    if report.watched is None or parts is None or not parts.minimal:
        return ""
    outcomes = [one.goodness.name for one in TASKS.values()]
    cures = [
        cause.minimal_repairs[0]
        for symptom, cause in report.causes.items()
        if symptom in outcomes and cause.minimal_repairs
    ]
    part_of = {one.defect: one.part for one in findings(report, PRESENT)}
    for cure in cures:
        stand = {part_of.get(one, "") for one in cure}
        if stand not in map(set, parts.minimal):
            return (
                "The two are not the same: a repair changes one thing and leaves your other "
                "numbers, and a part of the sound network is sound as a whole."
            )
        if len(cure) > len(stand):
            several = [one for one in stand if sum(part_of.get(name) == one for name in cure) > 1]
            names = [name for name in cure if part_of.get(name) in several]
            return f"Of these, {listed(names)} stand in your {listed(map(_word, sorted(several)))}."
    return ""


def _word(part: str) -> str:
    return WORDS.get(part, part)


def gradients_apart(gradients: Mapping[str, Mapping[str, float | None]]) -> list[str]:
    """How gradients lie to the true ones, parameter by parameter; without those that are true."""
    said = []
    for name, one in gradients.items():
        length, cosine = one["length ratio"], one["cosine"] or 0.0
        angle = math.degrees(math.acos(max(-1.0, min(1.0, cosine))))
        if length is None or math.isinf(length):
            said.append(f"{name}: not finite, or not 0 where the true one is")
        elif length == 0:
            said.append(f"{name}: 0, where the true one is not")
        elif angle >= 0.5:
            said.append(
                f"{name}: {length:.2g} of the length, at {angle:.0f} degrees to the true one"
            )
        elif abs(length - 1) > UNLIKE:
            said.append(f"{name}: {length:.2g} of the length, in the true direction")
    return said


def named(parts: Parts, part: str) -> str:
    """What a part of the author's own code is called, with its place."""
    place = _place(parts, part)
    return f"{WORDS.get(part, part)}{f' ({place})' if place else ''}"


def _place(parts: Parts, part: str) -> str:
    place = parts.places.get(part)
    return placed(place.file, place.line) if place else ""


def heading(twin: Twin) -> str:
    """The twin in one line: its shape, what it reaches, and how."""
    works, every = twin.works_in
    return (
        f"{twin.shape}: {number(twin.score)} at rate {plain(twin.rate)} in {twin.epochs} epochs, "
        f"works with {works} of {every} seeds"
    )


def decay(parts: Parts, size: float) -> str:
    """What pulls weights to 0: of each weight, or of its sign."""
    return f"{'an L1 penalty' if parts.lasso else 'a weight decay'} of {plain(size)}"
