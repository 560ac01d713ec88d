"""What trainings are spread over: threads, processes, or what somebody configured."""

import os
import subprocess
import sys
import threading

import pytest
from joblib import parallel_config

from diagnose.training import engine

PATIENCE = 60.0


def given(count):
    return ((one,) for one in range(count))


def doubled(one):
    return 2 * one


@pytest.mark.parametrize("jobs", [1, 2, 7, -1])
def test_each_is_told_with_its_number(jobs):
    assert sorted(engine.each(doubled, given(5), jobs)) == [(at, 2 * at) for at in range(5)]


def test_so_many_at_once_as_there_are_jobs():
    together = threading.Barrier(3, timeout=PATIENCE)
    assert len(list(engine.each(lambda _: together.wait(), given(6), 3))) == 6


def test_one_alone_is_done_here():
    ((_, thread),) = engine.each(lambda _: threading.current_thread(), given(1), 1)
    assert thread is threading.current_thread()


def test_none_is_taken_before_it_can_be_worked_on():
    taken = []
    go = threading.Semaphore(0)
    every = engine.each(lambda _: go.acquire(timeout=PATIENCE), map(_noted(taken), range(9)), 2)
    go.release()
    next(every)
    assert len(taken) <= 3
    go.release(8)
    assert len([*every]) == 8


def _noted(taken):
    return lambda one: (taken.append(one), (one,))[1]


def test_nothing_is_begun_any_more_by_whom_nobody_listens_to():
    taken = []
    go = threading.Semaphore(1)
    every = engine.each(lambda _: go.acquire(timeout=PATIENCE), map(_noted(taken), range(9)), 2)
    next(every)
    every.close()
    begun = len(taken)
    go.release(8)
    assert begun <= 3
    for one in threading.enumerate():
        if one.name.endswith("(work_on)"):
            one.join(PATIENCE)
    assert len(taken) == begun


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_is_heard_of(jobs):
    def fails(one):
        raise ZeroDivisionError(one)

    with pytest.raises(ZeroDivisionError):
        list(engine.each(fails, given(9), jobs))


def test_an_error_of_what_is_given_is_heard_of():
    def broken():
        yield from given(2)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(engine.each(doubled, broken(), 2))


def test_an_engine_that_was_configured_is_used():
    assert engine.is_own()
    assert engine.workers(5) == 5
    with parallel_config(backend="loky"):
        assert not engine.is_own()
        assert sorted(engine.each(doubled, given(3), 2)) == [(at, 2 * at) for at in range(3)]
        processes = dict(engine.each(_process, given(2), 2)).values()
    assert os.getpid() not in processes


def _process(_):
    return os.getpid()


def test_processes_keep_the_order():
    assert list(engine.in_processes(doubled, given(4), 2)) == [0, 2, 4, 6]
    assert list(engine.in_processes(_process, given(2), 1)) == 2 * [os.getpid()]


def test_files_are_sent_whole_also_where_joblib_comes_later(tmp_path):
    (tmp_path / "un importable.py").write_text(
        "from diagnose.builders import from_functions\n"
        "SHIFT = 5\n"
        "def shifted(one):\n"
        "    return one + SHIFT\n"
        "NETWORK = None\n"
    )
    code = (
        "import sys\n"
        "from diagnose.command.target import _load_file\n"
        "from diagnose.training import engine\n"
        "from pathlib import Path\n"
        "if __name__ == '__main__':\n"
        "    own = _load_file(Path('un importable.py'))\n"
        "    assert 'joblib' not in sys.modules\n"
        "    print(list(engine.in_processes(own.shifted, [(1,), (2,)], 2)))\n"
    )
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=surroundings, capture_output=True,
        text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert run.stdout.split() == ["[6,", "7]"], run.stderr
