"""What a person's mistake raises, and what Ctrl-C does: each says what there is to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diagnose.report import Report


class BadInputError(Exception):
    """Something that was handed in cannot be used.

    The message is one line that names the thing, says what is wrong with it and what to do.
    The command line prints it and ends with exit code 2; nothing has been written by then.
    """


class Interrupted(KeyboardInterrupt):
    """Ctrl-C within a diagnosis, with the report on what was done by then.

    It is a KeyboardInterrupt, so that it stops a notebook or a script as any other does. Whoever
    wants the report catches it: ``except Interrupted as stop: stop.report``.
    """

    def __init__(self, report: Report) -> None:
        super().__init__(f"interrupted {report.interrupted}")
        self.report = report
