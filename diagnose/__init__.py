"""Find out why a hand-written neural network answers one class whatever you show it.

>>> from buggy_reference import NETWORK
>>> from diagnose import diagnose
>>> report = diagnose(NETWORK)
"""

from diagnose.errors import BadInputError
from diagnose.network import Layer, Network
from diagnose.report import Report, from_json
from diagnose.study import diagnose

__all__ = ["BadInputError", "Layer", "Network", "Report", "diagnose", "from_json"]
__version__ = "0.1.0"
