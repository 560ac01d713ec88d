"""How much time a program had is not what the clock says, on a machine that does much else."""

import threading
import time
from dataclasses import dataclass

import pytest

from diagnose.watching import running_on
from diagnose.watching.running_on import Moment, RunningOn, had, has_had


@dataclass
class Clocks:
    """The clock and the processor's time; ``share`` of what passes is this process's."""

    share: float
    clock: float = 100.0
    processor: float = 7.0

    def pass_by(self, seconds):
        self.clock += seconds
        self.processor += self.share * seconds


@pytest.fixture
def clocks(monkeypatch):
    made = Clocks(share=1.0)
    monkeypatch.setattr(time, "perf_counter", lambda: made.clock)
    monkeypatch.setattr(time, "process_time", lambda: made.processor)
    return made


@pytest.mark.parametrize(
    ("share", "expected"),
    [(1.0, 8.0), (0.5, 4.0), (3.0, 8.0), (0.0, 8.0 / running_on.SHARED_BY)],
    ids=["alone", "half of it", "with several threads", "waiting"],
)
def test_a_program_had_what_it_used_of_the_processor(clocks, share, expected):
    clocks.share = share
    since = running_on.now()
    clocks.pass_by(8.0)
    assert since == Moment(100.0, 7.0)
    assert had(since) == expected
    assert has_had(expected - 0.5, since)
    assert not has_had(expected, since)


def test_the_processor_is_asked_only_once_the_clock_says_that_it_may_be_time(clocks, monkeypatch):
    since = running_on.now()
    clocks.pass_by(8.0)
    asked = []
    monkeypatch.setattr(time, "process_time", lambda: asked.append(1) or clocks.processor)
    assert not has_had(8.0, since)
    assert not asked
    assert has_had(7.0, since)
    assert asked


def closed_at(clocks, monkeypatch, *, at_most):
    """By the clock, after how many seconds a program is ended that may run on for ten."""
    waiting, ended = [], []

    class Timer:
        def __init__(self, seconds, what):
            self.seconds, self.what = seconds, what

        def start(self):
            waiting.append(self)

    monkeypatch.setattr(threading, "Timer", Timer)
    running = RunningOn(
        further=10.0, at_most=at_most, began=clocks.clock, steps=0, seen=None, evaluations=None,
        close=lambda: ended.append(clocks.clock),
    )  # fmt: skip
    running.begin()
    while not ended:
        next_one = waiting.pop()
        clocks.pass_by(next_one.seconds)
        next_one.what()
    return ended[0] - running.began


def test_what_others_take_of_the_processor_is_waited_for(clocks, monkeypatch):
    assert closed_at(clocks, monkeypatch, at_most=120.0) == 10.0
    clocks.share = 0.5
    moment = running_on.A_MOMENT
    assert closed_at(clocks, monkeypatch, at_most=120.0) == pytest.approx(20.0, abs=2 * moment)


def test_it_is_waited_for_no_longer_than_a_reading_may_take(clocks, monkeypatch):
    clocks.share = 0.1
    assert closed_at(clocks, monkeypatch, at_most=15.0) == pytest.approx(15.0)
