"""The signed change feed: every change of what statements say, in its order.

``GET /v1/changes?after=N&limit=M`` (docs/wire-formats.md §1). A change names nobody: whoever holds
a statement knows its subject, and nobody else learns one.
"""

from dataclasses import replace

from tongxing.sandbox.city.city import City
from tongxing.sandbox.city.holder import record_of
from tongxing.sandbox.city.ledger import Change
from tongxing.sandbox.city.query import Page, read_query
from tongxing.sandbox.issuers.misbehavior import transport_only
from tongxing.sandbox.issuers.reply import Reply, error_reply, json_reply
from tongxing.sandbox.issuers.signing import CompactJws
from tongxing.sandbox.issuers.testimony import Witness
from tongxing.sandbox.issuers.zhenjiang import claims_of, signed


class Feed:
    def __init__(self, city: City, witness: Witness, opened_at: int) -> None:
        self._people = city.people
        self._register = city.register
        self._ledger = city.ledger
        self._witness = witness
        self._opened_at = opened_at
        self._jws = CompactJws("zjc-change+jwt")

    def changes(self, query: bytes) -> Reply:
        try:
            page = read_query(query, Page)
        except ValueError:
            return error_reply(400, "bad_request")
        now = self._witness.this_second()
        self._register.settle(now)
        found = self._ledger.changes(page.after, page.limit)
        answer = {
            "changes": [self._statement(change, now) for change in found],
            "last": found[-1].seq if found else page.after,
        }
        wrong = transport_only(self._witness.wrong_for_everybody())
        return replace(json_reply(answer), misbehavior=wrong)

    def _statement(self, change: Change, now: int) -> str:
        record = record_of(change.holder, self._opened_at)
        as_of = change.at - self._opened_at
        document = self._people.document_of(change.ordinal)
        testimony = self._witness.attest(document, replace(record, as_of=as_of), now)
        return signed(self._jws, testimony, claims_of(testimony) | {"seq": change.seq})
