"""How a report shows itself where it is printed, and at the end of a notebook's cell.

Renderers take a report, and a report knows none of them. The package's own ``__init__`` stands
above both and puts them here; each is imported when something is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

SHOWN_AS: dict[str, Callable[[Any], str]] = {}
