"""The workshop inside a running hub: a draft is tried while travelers are being answered.

Bounded in number and in time, one draft after the other, and never for long without letting the
answers go first. What ran out of time is given as far as it came, and says so.
"""

import asyncio
from collections.abc import Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from tongxing.gateway.policy.crowd_cover import CrowdCover
from tongxing.gateway.policy.directory import PolicyDirectory
from tongxing.gateway.policy.policy_file import read_policy
from tongxing.gateway.policy.population import population
from tongxing.gateway.policy.preview import Preview
from tongxing.gateway.policy.window import Window, replay, versions_of
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.storage.audit import AuditLog
from tongxing.schema.case import Case

DRAFT_NAME = "draft"
PREVIEW_SECONDS = 10.0
"""Of judging; reading a draft comes before it and is bounded by the limits of policy files."""

POPULATION_MAX = 5_000
RECORDS_MAX = 10_000
WINDOW_MAX = timedelta(days=31)
JUDGED_AT_ONCE = 16
"""Some milliseconds of work, after which the event loop may run other tasks."""


class Busy(Exception):
    """Another draft is being tried."""


@dataclass(frozen=True, slots=True)
class Trial:
    """``is_whole`` is False where time or number ran out."""

    current: Policy
    preview: Preview
    is_whole: bool


class Workshop:
    def __init__(self, policies: PolicyDirectory, audit: AuditLog) -> None:
        self._policies = policies
        self._audit = audit
        self._bench = asyncio.Lock()

    async def read(self, draft: str) -> Policy:
        """Off the event loop: its rules are checked one class of findings after the other. Raises
        PolicyRefused, Busy."""
        if self._bench.locked():
            raise Busy
        async with self._bench:
            return await asyncio.to_thread(read_policy, DRAFT_NAME, draft.encode())

    async def on_population(self, draft: Policy, size: int, seed: int) -> Trial:
        """Raises NoPolicyInForce, Busy."""
        current, preview = self._before(draft), Preview(draft)
        cases = population((current, draft), size, seed)
        is_whole = await self._in_time(_judge(cases, preview, current))
        return Trial(current, preview, is_whole)

    async def on_records(self, draft: Policy, window: Window, client_id: str) -> Trial:
        """For the client ``client_id``. Raises NoPolicyInForce, Busy, TooFewTravelers,
        AuditDamaged."""
        current, preview = self._before(draft), Preview(draft)
        known = versions_of(self._policies.known())
        cover = CrowdCover(client_id)
        work = replay(self._audit, window, preview, known, cover.add)
        is_whole = await self._in_time(work)
        cover.require_enough()
        return Trial(current, preview, is_whole)

    def _before(self, draft: Policy) -> Policy:
        just_before = draft.valid_from - timedelta(microseconds=1)
        return self._policies.in_force(draft.region, just_before)

    async def _in_time(self, work: Coroutine[None, None, bool]) -> bool:
        if self._bench.locked():
            work.close()
            raise Busy
        async with self._bench:
            with suppress(TimeoutError):
                async with asyncio.timeout(PREVIEW_SECONDS):
                    return await work
        return False


async def _judge(cases: Iterable[Case], preview: Preview, current: Policy) -> bool:
    for number, case in enumerate(cases, start=1):
        preview.add(case, current)
        if number % JUDGED_AT_ONCE == 0:
            await asyncio.sleep(0)
    return True
