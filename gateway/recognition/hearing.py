"""The findings that the issuers' answers amount to, before any rule of a policy is applied.

Responsible for the rules that no policy can switch off: which silence counts, when a green has
lapsed, what is no color at all. Refuses to decide what that means for the traveler.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tongxing.gateway.recognition.carrying import carrying
from tongxing.gateway.recognition.finding import Cause, Finding
from tongxing.gateway.recognition.moments import moved
from tongxing.gateway.recognition.policy import (
    ChannelEvidence,
    ListUnavailable,
    NotEnrolled,
    OptionalFault,
    Policy,
)
from tongxing.schema import Color, Evidence, HealthCode, Outcome, RegionCode, SourceAnswer, Via
from tongxing.schema.case import Case, ColorChange

CLOCK_TOLERANCE = timedelta(seconds=60)
"""How far ahead of the hub's clock an issuer's may be before its green is not believed."""

CAUSES: Mapping[Outcome, Cause] = {
    Outcome.NOT_ENROLLED: Cause.NO_RECORD,
    Outcome.NOT_THIS_ISSUER: Cause.NO_RECORD,
    Outcome.CODE_EXPIRED: Cause.CODE_EXPIRED,
    Outcome.MUST_UPDATE: Cause.MUST_UPDATE,
    Outcome.NO_ACCESS: Cause.ISSUER_UNAVAILABLE,
    Outcome.BUSY: Cause.ISSUER_UNAVAILABLE,
    Outcome.TIMED_OUT: Cause.ISSUER_UNAVAILABLE,
    Outcome.CIRCUIT_OPEN: Cause.ISSUER_UNAVAILABLE,
    Outcome.MALFORMED: Cause.ISSUER_UNAVAILABLE,
    Outcome.UNMAPPED_VALUE: Cause.UNMAPPED_VALUE,
    Outcome.BAD_SIGNATURE: Cause.EVIDENCE_INVALID,
    Outcome.WRONG_HOLDER: Cause.EVIDENCE_INVALID,
    Outcome.STALE: Cause.STALE,
    Outcome.NOT_PROVEN: Cause.ISSUER_UNAVAILABLE,
}
"""VERIFIED is not here: it is the one outcome that brings colors."""

_COUNTS_FROM_ANYONE = frozenset({Outcome.MUST_UPDATE, Outcome.UNMAPPED_VALUE})
"""These outcomes block a green even from an optional issuer: each is a statement about the holder,
verified as its issuer's own. Without evidence it may be about somebody else, and is NOT_PROVEN
too."""

_SPOILED = frozenset({Outcome.BAD_SIGNATURE, Outcome.WRONG_HOLDER, Outcome.STALE})

_FAULTS = _SPOILED | {
    Outcome.NO_ACCESS,
    Outcome.BUSY,
    Outcome.TIMED_OUT,
    Outcome.CIRCUIT_OPEN,
    Outcome.MALFORMED,
    Outcome.NOT_PROVEN,
}
"""The issuer said nothing about the holder that can be believed. Of an optional issuer all of these
are one: a spoiled signature hides no red that silence would not hide as well, and whoever can spoil
the one on the way can cause the other (docs/decisions/0028)."""

_BLOCKING_FAULTS: Mapping[OptionalFault | None, frozenset[Outcome]] = {
    OptionalFault.ACCEPTED: frozenset(),
    OptionalFault.UNKNOWN: _FAULTS,
    None: _SPOILED,
}
"""The faults of an optional issuer that take a green away."""

_LIST_IN_FORCE = frozenset({Outcome.VERIFIED, Outcome.NOT_ENROLLED})


class InconsistentSources(RuntimeError):
    """Sources that no adapter makes: a fault inside the hub, which stops the answer."""


@dataclass(slots=True)
class Hearing:
    """``standing`` counts. ``aside`` does not take a green away and is only mentioned: the fault of
    an optional issuer, a green that lapsed beside one that holds. ``lapsed`` are the greens
    that no longer let anyone pass, as they were stated: what a rule holds against them still
    counts. ``spared`` are issuers whose list is missing and who stated a color when asked."""

    case: Case
    policy: Policy
    mandatory: frozenset[str]
    standing: list[Finding] = field(default_factory=list)
    aside: list[Finding] = field(default_factory=list)
    lapsed: list[Finding] = field(default_factory=list)
    alarms: set[str] = field(default_factory=set)
    spared: frozenset[str] = frozenset()

    def beginnings(self) -> Iterator[datetime]:
        """When each green that was set aside is no longer too far ahead of the clock."""
        codes = (finding.stated for finding in self.lapsed)
        return (moved(code.as_of, -CLOCK_TOLERANCE) for code in codes if code is not None)

    def without_support(self) -> list[Finding]:
        """What blocks the traveler if no issuer states a green: everything that was set aside, or
        else that no issuer knows the holder."""
        return self.aside or [self._finding(Color.UNKNOWN, Cause.NO_RECORD, None)]

    def hear(self, source: SourceAnswer) -> None:
        if source.outcome in _SPOILED:
            self.alarms.add(source.issuer)
        if source.outcome is Outcome.VERIFIED:
            self._hear_codes(source)
        else:
            self._hear_outcome(source)

    def hear_list(self, source: SourceAnswer) -> None:
        """The yellows and reds of an issuer's daily list, also of one that has ended. A holder who
        is not on it is not green for that."""
        for code in source.codes:
            if not code.color.is_restrictive or code.issuer != source.issuer:
                raise InconsistentSources("a list with a green, or of another issuer")
            found = self._finding(code.color, None, source.issuer, code, source.evidence)
            self.standing.append(replace(found, via=Via.LIST))

    def hear_missing_lists(self, in_force: Collection[str]) -> None:
        """A policy that relies on lists does not pass a holder whom a missing list might name,
        unless the issuer of that list has just stated a color of this very holder; one beside a
        fault is of another time, or may be of somebody else."""
        if self.policy.list_unavailable is ListUnavailable.ACCEPTED:
            return
        stated = {f.issuer for f in self.standing if f.stated is not None and f.carries}
        stated -= {f.issuer for f in (*self.standing, *self.aside) if f.outcome in _FAULTS}
        missing = self.policy.lists.difference(in_force)
        self.spared = missing.intersection(stated)
        for issuer in sorted(missing - self.spared):
            cause = self._why_silent(issuer, Cause.LIST_UNAVAILABLE)
            self.standing.append(replace(self._finding(Color.UNKNOWN, cause, issuer), via=Via.LIST))

    def hear_silence(self, issuers: Iterable[str]) -> None:
        for issuer in issuers:
            cause = self._why_silent(issuer, Cause.ISSUER_UNAVAILABLE)
            self.standing.append(self._finding(Color.UNKNOWN, cause, issuer))
        if self._no_issuer_claims_the_scan():
            self.standing.append(self._finding(Color.UNKNOWN, Cause.NO_RECORD, None))

    def _why_silent(self, issuer: str, otherwise: Cause) -> Cause:
        """A scan that does not say whose code it is leaves only the issuer of the code to ask."""
        looked_at = self.case.circumstances
        unknown = looked_at.document is None and looked_at.code_issuer != issuer
        return Cause.HOLDER_UNKNOWN if unknown else otherwise

    def settle(self) -> None:
        """After all sources: a mandatory issuer needs one color that holds and that carries; if it
        has none, its lapsed greens count as what it said, or else that it has no record."""
        held = {finding.issuer for finding in self.standing if finding.carries}
        lacking = {f.issuer for f in self.standing if f.mandatory} - held
        if self.aside:
            missing = [f for f in self.aside if f.mandatory and f.issuer not in held]
            self.standing += missing
            self.aside = [f for f in self.aside if not f.mandatory or f.issuer in held]
            lacking -= {finding.issuer for finding in missing}
        for issuer in lacking:
            self.standing.append(self._finding(Color.UNKNOWN, Cause.NO_RECORD, issuer))

    def _no_issuer_claims_the_scan(self) -> bool:
        looked_at = self.case.circumstances
        return looked_at.document is None and looked_at.code_issuer is None

    def _hear_codes(self, source: SourceAnswer) -> None:
        if source.evidence is None or not source.codes:
            raise InconsistentSources("a verified answer without evidence or without a health code")
        places = carrying(source.codes, self.policy)
        for code in source.codes:
            self._hear_code(source, code, places)

    def _hear_code(
        self, source: SourceAnswer, code: HealthCode, places: Collection[RegionCode]
    ) -> None:
        """``places`` are those of which a green may be the issuer's green."""
        issuer = source.issuer
        if code.issuer != issuer:
            raise InconsistentSources("a health code of another issuer than the one that answered")
        if code.color is Color.UNKNOWN:
            cause: Cause | None = Cause.UNMAPPED_VALUE
        else:
            cause = self._why_not_green(code, source.evidence)
        color = code.color if cause is None else Color.UNKNOWN
        finding = self._finding(color, cause, issuer, code, source.evidence)
        if color is Color.GREEN and code.issuing_place not in places:
            finding = replace(finding, carries=False)
        if cause is None or cause is Cause.UNMAPPED_VALUE:
            self.standing.append(finding)
        else:
            self.aside.append(finding)
            self._lapse(source, code)

    def _lapse(self, source: SourceAnswer, code: HealthCode) -> None:
        found = self._finding(code.color, None, source.issuer, code, source.evidence)
        self.lapsed.append(found)

    def _why_not_green(self, code: HealthCode, evidence: Evidence | None) -> Cause | None:
        """Age and a missing signature take away greens only: that a red is old or unsigned does not
        show that its reason is gone."""
        if code.color is not Color.GREEN:
            return None
        age = self.case.at - code.as_of
        if age >= self.policy.maximum_green_age or age < -CLOCK_TOLERANCE:
            return Cause.STALE
        if code.valid_until is not None and code.valid_until <= self.case.at:
            return Cause.CODE_EXPIRED
        if evidence is Evidence.CHANNEL and self._channel_is_not_enough():
            return Cause.CHANNEL_ONLY
        return None

    def _channel_is_not_enough(self) -> bool:
        return self.policy.channel_evidence is ChannelEvidence.UNKNOWN

    def _hear_outcome(self, source: SourceAnswer) -> None:
        """A yellow or red beside any outcome was verified and counts: "must declare again" does not
        lift it. A green counts only beside an unmapped value, which takes it away at once; beside
        another outcome it is one that lapsed."""
        places = carrying(source.codes, self.policy) if source.codes else ()
        readable = source.outcome is Outcome.UNMAPPED_VALUE and source.evidence is not None
        for code in source.codes:
            if readable:
                self._hear_code(source, code, places)
            elif code.color.is_restrictive:
                found = self._finding(code.color, None, source.issuer, code, source.evidence)
                self.standing.append(replace(found, is_whole=False))
            elif code.color is Color.GREEN:
                self._lapse(source, code)
        if source.outcome is Outcome.NOT_ENROLLED and self._may_be_unknown():
            return
        self._add_outcome(source, source.outcome)
        if source.outcome in _COUNTS_FROM_ANYONE and source.evidence is None:
            self._add_outcome(source, Outcome.NOT_PROVEN)

    def _add_outcome(self, source: SourceAnswer, outcome: Outcome) -> None:
        finding = replace(
            self._finding(Color.UNKNOWN, CAUSES[outcome], source.issuer),
            outcome=outcome,
            is_in_part=any(code.color.is_restrictive for code in source.codes),
        )
        if finding.mandatory or self._counts_from_anyone(outcome):
            self.standing.append(finding)
        elif finding.cause is not Cause.NO_RECORD:
            self.aside.append(finding)

    def _counts_from_anyone(self, outcome: Outcome) -> bool:
        faults = _BLOCKING_FAULTS[self.policy.issuers.optional_fault]
        return outcome in _COUNTS_FROM_ANYONE or outcome in faults

    def _may_be_unknown(self) -> bool:
        return self.policy.issuers.not_enrolled is NotEnrolled.ACCEPTED

    def _finding(
        self,
        color: Color,
        cause: Cause | None,
        issuer: str | None,
        code: HealthCode | None = None,
        evidence: Evidence | None = None,
    ) -> Finding:
        looked_at = self.case.circumstances
        counts = code if cause is None else None
        changes: tuple[ColorChange, ...] = ()
        if counts is not None and looked_at.changes:
            changes = tuple(change for change in looked_at.changes if change.is_of(counts))
        return Finding(
            color,
            cause,
            issuer,
            issuer in self.mandatory,
            looked_at,
            self.case.at,
            stated=counts,
            behind=None if cause is None else code,
            evidence=evidence,
            changes=changes,
        )


def hear(case: Case, policy: Policy) -> Hearing:
    """All findings that the sources of ``case`` amount to. Raises InconsistentSources."""
    hearing = Hearing(case, policy, policy.mandatory_in(case.circumstances))
    heard = set()
    lists = []
    for source in case.sources:
        if source.via is Via.LIST:
            lists.append(source)
            continue
        heard.add(source.issuer)
        hearing.hear(source)
    hearing.hear_silence(hearing.mandatory - heard)
    hearing.settle()
    # Lists come last: a list never replaces a live answer, it only adds.
    for source in lists:
        hearing.hear_list(source)
    hearing.hear_missing_lists({s.issuer for s in lists if s.outcome in _LIST_IN_FORCE})
    return hearing
