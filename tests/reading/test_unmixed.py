"""Samples that a reshape mixed are known as they were, and the twin can have them."""

import numpy as np
import pytest

from diagnose.causes.exchange import exchanged, look_at
from diagnose.training.trainer import Trainer
from diagnose.watching.script import watch
from tests.watching.scripts import FLAT

PICTURES = """
pictures = np.random.randint(0, 256, (90, 2, 2))
labels = (pictures[:, 0, 0] > 127).astype(int) + (pictures[:, 0, 1] > 127)
Y = np.eye(3)[labels]
"""
DATA = FLAT[FLAT.index("X = ") : FLAT.index("W1 =")]


def read(folder, flattened):
    text = FLAT.replace(DATA, f"{PICTURES}{flattened}\n")
    (folder / "mine.py").write_text(text, encoding="utf-8")
    seen = watch(folder / "mine.py", seconds=30)
    assert seen.parted is None
    scope = {}
    exec(text, scope)
    return seen, scope


@pytest.mark.parametrize(
    ("flattened", "scale", "shift"),
    [
        ("X = (pictures.reshape(4, -1) / 255).T", 255, 0),
        ("X = pictures.reshape(4, 90).T / 255.0 - 0.5", 255, 0.5),
        ("X = ((pictures - 100) / 50).reshape(4, -1).T", 50, 2),
    ],
)
def test_they_are_what_they_would_be_had_nothing_mixed_them(flattened, scale, shift, tmp_path):
    seen, scope = read(tmp_path, flattened)
    assert [one.kind for one in seen.seen].count("mixed-samples") == 1
    network, data = seen.network, seen.network.data()
    whole = network.whole(data.images)
    right = scope["pictures"].reshape(90, 4) / scale - shift
    where = [int(np.flatnonzero((scope["X"] == one).all(axis=1))[0]) for one in data.images]
    assert np.allclose(whole, right[where])
    trainer = Trainer(data=data, epochs=network.epochs)
    author = look_at(network, trainer, 0)
    assert "data" in author.differing
    assert np.array_equal(trainer.rows(exchanged(author, {"data"})), whole)
    mixed, sound = (
        trainer.score(one, trainer.run(one, 0))
        for one in (exchanged(author, {"input"}), exchanged(author, {"data", "input"}))
    )
    assert mixed < sound - 0.2


@pytest.mark.parametrize(
    "flattened",
    [
        "X = pictures.reshape(90, 4) / 255",
        "X = pictures.reshape(90, -1).T.T / 255",
        "X = np.transpose(pictures, (1, 2, 0)).reshape(4, -1).T / 255",
    ],
)
def test_samples_that_nothing_mixed_are_let_alone(flattened, tmp_path):
    assert read(tmp_path, flattened)[0].network.whole is None


def test_features_scaled_one_by_one_afterwards_are_not_undone(tmp_path):
    text = "X = pictures.reshape(4, -1).T / 255\nX = (X - X.mean(axis=0)) / X.std(axis=0)"
    seen, _ = read(tmp_path, text)
    assert seen.network.whole is None
    assert [one.kind for one in seen.seen].count("mixed-samples") == 1
