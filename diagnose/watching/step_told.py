"""What the step of a training tells once it was run again and differentiated, as its graph.

It holds for any architecture: no network need be read. What no edit or no right gradient beside it
bears out is not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from diagnose.program.graph import Graph
from diagnose.program.judging import Judgement
from diagnose.program.locating import Slip
from diagnose.program.mending import Mend
from diagnose.program.stepping import Turned
from diagnose.program.verdict import Examined, examine
from diagnose.program.writing import Splice, Text
from diagnose.reading.loops import Loop
from diagnose.recording.operations import LESS
from diagnose.recording.rewriting import Site, Span
from diagnose.style.text import listed
from diagnose.telling.record import OF_STEP, ShownEdit, Told, at, quoted

# Steps that are looked at: three are needed, and the batches of some are of other sizes.
STEPS = 6
WRONG, DIRECTION = "wrong-gradient", "update-direction"
# The part of what is handed to the steps, whatever these do with it.
GRADIENT = "gradient"
Met = tuple[str, Span]


def told_of_step(
    loop: Loop, turns: Sequence[int], sites: Sequence[Site], sources: Mapping[str, str],
    seconds: float,
) -> list[Told]:  # fmt: skip
    """What is wrong with the gradients of a step, or with what becomes of them."""
    texts = {file: Text(source) for file, source in sources.items()}
    found = examine(loop, turns[:STEPS], sites, texts, seconds=seconds)
    return [*told(found, sites, texts)]


def told(found: Examined, sites: Sequence[Site], texts: Mapping[str, Text]) -> Iterator[Told]:
    """The same of a step that was examined; nothing of one that made other bits when run again."""
    made = found.judgement
    if made is None or found.replayed < len(found.graphs):
        return
    graph = made.graph
    numbers = {
        OF_STEP: True, "right": len(made.right), "wrong": len(made.wrong),
        "points": len(made.points), "replayed": found.replayed,
    }  # fmt: skip
    meets = _met(made, sites)
    for slip, mend in zip(found.slips, found.mends, strict=True):
        if not made.right and mend is None:
            continue  # a signal by which no gradient is right is none
        names = _named(graph, found.parameters, slip.spoils, sites)
        site, said = _place(slip, sites, mend, texts)
        yield at(
            site, WRONG,
            f"{_gradients(names)} not the derivative of what the forward pass computes: {said}",
            text=site.text, numbers=numbers | {"parameters": names},
            **(_mended(mend, texts, meets) if mend is not None else {}),
        )  # fmt: skip
    for one in found.turned:
        names = _named(graph, found.parameters, one.parameters, sites)
        site = sites[one.site]
        steps = {made_it.site for each in one.parameters
                 if (made_it := graph.operation(found.parameters[each])) is not None}  # fmt: skip
        yield at(
            site, DIRECTION,
            f"{listed(names)} {'steps' if len(names) == 1 else 'step'} up the gradient of the "
            f"loss, as {quoted(site)} is written: the gradient turned round, the step turns too",
            part="" if one.site in steps else GRADIENT,
            text=site.text, numbers=numbers | {"parameters": names},
            **(_turned(one, len(made.points), texts, meets) if one.splices else {}),
        )  # fmt: skip
    for kept in found.kept:
        names = _named(graph, found.parameters, kept.parameters, sites)
        site = sites[kept.site]
        yield at(
            site, DIRECTION,
            f"the gradients of {listed(names)} are added to those of all earlier steps: what the "
            f"sum in {quoted(site)} held before a step is in it, whole, after the step",
            text=site.text, numbers=numbers | {"parameters": names},
        )  # fmt: skip


def _gradients(names: Sequence[str]) -> str:
    if len(names) > 1:
        return f"the gradients of {listed(names)} are"
    return f"the gradient of {listed(names)} is"


def _named(
    graph: Graph, parameters: Mapping[int, int], which: Iterable[int], sites: Sequence[Site]
) -> list[str]:
    """What the author calls parameters, as they are stepped."""
    found = []
    for one in sorted(which):
        last = graph.operation(parameters[one])
        if last is None:
            continue
        site = sites[last.site]
        found.append(site.target or (site.operands[0] if site.operands else site.text))
    return list(dict.fromkeys(found))


def _place(
    slip: Slip, sites: Sequence[Site], mend: Mend | None, texts: Mapping[str, Text]
) -> tuple[Site, str]:
    """Where it is mended, or else where it goes wrong; and what is wrong there."""
    site = sites[slip.site]
    if mend is not None:
        splice = mend.candidate.splices[0]
        line = texts[mend.candidate.file].line_of(splice.start)
        if line != site.line or mend.candidate.file != site.file:
            text = texts[mend.candidate.file].line(line)
            other = Site(file=mend.candidate.file, line=line, text=text)
            return other, f"it goes wrong in `{text}`"
    if slip.caller is not None:
        caller = sites[slip.caller]
        return caller, (
            f"{quoted(site)} (line {site.line}) is no slope at what {quoted(caller)} hands it here"
        )
    if slip.factor:
        return site, f"{quoted(site)} is not the factor that belongs there"
    return site, f"all that goes into {quoted(site)} is right, and what comes out is not"


def _mended(mend: Mend, texts: Mapping[str, Text], met: Met | None) -> dict[str, Any]:
    """What to write, in words and as an edit."""
    made, splices = mend.judgement, mend.candidate.splices
    count = len(made.right) + len(made.level)
    whole = count + len(made.wrong)
    shown = f"all {count}" if count == whole else f"{count} of {whole}"
    proof = (
        f"the step, run again with it at {len(made.points)} drawn points, has {shown} gradients "
        "exact"
    )
    file = mend.candidate.file
    return {
        "advice": f"write `{_new_line(splices, texts[file])}`: {proof}",
        "edit": _shown(splices, file, mend.candidate.what, proof, met),
    }


def _turned(one: Turned, points: int, texts: Mapping[str, Text], met: Met | None) -> dict[str, Any]:
    """The same of a sign."""
    what = "turn the sign"
    proof = f"run again with it at {points} drawn points, every step goes down its gradient"
    return {
        "advice": f"{what}: `{_new_line(one.splices, texts[one.file])}`",
        "edit": _shown(one.splices, one.file, what, proof, met),
    }


def _shown(
    splices: Sequence[Splice], file: str, what: str, proof: str, met: Met | None
) -> ShownEdit:
    return ShownEdit(
        file=file, splices=[(one.start, one.end, one.text) for one in splices], what=what,
        proof=proof, met=met[1] if met is not None and met[0] == file else None,
    )  # fmt: skip


def _met(made: Judgement, sites: Sequence[Site]) -> Met | None:
    """The file and the span in which outputs meet numbers of their own kind.

    As in a difference of both; or where targets say which of the outputs is meant, and these are
    what the step takes the targets from.
    """
    meets = [made.graph.operation(one) for one in made.joint.meets]
    is_difference = all(one is not None and one.name in LESS for one in meets)
    site = sites[made.joint.site]
    if site.span is None or not (is_difference or (made.joint.indexed and made.signal.standard)):
        return None
    return site.file, site.span


def _new_line(splices: Sequence[Splice], text: Text) -> str:
    """The line of an edit as it is written then."""
    line = text.line_of(splices[0].start)
    return Text(text.edited(splices)).line(line)
