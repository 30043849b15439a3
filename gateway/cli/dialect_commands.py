"""``tongxing dialect``: checks and publishes files that declare a dialect in tables.

They are signed as policies are: ``tongxing policy sign FILE``.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from tongxing.adapters.declared_dialect import DeclaredDialect, read_dialect
from tongxing.adapters.declared_shape import dialect_schema
from tongxing.adapters.dialect_refusal import DIALECT_MENDINGS, DialectFault, DialectRefused
from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.local import SettingsOption, read_settings
from tongxing.gateway.operation.declared_dialects import dialect_file, dialect_files, read_signed
from tongxing.gateway.operation.files import replace
from tongxing.gateway.policy.published import signatures_path
from tongxing.keys import RootKeys
from tongxing.keys.root_keys import parse_root_keys

FilesArgument = Annotated[
    list[Path],
    typer.Argument(metavar="FILE|DIR...", help="词表文件或目录 Files, or directories of them"),
]


def dialect_commands() -> typer.Typer:
    commands = typer.Typer()
    commands.command(help="检查词表文件 Check files, and run their own tests")(check)
    commands.command(help="公布词表 Put a signed file where the hub looks")(publish)
    commands.command(help="输出 JSON Schema Print the JSON Schema of such a file")(schema)
    return commands


def check(files: FilesArgument) -> None:
    """Whether they are signed is not looked at."""
    bad, found = 0, list(_each(files))
    if not found:
        raise CommandFailed("没有词表文件（*.toml） no file of tables (*.toml) is there")
    for file in found:
        try:
            dialect = read_dialect(file.name, dialect_file(file).content)
        except DialectRefused as refused:
            bad += 1
            typer.echo(_refusal(file, refused), err=True)
        else:
            typer.echo(f"✔ {_headline(file, dialect)}")
    if bad:
        raise CommandFailed(f"{bad}份被拒绝，请照上面的改法修改 {bad} refused")


def publish(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="词表文件 The file")],
    settings: SettingsOption = None,
) -> None:
    """Checks first what a running hub would check. The signatures are written before the file."""
    hub = read_settings(settings)
    if hub.dialects is None:
        raise CommandFailed("请在配置中写明 `dialects` 目录 name a directory as `dialects`")
    if file.suffix != ".toml":
        raise CommandFailed(
            f"{file.name} 须以 .toml 结尾，否则平台不会读取 the hub reads files named *.toml alone"
        )
    keys = None if hub.policy_keys is None else parse_root_keys(hub.policy_keys.read_bytes())
    published = dialect_file(file)
    try:
        dialect = read_signed(published, keys)
    except DialectRefused as refused:
        typer.echo(_refusal(file, refused), err=True)
        raise CommandFailed("该文件被拒绝，没有公布 the file is refused") from None
    hub.dialects.mkdir(parents=True, exist_ok=True)
    _require_rise(hub.dialects, dialect, keys)
    target = hub.dialects / file.name
    replace(signatures_path(target), published.signatures or b"")
    replace(target, published.content)
    typer.echo(f"✔ {_headline(target, dialect)}")


def _require_rise(directory: Path, dialect: DeclaredDialect, keys: RootKeys | None) -> None:
    """An older file in the place of a newer one would be refused at the next start, and leave the
    dialect's issuers without one."""
    for there in dialect_files(directory):
        try:
            held = read_signed(there, keys)
        except DialectRefused:
            continue
        is_later = (held.version, held.digest != dialect.digest) > (dialect.version, False)
        if held.name == dialect.name and is_later:
            raise CommandFailed(
                f"{DialectFault.VERSION_DOES_NOT_RISE} {there.name} 已是第{held.version}版 "
                f"is version {held.version} already"
            )


def schema() -> None:
    typer.echo(json.dumps(dialect_schema(), ensure_ascii=False, indent=2))


def _each(given: Sequence[Path]) -> Iterator[Path]:
    for path in given:
        yield from sorted(path.glob("*.toml")) if path.is_dir() else [path]


def _headline(file: Path, dialect: DeclaredDialect) -> str:
    title = dialect.document.title
    return f"{file.name}: {title.zh} {title.en} · {dialect.name} · 第{dialect.version}版"


def _refusal(file: Path, refused: DialectRefused) -> str:
    mending = DIALECT_MENDINGS[refused.fault]
    return (
        f"✘ {file.name}: {refused.fault} {mending.wrong.zh} {mending.wrong.en}\n"
        f"    {refused.why}\n  → {mending.mend.zh} {mending.mend.en}"
    )
