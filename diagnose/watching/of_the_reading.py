"""What is told of the steps as they were read; none of it holds where they were read wrongly."""

from __future__ import annotations

from collections.abc import Callable

from diagnose.recording.rewriting import Site
from diagnose.telling.record import Told
from diagnose.watching.anew import ANEW, velocities_anew
from diagnose.watching.handed_in import OVERWRITTEN, arrays_handed_in
from diagnose.watching.understanding import Understood
from diagnose.watching.unused import UNUSED, unused_biases

# By the kind of what is told, who tells it.
OF_THE_READING: dict[str, Callable[[Understood, list[Site]], list[Told]]] = {
    UNUSED: unused_biases,
    ANEW: velocities_anew,
    OVERWRITTEN: arrays_handed_in,
}
