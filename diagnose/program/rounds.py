"""Faults of a step one after the other: each is put right, since one hides another behind it.

What is made of a wrong gradient is wrong as well, whether a second fault is in it or not. So what a
round finds is put right by its edits, or by adjoints in the place of what is wrong, and the step is
looked at again.
"""

from __future__ import annotations

import ast
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from diagnose.program.judging import Fit, Judgement, with_operations
from diagnose.program.locating import Slip, slips
from diagnose.program.matching import agreeing, matches
from diagnose.program.mending import Mend, Trial, mended
from diagnose.program.substituting import Meant, Substitution, passed_on, put_right, with_meant
from diagnose.program.writing import Text
from diagnose.recording.sites import Site

# So many slips are looked at for an edit that mends all of them.
MOST_AT_ONCE = 2
# So often a step is looked at again: a chain of layers may have a fault in each.
MOST_ROUNDS = 4


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A slip that an experiment bears out: its mend, or the adjoints with which it is put right."""

    slip: Slip
    mend: Mend | None = None
    meant: tuple[Meant, ...] = ()


def faults(
    made: Judgement, matched: Mapping[int, Fit], parameters: Mapping[int, int],
    sites: Sequence[Site], texts: Mapping[str, Text], ends: float = math.inf,
) -> tuple[list[Fault], Judgement]:  # fmt: skip
    """What is wrong with the gradients of a step, round by round, until a time.

    And what holds with the edits, up to the first fault that none mends: of an adjoint in the place
    of one the sign is not the author's. matched: the adjoints among its values.
    """
    mended, by_edits = made, True
    found: dict[object, Fault] = {}
    for _ in range(MOST_ROUNDS):
        new = {
            place: one
            for one in _round(made, matched, parameters, sites, texts, ends)
            if (place := _place(one, sites)) not in found
        }
        found |= new
        after = _after(made, [*new.values()], parameters) if new else None
        by_edits = by_edits and all(one.mend is not None for one in new.values())
        mended = after if after is not None and by_edits else mended
        if after is None or not after.wrong or time.process_time() > ends:
            break
        made = after
        matched = matches(agreeing(made, parameters), parameters)
    return [*found.values()], mended


def _place(fault: Fault, sites: Sequence[Site]) -> object:
    return sites[fault.slip.site].at, fault.slip.caller


def _round(
    made: Judgement, matched: Mapping[int, Fit], parameters: Mapping[int, int],
    sites: Sequence[Site], texts: Mapping[str, Text], ends: float,
) -> list[Fault]:  # fmt: skip
    """What is seen of a step as it is: slips with a mend, and those that adjoints put right.

    Each is mended beside the mends of those before it: by itself it may take what they spoil.
    """
    found = slips(made, matched, parameters) if made.wrong else []
    trial = Trial(made, parameters) if found else None
    sure: list[Fault] = []
    for at, slip in enumerate(found):
        assert trial is not None
        left = slip.spoils & trial.made.wrong
        if not left:
            continue  # with a mend before it, it is right
        if len(found) > 1 and at < MOST_AT_ONCE:
            whole = replace(slip, spoils=made.wrong)
            alone = mended(trial, whole, sites, texts, ends)
            if alone is not None:
                return [Fault(slip=whole, mend=alone)]
        # a mend does as much as an adjoint in the place
        right = _where_it_is_stored(put_right(made, slip, matched, parameters), sites)
        wanted = right.slip if right is not None else slip
        mend = mended(trial, replace(wanted, spoils=wanted.spoils & left), sites, texts, ends)
        if mend is not None or right is not None or slip.without_error:
            meant = right.meant if right is not None and mend is None else ()
            sure.append(Fault(slip=wanted, mend=mend, meant=meant))
        if mend is not None and at + 1 < len(found):
            after = _after(trial.made, sure[-1:], parameters)
            trial = Trial(after, parameters) if after is not None else trial
    unsure = [one.slip for one in sure if one.mend is None]
    common = passed_on(made, unsure, matched, parameters)
    if common is not None:
        sure = [one for one in sure if one.mend is not None]
        sure.append(Fault(slip=common.slip, meant=common.meant))
    return _of_each_place(sure, sites)


def _where_it_is_stored(
    right: Substitution | None, sites: Sequence[Site]
) -> Substitution | None:  # fmt: skip
    """A share whose line stores it in an object: there it is that another takes its place."""
    if right is None or not right.slip.shares:
        return right
    target = sites[right.slip.site].target
    if not target or all(type(one) is not ast.Attribute for one in ast.walk(ast.parse(target))):
        return right
    return right._replace(slip=replace(right.slip, caller=None))


def _of_each_place(several: Iterable[Fault], sites: Sequence[Site]) -> list[Fault]:
    """Those of one place that have no mend as one, whatever calls it where it is always wrong."""
    found: dict[object, Fault] = {}
    always = {one.slip.site for one in several if one.slip.caller is None}
    for one in sorted(several, key=lambda one: one.slip.caller is not None):
        if one.slip.caller is not None and one.slip.site in always:
            one = replace(one, slip=replace(one.slip, caller=None))
        place = id(one.mend) if one.mend else _place(one, sites)
        before = found.get(place, one)
        spoils = one.slip.spoils | before.slip.spoils
        meant = tuple(dict.fromkeys((*before.meant, *one.meant)))
        found[place] = replace(one, slip=replace(one.slip, spoils=spoils), meant=meant)
    return [*found.values()]


def _after(
    made: Judgement, several: Sequence[Fault], parameters: Mapping[int, int]
) -> Judgement | None:
    """What holds once faults are put right, all together; None where that is no better."""
    other = next((one.mend for one in several if one.mend), None)
    if other is not None and other.judgement.signal != made.signal:
        return other.judgement  # found with another loss in mind: of that the rest is seen again
    operations = {
        value: one for fault in several if fault.mend
        for value, one in fault.mend.candidate.operations.items()
    }  # fmt: skip
    edited = with_operations(made, operations, parameters) if operations else made
    meant = [each for fault in several if not fault.mend for each in fault.meant]
    after = with_meant(edited, meant, parameters) if edited is not None and meant else edited
    if after is None or not after.wrong < made.wrong:
        return None
    return after
