"""What every command needs at the terminal: common options, the clock, files.

Personal data comes from a prompt or from standard input, never from the command line: the list of
processes and the shell's history show arguments.
"""

import sys
from contextlib import suppress
from datetime import UTC, datetime
from getpass import GetPassWarning
from pathlib import Path
from typing import Annotated, Any, TypeVar
from warnings import catch_warnings, simplefilter

import msgspec
import typer
from msgspec import Struct

from tongxing.gateway.cli.failing import USAGE, CommandFailed
from tongxing.gateway.operation.files import read_at_most
from tongxing.keys.public_key_file import read_public_keys
from tongxing.keys.strict_json import without_byte_order_mark
from tongxing.keys.suites import InvalidKey
from tongxing.keys.token_check import ClientKey
from tongxing.schema import DocumentKind, Purpose
from tongxing.schema.characters import handed_over
from tongxing.schema.divisions import division_code

FILE_MAX_BYTES = 1 << 20
"""Room for all keys that a hub ever publishes. Error: CommandFailed."""


def now() -> datetime:
    return datetime.now(UTC)


def read_json_object(file: Path) -> dict[str, Any]:
    """Raises CommandFailed, which names the file."""
    try:
        octets = without_byte_order_mark(_content(file))
        return msgspec.json.decode(octets, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeError):
        raise CommandFailed(f"{file} 不是 JSON 对象，请核对文件 is not a JSON object") from None


def read_keys(file: Path) -> tuple[ClientKey, ...]:
    """Public keys. Raises CommandFailed, which names the file and the reason."""
    try:
        return read_public_keys(_content(file))
    except InvalidKey as error:
        raise CommandFailed(
            f"{file} 不是可用的公钥，请核对文件 is no usable public key: {error}"
        ) from None


def _content(file: Path) -> bytes:
    try:
        content = read_at_most(file, FILE_MAX_BYTES)
    except OSError as error:
        raise CommandFailed(
            f"{file} 无法读取，请核对路径和权限 cannot be read ({error.strerror})"
        ) from None
    if len(content) > FILE_MAX_BYTES:
        raise CommandFailed(f"{file} 过大，请核对文件 is too large: is it the right file?")
    return content


class _NoRegion(CommandFailed):
    exit_code = USAGE


def _region(text: str) -> str:
    try:
        return division_code(text)
    except ValueError:
        raise _NoRegion(
            "地区须为现有的六位行政区划代码（GB/T 2260），如 321100 "
            "a region is the six digits of a division that there is (GB/T 2260), such as 321100"
        ) from None


def regions_checked(texts: list[str] | None) -> list[str]:
    return [_region(text) for text in texts or ()]


def _region_or_none(text: str | None) -> str | None:
    return None if text is None else _region(text)


_REGION = typer.Option(
    metavar="CODE",
    show_default=False,
    help="接收地 The receiving region, GB/T 2260",
    callback=_region_or_none,
)
_PURPOSE = typer.Option(
    metavar="PURPOSE", show_default=False, help=f"用途 One of {', '.join(Purpose.__members__)}"
)
RegionOption = Annotated[str, _REGION]
OptionalRegionOption = Annotated[str | None, _REGION]
PurposeOption = Annotated[Purpose, _PURPOSE]
OptionalPurposeOption = Annotated[Purpose | None, _PURPOSE]
"""Neither has a default: region and purpose decide who is admitted."""

RegionsOption = Annotated[
    list[str],
    typer.Option(metavar="CODE", help="地区 A receiving region", callback=regions_checked),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="输出 JSON Print the answer as one JSON object")
]


class _MissingOption(CommandFailed):
    exit_code = USAGE


T = TypeVar("T")


def required(value: T | None, option: str) -> T:
    """The value of an option that only some ways of a command need. Raises CommandFailed."""
    if value is None:
        raise _MissingOption(f"缺少选项，请补上 {option} is missing")
    return value


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
            "个人信息不能写在命令行上：不写则会提示输入，写“-”则从标准输入读取 "
            "personal data is not taken on the command line: leave it out to be asked for it, "
            "or give “-” and write it to standard input"
        )
    return source == FROM_STDIN


def read_document(source: str | None) -> DocumentInput:
    """From standard input as ``{"kind", "number", "name"}``, or from a prompt that does not show
    the number."""
    if reads_stdin(source):
        return _decoded(text_of(sys.stdin.buffer.read()))
    kind = _typed("证件类型 kind", default=DocumentKind.RESIDENT_ID.value)
    if kind not in DocumentKind.__members__:
        raise CommandFailed(
            f"证件类型须为下列之一 the kind must be one of {', '.join(DocumentKind.__members__)}"
        )
    name = _typed("姓名 name")
    number = _typed("证件号码（不显示）number (not shown)", hide_input=True)
    return DocumentInput(DocumentKind[kind], number, name)


def _decoded(text: str) -> DocumentInput:
    try:
        return msgspec.json.decode(text, type=DocumentInput)
    except (msgspec.MsgspecError, UnicodeError):
        raise CommandFailed(
            "标准输入不是证件，应写作 standard input is not a document: "
            '{"kind": "RESIDENT_ID", "number": …, "name": …}'
        ) from None


def read_text(source: str | None, prompt: str) -> str:
    """One text, from standard input or from a prompt that does not show it."""
    if reads_stdin(source):
        return handed_over(text_of(sys.stdin.buffer.read())).strip()
    return ask_hidden(prompt)


def text_of(octets: bytes) -> str:
    """``octets`` in UTF-8, with or without a byte order mark, or else in GB 18030, of which GBK and
    GB 2312 are parts: scanners and terminals in China send both. Raises CommandFailed."""
    for encoding in ("utf-8-sig", "gb18030"):
        with suppress(UnicodeDecodeError):
            return octets.decode(encoding)
    raise CommandFailed(
        "标准输入既非 UTF-8 也非 GB 18030，请核对扫描枪或文件的编码 "
        "standard input is neither UTF-8 nor GB 18030"
    )


def ask_hidden(prompt: str) -> str:
    """One text from a prompt that does not show it. Raises CommandFailed."""
    return _typed(prompt, hide_input=True)


def _typed(prompt: str, **options: Any) -> str:
    try:
        with catch_warnings():
            simplefilter("error", GetPassWarning)  # else it goes on, and the number is shown
            typed = str(typer.prompt(prompt, **options))
        return text_of(typed.encode("utf-8", "surrogateescape")).strip()
    except GetPassWarning:
        raise CommandFailed(
            "此处不能隐藏输入：请改用终端，或写“-”从标准输入读取 what is typed here would be "
            "shown: use a terminal, or give “-” and write to standard input"
        ) from None
    except UnicodeError:
        raise CommandFailed(
            "输入的编码与终端不符，请改用 UTF-8 终端，或经标准输入给出 "
            "what was typed is not in the terminal's encoding: use a UTF-8 terminal, or standard "
            "input"
        ) from None
