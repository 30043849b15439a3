"""``tongxing init``: asks what a hub needs to know, and makes what can be made on this machine."""

import json
import tomllib
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from tongxing.adapters.dialects import DIALECTS
from tongxing.adapters.plugin_entries import installed
from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.operation.new_hub import (
    SETTINGS_FILE,
    KeysAreGone,
    NewHub,
    SetupAnswers,
    make_hub,
)
from tongxing.gateway.settings import Profile
from tongxing.gateway.settings_checks import SettingsRefused

DIRECTORY = Path("tongxing")

CUSTOMER_NUMBERS = frozenset({"national"})
"""Dialects whose platform gives its clients a customer number."""


def init(
    directory: Annotated[
        Path, typer.Argument(metavar="DIRECTORY", help="平台的目录 The hub's directory")
    ] = DIRECTORY,
    *,
    answers: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="从 TOML 文件读取，不提问 Take the answers from a TOML file and ask nothing",
        ),
    ] = None,
    profile: Annotated[
        Profile | None,
        typer.Option(metavar="PROFILE", show_default=False, help="production, open"),
    ] = None,
) -> None:
    """Nothing that exists is written over: what was broken off half-way goes on."""
    asks = not (directory / SETTINGS_FILE).exists()
    try:
        given = _answers(answers, profile) if asks else None
        made = make_hub(directory, given)
    except SettingsRefused as refused:
        raise CommandFailed(
            f"请改正填写内容 an answer is refused: {refused.key} {refused.reason}"
        ) from None
    except KeysAreGone as gone:
        raise CommandFailed(
            f"{gone.file} 不见了，而数据库还在：请从备份恢复，不要另造 is gone, but there is a "
            "database that belongs to it: restore it from a backup"
        ) from None
    except ValueError as error:
        raise CommandFailed(f"无法建立 cannot be made: {error}") from None
    if not asks:
        typer.echo(
            f"！{directory / SETTINGS_FILE} 已存在，未改动 is there already, and stays as it is"
        )
    _tell(directory, made)


def _answers(file: Path | None, profile: Profile | None) -> SetupAnswers:
    form = _asked() if file is None else _read(file)
    if profile is not None:
        form["profile"] = profile.value
    try:
        answers = msgspec.convert(form, SetupAnswers, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise CommandFailed(f"填写内容不合要求，请改正 the answers are refused: {error}") from None
    for issuer in answers.issuers:
        if issuer.dialect not in DIALECTS and not installed(issuer.dialect):
            raise CommandFailed(
                f"{issuer.id} 的接口须为下列之一 the dialect of {issuer.id} must be one of "
                f"{', '.join(DIALECTS)}"
            )
    return answers


def _path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str) and value:
        return Path(value)
    raise ValueError("Expected a path")


def _read(file: Path) -> dict[str, Any]:
    """Files that the answers name are relative to the answers."""
    try:
        form = tomllib.loads(file.read_text("utf-8-sig"))
    except OSError as error:
        raise CommandFailed(
            f"{file} 无法读取，请核对路径和权限 cannot be read ({error.strerror})"
        ) from None
    except ValueError as error:
        raise CommandFailed(f"{file} 不是 TOML，请改正 is not TOML: {error}") from None
    issuers = form.get("issuers")
    for issuer in issuers if isinstance(issuers, list) else ():
        credential = issuer.get("credential_file") if isinstance(issuer, dict) else None
        if credential and isinstance(credential, str):
            issuer["credential_file"] = str(file.parent / credential)
    return form


def _asked() -> dict[str, Any]:
    region = typer.prompt("平台所在地的行政区划代码 The hub's region, GB/T 2260 (321100)")
    form: dict[str, Any] = {
        "hub": {
            "region": region,
            "id": typer.prompt("平台编号，此后不变 The hub's id, for good", f"tongxing-{region}"),
        },
        "listen": {
            "host": typer.prompt("监听地址 Address to listen on", "127.0.0.1"),
            "port": typer.prompt("端口 Port", 8321, type=int),
        },
        "database": typer.prompt(
            "数据库：文件名，或 postgresql:// 地址 Database: a file, or postgresql://…",
            "tongxing.sqlite3",
        ),
        "issuers": [],
    }
    cache = typer.prompt(
        "Redis 地址，不用则留空 Redis, or empty: rediss://…", "", show_default=False
    )
    if cache:
        form["cache"] = cache
    while issuer := typer.prompt(_NEXT_ISSUER, "", show_default=False):
        form["issuers"].append(_asked_issuer(issuer))
    return form


_NEXT_ISSUER = (
    "发码机构编号（同信任列表），没有了则留空 Issuer, as on the trust list; empty: no more"
)


def _asked_issuer(issuer: str) -> dict[str, Any]:
    known = issuer if issuer in DIALECTS else None
    dialect = typer.prompt(f"  接口 dialect: {', '.join(DIALECTS)}", known)
    form = {"id": issuer, "dialect": dialect, "url": typer.prompt("  地址 url (https://…)")}
    if dialect in CUSTOMER_NUMBERS:
        form["cust_num"] = typer.prompt("  接入编号 customer number", "", show_default=False)
    file = typer.prompt(
        "  接口凭据所在的文件，以后再放则留空 file with the credential, empty: later",
        "",
        show_default=False,
    )
    return form | ({"credential_file": file} if file else {})


def _tell(directory: Path, hub: NewHub) -> None:
    for file in hub.made:
        typer.echo(f"✔ {file}")
    typer.echo(
        "平台公钥，交给核验回执的人 The hub's public key, for those who verify its receipts:"
    )
    typer.echo(f"  {json.dumps(hub.hub.public_jwk())}")
    typer.echo("国密公钥，交给国家平台 The SM2 public key, for the national platform:")
    typer.echo(f"  {json.dumps(hub.sm2.public_jwk())}")
    for file in hub.missing:
        typer.echo(f"… 还缺 still missing: {file}")
    if hub.missing:
        typer.echo("  信任列表见 root keys and the trust list: docs/operating, ceremony")
        typer.echo("  接口凭据由各发码机构发给 credentials come from the issuers")
    settings = directory / SETTINGS_FILE
    typer.echo(f"下一步 next: tongxing doctor --settings {settings}; docs/operating/installing.md")
