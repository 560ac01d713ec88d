"""The programs of ``networks/`` as somebody would run them: no builder is called.

A number is printed at the end, of samples held out.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from diagnose.data import carried

CARRIED = ("from diagnose.data import carried\n", "carried()")
BUILDER = re.compile(r"^from diagnose\.builders import .*\n\n?|^NETWORK = [\s\S]*", re.MULTILINE)
ARRAYS = ("images", "labels", "test_images", "test_labels")
ENDS = {
    "classes": 'print("accuracy", np.mean(outputs.argmax(axis=1) == labels))',
    "threshold": 'print("accuracy", np.mean((outputs[:, 0] > THRESHOLD) == labels))',
    "numbers": 'print("mean squared error", np.mean((outputs[:, 0] - labels) ** 2))',
}
END = """if __name__ == "__main__":
    _, _, samples, labels = load()
    outputs = predict(learn(0), samples)
    {}
"""


def as_script(text: str, folder: Path) -> str:
    """A program as somebody would run it: no builder is called, and a number is printed.

    Digits are read from a file, which is written into the folder.
    """
    if CARRIED[0] in text:
        digits = folder / "digits.npz"
        data = carried()
        np.savez(digits, **{name: getattr(data, name) for name in ARRAYS})
        text = text.replace(CARRIED[0], "").replace(CARRIED[1], f"np.load({str(digits)!r})")
        text = re.sub(rf"\bd\.({'|'.join(ARRAYS)})\b", r'd["\1"]', text)
    numbers = "numbers" if "classes=0" in text else "classes"
    kind = "threshold" if "THRESHOLD = " in text else numbers
    end = ENDS[kind]
    if "def accuracy(" in text:  # the program's own, as it is or with a fault
        laid_out = "outputs.T" if 'layout="columns"' in text else "outputs"
        end = f'print("accuracy", accuracy({laid_out}, labels))'
    return BUILDER.sub("", text).rstrip() + "\n\n\n" + END.format(end)
