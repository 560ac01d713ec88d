"""What a benchmark has measured by now, kept in a file so that it is not measured again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import diagnose


class Kept:
    """Results by key: in memory, and in a JSON file that is written whole after each."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.done: dict[str, Any] = {}
        if path is not None and path.exists():
            self.done = json.loads(path.read_text(encoding="utf-8"))

    def keep(self, key: str, value: Any) -> None:
        """Note a result."""
        self.done[key] = value
        if self.path is not None:
            fresh = self.path.with_suffix(".part")
            fresh.write_text(json.dumps(self.done, indent=0, sort_keys=True), encoding="utf-8")
            fresh.replace(self.path)


def digest(*texts: str) -> str:
    """A short hash of texts."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def digest_of_the_tool() -> str:
    """Changes with every file of the tool."""
    folder = Path(diagnose.__file__).parent
    return digest(*(one.read_text(encoding="utf-8") for one in sorted(folder.rglob("*.py"))))
