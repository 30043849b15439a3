"""What can be read from the city with GET: its offices' lists, the figures, and the change feed.

Described in docs/zhenjiang.md; the feed, ``GET /v1/changes``, in docs/wire-formats.md §1. A
community sees the documents of its applicants and a district those of its arrivals, because both
must find these people. The figures name no person. A change in the feed has a digest for a name,
which only a reader with a statement about the same person recognizes.
"""

from dataclasses import replace
from datetime import date
from typing import Annotated, TypeVar
from urllib.parse import parse_qsl

import msgspec

from tongxing.sandbox.city.books import FIGURE_NAMES, Change, Handover
from tongxing.sandbox.city.city import City
from tongxing.sandbox.city.declaration import District, risk_of
from tongxing.sandbox.city.life import record_of
from tongxing.sandbox.issuers.misbehavior import transport_only
from tongxing.sandbox.issuers.replies import Endpoint, Reply, error_reply, json_reply
from tongxing.sandbox.issuers.signing import CompactJws
from tongxing.sandbox.issuers.testimony import Witness
from tongxing.sandbox.issuers.zhenjiang import claims_of, signed
from tongxing.sandbox.town.documents import Document
from tongxing.sandbox.town.records import EPOCH, clock_text

PAGE_MAX = 1_000
_PAGE = 100
_SEQ_MAX = 2**62


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The entries after number ``after``, at most ``limit`` of them."""

    after: Annotated[int, msgspec.Meta(ge=0, le=_SEQ_MAX)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = _PAGE


class DistrictPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    district: District
    after: Annotated[int, msgspec.Meta(ge=0, le=_SEQ_MAX)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = _PAGE


T = TypeVar("T")


def read_query(query: bytes, wanted: type[T]) -> T:
    """Raises ValueError (msgspec's refusal is one) for any other query, including one that gives
    a member twice."""
    pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, strict_parsing=bool(query))
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is given twice")
    return msgspec.convert(members, wanted, strict=False)


class CityPages:
    """``open_pages`` need no credential: they show how many, never who."""

    def __init__(self, city: City, witness: Witness, opened_at: int) -> None:
        self._people = city.people
        self._register = city.register
        self._ledger = city.ledger
        self._book = city.trace_book
        self._tally = city.tally
        self._witness = witness
        self._opened_at = opened_at
        self._jws = CompactJws("zjc-change+jwt")
        self.pages: dict[str, Endpoint] = {
            "/community/applications": self.applications,
            "/district/arrivals": self.arrivals,
            "/city/notices": self.notices,
            "/v1/changes": self.changes,
        }
        self.open_pages: dict[str, Endpoint] = {
            "/statistics": self.figures,
            "/statistics/page": self.figures_page,
        }

    def applications(self, query: bytes) -> Reply:
        try:
            page = read_query(query, DistrictPage)
        except ValueError:
            return _BAD_REQUEST
        self._register.settle(self._witness.this_second())
        ordinals = self._ledger.applicants(page.district, page.after, page.limit)
        applicants = [
            {"after": ordinal, **_shown(self._people.document_of(ordinal))} for ordinal in ordinals
        ]
        return json_reply({"applications": applicants})

    def arrivals(self, query: bytes) -> Reply:
        try:
            page = read_query(query, DistrictPage)
        except ValueError:
            return _BAD_REQUEST
        found = self._book.handovers(page.district, page.after, page.limit)
        return json_reply({"arrivals": [self._arrival(handover) for handover in found]})

    def notices(self, query: bytes) -> Reply:
        try:
            page = read_query(query, Page)
        except ValueError:
            return _BAD_REQUEST
        return json_reply({"notices": self._book.notices(page.after, page.limit)})

    def changes(self, query: bytes) -> Reply:
        try:
            page = read_query(query, Page)
        except ValueError:
            return _BAD_REQUEST
        now = self._witness.this_second()
        self._register.settle(now)
        found = self._ledger.changes(page.after, page.limit)
        answer = {
            "changes": [self._statement(change, now) for change in found],
            "last": found[-1].seq if found else page.after,
        }
        wrong = transport_only(self._witness.wrong_for_everybody())
        return replace(json_reply(answer), misbehavior=wrong)

    def figures(self, _query: bytes) -> Reply:
        return json_reply({figure.value: count for figure, count in self._tally.totals().items()})

    def figures_page(self, _query: bytes) -> Reply:
        totals = self._tally.totals()
        rows = (
            _ROW.format(zh=zh, en=en, count=totals[figure])
            for figure, (zh, en) in FIGURE_NAMES.items()
        )
        at = clock_text(self._witness.this_second())
        page = _PAGE_HTML.format(rows="".join(rows), at=at)
        return Reply(page.encode(), headers=_HTML)

    def _arrival(self, handover: Handover) -> dict[str, object]:
        arrival = handover.arrival
        return {
            "seq": handover.seq,
            **_shown(self._people.document_of(handover.ordinal)),
            "from": arrival.region,
            "risk": risk_of(arrival.region).name.lower(),
            "day": date.fromordinal(EPOCH + arrival.day).isoformat(),
            "handed_over": clock_text(handover.at),
        }

    def _statement(self, change: Change, now: int) -> str:
        record = record_of(change.holder, self._opened_at)
        as_of = change.at - self._opened_at
        document = self._people.document_of(change.ordinal)
        testimony = self._witness.attest(document, replace(record, as_of=as_of), now)
        return signed(self._jws, testimony, claims_of(testimony) | {"seq": change.seq})


_BAD_REQUEST = error_reply(400, "bad_request")


def _shown(document: Document) -> dict[str, object]:
    return {"kind": document.kind, "number": document.number, "name": document.name}


_HTML = ((b"content-type", b"text/html; charset=utf-8"),)

_PAGE_HTML = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>镇江健康码统计（模拟数据，非官方统计）</title>
<style>body{{font:18px/1.6 sans-serif;max-width:44em;margin:2em auto;padding:0 1em}}
table{{width:100%;border-collapse:collapse}}caption{{text-align:left;padding:.5em 0}}
th,td{{padding:.4em 1em .4em 0;border-top:1px solid #767676;text-align:left;font-weight:normal}}
td{{text-align:right}}</style>
</head><body><h1>镇江健康码统计（模拟数据，非官方统计）<br>
<small lang="en">Zhenjiang code, figures (simulated, not official statistics)</small></h1>
<table><caption>截至北京时间{at}<br><small lang="en">as of {at} Beijing time</small></caption>
{rows}</table></body></html>
"""
_ROW = '<tr><th scope="row">{zh}<br><small lang="en">{en}</small></th><td>{count:,}</td></tr>\n'
