"""``tongxing policy``: checks, tests and compares policy files; lists the other policy commands."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.policy_preview import preview
from tongxing.gateway.cli.policy_publish import key, publish, sign
from tongxing.gateway.cli.policy_view import (
    ONE_REFUSED,
    console,
    headline,
    read_or_fail,
    show_refusal,
    who_is_asked,
)
from tongxing.gateway.policy.differences import DIRECTION_NAMES, differences
from tongxing.gateway.policy.in_force import Policies
from tongxing.gateway.policy.policy_file import Draft, policy_schema, read_draft, read_policy
from tongxing.gateway.policy.policy_refusal import PolicyRefused
from tongxing.gateway.policy.published import policy_bytes, policy_files
from tongxing.schema.announced_policy import PolicyDifference, PolicyDirection

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
    commands.command(help="预演草案 Say whom a draft would treat otherwise")(preview)
    commands.command(help="生成签名密钥 Make a key to sign policies with")(key)
    commands.command(help="为政策签名 Sign a policy; a relaxation takes two people")(sign)
    commands.command(help="公布政策 Put a signed policy where the hub looks")(publish)
    commands.command(help="输出 JSON Schema Print the JSON Schema of a policy file")(schema)
    return commands


def check(files: FilesArgument) -> None:
    """Checks each file alone, and all of them together as a hub would load them."""
    shown, found, bad = console(), {}, 0
    for file in _each(files):
        try:
            found[str(file)] = read_policy(str(file), policy_bytes(file))
        except PolicyRefused as refused:
            bad += 1
            show_refusal(refused)
        else:
            shown.print(f"[green]✔[/] {escape(headline(str(file), found[str(file)]))}")
            shown.print(f"    {escape(who_is_asked(found[str(file)]))}")
    try:
        Policies.of(found)
    except PolicyRefused as refused:
        bad += 1
        show_refusal(refused)
    if bad:
        raise CommandFailed(f"{bad}份被拒绝，请照上面的改法修改 {bad} refused")


def test(files: FilesArgument) -> None:
    shown, failed = console(), 0
    for file in _each(files):
        for tried in _draft(file).tried():
            mark = "[green]✔[/]" if tried.why is None else "[red]✘[/]"
            shown.print(f"{mark} {escape(f'{file.name} · {tried.rule} · {tried.name}')}")
            if tried.why is not None:
                failed += 1
                shown.print(f"    {escape(tried.why)}")
    if failed:
        raise CommandFailed(f"{failed}条测试没有通过，请照上面的原因修改规则或期望 {failed} failed")


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="现行版本 The version before")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="草案 The draft")],
) -> None:
    shown = console()
    found = differences(read_or_fail(old), read_or_fail(new))
    if not found:
        shown.print("没有不同 nothing is different")
    for each in found:
        shown.print(_difference(each))


def schema() -> None:
    typer.echo(json.dumps(policy_schema(), ensure_ascii=False, indent=2))


def _each(given: Sequence[Path]) -> Iterator[Path]:
    for path in given:
        yield from policy_files(path)


def _draft(file: Path) -> Draft:
    try:
        return read_draft(str(file), policy_bytes(file))
    except PolicyRefused as refused:
        show_refusal(refused)
        raise CommandFailed(ONE_REFUSED) from None


def _difference(each: PolicyDifference) -> str:
    style = _STYLES[each.direction]
    name = DIRECTION_NAMES[each.direction]
    return (
        f"[{style}]{name.zh} {name.en}[/]\n    {escape(each.text.zh)}\n    {escape(each.text.en)}"
    )


_STYLES = {
    PolicyDirection.MAKES_GREENER: "bold red",
    PolicyDirection.LAXER: "yellow",
    PolicyDirection.STRICTER: "green",
    PolicyDirection.OTHER: "bold",
}
