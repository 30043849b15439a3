"""``tongxing policy``: what a policy says, whether it holds together, what a draft changes."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from gateway.cli.failure import CommandFailed
from gateway.recognition.policies import Policies
from gateway.recognition.policy import Policy
from gateway.recognition.policy_file import Draft, policy_files, read_draft, read_policy
from gateway.recognition.refusal import PolicyRefused
from gateway.recognition.schema_file import policy_schema
from gateway.workshop.differences import DIRECTION_NAMES, Difference, Direction, differences
from gateway.workshop.mending import MENDINGS

FilesArgument = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE|DIR...", help="政策文件或目录 Policy files, or directories of them"
    ),
]


def policy_commands() -> typer.Typer:
    commands = typer.Typer()
    commands.command(help="检查政策文件 Check policy files, and say how to mend them")(check)
    commands.command(help="运行政策自带的测试 Run the tests that policies carry")(test)
    commands.command(help="比较两个版本 Say what one version changes")(diff)
    commands.command(help="输出 JSON Schema Print the JSON Schema of a policy file")(schema)
    return commands


def check(files: FilesArgument) -> None:
    """Every file by itself, and all of them together as a hub would hold them."""
    console, found, bad = _console(), {}, 0
    for file in _each(files):
        try:
            found[str(file)] = read_policy(str(file), file.read_bytes())
        except PolicyRefused as refused:
            bad += 1
            _show_refusal(console, refused)
        else:
            console.print(f"[green]✔[/] {escape(_headline(str(file), found[str(file)]))}")
    try:
        Policies.of(found)
    except PolicyRefused as refused:
        bad += 1
        _show_refusal(console, refused)
    if bad:
        raise CommandFailed(f"{bad} refused")


def test(files: FilesArgument) -> None:
    console, failed = _console(), 0
    for file in _each(files):
        for tried in _draft(console, file).tried():
            mark = "[green]✔[/]" if tried.why is None else "[red]✘[/]"
            console.print(f"{mark} {escape(f'{file.name} · {tried.rule} · {tried.name}')}")
            if tried.why is not None:
                failed += 1
                console.print(f"    {escape(tried.why)}")
    if failed:
        raise CommandFailed(f"{failed} failed")


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="现行版本 The version before")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="草案 The draft")],
) -> None:
    console = _console()
    found = differences(_policy(console, old), _policy(console, new))
    if not found:
        console.print("没有不同 nothing is different")
    for each in found:
        console.print(_difference(each))


def schema() -> None:
    typer.echo(json.dumps(policy_schema(), ensure_ascii=False, indent=2))


def _console() -> Console:
    return Console(highlight=False, soft_wrap=True)


def _each(given: Sequence[Path]) -> Iterator[Path]:
    for path in given:
        yield from policy_files(path)


def _draft(console: Console, file: Path) -> Draft:
    try:
        return read_draft(str(file), file.read_bytes())
    except PolicyRefused as refused:
        _show_refusal(console, refused)
        raise CommandFailed("1 refused") from None


def _policy(console: Console, file: Path) -> Policy:
    try:
        return read_policy(str(file), file.read_bytes())
    except PolicyRefused as refused:
        _show_refusal(console, refused)
        raise CommandFailed("1 refused") from None


def _headline(file: str, policy: Policy) -> str:
    tests = f"{len(policy.rules)} 条规则 rules"
    since = f"{policy.valid_from:%Y-%m-%d %H:%M} UTC"
    relaxes = " · 含放宽，须两人签名 relaxes: two signatures" if policy.relaxes else ""
    return (
        f"{file} · {policy.region} 第 {policy.version.version} 版 version · "
        f"{policy.name.zh} {policy.name.en} · {tests} · 自 from {since}{relaxes}"
    )


def _show_refusal(console: Console, refused: PolicyRefused) -> None:
    mending = MENDINGS[refused.code]
    console.print(
        f"[red]✘[/] [bold]{escape(f'{refused.file}:{refused.line}')}[/] {refused.code.value}"
    )
    console.print(f"    {escape(mending.wrong.zh)} {escape(mending.wrong.en)}")
    if refused.text:
        console.print(f"    [dim]{refused.line:>4} |[/] {escape(refused.text)}")
    console.print(f"    原因 reason: {escape(refused.reason)}")
    console.print(f"    改法 mend: {escape(mending.mend.zh)}")
    console.print(f"               {escape(mending.mend.en)}")


def _difference(each: Difference) -> str:
    style = _STYLES[each.direction]
    name = DIRECTION_NAMES[each.direction]
    return (
        f"[{style}]{name.zh} {name.en}[/]\n    {escape(each.text.zh)}\n    {escape(each.text.en)}"
    )


_STYLES = {
    Direction.RELAXES: "bold red",
    Direction.LAXER: "yellow",
    Direction.STRICTER: "green",
    Direction.OTHER: "bold",
}
