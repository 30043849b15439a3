"""``tongxing doctor``: what is wrong with a configuration, and how to mend it."""

from collections.abc import Iterator
from datetime import datetime

import typer
from rich.console import Console
from rich.markup import escape

from tongxing.gateway.cli.local import SettingsOption, read_settings
from tongxing.gateway.cli.terminal import FAILED, now
from tongxing.gateway.operation.doctor.files import examine_files
from tongxing.gateway.operation.doctor.finding import Finding
from tongxing.gateway.operation.doctor.stores import examine_database, examine_policies
from tongxing.gateway.operation.doctor.surroundings import examine_issuers, examine_port
from tongxing.gateway.operation.doctor.trust import examine_trust
from tongxing.gateway.settings import Settings


def doctor(settings: SettingsOption = None) -> None:
    console = Console(highlight=False, soft_wrap=True)
    wrong = 0
    for finding in examine(read_settings(settings), now()):
        wrong += not finding.is_well
        console.print(_line(finding))
    if wrong:
        console.print(f"{wrong} 处需要修复 to mend")
        raise typer.Exit(FAILED)
    console.print("一切就绪 all is well")


def examine(settings: Settings, at: datetime) -> Iterator[Finding]:
    """Every check, also after one that found something."""
    yield from examine_files(settings)
    yield from examine_trust(settings, at)
    yield from examine_policies(settings, at)
    yield from examine_database(settings)
    yield from examine_port(settings.listen)
    yield from examine_issuers(settings, at)


def _line(finding: Finding) -> str:
    if finding.is_well:
        return f"[green]✔[/] {escape(finding.about)}"
    return f"[red]✘[/] {escape(finding.about)}: {escape(finding.wrong)}\n  → {escape(finding.mend)}"
