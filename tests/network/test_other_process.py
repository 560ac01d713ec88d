"""How many processors there are for others."""

from __future__ import annotations

import pytest

from diagnose.network import other_process


@pytest.mark.parametrize(
    ("written", "expected"),
    [("150000 100000\n", 2), ("max 100000\n", 4), ("900000 100000\n", 4), ("50000 100000", 1)],
)
def test_a_container_may_have_a_share(monkeypatch, tmp_path, written, expected):
    monkeypatch.delenv("LOKY_MAX_CPU_COUNT", raising=False)
    monkeypatch.setattr(other_process, "SHARE", tmp_path / "cpu.max")
    monkeypatch.setattr(
        other_process.os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False
    )
    assert other_process.processors.__wrapped__() == 4
    (tmp_path / "cpu.max").write_text(written)
    assert other_process.processors.__wrapped__() == expected
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    assert other_process.processors.__wrapped__() == 1
