"""Edits of arrays that go together, where only one of them is changed; told by the source alone.

Labels that stay where they are while their samples are mixed, and test samples that stay in another
unit than those of the training.
"""

from __future__ import annotations
