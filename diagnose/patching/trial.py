"""Run a patched copy of a script, watched as the script was, and see what has become of it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import cast

import numpy as np

from diagnose.errors import BadInputError
from diagnose.instruments.labelled import last_result
from diagnose.network import protected, script_process
from diagnose.network.record import Network, widths
from diagnose.network.script_process import begin_script
from diagnose.network.temporary import BEGINNING, temporary_folder
from diagnose.patching.ahead import Ahead, Begin, Begun, Key, Running
from diagnose.patching.handed import Handed, Load, handed
from diagnose.patching.outcomes import Outcome, outcome_of
from diagnose.patching.source import Edit, Source, is_python, line_after, patched, splices_of
from diagnose.reading.pacing import Rates, StepRates
from diagnose.training.budget import OutOfTime
from diagnose.watching.script import Watched, Watching, begin

# Copies that are run for one patch: each takes a second or a few, and what the likeliest hundred
# edits do not mend, is no slip of the kinds that are known here.
MOST_RUNS = 120
# After so long no further copy is run: it is as long as the report itself may take unattended.
MOST_SECONDS = 300.0
# Of several parts to mend, one leaves so much of what there is for each that comes after it, which
# is a few copies even of a slow script, and no more than half: the first ones are the likeliest.
LEFT_FOR_EACH, MOST_LEFT = 0.1, 0.5
# A copy that shows no training in so many times of what one took that did, and these seconds, shows
# none: reading it takes as long as reading any other, but for what else the machine does.
TIMES, LEAST_SECONDS = 2.0, 3.0
# A process takes some time to start at all: what is cut shorter says nothing.
LEAST_LEFT = 0.1
# Before a time that nothing may go beyond, a copy with its edits is run once more to its end.
LAST_RUNS = 2
# As found it is run at once, in this part of the time: what takes longer is not run to its end.
AS_FOUND = 5
# So many seconds are enough to see whether the rate of a copy goes the way of the script's own, of
# so many epochs or steps at least; how it goes on was seen of the script.
COURSE_SECONDS, COURSE = 2.0, 3
ALIKE = 1e-9  # of numbers that are computed in the same way, but for what they begin with
# Larger folders are not copied for a trial.
MOST_BYTES = 500_000_000
# What no script reads its samples from; ours is there where that is the folder for temporary files.
LEFT_BEHIND = shutil.ignore_patterns(
    ".git", "__pycache__", ".venv", "venv", "node_modules", f"{BEGINNING}*"
)
# How long a script may take that is run to its end, to see what it prints; and a copy, by what the
# script took: with more epochs it takes some times as long, and without an end for ever.
SECONDS = 180.0
AS_MANY_TIMES, AT_LEAST = 20.0, 20.0
# How copies run.
WATCHED, PRINTED = "watched", "printed"
# What runs a script so that all of its numbers can be held against those of another run; how often
# for one patch: of those that have so many places most are one edit, made in each of them.
CHILD, MOST_ENDINGS = Path(__file__).with_name("ending.py"), 8
# Seconds that the first of them may take, and how many times as long any other, and a little.
LONGEST, LONGER, SPARE = 30.0, 2.0, 3.0


class NoTrialError(Exception):
    """Why nothing can be tried, in words."""


@dataclass(kw_only=True)
class Trials:
    """Runs copies of one script, each once.

    found: the network of the script as found. further: how many seconds a copy runs on once it is
    read, until it has tested on samples of its own. show(done, total) is called before each. runs:
    how many were made. After most_runs no copy is run any more, and after most_seconds none goes
    on. load: of a network that was handed over, what gives that of a copy, which prints nothing by
    itself. asked: the line that asked for this training, if one did. stops: whether the script
    stops with an error as found; else no copy may. resized: whether hidden layers of a copy may
    have other sizes. steady: whether the rate takes the same course in each copy. at_once: how many
    copies run beside each other where it is known which come next (``foresee``).
    """

    source: Source
    folder: Path
    arguments: Sequence[str]
    seconds: float
    found: Network
    seed: int
    show: Callable[[int, int], None]
    further: float = 0.0
    most_runs: int = MOST_RUNS
    most_seconds: float = MOST_SECONDS
    load: Load | None = None
    asked: int | None = None
    stops: bool = False
    resized: bool = False
    steady: bool = True
    at_once: int = 1
    runs: int = 0
    began: float = field(default_factory=time.monotonic)
    _took: float = 0.0
    _kept_seconds: float = 0.0
    _kept_runs: int = 0
    _known: dict[bytes, Outcome | None] = field(default_factory=dict)
    _waiting: set[bytes] = field(default_factory=set)
    _printed: dict[bytes, tuple[bool, str]] = field(default_factory=dict)
    _ended: float = SECONDS

    @cached_property
    def ahead(self) -> Ahead:
        """The copies that run."""
        return Ahead(folder=self.folder, at_once=self.at_once)

    def close(self) -> None:
        """End the copies that run."""
        self.ahead.end()

    @cached_property
    def path(self) -> Path:
        """Where the copy is written."""
        return self.folder / self.source.name

    @property
    def spent(self) -> float:
        """Seconds since the search began."""
        return time.monotonic() - self.began

    @property
    def left(self) -> float:
        """Seconds until no further copy is run."""
        return self.most_seconds - self._kept_seconds - self.spent

    @property
    def is_late(self) -> bool:
        """Whether no further copy is to be run."""
        return self.left < 0

    def _at_most(self, seconds: float) -> float:
        """So many seconds, or those that there are."""
        return min(seconds, max(self.most_seconds - self.spent, LEAST_LEFT))

    @property
    def untried(self) -> int:
        """How many copies there was no time for, or no run left."""
        return len(self._waiting - self._known.keys())

    def keep_for_the_end(self) -> None:
        """Leave time for two runs of the script at last: as found, and with the edits."""
        self.printed((), self.left / AS_FOUND)
        self._kept_seconds += min(LAST_RUNS * self._ended, MOST_LEFT * max(self.left, 0.0))

    @contextmanager
    def shared(self, others: int) -> Iterator[None]:
        """Something to try that leaves of the time, and of the runs, for so many others."""
        share = min(LEFT_FOR_EACH * others, MOST_LEFT)
        left = max(self.most_runs - self._kept_runs - self.runs, 0)  # of what others leave, too
        seconds, runs = max(self.left, 0.0) * share, int(left * share)
        self._kept_seconds += seconds
        self._kept_runs += runs
        try:
            yield
        finally:
            self._kept_seconds -= seconds
            self._kept_runs -= runs

    def run(self, edits: Sequence[Edit]) -> Outcome | None:
        """A copy with edits made, watched; None where that is no such network any more."""
        if not self._can_be_made(edits):
            return None
        data = patched(self.source, edits)
        if data not in self._known:
            spent = self.is_late or self.runs >= self.most_runs - self._kept_runs
            if spent:
                self._waiting.add(data)
            if spent or not is_python(self.source, edits):
                return None
            self.runs += 1
            self.show(self.runs, self.most_runs)
            self._known[data] = self._watched(edits)
        return self._known[data]

    def know(self, outcome: Outcome) -> None:
        """Take this for the outcome as found, which was watched already, and run no copy of it."""
        self._known.setdefault(patched(self.source, ()), outcome)

    @property
    def patience(self) -> float:
        """How many seconds a copy may take until it trains, once it is known what one takes."""
        longest = LEAST_SECONDS + TIMES * self._took * self.at_once
        return self._at_most(min(self.seconds, longest) if self._took else self.seconds)

    def _watched(self, edits: Sequence[Edit]) -> Outcome | None:
        """What is read of a copy."""
        try:
            seen, seconds = self._seen(edits)
            network = seen.network
            if network is None or network.data is None or not self._is_alike(network):
                return None
            if seen.stopped and not self.stops:
                return None
            network = self._on_course(network)
            told = frozenset(one.kind for one in seen.seen)
            made = outcome_of(network, self.seed)
            self._took = max(self._took, seconds) if made is not None else self._took
            return made and replace(made, told=told, roles=seen.roles)
        except BadInputError:
            return None

    def _seen(self, edits: Sequence[Edit]) -> tuple[Watched | Handed, float]:
        """What is read of a copy, and how many seconds that took, where it was waited for."""
        began = time.monotonic()
        if self.load is not None:
            self.path.write_bytes(patched(self.source, edits))
            return handed(self.load(self.path), self.source), time.monotonic() - began
        key = WATCHED, patched(self.source, edits)
        one = cast(Watching, self._begun(key, partial(self._begin_watching, edits)))
        return one.watched(), time.monotonic() - began if one.began >= began else 0.0

    def _begin_watching(self, edits: Sequence[Edit], folder: Path) -> Watching:
        path = folder / self.source.name
        path.write_bytes(patched(self.source, edits))
        line = self.asked and line_after(self.source, edits, self.asked)
        return begin(
            path, self.arguments, self.patience, further=self.further, line=line,
            longer=COURSE_SECONDS if self.steady else None,
        )  # fmt: skip

    def each(self, chosen: Sequence[Edit], edits: Iterable[Edit]) -> Iterator[tuple[Edit, Outcome]]:
        """Copies with some edits and each of others, where these are such networks."""
        every = [*edits]
        self.foresee([*chosen, one] for one in every)
        for one in every:
            if (got := self.run([*chosen, one])) is not None:
                yield one, got

    def foresee(self, sets: Iterable[Sequence[Edit]]) -> None:
        """Copies with these edits are watched next, in this order."""
        if self.load is None:
            self.ahead.foresee(
                ((WATCHED, data), partial(self._begin_watching, some))
                for some in sets if self._gives_program(some)
                for data in [patched(self.source, some)] if data not in self._known
            )  # fmt: skip

    def _gives_program(self, edits: Sequence[Edit]) -> bool:
        return self._can_be_made(edits) and is_python(self.source, edits)

    def _can_be_made(self, edits: Sequence[Edit]) -> bool:
        """Whether no two edits are at one place, and all of them can be written there."""
        meet = any(one.meets(two) for at, one in enumerate(edits) for two in edits[:at])
        return not meet and all(map(self.source.can_write, edits))

    def _on_course(self, network: Network) -> Network:
        """The network with the whole course of its rate, where that is the one of the script."""
        whole = self.found.learning_rate
        rates = network.learning_rate
        if not isinstance(whole, Rates | StepRates) or not isinstance(rates, Rates | StepRates):
            return network
        if not self.steady:
            return network
        course = continued(rates, whole)
        return network if course is None else replace(network, learning_rate=course)

    def _is_alike(self, network: Network) -> bool:
        """Whether it has the same task and layers, so that the two can be held side by side."""
        try:
            mine, theirs = (widths(one, one.init(self.seed)) for one in (network, self.found))
        except Exception:  # the author's code may raise anything
            return False
        if self.resized and len(mine) == len(theirs):
            mine, theirs = mine[:: len(mine) - 1], theirs[:: len(theirs) - 1]
        same = mine == theirs and network.classes == self.found.classes
        # who takes dropout out of the training mends nothing of how it is answered
        return same and len(network.dropout) >= len(self.found.dropout)

    def printed(self, edits: Sequence[Edit], seconds: float = SECONDS) -> tuple[bool, str]:
        """Whether a copy comes to its end, and the line that it prints last of its result.

        seconds: after how many it is given up, if not before.
        """
        if self.load is not None:
            return True, ""
        name, data = self.source.runs_as(splices_of(edits))
        if data not in self._printed:
            if edits:
                self.printed(())  # a copy has as long as that takes, and some times more
            began = time.monotonic()
            self._printed[data] = self._run_to_its_end(name, data, seconds)
            if not edits:
                self._ended = time.monotonic() - began
        return self._printed[data]

    def _run_to_its_end(self, name: str, data: bytes, seconds: float = SECONDS) -> tuple[bool, str]:
        longest = self._at_most(min(AT_LEAST + AS_MANY_TIMES * self._ended, seconds))
        to_its_end, printed = self.ran(name, data, longest)
        return to_its_end, last_result(printed)

    def ran(self, name: str, data: bytes, seconds: float, *by: str) -> tuple[bool, str]:
        """Whether a program comes to its end in time, and what it prints; by: what runs it."""
        key = " ".join(by) or PRINTED, data
        one = cast(Running, self._begun(key, partial(self._begin, name, data, by)))
        return one.ended(seconds)

    def _begun(self, key: Key, begin: Begin) -> Begun:
        """A copy that runs; OutOfTime where nothing may be begun any more.

        NoTrialError where one would have changed a file of the author's.
        """
        refuse_protected(self.folder)
        if self.spent > self.most_seconds:
            raise OutOfTime
        return self.ahead.take(key, begin)

    def _begin(self, name: str, data: bytes, by: Sequence[str], folder: Path) -> Running:
        return begin_copy(name, data, by, self.arguments, folder)


def refuse_protected(folder: Path) -> None:
    """NoTrialError where a copy in a folder was about to change a file of the author's."""
    if (named := folder.parent / protected.NAMED).exists():
        raise NoTrialError(
            f"the script changes {named.read_text(encoding='utf-8')} by its whole path, and so "
            "would each copy; name the file by where it lies from the script's folder"
        )


