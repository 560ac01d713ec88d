"""Read a network out of a script: run it watched, in a process of its own, and certify it."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from diagnose.errors import BadInputError
from diagnose.network.arrays import keep_what_is_freed
from diagnose.network.authors_code import described, text_of
from diagnose.network.other_process import exit_code, stop
from diagnose.network.record import Network
from diagnose.network.script_process import ERRORS, PRINTED, begin_script
from diagnose.network.temporary import is_full, temporary_folder
from diagnose.style.places import NOTEBOOK
from diagnose.telling.record import Told
from diagnose.watching.asked import asked_for
from diagnose.watching.cells import remember, source_of
from diagnose.watching.certificate import alike_until, certify, goes_on, with_activations
from diagnose.watching.contract import network_of, standing_at
from diagnose.watching.handover import (
    FROM_FIRST,
    KNOWN,
    LONGER,
    NO,
    OVERFLOWS,
    RATE,
    Handover,
    OfStep,
    Parted,
    read_ended,
    read_stopped,
    read_told,
    read_whole,
    with_again,
)
from diagnose.watching.never_taken import with_never_taken, with_only_tested
from diagnose.watching.of_the_reading import OF_THE_READING
from diagnose.watching.own_test import Found, own_test, split_anew, testing_so, with_test
from diagnose.watching.preparations import (
    in_its_part,
    told_of_batches,
    told_of_targets,
    told_of_windows,
)
from diagnose.watching.running_on import HALF
from diagnose.watching.tested import Seen, read_seen
from diagnose.watching.unwritten_rate import with_its_rate
from diagnose.watching.with_fractions import with_fractions

CHILD = Path(__file__).with_name("child.py")
# A script that shows no training for so long is stopped.
SECONDS = 120.0
# Its process ends by itself when its time is up, and hands over what it has by then. Where it does
# not, since it sits in one long call, it is ended from outside after this share of its time more;
# or these seconds, which it takes to hand over what is large.
LATER, LEAST_LATER = 0.1, 1.0
# Once its network is read, a script may run on for so long: then it is also seen how it predicts.
FURTHER = 15.0
GOES_ON = (
    "the training goes on after this loop with the weights that it leaves, and is more than that; "
    "read is a training of one loop over its epochs, with a rate for each, as in "
    "`for epoch in range(60): lr = 0.1 if epoch < 30 else 0.01`, or with `--line {}` its first "
    "loop alone"
)
INTERRUPTED = "it was interrupted while it was watched"
# Of what it printed so much is shown.
MOST_LINES, WIDEST = 4, 72

Tell = Callable[[OfStep], None]


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What came of watching a script.

    network: certified, or None. parted: where the reading stopped, if there is none. roles: what
    was read, each ``{line, text}``. steps: how many steps of the training were seen. output: what
    the script printed until it was stopped; errors: what it said of errors. read: all that the
    watched process handed over. seen: what the run told by itself, network or not. tested_after:
    how many seconds after the reading it was seen to test on samples of its own; None where it was
    not. whole: whether it came to its own end before it was stopped. asked: the line that asked for
    this training; None for the first one. stopped: the error with which the script stopped after
    that, if it did. interrupted: whether Ctrl-C ended the watching. step: what its step is known
    by, run again; None where that was not done.
    """

    script: str
    network: Network | None
    parted: Parted | None
    roles: dict[str, dict[str, Any]]
    steps: int
    output: str
    read: Handover
    errors: str = ""
    seen: tuple[Told, ...] = ()
    tested_after: float | None = None
    asked: int | None = None
    stopped: str = ""
    whole: bool = False
    interrupted: bool = False
    step: OfStep | None = None

    def refused(self, reason: str, line: int | None = None) -> Watched:
        """The same without a network: for one that was read rightly, and cannot be diagnosed."""
        line = line or int(self.roles.get("training loop", {}).get("line", 0))
        return replace(
            self, network=None, parted=Parted(file=self.script, line=line, reason=reason)
        )

    def told(self) -> dict[str, Any]:
        """What a report says of it."""
        return {
            "script": self.script,
            "steps": self.steps,
            "certified": self.network is not None,
            "parted": asdict(self.parted) if self.parted else None,
            "roles": self.roles,
            "whole": self.whole,
            "printed": last_lines(self.output) if self.whole else [],
            "step": (
                {"right": self.step.right, "wrong": self.step.wrong, "others": self.step.others}
                if self.step
                else None
            ),
        }


