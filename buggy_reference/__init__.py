"""The code of the post, unchanged, as a network under test.

Importing this trains nothing. ``buggy_reference.post`` is a module of the functions in ``post.py``;
``python -m buggy_reference`` runs that file as it stands.
"""

from buggy_reference.network import NETWORK, REVISION
from buggy_reference.verbatim import learn_verbatim, post, run_verbatim

__all__ = ["NETWORK", "REVISION", "learn_verbatim", "post", "run_verbatim"]
