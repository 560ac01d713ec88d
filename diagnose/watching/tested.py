"""Samples that a script tests its network on, from the watched process to the one that certifies.

Arrays and plain JSON, beside what was read of the training. Nothing is unpickled.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.before_whole import raw_of
from diagnose.recording.sites import Site
from diagnose.watching.evaluations import Evaluations
from diagnose.watching.handover import write_whole_text
from diagnose.watching.labels_met import Met
from diagnose.watching.reading_off import again, line_of, two_answers
from diagnose.watching.series import MOST_ROWS, Picked, Series

TEXT, ARRAYS = "tested.json", "tested.npz"


@dataclass(frozen=True, kw_only=True)
class Label:
    """What the answers of samples were held against: how (``Met``), where, and for which rows.

    known: ``(n,)``, whether a row met something. several: whether labels met many rows at once, or
    came out of an array; a number of the code that meets one row after the other is no label. made:
    where the answers were read off the outputs, if that was seen. read: what ``reading_off.POINTS``
    would be answered, if a single output is read off number by number. unit: slope and shift that
    make what was given of the last pre-activation, where the operations between them do. same:
    where every row was held against one and the same number of an array with one for each row,
    which of how many; ``other`` is that array then. written: whether a number of the code is held
    against something there.
    """

    kind: str
    file: str
    line: int
    given: Array
    other: Array
    known: Array
    several: bool
    made: tuple[str, int] | None = None
    read: Array | None = None
    unit: tuple[float, float] | None = None
    same: tuple[int, int] | None = None
    written: bool = False


@dataclass(frozen=True, kw_only=True)
class Otherwise:
    """How samples were prepared that the training's preparation would have made other ones of.

    scale, shift: what makes these of them. file, line, text: where they last got their numbers, or,
    if they lack what the training's went through, where that is done; tested: the first of both.
    trained, trained_text: where the training samples did. computed: whether both were scaled by
    numbers of their own, computed as a mean is.
    """

    scale: Array
    shift: Array
    file: str
    line: int
    text: str
    trained: int
    trained_text: str
    tested: int
    computed: bool


@dataclass(frozen=True, kw_only=True)
class Divided:
    """Where right answers to ``compared`` samples were divided by another number, ``by``.

    counted: the kind and the line of the label that the answers were held against. batches:
    whether it was the shares of so many batches that were added up and divided.
    """

    counted: tuple[str, int]
    file: str
    line: int
    text: str
    compared: int
    by: int
    batches: bool = False


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Samples that the network answered without a step: ``(n, features)``.

    last: the pre-activations of the last layer, as the script computed them. parameters: those of
    that moment, as the contract has them; masks: those of hidden layers, ``(n, units)``, where it
    left units out. trained: whether the training's own lines computed it. of: how many rows there
    were, where some were left out. after: seconds from the end of the reading until then.
    otherwise: how they were prepared, where that is not as the training samples were. split: file
    and line at which they were taken out of the array of which those of the training are others.
    divided: by how many its right answers were divided, if not by as many as were held against
    something. came: the line at which the samples last got their numbers, laid:
    at which their features were laid out, if not as those of the training; 0 if that was not seen.
    as_drawn: the weights that are random numbers still; anew_at: where parameters were drawn anew
    before it, if they were; at_end: whether that was after the last step, and at no other time.
    raw: the samples before they were made whole numbers, if they were, and that is known. passes:
    how many samples each pass took, if none was left out; else empty. own: whether its weights are
    those that the steps make, or nearly so.
    """

    rows: Array
    last: Array
    passes: Array
    parameters: dict[str, Array]
    masks: dict[str, Array]
    labels: tuple[Label, ...]
    trained: bool
    of: int
    after: float
    otherwise: Otherwise | None
    split: tuple[str, int] | None
    divided: tuple[Divided, ...]
    came: int
    laid: int
    as_drawn: tuple[str, ...]
    anew_at: tuple[str, int] | None
    at_end: bool
    raw: Array | None
    own: bool


