"""The post's own file, unmodified, on folders of JPEGs, is read as its adapter describes it."""

import os
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from buggy_reference import NETWORK
from buggy_reference.verbatim import POST
from diagnose.data import carried
from diagnose.network import script_process
from diagnose.watching import script

FOLDER = "C:\\Users\\Desktop\\MNIST - JPG - training\\"


@pytest.mark.skipif(os.name == "nt", reason="its paths lead out of the test's folder there")
def test_the_post_is_read_from_its_own_file(tmp_path, monkeypatch):
    monkeypatch.setattr(
        script_process, "subprocess", subprocess
    )  # started anew, as any reader's is
    digits = carried()
    shutil.copy(POST, tmp_path / "post.py")
    for one in range(10):
        (tmp_path / f"{FOLDER}{one}").mkdir()
        for at, index in enumerate(np.flatnonzero(digits.labels == one)[:12]):
            # what it lists, and what it opens: two names on this machine
            (tmp_path / f"{FOLDER}{one}" / f"{at}.jpg").touch()
            Image.fromarray(digits.images[index].astype(np.uint8)).save(
                tmp_path / f"{FOLDER}{one}\\{at}.jpg", format="JPEG"
            )
    seen = script.watch(tmp_path / "post.py", seconds=60)
    assert seen.parted is None
    read = seen.network
    assert [layer.activation for layer in read.layers] == ["relu", "relu", "softmax"]
    assert [(layer.weight, layer.bias) for layer in read.layers] == [
        ("w1", "b1"), ("w2", "b2"), ("w3", "b3"),
    ]  # fmt: skip
    assert (read.layout, read.batch_size, read.classes) == ("columns", 1, 10)
    assert (read.loss, read.epochs) == (NETWORK.loss, NETWORK.epochs)
    rates = [(read.learning_rate(epoch), NETWORK.learning_rate(epoch)) for epoch in range(10)]
    assert all(mine == pytest.approx(theirs) for mine, theirs in rates)
    data = read.data()
    assert (np.diff(data.labels) >= 0).all()
    assert data.images.max() > 200
    assert np.array_equal(read.order(data.labels, 1, 0), np.arange(120))

    parameters = NETWORK.init(0)
    x = data.images[:1].astype(float).T
    traces = [one.forward(parameters, x) for one in (read, NETWORK)]
    labels = data.labels[:1]
    mine, theirs = (
        one.backward(parameters, dict(trace), x, labels)
        for one, trace in zip((read, NETWORK), traces, strict=True)
    )
    assert all(np.array_equal(mine[name], theirs[name]) for name in parameters)