def last_lines(output: str) -> list[str]:
    """The last lines that a script printed, as far as a report shows them."""
    lines = [one.rstrip() for one in output.splitlines() if one.strip()]
    return [one if len(one) <= WIDEST else f"{one[:WIDEST]}…" for one in lines[-MOST_LINES:]]


def watch(
    script: Path,
    arguments: Sequence[str] = (),
    seconds: float = SECONDS,
    folder: Path | None = None,
    further: float = 0.0,
    line: int | None = None,
    longer: float | None = None,
    most: float | None = None,
    tell: Tell | None = None,
) -> Watched:
    """Watch a script until enough was seen of its training, and read its network.

    Arguments and errors as of ``begin``. tell: takes what its step tells, as soon as that is known.
    After a Ctrl-C that is what comes of it; before, KeyboardInterrupt is raised. Raises
    BadInputError, too, for a script that cannot be run, or stops before it trains.
    """
    begun = begin(script, arguments, seconds, folder, further, line, longer, most)
    return begun.watched() if tell is None else replace(begun, tell=tell).watched()


def begin(
    script: Path,
    arguments: Sequence[str] = (),
    seconds: float = SECONDS,
    folder: Path | None = None,
    further: float = 0.0,
    line: int | None = None,
    longer: float | None = None,
    most: float | None = None,
) -> Watching:
    """Have another process watch a script: what is to be waited for, or ended.

    script: a Python file, or a notebook, whose cells run in their order. arguments: the script's
    own. seconds: how long to wait for a training; further: how long it may run on after that;
    longer: how long it is seen, before that, how the rate changes, where all else is known; as
    long as of any script if not given, and for half of the epochs if there is the time. Given for
    copies, of which nothing else is asked where no network is read: such do not run further.
    folder: in which to run; the script's own if not given. line: of several trainings, the one in
    whose loop it stands, or that its statement begins; the first if not given. Raises BadInputError
    for a script that is not there, or has nothing at that line.
    """
    keep_what_is_freed()  # what was read is held against the script here
    path = script.resolve()
    if not path.is_file():
        raise BadInputError(f"{script}: there is no such file; check the spelling of the path")
    if folder is not None and not folder.is_dir():
        raise BadInputError(f"{folder}: is no folder to run {script} in")
    remember(path)
    if line is not None:
        _check_line(script, line)
    most = seconds + further if most is None else most
    times = seconds, further, LONGER if longer is None else longer, most, time.time()
    run = partial(_begun, path, folder or path.parent, arguments, times, longer is not None, line)
    place = temporary_folder()
    return Watching(
        script=script, seconds=seconds, line=line, place=place, run=run, most=most,
        process=run(Path(place.name), NO),
    )  # fmt: skip


