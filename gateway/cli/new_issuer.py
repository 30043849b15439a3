"""``tongxing new-issuer``: the beginning of a dialect of its own, that passes its tests as it is.

Responsible for a directory that is a whole distribution: module, tables, vectors, test. Refuses a
name that somebody has, and to write over anything.
"""

import re
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from tongxing.adapters.contract import HUB
from tongxing.adapters.dialects import DIALECTS
from tongxing.adapters.plugin_entries import installed
from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.operation.files import PUBLIC_FILE, write_new

NAME = re.compile(r"[a-z][a-z0-9-]{0,39}(?<!-)")
"""As settings name a dialect; short enough for a module."""

TEMPLATES = "tongxing.adapters", "templates"


def new_issuer(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="方言名，如 yunzhou The dialect's name, as settings have it"
        ),
    ],
    *,
    docking: Annotated[
        bool,
        typer.Option("--docking", help="该系统使用对接格式 The system speaks the docking format"),
    ] = False,
    tables: Annotated[
        bool,
        typer.Option("--tables", help="同上，且不写代码 The same, as one file of tables"),
    ] = False,
    directory: Annotated[
        Path, typer.Option(metavar="DIR", help="写到何处 Where its directory is made")
    ] = Path(),
) -> None:
    """Writes a distribution of its own: install it beside the hub, and name it in the settings."""
    if NAME.fullmatch(name) is None:
        raise CommandFailed(
            "名称须以小写字母开头，只含小写字母、数字和短横，最多40个字符 "
            "a name begins with a small letter; small letters, digits and hyphens, 40 at most"
        )
    if docking and tables:
        raise CommandFailed("--docking 与 --tables 只能选一个 choose one of --docking and --tables")
    if name in DIALECTS or installed(name):
        raise CommandFailed(f"{name} 已有人使用，请换一个 is taken; choose another name")
    if taken := _whose_codes(_prefix(name)):
        raise CommandFailed(
            f"{_prefix(name)} 是 {taken} 的码的开头，请换一个名称 "
            f"begins the codes of {taken}; choose another name"
        )
    try:
        if tables:
            written = _write_tables(directory, name)
        else:
            written = write_distribution(directory, name, docking=docking)
    except FileExistsError as error:
        raise CommandFailed(
            f"{error.filename} 已存在，不会被覆盖 exists; nothing is overwritten"
        ) from None
    for file in written:
        typer.echo(f"✔ {file}")
    typer.echo("下一步 next: docs/new-issuer.md")


def _write_tables(directory: Path, name: str) -> list[Path]:
    """Raises FileExistsError, OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / f"{name}.toml"
    write_new(file, filled("tables.toml", name).encode(), PUBLIC_FILE)
    return [file]


def write_distribution(directory: Path, name: str, *, docking: bool) -> list[Path]:
    """The files, in a directory of their own. Raises FileExistsError, OSError."""
    source, own = Path("src", _module(name)), "docking" if docking else "own"
    contents = {
        Path("pyproject.toml"): "pyproject.toml",
        Path("README.md"): "README.md",
        source / "__init__.py": f"{own}/__init__.py",
        source / "tables.py": "tables.py",
        source / "vectors.json": f"{own}/vectors.json",
        Path("tests", "test_contract.py"): "test_contract.py",
    }
    folder = directory / f"tongxing-dialect-{name}"
    folder.mkdir(parents=True)
    for path, template in contents.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        write_new(file, filled(template, name).encode(), PUBLIC_FILE)
    return [folder / path for path in contents]


def filled(template: str, name: str) -> str:
    """What ``template`` is for a dialect of that name."""
    package, folder = TEMPLATES
    text = files(package).joinpath(folder, *f"{template}.txt".split("/")).read_text("utf-8")
    words = {"name": name, "module": _module(name), "prefix": _prefix(name)}
    for word, meaning in words.items():
        text = text.replace("{{" + word + "}}", meaning)
    return text


def _module(name: str) -> str:
    return "tongxing_dialect_" + name.replace("-", "_")


PREFIX_CHARACTERS = 31
"""As many as fit before the colon (``declared_shape.CodePart``)."""


def _prefix(name: str) -> str:
    return f"{name.upper()[:PREFIX_CHARACTERS]}:"


def _whose_codes(prefix: str) -> str:
    """The dialects of the hub that claim what the templates have for a code of such a system."""
    code = prefix + "0" * 32
    return ", ".join(other for other, make in DIALECTS.items() if make(HUB).claims(code))