def seen_of(
    series: Series, evaluations: Evaluations, sites: Sequence[Site], read_at: float
) -> Seen:
    """What was seen of passes, put together; of many rows, some that are spread over all.

    evaluations: by which it was seen. read_at: when the reading was over.
    """
    rows = np.concatenate(series.rows)
    last = np.concatenate([series.last[at] for at in sorted(series.last)])
    kept = np.arange(len(rows))
    if len(rows) > MOST_ROWS:
        kept = np.linspace(0, len(rows) - 1, MOST_ROWS).astype(int)
    labels = [
        one
        for (kind, site), several in series.met.items()
        if (one := _label(kind, site, several, last, kept, sites)) is not None
        and (one := _of_its_own(one, series.labels[kind, site], kept)) is not None
    ]
    masks = {
        name: np.concatenate([every[at] for at in sorted(every)])[kept]
        for name, every in series.masks.items()
        if {*every} == {*series.last}
    }
    raw = raw_of(series.before, rows)
    passes = [len(one) for one in series.rows] if len(kept) == len(rows) else []
    return Seen(
        passes=np.array(passes, int),
        raw=None if raw is None else raw[kept],
        rows=rows[kept], last=last[kept], parameters=series.parameters, masks=masks,
        labels=tuple(labels), trained=series.sites <= evaluations.trained, of=len(rows),
        after=max(series.met_at - read_at, 0.0), otherwise=_otherwise(series, evaluations, sites),
        split=_split(series, evaluations, sites), divided=_divided(series, sites),
        came=_came(series, evaluations, sites), laid=_laid(series, evaluations, sites),
        as_drawn=tuple(series.as_drawn),
        anew_at=series.anew_at and (Path(series.anew_at[0]).name, series.anew_at[1]),
        at_end=series.turn == evaluations.turns and not series.repeated,
        own=series.own,
    )  # fmt: skip


def _otherwise(series: Series, evaluations: Evaluations, sites: Sequence[Site]) -> Otherwise | None:
    mine, its = series.prepared, evaluations.prepared
    change = mine.made_of(its) if mine and its else None
    if mine is None or its is None or change is None:
        return None
    here, there = evaluations.stand(mine.last, its.last)
    if all(one.site != mine.last.site for one in (its.source, *its.nodes)):
        here = mine.last.site  # a line that no training sample went through tells by itself
    # what is done to the training's alone, before it trains, is missing beside that line
    lacks = {one.site for one in mine.nodes} <= {one.site for one in its.nodes}
    lacks = lacks and its.last.number < evaluations.steps.starts[0]
    at = sites[there if lacks and sites[there].file == sites[here].file else here]
    return Otherwise(
        scale=change[0], shift=change[1], file=at.file, line=at.line, text=at.text,
        trained=sites[there].line, trained_text=sites[there].text, tested=sites[here].line,
        computed=mine.computed and its.computed and not mine.normalised_by(its),
    )  # fmt: skip


def _came(series: Series, evaluations: Evaluations, sites: Sequence[Site]) -> int:
    mine, its = series.prepared, evaluations.prepared
    if mine is None:
        return 0
    nodes = (mine.last, its.last) if its is not None else (mine.last,)
    return sites[evaluations.stand(*nodes)[0]].line


def _laid(series: Series, evaluations: Evaluations, sites: Sequence[Site]) -> int:
    mine, its = series.prepared, evaluations.prepared
    features = evaluations.layers[0].features
    found = mine.laid_otherwise(its, features) if mine and its else None
    return 0 if found is None else sites[evaluations.stand(found)[0]].line


def _split(
    series: Series, evaluations: Evaluations, sites: Sequence[Site]
) -> tuple[str, int] | None:
    mine, its = series.prepared, evaluations.prepared
    if not (mine and its and mine.taken and mine.source.number == its.source.number):
        return None
    return sites[evaluations.chosen_at(mine.taken[0])].at


def _divided(series: Series, sites: Sequence[Site]) -> tuple[Divided, ...]:
    return tuple(
        Divided(
            counted=(kind, sites[met].line), file=Path(sites[site].file).name,
            line=sites[site].line, text=sites[site].text, compared=compared, by=by, batches=batches,
        )
        for (kind, met), (site, compared, by, batches) in series.divided.items()
    )  # fmt: skip


