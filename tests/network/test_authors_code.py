"""An author's code cannot end the process unnoticed, and what its errors say is told."""

import os
import sys

import pytest

from diagnose.errors import BadInputError
from diagnose.network.authors_code import (
    LONGEST,
    described,
    ends_no_process,
    exit_raises,
    kind_and_said,
)


class MuteError(Exception):
    def __str__(self):
        raise RuntimeError("no words")


class Rude(BaseException):
    pass


def leaves(how):
    how()


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (lambda: sys.exit(0), "SystemExit: 0"),
        (lambda: sys.exit("bye"), "SystemExit: bye"),
        (lambda: os._exit(0), "SystemExit: 0"),
        (lambda: (_ for _ in ()).throw(Rude("no")), "Rude: no"),
        (lambda: (_ for _ in ()).throw(GeneratorExit), "GeneratorExit"),
    ],
)
def test_the_function_is_named(how, said):
    with pytest.raises(BadInputError) as stop, ends_no_process():
        leaves(how)
    assert f"would end the program: {said}; let it return" in str(stop.value)
    assert "test_authors_code.py:" in str(stop.value)


def test_a_built_in_function_has_no_line():
    with pytest.raises(BadInputError, match=r"would end the program: SystemExit"):
        ends_no_process()(sys.exit)()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, BadInputError])
def test_what_ends_no_process_is_as_it_was(error):
    with pytest.raises(error), ends_no_process():
        raise error("its own")


def test_the_real_end_comes_back():
    before = os._exit
    with exit_raises():
        assert os._exit is not before
        with exit_raises(), pytest.raises(SystemExit):
            os._exit(3)
    assert os._exit is before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork there")
def test_children_still_end():
    with exit_raises():
        child = os.fork()
        if child == 0:
            os._exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_errors_that_cannot_say_anything():
    assert kind_and_said(MuteError()) == "MuteError: (what it says cannot be read)"
    assert described(ValueError()) == "ValueError"


def test_errors_that_say_too_much():
    assert len(kind_and_said(ValueError("x" * 10**6))) < LONGEST + 50
