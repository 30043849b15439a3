"""A single question asks for no turn: of many that come at once, some would wait for all others."""

from pathlib import Path
from time import monotonic
from typing import NoReturn

import pytest

from tests.answering.test_request_log import SOMEONE, Watched
from tests.oracle.stack import stack
from tests.recognition.given import AT
from tongxing.adapters.dialect import ByDocument
from tongxing.gateway.answering.checked_documents import CheckedDocuments
from tongxing.gateway.graphql.recognition_fields import _all_checked
from tongxing.gateway.turns import Turns
from tongxing.keys import HolderKey
from tongxing.schema import DocumentKind, Purpose, RefusalCode, RegionCode
from tongxing.schema.traveler import TravelDocumentInput, TravelerInput

DOCUMENTS = CheckedDocuments(HolderKey(b"k" * 32))


class TurnAsked(Exception):
    pass


class NoTurns(Turns):
    async def next(self) -> NoReturn:
        raise TurnAsked


async def test_neither_a_cold_nor_a_hot_one_waits_for_long_work(tmp_path: Path) -> None:
    async with stack(tmp_path, lists_ended=False, turns=NoTurns(monotonic)) as around:
        looked = Watched(around, tmp_path / "state" / "hub.sqlite3")
        looked.prepare()
        for _ in range(3):
            await looked.ask(ByDocument(SOMEONE))
        with pytest.raises(TurnAsked):
            await looked.ask(ByDocument(SOMEONE), ByDocument(SOMEONE))


async def test_nor_does_the_check_of_its_document() -> None:
    number = TravelDocumentInput(kind=DocumentKind.RESIDENT_ID, number="1", name="王小明")
    asked = TravelerInput(
        document=number, receiving_region=RegionCode("321100"), purpose=Purpose.ENTRY
    )
    one = (asked, RefusalCode.NO_POLICY_IN_FORCE)
    at, turns = AT, NoTurns(monotonic)
    assert len(await _all_checked([one], 1, at, turns, DOCUMENTS)) == 1
    with pytest.raises(TurnAsked):
        await _all_checked([one, one], 2, at, turns, DOCUMENTS)
