"""What is known of the rates of epochs that were not seen, once the step is understood."""

from __future__ import annotations

import ast
import re
import time
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from diagnose.reading.collecting import Collector
from diagnose.reading.pacing import read_rates
from diagnose.reading.roles import Roles
from diagnose.recording.nodes import leaves
from diagnose.recording.rewriting import Site
from diagnose.watching.chosen_by_answers import texts_of_state
from diagnose.watching.epochs_done import epochs_over, epochs_written
from diagnose.watching.handed_rate import other_at
from diagnose.watching.late_changes import LateChanges
from diagnose.watching.rates_ahead import rates_ahead
from diagnose.watching.running_on import HALF
from diagnose.watching.texts import Texts
from diagnose.watching.told_on_the_way import untroubled

# A number by its name: of an array that holds it, only by a number or a word that is written there.
NAMED = re.compile(r"[A-Za-z_][\w.]*(\[(\d+|'\w+')\])?")
RATE, STEPS = "its learning rate", "what its steps do"


@dataclass
class RatesToCome:
    """Of a training that goes on, in a program whose files are ``texts``.

    begun: how many turns each loop began. changed_at: the line that may change the rate in an epoch
    to come, once that was asked.
    """

    roles: Roles
    seen: Collector
    sites: Sequence[Site]
    texts: Texts
    begun: Mapping[int, int]
    changed_at: int | None = None
    changes_else: int | None = None  # after how many epochs something else may

    def are_told(self, frame: types.FrameType | None) -> bool:
        """Whether nothing is to be waited for: all is known by now, or can never be.

        frame: what runs now.
        """
        if untroubled(self.may_change_else) or untroubled(self.are_known, frame):
            return True
        return epochs_written(self.seen) is not None and not self.may_be_others()

    def may_change_else(self) -> bool:
        """Whether the program may change anything else of the steps in an epoch to come."""
        step, sites, epochs = self.roles.step, self.sites, self.seen.epoch_site
        steps = sites[step.loop.site]
        loop = steps if epochs is None else sites[epochs]
        nodes = [*step.graph, *(step.nodes[one.node] for one in self.roles.masks)]
        late = LateChanges(
            texts=self.texts, epochs=loop.at, steps=steps.at,
            numbers={*self._numbers()}, but=self._taken()[1] if self.roles.rate_place else "",
            operands={text for one in nodes for text in sites[one.site].operands},
            carried={ast.unparse(text) for _, text in texts_of_state(step, sites)},
            over=max(epochs_over(self.seen, self.begun), 1), count=len(self.seen.steps),
        )  # fmt: skip
        try:
            found = late.found()
        except Exception:  # a text that nobody thought of: anything may change
            found = loop.at
        if found is not None:
            self.changed_at = found[1]
            self.changes_else = max(epochs_over(self.seen, self.begun), 1)
        return found is not None

    def _numbers(self) -> Iterator[tuple[tuple[str, int], str, bool]]:
        """The numbers by a name that steps take, and that were the same in all; not the rate.

        Each with whether it is an array.
        """
        step, roles = self.roles.step, self.roles
        taken = [
            (step.graph[at], path, one)
            for (at, path), one in step.outside().items()
            if (at, path) not in roles.varying
            and (at, path) != roles.rate_place
            and (step.graph[at].number, path) not in roles.rates
        ]
        masks = [step.nodes[one.node] for one in roles.masks]
        taken += [(node, *one) for node in masks for one in leaves((node.args, node.kw))]
        for node, path, one in taken:
            site, value = self.sites[node.site], step.value(one)
            text = site.operand(node.kind, path).lstrip("-")
            alone = isinstance(value, float) or (_is_array(value) and value.size == 1)
            if alone and NAMED.fullmatch(text):
                yield site.at, text, _is_array(value)

    def may_be_others(self) -> bool:
        """Whether the program may change the rate in an epoch to come."""
        if self.roles.rate_place is None:
            return False
        steps, epochs = self.roles.step.loop.site, self.seen.epoch_site
        loop, (site, text) = self.sites[steps if epochs is None else epochs], self._taken()
        within = self.texts.within(loop.at)
        place = self.roles.rate_place
        value = self.roles.step.value(self.roles.step.outside()[place])
        found = other_at(self.texts, within, site.at, text, in_array=_is_array(value))
        every = {rate for one in read_rates(self.roles, self.seen) for rate in one}
        if found is not None or len(every) > 1:
            self.changed_at = found[1] if found is not None else site.line
        return self.changed_at is not None

    def are_known(self, frame: types.FrameType | None) -> bool:
        """Whether the lines that make the rate say what it will be in each epoch to come.

        Then they are noted among what was seen. frame: what runs now.
        """
        epochs, written = self.seen.epoch_site, epochs_written(self.seen)
        if epochs is None or self.roles.rate_place is None or self.seen.tape.begun[epochs] != 1:
            return False
        site, name = self._taken()
        found = rates_ahead(self.texts, site, name, self.sites[epochs], frame)
        every = read_rates(self.roles, self.seen)
        if found is None or any(len(one) > 1 for one in every):
            return False
        now, *coming = found
        # of a number that is handed on otherwise than by its name it is not the rate
        sign = next((one for one in (1, -1) if one * now == every[-1][0] != 0), 0)
        if not sign or not len(every) == self.begun[epochs] == (written or 0) - len(coming):
            return False
        if {*found} != {now} or len({one[0] for one in every}) > 1:
            self.seen.ahead = tuple(sign * one for one in coming)
        return True

    def half_is_near(self, began: float, seconds: float) -> bool:
        """Whether half of the epochs is over before the seconds are, and not by now.

        began: when the program did.
        """
        written, done = epochs_written(self.seen), epochs_over(self.seen, self.begun)
        needed = HALF * (written or 0) / max(done, 1)
        return needed > 1 and needed * (time.perf_counter() - began) < seconds

    def known(self, epochs: int) -> dict[str, Any] | None:
        """For how many epochs the rate is known, and the line that may change it; None if for all.

        epochs: how many there are.
        """
        over = max(epochs_over(self.seen, self.begun), 1)
        if self.changes_else is not None:
            made = {"epochs": self.changes_else, "line": self.changed_at, "what": STEPS}
            return made if self.changes_else < epochs else None
        ended = self.seen.is_over or self.seen.is_ended or over >= epochs
        made = {"epochs": over, "line": self.changed_at, "what": RATE}
        return None if ended or not self.changed_at else made

    def _taken(self) -> tuple[Site, str]:
        """Where the step takes the rate, and the author's text of it."""
        assert self.roles.rate_place is not None
        step, place = self.roles.step, self.roles.rate_place
        return self.sites[step.graph[place[0]].site], step.text(place, self.sites).lstrip("-")


def _is_array(value: Any) -> bool:
    """Whether it is one, or was taken out of one."""
    return type(value) is np.ndarray or isinstance(value, np.floating)
