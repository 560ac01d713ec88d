"""``diagnose.run``: a script, a function of one or a network, diagnosed from Python."""

from __future__ import annotations

import importlib.util

import pytest

import diagnose

pytestmark = pytest.mark.usefixtures("processes_of_its_own")

IN_A_FUNCTION = """
import numpy as np

def train(rate=0.5):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    y = (X[:, :1] > 0) * 1.0
    W = rng.normal(size=(3, 1))
    for step in range(200):
        p = 1 / (1 + np.exp(-X @ W))
        W += rate * X.T @ (p - y) / 60
    return np.mean((p > .5) == y)

if __name__ == "__main__":
    print("accuracy", train())
"""


def test_what_a_function_of_a_script_trains_is_diagnosed(tmp_path):
    path = tmp_path / "climbing.py"
    path.write_text(IN_A_FUNCTION, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("climbing", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = diagnose.run(module.train, patch=False)
    assert "climbing.py:11  wrong-gradient" in str(found)
    assert "W += rate * X.T @ (p - y) / 60" in found.text
    assert found._repr_html_().startswith("<pre>climbing.py is no better than guessing")
    assert repr(found) == "<Diagnosis of climbing, found: wrong-gradient; print() shows it>"
    assert found.patch == ""


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (3, "run takes the path of a script, a function of one that trains, or a Network; int is"),
        ("nowhere.py", "nowhere.py: does not exist"),
        (pytest.raises, "raises has no loop that trains"),
        (len, "builtin_function_or_method is none of these"),
    ],
)
def test_what_cannot_be_diagnosed_is_said_in_a_sentence(target, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(diagnose.BadInputError, match=said.replace("(", r"\(")):
        diagnose.run(target)
