"""The Report: the plain record that everything measured ends in and every renderer starts from.

A report holds text, numbers, lists and dicts, nothing of the network itself, so that a saved one
renders again without the network. Numbers that are not finite are stored as None (JSON null).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from diagnose.errors import BadInputError
from diagnose.style.shown import SHOWN_AS
from diagnose.style.text import UNSEEN

SCHEMA_VERSION = 2
# Of these, reports are read: version 1 had no twin.
READABLE = (1, 2)
# Values stand in lists and dicts within each other no deeper than this; ours in eight.
DEEPEST = 40

# What a probe or an instrument has measured, by name: plain JSON values only.
Numbers = dict[str, Any]


# What a probe says of a defect.
PRESENT = "present"
ABSENT = "absent"
MASKED = "masked"
NOT_APPLICABLE = "not applicable"
ERROR = "error"
NOT_REACHED = "not reached"
STATUSES = (PRESENT, ABSENT, MASKED, NOT_APPLICABLE, ERROR, NOT_REACHED)
# How it is shown that a part is to blame in which nothing was found.
BY_EXCHANGE = "by the exchange of parts"


# The parts of a network that a sound one can take the place of, in the order of a training.
PARTS = (
    *("data", "input", "targets", "order", "start", "forward", "gradient", "step", "pace"),
    *("size", "answer"),
)

# How bad a defect is that is present. An error: the code is not what it says it is, whatever that
# does here. A risk: sound code with unhappy values, which did no harm in the trainings of this
# report; one that did is an error. A note: a remark.
SEVERE = "error"
RISK = "risk"
NOTE = "note"
SEVERITIES = (SEVERE, RISK, NOTE)

# What is noted of a finding, such as of a test set of one class, that no training shows the effect
# of: samples, or how answers are read off, are the same in all of them.
UNTRAINABLE = "untrainable"

# What is left out where there is no time for it.
CUT_CHECKS = "checks"
CUT_SYMPTOMS = "symptoms"
CUT_PROBES = "probes"
CUT_TWIN = "twin"
CUT_SETS = "sets of parts"
CUT_CAUSES = "causes"
CUT_DEFECTS = "defects"
CUT_SEEDS = "seeds"
CUT_BESIDE = "network beside it"
CUTS = (
    *(CUT_CHECKS, CUT_SYMPTOMS, CUT_PROBES, CUT_TWIN, CUT_SETS, CUT_CAUSES, CUT_DEFECTS, CUT_SEEDS),
    CUT_BESIDE,
)

# What the interventions say of a defect that is present.
CAUSE = "cause"
UNCOVERED = "uncovered"
CONTRIBUTES = "contributes"
HARMLESS = "harmless here"
WORSE = "makes it worse here"
NOT_JUDGED = "not judged"
VERDICTS = (CAUSE, UNCOVERED, CONTRIBUTES, HARMLESS, WORSE, NOT_JUDGED, ABSENT)


@dataclass(frozen=True, kw_only=True)
class Where:
    """A place in somebody's code; ``text`` is the line as it stands there, if it is known."""

    file: str
    line: int
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A network as a report names it."""

    name: str
    source: str | None
    parameters: dict[str, list[int]]
    posted: list[float] | None = None
    remarks: list[str] = field(default_factory=list)


# A share of all answers is no further from the mean of those of the classes than these from even.
UNEVEN = 0.05


@dataclass(frozen=True, kw_only=True)
class Symptoms:
    """What the person sees, as numbers, on samples that the network was not trained on.

    task: what the network is for. A network that answers with a class (``classification``) has

    skew: total variation between the mean predicted probability and the true class share (0 to 1)
    favoured_class, favoured_share: the most frequent answer and its share of all answers
    input_dependence: std of each class's probability across images, averaged over classes
    balanced_accuracy: mean over classes of the share of that class's images answered rightly
    mean_probabilities: one number per class; None where the network's probabilities are not finite
    class_shares: true share of each class among the test images

    and one that answers with numbers (``regression``) has, with all outputs taken together,

    unexplained_variance: mean squared error over the variance of the targets: 0 is perfect, 1 what
        always answering the targets' mean gives, and there may be more
    input_dependence: std of the outputs across samples over that of the targets: 0 is the same
        answer whatever it is shown
    pairs: target and answer of some test samples, of the first output; for pictures

    What a network of the other task has is None or empty. None too, or infinite, is what is not
    finite. images: number of test samples; overflowed: of how many the network's own output was
    not finite. never_answered: classes among the test samples that none of them gets as its answer.
    """

    skew: float | None
    favoured_class: int | None
    favoured_share: float | None
    input_dependence: float | None
    balanced_accuracy: float | None
    mean_probabilities: list[float | None]
    class_shares: list[float]
    images: int
    overflowed: int
    task: str = "classification"
    unexplained_variance: float | None = None
    pairs: list[list[float | None]] = field(default_factory=list)
    never_answered: list[int] = field(default_factory=list)

    @property
    def chance(self) -> float:
        """The balanced accuracy that guessing and any constant answer have; 0 of numbers."""
        return 1 / sum(one > 0 for one in self.class_shares) if self.class_shares else 0.0

    @property
    def are_even(self) -> bool:
        """Whether all classes are so alike in number that a share of all answers is one of each."""
        even = 1 / max(1, len(self.class_shares))
        return bool(self.class_shares) and all(
            abs(one - even) < UNEVEN for one in self.class_shares
        )


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One probe's answer about one network, in four beats.

    observed: the measured number; expected: what a sound network shows and why;
    where: file and line; advice: what to try. ``numbers`` is what was measured, for pictures and
    for whoever wants to check; plain JSON. part: the part of the network in which the defect is.
    severity: one of ``SEVERITIES`` for a defect that is present, else nothing.
    """

    defect: str
    status: str
    observed: str
    expected: str
    where: Where | None
    advice: str
    numbers: Numbers = field(default_factory=dict)
    part: str = ""
    severity: str = ""


