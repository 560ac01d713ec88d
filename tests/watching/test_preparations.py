"""Test samples that are prepared otherwise than those of the training are told, with both lines."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from diagnose.causes.exchange import exchanged, look_at
from diagnose.command import cli
from diagnose.command.target import load_network
from diagnose.report import NOTE
from diagnose.symptoms import score
from diagnose.training.trainer import Trainer
from diagnose.watching.sources import Sources
from tests.watching.test_own_test import TESTED, WAYS, read

MADE = "X = np.random.randn(90, 4)"
TWO = "def made(n):\n    return 255 * np.random.rand(n, 4)\nX = made(90)"
BASE = (
    TESTED.replace("labels = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)", "")
    .replace("yt = (Xt[:, 0] > 0).astype(int) + (Xt[:, 1] > 0)", "")
    .replace("Y = np.eye(3)[labels]", "")
    .replace("Xt = np.random.randn(60, 4) * 0.5", "")
    .replace(
        MADE,
        f"{TWO}\nXt = made(60)\nlabels, yt = (\n"
        "    (one[:, 0] > 127).astype(int) + (one[:, 1] > 127) for one in (X, Xt)\n)\n"
        "Y = np.eye(3)[labels]\nPREPARED",
    )
)
OWN = "X = (X - X.mean(axis=0)) / X.std(axis=0)"


def told(folder, prepared):
    """What is told of the test samples, the network, and what the program's lines make."""
    text = BASE.replace("PREPARED", prepared) + WAYS["compared"]
    seen = read(folder, text)
    scope = {}
    exec(text, scope)
    found = [one for one in seen.seen if one.kind == "test-preparation"]
    lines = [None, *text.splitlines()]
    return [(lines[one.line], one.severity, one.observed) for one in found], seen.network, scope


@pytest.mark.parametrize(
    ("prepared", "line", "said", "right"),
    [
        ("X /= 255", "X /= 255", "in line 7: they are 255 times as large", "Xt / 255"),
        ("X = X / 255 - 0.5\nXt = Xt / 255", "Xt = Xt / 255", "they are 0.5 larger", "Xt - 0.5"),
        ("X = X / 255\nXt = Xt / 127", "Xt = Xt / 127", "2.008 times as large", "Xt * 127 / 255"),
        (
            "def smaller(x):\n    return x / 127\nX = X / 255\nXt = smaller(Xt)",
            "    return x / 127",
            "2.008 times as large",
            "Xt * 127 / 255",
        ),
        (
            "m = X.mean(axis=0)\nX = (X - m) / 60",
            "X = (X - m) / 60",
            "they are 60 times as large",
            "(Xt - m) / 60",
        ),
    ],
)
def test_another_preparation_is_told(prepared, line, said, right, tmp_path):
    found, network, scope = told(tmp_path, prepared)
    assert [one[:2] for one in found] == [(line, "")]
    assert said in found[0][2]
    data = network.data()
    assert np.allclose(data.test_images, eval(right, scope), rtol=1e-9)
    assert np.allclose(network.tests_on(data.test_images), scope["Xt"], rtol=1e-9)


COLUMNS = "for j in range(4):\n    S[:, j] = (X[:, j] - X[:, j].mean()) / X[:, j].std()\n"
NORMALISED = "m, s = X.mean(axis=0), X.std(axis=0)\n"
ELSEWHERE = "Xt = np.linspace(0, 255, 240).reshape(60, 4)\n"


@pytest.mark.parametrize(
    ("prepared", "line", "right"),
    [
        (f"S = np.copy(X)\n{COLUMNS}X = S", COLUMNS.splitlines()[1], "(Xt - m) / s"),
        (f"S = np.zeros_like(X)\n{COLUMNS}X = S", COLUMNS.splitlines()[1], "(Xt - m) / s"),
        (
            "scale = lambda c: (c - c.mean()) / c.std()\nX = np.apply_along_axis(scale, 0, X)",
            "X = np.apply_along_axis(scale, 0, X)",
            "(Xt - m) / s",
        ),
        (f"{NORMALISED}{ELSEWHERE}X = X / s\nXt = (Xt - m) / s", "Xt = (Xt - m) / s", "Xt + m / s"),
    ],
)
def test_what_scales_samples_is_told_from_their_numbers_too(prepared, line, right, tmp_path):
    found, network, scope = told(tmp_path, prepared)
    assert [one[:2] for one in found] == [(line, "")]
    raw = {}
    exec(BASE.replace("PREPARED", NORMALISED), raw)
    made = eval(right, {**scope, "m": raw["m"], "s": raw["s"]})
    assert np.allclose(network.data().test_images, made, rtol=1e-9)


