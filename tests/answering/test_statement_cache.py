"""What issuers stated lately: kept for a while, and forgotten when it is known to be outdated."""

import asyncio
import weakref

from tests.adapters.people import AT, WANG
from tongxing.adapters.dialect import ByDocument, Reading, ReadStatement, Statement
from tongxing.gateway.answering.statement_cache import StatementCache
from tongxing.keys import HolderRef
from tongxing.schema import Outcome

HOLDER = HolderRef("A" * 22)
STATED = Statement("city", "form", AT, (b"statement",))
READ = ReadStatement(
    STATED,
    ByDocument(WANG),
    (),
    Reading(Outcome.VERIFIED, AT),
    STATED.digest(),
    is_signed=True,
)
NAMES = ("one spelling", "another spelling")


class Caching:
    """A cache for two statements, each for a minute, at the time ``seconds``."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.cache = StatementCache(lifetime_seconds=60, capacity=2, clock=lambda: self.seconds)

    async def put(self, key: str, holder: HolderRef = HOLDER) -> None:
        await self.cache.put(key, READ, issuer="city", holder=holder)

    async def held(self, *keys: str) -> list[str]:
        return [key for key in keys if await self.cache.get(key) is READ]


async def test_a_statement_is_kept_for_its_lifetime() -> None:
    here = Caching()
    await here.put("a")
    here.seconds = 59.9
    assert await here.held("a") == ["a"]
    here.seconds = 60.0
    assert await here.held("a") == []


async def test_beyond_the_capacity_the_least_recently_put_goes_first() -> None:
    here = Caching()
    for key in ("a", "b", "a", "c"):
        await here.put(key)
    assert await here.held("a", "b", "c") == ["a", "c"]


async def test_what_has_expired_is_let_go_of_with_whose_it_was() -> None:
    class Ref(str):
        """A text that can be watched."""

        __slots__ = ("__weakref__",)

    here = Caching()
    ref = Ref("B" * 22)
    watched = weakref.ref(ref)
    await here.put("a", HolderRef(ref))
    del ref
    here.seconds = 60.0
    await here.put("b")
    assert watched() is None


async def test_only_the_statements_of_this_issuer_about_this_holder_are_forgotten() -> None:
    here = Caching()
    await here.put("a")
    await here.cache.put("b", READ, issuer="province", holder=HOLDER)
    await here.cache.forget("city", HOLDER)
    assert await here.held("a", "b") == ["b"]


async def test_two_who_forget_one_holder_at_once_do_not_trip_over_each_other() -> None:
    here = Caching()
    for name in NAMES:
        await here.put(name)
    await asyncio.gather(*(here.cache.forget("city", HOLDER) for _ in range(3)))
    assert await here.held(*NAMES) == []


async def test_a_closed_cache_holds_nothing() -> None:
    here = Caching()
    await here.put("a")
    await here.cache.close()
    assert await here.held("a") == []
