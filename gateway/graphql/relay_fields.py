"""Statements for other hubs: the border between GraphQL's inputs and what ``relaying`` takes.

Refuses to decide who may ask (``authorization``) and about which issuers (the registration of the
asking hub, which ``relaying`` looks up).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import strawberry
from strawberry import ID

from tongxing.adapters.between_hubs import (
    ISSUERS_AT_ONCE,
    MAX_HOPS,
    QUESTIONS_AT_ONCE,
    STATEMENTS_AT_ONCE,
)
from tongxing.adapters.dialect import ByCode
from tongxing.gateway.answering.checked_documents import CheckedDocuments
from tongxing.gateway.answering.guess_guard import ClientStopped
from tongxing.gateway.answering.relaying import Relayed, RelayQuestion, RelayRequest
from tongxing.gateway.errors import Details, ErrorCode, Refused, range_of
from tongxing.gateway.graphql.context import Info
from tongxing.gateway.graphql.recognition_fields import checkpoint_of
from tongxing.keys import TrustListRefused
from tongxing.schema import InvalidDocument
from tongxing.schema.characters import handed_over
from tongxing.schema.relay import (
    RelayedAnswer,
    RelayedSource,
    RelayedStatement,
    RelayQuestionInput,
    StatementRelay,
    StatementRelayInput,
)
from tongxing.schema.scalars import StatementBytes
from tongxing.schema.scope import Scope, within_grants
from tongxing.schema.supergraph import NOT_IN_SUPERGRAPHS
from tongxing.schema.traveler import CHECKPOINT_MAX_CHARACTERS, CODE_MAX_CHARACTERS

LONGEST_MILLISECONDS = 60_000

_EXCHANGE = re.compile(r"[A-Za-z0-9_-]{16,64}")
_HUB_ID = re.compile(r"[a-z][a-z0-9-]{0,62}")


@strawberry.type
class RelayFields:
    @strawberry.field(
        directives=[*within_grants(Scope.EVIDENCE_RELAY), NOT_IN_SUPERGRAPHS],
        description="转递：供其他平台取得本平台所接发码机构的签名陈述，仅限其登记的机构；不作任何判"
        "定。每次均记入双方的审计日志 For other hubs: the signed statements of the issuers behind "
        "this one, as far as the asking hub is registered for them. No policy is applied. Both "
        "hubs record it. Errors: FORBIDDEN_REGION, ROAD_COMES_BACK, ROAD_ENDS_ELSEWHERE, "
        "TOO_MANY_HOPS.",
    )
    async def relayed_statements(
        self,
        info: Info,
        input: StatementRelay,  # noqa: A002 - the name in the SDL
    ) -> list[RelayedAnswer]:
        context = info.context
        services, asker = context.services, context.asker
        _check_road(input.road, services.own.hub_id, asker.client_id)
        request = _request(input, services.documents, services.clock())
        try:
            relayed = await services.relaying.relay(request, asker)
        except TrustListRefused:
            raise Refused(ErrorCode.UNAVAILABLE) from None
        except ClientStopped:
            raise Refused(ErrorCode.CLIENT_STOPPED) from None
        return [
            RelayedAnswer(index=index, sources=list(map(_source, sources)))
            for index, sources in enumerate(relayed)
        ]


def relay_questions(arguments: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Those of the field's arguments. Raises Refused for too many."""
    questions: Sequence[Mapping[str, Any]] = arguments["input"]["questions"]
    if not 1 <= len(questions) <= QUESTIONS_AT_ONCE:
        raise _size("questions", QUESTIONS_AT_ONCE, "questions")
    return questions


def _check_road(road: Sequence[str], own_hub: str, asking_hub: str) -> None:
    """Raises Refused unless this hub may be asked by way of ``road``. A hub is registered under its
    own id, and speaks in no other's name."""
    where = partial(Details, argument="input", path=("road",))
    if not 1 <= len(road) <= MAX_HOPS:
        raise Refused(ErrorCode.TOO_MANY_HOPS, where(limit=MAX_HOPS, unit="hubs"))
    if own_hub in road or len(set(road)) != len(road):
        raise Refused(ErrorCode.ROAD_COMES_BACK, where())
    if not all(_HUB_ID.fullmatch(hub) for hub in road):
        raise _malformed("road")
    if road[-1] != asking_hub:
        raise Refused(ErrorCode.ROAD_ENDS_ELSEWHERE, where())


def _request(given: StatementRelayInput, documents: CheckedDocuments, at: datetime) -> RelayRequest:
    """Raises Refused."""
    if _EXCHANGE.fullmatch(given.exchange) is None:
        raise _malformed("exchange")
    if not 1 <= given.within_milliseconds <= LONGEST_MILLISECONDS:
        raise _malformed("withinMilliseconds")
    if sum(len(each.issuers) for each in given.questions) > STATEMENTS_AT_ONCE:
        raise _size("questions", STATEMENTS_AT_ONCE, "statements")
    return RelayRequest(
        exchange=given.exchange,
        region=given.receiving_region,
        road=tuple(given.road),
        within_seconds=given.within_milliseconds / 1_000,
        questions=[
            _question(each, index, documents, at) for index, each in enumerate(given.questions)
        ],
    )


def _question(
    given: RelayQuestionInput, index: int, documents: CheckedDocuments, at: datetime
) -> RelayQuestion:
    """A hub has checked what it asks: one wrong question, and the whole request is refused."""
    if not 1 <= len(given.issuers) <= ISSUERS_AT_ONCE:
        raise _size("issuers", ISSUERS_AT_ONCE, "issuers")
    issuers = tuple(dict.fromkeys(given.issuers))
    if given.scan is not None and given.document is None:
        scan = given.scan
        texts = vars(scan.checkpoint).values()
        if len(scan.code) > CODE_MAX_CHARACTERS or any(
            len(text) > CHECKPOINT_MAX_CHARACTERS for text in texts
        ):
            raise _malformed("questions", index, "scan")
        code = ByCode(handed_over(scan.code), checkpoint_of(scan.checkpoint))
        return RelayQuestion(code, issuers)
    if given.document is None or given.scan is not None:
        raise Refused(ErrorCode.EXACTLY_ONE, Details(argument="input", path=("questions", index)))
    asked = given.document
    try:
        question, ref = documents.check(asked.kind, asked.number, asked.name, at)
    except InvalidDocument:
        raise _malformed("questions", index, "document") from None
    return RelayQuestion(question, issuers, ref)


def _source(relayed: Relayed) -> RelayedSource:
    statement = relayed.statement
    return RelayedSource(
        issuer=ID(relayed.issuer),
        outcome=relayed.outcome,
        road=[ID(hub) for hub in relayed.road],
        statement=None
        if statement is None
        else RelayedStatement(
            call=statement.form,
            parts=[StatementBytes(part) for part in statement.parts],
            opening=list(relayed.opening),
        ),
    )


def _malformed(*path: str | int) -> Refused:
    return Refused(ErrorCode.RELAY_MALFORMED, Details(argument="input", path=path))


def _size(at: str, most: int, unit: str) -> Refused:
    details = Details(
        argument="input", path=(at,), limit=most, unit=unit, allowed=range_of(1, most)
    )
    return Refused(ErrorCode.BATCH_SIZE, details)
