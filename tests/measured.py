"""``python -m`` as a process of its own, with what it took: processor time and memory.

The peak is read by the process itself at its end. What the system tells its parent (``ru_maxrss``)
counts the parent's own memory, from before the new program began.
"""

import os
import subprocess
import sys
from dataclasses import dataclass

_PROGRAM = """
import runpy, sys
module = sys.argv.pop(1)
try:
    runpy.run_module(module, run_name="__main__", alter_sys=True)
finally:
    with open("/proc/self/status") as status:
        print(*(line.split()[1] for line in status if line.startswith("VmHWM")), file=sys.stderr)
"""


@dataclass(frozen=True)
class Measured:
    """``status`` is negative if a signal ended the process."""

    status: int
    out: bytes
    cpu_seconds: float
    peak_bytes: int


def measured(module: str, *arguments: str, given: bytes = b"") -> Measured:
    """``python -m module arguments``, with ``given`` on its standard input."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", _PROGRAM, module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdin, process.stdout, process.stderr:
        process.stdin.write(given)
        process.stdin.close()
        out, errors = process.stdout.read(), process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Measured(
        process.returncode,
        out,
        usage.ru_utime + usage.ru_stime,
        int(errors.split()[-1]) * 1024,
    )
