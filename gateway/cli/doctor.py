"""``tongxing doctor``: what is wrong with a configuration, and how to correct it."""

import platform
from collections.abc import Iterator
from datetime import datetime

import typer
from rich.console import Console
from rich.markup import escape

from tongxing.gateway.cli.document_checks import examine_documents
from tongxing.gateway.cli.failing import FAILED
from tongxing.gateway.cli.local import SettingsOption, read_settings
from tongxing.gateway.cli.terminal import now
from tongxing.gateway.operation.check_cache import examine_cache
from tongxing.gateway.operation.check_files import (
    Diagnosis,
    examine_database,
    examine_policies,
    examine_secrets,
    examine_trust,
)
from tongxing.gateway.operation.check_libraries import examine_sm2
from tongxing.gateway.operation.check_surroundings import examine_issuers, examine_port
from tongxing.gateway.settings import Settings
from tongxing.keys.sm2 import library_name


def doctor(settings: SettingsOption = None) -> None:
    console = Console(highlight=False, soft_wrap=True)
    wrong = 0
    for diagnosis in examine(read_settings(settings), now()):
        wrong += not diagnosis.is_well
        console.print(_line(diagnosis))
    if wrong:
        console.print(f"{wrong} 处需要修复 to mend")
        raise typer.Exit(FAILED)
    console.print("一切就绪 all is well")


def examine(settings: Settings, at: datetime) -> Iterator[Diagnosis]:
    """Every check runs, also after one that found a fault."""
    yield from examine_secrets(settings)
    yield examine_sm2(library_name(), platform.machine())
    yield from examine_trust(settings, at)
    yield from examine_policies(settings, at)
    yield from examine_database(settings)
    yield from examine_cache(settings)
    yield from examine_documents(settings)
    yield from examine_port(settings)
    yield from examine_issuers(settings, at)


def _line(diagnosis: Diagnosis) -> str:
    about = escape(diagnosis.about)
    if diagnosis.is_well:
        return f"[green]✔[/] {about}"
    return f"[red]✘[/] {about}: {escape(diagnosis.wrong)}\n  → {escape(diagnosis.mend)}"
