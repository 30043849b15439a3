"""``docs/operating/upgrading.md``, followed command by command over a database of release 0.1.0."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from tests.operating.followed import HUB, follow, machines
from tests.storage.test_released import OLDEST
from tongxing.gateway.storage.sqlite import SCHEMA_VERSION, form_of
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.state import write_settings
from tongxing.sandbox.town.records import IssuerName

pytestmark = pytest.mark.processes

PAGE = Path("docs/operating/upgrading.md").name


def test_the_page_is_followed(tmp_path: Path, template: Layout) -> None:
    with machines(tmp_path) as them:
        machine = them.at(HUB)
        layout = Layout(machine / "hub")
        shutil.copytree(template.directory, layout.directory)
        layout.directory.chmod(0o700)
        write_settings(layout, dict.fromkeys(IssuerName, "http://127.0.0.1:1"), port=0)
        for left in layout.directory.glob("tongxing.sqlite3*"):
            left.unlink()
        with closing(sqlite3.connect(layout.database)) as connection:
            connection.executescript(OLDEST.read_text("utf-8"))
        layout.database.chmod(0o600)
        shutil.copy(OLDEST.with_suffix(".head"), f"{layout.database}.head")
        said = [text for _, text in follow(PAGE, them)]
    assert any("✔ 16 条记录完好" in text for text in said)
    assert form_of(layout.database) == SCHEMA_VERSION
    kept = machine / "before" / "tongxing.sqlite3"
    assert form_of(kept) == 7, "doctor and a refused backup have changed nothing"
    assert (machine / "after-upgrade" / "statement.jws").is_file()
