"""The memory of arrays that a step frees is kept for the next ones."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

STEPS = """
import resource, sys
import numpy as np
from diagnose.watching.child import keep_what_is_freed

def step(x, d):
    made = np.outer(x, d)
    return 0.1 * made

x, d = np.ones(784), np.ones(128)
if sys.argv[1:]:
    keep_what_is_freed()
for _ in range(5):
    step(x, d)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(100):
    step(x, d)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries keep what they like")
def test_steps_ask_for_no_page_anew():
    given = [sys.executable, "-c", STEPS, "kept"]
    pages = subprocess.run(given, capture_output=True, text=True, check=True).stdout
    assert int(pages) < 100  # 360 pages in each of 100 steps without it
