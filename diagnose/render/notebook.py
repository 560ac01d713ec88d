"""The report as an HTML fragment, for a notebook's cell.

Its style names only what stands inside the fragment, so that it cannot change the notebook.
"""

from __future__ import annotations

from diagnose.render import html
from diagnose.report import Report


def render(report: Report) -> str:
    """Write the report as an HTML fragment."""
    return html.filled("notebook.html.j2", report)
