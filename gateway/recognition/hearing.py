"""The findings that the issuers' answers amount to, before any rule of a policy is applied.

Responsible for the rules that no policy can switch off: which silence counts, when a green has
lapsed, what is no color at all. Refuses to decide what that means for the traveler.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from tongxing.gateway.recognition.carrying import carrying
from tongxing.gateway.recognition.finding import Cause, Finding
from tongxing.gateway.recognition.policy import ChannelEvidence, NotEnrolled, Policy
from tongxing.schema import Color, Evidence, HealthCode, Outcome, SourceAnswer, Via
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
}
"""VERIFIED is not here: it is the one outcome that brings colors."""

_COUNTS_FROM_ANYONE = frozenset(
    {
        Outcome.MUST_UPDATE,
        Outcome.UNMAPPED_VALUE,
        Outcome.BAD_SIGNATURE,
        Outcome.WRONG_HOLDER,
        Outcome.STALE,
    }
)
"""These outcomes block a green even from an optional issuer: each is a statement about the holder,
or a sign that the evidence was tampered with. The others count only from a mandatory issuer."""

_ALARMING = frozenset({Outcome.BAD_SIGNATURE, Outcome.WRONG_HOLDER, Outcome.STALE})


class InconsistentSources(RuntimeError):
    """Sources that no adapter makes: a fault inside the hub, which stops the answer."""


@dataclass(slots=True)
class Hearing:
    """``standing`` counts. ``aside`` does not take a green away and is only mentioned: an optional
    issuer that did not answer, a green that lapsed beside one that holds."""

    case: Case
    policy: Policy
    mandatory: frozenset[str]
    standing: list[Finding] = field(default_factory=list)
    aside: list[Finding] = field(default_factory=list)
    alarms: set[str] = field(default_factory=set)

    def without_support(self) -> list[Finding]:
        """What blocks the traveler if no issuer states a green: everything that was set aside, or
        else that no issuer knows the holder."""
        return self.aside or [self._finding(Color.UNKNOWN, Cause.NO_RECORD, None)]

    def hear(self, source: SourceAnswer) -> None:
        if source.outcome in _ALARMING:
            self.alarms.add(source.issuer)
        if source.outcome is Outcome.VERIFIED:
            self._hear_codes(source)
        else:
            self._hear_outcome(source)

    def hear_list(self, source: SourceAnswer) -> None:
        """The yellows and reds of an issuer's daily list. A holder who is not on it is not green
        for that, and a missing list says nothing: both leave the answer to the live query."""
        for code in source.codes:
            if not code.color.is_restrictive or code.issuer != source.issuer:
                raise InconsistentSources("a list with a green, or of another issuer")
            found = self._finding(code.color, None, source.issuer, code, source.evidence)
            self.standing.append(replace(found, via=Via.LIST))

    def hear_silence(self, issuers: Iterable[str]) -> None:
        for issuer in issuers:
            self.standing.append(self._finding(Color.UNKNOWN, Cause.ISSUER_UNAVAILABLE, issuer))
        if self._nobody_claims_the_scan():
            self.standing.append(self._finding(Color.UNKNOWN, Cause.NO_RECORD, None))

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

    def _nobody_claims_the_scan(self) -> bool:
        looked_at = self.case.circumstances
        return looked_at.document is None and looked_at.code_issuer is None

    def _hear_codes(self, source: SourceAnswer) -> None:
        if source.evidence is None or not source.codes:
            raise InconsistentSources("a verified answer without evidence or without a health code")
        places = carrying(source.codes, self.policy)
        for code in source.codes:
            self._hear_code(source, code, carries=code.issuing_place in places)

    def _hear_code(self, source: SourceAnswer, code: HealthCode, *, carries: bool = True) -> None:
        if code.issuer != source.issuer:
            raise InconsistentSources("a health code of another issuer than the one that answered")
        if code.color is Color.UNKNOWN:
            cause: Cause | None = Cause.UNMAPPED_VALUE
        else:
            cause = self._why_not_green(code, source.evidence)
        color = code.color if cause is None else Color.UNKNOWN
        finding = self._finding(color, cause, source.issuer, code, source.evidence)
        if color is Color.GREEN and not carries:
            finding = replace(finding, carries=False)
        lapsed = cause is not None and cause is not Cause.UNMAPPED_VALUE
        (self.aside if lapsed else self.standing).append(finding)

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
        lift it. A green counts only beside an unmapped value, which takes it away at once."""
        for code in source.codes:
            if source.outcome is Outcome.UNMAPPED_VALUE or code.color.is_restrictive:
                self._hear_code(source, code)
        if source.outcome is Outcome.NOT_ENROLLED and self._may_be_unknown_to(source.issuer):
            return
        finding = self._finding(Color.UNKNOWN, CAUSES[source.outcome], source.issuer)
        if finding.mandatory or source.outcome in _COUNTS_FROM_ANYONE:
            self.standing.append(finding)
        elif finding.cause is not Cause.NO_RECORD:
            self.aside.append(finding)

    def _may_be_unknown_to(self, issuer: str) -> bool:
        accepted = self.policy.issuers.not_enrolled is NotEnrolled.ACCEPTED
        return accepted or issuer not in self.mandatory

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
    return hearing