def begin_copy(
    name: str, data: bytes, by: Sequence[str], arguments: Sequence[str], folder: Path,
    modules: Mapping[str, bytes] = MappingProxyType({}),
) -> Running:  # fmt: skip
    """A program that runs in a folder; by: what runs it, if not Python alone.

    modules: what is in files that it brings along, by their paths from the folder.
    """
    path, printed = folder / name, folder.parent / script_process.PRINTED
    path.write_bytes(data)
    for module, text in modules.items():
        (folder / module).write_bytes(text)
        # Python tells what it compiled before by its size, and by its time in seconds
        shutil.rmtree((folder / module).with_name("__pycache__"), ignore_errors=True)
    runs = by or (protected.__file__,)
    process = begin_script([*runs, str(path), *arguments], folder, printed)
    return Running(process=process, printed=printed)


def continued(rates: Rates | StepRates, whole: Rates | StepRates) -> Rates | StepRates | None:
    """A whole course of the rate from where another began; None where that took another way.

    Or where too little was seen of it: a rate that does not change yet may never do so.
    """
    own, other = (
        [*one.rates] if isinstance(one, Rates) else [rate for each in one.steps for rate in each]
        for one in (rates, whole)
    )
    if type(rates) is not type(whole) or not COURSE <= len(own) < len(other):
        return None
    if isinstance(rates, StepRates) and isinstance(whole, StepRates):
        sizes, others = ([len(each) for each in one.steps] for one in (rates, whole))
        if sizes[:-1] != others[: len(sizes) - 1]:  # the last epoch may not be over
            return None
    if len({*own}) < 2 or not own[0] or not other[0]:
        return None
    start = np.array(own) / own[0], np.array(other[: len(own)]) / other[0]
    return whole.beginning(own[0]) if np.allclose(*start, rtol=ALIKE, atol=0) else None


