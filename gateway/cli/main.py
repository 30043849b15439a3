"""The command ``tongxing``: lists the commands, and turns every failure into one line.

Refuses to show tracebacks: their frames hold what people typed. Rests on one of typer's internals,
``CommandInfo``, to put the commands that the sandbox adds in their place.
"""

import sys
from collections.abc import Sequence
from importlib.metadata import entry_points, version
from io import TextIOWrapper
from typing import Annotated

import typer
from typer.models import CommandInfo

from tongxing.gateway.cli.audit_commands import audit_commands
from tongxing.gateway.cli.client_commands import client_commands
from tongxing.gateway.cli.doctor import doctor
from tongxing.gateway.cli.policy_commands import policy_commands
from tongxing.gateway.cli.query import explain, query
from tongxing.gateway.cli.recognize import recognize
from tongxing.gateway.cli.serve import serve
from tongxing.gateway.cli.terminal import FAILED, INTERNAL, CommandFailed
from tongxing.gateway.cli.trust_commands import trust_commands
from tongxing.gateway.cli.verify import verify
from tongxing.gateway.graphql.root import graphql_schema
from tongxing.gateway.operation.fault_words import TOLD, fault_words

ADDED = "tongxing.commands"
"""The group of entry points by which other packages add commands; the help is the docstring."""

_FIRST = ("demo", "serve", "sandbox", "five-days")
"""The commands that a newcomer needs; ``--help`` lists them first if they are installed."""


def sdl() -> None:
    typer.echo(graphql_schema().as_str())


_COMMANDS = (
    (serve, "运行互认平台 Run the hub"),
    (query, "按证件查询 Ask about a traveler by document"),
    (explain, "解释一次处置 Why an answer is what it is, and what would change it"),
    (recognize, "凭回执重新判定 Make a decision again from its receipt"),
    (verify, "验码或离线验回执 Verify a scanned code, or a receipt offline"),
    (sdl, "输出 GraphQL 结构 Print the GraphQL schema"),
    (doctor, "检查配置 Say what is wrong and how to mend it"),
)
_GROUPS = (
    (client_commands, "client", "接入系统 The systems that may ask the hub"),
    (trust_commands, "trust", "信任列表 The signed trust list"),
    (audit_commands, "audit", "审计日志 The audit log"),
    (policy_commands, "policy", "互认政策 Recognition policies: check, test, compare"),
)


def application() -> typer.Typer:
    """All commands as one application: plain help, no rich tracebacks, no shell completion."""
    app = typer.Typer(
        name="tongxing",
        help="通行：健康码跨区域互认 Tongxing: mutual recognition of health codes across regions",
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(_options)
    for command, summary in _COMMANDS:
        app.command(command.__name__, help=summary)(command)
    for entry in entry_points(group=ADDED):
        app.command(entry.name)(entry.load())
    app.registered_commands.sort(key=_place)
    for commands, name, summary in _GROUPS:
        app.add_typer(commands(), name=name, help=summary)
    return app


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


def _place(command: CommandInfo) -> int:
    return _FIRST.index(command.name) if command.name in _FIRST else len(_FIRST)


def run(arguments: Sequence[str]) -> int:
    """Run one command line; its exit status. Every failure is one line on stderr."""
    try:
        status = application()(
            list(arguments) or ["--help"], prog_name="tongxing", standalone_mode=False
        )
        sys.stdout.flush()  # if the disk is full, the last line fails here and not after the status
    except typer.TyperException as failure:
        return _fail(_said_by_typer(failure), failure.exit_code)
    except typer.Abort:
        return _fail("已中止 stopped", INTERRUPTED)
    except TOLD as error:
        return _fail(fault_words(error), FAILED)
    except OSError as error:
        return _fail(_said_of(error), FAILED)
    except Exception as error:  # noqa: BLE001 - the last fence: only a type name may be shown
        return _fail(
            f"程序内部错误，请将本行告知维护人员 internal error ({type(error).__name__})", INTERNAL
        )
    return status if isinstance(status, int) else 0


INTERRUPTED = 130


def _said_of(error: OSError) -> str:
    reason = error.strerror or type(error).__name__
    told = f"文件或网络出错，请核对路径、权限和磁盘空间 {reason}"
    return told if error.filename is None else f"{error.filename} {told}"


def _said_by_typer(failure: typer.TyperException) -> str:
    """Our own failures are in both languages; those of the command line's library are not."""
    message = failure.format_message()
    if isinstance(failure, CommandFailed):
        return message
    return f"命令行写法有误，请用 --help 查看用法 {message}"


def _fail(message: str, status: int) -> int:
    line = " ".join(message.split())
    typer.echo(f"tongxing: {line}", err=True)
    return status


def main() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal that cannot show a character, such as ✔ in GBK, gets its number instead.
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))
