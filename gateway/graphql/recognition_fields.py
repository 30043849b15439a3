"""Recognition by document, by manifest and by scanned code.

Responsible for the border between GraphQL's inputs and the hub's checked values: each entry is
checked alone, so that a bad one fails alone, and each refusal goes to the audit log. Refuses to
decide who may ask (``authorization``, ``grants``) and what the answer is (the hub).
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, NamedTuple

import strawberry

from tongxing.adapters.dialect import ByCode, Checkpoint
from tongxing.gateway.answering.checked_documents import CheckedDocuments
from tongxing.gateway.answering.guess_guard import BadNumber, ClientStopped
from tongxing.gateway.answering.inquiry import Inquiry
from tongxing.gateway.answering.refusals import RefusedQuestion, refusal_records
from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.graphql.context import Context, Info
from tongxing.gateway.graphql.grants import Framed, Granted, known_region
from tongxing.gateway.graphql.memos import Memo
from tongxing.gateway.turns import Turns
from tongxing.keys import TrustListRefused
from tongxing.schema import InvalidDocument, Recognition, RefusalCode
from tongxing.schema.characters import handed_over
from tongxing.schema.scope import Scope, any_of, within_grants
from tongxing.schema.traveler import (
    CHECKPOINT_MAX_CHARACTERS,
    CODE_MAX_CHARACTERS,
    REF_MAX_CHARACTERS,
    CheckpointInput,
    CodeResult,
    ManifestAnswer,
    ManifestEntryInput,
    ManifestInput,
    NotAnswered,
    ScannedCodeInput,
    TravelerInput,
    TravelerResult,
    not_answered,
)


@dataclass(frozen=True, slots=True)
class _Bad:
    """A question that is not asked. ``number`` is that of a document that is not well formed."""

    code: RefusalCode
    question: RefusedQuestion
    number: BadNumber | None = None


_Checked = Inquiry | _Bad


@strawberry.type
class RecognitionFields:
    @strawberry.field(
        directives=within_grants(Scope.STATUS_READ),
        description="查询一名旅客能否通行及其原因 May this traveler pass, and why? Errors: "
        "FORBIDDEN_REGION and FORBIDDEN_PURPOSE if the client may not ask that at all.",
    )
    async def traveler(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the name in the SDL
            TravelerInput, strawberry.argument(description="查询内容 Who, where to and what for")
        ],
    ) -> TravelerResult:
        context = info.context
        known = context.memos.get(_CHECKED_BEFORE)
        if known is not None and known.of is input:
            return (await _recognized([known.inquiry], context))[0]
        granted = Granted(input.receiving_region, input.purpose)
        return (await _results([(input, granted)], 1, context, input))[0]

    @strawberry.field(
        directives=any_of(Scope.STATUS_READ),
        description="查询旅客名单：1至1000人，每条各有答复，顺序不变；有误、无权或无政策的条目只影"
        "响该条，整个请求的问题才报错 1 to 1,000 travelers; one answer for each entry, in the "
        "order of the manifest. A bad entry fails alone: a document, region, purpose or ref that "
        "is not right, a region or purpose that the client may not ask for, a region without a "
        "policy. Errors are about the request as a whole.",
    )
    async def travelers(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the name in the SDL
            ManifestInput, strawberry.argument(description="名单 The travelers")
        ],
    ) -> list[ManifestAnswer]:
        entries, context = input.entries, info.context
        # To make a thousand entries of the variables was a long step: others come first.
        await asyncio.sleep(0)
        framed = ((entry, context.grants.entry(entry)) for entry in entries)
        results = await _results(framed, len(entries), context)
        return [
            ManifestAnswer(index=index, ref=_echo(entry.ref), result=result)
            for index, (entry, result) in enumerate(zip(entries, results, strict=True))
        ]

    @strawberry.field(
        directives=within_grants(Scope.CODE_VERIFY),
        description="验码：持码人能否通行及其原因 May the holder of this scanned code pass, and "
        "why? Errors: FORBIDDEN_REGION and FORBIDDEN_PURPOSE if the client may not ask that at "
        "all.",
    )
    async def verify_code(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the name in the SDL
            ScannedCodeInput,
            strawberry.argument(description="所扫的码 What was scanned, where, and what for"),
        ],
    ) -> CodeResult:
        code, context = handed_over(input.code), info.context
        refused = _wrong_scan(code, input.checkpoint, context)
        if refused is not None:
            question = RefusedQuestion(refused.value, input.purpose, input.receiving_region)
            await context.services.refusals.record(context.asker, [question])
            return not_answered(refused)
        scan = ByCode(code, checkpoint_of(input.checkpoint))
        inquiry = Inquiry(scan, input.receiving_region, input.purpose)
        return (await _recognized([inquiry], context))[0]


_Asked = tuple[TravelerInput | ManifestEntryInput, Framed]


class _CheckedBefore(NamedTuple):
    """Nothing was wrong with the only question of a request. ``of`` is the very object that was
    checked: where a request has several questions, each has its own."""

    of: TravelerInput
    inquiry: Inquiry


_CHECKED_BEFORE = Memo[_CheckedBefore]()


async def _results(
    asked: Iterable[_Asked], count: int, context: Context, only: TravelerInput | None = None
) -> list[TravelerResult]:
    """One result for each of so many questions, in order. ``only`` if there is but one."""
    at = context.services.clock()
    documents = context.services.documents
    checked = await _all_checked(asked, count, at, context.services.turns, documents)
    try:
        await context.whole.count(at)
        await _refuse([each for each in checked if isinstance(each, _Bad)], context)
    except ClientStopped:
        raise Refused(ErrorCode.CLIENT_STOPPED) from None
    inquiries = [each for each in checked if isinstance(each, Inquiry)]
    if only is not None and inquiries:
        context.memos.note(_CHECKED_BEFORE, _CheckedBefore(only, inquiries[0]))
    answers = iter(await _recognized(inquiries, context))
    return [
        next(answers) if isinstance(each, Inquiry) else not_answered(each.code) for each in checked
    ]


async def _all_checked(
    asked: Iterable[_Asked], count: int, at: datetime, turns: Turns, documents: CheckedDocuments
) -> list[_Checked]:
    """One alone is short work, which does not ask for a turn: it would wait behind the others."""
    checks = (_checked(*each, at, documents) for each in asked)
    return list(checks) if count == 1 else await turns.all(checks)


async def _refuse(bad: Sequence[_Bad], context: Context) -> None:
    """Record the bad entries, before any of the others is asked about. Raises ClientStopped if
    there were so many that the client is stopped."""
    if not bad:
        return
    at, asker = context.services.clock(), context.asker
    records = refusal_records([each.question for each in bad], asker, at)
    numbers = [each.number for each in bad if each.number is not None]
    await context.services.guard.refuse(records, numbers, asker, at)


async def _recognized(
    inquiries: Sequence[Inquiry], context: Context
) -> list[Recognition | NotAnswered]:
    """Raises Refused if the hub cannot answer at all."""
    try:
        answers = await context.services.hub.recognize(inquiries, context.asker)
    except TrustListRefused:
        raise Refused(ErrorCode.UNAVAILABLE) from None
    except ClientStopped:
        raise Refused(ErrorCode.CLIENT_STOPPED) from None
    return [not_answered(each) if isinstance(each, RefusalCode) else each for each in answers]


def _checked(
    asked: TravelerInput | ManifestEntryInput,
    framed: Framed,
    at: datetime,
    documents: CheckedDocuments,
) -> _Checked:
    if isinstance(framed, RefusalCode):
        region = known_region(asked.receiving_region)
        return _Bad(framed, RefusedQuestion(framed.value, asked.purpose, region))
    given = asked.document
    try:
        question, ref = documents.check(given.kind, given.number, given.name, at)
    except InvalidDocument as refusal:
        refused = RefusedQuestion(refusal.code.value, framed.purpose, framed.region)
        return _Bad(refusal.code, refused, BadNumber(given.kind, given.number, refusal.code))
    return Inquiry(question, framed.region, framed.purpose, ref)


def _echo(ref: str | None) -> str | None:
    return None if ref is None or len(ref) > REF_MAX_CHARACTERS else ref


def _wrong_scan(code: str, checkpoint: CheckpointInput, context: Context) -> RefusalCode | None:
    if len(code) > CODE_MAX_CHARACTERS:
        return RefusalCode.CODE_TOO_LONG
    if any(len(text) > CHECKPOINT_MAX_CHARACTERS for text in _texts(checkpoint)):
        return RefusalCode.TEXT_TOO_LONG
    return None if context.services.hub.claims(code) else RefusalCode.CODE_UNREADABLE


def _texts(given: CheckpointInput) -> tuple[str, ...]:
    return (
        *(given.name, given.position, given.department),
        *(given.verifier_name, given.verifier_phone),
    )


def checkpoint_of(given: CheckpointInput) -> Checkpoint:
    return Checkpoint(
        name=given.name,
        position=given.position,
        department=given.department,
        verifier_name=given.verifier_name,
        verifier_phone=given.verifier_phone,
    )