@dataclass(kw_only=True)
class Watching:
    """A script that another process watches.

    place: what it hands over is written there. run: begins such a process, by where it writes, and
    from where on it reads (``child``). most: for how many seconds it runs. tell: takes what its
    step is known by, once, as soon as that is there; step: that.
    """

    script: Path
    seconds: float
    line: int | None
    place: tempfile.TemporaryDirectory[str]
    run: Callable[[Path, str], subprocess.Popen[bytes]]
    most: float
    process: subprocess.Popen[bytes]
    began: float = field(default_factory=time.monotonic)
    tell: Tell | None = None
    step: OfStep | None = None

    def end(self) -> None:
        """End the process, and leave nothing of it."""
        stop(self.process)
        self.place.cleanup()

    def watched(self) -> Watched:
        """What came of it; BadInputError for one that cannot be run, or stops too soon."""
        path, place = self.script.resolve(), Path(self.place.name)
        try:
            read, output, errors, status = self._handed_over(place)
            late = time.monotonic() - self.began > min(self.seconds, self.most)
            if read is not None and not late and (from_first := _again(read)) != NO:
                place = place / "again"
                place.mkdir()
                self.process = self.run(place, from_first)
                read, output, errors, status = self._handed_over(place)
            told, passes, stopped = read_told(place), read_seen(place), read_stopped(place)
            ended, whole = read_ended(place), read_whole(place)
            read = read and with_again(read, place)
            if (read is None or read.trouble or read.parted) and is_full(place):
                raise BadInputError(
                    f"{Path(self.place.name).parents[1]}: there is no room for what is seen of "
                    f"{self.script}; make room, or name another folder in TMPDIR"
                )
        except KeyboardInterrupt:
            if self.step is not None:
                return self._interrupted()
            raise
        finally:
            self.end()
        read = _checked(read, self.script, status, self.seconds)
        if ended is not None and read.parted is None:
            read = broken_off(read, ended)
        network, parted, test = None, read.parted, Found()
        if parted is None:
            read, network, parted = _held_against_its_steps(read, path)
        if parted is not None:
            # what was read is not what the script does
            told = tuple(one for one in told if one.kind not in OF_THE_READING)
            file = Path(parted.file or path).name
            parted = replace(parted, file=file)
        if network is not None:
            network, read, told, test = _completed(network, read, passes, told, path)
        return Watched(
            script=self.script.name, network=network, parted=parted, roles=read.roles,
            steps=read.steps, output=output, errors=errors, read=read,
            seen=tuple(_shown(one) for one in told),
            tested_after=test.test.seen.after if test.test else None,
            asked=self.line,
            stopped=stopped, whole=whole, step=self.step,
        )  # fmt: skip

    def _handed_over(self, place: Path) -> tuple[Handover | None, str, str, int | None]:
        """What the process handed over, what the script printed, said of errors, and the exit code.

        That is None where it was waited for in vain.
        """
        left = self.began + self.most + max(LATER * self.most, LEAST_LATER) - time.monotonic()
        status = exit_code(self.process, left, partial(self._look_for_step, place))
        self._look_for_step(place)
        printed, errors = (
            (place / one).read_text(encoding="utf-8", errors="replace") for one in (PRINTED, ERRORS)
        )
        return Handover.read(place), printed, errors, status

    def _look_for_step(self, place: Path) -> None:
        if self.step is None and (step := OfStep.read(place)) is not None:
            self.step = replace(step, told=tuple(map(_shown, step.told)))
            if self.tell is not None:
                self.tell(self.step)

    def _interrupted(self) -> Watched:
        """What is known by then."""
        parted = Parted(file=self.script.name, line=0, reason=INTERRUPTED, of_run=True)
        return Watched(
            script=self.script.name, network=None, parted=parted, roles={}, steps=0, output="",
            read=Handover(parted=parted), asked=self.line, interrupted=True,
            seen=self.step.told if self.step else (), step=self.step,
        )  # fmt: skip


def _checked(read: Handover | None, script: Path, status: int | None, seconds: float) -> Handover:
    """What was handed over; BadInputError where nothing was, or the script stopped before that.

    status: the exit code of its process; None where that was waited for in vain.
    """
    if read is None and status is not None:
        raise BadInputError(
            f"{script} ended its own process (exit code {status}) before any training was seen, "
            "as os._exit and crashes do; nothing can be read from it"
        )
    if read is None:
        raise BadInputError(
            f"{script}: no training was seen within {seconds:.0f} s; nothing can be read from it"
        )
    if read.trouble is not None:
        raise BadInputError(f"{script} stopped before it trained: {read.trouble}")
    return read


