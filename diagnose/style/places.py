"""How a line of somebody's code is called."""

from __future__ import annotations

from keyword import iskeyword

# The lines of a notebook's cells are numbered through: 3005 is line 5 of the third code cell.
# What a network is called by which a file hands one over.
NETWORK = "NETWORK"
NOTEBOOK = ".ipynb"
LINES_OF_A_CELL = 1000


def line_in(file: str, line: int) -> str:
    """A line as it is called in its file: ``12``, in a notebook ``In[3]:5``."""
    if not file.endswith(NOTEBOOK):
        return str(line)
    cell, within = divmod(line, LINES_OF_A_CELL)
    return f"In[{cell}]:{within}"


def placed(file: str, line: int) -> str:
    """A line with its file: ``my_script.py:12``, ``my_notebook.ipynb:In[3]:5``."""
    return f"{file}:{line_in(file, line)}"


def is_head(text: str) -> bool:
    """Whether a line is nothing but the head of a block, as of a loop or a function."""
    words = text.split(maxsplit=1)
    return bool(words) and text.rstrip().endswith(":") and iskeyword(words[0])