def _label(
    kind: str,
    site: int,
    several: Sequence[tuple[Array, Met]],
    last: Array,
    kept: Array,
    sites: Sequence[Site],
) -> Label | None:
    """What met the rows in one place; None where one row met different things there."""
    first, count = several[0][1], len(last)
    given = np.zeros((count, first.given.shape[1]), np.result_type(*[m.given for _, m in several]))
    other = np.zeros((count, first.other.shape[1]), np.result_type(*[m.other for _, m in several]))
    known = np.zeros(count, bool)
    for rows, one in several:
        if one.given.shape[1] != given.shape[1] or one.other.shape[1] != other.shape[1]:
            return None
        if known[rows].any() and not np.array_equal(
            other[rows][known[rows]], one.other[known[rows]]
        ):
            return None
        given[rows], other[rows], known[rows] = one.given, one.other, True
    own = kind == "index" and all(one.plain for _, one in several)
    if own and (given[known].argmax(axis=1) == other[known, 0]).all():
        return None  # the answers themselves, as whole numbers, which are not followed
    made, read = _read_off(first, last[known], given[known])
    return Label(
        kind=kind, file=sites[site].file, line=sites[site].line,
        given=given[kept], other=other[kept], known=known[kept],
        several=any(len(rows) > 1 or not one.plain for rows, one in several),
        made=sites[made].at if made else None, read=read,
        unit=line_of(first.way) if first.way is not None and kind == "error" else None,
        written=any(map(_is_number, sites[site].operands)),
    )  # fmt: skip


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()


def _of_its_own(label: Label, picked: Picked | None, kept: Array) -> Label:
    """The label with each row's own, where all rows were held against that of one of them."""
    if picked is None or len(kept) < 2 or len(picked.array) != len(kept):
        return label
    own = np.array(picked.array).reshape(-1, 1)
    side = "given" if label.kind == "either" and picked.at == 0 else "other"
    changed: dict[str, Any] = {side: own, "same": (picked.index, len(own)), "several": True}
    return replace(label, **changed)


def _read_off(first: Met, last: Array, given: Array) -> tuple[int, Array | None]:
    """Where answers were read off, and what ``POINTS`` are answered so, if that holds for all."""
    if first.way and last.shape[1] == given.shape[1] == 1:
        found, own = two_answers(first.way), again(first.way, last[:, 0])
        if found is not None and own and np.array_equal(own[-1].astype(float), given[:, 0]):
            return found
    return first.made, None


def write_seen(folder: Path, found: Iterable[Seen]) -> None:
    """Write what was seen; the text last, which says that all is there."""
    arrays: dict[str, Array] = {}

    def put(name: str, value: Any) -> Any:
        """The same as JSON takes it; an array by its name, beside it."""
        if isinstance(value, np.ndarray):
            arrays[name] = value
            return {"array": name}
        if isinstance(value, dict):
            return {key: put(f"{name}:{key}", one) for key, one in value.items()}
        if isinstance(value, tuple):
            return [put(f"{name}:{at}", one) for at, one in enumerate(value)]
        return (
            put(name, vars(value))
            if isinstance(value, Label | Seen | Otherwise | Divided)
            else value
        )

    said = put("seen", tuple(found))
    np.savez(folder / ARRAYS, **arrays)  # type: ignore[arg-type]
    write_whole_text(folder / TEXT, json.dumps(said))


def read_seen(folder: Path) -> tuple[Seen, ...]:
    """What was seen, the earliest first; nothing if that was not written."""
    if not (folder / TEXT).exists():
        return ()
    with np.load(folder / ARRAYS, allow_pickle=False) as arrays:

        def taken(said: dict[str, Any]) -> Any:
            if {*said} == {"array"}:
                return arrays[said["array"]]
            return {name: _as_tuples(one) for name, one in said.items()}

        text = (folder / TEXT).read_text(encoding="utf-8")
        said = json.loads(text, object_hook=taken)
    return tuple(
        Seen(
            **{
                **one,
                "labels": tuple(Label(**each) for each in one["labels"]),
                "otherwise": Otherwise(**one["otherwise"]) if one["otherwise"] else None,
                "divided": tuple(Divided(**each) for each in one["divided"]),
            }
        )
        for one in said
    )


def _as_tuples(value: Any) -> Any:
    """The same with tuples for lists: JSON has no others."""
    return tuple(map(_as_tuples, value)) if isinstance(value, list) else value
