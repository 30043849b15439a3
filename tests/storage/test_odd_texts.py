"""What a caller may look for and no database holds: nothing is found, and nobody is disturbed."""

from pathlib import Path

import pytest

from tests.back_ends import open_database
from tests.storage.records import SIGNER, intent
from tongxing.gateway.storage.audit import AuditFilter, AuditLog
from tongxing.gateway.storage.slices import Slice

ODD = {
    "a zero": "\x00",
    "a zero behind what is there": "city-system\x00",
    "a long text": "☃" * 10_000,
    "a quote": "'",
    "a pattern": "%",
    "a place": "?",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
async def test_an_odd_text_is_in_no_entry(path: Path, text: str) -> None:
    async with open_database(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        await log.append([intent(1)])
        for where in (
            AuditFilter(client_id=text),
            AuditFilter(request_id=text),
            AuditFilter(request_id=intent(1).request_id + text),
            AuditFilter(issuer=text),
        ):
            assert list((await log.page(where, Slice(10))).items) == []
