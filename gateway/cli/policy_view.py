"""How a policy, and the reason why one is refused, read at a terminal."""

from pathlib import Path

from rich.console import Console
from rich.markup import escape

from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.policy.circle_words import circle_words
from tongxing.gateway.policy.policy_file import read_policy
from tongxing.gateway.policy.policy_refusal import MENDINGS, PolicyRefused
from tongxing.gateway.policy.published import policy_bytes
from tongxing.gateway.recognition.policy import Policy
from tongxing.schema import clock, name_and_code

ONE_REFUSED = "1份被拒绝，请照上面的改法修改 1 refused"


def console() -> Console:
    return Console(highlight=False, soft_wrap=True)


def read_or_fail(file: Path) -> Policy:
    try:
        return read_policy(str(file), policy_bytes(file))
    except PolicyRefused as refused:
        show_refusal(refused)
        raise CommandFailed(ONE_REFUSED) from None


def headline(file: str, policy: Policy) -> str:
    number = len(policy.rules)
    rules = f"{number}条规则 {number} rule{'' if number == 1 else 's'}"
    since = clock(policy.valid_from)
    relaxes = " · 含放宽，须两人签名 relaxes: two signatures" if policy.relaxes else ""
    return (
        f"{file} · {name_and_code(policy.region)} · "
        f"第{policy.version.version}版 version {policy.version.version} · "
        f"{policy.name.zh} {policy.name.en} · {rules} · "
        f"自{since.zh}起 from {since.en}{relaxes}"
    )


def who_is_asked(policy: Policy) -> str:
    words = circle_words(policy.circle)
    return f"查询范围：{words.zh} · asks {words.en}"


def show_refusal(refused: PolicyRefused) -> None:
    shown = console()
    mending = MENDINGS[refused.code]
    shown.print(f"[red]✘[/] [bold]{escape(refused.place)}[/] {refused.code.value}")
    shown.print(f"    {escape(mending.wrong.zh)} {escape(mending.wrong.en)}")
    if refused.text:
        shown.print(f"    [dim]{refused.line:>4} |[/] {escape(refused.text)}")
    shown.print(f"    原因 reason: {escape(refused.reason)}")
    shown.print(f"    改法 mend: {escape(mending.mend.zh)}")
    shown.print(f"               {escape(mending.mend.en)}")
