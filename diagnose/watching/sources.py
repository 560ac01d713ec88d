"""Where samples of passes came from, also such as were prepared when the reading was over."""

from __future__ import annotations

from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from diagnose.network.arrays import Array
from diagnose.reading.before_whole import Before, before_whole
from diagnose.reading.loops import Loop
from diagnose.reading.preparing import Preparation, preparation
from diagnose.recording.nodes import Ref
from diagnose.recording.operations import RECKONED, memory
from diagnose.recording.tape import Tape
from diagnose.watching.own_weights import WRITES
from diagnose.watching.sought import Shaped
from diagnose.watching.understanding import Understood

# Operations that are put on the tape when the reading is over: tests are short beside trainings.
MOST_LATER = 20_000
MOST_BYTES = 64 << 20


class Sources:
    """Follows samples back to what they were made of.

    steps: the loop that trains. made_whole: whether its samples were made whole numbers. written:
    memory that was written into when the tape did not see it, by its id, as long as it is there.
    """

    def __init__(self, tape: Tape, steps: Loop, *, made_whole: bool) -> None:
        self.tape, self.steps, self.made_whole = tape, steps, made_whole
        self.in_steps = {one.site for one in tape.nodes[steps.starts[0] :]}
        self.later = 0
        self.preparations: dict[tuple[int, int, int], Preparation | None] = {}
        self.before: dict[tuple[int, int, int], Before | None] = {}
        self.written = WeakValueDictionary[int, Array]()

    def note_on(self, site: int, kind: str, name: str, args: tuple[Any, ...], value: Any) -> None:
        """Put what is done outside the steps on the tape, also when it records no more.

        Samples may be prepared for the test once the training is over.
        """
        writes = kind in WRITES
        if writes and (kind == "store" or name not in RECKONED or self.later >= MOST_LATER):
            if isinstance(args[0], np.ndarray):
                whole = memory(args[0])
                self.written[id(whole)] = whole
            return
        if site in self.in_steps or self.later >= MOST_LATER:
            return
        if isinstance(value, np.ndarray | np.generic) and value.nbytes <= MOST_BYTES:
            if not writes and self.tape.place_of(value) is not None:
                return  # the very array that went in
            self.later += 1
            taken = [self.tape.taken(one) for one in args]
            self.tape.add(site, kind, name, taken, {}, value, write=writes)

    def prepared(self, x: Array, features: int) -> Preparation | None:
        """How samples came about, as far as that is on the tape."""
        ref = self._known(x)
        if ref is None:
            return None
        place = ref.node, ref.version, features
        if place not in self.preparations:
            self.preparations[place] = preparation(self.steps, ref, features)
        return self.preparations[place]

    def before_whole(self, x: Array, features: int) -> Before | None:
        """What samples were before they were made whole numbers, where the training's were, too."""
        ref = self._known(x) if self.made_whole else None
        if ref is None:
            return None
        place = ref.node, ref.version, features
        if place not in self.before:
            self.before[place] = before_whole(self.steps, ref, features)
        return self.before[place]

    def _known(self, x: Array) -> Ref | None:
        """Where an array stands on the tape, if that has seen all of it."""
        if id(memory(x)) in self.written:
            return None
        return next(filter(None, map(self.tape.place_of, (x, memory(x)))), None)


def prepared_for_training(understood: Understood, layer: Shaped) -> Preparation | None:
    """How the samples of the training were prepared; not where each batch has its own numbers."""
    roles = understood.roles
    step = roles.step
    taken = step.places()[step.parts(roles.x)[0]]
    found = preparation(step.loop, taken, layer.features)
    start = step.start
    within = found is not None and any(one.number >= start for one in found.nodes)
    return None if found is not None and found.computed and within else found
