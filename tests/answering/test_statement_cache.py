"""What issuers stated lately: kept for a while, and forgotten when it is known to be outdated."""

import asyncio
import weakref

from tests.adapters.people import AT, WANG
from tongxing.adapters.dialect import ByDocument, Reading, ReadStatement, Statement
from tongxing.gateway.answering.statement_cache import KEPT_BYTES, StatementCache, StatementKey
from tongxing.gateway.memory import ENTRY_BYTES
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
    """A cache for two statements of each client, each for a minute, at the time ``seconds``."""

    def __init__(self) -> None:
        self.seconds = 0.0
        two = 2 * (KEPT_BYTES + len(b"statement") + ENTRY_BYTES)
        self.cache = StatementCache(
            lifetime_seconds=60, room_of_client=two, room=1_000_000, clock=lambda: self.seconds
        )

    async def put(self, ref: str, holder: HolderRef = HOLDER, client: str = "one") -> None:
        await self.cache.put(StatementKey(client, "city", ref), READ, holder)

    async def held(self, *refs: str, client: str = "one", issuer: str = "city") -> list[str]:
        keys = [StatementKey(client, issuer, ref) for ref in refs]
        return [key.ref for key in keys if await self.cache.get(key) is READ]


async def test_a_statement_is_kept_for_its_lifetime() -> None:
    here = Caching()
    await here.put("a")
    here.seconds = 59.9
    assert await here.held("a") == ["a"]
    here.seconds = 60.0
    assert await here.held("a") == []


async def test_beyond_the_capacity_the_least_recently_put_goes_first() -> None:
    here = Caching()
    for ref in ("a", "b", "a", "c"):
        await here.put(ref)
    assert await here.held("a", "b", "c") == ["a", "c"]


async def test_a_client_finds_only_what_its_own_question_brought() -> None:
    here = Caching()
    await here.put("a", client="one")
    assert await here.held("a", client="another") == []
    await here.put("a", client="another")
    assert await here.held("a", client="one") == await here.held("a", client="another") == ["a"]


async def test_a_client_that_asks_much_drives_out_no_statement_of_another() -> None:
    here = Caching()
    await here.put("a", client="one")
    for ref in ("a", "b", "c", "d"):
        await here.put(ref, client="busy")
    assert await here.held("a", client="one") == ["a"]


async def test_what_has_expired_is_let_go_of_with_whose_it_was() -> None:
    watched, here = Watched(), Caching()
    await here.put("a", watched.holder())
    here.seconds = 60.0
    await here.put("b")
    assert watched.is_gone()


async def test_what_has_expired_is_let_go_of_also_if_its_client_asks_no_more() -> None:
    watched, here = Watched(), Caching()
    await here.put("a", watched.holder(), client="silent")
    here.seconds = 60.0
    await here.put("b")
    await here.put("c")
    assert watched.is_gone()


class Watched:
    """A holder that is referred to from nowhere but the cache."""

    class Ref(str):
        __slots__ = ("__weakref__",)

    def __init__(self) -> None:
        self._seen: weakref.ref[str] | None = None

    def holder(self) -> HolderRef:
        ref = self.Ref("B" * 22)
        self._seen = weakref.ref(ref)
        return HolderRef(ref)

    def is_gone(self) -> bool:
        return self._seen is not None and self._seen() is None


async def test_only_the_statements_of_this_issuer_about_this_holder_are_forgotten() -> None:
    here = Caching()
    await here.put("a")
    await here.cache.put(StatementKey("one", "province", "b"), READ, HOLDER)
    await here.put("c", HolderRef("C" * 22))
    await here.cache.forget("city", HOLDER)
    assert await here.held("a", "c") == ["c"]
    assert await here.held("b", issuer="province") == ["b"]


async def test_what_is_outdated_is_forgotten_for_every_client() -> None:
    here = Caching()
    for client in ("one", "another"):
        await here.put("a", client=client)
    await here.cache.forget("city", HOLDER)
    assert await here.held("a", client="one") == await here.held("a", client="another") == []


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
