"""The workshop inside a running hub: a draft is tried while travelers are being answered.

Bounded in number and in time, one draft after the other and one of each client, and never for long
without letting the answers go first. What ran out of time is given as far as it came, and says so.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from tongxing.gateway.policy.crowd_cover import DayOfCells, TooFewTravelers
from tongxing.gateway.policy.directory import PolicyDirectory
from tongxing.gateway.policy.fence import ReaderTooSlow, read_fenced
from tongxing.gateway.policy.in_force import NoPolicyInForce
from tongxing.gateway.policy.narrowing import Narrowing
from tongxing.gateway.policy.policy_refusal import PolicyFault
from tongxing.gateway.policy.population import Invented, population
from tongxing.gateway.policy.preview import Preview, tried
from tongxing.gateway.policy.settled_days import Days
from tongxing.gateway.policy.text import PolicySource
from tongxing.gateway.policy.window import Trying, Window, replay, versions_of
from tongxing.gateway.recognition.circle import Speakers
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.storage.audit import AuditLog
from tongxing.keys import TrustStore
from tongxing.schema import RegionCode, clock, place_name

DRAFT_NAME = "draft"
PREVIEW_SECONDS = 10.0
"""Of judging; reading a draft comes before it and has bounds of its own (``fence``)."""

POPULATION_MAX = 5_000
RECORDS_MAX = 50_000
"""Of one day: a day with more is not judged here. The time runs out sooner."""

WINDOW_MAX = timedelta(days=31)
CLIENTS_AT_ONCE = 4
"""With a draft on the bench or waiting for it. Error: Busy."""


class Busy(Exception):
    """This client has a draft here already, too many others have, or the machine is busy."""


@dataclass(frozen=True, slots=True)
class Trial:
    """``is_whole`` is False where time or number ran out. ``days`` are those of the audit log that
    it was taken of."""

    current: Policy
    preview: Preview
    is_whole: bool
    days: Days | None = None


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft that was read, and the policy that is in force until it begins."""

    policy: Policy
    before: Policy


class Workshop:
    """``trust`` says who speaks for which place, ``clock`` gives aware UTC times."""

    def __init__(
        self,
        policies: PolicyDirectory,
        audit: AuditLog,
        trust: TrustStore,
        clock: Callable[[], datetime],
    ) -> None:
        self._policies = policies
        self._audit = audit
        self._trust = trust
        self._clock = clock
        self._bench = asyncio.Lock()
        self._clients: set[str] = set()

    @asynccontextmanager
    async def turn(self, client: str) -> AsyncIterator[None]:
        """Holds the bench for one draft of ``client``. The clients that wait get it in the order
        in which they came, so that none of them can keep it from the others. Raises Busy."""
        if client in self._clients or len(self._clients) >= CLIENTS_AT_ONCE:
            raise Busy
        self._clients.add(client)
        try:
            async with self._bench:
                yield
        finally:
            self._clients.remove(client)

    async def read(self, draft: str, region: RegionCode) -> Drafted:
        """A draft for ``region``, with the policy that it would follow. Raises PolicyRefused,
        Busy."""
        source = PolicySource(DRAFT_NAME, draft)
        try:
            policy = await read_fenced(DRAFT_NAME, draft.encode())
        except ReaderTooSlow:
            raise Busy from None
        if policy.region != region:
            raise source.refused(
                PolicyFault.OF_ANOTHER_REGION, ("region",), _another_region(policy.region, region)
            )
        return Drafted(policy, self._before(policy, source))

    async def on_population(self, drafted: Drafted, size: int, seed: int) -> Trial:
        """Raises TrustListRefused."""
        draft, current, speakers = drafted.policy, drafted.before, self._speakers()
        preview, narrowing = Preview(draft), Narrowing(current, draft, speakers)
        travelers = population((current, draft), size, seed, speakers)
        is_whole = await _in_time(_judge(travelers, preview, narrowing))
        return Trial(current, preview, is_whole)

    async def on_records(self, drafted: Drafted, days: Days, client_id: str) -> Trial:
        """For the client ``client_id``; days that are not read to their end are left out. Raises
        TrustListRefused, TooFewTravelers, AuditDamaged."""
        draft, current = drafted.policy, drafted.before
        preview = Preview(draft)
        trying = Trying(draft, versions_of(self._policies.known()), self._speakers())
        read: list[Days] = []

        async def read_all() -> bool:
            for day in days.each():
                cells = DayOfCells(client_id)
                if not await self._count_day(day, trying, cells):
                    return False
                cells.show(preview)
                read.append(day)
            return True

        is_whole = await _in_time(read_all())
        if is_whole and not preview.total:
            raise TooFewTravelers
        until = read[-1].until if read else days.since
        return Trial(current, preview, is_whole, Days(days.since, until))

    async def _count_day(self, day: Days, trying: Trying, cells: DayOfCells) -> bool:
        window = Window(day.since, day.until, RECORDS_MAX)
        return await replay(self._audit, window, trying, cells.add)

    def _speakers(self) -> Speakers:
        """Who speaks for which place now; what the list said on the day of a record is not kept."""
        return Speakers(self._trust.current(self._clock()).issuers)

    def _before(self, draft: Policy, source: PolicySource) -> Policy:
        """The policy in force until ``draft`` begins. Raises PolicyRefused."""
        just_before = draft.valid_from - timedelta(microseconds=1)
        try:
            return self._policies.in_force(draft.region, just_before)
        except NoPolicyInForce:
            pass
        if any(draft.version == known.version for known in self._policies.known()):
            number = draft.version.version
            reason = f"第{number}版已公布 version {number} is published, and is the first"
            raise source.refused(PolicyFault.ALREADY_PUBLISHED, ("version",), reason)
        begin, place = clock(draft.valid_from), place_name(draft.region)
        reason = (
            f"{begin.zh}之前，{place.zh}没有现行的互认政策 "
            f"no policy is in force for {place.en} just before {begin.en}"
        )
        raise source.refused(PolicyFault.NOTHING_BEFORE, ("valid_from",), reason)


def _another_region(drafted: RegionCode, asked: RegionCode) -> str:
    of, about = place_name(drafted), place_name(asked)
    return (
        f"草案写的是{of.zh}（{drafted}），所查的是{about.zh}（{asked}） "
        f"the draft is for {of.en} ({drafted}), the question is about {about.en} ({asked})"
    )


async def _in_time(work: Coroutine[None, None, bool]) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(PREVIEW_SECONDS):
            return await work
    return False


async def _judge(travelers: Iterable[Invented], preview: Preview, narrowing: Narrowing) -> bool:
    """One case takes up to some 40 ms under the most elaborate policy that is read; after each the
    event loop may run other tasks."""
    for case, where in travelers:
        traveler = narrowing.of_invented(case, where)
        preview.add(tried(traveler, narrowing.current, narrowing.draft))
        await asyncio.sleep(0)
    return True
