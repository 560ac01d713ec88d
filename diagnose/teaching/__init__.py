"""What the teaching notebooks use: predict, observe, probe, explain, hint, verify, and pictures.

Nothing here knows the answer to a task. A network is trained, probed and judged by the same code
that makes a report; what a notebook asks and hints at stands in ``texts/``, a file per notebook.

For others: what stands below.
Uses: style, report, network, data, symptoms, training, instruments, causes, probes, examining,
    testing.
"""

from diagnose.teaching.checks import NotYetError, check, findings, present, verify, verify_numbers
from diagnose.teaching.hinting import hint, hints
from diagnose.teaching.looking import Observation, Probed, mend, observe, plant, probe
from diagnose.teaching.mysteries import PLANTED, against, mystery, verify_diagnosis, verify_network
from diagnose.teaching.predictions import Prediction, explain, predict
from diagnose.teaching.printing import narrow, say
from diagnose.teaching.showing import Picture, class_bars, digit_row, picture

__all__ = [
    "PLANTED",
    "NotYetError",
    "Observation",
    "Picture",
    "Prediction",
    "Probed",
    "against",
    "check",
    "class_bars",
    "digit_row",
    "explain",
    "findings",
    "hint",
    "hints",
    "mend",
    "mystery",
    "narrow",
    "observe",
    "picture",
    "plant",
    "predict",
    "present",
    "probe",
    "say",
    "verify",
    "verify_diagnosis",
    "verify_network",
    "verify_numbers",
]
