"""What others wrote steers no terminal, is no markup, and is not long, in any format."""

import json
import re
import time

import pytest

from diagnose.errors import BadInputError
from diagnose.render import html, markdown, notebook, terminal
from diagnose.render.outsiders import LONGEST, fit_to_show, visible
from diagnose.report import DEEPEST, from_json
from diagnose.style.text import UNSEEN
from tests.render.sample import one_symptom_report, post_report, probes_only_report

RENDERERS = [terminal.render, markdown.render, html.render, notebook.render]
SPELL = "\x1b[31m\x07\x9b1m\u202e\ud800\x00\u2028end"


def everywhere(value, text):
    """The JSON of a report with something put before every text, names and keys too."""
    if isinstance(value, dict):
        return {
            text + key if key in {"buggy_reference", "fixed", "class-order"} else key: everywhere(
                one, text
            )
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [everywhere(one, text) for one in value]
    return text + value if isinstance(value, str) else value


def spoiled(report, text):
    raw = everywhere(json.loads(report.to_json()), text)
    for one in raw["symptoms"].values():
        one["task"] = "classification"
    for several in raw["findings"].values():
        for one in several:
            one["status"] = one["status"].removeprefix(text)
    return from_json(json.dumps(raw))


@pytest.mark.parametrize("render", RENDERERS, ids=lambda one: one.__module__.rpartition(".")[2])
def test_no_format_says_what_a_terminal_obeys(render):
    text = render(spoiled(probes_only_report(), SPELL))
    assert not UNSEEN.search(text)
    assert "\\x1b[31m\\x07\\x9b1m" in text
    text.encode("utf-8")


def test_json_escapes_it_and_gives_it_back():
    report = spoiled(probes_only_report(), SPELL)
    text = report.to_json()
    assert not UNSEEN.search(text)
    assert from_json(text) == report
    assert from_json(text).network.name.startswith(SPELL)


def test_colours_of_ours_stay():
    assert "\x1b[" in terminal.render(post_report(), color=True)


def test_texts_of_megabytes_are_cut():
    started = time.perf_counter()
    text = markdown.render(spoiled(probes_only_report(), "x" * 200_000))
    assert time.perf_counter() - started < 5
    assert f"... ({200_000 + len('buggy_reference'):,} characters)" in text
    assert fit_to_show("y" * LONGEST) == "y" * LONGEST


def test_a_report_that_needs_nothing_is_unchanged():
    assert fit_to_show(post_report()) == post_report()
    assert visible("tab\tand\nline, é, 日本") == "tab\tand\nline, é, 日本"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a_b _c_", r"a_b \_c\_"),
        ("**bold** * star", r"\*\*bold\*\* \* star"),
        ("<b>&", "&lt;b&gt;&amp;"),
        ("[x](y)", r"[x\](y)"),
        ("[1, 2]", "[1, 2]"),
        ("$x$", r"\$x\$"),
        (r"\*", r"\\\*"),
        (r"C:\users", r"C:\users"),
        ("`<b>` and <b>", "`<b>` and &lt;b&gt;"),
        ("`<b>``", r"\`&lt;b&gt;\`\`"),
        ("``<b>`", r"\`\`&lt;b&gt;\`"),
        (r"\`<b>`", r"\\`<b>`"),
    ],
)
def test_markdown_of_others_is_text(text, expected):
    assert markdown._text(text) == expected


def test_markdown_of_ours_stays():
    assert markdown._bold("a * b") == r"**a \* b**"
    assert markdown._text(markdown._bold("a")) == "**a**"
    assert markdown._code("a`b") == "``a`b``"
    assert markdown._cell("a|b") == r"a\|b"
    assert markdown._paragraph("# no heading") == r"\# no heading"
    assert markdown._paragraph("-0.5 is left") == "-0.5 is left"


def test_names_of_defects_verdicts_and_statuses_are_text():
    raw = post_report().to_json().replace('"class-order"', '"<i>*x*"').replace('"cause"', '"<u>"')
    text = markdown.render(from_json(raw))
    assert "<i>" not in text
    assert "<u>" not in text
    assert r"&lt;i&gt;\*x\*" in text


def test_a_dollar_in_a_name_is_a_dollar():
    raw = one_symptom_report().to_json().replace("buggy_reference", r"$\\frac{1}{")
    page = html.render(from_json(raw))
    assert re.search(r"<text[^>]*>\$\\frac\{1\}\{", page)


def test_values_that_lie_too_deep():
    raw = json.loads(probes_only_report().to_json())
    raw["data"]["notes"] = json.loads("[" * DEEPEST + "]" * DEEPEST)
    for text in (json.dumps(raw), "[" * 100_000):
        with pytest.raises(BadInputError, match="nested too deeply"):
            from_json(text)
