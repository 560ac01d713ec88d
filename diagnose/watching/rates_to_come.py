"""What is known of the rates of epochs that were not seen, once the step is understood."""

from __future__ import annotations

import types
from collections.abc import Sequence
from dataclasses import dataclass

from diagnose.reading.collecting import Collector
from diagnose.reading.pacing import read_rates
from diagnose.reading.roles import Roles
from diagnose.recording.rewriting import Site
from diagnose.watching.handed_rate import may_be_another
from diagnose.watching.rates_ahead import rates_ahead
from diagnose.watching.texts import Texts


@dataclass(frozen=True)
class RatesToCome:
    """Of a training that goes on, in a program whose files are ``texts``."""

    roles: Roles
    seen: Collector
    sites: Sequence[Site]
    texts: Texts

    def may_be_others(self) -> bool:
        """Whether the rate is a value that the program may still change."""
        if self.roles.rate_place is None:
            return False
        every = read_rates(self.roles, self.seen)
        if len({rate for one in every for rate in one}) > 1:
            return True
        site, text = self._taken()
        if text.replace(".", "").isdigit():
            return False
        return self._assigned(text) > 1 or may_be_another(self.texts, site.file, site.line, text)

    def are_known(self, frame: types.FrameType | None, written: int | None, begun: int) -> bool:
        """Whether the lines that make the rate say what it will be in each epoch to come.

        Then they are noted among what was seen. frame: what runs now; written: how many epochs
        there are, if that is known; begun: how many until now.
        """
        epochs = self.seen.epoch_site
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
        if not sign or not len(every) == begun == (written or 0) - len(coming):
            return False
        if {*found} != {now} or len({one[0] for one in every}) > 1:
            self.seen.ahead = tuple(sign * one for one in coming)
        return True

    def _taken(self) -> tuple[Site, str]:
        """Where the step takes the rate, and the author's text of it."""
        assert self.roles.rate_place is not None
        node = self.roles.step.graph[self.roles.rate_place[0]]
        site = self.sites[node.site]
        return site, site.operand(node.kind, self.roles.rate_place[1]).lstrip("-")

    def _assigned(self, text: str) -> int:
        name = text.split(".")[-1]
        targets = (one.target.split(".")[-1] for one in self.sites if one.target)
        return sum(one == name for one in targets) + 1 if name else 0