@pytest.mark.parametrize(
    ("later", "told"),
    [
        ("Xt = Xt / 127", "2.008 times as large"),
        ("Xt /= 127", "2.008 times as large"),
        ("Xt = (Xt - Xt.mean()) / Xt.std()", "`X / 255`"),
        ("Xt = Xt / 255", ""),
        ("Xt /= 255", ""),
    ],
)
def test_what_is_prepared_after_the_training_is_told_too(later, told, tmp_path):
    text = BASE.replace("PREPARED", "X = X / 255") + f"{later}\n" + WAYS["compared"]
    seen = read(tmp_path, text)
    assert seen.roles["test samples"]["text"] == "60 samples"
    found = [one for one in seen.seen if one.kind == "test-preparation"]
    assert [text.splitlines()[one.line - 1] for one in found] == [later] * bool(told)
    assert all(told in one.observed for one in found)


def test_statistics_of_their_own_are_a_note(tmp_path):
    prepared = f"def scaled(X):\n    {OWN}\n    return X\nX, Xt = scaled(X), scaled(Xt)"
    found, network, _ = told(tmp_path, prepared)
    assert [one[1] for one in found] == [NOTE]
    assert "by numbers of their own" in found[0][2]
    assert network.tests_on is not None


@pytest.mark.parametrize(
    "prepared",
    [
        "X, Xt = X / 255, Xt / 255",
        "m, s = X.mean(0), X.std(0)\nX = (X - m) / s\nXt = (Xt - m) / s",
        "every = np.vstack([X, Xt])\nevery -= every.mean(0)\nX, Xt = every[:90], every[90:]",
        "X = X / 255 + 0.01 * np.random.randn(90, 4)\nXt = Xt / 255",
        "X = (X / 255).reshape(90, 4)\nXt = Xt * (1 / 255)",
        f"{NORMALISED}Xt = np.linspace(-1, 1, 240).reshape(60, 4) * s + m",
        f"{NORMALISED}{ELSEWHERE}S = np.copy(X)\n{COLUMNS}X, Xt = S, (Xt - m) / s",
        "X = X / 255\nXt = (np.clip(Xt, 0, 250)[:60] / 255)[yt != 2]\nyt = yt[yt != 2]",
    ],
)
def test_samples_that_are_prepared_alike_are_not_told(prepared, tmp_path):
    found, network, scope = told(tmp_path, prepared)
    assert not found
    assert network.tests_on is None
    assert np.array_equal(network.data().test_images, scope["Xt"])


