"""``diagnose new --from``: what was read of a script, as a file that hands its network over."""

import sys

import numpy as np
import pytest

from diagnose.calculus.gradients import own_gradients
from diagnose.command import cli
from diagnose.command.target import load_network
from diagnose.training.loop import train
from diagnose.watching.script import watch
from tests.watching.scripts import FLAT, ONE_ROW, READ

STEP = FLAT.replace("np.maximum(z1, 0)", "1.0 * (z1 > 0)")


@pytest.fixture(autouse=True)
def _clean_imports(monkeypatch):
    monkeypatch.setattr(sys, "path", sys.path[:])


def written(folder, text):
    """The file that is written for a script, and the network that the script itself has."""
    script = folder / "mine.py"
    script.write_text(text, encoding="utf-8")
    assert cli.main(["new", str(folder / "kept.py"), "--from", str(script)]) == 0
    return folder / "kept.py", script


@pytest.mark.parametrize(
    "style", ["flat", "nesterov", "ones", "inverted dropout", "dropout of one sample at a time"]
)
def test_the_written_network_trains_as_the_one_that_was_read(style, tmp_path):
    file, script = written(tmp_path, READ[style])
    kept, read = load_network(str(file)), watch(script, seconds=30).network
    data = read.data()
    assert np.array_equal(kept.data().images, data.images)
    assert np.array_equal(kept.data().test_labels, data.test_labels)
    runs = [train(one, data.images, data.labels, 3, epochs=2) for one in (kept, read)]
    for name, array in runs[1].parameters.items():
        assert np.array_equal(runs[0].parameters[name], array), name


def test_a_rate_that_stands_in_the_gradients_is_written_as_one(tmp_path):
    file, script = written(tmp_path, ONE_ROW)
    kept, read = load_network(str(file)), watch(script, seconds=30).network
    data = read.data()
    assert kept.rate(0, 0) == read.rate(0, 0) == pytest.approx(0.1)
    runs = [train(one, data.images, data.labels, 3, epochs=2) for one in (kept, read)]
    start = kept.init(0)  # the first training of the other begins as the script's own did
    given = [own_gradients(one, start, data.images[:4], data.labels[:4]) for one in (kept, read)]
    for name, array in runs[1].parameters.items():
        assert runs[0].parameters[name] == pytest.approx(array), name
        assert given[0][name] == pytest.approx(given[1][name]), name


def test_it_is_written_in_the_authors_own_lines(tmp_path):
    text = written(tmp_path, FLAT)[0].read_text(encoding="utf-8")
    for line in ("W1 = np.random.randn(4, 6) * 0.5", "z1 = x @ W1 + b1", "a1 = np.maximum(z1, 0)",
                 "e = np.exp(z2 - z2.max(axis=1, keepdims=True))", "W2 = W2 - rate * dW2",
                 "learning_rate=0.3,"):  # fmt: skip
        assert f"    {line}\n" in text
    assert "training loop  line 15" in text


def test_of_a_script_that_is_not_certified_it_says_how_far_it_was_read(tmp_path, capsys):
    file, _ = written(tmp_path, STEP)
    text = file.read_text(encoding="utf-8")
    assert "not read with certainty: " in capsys.readouterr().err
    assert "this layer's activation is not read (step)" in text
    assert not file.with_suffix(".npz").exists()
    assert load_network(str(file)).layers[-1].activation == "softmax"


def test_nothing_is_replaced_without_being_asked(tmp_path, capsys):
    (tmp_path / "kept.npz").write_bytes(b"mine")
    (tmp_path / "mine.py").write_text(FLAT, encoding="utf-8")
    asked = ["new", str(tmp_path / "kept.py"), "--from", str(tmp_path / "mine.py")]
    assert cli.main(asked) == 2
    assert "kept.npz: exists, and is left as it is" in capsys.readouterr().err
    assert (tmp_path / "kept.npz").read_bytes() == b"mine"
    assert not (tmp_path / "kept.py").exists()
    assert cli.main(["new", str(tmp_path / "kept.py"), "--", "a"]) == 2
    assert "go with --from" in capsys.readouterr().err
    assert cli.main(["new", str(tmp_path / "a.py"), "--from", str(tmp_path / "none.py")]) == 2
    assert "none.py: there is no such file" in capsys.readouterr().err
