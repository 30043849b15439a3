"""``tongxing hub holders rotate``: no step tells anybody to destroy the file that is needed."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conftest import Tongxing
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.holder_epoch_store import HolderEpochStore
from tongxing.gateway.storage.ownership import Owner, claim
from tongxing.keys import HolderKey
from tongxing.sandbox.provisioning.layout import Layout

ROTATE = ("hub", "holders", "rotate")


@pytest.fixture
def layout(with_one_policy: Layout) -> Layout:
    """A hub that has run."""
    asyncio.run(_begun(with_one_policy))
    return with_one_policy


async def _begun(layout: Layout) -> None:
    key = HolderKey(layout.holder_key.read_bytes())
    async with Database.open(layout.database) as database:
        await claim(database, Owner("hub", "key", key.fingerprint))
        await HolderEpochStore(database, key).first(datetime.now(UTC))


def test_the_file_in_use_is_not_its_own_successor(layout: Layout, tongxing: Tongxing) -> None:
    ran = tongxing(*ROTATE, "--to", layout.holder_key, "--settings", layout.settings)
    assert "is the key in use" in ran.complaint


def test_as_long_as_the_old_file_is_in_place_it_is_not_finished(
    layout: Layout, tongxing: Tongxing, tmp_path: Path
) -> None:
    """Else the new one would open nothing, while the operator destroys the old one."""
    new, at = tmp_path / "holder.next", ("--settings", layout.settings)
    assert tongxing(*ROTATE, "--to", new, *at).status == 0
    assert "put the new one in its place first" in tongxing(*ROTATE, "--finish", *at).complaint
    new.replace(layout.holder_key)
    for _ in range(2):
        finished = tongxing(*ROTATE, "--finish", *at)
        assert f"only {layout.holder_key} opens the epochs" in finished.out
    assert tongxing("hub", "holders", "list", *at).status == 0
