"""Whatever a program does, it does the same where it is watched."""

import pytest

from tests.recording.alike import differences
from tests.recording.snippets import BEGIN, EVERY, LONG


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", EVERY)
def test_each_part_of_the_grammar_is_done_as_it_is_written(name):
    assert differences(f"{BEGIN}{EVERY[name]}\n") == []


@pytest.mark.parametrize("name", LONG)
def test_long_lines_are_watched_as_they_are_run(name):
    assert differences(LONG[name]) == []
