"""What the teaching notebooks use: predict, observe, probe, explain, hint, verify, and pictures.

Nothing here knows the answer to a task. A network is trained, probed and judged by the same code
that makes a report; what a notebook asks and hints at stands in ``texts/``, a file per notebook.
"""

from diagnose.teaching.checks import NotYetError, check, findings, present, verify, verify_numbers
from diagnose.teaching.hinting import hint, hints
from diagnose.teaching.looking import Observation, Probed, mend, observe, plant, probe
from diagnose.teaching.mysteries import mystery, verify_diagnosis, verify_network
from diagnose.teaching.predictions import Prediction, explain, predict
from diagnose.teaching.showing import Picture, class_bars, digit_row, picture

__all__ = [
    "NotYetError",
    "Observation",
    "Picture",
    "Prediction",
    "Probed",
    "check",
    "class_bars",
    "digit_row",
    "explain",
    "findings",
    "hint",
    "hints",
    "mend",
    "mystery",
    "observe",
    "picture",
    "plant",
    "predict",
    "present",
    "probe",
    "verify",
    "verify_diagnosis",
    "verify_network",
    "verify_numbers",
]
