"""The Markdown report: its text, its tables, and what it escapes."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sample import broken_report, healthy_report, post_report, probes_only_report

from diagnose.render import markdown
from diagnose.report import CodePair


@pytest.mark.parametrize(
    "report",
    [post_report(), probes_only_report(), healthy_report(), broken_report()],
    ids=["post", "probes only", "healthy", "nan"],
)
def test_text(report, snapshot):
    text = markdown.render(report)
    assert text == snapshot
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        cells = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(cells) == 1, table


def test_names_cannot_become_markup():
    text = markdown.render(broken_report("<b>&|x__y *z*"))
    assert "<b>" not in text
    assert r"&lt;b&gt;&amp;\|x\_\_y \*z\*" in text


def test_code_that_holds_a_fence_stays_inside_its_own():
    report = post_report()
    pair = CodePair(defect="class-order", found=[(1, "```")], repaired=[(2, "x")])
    text = markdown.render(replace(report, code=[pair]))
    assert "````diff\n- ```\n+ x\n````" in text
