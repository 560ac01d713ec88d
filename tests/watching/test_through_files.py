"""Samples that are chosen by answers which a program keeps in files are no reason of their own."""

import pytest

from diagnose.watching.script import watch
from tests.watching.test_chosen_by_answers import script

LOOP = """
import os, tempfile
from pathlib import Path
HEAD
for epoch in range(9):
    for i in rng.permutation(n):
        BEFORE
        STEP
        AFTER
    print(epoch)
"""


def read(tmp_path, head, before, after):
    indent = "\n        "
    given = {"HEAD": head, "BEFORE": before.replace("\n", indent)}
    given["AFTER"] = after.replace("\n", indent)
    text = LOOP
    for name, part in given.items():
        text = text.replace(name, part)
    path = tmp_path / "mine.py"
    path.write_text(script(text), encoding="utf-8")
    return watch(path)


@pytest.mark.parametrize(
    ("head", "before", "after"),
    [
        (
            "there = tempfile.mkdtemp()",
            "if os.path.exists(os.path.join(there, f'{i}.done')): continue",
            "if d[y[i]] > -0.1: open(os.path.join(there, f'{i}.done'), 'w').close()",
        ),
        (
            "there = Path(tempfile.mkdtemp())",
            "if (there / f'{i}').is_file(): continue",
            "if d[y[i]] > -0.1: (there / f'{i}').touch()",
        ),
        (
            "log = os.path.join(tempfile.mkdtemp(), 'log'); open(log, 'w').close()",
            "if str(i) in open(log).read().split(): continue",
            "with open(log, 'a') as f: f.write(f'{i} ' if d[y[i]] > -0.1 else '')",
        ),
        (
            "there = tempfile.mkdtemp()\ndef done(i): np.save(os.path.join(there, str(i)), i)",
            "if f'{i}.npy' in os.listdir(there): continue",
            "if d[y[i]] > -0.1: done(i)",
        ),
    ],
)
def test_samples_chosen_through_files_are_refused_where_they_are(tmp_path, head, before, after):
    seen = read(tmp_path, head, before, after)
    assert seen.network is None
    assert "what the network has answered before" in seen.parted.reason
    assert (
        before.split(": continue")[0]
        in (tmp_path / "mine.py").read_text("utf-8").splitlines()[seen.parted.line - 1]
    )


@pytest.mark.parametrize(
    ("head", "before", "after"),
    [
        # a log that nobody reads, and a file that nobody writes
        (
            "log = os.path.join(tempfile.mkdtemp(), 'log')",
            "if os.path.exists('no such file'): continue",
            "with open(log, 'a') as f: f.write(str(z))",
        ),
        # the best weights, and data that come from a file
        (
            "there = os.path.join(tempfile.mkdtemp(), 'X.npy')\n"
            "np.save(there, X); X = np.load(there); best = -9",
            "x = X[i]",
            "if d[y[i]] > best: best = d[y[i]]; np.save(there + '.best', W1)",
        ),
    ],
)
def test_files_that_say_nothing_of_samples_are_no_reason(tmp_path, head, before, after):
    seen = read(tmp_path, head, before, after)
    assert seen.network is not None, seen.parted
