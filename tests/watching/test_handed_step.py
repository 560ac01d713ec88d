"""The step of a network that a file hands over is run, recorded and examined in its own process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import planting
from diagnose.watching.handed_step import told_of_handed_step

SECONDS = 60.0


def planted(network, fault, folder):
    """A network of the benchmarks with a fault, in a file."""
    case = next(one for one in planting.alone(network) if one.faults == (fault,))
    return planting.write(case, folder)


@pytest.mark.parametrize(
    ("network", "fault", "names", "line"),
    [
        ("blobs_dicts", "derivative-left-out", "W1 and b1", "(cache['A1'] > 0)"),
        ("corners_layers", "derivative-of-the-derivative", "W1 and b1",
         "return error * (1 - self.outputs ** 2)"),
        ("moons_class", "square-forgotten", "W1 and b1", "(1 - self.a1 ** 2)"),
        ("spirals_float32", "bias-of-the-wrong-delta", "self.params[name]",
         'g["b1"] = d1.sum(axis=0)'),
        ("xor_script", "error-instead-of-delta", "syn0 and bias0", "l2_delta.dot(syn1.T)"),
    ],
    ids=["functions", "layers", "an object", "float32", "a loop of its own"],
)  # fmt: skip
def test_the_line_is_found_and_what_to_write(network, fault, names, line, tmp_path):
    path = planted(network, fault, tmp_path)
    (told,) = told_of_handed_step(path, "", SECONDS)
    assert (told.kind, told.file) == ("wrong-gradient", path.name)
    assert f" of {names} " in told.observed
    assert line in told.advice
    assert told.edit is not None


@pytest.mark.parametrize("network", ["digits_lists", "rings_vectors", "band_rows", "sine_class"])
def test_of_what_is_right_nothing_is_told(network, tmp_path):
    path = tmp_path / f"{network}.py"
    path.write_text(planting.source(network), encoding="utf-8")
    assert told_of_handed_step(path, "", SECONDS) == ()


def test_what_stops_tells_nothing(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("raise SystemExit(3)\n", encoding="utf-8")
    assert told_of_handed_step(path, "", SECONDS) == ()


def test_a_report_points_at_the_line(tmp_path):
    path = planted("moons_class", "square-forgotten", tmp_path)
    command = [sys.executable, "-m", "diagnose", "report", path.name, "--probes-only", "--no-cache"]
    said = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=120,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert "line 52: `1 - self.a1`" in said.stdout, said.stdout
    assert "while the script ran" not in said.stdout
