"""How a command fails: one line, and an exit status. Imports nothing that takes long."""

from typer import TyperException

FAILED = 1
USAGE = 2
INTERNAL = 70
"""EX_SOFTWARE of sysexits(3): the fault is the program's, not the caller's."""


class CommandFailed(TyperException):
    """What went wrong and the way out, in Chinese and then in English. Never a traceback, never a
    value that was typed about a person."""

    exit_code = FAILED