def without_idle(trials: Trials, edits: Sequence[Edit]) -> list[Edit]:
    """The edits but for the places at which one writes something else and no number is another.

    An edit is chosen beside others, and by few runs of a script that may draw other numbers in
    each. So it may be one that says the same in other words, as ``h > 0`` of what a ReLU gave
    for ``z > 0``. Each of them where there is no time to see, and where it cannot be run so.

    Of a change that puts what stood at one of its places into another, all stays: half of one that
    swaps two lines says a third thing.
    """
    kept = [*edits]
    places = [
        (at, one) for at, edit in enumerate(kept) for one in edit.splices
        if not _moves(trials.source, edit)
    ]  # fmt: skip
    if sum(len(edit.splices) for edit in kept) < 2 or trials.load is not None or trials.is_late:
        return kept
    began = time.monotonic()
    whole = _ending(trials, kept, LONGEST)
    longest = SPARE + LONGER * (time.monotonic() - began)
    for at, one in places[:MOST_ENDINGS] if whole else ():
        fewer = [*kept]
        rest = tuple(each for each in kept[at].splices if each != one)
        fewer[at] = replace(kept[at], splices=rest)
        if trials.is_late or not any(each.splices for each in fewer):
            break
        if is_python(trials.source, fewer) and _ending(trials, fewer, longest) == whole:
            kept = fewer
    return [one for one in kept if one.splices]


