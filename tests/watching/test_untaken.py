"""What steps would do for a reason that none of them met is said, and read is what they did."""

import pytest

from diagnose.watching.script import watch
from tests.watching.scripts import FLAT

NAMES = "gW2, gb2, gW1, gb1"
GRADIENTS = f"{NAMES} = a1.T @ d2, d2.sum(axis=0), x.T @ d1, d1.sum(axis=0)"
SCRIPT = (
    FLAT.replace("W2 -= lr * a1.T @ d2", f"{GRADIENTS}\n        CLIP\n        W2 -= lr * gW2")
    .replace("lr * d2.sum(axis=0)", "lr * gb2")
    .replace("lr * x.T @ d1", "lr * gW1")
    .replace("lr * d1.sum(axis=0)", "lr * gb1")
)


def told(tmp_path, clip, head=""):
    text = SCRIPT.replace("CLIP", clip.replace("\n", "\n        "))
    text = text.replace("lr = 0.3", f"lr = 0.3\n{head}")
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    seen = watch(path)
    assert seen.network is not None, seen.parted
    lines = text.splitlines()
    return [lines[one.line - 1].strip() for one in seen.seen if one.kind == "untaken-branch"]


RETURNS = """
def clipped(g, most=50):
    n = np.linalg.norm(g)
    if n <= most:
        return g
    return g * (most / n)
"""
BINDS = """
def clipped(g, most=50):
    n = np.linalg.norm(g)
    if n > most:
        g = g * (most / n)
    return g
"""
ALL = f"{NAMES} = [clipped(g) for g in ({NAMES})]"


@pytest.mark.parametrize(
    ("clip", "head", "line"),
    [
        (
            f"norm = np.linalg.norm(gW2)\nif norm > 50: {NAMES} = [g / norm for g in ({NAMES})]",
            "",
            f"if norm > 50: {NAMES} = [g / norm for g in ({NAMES})]",
        ),
        (
            f"for g in ({NAMES}):\n    if np.linalg.norm(g) > 50:\n        g *= 0.1",
            "",
            "if np.linalg.norm(g) > 50:",
        ),
        (ALL, BINDS, "if n > most:"),
        (ALL, RETURNS, "if n <= most:"),
        (
            "gW2 = gW2 if np.linalg.norm(gW2) < 50 else gW2 / np.linalg.norm(gW2)",
            "",
            "gW2 = gW2 if np.linalg.norm(gW2) < 50 else gW2 / np.linalg.norm(gW2)",
        ),
        (
            "grads = {'W2': gW2}\nif np.abs(grads['W2']).max() > 50:\n"
            "    grads['W2'] = np.clip(grads['W2'], -50, 50)\ngW2 = grads['W2']",
            "",
            "if np.abs(grads['W2']).max() > 50:",
        ),
    ],
)
def test_what_no_step_came_to_is_told(tmp_path, clip, head, line):
    assert told(tmp_path, clip, head) == [line]


@pytest.mark.parametrize(
    "clip",
    [
        # these are operations of each step, and read as such
        f"{NAMES} = [np.clip(g, -50, 50) for g in ({NAMES})]",
        "scale = min(1.0, 50 / np.linalg.norm(gW2))\ngW2 = gW2 * scale",
        "gW2[gW2 > 50] = 50",
        # what is done then is nothing that is stepped by, or keeps a divisor from being 0
        "if np.linalg.norm(gW2) > 50: print('large', gW2)",
        "norm = np.linalg.norm(gW2)\nif norm < 1e-12: norm = norm + 1e-12\ngW2 = gW2 / norm",
        "norm = np.linalg.norm(gW2)\nif norm == 0: norm = norm + 1\ngW2 = gW2 / norm",
        "if not np.isfinite(gW2).all(): gW2 = np.nan_to_num(gW2)",
        # what each step does
        "norm = np.linalg.norm(gW2)\nif norm < 50: gW2 = gW2 * 1.5",
        # and what no answer decides
        "if len(x) > 50: gW2 = gW2 / 2",
    ],
)
def test_what_steps_do_or_what_changes_nothing_in_them_stays_untold(tmp_path, clip):
    assert told(tmp_path, clip) == []
