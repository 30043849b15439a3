"""What the city's offices see and bring: trace lists in, applications, arrivals and notices out.

Described in docs/zhenjiang.md. Only a district sees the documents of those who come to it, and a
community those of its applicants: they have to find them.
"""

from datetime import date
from typing import Annotated

import msgspec

from tongxing.sandbox.city.areas import risk_of
from tongxing.sandbox.city.city import City
from tongxing.sandbox.city.cross_check import Traced
from tongxing.sandbox.city.declaration import Region
from tongxing.sandbox.city.desk import Now, Who, note
from tongxing.sandbox.city.query import DistrictPage, Page, read_query
from tongxing.sandbox.city.trace import Stay
from tongxing.sandbox.city.trace_book import Handover
from tongxing.sandbox.issuers.chinese_time import clock_text
from tongxing.sandbox.issuers.records import Document
from tongxing.sandbox.issuers.reply import Endpoint, Reply, error_reply, json_reply

STAYS_MAX = 2_000
_EPOCH = date(1970, 1, 1).toordinal()


class _StayEntry(Who, frozen=True):
    region: Region
    first_day: date
    last_day: date

    def __post_init__(self) -> None:
        if self.last_day < self.first_day:
            raise ValueError("a stay ends before it begins")

    def stay(self) -> Stay:
        days = (day.toordinal() - _EPOCH for day in (self.first_day, self.last_day))
        return Stay(self.region, *days)


class _TraceList(msgspec.Struct, forbid_unknown_fields=True):
    stays: Annotated[list[_StayEntry], msgspec.Meta(min_length=1, max_length=STAYS_MAX)]


class Offices:
    """``routes`` are the paths of POST requests, ``pages`` those of GET."""

    def __init__(self, city: City, now: Now) -> None:
        self._people = city.people
        self._register = city.register
        self._ledger = city.ledger
        self._cross_check = city.cross_check
        self._book = city.trace_book
        self._now = now
        self.routes: dict[str, Endpoint] = {"/city/stays": self.stays}
        self.pages: dict[str, Endpoint] = {
            "/community/applications": self.applications,
            "/district/arrivals": self.arrivals,
            "/city/notices": self.notices,
        }

    def stays(self, body: bytes) -> Reply:
        try:
            entries = msgspec.json.decode(body, type=_TraceList).stays
        except msgspec.DecodeError:
            return _BAD_REQUEST
        traced: list[Traced] = []
        for entry in entries:
            ordinal = note(self._people, entry)
            if isinstance(ordinal, Reply):
                return ordinal
            traced.append(Traced(ordinal, entry.stay()))
        at = self._now()
        self._register.settle(at)
        self._cross_check.load(traced, at)
        return json_reply({"taken": len(traced)})

    def applications(self, query: bytes) -> Reply:
        try:
            page = read_query(query, DistrictPage)
        except ValueError:
            return _BAD_REQUEST
        self._register.settle(self._now())
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

    def _arrival(self, handover: Handover) -> dict[str, object]:
        arrival = handover.arrival
        return {
            "seq": handover.seq,
            **_shown(self._people.document_of(handover.ordinal)),
            "from": arrival.region,
            "risk": risk_of(arrival.region).name.lower(),
            "day": date.fromordinal(_EPOCH + arrival.day).isoformat(),
            "handed_over": clock_text(handover.at),
        }


_BAD_REQUEST = error_reply(400, "bad_request")


def _shown(document: Document) -> dict[str, object]:
    return {"kind": document.kind, "number": document.number, "name": document.name}
