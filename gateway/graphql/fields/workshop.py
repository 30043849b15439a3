"""Policies for coordinators: what is announced, and what a draft would change."""

from datetime import datetime

import strawberry

from gateway.graphql.context import Info
from gateway.graphql.errors import ErrorCode, Refused
from gateway.graphql.policy_views import policy_view, preview_view, refusal_view
from gateway.recognition.policies import NoPolicyInForce
from gateway.recognition.policy import Policy
from gateway.recognition.refusal import PolicyRefused
from gateway.workshop.window import Window
from gateway.workshop.workshop import (
    POPULATION_MAX,
    RECORDS_MAX,
    WINDOW_MAX,
    Busy,
    Tried,
    Workshop,
)
from schema import RegionCode
from schema.policy import PolicyPreviewResult, PolicyView, PreviewWindow


@strawberry.type
class WorkshopFields:
    @strawberry.field(
        description="互认政策 A region's own policies: in force, announced and past, by date."
    )
    async def policies(self, info: Info, region: RegionCode) -> list[PolicyView]:
        return [policy_view(each) for each in info.context.services.policies.versions(region)]

    @strawberry.field(
        description="预演草案 Whom a draft of the region's policy would treat otherwise: out of "
        "the audit log where a window is given, else out of a population that never lived."
    )
    async def preview_policy(
        self,
        info: Info,
        *,
        region: RegionCode,
        draft: str,
        window: PreviewWindow | None = None,
        population: int = 1_000,
        seed: int = 1,
    ) -> PolicyPreviewResult:
        workshop = info.context.services.workshop
        asked = None if window is None else _window(window)
        if not 1 <= population <= POPULATION_MAX:
            raise Refused(ErrorCode.INVALID_VALUE)
        try:
            policy = await workshop.read(draft)
            if policy.region != region:
                raise Refused(ErrorCode.FORBIDDEN_REGION)
            return preview_view(await _tried(workshop, policy, asked, population, seed))
        except PolicyRefused as refused:
            return refusal_view(refused)
        except NoPolicyInForce:
            raise Refused(ErrorCode.NO_POLICY) from None
        except Busy:
            raise Refused(ErrorCode.OVERLOADED) from None


async def _tried(
    workshop: Workshop, draft: Policy, window: Window | None, population: int, seed: int
) -> Tried:
    if window is None:
        return await workshop.on_population(draft, population, seed)
    return await workshop.on_records(draft, window)


def _window(given: PreviewWindow) -> Window:
    """A time without a zone could be Beijing's or Greenwich's: it is not guessed."""
    if given.since.tzinfo is None or given.until.tzinfo is None:
        raise Refused(ErrorCode.INVALID_VALUE)
    if not _length_fits(given.since, given.until):
        raise Refused(ErrorCode.INVALID_VALUE)
    return Window(given.since, given.until, RECORDS_MAX)


def _length_fits(since: datetime, until: datetime) -> bool:
    return since < until and until - since <= WINDOW_MAX
