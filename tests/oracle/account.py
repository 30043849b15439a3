"""The second account of what is right: which color and decision a case must get, and why.

Written from docs/recognition.md, docs/policies.md and docs/invariants.md. Shares nothing with the
product, not even its words' classes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from tests.oracle.conditions import fits, lies_in
from tests.oracle.places import Place, Rule
from tests.oracle.words import RANKS, STRICTNESS, Asked, Case, Change, Code, Said

CLOCKS_DIFFER = 60
"""Seconds by which an issuer's clock may be ahead of the hub's."""

BECAUSE = {
    "NOT_ENROLLED": "NO_RECORD",
    "NOT_THIS_ISSUER": "NO_RECORD",
    "CODE_EXPIRED": "CODE_EXPIRED",
    "MUST_UPDATE": "MUST_UPDATE",
    "NO_ACCESS": "ISSUER_UNAVAILABLE",
    "BUSY": "ISSUER_UNAVAILABLE",
    "TIMED_OUT": "ISSUER_UNAVAILABLE",
    "CIRCUIT_OPEN": "ISSUER_UNAVAILABLE",
    "MALFORMED": "ISSUER_UNAVAILABLE",
    "UNMAPPED_VALUE": "UNMAPPED_VALUE",
    "BAD_SIGNATURE": "EVIDENCE_INVALID",
    "WRONG_HOLDER": "EVIDENCE_INVALID",
    "STALE": "STALE",
}
"""Why an outcome is no color."""

SPEAKS_OF_THE_HOLDER = {"MUST_UPDATE", "UNMAPPED_VALUE"}
"""Outcomes that take a green away whoever gave them."""

TAMPERED = {"BAD_SIGNATURE", "WRONG_HOLDER", "STALE"}
NOTHING_TO_BELIEVE = {
    "accepted": set[str](),
    "unknown": TAMPERED | {"NO_ACCESS", "BUSY", "TIMED_OUT", "CIRCUIT_OPEN", "MALFORMED"},
    "unsaid": TAMPERED,
}
"""What else takes one away that a mandatory issuer's word would not mend, by what the policy says
of the faults of others; a file that says nothing means what it meant when there was no such key."""
USABLE_LIST = {"VERIFIED", "NOT_ENROLLED"}
READABLE = {"VERIFIED", "UNMAPPED_VALUE"}
AGAINST = {"YELLOW", "RED"}


@dataclass(slots=True)
class Finding:
    """One thing for or against. ``because`` says why there is no color; then ``code`` is what was
    said and does not count. ``carries`` is whether a pass can rest on it; ``whole`` whether it
    was said beside no fault."""

    color: str
    because: str | None
    issuer: str | None
    mandatory: bool
    asked: Asked
    at: float
    code: Code | None = None
    signed: bool = True
    listed: bool = False
    carries: bool = True
    whole: bool = True
    rivals: frozenset[str] = frozenset()

    @property
    def stated(self) -> Code | None:
        return self.code if self.because is None else None

    def changes(self) -> Iterator[Change]:
        code = self.stated
        if code is not None:
            for change in self.asked.changes:
                if change[:2] == (code.issuer, code.place):
                    yield change


@dataclass(frozen=True, slots=True)
class Verdict:
    """``ruled`` are all findings with the rule on each; ``greens`` those of a green that holds and
    that a pass can rest on."""

    color: str
    decision: str
    relaxed: bool
    ruled: tuple[tuple[Finding, Rule], ...]
    greens: tuple[Finding, ...]
    alarms: tuple[str, ...]

    def deciding(self) -> list[tuple[Finding, Rule]]:
        return [pair for pair in self.ruled if pair[1].decision == self.decision]


def needed(asked: Asked, place: Place) -> frozenset[str]:
    """The issuers without whose green nobody passes: a scan is no exception."""
    return place.mandatory | frozenset(() if asked.scanned is None else (asked.scanned,))


@dataclass(slots=True)
class Hearing:
    """``counts`` is ruled on; ``aside`` only if nothing else is said; ``against`` only if a rule
    makes it worse than a pass."""

    case: Case
    place: Place
    mandatory: frozenset[str]
    counts: list[Finding] = field(default_factory=list)
    aside: list[Finding] = field(default_factory=list)
    against: list[Finding] = field(default_factory=list)

    def unknown(self, because: str, issuer: str | None, code: Code | None = None) -> Finding:
        case = self.case
        return Finding(
            "UNKNOWN", because, issuer, issuer in self.mandatory, case.asked, case.at, code
        )

    def colored(self, code: Code, said: Said) -> Finding:
        mandatory = code.issuer in self.mandatory
        return Finding(
            code.color,
            None,
            code.issuer,
            mandatory,
            self.case.asked,
            self.case.at,
            code,
            said.signed,
            said.listed,
            self.carries(code),
        )

    def carries(self, code: Code) -> bool:
        """A green stands for its issuer if it is of a place that the policy names; without one, of
        the receiving place's own province, or of a place within no other that the issuer reports
        on. Of an issuer that reports on several provinces, only the nation stands for it."""
        if code.color != "GREEN":
            return True
        named = self.place.green_from.get(code.issuer)
        if named is not None:
            return code.place in named
        if code.place[:2] == self.place.region[:2]:
            return True
        reported = {
            c.place
            for s in self.case.said
            if not s.listed
            for c in s.codes
            if c.issuer == code.issuer
        }
        wider = reported - {code.place}
        if len({place[:2] for place in reported}) > 1:
            return code.place == "000000"
        return not any(lies_in(code.place, frozenset({place})) for place in wider)

    def hear(self, said: Said) -> None:
        readable = said.outcome in READABLE
        for code in said.codes:
            if readable:
                self.hear_code(code, said)
            elif code.color in AGAINST:
                self.counts.append(replace(self.colored(code, said), whole=False))
            elif code.color == "GREEN":
                self.hold_against(code, said)
        if said.outcome != "VERIFIED":
            self.hear_outcome(said)

    def hear_code(self, code: Code, said: Said) -> None:
        if code.color == "UNKNOWN":
            self.counts.append(self.unknown("UNMAPPED_VALUE", code.issuer, code))
            return
        doubt = self.doubt(code, said) if code.color == "GREEN" else None
        if doubt is None:
            self.counts.append(self.colored(code, said))
            return
        self.aside.append(self.unknown(doubt, code.issuer, code))
        self.hold_against(code, said)

    def hold_against(self, code: Code, said: Said) -> None:
        """A green that is none still counts if the rule on it would stop the traveler. It is ruled
        on as if it held, so it is no older than a green may be."""
        youngest = self.case.at - self.place.life
        signed = said.signed or not self.place.channel_is_enough
        held = replace(code, as_of=min(max(code.as_of, youngest), self.case.at))
        green = self.colored(held, replace(said, signed=signed))
        if first_rule(green, self.place).decision != "ADMIT":
            self.against.append(green)

    def doubt(self, code: Code, said: Said) -> str | None:
        """Why a stated green is none: too old, ahead of the clock, at its end, not signed."""
        age = self.case.at - code.as_of
        if age >= self.place.life or age < -CLOCKS_DIFFER:
            return "STALE"
        if code.ends is not None and code.ends <= self.case.at:
            return "CODE_EXPIRED"
        return None if said.signed or self.place.channel_is_enough else "CHANNEL_ONLY"

    def hear_outcome(self, said: Said) -> None:
        mandatory = said.issuer in self.mandatory
        if said.outcome == "NOT_ENROLLED" and (self.place.may_be_unknown or not mandatory):
            return
        found = self.unknown(BECAUSE[said.outcome], said.issuer)
        faults = NOTHING_TO_BELIEVE[self.place.optional_fault]
        if mandatory or said.outcome in SPEAKS_OF_THE_HOLDER | faults:
            self.counts.append(found)
        elif found.because != "NO_RECORD":
            self.aside.append(found)

    def hear_list(self, said: Said) -> None:
        """Also the reds and yellows of a list that has ended count."""
        self.counts += [self.colored(code, said) for code in said.codes]

    def miss_lists(self) -> None:
        """Nobody passes whom a list might name that is missing, has ended or cannot be looked up,
        unless its issuer stated a color when asked."""
        there = {s.issuer for s in self.case.said if s.listed and s.outcome in USABLE_LIST}
        for issuer in () if self.place.lists_may_be_missing else self.place.lists - there:
            if not self.speaks(issuer):
                because = self.why_silent(issuer, "LIST_UNAVAILABLE")
                self.counts.append(replace(self.unknown(because, issuer), listed=True))

    def settle(self) -> None:
        """Each mandatory issuer needs one word that holds, or what it lost counts."""
        heard = {said.issuer for said in self.case.said if not said.listed}
        for issuer in self.mandatory:
            if issuer not in heard:
                self.counts.append(
                    self.unknown(self.why_silent(issuer, "ISSUER_UNAVAILABLE"), issuer)
                )
            elif not self.speaks(issuer) and not self.is_lost(issuer):
                self.counts += self.lost(issuer)
        if self.case.asked.document is None and self.case.asked.scanned is None:
            self.counts.append(self.unknown("NO_RECORD", None))

    def why_silent(self, issuer: str, otherwise: str) -> str:
        """Nobody but the issuer of a code can be asked about somebody whom the code does not
        name."""
        asked = self.case.asked
        nameless = asked.document is None and issuer != asked.scanned
        return "HOLDER_UNKNOWN" if nameless else otherwise

    def speaks(self, issuer: str) -> bool:
        """Whether it stated a color when asked: a yellow or red, or a green that carries."""
        said = (f for f in self.counts if f.issuer == issuer and not f.listed)
        return any(f.stated is not None and f.carries for f in said)

    def is_lost(self, issuer: str) -> bool:
        """Whether something takes its green away already."""
        return any(f.issuer == issuer and f.because is not None for f in self.counts)

    def lost(self, issuer: str) -> list[Finding]:
        """What it said that does not count; or, where it states greens and none of them carries,
        that it has no record."""
        lost = [f for f in self.aside if f.issuer == issuer]
        self.aside = [f for f in self.aside if f.issuer != issuer]
        if not lost and any(f.issuer == issuer for f in self.counts):
            return [self.unknown("NO_RECORD", issuer)]
        return lost


def judge(case: Case, place: Place) -> Verdict:
    """What ``case`` must get."""
    hearing = Hearing(case, place, needed(case.asked, place))
    for said in case.said:
        if not said.listed:
            hearing.hear(said)
    hearing.settle()
    for said in case.said:
        if said.listed:
            hearing.hear_list(said)
    hearing.miss_lists()
    return _ruled(hearing)


def _ruled(hearing: Hearing) -> Verdict:
    place = hearing.place
    greens = [f for f in hearing.counts if f.color == "GREEN" and f.carries]
    counts = [_rivaled(f, greens) for f in hearing.counts]
    behind = [f for f in counts if _stands_behind(f, counts, place)]
    staying = [f for f in counts if f not in behind] if behind else counts
    ruled = [(f, first_rule(f, place)) for f in staying]
    if not greens and all(rule.color == "GREEN" for _, rule in ruled):
        unsupported = hearing.aside or [hearing.unknown("NO_RECORD", None)]
        ruled += [(f, first_rule(f, place)) for f in unsupported]
    ruled += [(f, first_rule(f, place)) for f in hearing.against]
    color = max((rule.color for _, rule in ruled), key=RANKS.__getitem__)
    softened = bool(behind) or any(rule.relaxes for _, rule in ruled)
    return Verdict(
        color=color,
        decision=max((rule.decision for _, rule in ruled), key=STRICTNESS.__getitem__),
        relaxed=softened and _is_greener(color, [f for f, _ in ruled] + behind, place),
        ruled=tuple(ruled),
        greens=tuple(greens),
        alarms=tuple(sorted(_alarms(hearing.case.said))),
    )


def first_rule(finding: Finding, place: Place) -> Rule:
    rules = place.rules_on[finding.color, finding.because]
    return next(rule for rule in rules if fits(rule, finding))


def _rivaled(finding: Finding, greens: Sequence[Finding]) -> Finding:
    """A yellow or red, and who else states a green of a later time."""
    code = finding.code
    if code is None or finding.color not in AGAINST:
        return finding
    later = {
        green.issuer
        for green in greens
        if green.code is not None
        and green.code.as_of > code.as_of
        and green.issuer is not None
        and green.issuer != finding.issuer
    }
    return replace(finding, rivals=frozenset(later)) if later else finding


def _stands_behind(finding: Finding, counts: Sequence[Finding], place: Place) -> bool:
    """By the order of conflicts of ``place``; never what a mandatory issuer says."""
    if place.order == "most-restrictive" or finding.mandatory or finding.color not in AGAINST:
        return False
    others = [f for f in counts if f.stated is not None and f.carries and f.whole]
    if place.order == "freshest":
        mine = finding.code.as_of if finding.code is not None else 0.0
        return any(f.code is not None and f.code.as_of > mine for f in others)
    return finding.issuer != place.home and any(f.issuer == place.home for f in others)


def _is_greener(color: str, findings: Sequence[Finding], place: Place) -> bool:
    """Greener than without any relaxation."""
    return RANKS[color] < max(RANKS[_plain(finding, place)] for finding in findings)


def _plain(finding: Finding, place: Place) -> str:
    alone = replace(finding, rivals=frozenset())
    rules = place.rules_on[finding.color, finding.because]
    strict = (rule for rule in rules if not rule.relaxes and fits(rule, alone))
    rule = next(strict, None)
    colors = [finding.color] if rule is None else [finding.color, rule.color]
    return max(colors, key=RANKS.__getitem__)


def _alarms(said: Sequence[Said]) -> set[str]:
    return {each.issuer for each in said if not each.listed and each.outcome in TAMPERED}
