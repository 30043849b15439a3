"""``tongxing doctor``: what is wrong with a configuration and with hubs that run; what to do."""

import json
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.markup import escape

from tongxing.gateway.cli.document_checks import examine_documents
from tongxing.gateway.cli.failing import FAILED
from tongxing.gateway.cli.local import SettingsOption, read_settings
from tongxing.gateway.cli.pass_checks import examine_passes
from tongxing.gateway.cli.terminal import now
from tongxing.gateway.operation.check_cache import examine_cache
from tongxing.gateway.operation.check_database import examine_database
from tongxing.gateway.operation.check_dialects import examine_dialects
from tongxing.gateway.operation.check_holders import examine_holders
from tongxing.gateway.operation.check_libraries import examine_sm2
from tongxing.gateway.operation.check_policies import examine_policies
from tongxing.gateway.operation.check_running import examine_running
from tongxing.gateway.operation.check_secrets import examine_secrets, own_credential
from tongxing.gateway.operation.check_surroundings import (
    examine_issuers,
    examine_port,
    examine_provider,
    is_alive,
)
from tongxing.gateway.operation.check_tls import examine_tls
from tongxing.gateway.operation.check_trust import examine_trust
from tongxing.gateway.operation.diagnosis import Diagnosis
from tongxing.gateway.settings import Settings
from tongxing.keys.sm2 import library_name

SOON_STATUS = 3
"""Nothing has to be mended now, and something before long."""


class Examined(NamedTuple):
    """``check`` is a word of ``checks``, which stays what it is."""

    check: str
    diagnosis: Diagnosis

    @property
    def state(self) -> str:
        if self.diagnosis.is_well:
            return "well"
        return "soon" if self.diagnosis.is_soon else "wrong"


def doctor(
    *,
    settings: SettingsOption = None,
    url: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URL",
            help="运维端口的地址，可有多个 Where operators ask a hub that runs; may be repeated",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON As one JSON document")] = False,
) -> None:
    found = examine(read_settings(settings), now(), url or ())
    checked = _print_json(found) if as_json else _print_lines(found)
    states = {each.state for each in checked}
    if "wrong" in states:
        raise typer.Exit(FAILED)
    if "soon" in states:
        raise typer.Exit(SOON_STATUS)


def examine(settings: Settings, at: datetime, urls: Sequence[str] = ()) -> Iterator[Examined]:
    """Every check runs, also after one that found a fault."""
    for name, check in checks(settings, at, urls).items():
        yield from (Examined(name, diagnosis) for diagnosis in check())


def checks(
    settings: Settings, at: datetime, urls: Sequence[str]
) -> Mapping[str, Callable[[], Iterator[Diagnosis]]]:
    """By their names, which programs may rely on."""
    return {
        "SECRETS": partial(examine_secrets, settings),
        "TLS": partial(examine_tls, settings, at),
        "LIBRARIES": _libraries,
        "TRUST_LIST": partial(examine_trust, settings, at),
        "DIALECTS": partial(examine_dialects, settings),
        "POLICIES": partial(examine_policies, settings, at),
        "DATABASE": partial(examine_database, settings, at),
        "HOLDERS": partial(examine_holders, settings, at),
        "SHARED_CACHE": partial(examine_cache, settings),
        "DOCUMENTS": partial(examine_documents, settings),
        "PASSES": partial(examine_passes, settings),
        "PORT": partial(examine_port, settings),
        "ISSUERS": partial(examine_issuers, settings, at),
        "SIGN_IN": partial(examine_provider, settings),
        "RUNNING": partial(_running, settings, at, urls),
    }


def _libraries() -> Iterator[Diagnosis]:
    yield examine_sm2(library_name(), platform.machine())


def _running(settings: Settings, at: datetime, urls: Sequence[str]) -> Iterator[Diagnosis]:
    """Those at ``urls``; without any, the hub of the settings if it runs and is asked here without
    TLS."""
    yield from examine_running(urls or _own(settings), own_credential(settings), at)


def _own(settings: Settings) -> Iterator[str]:
    operation, listen = settings.operation, settings.listen
    if operation.port is None and listen.tls is not None:
        return
    at = (listen.host, listen.port) if operation.port is None else (operation.host, operation.port)
    host = f"[{at[0]}]" if ":" in at[0] else at[0]
    if at[1] and is_alive(url := f"http://{host}:{at[1]}"):
        yield url


def _print_json(found: Iterator[Examined]) -> Sequence[Examined]:
    checked = list(found)
    told = [
        {
            "check": check.check,
            "state": check.state,
            "about": check.diagnosis.about,
            "wrong": check.diagnosis.wrong,
            "mend": check.diagnosis.mend,
        }
        for check in checked
    ]
    typer.echo(json.dumps({"checks": told}, ensure_ascii=False, indent=2))
    return checked


def _print_lines(found: Iterator[Examined]) -> Sequence[Examined]:
    """Each as soon as it is found."""
    console = Console(highlight=False, soft_wrap=True)
    checked = []
    for each in found:
        checked.append(each)
        console.print(_line(each))
    wrong, soon = (sum(each.state == state for each in checked) for state in ("wrong", "soon"))
    if soon:
        console.print(f"{soon} 处即将需要处理 to mend before long")
    if wrong:
        console.print(f"{wrong} 处需要修复 to mend")
    if not wrong and not soon:
        console.print("一切就绪 all is well")
    return checked


def _line(checked: Examined) -> str:
    diagnosis = checked.diagnosis
    about = escape(diagnosis.about)
    if diagnosis.is_well:
        return f"[green]✔[/] {about}"
    mark = "[yellow]![/]" if diagnosis.is_soon else "[red]✘[/]"
    return f"{mark} {about}: {escape(diagnosis.wrong)}\n  → {escape(diagnosis.mend)}"
