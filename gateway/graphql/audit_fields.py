"""The audit log as a Relay connection, cut to what the client may see."""

from datetime import datetime
from functools import partial
from typing import Any

import strawberry
from strawberry import ID

from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.graphql.context import Context, Info
from tongxing.gateway.graphql.pages import page_info
from tongxing.gateway.storage import InvalidCursor
from tongxing.gateway.storage.audit import (
    AUDIT_CURSORS,
    AdministrationRecord,
    ArrivalRecord,
    AuditEntry,
    AuditFilter,
    AuditKind,
    CorrectionRecord,
    IntentRecord,
    OutcomeRecord,
    PublicationRecord,
    ReadingAction,
    ReadingRecord,
    RefusalRecord,
    kind_of,
    named_holder,
)
from tongxing.keys import HolderRef
from tongxing.schema import COUNTRY
from tongxing.schema.audit_entry import (
    AuditedSource,
    AuditEntryConnection,
    AuditEntryEdge,
    AuditEntryView,
    AuditFilterInput,
    AuditKindView,
)
from tongxing.schema.scope import Scope, any_of


@strawberry.type
class AuditFields:
    @strawberry.field(
        directives=any_of(Scope.AUDIT_READ),
        description="审计记录 What was asked, answered and refused, oldest first.",
    )
    async def audit_entries(
        self,
        info: Info,
        filter: AuditFilterInput | None = None,  # noqa: A002 - the name in the SDL
        first: int = 50,
        after: str | None = None,
    ) -> AuditEntryConnection:
        context = info.context
        where = _filter(filter or AuditFilterInput(), context)
        await context.services.readings.record(
            ReadingAction.AUDIT_ENTRIES, context.asker, holder=where.named_holder
        )
        try:
            page = await context.services.audit.page(where, first, after)
        except InvalidCursor:
            raise Refused(ErrorCode.INVALID_VALUE) from None
        edges = [
            AuditEntryEdge(node=_view(entry, context), cursor=AUDIT_CURSORS.at(entry.index))
            for entry in page.entries
        ]
        return AuditEntryConnection(
            edges=edges,
            page_info=page_info(edges, after, has_next=page.has_next, end=page.end_cursor),
        )


def _filter(given: AuditFilterInput, context: Context) -> AuditFilter:
    """Only entries of receiving regions that the client may act for. Entries without a region
    (administration, questions refused before their region was known) are for clients that may act
    for the whole country."""
    return AuditFilter(
        client_id=given.client,
        kind=None if given.kind is None else AuditKind(given.kind.value),
        regions=None if COUNTRY in context.regions else context.regions,
        named_holder=None if given.holder is None else _holder(given.holder, context),
        request_id=given.request_id,
        since=_aware(given.since),
        until=_aware(given.until),
    )


def _holder(shown: str, context: Context) -> HolderRef:
    try:
        return context.services.holder_key.behind(context.asker.client_id, shown)
    except ValueError:
        raise Refused(ErrorCode.INVALID_VALUE) from None


def _aware(time: datetime | None) -> datetime | None:
    """A time without a zone could be Beijing's or Greenwich's: the hub does not guess."""
    if time is not None and time.tzinfo is None:
        raise Refused(ErrorCode.INVALID_VALUE)
    return time


def _view(entry: AuditEntry, context: Context) -> AuditEntryView:
    record = entry.record
    named = named_holder(record)
    view = partial(
        AuditEntryView,
        index=entry.index,
        entry_hash=entry.entry_hash,
        kind=AuditKindView(kind_of(record).value),
        at=record.at,
        request_id=record.request_id,
        client=ID(record.client_id),
        holder=None if named is None else context.shown(named),
    )
    match record:
        case IntentRecord():
            return view(**_question(record), issuers=[ID(issuer) for issuer in record.issuers])
        case OutcomeRecord():
            return view(**_question(record), **_outcome(record))
        case RefusalRecord():
            return view(**_question(record), code=record.code)
        case AdministrationRecord():
            return view(code=record.action.value)
        case CorrectionRecord():
            return view(
                receiving_region=record.receiving_region,
                issuers=[ID(record.issuer)],
                code=record.action.value,
            )
        case ArrivalRecord() | ReadingRecord() | PublicationRecord():
            more = _published(record) if isinstance(record, PublicationRecord) else {}
            region, code = record.receiving_region, record.action.value
            return view(receiving_region=region, code=code, **more)


def _question(record: IntentRecord | OutcomeRecord | RefusalRecord) -> dict[str, Any]:
    return {
        "purpose": record.purpose,
        "receiving_region": record.receiving_region,
    }


def _published(record: PublicationRecord) -> dict[str, Any]:
    if record.receiving_region is None:
        return {"trust_list_version": record.version}
    return {"policy_region": record.receiving_region, "policy_version": record.version}


def _outcome(record: OutcomeRecord) -> dict[str, Any]:
    return {
        "color": record.color,
        "decision": record.decision,
        "rule": _id(record.rule),
        "decided_by": _id(record.decided_by),
        "relaxed": record.relaxed,
        "policy_region": record.policy_region,
        "policy_version": record.policy_version,
        "trust_list_version": record.trust_list_version,
        "sources": [
            AuditedSource(
                issuer=ID(source.issuer),
                outcome=source.outcome,
                evidence_digest=source.evidence_digest,
            )
            for source in record.sources
        ],
    }


def _id(text: str | None) -> ID | None:
    return None if text is None else ID(text)
