"""The audit log as a connection, cut to what the client may see."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import strawberry
from strawberry import ID

from tongxing.gateway.errors import Details, ErrorCode, Refused
from tongxing.gateway.graphql.context import Context, Info
from tongxing.gateway.graphql.document_ids import document_id
from tongxing.gateway.graphql.pages import Pages
from tongxing.gateway.policy.directory import NO_POLICIES
from tongxing.gateway.storage.audit import (
    AUDIT_CURSORS,
    PAGE_MAX_ENTRIES,
    AdministrationRecord,
    ArrivalRecord,
    AuditEntry,
    AuditFilter,
    AuditRecord,
    CorrectionRecord,
    IntentRecord,
    OfflineDecisionRecord,
    OutcomeRecord,
    PassRecord,
    PublicationRecord,
    ReadingRecord,
    RefusalRecord,
    RelayRecord,
    SourceOutcome,
    kind_of,
    named_holder,
)
from tongxing.gateway.storage.slices import Slice
from tongxing.keys import HolderRef, base64url
from tongxing.schema import COUNTRY, AuditIndex, contains
from tongxing.schema.audit_entry import (
    AUDIT_IDS,
    AuditAdministration,
    AuditArrival,
    AuditCorrection,
    AuditedRelaySource,
    AuditedSource,
    AuditEntryConnection,
    AuditEntryEdge,
    AuditEntryView,
    AuditFilterInput,
    AuditIntent,
    AuditOfflineDecision,
    AuditOutcome,
    AuditPass,
    AuditPublication,
    AuditReading,
    AuditRefusal,
    AuditRelay,
    ChangeOfClient,
    PublishedChange,
)
from tongxing.schema.audit_words import ReadingAction
from tongxing.schema.holder_pass import HolderPassStatus
from tongxing.schema.paging import After, Before, First, Last, PageArguments, PageSizes
from tongxing.schema.scope import Scope, any_of
from tongxing.schema.supergraph import NOT_IN_SUPERGRAPHS

Own = dict[str, Any]
"""The fields of one type, by their names in Python."""

AUDIT_PAGES = Pages(PageSizes(usual=50, most=PAGE_MAX_ENTRIES), AUDIT_CURSORS)


@strawberry.type
class AuditFields:
    @strawberry.field(
        directives=[*any_of(Scope.AUDIT_READ), NOT_IN_SUPERGRAPHS],
        metadata=AUDIT_PAGES.sizes.mark,
        description="审计记录，从旧到新：谁查询了什么，得到什么答复，为何被拒；仅限本接入系统可代表"
        f"的地区，以及信任列表与政策的公布；{AUDIT_PAGES.sizes.zh}。每次查阅均记入审计日志。 What "
        "was asked, answered and refused, oldest first, in the regions that you may act for, and "
        "every publication of a trust list or a policy; "
        f"{AUDIT_PAGES.sizes.en}. Reading is recorded itself.",
    )
    async def audit_entries(
        self,
        info: Info,
        *,
        filter: Annotated[  # noqa: A002 - the name in the SDL
            AuditFilterInput | None,
            strawberry.argument(
                description="筛选条件；不给的，为可见的全部记录 Which entries; all that you may "
                "see if it is left out"
            ),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> AuditEntryConnection:
        context = info.context
        wanted = AUDIT_PAGES.asked(PageArguments(first, after, last, before))
        given = filter or AuditFilterInput()
        where = _filter(given, await _holders(given.holder, context), context)
        await context.services.readings.record(
            ReadingAction.AUDIT_ENTRIES, context.asker, holder=next(iter(where.named_holders), None)
        )
        page = await context.services.audit.page(where, wanted)
        viewer = _Viewer(context)
        viewed = page.each(lambda _, entry: viewer.view(entry))
        return AUDIT_PAGES.connection(viewed, AuditEntryConnection, AuditEntryEdge)

    @strawberry.field(
        directives=[*any_of(Scope.AUDIT_READ), NOT_IN_SUPERGRAPHS],
        description="按审计序号查一条记录；没有的，或不属于本接入系统可代表的地区的，为空。查阅"
        "记入审计日志。 One entry by its place in the log; null if there is none, or if it is of a "
        "region that you may not act for. Reading it is recorded itself.",
    )
    async def audit_entry(
        self,
        info: Info,
        index: Annotated[
            AuditIndex,
            strawberry.argument(
                description="审计序号，如回执和互认结果中的 As in receipts and in the auditIndex "
                "of an answer"
            ),
        ],
    ) -> AuditEntryView | None:
        return await find_audit_entry(info.context, index)


async def find_audit_entry(context: Context, index: AuditIndex) -> AuditEntryView | None:
    """The entry at this place if the client may see it, and a record that it was looked for."""
    return (await find_audit_entries(context, [index]))[0]


async def find_audit_entries(
    context: Context, indexes: Sequence[AuditIndex]
) -> list[AuditEntryView | None]:
    """As ``find_audit_entry``, of several at once."""
    await context.services.readings.record(ReadingAction.AUDIT_ENTRIES, context.asker)
    viewer, found = _Viewer(context), await context.services.audit.find_all(indexes)
    return [
        viewer.view(each) if each is not None and _may_see(each.record, context) else None
        for each in found
    ]


def _may_see(record: AuditRecord, context: Context) -> bool:
    """Entries without a region (administration, questions refused before their region was known)
    are for clients that may act for the whole country; but publications are for all: any client
    may read the trust list and every policy."""
    region = getattr(record, "receiving_region", None)
    if COUNTRY in context.regions or isinstance(record, PublicationRecord):
        return True
    return region is not None and any(contains(each, region) for each in context.regions)


def _filter(
    given: AuditFilterInput, holders: tuple[HolderRef, ...], context: Context
) -> AuditFilter:
    """``regions`` says in SQL what ``_may_see`` says."""
    return AuditFilter(
        client_id=given.client,
        kind=given.kind,
        regions=None if COUNTRY in context.regions else context.regions,
        region=given.region,
        named_holders=holders,
        request_id=given.request_id,
        since=given.since,
        until=given.until,
        issuer=given.issuer,
        outcome=given.outcome,
        color=given.color,
        decision=given.decision,
    )


async def _holders(shown: str | None, context: Context) -> tuple[HolderRef, ...]:
    """Whom the client may have been shown as that, in whichever epoch, and the same person in the
    others. A reference of a destroyed epoch is nobody's, as if nobody had ever seen it."""
    if shown is None:
        return ()
    services = context.services
    try:
        behind = services.holder_keys.known.behind(context.asker.client_id, shown)
    except ValueError:
        where = Details(argument="filter", path=("holder",))
        raise Refused(ErrorCode.UNKNOWN_HOLDER_REF, where) from None
    linked = await services.holder_links.of(behind)
    if linked or len(behind) == 1:
        return linked or behind
    # One of them is somebody at the most: that is who is said to have been looked for.
    found = await services.audit.page(AuditFilter(named_holders=behind), Slice(1))
    named = [named_holder(entry.record) for entry in found.items]
    return tuple(each for each in named if each is not None) or behind


