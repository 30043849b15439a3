"""How a command fails: one line for the person at the terminal, and an exit status."""

from typer import TyperException

FAILED = 1
USAGE = 2
INTERNAL = 70
"""EX_SOFTWARE of sysexits(3): the fault is the program's, not the caller's."""


class CommandFailed(TyperException):
    """What went wrong and, where there is one, the way out; never a traceback, never a value
    that somebody typed about a person."""

    exit_code = FAILED