@dataclass(frozen=True, kw_only=True)
class Share:
    """A Shapley value as a share of the cure (1 is all of it): mean and range over seeds."""

    low: float
    mean: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What one repair changes on top of others: the symptom before and after it."""

    repaired: list[str]
    before: float
    after: float


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the interventions say of one defect and one symptom.

    ``alone`` is the symptom with only this repair, ``without`` with the best repairs but this one.
    ``effect`` is the largest change that this repair makes on top of any set of others, the same
    way in every seed; None if none would be noticed.
    """

    verdict: str
    share: Share
    alone: float
    without: float
    effect: Effect | None
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One step of the ladder: the repair added, and the symptom's value after it."""

    repair: str
    value: float


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One set of repairs: the symptom's mean over seeds, its range, and the cured fraction."""

    repairs: list[str]
    value: float
    low: float
    high: float
    cured: float | None


@dataclass(frozen=True, kw_only=True)
class Cause:
    """One symptom, traced to its causes by training with repairs on and off.

    found: the symptom as found, repaired: with every repair. minimal_repairs: the smallest sets
    of repairs that cure it (inclusion-minimal): that come up to the best set. They are empty when
    there is nothing to cure. best_repairs: what the others are held against: every repair if these
    cure it, else those of the best set. best: the symptom with these. works_in: with how many of
    how many seeds the network works with the first of the smallest sets, that is comes up to its
    sound twin; empty where there is no twin or nothing to cure.
    interaction: the interaction in words. lattice: every set of repairs that was trained. ladder:
    in which order to repair; what hurts is left out.
    """

    symptom: str
    found: float
    repaired: float
    minimal_repairs: list[list[str]]
    verdicts: dict[str, Verdict]
    ladder: list[Rung]
    interaction: str
    lattice: list[Trial]
    best: float
    best_repairs: list[str]
    works_in: list[int]


