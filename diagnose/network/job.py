"""On Windows: a job, whose processes end when the last handle to it is closed, however that is."""

from __future__ import annotations

import ctypes
import struct
import subprocess
import sys
from contextlib import suppress
from functools import cache
from typing import Any

# Names and numbers of the Windows API.
KILL_ON_JOB_CLOSE, EXTENDED_LIMIT_INFORMATION = 0x2000, 9
# JOBOBJECT_EXTENDED_LIMIT_INFORMATION: of its fields the third holds the flags.
LIMITS = "@qqIPPIPII6Q4P"

if sys.platform == "win32":

    def take(process: subprocess.Popen[bytes]) -> None:
        """Let a process end with this one; where the system refuses, it does not."""
        with suppress(OSError, AttributeError):
            kernel, job = _job()
            kernel.AssignProcessToJobObject(job, ctypes.c_void_p(int(process._handle)))

    @cache
    def _job() -> tuple[Any, ctypes.c_void_p]:
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.CreateJobObjectW.restype = ctypes.c_void_p
        job = ctypes.c_void_p(kernel.CreateJobObjectW(None, None))
        limits = struct.pack(LIMITS, 0, 0, KILL_ON_JOB_CLOSE, *[0] * 16)
        kernel.SetInformationJobObject(job, EXTENDED_LIMIT_INFORMATION, limits, len(limits))
        return kernel, job
