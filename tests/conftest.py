"""What the tests share: the carried digits, and one report of the post made once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from buggy_reference import NETWORK as POST
from diagnose.data import Data, carried, subset
from diagnose.report import Report
from diagnose.study import diagnose
from fixed import NETWORK as FIXED

# What takes long to make, and is made once if the tests that ask for it run in one process.
COSTLY = ("report", "named", "saved")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep tests that share a costly fixture in one process."""
    for name in COSTLY:
        if name in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group(name))


@pytest.fixture(scope="session", autouse=True)
def cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep the runs of the tests out of the person's own cache, in subprocesses too."""
    folder = tmp_path_factory.mktemp("cache")
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        os.environ[name] = str(folder)
    return folder


@pytest.fixture(scope="session")
def digits() -> Data:
    return carried()


@pytest.fixture(scope="session")
def few_digits(digits: Data) -> Data:
    return subset(digits, 1000)


@pytest.fixture(scope="session")
def report() -> Report:
    """The default report: the post against its corrected twin, all carried digits, five seeds."""
    return diagnose(POST, against=FIXED, jobs=2)
