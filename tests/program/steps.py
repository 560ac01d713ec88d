"""Steps of small scripts, as the recorder sees them, examined in this process."""

from __future__ import annotations

import builtins
import types
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from diagnose.program.verdict import Examined, examine
from diagnose.program.writing import Text
from diagnose.reading.loops import Loop
from diagnose.recording.recorder import Recorder
from diagnose.recording.rewriting import HOOK, rewritten
from diagnose.recording.sites import Site, Sites

TURNS = 6
# So many turns of one loop are enough.
ENOUGH = 40


class Enough(BaseException):
    """The script has run long enough."""


@dataclass(frozen=True)
class Seen:
    """A script that ran: the loop with the most turns that trains, and what was found in it."""

    loop: Loop
    turns: list[int]
    sites: list[Site]
    found: Examined

    @property
    def lines(self) -> list[int]:
        """Where its gradients go wrong, or are mended."""
        found = []
        for slip, mend in zip(self.found.slips, self.found.mends, strict=True):
            text = self.texts[mend.candidate.file] if mend else None
            at = text.line_of(mend.candidate.splices[0].start) if mend and text else None
            found.append(at or self.sites[slip.caller or slip.site].line)
        return found

    @property
    def texts(self) -> dict[str, Text]:
        """The files, by name."""
        return {site.file: Text(Path(site.file).read_text()) for site in self.sites if site.file}

    @property
    def mended(self) -> list[str]:
        """The lines that are written for them."""
        found = []
        for mend in self.found.mends:
            if mend is not None:
                text = self.texts[mend.candidate.file]
                line = text.line_of(mend.candidate.splices[0].start)
                found.append(Text(text.edited(mend.candidate.splices)).line(line))
        return found


def seen(path: Path) -> Seen:
    """Run a script under the recorder, and examine the step of its loop that trains."""
    sites, own = Sites([Site(file="", line=0, text="")]), {str(path)}
    turns_of: Counter[int] = Counter()

    def turn(site: int) -> None:
        turns_of[site] += 1
        if turns_of[site] > ENOUGH:
            raise Enough

    tape = Recorder(turn, own)
    tape.keeping.always = True
    tape.keeping.begin(0, {})
    main = types.ModuleType("__main__")
    main.__dict__.update(__builtins__=builtins, __file__=str(path))
    setattr(builtins, HOOK, tape)
    source = path.read_text(encoding="utf-8")
    program = compile(rewritten(source, str(path), sites), str(path), "exec")
    try:
        with suppress(Enough):
            exec(program, main.__dict__)
    finally:
        delattr(builtins, HOOK)
    sizes = {site: [at for at, one in tape.turns if one == site] for _, site in tape.turns}
    loops = [Loop(tape, site, starts) for site, starts in sizes.items() if len(starts) > TURNS + 1]
    loop = max((one for one in loops if one.state(2)), key=lambda one: len(one.starts))
    turns = list(range(1, 1 + TURNS))
    texts = {str(path): Text(source)}
    return Seen(loop, turns, sites.every, examine(loop, turns, sites.every, texts))
