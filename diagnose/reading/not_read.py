"""What stands in the way of reading a network."""

from __future__ import annotations

from diagnose.recording.sites import Site


class NotReadError(Exception):
    """What stands in the way of reading a network, with the author's line.

    kind: of a fault that is told by itself, where that is what it is; else nothing.
    of_run: whether the run says so, and not what its layers are thought to be.
    """

    def __init__(
        self, reason: str, site: Site | None = None, kind: str = "", *, of_run: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.site = site
        self.kind = kind
        self.of_run = of_run