def _held_against_its_steps(
    read: Handover, path: Path
) -> tuple[Handover, Network | None, Parted | None]:
    """What was read, and the network; or where that parts from the steps of the script."""
    try:
        read, network, parted = _certified(read, path)
        if parted is not None and read.said["uncounted"] and _has_smaller(read):
            # the batches that it was read from were all of one size; a smaller one tells
            other, again, still = _certified(uncounted(read), path)
            if still is None:
                return other, again, None
        if parted is None and not read.said.get("asked") and goes_on(network, read):
            line = _line_of_epochs(read)
            parted = Parted(file=str(path), line=line, reason=GOES_ON.format(line), of_run=True)
        if parted is None:
            read = as_far_as_known(read, alike_until(network, read))
    except Exception as error:  # what was read is the author's code, which may raise anything
        reason = f"what was read, run again, stops with {described(error)}"
        parted = Parted(file=str(path), line=int(read.said["loop"]), reason=reason)
    return read, None if parted else network, parted


def _completed(
    network: Network, read: Handover, passes: Sequence[Seen], told: tuple[Told, ...], path: Path
) -> tuple[Network, Handover, tuple[Told, ...], Found]:
    """A certified network with its test set, and with all that was told of both.

    passes: those of other samples than the steps take, as they were seen on the way.
    """
    test = own_test(network, read, passes, told)
    of_read = (told_of_batches, told_of_targets, told_of_windows)
    every = [*told, *test.told, *(one for tell in of_read for one in tell(read))]
    read = with_test(read, test)
    told = tuple(in_its_part(one, read) for one in every)
    if test.apart is not None:
        read = split_anew(read, test.apart)
        network = network_of(read, path)
    if test.apart is None:
        made, more = with_never_taken(read, test)
        made, told = with_only_tested(made), told + more
        if made is not read or test.test is not None:
            read, network = made, network_of(made, path)
    if test.test is not None:
        network = testing_so(network, test.test)
    network = with_fractions(network, read, told)
    network, read = with_its_rate(answering_as_told(network, told), read)
    return network, read, told, test


def _check_line(script: Path, line: int) -> None:
    """Raise BadInputError where no training can be asked for by a line."""
    if script.suffix == NOTEBOOK:
        raise BadInputError(f"{script}: the cells of a notebook are not asked for by a line")
    try:
        there = asked_for(source_of(script), str(script), line)
    except (SyntaxError, ValueError):
        return  # what is wrong with it is said when it runs
    if there is None:
        raise BadInputError(
            f"{script}: no statement stands at line {line}; give a line of the loop that trains, "
            "or of the call that begins the training"
        )


