"""What every command needs at the terminal: the clock, named files, one-line errors.

Personal data comes from a prompt or from standard input, never from the command line: arguments
stand in the list of processes and in the shell's history.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from msgspec import Struct
from typer import TyperException

from tongxing.schema import DocumentKind

FAILED = 1
USAGE = 2
INTERNAL = 70
"""EX_SOFTWARE of sysexits(3): the fault is the program's, not the caller's."""


class CommandFailed(TyperException):
    """What went wrong and, where there is one, the way out; never a traceback, never a value
    that somebody typed about a person."""

    exit_code = FAILED


def now() -> datetime:
    return datetime.now(UTC)


def read_json_object(file: Path) -> dict[str, Any]:
    """Raises CommandFailed, which names the file."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
    except OSError as error:
        raise CommandFailed(f"{file} cannot be read ({error.strerror})") from None
    except (msgspec.MsgspecError, UnicodeError):
        raise CommandFailed(f"{file} is not a JSON object") from None


FROM_STDIN = "-"

SourceArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="-",
        show_default=False,
        help="“-”表示从标准输入读取，否则提示输入 “-” reads standard input; else it is asked for",
    ),
]


class DocumentInput(Struct, frozen=True, forbid_unknown_fields=True):
    """A document as it is typed or piped in; the hub checks it."""

    kind: DocumentKind
    number: str
    name: str


class _OnTheCommandLine(CommandFailed):
    exit_code = USAGE


def reads_stdin(source: str | None) -> bool:
    """Raises CommandFailed where something was put on the command line after all."""
    if source not in (None, FROM_STDIN):
        raise _OnTheCommandLine(
            "personal data is not taken on the command line: leave it out to be asked, "
            "or give “-” and write to standard input"
        )
    return source == FROM_STDIN


def read_document(source: str | None) -> DocumentInput:
    """From standard input as ``{"kind", "number", "name"}``, or asked for, the number unseen."""
    if reads_stdin(source):
        return _decoded(sys.stdin.buffer.read())
    kind = typer.prompt("证件类型 kind", default=DocumentKind.RESIDENT_ID.value)
    name = typer.prompt("姓名 name")
    number = typer.prompt("证件号码（不显示）number (not shown)", hide_input=True)
    if kind not in DocumentKind.__members__:
        raise CommandFailed(f"the kind is one of {', '.join(DocumentKind.__members__)}")
    return DocumentInput(DocumentKind[kind], number, name)


def _decoded(octets: bytes) -> DocumentInput:
    try:
        return msgspec.json.decode(octets, type=DocumentInput)
    except (msgspec.MsgspecError, UnicodeError):
        raise CommandFailed(
            'standard input is not a document: {"kind": "RESIDENT_ID", "number": …, "name": …}'
        ) from None


def read_text(source: str | None, prompt: str) -> str:
    """One text, from standard input or asked for; not shown while it is typed."""
    if reads_stdin(source):
        return sys.stdin.read().strip()
    return str(typer.prompt(prompt, hide_input=True)).strip()
