"""The memory of arrays that a step frees is kept for the next ones, wherever it is made."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

STEPS = """
import resource, sys
from contextlib import suppress
from pathlib import Path
import numpy as np
from diagnose import BadInputError, diagnose
from diagnose.network.arrays import keep_what_is_freed
from diagnose.training.budget import UNLIMITED
from diagnose.training.own_pace import in_time
from diagnose.watching.script import watch
from fixed import NETWORK

def step(x, d):
    made = np.outer(x, d)
    return 0.1 * made

x, d = np.ones(784), np.ones(128)
some = NETWORK, np.zeros((1, 784)), np.zeros(1, int), 0, 1, UNLIMITED
with suppress(BadInputError):
    CALL
for _ in range(5):
    step(x, d)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(100):
    step(x, d)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
CALLS = {
    "where it is watched": "keep_what_is_freed()",
    "where it is read": 'watch(Path("missing.py"))',
    "in a study": 'diagnose(NETWORK, select=["missing"])',
    "in a training": "in_time(*some)",
}


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries keep what they like")
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_steps_ask_for_no_page_anew(call):
    given = [sys.executable, "-c", STEPS.replace("CALL", call)]
    pages = subprocess.run(given, capture_output=True, text=True, check=True).stdout
    assert int(pages) < 100  # 360 pages in each of 100 steps without it
