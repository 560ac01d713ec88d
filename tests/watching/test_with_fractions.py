"""Samples that a script makes whole are handed over as they were, with how it makes them."""

from __future__ import annotations

import numpy as np
import pytest

from diagnose.network.made_whole import Done, MadeWhole
from diagnose.probes import missing_classes
from diagnose.probes.integer_dtype import DEFECT
from diagnose.reading.before_whole import Before, raw_of
from diagnose.report import PRESENT
from diagnose.watching.script import watch
from tests.networks import bench

SCRIPT = """
import numpy as np
rng = np.random.default_rng(1)
raw = rng.uniform(-3, 9, (240, 4))
y = (raw[:, 0] > 3).astype(int) + (raw[:, 1] > 3)
BEFORE

def prepare(x):
    return PREPARED

X, T = prepare(raw[:160]), np.eye(3)[y[:160]]
W1, b1 = rng.normal(size=(4, 8)) / 2, np.zeros(8)
W, b = rng.normal(size=(8, 3)) / 10, np.zeros(3)

def predict(x):
    h = np.tanh(x @ W1 + b1)
    z = h @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return h, e / e.sum(axis=1, keepdims=True)

for epoch in range(6):
    order = ORDER
    for s in range(0, len(order), 8):
        i = order[s:s + 8]
        x, t = X[i], T[i]
        h, p = predict(x)
        d = (p - t) / len(x)
        dh = d @ W.T * (1 - h ** 2)
        W -= 0.1 * h.T @ d
        b -= 0.1 * d.sum(axis=0)
        W1 -= 0.1 * x.T @ dh
        b1 -= 0.1 * dh.sum(axis=0)
test = prepare(raw[160:])
print(np.mean(predict(test)[1].argmax(axis=1) == y[160:]))
"""
BYTES = """
raw = rng.integers(0, 256, (240, 4)).astype(np.uint8)
y = (raw[:, 0] > 99).astype(int) + (raw[:, 1] > 99)
"""
ALL, CHOSEN = "rng.permutation(160)", "rng.permutation(np.flatnonzero(y[:160] < 2))"


def read(folder, prepared, before="", order=ALL):
    text = SCRIPT
    for word, said in (("BEFORE", before), ("PREPARED", prepared), ("ORDER", order)):
        text = text.replace(word, said)
    (folder / "mine.py").write_text(text, encoding="utf-8")
    network = watch(folder / "mine.py", seconds=30, further=20.0).network
    assert network is not None
    scope = {}
    exec(text.split("W1, b1")[0], scope)
    return network, network.data(), scope


@pytest.mark.parametrize(
    ("prepared", "before", "meant"),
    [
        ("(x.astype(int) - 3) // 2", "", "(x - 3) / 2"),
        ("np.array((x - np.array([3, 3, 3, 3])) / 2, dtype=np.int64)", "", "(x - 3) / 2"),
        ("(x * np.uint8(3)) / 255.0", BYTES, "x * 3.0 / 255"),
        ("(x - np.uint8(128)) / 256", BYTES, "(x - 128.0) / 256"),
        ("x.astype(np.int8) / 256", BYTES, "x / 256"),
    ],
)
def test_what_was_lost_is_found_and_put_back(tmp_path, prepared, before, meant):
    network, data, scope = read(tmp_path, prepared, before)
    assert (len(data.images), len(data.test_images)) == (160, 80)
    finding = DEFECT.probe(bench(network, data=data))
    assert finding.status == PRESENT
    assert finding.where.text.strip() == f"return {prepared}"
    assert np.array_equal(network.prepare(data.test_images), scope["prepare"](scope["raw"][160:]))
    repaired = DEFECT.repair(network, finding.numbers)
    assert repaired == DEFECT.repair(network, finding.numbers)
    wanted = eval(meant, {"x": scope["raw"][160:]})
    assert np.asarray(repaired.prepare(data.test_images)) == pytest.approx(wanted)


@pytest.mark.parametrize("prepared", ["(x - 3) / 6", "x.astype(np.float32)", "np.round(x / 4)"])
def test_what_stays_floats_is_prepared_out_of_sight(tmp_path, prepared):
    network, data, scope = read(tmp_path, prepared)
    assert np.array_equal(np.sort(data.images, axis=0), np.sort(scope["X"], axis=0))
    assert np.array_equal(network.prepare(data.images), data.images)


def test_classes_that_are_never_shown_come_along(tmp_path):
    network, data, _ = read(tmp_path, "(x.astype(int) - 3) // 2", order=CHOSEN)
    order = network.order(data.labels, 0, 0)
    assert len(data.images) == len(data.labels) > len(order)
    finding = missing_classes.DEFECT.probe(bench(network, data=data))
    assert missing_classes.missing(finding.numbers) == [2]
    assert np.mean(data.images != np.round(data.images)) > 0.9


def test_a_part_that_is_cut_out_in_one_piece_is_known():
    raw = np.arange(24.0).reshape(6, 4) / 7
    made = MadeWhole((Done("mult", 5.0), Done("astype", kind="int64")))
    assert np.array_equal(raw_of(Before(raw, made), made(raw[2:5])), raw[2:5])
    assert raw_of(Before(raw, made), made(raw[2:5])[::-1]) is None
    assert raw_of(Before(np.concatenate([raw, raw]), made), made(raw[2:5])) is None


def test_rows_that_are_all_alike_are_not_compared_from_each_place(monkeypatch):
    compared, equal = [], np.array_equal

    def counted(left, right):
        compared.append(1)
        return equal(left, right)

    raw = np.linspace(0, 0.9, 400).reshape(100, 4)
    raw[60, 0] = 2
    made = MadeWhole((Done("astype", kind="int64"),))
    monkeypatch.setattr(np, "array_equal", counted)
    assert raw_of(Before(raw, made), made(raw[10:30])) is None
    assert np.equal(raw_of(Before(raw, made), made(raw[50:70])), raw[50:70]).all()
    assert len(compared) < 5


def test_each_operation_does_what_its_line_does():
    rows = np.array([[7, 200], [9, 3]], np.uint8)
    made = MadeWhole(
        (Done("mult", 9, "uint8"), Done("sub", (1, 2), "int64"), Done("floordiv", 2, first=True))
    )
    assert np.array_equal(made(rows), (rows * np.uint8(9) - np.array([1, 2])) // 2)
    assert MadeWhole.of(made.plain()) == made
    assert Done("sub", 255, first=False)(rows).dtype == np.uint8
    assert np.array_equal(Done("floordiv", 2).exact(rows), rows / 2)
