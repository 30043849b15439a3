"""A hub whose key was replaced is refused its database until it was handed over."""

import asyncio

from tests.conftest import Tongxing
from tongxing.gateway.app import open_app
from tongxing.gateway.settings_file import load_settings
from tongxing.gateway.storage.head_file import head_file_of
from tongxing.keys import HubSigner
from tongxing.sandbox.provisioning.layout import Layout


async def _runs(layout: Layout) -> None:
    async with open_app(load_settings(layout.settings, {}), asyncio.Event()):
        """It has started, and taken its database."""


def test_after_a_new_key_the_database_has_to_be_handed_over(
    tongxing: Tongxing, with_one_policy: Layout
) -> None:
    layout = with_one_policy
    asyncio.run(_runs(layout))
    layout.hub_key.write_bytes(HubSigner.generate().to_pem())
    head_file_of(layout.database).rename(layout.directory / "head of before")

    refused = tongxing("serve", "--settings", layout.settings)
    assert refused.status == 1
    assert "the database is another hub's (keys.hub)" in refused.err

    assert tongxing("audit", "hand-over", "--settings", layout.settings).status == 0
    asyncio.run(_runs(layout))
