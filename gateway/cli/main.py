"""The command ``tongxing``: lists the commands, and turns every failure into one line.

Refuses to show tracebacks: their frames hold what people typed. A command's file is loaded only if
that command is asked for: all of them together take a second of processor time to import.
"""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import entry_points, version
from io import TextIOWrapper
from typing import Annotated

import typer

from tongxing.gateway.cli.failing import FAILED, INTERNAL, CommandFailed

COMMANDS = "tongxing.commands"
"""The group of entry points with each command's function, by its name."""

FAULTS = "tongxing.faults"
"""The group of the one entry point that words faults for operators; it is loaded if there is one to
word."""

SUMMARIES = "tongxing.summaries"
"""The group of entry points by which another package says what its commands are for."""

_FIRST = ("demo", "init", "serve", "sandbox", "five-days")
"""The commands that a newcomer needs; ``--help`` lists them first if they are installed."""

_COMMANDS = {
    "serve": "运行互认平台 Run the hub",
    "init": "建立新平台 Make what a new hub needs, once",
    "query": "按证件查询 Ask about a traveler by document",
    "explain": "解释一次处置 Why an answer is what it is, and what would change it",
    "recognize": "凭回执重新判定 Make a decision again from its receipt",
    "verify": "验码，或离线验回执、存证 Verify a scanned code; a receipt or a proof offline",
    "gate": "查验点和闸机 A gate without a browser: codes in, JSON lines out; also offline",
    "sdl": "输出 GraphQL 结构 Print the GraphQL schema",
    "backup": "备份 Take a backup beside the running hub",
    "restore": "检查并恢复备份 Check a backup, and put it back",
    "new-issuer": "接入新系统 Begin a dialect of its own for a new code system",
    "doctor": "检查配置 Say what is wrong and how to mend it",
}
_GROUPS = {
    "hub": "平台自己的密钥 The hub's own keys",
    "client": "接入系统 The systems that may ask the hub",
    "coordinator": "协调人员 The people who look after recognition, and how they sign in",
    "trust": "信任列表 The signed trust list",
    "audit": "审计日志 The audit log",
    "document": "可信文档 Documents that clients name by their ids",
    "dialect": "方言词表 Dialects declared in signed files: check, publish",
    "policy": "互认政策 Recognition policies: check, test, compare",
}
"""Commands with commands of their own: the function makes all of them."""


def application(arguments: Sequence[str]) -> typer.Typer:
    """The application for ``arguments``: plain help, no rich tracebacks, no shell completion."""
    app = typer.Typer(
        name="tongxing",
        help="通行：健康码跨区域互认 Tongxing: mutual recognition of health codes across regions",
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(_options)
    asked = next((each for each in arguments if not each.startswith("-")), None)
    known = {entry.name: entry for entry in entry_points(group=COMMANDS)}
    for name, summary in _summaries().items():
        if name != asked:
            app.command(name, help=summary)(_not_asked_for)
        elif name in _GROUPS:
            app.add_typer(known[name].load()(), name=name, help=summary)
        else:
            app.command(name, help=summary)(known[name].load())
    return app


def _summaries() -> Mapping[str, str]:
    """What each command is for, in the order of ``--help``."""
    found = dict(_COMMANDS)
    for entry in entry_points(group=SUMMARIES):
        found |= entry.load()
    return {name: found[name] for name in sorted(found, key=_place)} | _GROUPS


def _place(name: str) -> int:
    return _FIRST.index(name) if name in _FIRST else len(_FIRST)


def _not_asked_for() -> None:
    """Stands for a command that is only listed."""


def _show_version(asked: bool) -> None:  # noqa: FBT001 - typer hands the value over by place
    if asked:
        typer.echo(f"tongxing {version('tongxing')}")
        raise typer.Exit


def _options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, hidden=True)
    ] = False,
) -> None:
    """What ``tongxing`` takes before a command."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line; its exit status. Every failure is one line on stderr: of ``serve`` a
    line of its log, unless somebody sits there."""
    status, said = _outcome(arguments)
    if said is not None:
        line = " ".join(said.split())
        is_logged = "serve" in arguments[:1] and not sys.stderr.isatty()
        typer.echo(_logged(line) if is_logged else f"tongxing: {line}", err=True)
    return status


def _logged(said: str) -> str:
    """Why the hub does not run, in the form of all other lines of its log."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = {"at": at, "said": said, "event": "not_running", "level": "error"}
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


def _outcome(arguments: Sequence[str]) -> tuple[int, str | None]:
    """The exit status, and what to say about it."""
    try:
        status = application(arguments)(
            list(arguments) or ["--help"], prog_name="tongxing", standalone_mode=False
        )
        sys.stdout.flush()  # if the disk is full, the last line fails here and not after the status
    except typer.TyperException as failure:
        return failure.exit_code, _said_by_typer(failure)
    except typer.Abort:
        return INTERRUPTED, "已中止 stopped"
    except OSError as error:
        return FAILED, _said_of(error)
    except Exception as error:  # noqa: BLE001 - the last fence: only a type name may be shown
        if words := _fault_words(error):
            return FAILED, words
        said = f"程序内部错误，请将本行告知维护人员 internal error ({type(error).__name__})"
        return INTERNAL, said
    return (status if isinstance(status, int) else 0), None


INTERRUPTED = 130


def _fault_words(error: Exception) -> str | None:
    """What ``error`` says if its text was written for operators."""
    (entry,) = entry_points(group=FAULTS)
    words: str | None = entry.load()(error)
    return words


def _said_of(error: OSError) -> str:
    reason = error.strerror or type(error).__name__
    told = f"文件或网络出错，请核对路径、权限和磁盘空间 {reason}"
    return told if error.filename is None else f"{error.filename} {told}"


def _said_by_typer(failure: typer.TyperException) -> str:
    """Our own failures are in both languages; those of the command line's library are not."""
    message = failure.format_message()
    if isinstance(failure, CommandFailed):
        return message
    return f"命令行写法有误，请用 --help 查看用法 {_without_what_was_typed(message)}"


def _without_what_was_typed(message: str) -> str:
    """The library repeats what it cannot use, and that may be a person's name or number. A word
    that could be a command or an option is repeated: it helps to find the slip."""
    if message.startswith("Got unexpected extra argument"):
        return (
            "多了参数；个人信息不能写在命令行上 too many arguments; personal data is not taken on "
            "the command line"
        )
    if unknown := _NO_SUCH.match(message):
        return message if _OURS.fullmatch(unknown["word"]) else unknown["what"]
    return _NOT_ONE_OF.sub("one of ", message)


_NO_SUCH = re.compile(r"(?P<what>No such (?:option|command))[ :']+(?P<word>[^' ]*)")
_NOT_ONE_OF = re.compile(r"Value error, .* is not one of ", re.DOTALL)
_OURS = re.compile(r"-{0,2}[a-z-]+\.?")


def main() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal that cannot show a character, such as ✔ in GBK, gets its number instead.
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))
