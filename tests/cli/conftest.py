"""A sandbox's state directory: one without running issuers, and that of the running sandbox."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

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


@pytest.fixture(scope="session")
def layout_of_sandbox(sandbox: Theater) -> Layout:
    return Layout(sandbox.stage.database.parent)
