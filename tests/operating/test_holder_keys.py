"""The section on holder keys of ``docs/operating/rotation.md``, followed at a hub that has run."""

import asyncio
from pathlib import Path

import pytest

from tests.acceptance.callers import calling
from tests.acceptance.hubs import serving
from tests.acceptance.standing import NewState
from tests.architecture.source import ROOT
from tests.conftest import Tongxing
from tests.operating.followed import HUB, blocks, machines
from tests.storage.holders import living
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.faults import StorageRefused
from tongxing.keys import HolderKey

pytestmark = pytest.mark.processes

PAGE = "docs/operating/rotation.md"
HEADING = "持码人密钥 Holder keys"
PERSONA = "green_everywhere"


async def _opens(database: Path, file: bytes) -> int:
    async with Database.open(database) as opened:
        return len(list(await living(opened, HolderKey(file))))


def test_the_file_is_replaced_and_an_epoch_begun(
    tmp_path: Path, new_layout: NewState, tongxing: Tongxing
) -> None:
    layout = new_layout()
    with serving(layout) as hub, calling(hub) as city:
        known = city.persona(PERSONA)["holder"]
    old = layout.holder_key.read_bytes()
    _, _, rest = (ROOT / PAGE).read_text("utf-8").partition(f"\n## {HEADING}\n")
    listed, begun, sealed, moved, *ended = blocks(PAGE, rest.partition("\n## ")[0])
    with machines(tmp_path) as them:
        (them.at(HUB) / "hub").symlink_to(layout.directory, target_is_directory=True)
        with serving(layout) as hub, calling(hub) as city:
            assert "in use" in them.run(listed)
            them.run(begun)
            assert "announced" in them.run(listed)
            them.run(sealed)
            assert city.persona(PERSONA)["holder"] == known
        them.run(moved)
        with serving(layout) as hub, calling(hub) as city:
            assert city.persona(PERSONA)["holder"] == known
            for block in ended:
                them.run(block)
            assert city.persona(PERSONA)["holder"] == known
    assert layout.holder_key.read_bytes() != old
    assert asyncio.run(_opens(layout.database, layout.holder_key.read_bytes())) == 2
    with pytest.raises(StorageRefused):
        asyncio.run(_opens(layout.database, old))
    layout.holder_key.write_bytes(old)
    refused = tongxing("serve", "--settings", layout.settings)
    assert refused.status == 1
    assert "keys.holder" in refused.err