def broken_off(read: Handover, after: int) -> Handover:
    """What was read, with as many epochs as there were, where the loop over them breaks off."""
    turns, written = _turns(read), read.said["epochs"] or 0
    if not 0 < after < turns:
        return read
    after = max(after * written // turns, 1)
    line = _line_of_epochs(read)
    row = {"line": line, "text": f"{after:,} of {written:,}: then the training breaks off"}
    return replace(read, said={**read.said, "epochs": after}, roles={**read.roles, "epochs": row})


def _line_of_epochs(read: Handover) -> int:
    """The line of the loop over the epochs."""
    return int(read.said["places"].get("epochs", (None, read.said["loop"]))[1])


def _turns(read: Handover) -> int:
    """How many turns the loop over the epochs has: each may be several, or a part of one."""
    return int(read.said.get("turns") or read.said["epochs"] or 0)


def as_far_as_known(read: Handover, other: tuple[int, str] | None = None) -> Handover:
    """What was read, with a word on how many epochs were seen, if not all, and what changed there.

    other: how many turns the loop over the epochs had until a step was seen that is another, and
    what is.
    """
    known, every = read.said.get(KNOWN), read.said.get("epochs") or 0
    if other is not None and (known is None or other[0] <= known["epochs"]):
        known = {"epochs": other[0], "line": _line_of_epochs(read), "what": other[1]}
    if known is None:
        return read
    known = {**known, "epochs": known["epochs"] * every // max(_turns(read), 1)}
    read = replace(read, said={**read.said, KNOWN: known})
    if known["epochs"] >= every:
        return replace(read, said={**read.said, KNOWN: None})
    of = f"{known['epochs']:,} of {every:,}"
    text = {
        "": f"{of} were seen; the others are taken to be like these",
        RATE: f"{of} were seen; {RATE} may change here",
    }.get(known["what"], f"{of} are like the first; then {known['what']} changes")
    roles = {**read.roles, "epochs": {"line": known["line"], "text": text}}
    return replace(read, roles=roles)


def as_far_as_seen(seen: Watched, epochs: int | None) -> tuple[Watched, int | None]:
    """What was read, and for how many epochs it is to be trained; None for its own.

    Without its network where it would be trained for as few as nobody asked for. epochs: those that
    are asked for, if any. A part of a training that is far shorter makes right networks look wrong:
    four that were cut to a tenth or less fell from .87-1.0 to .10-.75, and their start or their
    pace would have been blamed; at half of their length no part was. So half of it is to be seen.
    """
    network, known = seen.network, seen.read.said.get(KNOWN)
    if network is None or known is None or not known["what"]:
        return seen, epochs
    count, every = known["epochs"], network.epochs
    if count >= min(epochs or every, HALF * every):
        return seen, min(epochs or every, count)
    reason = f"after {count:,} of {every:,} epochs {known['what']} changes, as later ones show"
    if known["what"] == RATE:
        reason = (
            f"{RATE} may change here after the {count:,} of {every:,} epochs that were seen; a "
            "longer --watch-seconds sees more"
        )
    reason += f", and --epochs {count} looks at these alone"
    return seen.refused(reason, known["line"]), epochs


def _certified(read: Handover, path: Path) -> tuple[Handover, Network, Parted | None]:
    """What was read, the network, and where it parts from its script, if it does."""
    network = network_of(read, path)
    told = with_activations(read, network)
    if told is not read:
        read, network = told, network_of(told, path)
    return read, network, certify(network, read, path)


def answering_as_told(network: Network, told: Sequence[Told]) -> Network:
    """The network as it predicts, where the run told that it leaves dropout on."""
    seen = [one for one in told if one.kind == "dropout-when-predicting" and not one.severity]
    if not seen or not network.dropout:
        return network
    place = standing_at(seen[0].file, seen[0].line)
    return replace(network, drops_when_answering=True, code={**network.code, "accuracy": place})


def _again(read: Handover) -> str:
    """How a script is watched once more of which not enough was kept at first."""
    if read.parted is None:
        return NO
    return FROM_FIRST if read.parted.reason == OVERFLOWS else read.again or NO


def _has_smaller(read: Handover) -> bool:
    """Whether the steps that were kept have batches of several sizes."""
    steps = range(len(read.said["steps"]))
    return len({len(read.arrays[f"step:{at}:rows"]) for at in steps}) > 1


def uncounted(read: Handover) -> Handover:
    """The same reading, where a number that is as large as the full batches stays what it is."""
    other = read.said["uncounted"]
    said = {**read.said, **other["said"], "uncounted": None}
    return replace(read, said=said, roles={**read.roles, "smaller batches": other["role"]})


def _shown(told: Told) -> Told:
    """What was told, with the file as a report names it, and the line as it stands there."""
    return replace(told, file=Path(told.file).name, text=text_of(told.file, told.line))


def _begun(
    path: Path,
    current: Path,
    arguments: Sequence[str],
    times: tuple[float, ...],
    is_copy: bool,
    line: int | None,
    place: Path,
    from_first: str,
) -> subprocess.Popen[bytes]:
    """The watched process.

    times: seconds until a training is seen, after the reading, while the rate is looked at, and
    altogether; and since when.
    from_first: whether it is read from its first steps on, and how (``child``).
    """
    command = ["-u", str(CHILD), str(path), str(place), *map(str, times)]
    command += [str(int(is_copy)), from_first, str(line or 0), *arguments]
    return begin_script(command, current, place / PRINTED, place / ERRORS)
