"""``tongxing doctor``: what is wrong with a configuration, and how to mend it."""

from collections.abc import Iterator
from datetime import datetime

import typer
from rich.console import Console
from rich.markup import escape

from gateway.cli.clock import now
from gateway.cli.doctor.files import examine_files
from gateway.cli.doctor.finding import Finding
from gateway.cli.doctor.stores import examine_database, examine_policies
from gateway.cli.doctor.surroundings import examine_issuers, examine_port
from gateway.cli.doctor.trust import examine_trust
from gateway.cli.failure import FAILED
from gateway.cli.settings_file import SettingsOption, read_settings
from gateway.settings import Settings


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
