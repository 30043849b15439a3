"""What every command needs at the terminal: common options, the clock, files, one-line errors.

Personal data comes from a prompt or from standard input, never from the command line: the list of
processes and the shell's history show arguments.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from msgspec import Struct
from typer import TyperException

from tongxing.keys.public_key_file import read_public_keys
from tongxing.keys.strict_json import without_byte_order_mark
from tongxing.keys.suites import InvalidKey
from tongxing.keys.token_check import ClientKey
from tongxing.schema import DocumentKind, Purpose
from tongxing.schema.characters import handed_over

FAILED = 1
USAGE = 2
INTERNAL = 70
"""EX_SOFTWARE of sysexits(3): the fault is the program's, not the caller's."""


class CommandFailed(TyperException):
    """What went wrong and, if there is one, the way out. Never a traceback, never a value that
    was typed about a person."""

    exit_code = FAILED


def now() -> datetime:
    return datetime.now(UTC)


def read_json_object(file: Path) -> dict[str, Any]:
    """Raises CommandFailed, which names the file."""
    try:
        octets = without_byte_order_mark(file.read_bytes())
        return msgspec.json.decode(octets, type=dict[str, Any])
    except OSError as error:
        raise CommandFailed(f"{file} cannot be read ({error.strerror})") from None
    except (msgspec.MsgspecError, UnicodeError):
        raise CommandFailed(f"{file} is not a JSON object") from None


def read_keys(file: Path) -> tuple[ClientKey, ...]:
    """Public keys. Raises CommandFailed, which names the file and the reason."""
    try:
        return read_public_keys(file.read_bytes())
    except OSError as error:
        raise CommandFailed(f"{file} cannot be read ({error.strerror})") from None
    except InvalidKey as error:
        raise CommandFailed(f"{file}: {error}") from None


RegionOption = Annotated[
    str, typer.Option(metavar="CODE", help="接收地 The receiving region, GB/T 2260")
]
PurposeOption = Annotated[
    Purpose, typer.Option(metavar="PURPOSE", help=f"用途 One of {', '.join(Purpose.__members__)}")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="输出 JSON Print the answer as one JSON object")
]

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
    """A document as typed or piped in; the hub checks it."""

    kind: DocumentKind
    number: str
    name: str


class _OnTheCommandLine(CommandFailed):
    exit_code = USAGE


def reads_stdin(source: str | None) -> bool:
    """Raises CommandFailed if personal data was put on the command line after all."""
    if source not in (None, FROM_STDIN):
        raise _OnTheCommandLine(
            "personal data is not taken on the command line: leave it out to be asked for it, "
            "or give “-” and write it to standard input"
        )
    return source == FROM_STDIN


def read_document(source: str | None) -> DocumentInput:
    """From standard input as ``{"kind", "number", "name"}``, or from a prompt that does not show
    the number."""
    if reads_stdin(source):
        return _decoded(sys.stdin.buffer.read())
    kind = typer.prompt("证件类型 kind", default=DocumentKind.RESIDENT_ID.value)
    name = typer.prompt("姓名 name")
    number = typer.prompt("证件号码（不显示）number (not shown)", hide_input=True)
    if kind not in DocumentKind.__members__:
        raise CommandFailed(f"the kind must be one of {', '.join(DocumentKind.__members__)}")
    return DocumentInput(DocumentKind[kind], number, name)


def _decoded(octets: bytes) -> DocumentInput:
    try:
        return msgspec.json.decode(without_byte_order_mark(octets), type=DocumentInput)
    except (msgspec.MsgspecError, UnicodeError):
        raise CommandFailed(
            'standard input is not a document: {"kind": "RESIDENT_ID", "number": …, "name": …}'
        ) from None


def read_text(source: str | None, prompt: str) -> str:
    """One text, from standard input or from a prompt that does not show it."""
    if reads_stdin(source):
        return handed_over(sys.stdin.read()).strip()
    return str(typer.prompt(prompt, hide_input=True)).strip()