def _moves(source: Source, edit: Edit) -> bool:
    """Whether what an edit writes at one place is what it takes away at another."""
    stood = {_words(source.code[one.start : one.end].decode()) for one in edit.splices}
    return any(_words(one.text) in stood for one in edit.splices if one.text.strip())


def _words(text: str) -> str:
    return " ".join(text.split())


def _ending(trials: Trials, edits: Sequence[Edit], seconds: float) -> str:
    """All that a copy prints, and what stands for its numbers; nothing without an end."""
    name, data = trials.source.runs_as([one for edit in edits for one in edit.splices])
    to_its_end, printed = trials.ran(name, data, seconds, str(CHILD))
    return printed if to_its_end else ""


@contextmanager
def copied_folder(script: Path, most: int = MOST_BYTES) -> Iterator[Path]:
    """A copy of what lies in the script's folder, so that no trial writes into the author's.

    Raises NoTrialError for one of more bytes than ``most``.
    """
    folder = script.resolve().parent
    total = sum(one.stat().st_size for one in _files(folder, most))
    if total > most:
        raise NoTrialError(
            f"the script's folder holds {total / 1e6:.0f} MB, too much to copy for a trial; put "
            "the script and its data into a folder of their own"
        )
    with temporary_folder() as temporary:
        copy = Path(temporary) / folder.name
        try:
            shutil.copytree(folder, copy, ignore=LEFT_BEHIND, ignore_dangling_symlinks=True)
        except shutil.Error as error:
            file, _, why = error.args[0][0]
            raise NoTrialError(f"{file} cannot be copied for a trial ({why})") from error
        with protected.protected(folder, Path(temporary)):
            yield copy


def _files(folder: Path, most: int) -> Iterator[Path]:
    """The files that would be copied; no further than a folder that is too large goes on."""
    total = 0
    for one in folder.iterdir():
        if one.name in LEFT_BEHIND(str(folder), [one.name]):
            continue
        for file in _files(one, most) if one.is_dir() and not one.is_symlink() else [one]:
            if file.is_file():
                total += file.stat().st_size
                yield file
            if total > most:
                return
