"""Renderers: each takes a Report and nothing else, and returns a string.

``RENDERERS`` maps a file's ending to the renderer for it. The modules are imported when they are
first used, so that choosing a renderer loads neither jinja2 nor rich nor matplotlib. ``aside`` has
the pictures of a page drawn by another process, while this one still looks for defects.

For others: what stands below, answer, screen, terminal, notebook, outsiders, part_words, aside.
Uses: errors, style, report, network, instruments, probes.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from diagnose.errors import BadInputError
from diagnose.report import Report

Renderer = Callable[[Report], str]


def _html(report: Report) -> str:
    from diagnose.render import html

    return html.render(report)


def _markdown(report: Report) -> str:
    from diagnose.render import markdown

    return markdown.render(report)


def _text(report: Report) -> str:
    from diagnose.render import terminal

    return terminal.render(report)


RENDERERS: dict[str, Renderer] = {
    ".html": _html,
    ".json": Report.to_json,
    ".md": _markdown,
    ".txt": _text,
}


def renderer_for(path: str | os.PathLike[str]) -> Renderer:
    """Choose the renderer by a file's ending; BadInputError if there is none for it."""
    ending = Path(path).suffix.lower()
    if ending not in RENDERERS:
        raise BadInputError(
            f"{os.fspath(path)}: no report can be written with the ending "
            f"{ending or 'missing'!r}; use one of {', '.join(RENDERERS)}"
        )
    return RENDERERS[ending]
