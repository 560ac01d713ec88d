"""What a watched script prints and what it warns of: each where it is without a recorder."""

from __future__ import annotations

import subprocess
import sys

from diagnose.watching.script import watch

WARNS = """import numpy as np

x, w, b = np.array([1.0, 2.0, 3.0]), np.array([1.0]), 0.0
for epoch in range(200):
    e = x * w + b - 2 * x
    w -= 3 * np.mean(e * x)
    b -= 3 * np.mean(e)
print("weight", w)
np.log(np.zeros(2))
"""


def test_a_warning_stands_at_the_line_of_the_script_and_is_nothing_that_it_prints(tmp_path):
    script = tmp_path / "warns.py"
    script.write_text(WARNS, encoding="utf-8")
    plain = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    seen = watch(script, further=15.0)
    assert seen.output == plain.stdout
    assert seen.errors == plain.stderr
    assert f"{script}:9: RuntimeWarning" in seen.errors
    assert seen.told()["printed"] == plain.stdout.splitlines()
