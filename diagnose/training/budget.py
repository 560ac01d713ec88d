"""The time that a diagnosis may take: what is left of it, and whether something still fits in.

A training that would not end in time is not begun, or is left, and counts as not made: of a network
that is slow and right, a training that was cut short looks like one of a network that is wrong.

Who works asks in few places. ``Trainer`` and ``Pool`` ask before they train, by steps that were
measured, and between steps. For all else, such as a probe of a network whose forward pass takes
seconds, there is the alarm.
"""

from __future__ import annotations

import _thread
import _weakrefset
import contextlib
import gc
import inspect
import math
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import FrameType
from typing import Any

# What rings in the main thread, also within a call that waits; Windows has no SIGALRM.
SIGNAL: signal.Signals = getattr(signal, "SIGALRM", getattr(signal, "SIGBREAK", signal.SIGINT))
# Seconds until it rings again where nothing could be raised.
LATER = 0.1
# The same where something was: whoever leaves by it needs a moment, and until then it may be lost,
# by code that swallows what interrupts it and wherever Python calls while it frees memory.
AGAIN = 1.0
# Whose functions Python calls when what they stand for is freed.
WEAK = (weakref.__file__, _weakrefset.__file__)


class OutOfTime(KeyboardInterrupt):
    """The clock interrupts, as Ctrl-C does; no mistake, so that no ``except Exception`` takes it.

    needed: the seconds that what was asked for would take, where that is known.
    """

    def __init__(self, needed: float | None = None) -> None:
        super().__init__("not within this time")
        self.needed = needed


@dataclass(frozen=True)
class Budget:
    """A point in time by which work is to end.

    ends: by ``clock``, in seconds; infinite where there is no limit.
    """

    ends: float = math.inf
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def of(cls, seconds: float | None, clock: Callable[[], float] = time.monotonic) -> Budget:
        """So many seconds from now on; None for no limit."""
        return cls(math.inf if seconds is None else clock() + seconds, clock)

    @property
    def is_limited(self) -> bool:
        """Whether there is a limit at all."""
        return self.ends < math.inf

    def left(self) -> float:
        """Seconds that are left; below 0 once it is over."""
        return self.ends - self.clock() if self.is_limited else math.inf

    def is_over(self) -> bool:
        """Whether no time is left."""
        return self.is_limited and self.left() <= 0

    def fits(self, cost: float) -> bool:
        """Whether work that takes so many seconds still ends in time."""
        return cost < self.left()

    def part(self, share: float) -> Budget:
        """A share of what is left."""
        if not self.is_limited:
            return self
        return Budget(self.clock() + share * max(self.left(), 0.0), self.clock)

    def __reduce__(self) -> tuple[Any, ...]:
        """Sent to another process it ends at the same time: by the wall clock, which they share."""
        return _arrived, (time.time() + self.left(),)

    @contextmanager
    def alarm(self) -> Iterator[None]:
        """Raise OutOfTime within the block when the time is over, whatever is running by then.

        In the main thread only, where Python takes signals; in another one, and in compiled code,
        nothing is interrupted. It rings until the block is left; alarms may stand within others.
        What rings before the time is over is somebody else's, and left to who was there before.
        """
        if self.is_over():
            raise OutOfTime
        main = threading.main_thread()
        if not self.is_limited or threading.current_thread() is not main:
            yield
            return
        on, ringing, ends = True, threading.Lock(), OutOfTime()

        def ring() -> None:
            if not self.is_over():  # a coarse clock
                _timer(self.left(), ring)
                return
            with ringing:
                if on and hasattr(signal, "pthread_kill") and main.ident is not None:
                    signal.pthread_kill(main.ident, SIGNAL)  # ends a sleep, too
                elif on:
                    _thread.interrupt_main(SIGNAL)

        def take(number: int, frame: FrameType | None) -> None:
            if on and not self.is_over():
                if callable(before):
                    before(number, frame)
            elif on and (_is_handled(ends) or is_in_callback(frame) or _cannot_be_left(frame)):
                _timer(LATER, ring)
            elif on:
                _timer(AGAIN, ring)
                raise ends

        before = signal.signal(SIGNAL, take)
        timer = _timer(self.left(), ring)
        try:
            yield
        finally:
            on = False
            with ringing:  # unhandled, a signal that is on its way would end the process
                timer.cancel()
            signal.signal(SIGNAL, before)


UNLIMITED = Budget()
# What runs while an alarm is set, and while it is taken back.
ALARM = inspect.unwrap(Budget.alarm).__code__
# What is done whole, or not at all.
OPENS = Path.write_bytes, Path.open, SourceFileLoader.get_data, subprocess.Popen.__init__
WHOLE = {ALARM, *(one.__code__ for one in OPENS)}


def _timer(seconds: float, ring: Callable[[], None]) -> threading.Timer:
    """Call a function in a thread of its own, so many seconds from now on."""
    timer = threading.Timer(min(max(seconds, 0.0), threading.TIMEOUT_MAX), ring)
    timer.daemon = True
    timer.start()
    return timer


def _arrived(ends: float) -> Budget:
    return Budget.of(ends - time.time() if ends < math.inf else None)


def is_in_callback(frame: FrameType | None) -> bool:
    """Whether the compiler runs, or memory is freed: what is raised where these call is lost."""
    freeing = [getattr(one, "__code__", None) for one in gc.callbacks]
    while frame is not None:
        code = frame.f_code
        if code in freeing or code.co_name == "__del__" or code.co_filename in WEAK:
            return True
        if "llvmlite" in Path(code.co_filename).parts:
            return True
        frame = frame.f_back
    return False


def _cannot_be_left(frame: FrameType | None) -> bool:
    """Whether a block is being entered or left, a file written at once, or a process begun.

    An alarm that ends at the edge of a block would not be taken back, and go on ringing in what
    comes afterwards, which may have time; what was just opened or begun would be ended by nobody.
    """
    edges = ("__enter__", "__exit__")
    while frame is not None:
        code = frame.f_code
        if code in WHOLE or (code.co_filename == contextlib.__file__ and code.co_name in edges):
            return True
        frame = frame.f_back
    return False


def _is_handled(error: BaseException) -> bool:
    """Whether that is what is being dealt with here, as in a ``finally``."""
    now = sys.exc_info()[1]
    while now is not None and now is not error:
        now = now.__context__
    return now is error
