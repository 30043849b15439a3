"""A sandbox's state directory: one without running issuers, and that of the running sandbox."""

from datetime import UTC, datetime
from pathlib import Path
from shutil import copy

import pytest

from tongxing.gateway.settings import SHIPPED_POLICIES
from tongxing.sandbox.demo.stage import Theater
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.state import provision, write_credentials, write_settings
from tongxing.sandbox.town.records import IssuerName

ENTRY = ("--region", "321100", "--purpose", "ENTRY")
"""Where to and what for: what every question of the command line names."""

NOBODY_LISTENS = "http://127.0.0.1:1"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Made now, because the commands read the real clock."""
    made = provision(tmp_path / "state", datetime.now(UTC))
    write_settings(made, dict.fromkeys(IssuerName, NOBODY_LISTENS), 0)
    write_credentials(made, NOBODY_LISTENS)
    return made


@pytest.fixture
def with_one_policy(layout: Layout) -> Layout:
    """Reading all policies that are shipped is most of what some commands do."""
    rules = layout.directory / "rules"
    rules.mkdir()
    copy(SHIPPED_POLICIES / "zhenjiang-1.toml", rules)
    text = layout.settings.read_text("utf-8")
    layout.settings.write_text(f'policies = "rules"\n{text}', "utf-8")
    return layout


@pytest.fixture(scope="session")
def layout_of_sandbox(sandbox: Theater) -> Layout:
    return Layout(sandbox.stage.database.parent)
