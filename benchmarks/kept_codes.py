"""``python -m benchmarks.kept_codes``: what one million kept health codes take in memory.

Statements of the sizes of the reference issuers' are put into the hub's own cache, each with a key
and a holder of its own, and the growth of this process is held against the bytes that the issuers
sent. What is taken apart is one and the same object here: add the 64 MB that a client's latest may
take. Also how long the longest call held the event loop, when they were put and when they ended.
"""

import asyncio
import gc
import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_bytes, token_urlsafe
from time import monotonic, thread_time

from tongxing.adapters.dialect import ByDocument, Reading, ReadStatement, Statement
from tongxing.gateway.answering.statement_cache import StatementCache, StatementKey
from tongxing.keys import Holder, HolderRef
from tongxing.schema import DocumentKind, Outcome, TravelDocument

CODES = 1_000_000
ROOM = 4_000_000_000
"""Bytes: the bound is not what is measured."""

SIZES: tuple[tuple[str, tuple[int, ...], tuple[int, ...]], ...] = (
    ("zjc-status+jwt", (534,), ()),
    ("self", (279, 270), (22,)),
    ("/queryInfo", (796,), (17, 3, 3)),
)
"""Form, parts and binding of one statement of each reference issuer, in bytes."""

SECONDS = 600.0


async def main() -> None:
    now = [0.0]
    cache = StatementCache(
        lifetime_seconds=SECONDS, room_of_client=ROOM, room=ROOM, clock=lambda: now[0]
    )
    gc.collect()
    before, own, longest = _resident(), 0, 0.0
    for number in range(CODES):
        read, size = _read(number)
        key, ref = _key(), HolderRef(token_urlsafe(16))
        began = thread_time()
        await cache.put(key, read, Holder(ref, (ref,)), asked_at=cache.now())
        longest = max(longest, thread_time() - began)
        own += size
    gc.collect()
    taken = _resident() - before
    print(f"{CODES:,} codes of {own / 1e6:,.0f} MB take {taken / 1e6:,.0f} MB: {taken / own:.2f} ×")
    print(f"the longest put: {longest * 1e3:.1f} ms of the processor")
    now[0] = SECONDS
    calls, tidying, began = 0, 0.0, monotonic()
    while True:
        one = thread_time()
        is_more_left = cache.tidy()
        tidying = max(tidying, thread_time() - one)
        calls += 1
        if not is_more_left:
            break
    gone = monotonic() - began
    print(f"all ended at once: {calls:,} calls, {gone:.1f} s, longest {tidying * 1e3:.1f} ms")
    parts = {
        "codes": CODES,
        "own_bytes": own,
        "taken_bytes": taken,
        "longest_put_ms": longest * 1e3,
        "longest_tidying_ms": tidying * 1e3,
    }
    print(json.dumps({"value": taken / own, "parts": parts}))


def _key() -> StatementKey:
    return StatementKey("city-system", "zhenjiang", token_urlsafe(32))


def _read(number: int) -> tuple[ReadStatement, int]:
    form, parts, binding = SIZES[number % len(SIZES)]
    statement = Statement(
        "zhenjiang",
        form,
        datetime.now(UTC),
        tuple(token_bytes(size) for size in parts),
        tuple("b" * size for size in binding),
    )
    return replace(_READ, statement=statement), sum(parts)


_WANG = TravelDocument(DocumentKind.RESIDENT_ID, "321102199003070011", "王小明")
_READ = ReadStatement(
    Statement("zhenjiang", "", datetime.now(UTC), ()),
    ByDocument(_WANG),
    (),
    Reading(Outcome.VERIFIED, None),
    "",
    is_signed=True,
)


def _resident() -> int:
    """Bytes of this process in memory."""
    pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGESIZE")


if __name__ == "__main__":
    asyncio.run(main())
