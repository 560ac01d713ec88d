"""A network that is asked without an activation with which it is trained."""

import pytest

from diagnose.patching.derivatives import arguments_of_slopes
from tests.patching.making import script, ways


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("return d * (d > 0)", "return d * (self.x > 0)"),
        ("return np.where(d > 0, d, 0.1 * d)", "return np.where(self.x > 0, d, 0.1 * d)"),
        ("d[d <= 0] = 0", "d[self.x <= 0] = 0"),
        ("d[d < 0] *= 0.1", "d[self.x < 0] *= 0.1"),
        ("return np.maximum(d, 0)", "return d * (self.x > 0)"),
        ("return np.maximum(0.0, d)", "return d * (self.x > 0)"),
        ("return np.clip(d, 0, None)", "return d * (self.x > 0)"),
    ],
)
def test_a_layer_takes_its_derivative_at_what_it_keeps_itself_first(line, wanted):
    made = script(
        "class Linear:\n    def run(self, x):\n        self.other = x  #: forward\n"
        "class Relu:\n    def run(self, x):\n        self.x = x  #: forward\n"
        f"    def back(self, d):\n        {line}  #: backward\n"
    )
    assert ways(made, arguments_of_slopes)[0] == [wanted]
