"""Results that are written into arrays made once: read as if each made an array of its own."""

import numpy as np
import pytest

from diagnose.calculus.gradients import exact_gradients
from diagnose.watching.script import watch
from tests.watching.scripts import FLAT

MADE = """\
z, h = np.empty((16, 6)), np.zeros((16, 6))
out, d1 = np.empty((16, 3)), np.empty((16, 6))
"""
STEP = """\
        np.{product}, out=z{n})
        np.add(b1, z{n}, out=z{n})
        np.maximum(z{n}, 0, h{n})
        h{n}.dot(W2, out=out{n})
        out{n} += b2
        np.subtract(out{n}, out{n}.max(axis=1, keepdims=True), out=out{n})
        np.exp(out{n}, out=out{n})
        out{n} /= out{n}.sum(axis=1)[:, None]
        np.subtract(out{n}, y, out=out{n})
        out{n} /= len(x)
        np.matmul(out{n}, W2.T, out=d1{n})
        np.multiply(d1{n}, h{n} > 0, out=d1{n})
        np.dot(h{n}.T, out{n}, out=gW2)
        out{n}.sum(axis=0, out=gb2)
        gW1[:] = x.T @ d1{n}
        np.sum(d1{n}, axis=0, out=gb1)
        np.multiply(gW2, lr, out=gW2)
        np.subtract(W2, gW2, out=W2)
        b2 -= lr * gb2
        W1 -= lr * gW1
        b1 -= lr * gb1
"""
GRADIENTS = "gW1, gb1, gW2, gb2 = (np.empty_like(one) for one in (W1, b1, W2, b2))\n"


def buffered(rows="", n=""):
    """The flat script with a step that allocates nothing."""
    begin, end = FLAT.index("        z1 = "), FLAT.index("    print(epoch")
    step = rows + STEP.format(product="dot(x, W1", n=n)
    text = FLAT[:begin] + step + FLAT[end:]
    return text.replace("lr = 0.3\n", f"lr = 0.3\n{GRADIENTS}{MADE}")


WHOLE = buffered().replace("order[start:start + 16]", "order[start:start + 15]").replace("16", "15")
ROWS = "".join(f"        {one}n = {one}[:len(pick)]\n" for one in ("z", "h", "out", "d1"))
SCRIPTS = {"whole": WHOLE, "the first rows of each": buffered(ROWS, "n")}


def read(tmp_path, text):
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    return watch(tmp_path / "mine.py", seconds=30)


@pytest.mark.parametrize("style", SCRIPTS)
def test_what_is_written_into_buffers_is_read(style, tmp_path):
    seen = read(tmp_path, SCRIPTS[style])
    assert seen.parted is None
    network = seen.network
    assert [one.activation for one in network.layers] == ["relu", "softmax"]
    assert network.learning_rate(0) == 0.3
    data = network.data()
    parameters = network.init(1)
    rows, labels = data.images[:20], data.labels[:20]
    trace = dict(network.forward(parameters, rows))
    made = network.backward(parameters, trace, rows, labels)
    exact = exact_gradients(network, parameters, rows, labels)
    for name, gradient in exact.items():
        np.testing.assert_allclose(made[name], gradient, rtol=1e-6, atol=1e-9)


def test_what_is_carried_in_an_array_is_no_buffer(tmp_path):
    """The step before the last one is taken too: np.add(v, g, out=v), with v from before."""
    text = FLAT.replace("lr = 0.3\n", "lr = 0.1\nv, new = np.zeros((6, 3)), np.empty((6, 3))\n")
    text = text.replace(
        "W2 -= lr * a1.T @ d2",
        "np.multiply(v, 0.5, out=new); np.add(new, a1.T @ d2, out=v); W2 -= lr * v",
    )
    seen = read(tmp_path, text)
    assert seen.parted is None
    assert len(seen.network.update.state) == 1


def test_a_gradient_that_is_scaled_in_place_has_no_factor_of_the_rate(tmp_path):
    text = FLAT.replace("W2 -= lr * a1.T @ d2", "g = a1.T @ d2; g *= lr; W2 -= g")
    network = read(tmp_path, text).network
    assert network.learning_rate(0) == 0.3
    data = network.data()
    start = network.init(1)
    rows, labels = data.images[:20], data.labels[:20]
    made = network.backward(start, dict(network.forward(start, rows)), rows, labels)
    exact = exact_gradients(network, start, rows, labels)
    np.testing.assert_allclose(made["W2"], exact["W2"], rtol=1e-6)
