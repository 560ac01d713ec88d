"""Slips that are usual, each told by the source alone: kinds of edits, the likeliest first.

None of them is known to mend anything before the script was run with it (``slips``); those of
trainings are for scripts of which nothing was read (``as_if_read``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from diagnose.patching.biases import stepped_biases
from diagnose.patching.brackets import in_brackets, once_only
from diagnose.patching.compared import handed_together, labels_compared
from diagnose.patching.indices import (
    back_to_the_first,
    names_alike,
    of_places,
    parts_of_batches,
    thresholds,
)
from diagnose.patching.inline import written_out
from diagnose.patching.placed import ended_later, left_later, out_of_an_inner_loop
from diagnose.patching.script import Script
from diagnose.patching.source import Edit, Source
from diagnose.patching.stages import stage_by_stage
from diagnose.patching.unused import left_out

LIKELY: tuple[Callable[[Source], Iterator[Edit]], ...] = (
    ended_later,
    left_later,
    stage_by_stage,
    parts_of_batches,
    in_brackets,
    once_only,
    left_out,
    labels_compared,
    handed_together,
    back_to_the_first,
    out_of_an_inner_loop,
    thresholds,
)
OF_TRAININGS: tuple[Callable[[Script], Iterable[Edit]], ...] = (
    written_out,
    of_places,
    stepped_biases,
    names_alike,
)