@dataclass(frozen=True, slots=True)
class _Viewer:
    """What one client may be shown of a record."""

    context: Context

    def view(self, entry: AuditEntry) -> AuditEntryView:
        shown_as, own = _VIEWS[type(entry.record)]
        return shown_as(**_shared(entry), **own(self, entry.record))

    def intent(self, record: IntentRecord) -> Own:
        return {"purpose": record.purpose, "issuers": record.issuers}

    def outcome(self, record: OutcomeRecord) -> Own:
        policies = self.context.services.policy_views
        policy = record.policy_region, record.policy_version
        return {
            "purpose": record.purpose,
            "holder": self._holder(record),
            "color": record.color,
            "decision": record.decision,
            "rule_id": _id(record.rule),
            "rule": None if record.rule is None else policies.rule(*policy, record.rule),
            "decided_by": record.decided_by,
            "relaxed": record.relaxed,
            "policy": policies.ref(*policy),
            "trust_list_version": record.trust_list_version,
            "sources": [_source(source) for source in record.sources],
        }

    def refusal(self, record: RefusalRecord) -> Own:
        return {"code": record.code, "purpose": record.purpose}

    def administration(self, record: AdministrationRecord) -> Own:
        digest = record.document_digest
        document = None if digest is None else document_id(base64url.decode(digest))
        return {
            "action": record.action,
            "actor": record.actor,
            "document_id": document,
            "client_key": record.client_key,
            "alarm": record.alarm,
            "changes": [ChangeOfClient(change=change, of=of) for change, of in record.changes],
            "holder_epoch": record.holder_epoch,
        }

    def arrival(self, record: ArrivalRecord) -> Own:
        return {
            "action": record.action,
            "holder": self._holder(record),
            "recognition": record.recognition,
        }

    def offline_decision(self, record: OfflineDecisionRecord) -> Own:
        status = record.status
        return {
            "decision_id": ID(record.decision_id),
            "decided_at": record.decided_at,
            "status": None if status is None else HolderPassStatus[status.name],
            "fault": record.fault,
            "list_state": record.list_state,
            "holder": self._holder(record),
            "recognition": record.recognition,
            "destination": record.destination,
        }

    def holder_pass(self, record: PassRecord) -> Own:
        return {
            "action": record.action,
            "holder": self._holder(record),
            "recognition": record.recognition,
        }

    def correction(self, record: CorrectionRecord) -> Own:
        return {
            "action": record.action,
            "issuer": record.issuer,
            "holder": self._holder(record),
            "evidence_digest": record.evidence_digest,
        }

    def reading(self, record: ReadingRecord) -> Own:
        return {"action": record.action}

    def publication(self, record: PublicationRecord) -> Own:
        digest = None if record.digest == NO_POLICIES.digest else record.digest
        return {
            "action": record.action,
            "version": record.version,
            "digest": digest,
            "signed_by": list(record.signed_by),
            "compared_with": record.compared_with,
            "changes": [PublishedChange(change=c, name=name) for c, name in record.changes],
        }

    def relay(self, record: RelayRecord) -> Own:
        sources = [
            AuditedRelaySource(
                issuer=each.issuer,
                outcome=each.outcome,
                evidence_digest=each.evidence_digest,
                is_handed=each.is_handed,
                road=[ID(hub) for hub in each.road],
            )
            for each in record.sources
        ]
        return {"action": record.action, "holder": self._holder(record), "sources": sources}

    def _holder(self, record: AuditRecord) -> str | None:
        named = named_holder(record)
        return None if named is None else self.context.shown_still(named)


