"""What the step of a script says of its gradients, and nothing else: JSON for the other benchmarks.

    python benchmarks/gradients.py SCRIPT

The script runs in this process until some turns of the loop that trains are on the tape; the step
is examined, as it is when a script is diagnosed, and the script is left.
"""

from __future__ import annotations

import builtins
import contextlib
import io
import json
import sys
import time
import types
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from threadpoolctl import threadpool_limits

from diagnose.program.verdict import Examined, examine
from diagnose.program.writing import Text
from diagnose.reading.loops import Loop
from diagnose.recording.recorder import Recorder
from diagnose.recording.rewriting import HOOK, rewritten
from diagnose.recording.sites import Site, Sites
from diagnose.watching.loop_that_trains import LOOKED_AT, Loops
from diagnose.watching.step_told import told

# Turns that are read, operations of a run at most, and seconds for one step.
WINDOW, MOST, SECONDS = 8, 600_000, 20.0


class Enough(BaseException):
    """Nothing more is asked of the script."""


class Run:
    """A script under the recorder, until a step of it was examined."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sites = Sites([Site(file="", line=0, text="")])
        self.tape = Recorder(self.turn, {str(path)})
        self.loops = Loops(self.tape)
        self.turns: Counter[int] = Counter()
        self.passed: set[int] = set()
        self.inner: int | None = None
        self.window: tuple[int, int] | None = None
        self.texts = {str(path): Text(path.read_text(encoding="utf-8"))}
        self.found: Examined | None = None
        self.reason = "no loop that trains"

    def turn(self, site: int) -> None:
        """A loop begins another turn."""
        self.turns[site] += 1
        if self.window is not None and site == self.window[0]:
            self.tape.keeping.always = True
            self.tape.keeping.begin(len(self.tape.nodes), self.tape.calls)
            loop = self.loops.on_tape(site)
            if len(loop.starts) > self.window[1] + WINDOW:
                self.examine(loop)
        elif (
            self.window is None and site not in self.passed and self.turns[site] in LOOKED_AT
            and self.loops.is_around(site, self.inner)
        ):  # fmt: skip
            loop_found = self.loops.that_trains(site)
            if loop_found is not None:
                self.window = site, len(loop_found.starts)
        if len(self.tape.nodes) > MOST:
            raise Enough

    def examine(self, loop: Loop) -> None:
        """Examine its step; a loop in which no target joins is not the one that trains."""
        assert self.window is not None
        turns = list(range(self.window[1], len(loop.starts) - 1))
        try:
            with threadpool_limits(1):
                found = examine(loop, turns, self.sites.every, self.texts, seconds=SECONDS)
        except Exception as error:
            self.reason = f"{type(error).__name__}: {error}"
            raise Enough from error
        if found.judgement is not None:
            self.found = self.found or found
            if found.judgement.right or any(found.mends):
                self.found = found
                raise Enough
        self.reason = "no target joins what the parameters make"
        self.inner = self.window[0]
        self.passed.add(self.inner)
        self.window = None

    def run(self) -> None:
        """Run it until then."""
        setattr(builtins, HOOK, self.tape)
        main = types.ModuleType("__main__")
        main.__dict__.update(__builtins__=builtins, __file__=str(self.path))
        sys.modules["__main__"] = main
        sys.argv = [str(self.path)]
        sys.path.insert(0, str(self.path.parent))
        source = self.texts[str(self.path)].source
        program = compile(rewritten(source, str(self.path), self.sites), str(self.path), "exec")
        with contextlib.suppress(Enough, SystemExit), contextlib.redirect_stdout(io.StringIO()):
            exec(program, main.__dict__)


def said(path: Path) -> dict[str, Any]:
    """What is said of a script."""
    began = time.perf_counter()
    run = Run(path.resolve())
    try:
        run.run()
    except Exception as error:
        run.reason = f"the script stopped: {error!r}"
    parameters, findings = [], []
    if run.found is not None and (made := run.found.judgement) is not None:
        verdicts = dict.fromkeys(made.right, "right") | dict.fromkeys(made.level, "zero")
        verdicts |= dict.fromkeys(made.wrong, "wrong")
        for before, verdict in verdicts.items():
            last = made.graph.operation(run.found.parameters[before])
            site = run.sites.every[last.site] if last is not None else None
            name = (site.target or site.text) if site is not None else ""
            parameters.append(
                {"name": name, "line": site.line if site is not None else 0, "verdict": verdict}
            )
        findings = [
            {"line": one.line, "file": one.file, "what": f"{one.observed} | {one.advice}"}
            for one in told(run.found, run.sites.every, run.texts)
        ]
    return {
        "entered": run.found is not None, "reason": "" if run.found else run.reason,
        "replayed": [run.found.replayed, WINDOW] if run.found else None,
        "parameters": parameters, "findings": findings, "seconds": time.perf_counter() - began,
    }  # fmt: skip


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(json.dumps(said(Path(sys.argv[1]))))
