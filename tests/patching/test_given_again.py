"""What is given in any case, and what a print alone brings forward again."""

from contextlib import nullcontext
from types import SimpleNamespace

import libcst as cst

from diagnose.patching import patch
from diagnose.patching.printing import Likely
from diagnose.patching.source import Source


def test_an_edit_that_is_given_is_not_made_once_more(monkeypatch):
    source = Source(b"a = 1\nb = 2\n", "mine.py")
    given, other = (source.edit(node, "3", "order", "so") for node in source.of_type(cst.Integer))
    monkeypatch.setattr(patch, "mended_by_print", lambda *some, **more: [given, other])
    seen = []
    trials = SimpleNamespace(
        left=9.0, shared=lambda others: nullcontext(), printed=lambda edits: (True, "accuracy 0.5"),
        run=lambda edits: None,
    )  # fmt: skip
    report = SimpleNamespace(twin=None)
    search = SimpleNamespace(
        trials=trials, script=SimpleNamespace(network=SimpleNamespace(classes=3), report=report),
        with_right_gradients=lambda edits: seen.append(edits), smallest=lambda edits: None,
    )  # fmt: skip
    base = SimpleNamespace(given=[given])
    patch._quickly(search, base, source, Likely(first=[given, other], rest=[]), {"order"})
    assert seen == [[given, other]]
