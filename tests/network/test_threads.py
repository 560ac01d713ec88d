"""Matrices are multiplied in one thread while a network is diagnosed."""

import pytest

from diagnose.network import threads
from diagnose.network.threads import one_thread


def kept(number):
    """How many threads there are, and all that were set."""
    said = [number]
    return (lambda: said[-1], said.append), said


@pytest.mark.parametrize(("number", "after"), [(1, [1]), (4, [4, 1, 4])])
def test_there_is_one_within_and_as_many_as_before_after_it(number, after, monkeypatch):
    functions, said = kept(number)
    monkeypatch.setattr(threads, "_threads", lambda: functions)

    @one_thread()
    def stops():
        assert said[-1] == 1
        raise KeyError

    with pytest.raises(KeyError):
        stops()
    assert said == after


def test_a_function_so_decorated_may_call_itself(monkeypatch):
    functions, said = kept(2)
    monkeypatch.setattr(threads, "_threads", lambda: functions)

    @one_thread()
    def called(more):
        return called(more - 1) if more else said[-1]

    assert called(2) == 1
    assert said == [2, 1, 2]


def test_another_library_is_left_alone(monkeypatch, tmp_path):
    (tmp_path / "libopenblas.so").write_text("no library", "utf-8")
    monkeypatch.setattr(threads, "FOLDERS", (str(tmp_path),))
    threads._threads.cache_clear()
    with one_thread():
        assert threads._threads() is None
    threads._threads.cache_clear()


def test_numpys_own_is_found_where_it_is_openblas():
    found = threads._threads()
    if found is None:
        pytest.skip("NumPy was built with another library")
    before = found[0]()
    try:
        found[1](2)
        with one_thread():
            assert found[0]() == 1
        assert found[0]() == 2
    finally:
        found[1](before)
