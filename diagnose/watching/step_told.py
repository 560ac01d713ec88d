"""What the step of a training tells once it was run again and differentiated, as its graph.

It holds for any architecture: no network need be read. What no edit or no right gradient beside it
bears out is not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from diagnose.program.graph import Graph
from diagnose.program.judging import Judgement, stepped_alike
from diagnose.program.locating import Slip
from diagnose.program.loop_names import reused
from diagnose.program.mending import Mend
from diagnose.program.passes import Parting
from diagnose.program.shares import Lacking
from diagnose.program.stepping import Lost, Turned
from diagnose.program.verdict import Examined
from diagnose.program.writing import Splice, Text
from diagnose.reading.loops import Key
from diagnose.recording.operations import LESS
from diagnose.recording.sites import Site
from diagnose.style.text import listed, plural
from diagnose.telling.record import OF_STEP, Met, ShownEdit, Told, at, quoted
from diagnose.watching.handover import OfStep

# Steps that are looked at: three are needed, and the batches of some are of other sizes.
STEPS = 6
WRONG, DIRECTION, AXIS = "wrong-gradient", "update-direction", "softmax-axis"
TABLE, EARLY, REUSED = "broadcast-shape", "stepped-too-early", "reused-loop-variable"
UNLIKE = "train-test-mismatch"
OWN = "the variable of the outer loop stays what it is"
# The part of what is handed to the steps, whatever these do with it.
GRADIENT = "gradient"


def told_of_step(
    found: Examined, sites: Sequence[Site], texts: Mapping[str, Text],
    names: Mapping[Key, str] = MappingProxyType({}),
) -> OfStep:  # fmt: skip
    """What is wrong with the gradients of a step, or with what becomes of them.

    names: of the parameters, by what carries them, where they have others than their lines say.
    """
    made = found.judgement
    if made is None or found.replayed < len(found.graphs):
        return OfStep(right=0, wrong=0)
    several, unsure = tuple(told(found, sites, texts, names)), len(found.by_any_factor)
    return OfStep(
        right=len(made.right) - unsure, wrong=len(made.wrong), told=several,
        others=_others(found, made) + unsure,
    )  # fmt: skip


def _others(found: Examined, made: Judgement) -> int:
    """Of how many parameters, stepped where those judged are, nothing is known."""
    judged = {*made.right, *made.wrong, *made.level}
    return len({*stepped_alike(made.graph, judged, found.parameters)} - judged)


def told(
    found: Examined, sites: Sequence[Site], texts: Mapping[str, Text],
    names_of: Mapping[Key, str] = MappingProxyType({}),
) -> Iterator[Told]:  # fmt: skip
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

    def finding(site: Site, defect: str, names: Sequence[str], observed: str, **more: Any) -> Told:
        return at(
            site, defect, observed, text=site.text, numbers=numbers | {"parameters": names}, **more
        )  # fmt: skip

    known = {value: names_of[key] for key, value in graph.results.items() if key in names_of}

    def named(which: Iterable[int]) -> list[str]:
        return _named(graph, found.parameters, which, sites, known)

    if found.crossed is not None:
        table, site = found.crossed, sites[found.crossed.site]
        size, right = table.size, listed(named(table.judgement.right))
        proof = f"with it each meets its own, and the gradients of {right} are right"
        yield finding(
            site, TABLE, [],
            f"each of {size} outputs meets the targets of all {size} samples in {quoted(site)}, "
            f"as a row meets a column: that makes {size} x {size} numbers",
            **_to_write(
                table.splices, table.file, texts, "targets in the shape of the outputs", proof,
                meets,
            ),
        )  # fmt: skip
    for file, text in texts.items():
        for loop in reused(text):
            line, outer, taken = loop.lines
            yield finding(
                Site(file=file, line=line, text=text.line(line)), REUSED, [],
                f"`{text.line(line)}` gives `{loop.name}` other values: what line {taken} takes by "
                f"it, behind that, is not what line {outer} says, but always the same",
                advice=f"call it otherwise: `{_new_line(loop.splices[:1], text)}`",
                edit=_shown(loop.splices, file, "a variable of its own", OWN, meets),
            )  # fmt: skip
    for number in found.early.sites if found.early is not None else ():
        assert found.early is not None
        names, site = named(found.early.parameters), sites[number]
        yield finding(
            site, EARLY, names,
            f"{quoted(site)} hands the error back through weights that the same step has moved: "
            f"with those of the way forward {_gradients(names)} the derivative",
            severity="risk",
        )  # fmt: skip
    slips = zip(found.slips, found.mends, found.lacks, strict=True)
    for earlier, (slip, mend, lack) in enumerate(slips):
        mended = mend.judgement if mend is not None else made
        if not mended.right or (not made.right and len(mended.right) < len(mended.wrong)):
            continue  # a signal by which no gradient is right is none, nor one of an edit by chance
        names = named(slip.spoils)
        behind = any(one is not None for one in found.mends[:earlier])
        site, said = _place(slip, sites, mend, lack, texts, behind=behind)
        yield finding(
            site, WRONG, names,
            f"{_gradients(names)} not the derivative of what the forward pass computes: {said}",
            **(_mended(mend, texts, meets, beside=earlier > 0) if mend is not None else {}),
        )  # fmt: skip
    for instead in found.overwritten:
        names, site = named(instead.parameters), sites[instead.site]
        proof = "what a parameter was stays in it, and the step goes down its gradient"
        yield finding(
            site, DIRECTION, names,
            f"{listed(names)} {'becomes' if len(names) == 1 else 'become'} what {quoted(site)} "
            "gives, a multiple of the gradient alone: each step drops all that was learned before",
            **(_to_write(
                instead.splices, site.file, texts, "a step in the place of a value", proof, meets
            ) if instead.splices else {}),
        )  # fmt: skip
    for one in found.turned:
        names, site = named(one.parameters), sites[one.site]
        steps = {made_it.site for each in one.parameters
                 if (made_it := graph.operation(found.parameters[each])) is not None}  # fmt: skip
        yield finding(
            site, DIRECTION, names,
            f"{listed(names)} {'steps' if len(names) == 1 else 'step'} up the gradient of the "
            f"loss, as {quoted(site)} is written: the gradient turned round, the step turns too",
            part="" if one.site in steps else GRADIENT,
            **(_turned(one, len(made.points), texts, meets) if one.splices else {}),
        )  # fmt: skip
    if found.unlinked is not None:
        site, splices = sites[found.unlinked.site], found.unlinked.splices
        proof = "with it, output less target is the slope of the cross-entropy, to the last digits"
        yield finding(
            site, AXIS, [],
            f"output less target goes back from before {quoted(site)}, and is the slope of no "
            "usual loss there: the sum is taken along another axis than that of a sample's outputs",
            **_to_write(splices, site.file, texts, "another axis", proof, meets),
        )  # fmt: skip
    if found.constant is not None:
        site = sites[found.constant]
        yield finding(
            site, AXIS, [],
            f"{quoted(site)} is the same number whatever the parameters are, at "
            f"{plural(len(made.points), 'drawn point')}, so that no training changes an answer. A "
            "softmax of one output is always 1",
            advice="take the sigmoid of one output, or an output for each class",
        )  # fmt: skip
    for scaled in found.uneven:
        names, site = named(scaled.parameters), sites[scaled.site]
        why = "by which" if scaled.extra else "without what multiplies the others in the place of"
        yield finding(
            site, WRONG, names,
            f"for their gradients, each step of {listed(names)} is {scaled.factor:.3g} times as "
            f"long as those of the other parameters, {why} {quoted(site)}",
            severity="risk",
        )  # fmt: skip
    for kept in found.kept:
        names, site = named(kept.parameters), sites[kept.site]
        yield finding(
            site, DIRECTION, names,
            f"the gradients of {listed(names)} are added to those of all earlier steps: what the "
            f"sum in {quoted(site)} held before a step is in it, whole, after the step",
        )  # fmt: skip
    for lost in found.lost:
        names, site = named(lost.parameters), sites[lost.site]
        yield finding(
            site, WRONG, names,
            f"of {lost.count + 1} gradients of {listed(names)} that {quoted(site)} makes in a "
            f"step, one is taken and {lost.count} are lost{_taken(lost, found, graph, sites)}: "
            "each is to be stepped with, or all are to be added up",
        )  # fmt: skip
    for grown in found.grown:
        names, site = named(grown.parameters), sites[grown.site]
        itself = "itself" if len(names) == 1 else "themselves"
        yield finding(
            site, DIRECTION, names,
            f"each step makes {listed(names)} longer by a part of {itself}: what {quoted(site)} "
            "takes of it is added, and not taken off",
        )  # fmt: skip


def told_of_test(
    found: Parting, sites: Sequence[Site], texts: Mapping[str, Text]
) -> Told:  # fmt: skip
    """Where a network is tested as something else than what the step trains."""
    here, there = sites[found.test], sites[found.training]
    where = f"{quoted(there)} (line {there.line})"
    said = (
        f"the test leaves out what the training adds in {where}" if found.left_out else
        f"{quoted(here)} gives the test something else than {where} gives the training, of the "
        "same samples and weights"
    )  # fmt: skip
    more: dict[str, Any] = {}
    if found.splices:
        proof = "what the training does there, in the names of the test"
        more = _to_write(found.splices, found.file, texts, "as in the training", proof, None)
    return at(here, UNLIKE, f"the network is not tested as it is trained: {said}",
              text=here.text, **more)  # fmt: skip


def _taken(lost: Lost, found: Examined, graph: Graph, sites: Sequence[Site]) -> str:
    """Where the step is made that takes one of several gradients, by the outermost call."""
    steps = [graph.operation(found.parameters[one]) for one in lost.parameters]
    lines = {sites[(*one.calls, one.site)[0]].line for one in steps if one is not None}
    return f" (stepped in line {lines.pop()})" if len(lines) == 1 else ""


def _gradients(names: Sequence[str]) -> str:
    if len(names) > 1:
        return f"the gradients of {listed(names)} are"
    return f"the gradient of {listed(names)} is"


def _named(
    graph: Graph, parameters: Mapping[int, int], which: Iterable[int], sites: Sequence[Site],
    known: Mapping[int, str],
) -> list[str]:  # fmt: skip
    """What the author calls parameters, as they are stepped, or as is known of what is made."""
    found = []
    for one in sorted(which):
        after = parameters[one]
        last = graph.operation(after)
        if after in known:
            found.append(known[after])
        elif last is not None:
            site = sites[last.site]
            found.append(site.target or (site.operands[0] if site.operands else site.text))
    return list(dict.fromkeys(found))


def _place(
    slip: Slip, sites: Sequence[Site], mend: Mend | None, lack: Lacking | None,
    texts: Mapping[str, Text], *, behind: bool,
) -> tuple[Site, str]:  # fmt: skip
    """Where it is mended, or else where it goes wrong; and what is wrong there.

    behind: whether it was found with others mended, without which what goes into it may be wrong.
    """
    site = sites[slip.site]
    if mend is not None:
        splice = mend.candidate.splices[0]
        line = texts[mend.candidate.file].line_of(splice.start)
        if line != site.line or mend.candidate.file != site.file:
            text = texts[mend.candidate.file].line(line)
            other = Site(file=mend.candidate.file, line=line, text=text)
            return other, f"it goes wrong in `{text}`"
    if lack is not None:
        return sites[lack.site], (
            f"what {quoted(sites[lack.site])} gives is the part of one use of a value alone: "
            f"`{lack.name}`, which comes by another use, is to be added"
        )
    if slip.without_error:
        return site, f"{quoted(site)} takes nothing that is made of the error"
    if slip.shares:
        place = site if slip.caller is None else sites[slip.caller]
        return place, (
            f"what {quoted(place)} gives is the part of one use of a value alone, and is taken for "
            "all of it"
        )
    if slip.passed:
        return site, (
            f"what {quoted(site)} gives is the gradient of another value than the one it is taken "
            "for: what the forward pass does between the two is left out"
        )
    if slip.caller is not None:
        caller = sites[slip.caller]
        return caller, (
            f"{quoted(site)} (line {site.line}) is no slope at what {quoted(caller)} hands it here"
        )
    if slip.factor:
        return site, f"{quoted(site)} is not the factor that belongs there"
    mended = "with the faults above mended, " if behind else ""
    return site, f"{mended}it is right up to {quoted(site)}: by what that does or takes, no longer"


def _mended(
    mend: Mend, texts: Mapping[str, Text], met: Met | None, *, beside: bool
) -> dict[str, Any]:  # fmt: skip
    """What to write, in words and as an edit.

    beside: whether it was tried with right gradients in the place of those of other faults.
    """
    made, splices = mend.judgement, mend.candidate.splices
    count = len(made.right) + len(made.level)
    whole = count + len(made.wrong)
    shown = f"all {count}" if count == whole else f"{count} of {whole}"
    points = plural(len(made.points), "drawn point")
    others = " and with the other faults mended" if beside else ""
    proof = f"the step, run again with it{others} at {points}, has {shown} gradients exact"
    return _to_write(splices, mend.candidate.file, texts, mend.candidate.what, proof, met)


def _turned(one: Turned, points: int, texts: Mapping[str, Text], met: Met | None) -> dict[str, Any]:
    """The same of a sign."""
    what = "turn the sign"
    proof = (
        f"run again with it at {plural(points, 'drawn point')}, every step goes down its gradient"
    )
    return {
        "advice": f"{what}: `{_new_line(one.splices, texts[one.file])}`",
        "edit": _shown(one.splices, one.file, what, proof, met),
    }


def _to_write(
    splices: Sequence[Splice], file: str, texts: Mapping[str, Text], what: str, proof: str,
    met: Met | None,
) -> dict[str, Any]:  # fmt: skip
    """An edit, and the line of it as advice."""
    return {
        "advice": f"write `{_new_line(splices, texts[file])}`: {proof}",
        "edit": _shown(splices, file, what, proof, met),
    }


def _shown(
    splices: Sequence[Splice], file: str, what: str, proof: str, met: Met | None
) -> ShownEdit:
    return ShownEdit(
        file=file, splices=[(one.start, one.end, one.text) for one in splices], what=what,
        proof=proof, met=met,
    )  # fmt: skip


def _met(made: Judgement, sites: Sequence[Site]) -> Met | None:
    """The file and the span in which outputs meet numbers of their own kind.

    As in a difference of both; or where targets say which of the outputs is meant, and these are
    what the step takes the targets from.
    """
    meets = [made.graph.operation(one) for one in made.joint.meets]
    is_difference = bool(meets) and all(one is not None and one.name in LESS for one in meets)
    site = sites[made.joint.site]
    if site.span is None or not (is_difference or (made.joint.indexed and made.signal.standard)):
        return None
    return site.file, site.span


def _new_line(splices: Sequence[Splice], text: Text) -> str:
    """The line of an edit as it is written then."""
    line = text.line_of(splices[0].start)
    return Text(text.edited(splices)).line(line)
