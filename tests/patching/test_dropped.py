"""A gradient that forgets the mask of dropout; what ends a training early; labels from 1 on."""

import pytest

from diagnose.patching.batches import whole_batches
from diagnose.patching.dropped import masked
from diagnose.patching.placed import into_their_loop
from tests.patching.making import changed, script, ways

FORWARD = (
    "class Net:\n"
    "    def forward(self, x):\n"
    "        self.z = x @ self.w1  #: forward\n"
    "        self.a = np.maximum(0, self.z)  #: forward\n"
    "        {mask}\n"
    "        {applied}  #: forward\n"
    "        return self.a @ self.w2  #: forward\n"
    "    def backward(self, x, d):\n"
)


@pytest.mark.parametrize(
    ("mask", "applied", "backward", "wanted"),
    [
        (
            "self.m = (np.random.rand(*self.a.shape) < KEEP) / KEEP", "self.a = self.a * self.m",
            "d = d * (self.z > 0)", "d = d * (self.z > 0) * self.m",
        ),
        (
            "self.m = np.random.rand(*self.a.shape) < KEEP", "self.a *= self.m / KEEP",
            "d *= self.z > 0", "d *= (self.z > 0) * (self.m / KEEP)",
        ),
        (
            "self.m = np.random.binomial(1, KEEP, self.a.shape)",
            "self.a = self.m * self.a / KEEP",
            "d = d @ self.w2.T * (1 - self.a ** 2)",
            "d = d @ self.w2.T * (1 - self.a ** 2) * self.m / KEEP",
        ),
    ],
)  # fmt: skip
def test_a_gradient_goes_through_the_mask_of_the_forward_pass(mask, applied, backward, wanted):
    text = FORWARD.format(mask=mask, applied=applied) + (
        f"        {backward}  #: backward\n        self.w1 -= 0.1 * x.T @ d  #: update\n"
    )
    made = script(text)
    assert ways(made, masked) == []  # without dropout there is nothing to go through
    made.network.dropout = [object()]
    assert ways(made, masked)[0] == [wanted]
    done = script(text.replace(backward, wanted))
    done.network.dropout = [object()]
    assert [wanted] not in ways(done, masked)
    assert not any(f"{wanted} * " in line for way in ways(done, masked) for line in way)


def test_a_mask_that_is_not_known_in_the_backward_pass_is_not_put_there():
    text = (
        "def forward(x):\n"
        "    m = np.random.rand(*x.shape) < 0.5\n"
        "    return x @ w * m  #: forward\n"
        "def backward(x, d):\n"
        "    d = d * (x > 0)  #: backward\n"
    )
    made = script(text)
    made.network.dropout = [object()]
    assert ways(made, masked) == []


def test_a_step_behind_the_loop_belongs_in_it():
    text = (
        "for k in range(9):  #: training loop\n"
        "    for w, g in zip(weights, grads):\n"
        "        change = 0.1 * g\n"
        "    w -= change  #: update\n"
    )
    made = script(text)
    (edit,) = into_their_loop(made.source)
    assert changed(made, edit) == ["w -= change"]
    apart = script(text.replace("w -= change  #", "v -= 0.1 * total  #"))
    assert [*into_their_loop(apart.source)] == []


@pytest.mark.parametrize(
    ("loop", "cut", "wanted"),
    [
        ("i in range(0, n, B)", "x[i:B]", "xb = x[i:i + B]"),
        ("i in range(0, n, 32)", "x[i:32]", "xb = x[i:i + 32]"),
        ("i in range(0, n, B)", "x[i:i + B]", None),
        ("i in range(0, n, B)", "x[i:n]", None),
        ("i in range(n)", "x[i:B]", None),
    ],
)
def test_a_batch_ends_so_many_samples_further(loop, cut, wanted):
    made = script(f"for {loop}:  #: training loop\n    xb = {cut}\n")
    assert ways(made, whole_batches) == ([[wanted]] if wanted else [])
