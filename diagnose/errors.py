"""What a person's mistake raises: it says what there is to know."""

from __future__ import annotations


class BadInputError(Exception):
    """Something that was handed in cannot be used.

    The message is one line that names the thing, says what is wrong with it and what to do.
    The command line prints it and ends with exit code 2; nothing has been written by then.
    """
