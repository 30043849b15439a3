"""Decisions that gates made without a network, handed in."""

from typing import Annotated

import strawberry

from tongxing.gateway.answering.refusals import RefusedQuestion
from tongxing.gateway.errors import Details, ErrorCode, Refused, range_of
from tongxing.gateway.followup.offline_decisions import GateDecision, HandedIn
from tongxing.gateway.graphql.arrival_fields import WITH, arrival_result
from tongxing.gateway.graphql.context import Context, Info
from tongxing.keys.passes import PASS_MAX_CHARACTERS, PassStatus
from tongxing.schema.offline_decision import (
    OfflineDecisionInput,
    OfflineDecisionResult,
    OfflineOutcome,
    RecordOfflineDecisionsInput,
)
from tongxing.schema.scope import Scope, within_grants

MAX_DECISIONS = 50
"""At once; each is a commit, and a device has more turns. Error: BATCH_SIZE."""

_TAKEN = (OfflineOutcome.RECORDED, OfflineOutcome.RECORDED_BEFORE)


@strawberry.type
class OfflineActs:
    @strawberry.mutation(
        directives=within_grants(Scope.ARRIVAL_WRITE),
        description="上交断网时的处置：每次处置只记一次，审计中注明系断网时作出及其时间；可一并登记"
        "到达 Hand in what a gate decided without a network. Each is recorded once, as decided "
        "offline and with its own time; an arrival may come with it.",
    )
    async def record_offline_decisions(
        self,
        info: Info,
        input: Annotated[RecordOfflineDecisionsInput, WITH],  # noqa: A002 - the name in the SDL
    ) -> list[OfflineDecisionResult]:
        if not 1 <= len(input.decisions) <= MAX_DECISIONS:
            raise Refused(ErrorCode.BATCH_SIZE, _size())
        return [await _handed_in(each, input, info.context) for each in input.decisions]


def _size() -> Details:
    return Details(
        argument="input",
        path=("decisions",),
        limit=MAX_DECISIONS,
        unit="decisions",
        allowed=range_of(1, MAX_DECISIONS),
    )


async def _handed_in(
    given: OfflineDecisionInput, batch: RecordOfflineDecisionsInput, context: Context
) -> OfflineDecisionResult:
    decisions = context.services.offline_decisions
    handed = await decisions.hand_in(
        _decision(given), batch.region, batch.handed_in_at, context.asker
    )
    if handed.outcome not in _TAKEN:
        question = RefusedQuestion(handed.outcome.value, receiving_region=batch.region)
        await context.services.refusals.record(context.asker, [question])
    return await _result(given, handed, context)


async def _result(
    given: OfflineDecisionInput, handed: HandedIn, context: Context
) -> OfflineDecisionResult:
    arrival = None
    if handed.arrival is not None:
        arrival = await arrival_result(handed.arrival, context, given.destination)
    return OfflineDecisionResult(decision_id=given.id, outcome=handed.outcome, arrival=arrival)


def _decision(given: OfflineDecisionInput) -> GateDecision:
    shown, text = given.shown_status, given.pass_text
    return GateDecision(
        id=given.id,
        unverified_pass=text if text is not None and len(text) <= PASS_MAX_CHARACTERS else None,
        list_state=given.list_state,
        status=None if shown is None else PassStatus[shown.name],
        fault=given.fault,
        decided_at=given.decided_at,
        destination=given.destination,
    )
