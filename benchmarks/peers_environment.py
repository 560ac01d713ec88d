"""An environment with JAX and PyTorch, for ``peers.py``; they are no part of this project."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
REQUIREMENTS = {"jax": "jax>=0.4.30", "torch": "torch>=2.2"}


def environment(where: Path) -> Path:
    """Make the environment, as far as it is not there yet, and give its Python."""
    where.mkdir(mode=0o700, parents=True, exist_ok=True)
    if hasattr(os, "getuid") and where.stat().st_uid != os.getuid():
        sys.exit(f"peers.py: {where} belongs to someone else")
    if not (where / "pyvenv.cfg").exists():
        if any(where.iterdir()):
            sys.exit(f"peers.py: {where} is not empty and not a virtual environment")
        print(f"Making an environment in {where}", file=sys.stderr)
        venv.create(where, with_pip=True)
    python = where / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    # Editable, so that it stays this checkout; again when what it requires may have changed.
    stamp, project = where / "installed.toml", CHECKOUT / "pyproject.toml"
    wanted = f"# {CHECKOUT}\n{project.read_text(encoding='utf-8')}"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        if not _install(python, "-e", str(CHECKOUT)):
            sys.exit("peers.py: this project cannot be installed there")
        stamp.write_text(wanted, encoding="utf-8")
    for package, requirement in REQUIREMENTS.items():
        if not _runs(python, f"import {package}") and not _install(python, requirement):
            print(f"{package} cannot be installed: going on without it", file=sys.stderr)
    return python


def _runs(python: Path, code: str) -> bool:
    return subprocess.run([python, "-I", "-c", code], stderr=subprocess.DEVNULL).returncode == 0


def _install(python: Path, *what: str) -> bool:
    print(f"Installing {what[-1]}", file=sys.stderr)
    options = ("--quiet", "--disable-pip-version-check")
    return subprocess.run([python, "-m", "pip", "install", *options, *what]).returncode == 0
