"""The files of ``deploy/``, and the programs that read them as those do for whom they are made."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.architecture.source import ROOT
from tongxing.gateway.cli.workers import PATIENCE_SECONDS
from tongxing.gateway.settings import LimitSettings, Settings
from tongxing.gateway.settings_file import NOT_SETTINGS, load_settings

DEPLOY = ROOT / "deploy"
TOOLS = ROOT / ".build" / "release-tools" / "bin"
"""Made by the Makefile of requirements/release.txt, before the tests."""

LONGEST_END_SECONDS = LimitSettings().shutdown_seconds + PATIENCE_SECONDS
"""Of the hub, from SIGTERM on, as it is shipped."""

ACCOUNT = 10_001


def documents(file: str) -> Iterator[Any]:
    yield from yaml.safe_load_all((DEPLOY / file).read_text("utf-8"))


def by_tool(tool: str, *arguments: object) -> str:
    """What it says. Raises AssertionError with it if it finds a fault."""
    ran = subprocess.run(
        [TOOLS / tool, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    said = ran.stdout.decode("utf-8", "replace")
    assert ran.returncode == 0, said
    return said


def check_settings(environment: dict[str, str], directory: Path, text: str = "") -> Settings:
    """The settings of ``text``, or of a hub with one issuer, under ``environment``. Raises
    SettingsRefused for a name that is no setting."""
    file = directory / "settings.toml"
    file.write_text(text or A_HUB, "utf-8")
    named = {name: value for name, value in environment.items() if name not in NOT_SETTINGS}
    return load_settings(file, named)


A_HUB = """
[hub]
id = "tongxing-zhenjiang"
region = "321100"

[[issuers]]
id = "zhenjiang"
dialect = "zhenjiang"
url = "https://issuer.example"
credential = "issuers/zhenjiang.credential"
"""
