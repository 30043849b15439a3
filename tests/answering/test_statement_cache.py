"""What issuers stated lately: kept for a while, and forgotten when it is known to be outdated."""

import asyncio

from tests.adapters.people import AT
from tongxing.adapters.dialect import Reading, ReadStatement, Statement
from tongxing.gateway.answering.issuer_link import StatementCache
from tongxing.keys import HolderRef
from tongxing.schema import Outcome

HOLDER = HolderRef("A" * 22)
STATED = Statement("city", "form", AT, (b"statement",))
READ = ReadStatement(STATED, (), Reading(Outcome.VERIFIED, AT), STATED.digest(), is_signed=True)
NAMES = ("one spelling", "another spelling")


async def test_two_who_forget_one_holder_at_once_do_not_trip_over_each_other() -> None:
    cache = StatementCache(lifetime_seconds=60, capacity=10)
    for name in NAMES:
        await cache.put(name, READ, issuer="city", holder=HOLDER)
    await asyncio.gather(*(cache.forget("city", HOLDER) for _ in range(3)))
    assert [await cache.get(name) for name in NAMES] == [None, None]