def test_it_is_kept_in_a_file_and_undone_with_the_sound_answer(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", sys.path[:])
    text = BASE.replace("PREPARED", "X = X / 255 - 0.5") + WAYS["compared"]
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    kept = tmp_path / "kept.py"
    assert cli.main(["new", str(kept), "--from", str(tmp_path / "mine.py")]) == 0
    network = load_network(str(kept))
    data = network.data()
    trainer = Trainer(data=data, epochs=network.epochs)
    author = look_at(network, trainer, 0)
    assert "answer" in author.differing
    sound = exchanged(author, {"answer"})
    run = trainer.run(network, 0)
    assert trainer.run(sound, 0) is run
    assert np.allclose(trainer.rows(network, "test_images"), 255 * (data.test_images + 0.5))
    assert np.array_equal(trainer.rows(sound, "test_images"), data.test_images)
    scores = [score(trainer.symptoms(one, run)) for one in (network, sound)]
    assert scores[0] < scores[1]


def test_what_is_prepared_in_place_after_the_training_is_prepared(tmp_path):
    text = BASE.replace("PREPARED", "X = X / 255") + "Xt /= 255\n" + WAYS["compared"]
    seen = read(tmp_path, text)
    assert seen.roles["test samples"]["text"] == "60 samples"
    assert not [one for one in seen.seen if one.kind == "test-preparation"]


@pytest.mark.parametrize("way", ["compared", "one by one", "first all answers"])
def test_a_split_that_leaves_one_class_to_test_on_is_told(way, tmp_path):
    split = (
        "rank = np.argsort(labels, kind='stable')\nX, labels = X[rank], labels[rank]\n"
        "Xt, yt = X[75:], labels[75:]\nX, Y = X[:75], np.eye(3)[labels[:75]]"
    )
    text = BASE.replace("PREPARED", split) + WAYS[way]
    seen = read(tmp_path, text)
    (one,) = (one for one in seen.seen if one.kind == "sorted-split")
    line = text.splitlines()[one.line - 1]
    assert line.startswith("Xt, yt = X[75:]" if way == "compared" else ("print", "said"))
    assert "all 15 that it tests on are of class 2" in one.observed
    assert "split anew" in seen.roles["test samples"]["text"]
    scope = {}
    exec(text[: text.index("W1")], scope)
    data = seen.network.data()
    assert (len(data.labels), len(data.test_labels)) == (75, 15)
    assert len(np.unique(data.test_labels)) == 3
    every = [*zip(data.images, data.labels, strict=True)]
    every += zip(data.test_images, data.test_labels, strict=True)
    whole = {row.tobytes(): label for row, label in zip(scope["X"], scope["Y"], strict=True)}
    known = {row.tobytes(): 2 for row in scope["Xt"]}
    for row, label in every:
        key = np.asarray(row).tobytes()
        assert label == (known[key] if key in known else whole[key].argmax())


def test_a_fold_of_a_class_that_is_never_trained_on_is_told(tmp_path):
    split = (
        "rank = np.argsort(labels, kind='stable')\nX, labels = X[rank], labels[rank]\n"
        "test = np.flatnonzero(labels == 2)\ntrain = np.setdiff1d(np.arange(90), test)\n"
        "Xt, yt = X[test], labels[test]\n"
        "X, Y = np.array([X[k] for k in train]), np.eye(3)[labels[train]]"
    )
    seen = read(tmp_path, BASE.replace("PREPARED", split) + WAYS["compared"])
    (one,) = (one for one in seen.seen if one.kind == "sorted-split")
    assert "are of class 2, and 0 of the" in one.observed


def test_a_sound_input_is_one_for_test_samples_too(tmp_path):
    text = BASE.replace("PREPARED", "X = X / 255 - 0.5") + WAYS["compared"]
    network = read(tmp_path, text).network
    trainer = Trainer(data=network.data(), epochs=network.epochs)
    author = look_at(network, trainer, 0)
    assert not np.allclose(
        *(trainer.rows(network, one).mean() for one in ("images", "test_images"))
    )
    sound = exchanged(author, {"input"})
    rows = [trainer.rows(sound, one).mean() for one in ("images", "test_images")]
    assert np.allclose(*rows, atol=0.2)


def test_a_column_of_ones_that_is_put_beside_samples_hides_nothing(tmp_path):
    prepared = "X = np.c_[X / 255, np.ones(90)]\nXt = np.column_stack([Xt, np.ones(60)])"
    text = BASE.replace("PREPARED", prepared).replace("randn(4, 6)", "randn(5, 6)")
    seen = read(tmp_path, text + WAYS["compared"])
    (one,) = (one for one in seen.seen if one.kind == "test-preparation")
    assert "they are 255 times as large" in one.observed or "in the middle 255" in one.observed
    made = seen.network.data().test_images
    scope = {}
    exec(text, scope)
    assert np.allclose(made[:, :4] * 255, scope["Xt"][:, :4])
    assert np.array_equal(made[:, 4], np.ones(60))


LAID = {
    "transposed in the training alone": (
        "X = X.reshape(90, 2, 2).transpose(0, 2, 1).reshape(len(X), -1)\n"
        "Xt = Xt.reshape(60, 2, 2)\nXt = Xt.reshape(len(Xt), -1)\nX, Xt = X / 255, Xt / 255",
        "Xt = Xt.reshape(len(Xt), -1)",
    ),
    "transposed in the test alone": (
        "X, Xt = X.reshape(90, 2, 2), Xt.reshape(60, 2, 2)\nX = X.reshape(90, 4) / 255\n"
        "Xt = Xt.swapaxes(1, 2).reshape(60, 4)\nXt = Xt / 255",
        "Xt = Xt.swapaxes(1, 2).reshape(60, 4)",
    ),
    "in another order": (
        "X = X.reshape(90, 2, 2).reshape(90, 4) / 255\n"
        "Xt = np.array([one.reshape(2, 2).ravel(order='F') for one in Xt]) / 255",
        "",
    ),
    "columns chosen": (
        "X = X / 255\nXt = Xt[:, [1, 0, 2, 3]]\nXt = Xt / 255", "Xt = Xt[:, [1, 0, 2, 3]]",
    ),
    "alike": ("X, Xt = (one.reshape(-1, 2, 2).reshape(-1, 4) / 255 for one in (X, Xt))", ""),
    "some samples": (
        "X, Xt = X[:, :][3:83] / 255, Xt[:50][:, :] / 255\n"
        "labels, yt = labels[3:83], yt[:50]\nY = Y[3:83]",
        "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", LAID)
def test_where_test_samples_are_laid_out_otherwise_is_known_of_those_that_are(case, tmp_path):
    prepared, line = LAID[case]
    text = BASE.replace("PREPARED", prepared) + WAYS["compared"]
    row = read(tmp_path, text).roles["test samples"]
    laid = row.get("laid")
    assert (text.splitlines()[laid - 1] if laid else "") == line, row


def test_memory_that_is_gone_is_not_another_array_s():
    sources = Sources(SimpleNamespace(nodes=[]), SimpleNamespace(starts=[0]), made_whole=False)
    samples = np.zeros((5, 2))
    sources.note_on(1, "store", "", (samples[:3], 0, 1.0), None)
    place = id(samples)
    assert place in sources.written
    del samples
    assert place not in sources.written