_VIEWS: Mapping[type, tuple[Callable[..., AuditEntryView], Callable[[_Viewer, Any], Own]]] = {
    IntentRecord: (AuditIntent, _Viewer.intent),
    OutcomeRecord: (AuditOutcome, _Viewer.outcome),
    RefusalRecord: (AuditRefusal, _Viewer.refusal),
    AdministrationRecord: (AuditAdministration, _Viewer.administration),
    ArrivalRecord: (AuditArrival, _Viewer.arrival),
    CorrectionRecord: (AuditCorrection, _Viewer.correction),
    ReadingRecord: (AuditReading, _Viewer.reading),
    PublicationRecord: (AuditPublication, _Viewer.publication),
    PassRecord: (AuditPass, _Viewer.holder_pass),
    OfflineDecisionRecord: (AuditOfflineDecision, _Viewer.offline_decision),
    RelayRecord: (AuditRelay, _Viewer.relay),
}


def _shared(entry: AuditEntry) -> Own:
    record = entry.record
    return {
        "id": AUDIT_IDS.of(entry.index),
        "index": entry.index,
        "entry_hash": entry.entry_hash,
        "kind": kind_of(record),
        "at": record.at,
        "request_id": record.request_id,
        "client": ID(record.client_id),
        "receiving_region": getattr(record, "receiving_region", None),
    }


def _source(source: SourceOutcome) -> AuditedSource:
    return AuditedSource(
        issuer=source.issuer, outcome=source.outcome, evidence_digest=source.evidence_digest
    )


def _id(text: str | None) -> ID | None:
    return None if text is None else ID(text)
