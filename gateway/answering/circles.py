"""Who is asked about a traveler: the circle of the policy, without those who do not know them.

Responsible for the issuers of a first question and of every later one, and for those who are left
out. Refuses to ask anybody, and to know what an issuer answered beyond whose code it was.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from strawberry import ID

from tongxing.adapters.dialect import Answer
from tongxing.gateway.answering.asked import Moment
from tongxing.gateway.answering.inquiry import Inquiry
from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.answering.membership import MembershipFilters
from tongxing.gateway.answering.routes import RememberedRoutes, Route, RouteKey
from tongxing.gateway.answering.routing import (
    Concerned,
    Connected,
    KnownSpeakers,
    has_form_of_a_code,
    issuers_of_code,
    issuers_of_document,
    not_asked,
    without_unknowing,
)
from tongxing.gateway.answering.steps import Judged
from tongxing.gateway.recognition.circle import Whereabouts
from tongxing.gateway.recognition.policy import Policy
from tongxing.keys import TrustList
from tongxing.schema import SourceAnswer, TravelDocument
from tongxing.schema.not_asked import IssuerNotAsked


class Circles:
    """Of the issuers behind ``links``."""

    def __init__(
        self,
        links: Mapping[str, IssuerLink],
        filters: MembershipFilters,
        routes: RememberedRoutes,
    ) -> None:
        self._links = links
        self._connected = Connected(links)
        self._speakers = KnownSpeakers()
        self._filters = filters
        self._routes = routes
        self._roads = {
            issuer: [ID(hub) for hub in link.road] for issuer, link in links.items() if link.road
        }

    def claims(self, code: str) -> bool:
        """Whether the scanned text has the form of a code of any connected issuer."""
        return has_form_of_a_code(code, self._links)

    def of_code(self, code: str, trust_list: TrustList) -> tuple[str, ...]:
        """At most one issuer: that of the code."""
        return issuers_of_code(code, self._links, self._speakers.prefixes_of(trust_list))

    def in_order(self, issuers: Iterable[str]) -> tuple[str, ...]:
        """Those of ``issuers`` that are connected, in the order of the connected ones."""
        return self._connected.of(issuers)

    def route(
        self,
        document: TravelDocument,
        ref: str,
        policy: Policy,
        inquiry: Inquiry,
        moment: Moment,
    ) -> Concerned:
        """As ``concerned``; remembered where filters would have to be looked up again. ``ref`` is
        the keyed digest of the question."""
        if policy.filter_age is None:
            return self.concerned(document, policy, inquiry, moment)
        key = RouteKey(ref, policy.version, inquiry.receiving_region)
        client, trust_list, at = moment.client_id, moment.trust_list, moment.at
        epoch = self._filters.epoch
        concerned = self._routes.find(client, key, trust_list, at, epoch)
        if concerned is None:
            concerned = self.concerned(document, policy, inquiry, moment)
            until = moment.at if concerned.until is None else concerned.until
            self._routes.keep(client, key, Route(concerned, trust_list, at, until, epoch))
        return concerned

    def concerned(
        self, document: TravelDocument, policy: Policy, inquiry: Inquiry, moment: Moment
    ) -> Concerned:
        """The issuers that ``policy`` asks about the holder of ``document``."""
        where = Whereabouts(inquiry.receiving_region, document.home)
        trust_list = moment.trust_list
        speakers = self._speakers.of(trust_list)
        circle = issuers_of_document(self._connected, policy, where, speakers)
        if policy.filter_age is None:
            return Concerned(circle)
        unknown, until = self._filters.unknown_to(
            circle, document, policy.filter_age, trust_list, moment.at
        )
        return without_unknowing(circle, unknown, policy, until)

    def left_out(self, judged: Judged, trust_list: TrustList) -> list[IssuerNotAsked]:
        where = Whereabouts(judged.inquiry.receiving_region, judged.home)
        speakers = self._speakers.of(trust_list)
        case, policy, unknown = judged.case, judged.policy, judged.unknown
        return not_asked(self._connected, case, policy, where, speakers, unknown=unknown)

    def sources_in_order(self, answers: Mapping[str, Answer]) -> list[SourceAnswer]:
        sources = [answers[issuer].source for issuer in self._connected.of(answers)]
        return list(map(self._with_road, sources)) if self._roads else sources

    def _with_road(self, source: SourceAnswer) -> SourceAnswer:
        """An issuer that said nothing was asked through another hub all the same."""
        road = self._roads.get(source.issuer)
        return source if road is None or source.road else replace(source, road=road)

    def look_for_contradictions(
        self, document: TravelDocument, unknown: frozenset[str], answers: Mapping[str, Answer]
    ) -> None:
        """Whether one of those that do not know the holder by their filters answers as if it
        did."""
        for issuer in unknown & answers.keys():
            self._filters.contradicted(issuer, document, answers[issuer].source.codes)