@dataclass(frozen=True, kw_only=True)
class Twin:
    """What a sound network of the same shape reaches on the same data.

    score: balanced accuracy, or 1 - unexplained variance; a mean over seeds, on test images. rate:
    in the unit in which the author's code takes it. works_in, found_works_in: with how many of how
    many seeds the twin, and the author's network, get nine tenths of the way from chance to that.
    shape: units of each layer, the inputs first, and activations. symptoms: with the first seed.
    found_never: ``[class, seeds]`` for each class that the author's network never answers, and with
    how many of the seeds.
    same_shape: the score of a sound network of the author's shape, and lacks: what that has not and
    the twin has, in words; nothing where the twin is of the author's shape. trained: the score on
    training images. fails: whether it is nearer to chance than to a perfect network. ends: what its
    last layer is, in words, where the author's is another.
    """

    score: float
    rate: float
    epochs: int
    works_in: list[int]
    found_works_in: list[int]
    shape: str
    symptoms: Symptoms
    same_shape: float
    lacks: str
    trained: float
    fails: bool
    found_never: list[list[int]] = field(default_factory=list)
    ends: str = ""

    def instead(self, part: str) -> str:
        """What it has in a part that the author's network has not, in words; mostly nothing."""
        return (self.ends if part == "forward" else "") or self.lacks


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What the exchange of parts with the twin has shown; scores as of ``Twin``.

    best: of any set. minimal: the smallest sets of parts that, taken from the twin, close the gap;
    empty where there is none. found: as the author's own accuracy has it where only that is to
    blame (``[["answer"]]``). alone: with only this part sound; without: with every part but this.
    shares: of the gap, among the parts in minimal sets. places: where the author wrote each part.
    rates, epochs: with which each of the smallest sets was trained, where the pace is one of it, or
    with which it does noticeably better; else None. given_up: sets that were not tried, since the
    network's own functions would take too long, or there was no time for them. needed: the seconds
    that these would take; None where there was time. undecided: whether the network falls short of
    its twin, and there was no time to find out which parts make the difference. gradients: where
    the backward pass is to blame, of each parameter's gradient the ``cosine`` of the angle to the
    true one and the ``length ratio`` of the two. decays: where the step is, the weight decay of
    each parameter, by the mean loss; lasso: whether these are times each weight's sign, as those of
    an L1 penalty are, and not times the weight.
    """

    found: float
    twin: float
    best: float
    minimal: list[list[str]]
    rates: list[float | None]
    epochs: list[int | None]
    alone: dict[str, float]
    without: dict[str, float]
    shares: dict[str, Share]
    places: dict[str, Where]
    given_up: int
    gradients: Mapping[str, Mapping[str, float | None]]
    needed: float | None = None
    undecided: bool = False
    decays: Mapping[str, float] = field(default_factory=dict)
    lasso: bool = False

    @property
    def blamed(self) -> list[str]:
        """The parts that are in any of the smallest sets, each once."""
        return list(dict.fromkeys(part for several in self.minimal for part in several))


def equals_its_twin(twin: Twin, parts: Parts) -> bool:
    """Whether a network is as good as its sound twin, which works."""
    return not twin.fails and not parts.minimal and not parts.undecided


@dataclass(frozen=True, kw_only=True)
class CodePair:
    """The lines that a repair changes: as found, and as the other network writes them."""

    defect: str
    found: list[tuple[int, str]]
    repaired: list[tuple[int, str]]


@dataclass(frozen=True, kw_only=True, repr=False)
class Report:
    """Everything that one diagnosis measured.

    watched: of a network that was read out of a script, how: ``{script, steps, certified, parted,
    roles}``. Without a certificate nothing was trained, and ``parted`` is ``{file, line,
    reason}``. roles: what was read, each ``{line, text}``; of targets and of test samples also
    ``made``, the line at which they got their numbers, or 0, and of test samples ``answered``,
    that at which answers were last computed of the output, where that was seen. whole: whether the
    script came to its own end before it was stopped, and printed: the last lines that it printed,
    if it did. None for a network that was handed over.
    patch: of a script, where one was asked for, what ``patching.patch`` found; else None, and not
    in the JSON.
    twin, parts: None where there is no twin, or nothing was trained with parts exchanged.
    interrupted: what was being done, and what was finished, when somebody pressed Ctrl-C; None for
    a diagnosis that went to its end. What was not reached is then missing.
    within: of a diagnosis whose time was limited, ``{seconds, used, cut, more}``: what was left out
    for want of time, each ``{what, done, of, needed}`` (``what`` one of ``CUTS``, and the seconds
    that the rest would take, where that is known), and how many seconds would do for all of it,
    where that is known. None where there was no limit.
    """

    network: Subject
    against: Subject | None
    data: dict[str, Any]
    settings: dict[str, Any]
    symptoms: dict[str, Symptoms]
    findings: dict[str, list[Finding]]
    causes: dict[str, Cause]
    code: list[CodePair]
    runs: dict[str, Any]
    interrupted: str | None = None
    twin: Twin | None = None
    parts: Parts | None = None
    watched: dict[str, Any] | None = None
    within: dict[str, Any] | None = None
    patch: dict[str, Any] | None = None
    schema_version: int = SCHEMA_VERSION

    def to_json(self) -> str:
        """Write the report as JSON text; the same report always gives the same text.

        What a terminal would obey, or no file can hold, is written as an escape.
        """
        raw = _finite(asdict(self))
        if self.patch is None:
            del raw["patch"]
        text = json.dumps(raw, indent=1, ensure_ascii=False, allow_nan=False)
        return UNSEEN.sub(lambda match: f"\\u{ord(match.group()):04x}", text)

    def __repr__(self) -> str:
        """One line: a notebook keeps it beside the page, and whoever wants the text prints it."""
        present = [
            one.defect for one in self.findings.get(self.network.name, []) if one.status == PRESENT
        ]
        found = ", ".join(dict.fromkeys(present)) or "nothing"
        return f"<Report on {self.network.name}, found: {found}; print() shows it>"

    def _repr_html_(self) -> str:
        return SHOWN_AS["html"](self)

    def __str__(self) -> str:
        return SHOWN_AS["text"](self)


class Interrupted(KeyboardInterrupt):
    """Ctrl-C within a diagnosis, with the report on what was done by then.

    It is a KeyboardInterrupt, so that it stops a notebook or a script as any other does. Whoever
    wants the report catches it: ``except Interrupted as stop: stop.report``.
    """

    def __init__(self, report: Report) -> None:
        super().__init__(f"interrupted {report.interrupted}")
        self.report = report

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.report,)


def from_json(text: str) -> Report:
    """Read a report that ``Report.to_json`` wrote; BadInputError if it is none."""
    try:
        raw = json.loads(text)
        if _is_deeper(raw, DEEPEST):
            raise RecursionError
    except RecursionError as error:
        raise BadInputError(
            "nested too deeply to be a report; give one written with -o NAME.json"
        ) from error
    except ValueError as error:
        raise BadInputError(
            f"not a JSON file ({error}); give one written with -o NAME.json"
        ) from error
    version = raw.get("schema_version") if isinstance(raw, dict) else None
    if version not in READABLE:
        raise BadInputError(
            f"not a report of schema version {SCHEMA_VERSION} (it says {version!r}); "
            "make it again with -o NAME.json"
        )
    try:
        return Report(
            network=Subject(**raw["network"]),
            against=Subject(**raw["against"]) if raw["against"] else None,
            data=raw["data"],
            settings=raw["settings"],
            symptoms={name: Symptoms(**one) for name, one in raw["symptoms"].items()},
            findings={
                name: [_finding(one) for one in several]
                for name, several in raw["findings"].items()
            },
            causes={name: _cause(one) for name, one in raw["causes"].items()},
            code=[
                CodePair(
                    defect=one["defect"],
                    found=[(line, text) for line, text in one["found"]],
                    repaired=[(line, text) for line, text in one["repaired"]],
                )
                for one in raw["code"]
            ],
            runs=raw["runs"],
            interrupted=raw.get("interrupted"),
            twin=_twin(raw["twin"]) if raw.get("twin") else None,
            parts=_parts(raw["parts"]) if raw.get("parts") else None,
            watched=raw.get("watched"),
            within=raw.get("within"),
            patch=raw.get("patch"),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInputError(f"a report with a part missing or unknown: {error!r}") from error


def _finding(raw: dict[str, Any]) -> Finding:
    # In reports that are older, every defect counted the same.
    older = {"severity": SEVERE if raw["status"] == PRESENT else ""}
    where = Where(**raw["where"]) if raw["where"] else None
    return Finding(**{**older, **raw, "where": where})


def _twin(raw: dict[str, Any]) -> Twin:
    return Twin(**{**raw, "symptoms": Symptoms(**raw["symptoms"])})


def _parts(raw: dict[str, Any]) -> Parts:
    shares = {name: Share(**one) for name, one in raw["shares"].items()}
    places = {name: Where(**one) for name, one in raw["places"].items()}
    nothing = [None] * len(raw["minimal"])
    return Parts(**{"rates": nothing, "epochs": nothing, **raw, "shares": shares, "places": places})


def _cause(raw: dict[str, Any]) -> Cause:
    verdicts = {name: _verdict(one) for name, one in raw["verdicts"].items()}
    ladder = [Rung(**one) for one in raw["ladder"]]
    lattice = [Trial(**one) for one in raw["lattice"]]
    # Reports that are older held every set against all repairs.
    older = {"best": raw["repaired"], "best_repairs": list(verdicts), "works_in": []}
    return Cause(**{**older, **raw, "verdicts": verdicts, "ladder": ladder, "lattice": lattice})


def _verdict(raw: dict[str, Any]) -> Verdict:
    effect = Effect(**raw["effect"]) if raw["effect"] else None
    return Verdict(**{**raw, "share": Share(**raw["share"]), "effect": effect})


def _is_deeper(value: Any, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels == 0 or any(_is_deeper(one, levels - 1) for one in inner)


def _finite(value: Any) -> Any:
    """The same value with every non-finite float replaced by None, and tuples by lists."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return value
