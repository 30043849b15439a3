"""The second account of what is right: which color and decision a case must get, and why.

Written from docs/recognition.md, docs/policies.md, the invariants of docs/architecture.md and the
rows of issue 7 (``rows``). Shares nothing with the product, not even its words' classes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from tests.oracle.conditions import fits
from tests.oracle.places import CODE_ISSUER, Place, Rule
from tests.oracle.rows import Row
from tests.oracle.words import COUNTRY, RANKS, STRICTNESS, Asked, Case, Change, Code, Said

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

SPEAKS_OF_THE_HOLDER = {"MUST_UPDATE", "UNMAPPED_VALUE", "BAD_SIGNATURE", "WRONG_HOLDER", "STALE"}
"""Outcomes that take a green away whoever gave them."""

TAMPERED = {"BAD_SIGNATURE", "WRONG_HOLDER", "STALE"}
UNUSABLE_LIST = {"BUSY", "STALE", "BAD_SIGNATURE"}
READABLE = {"VERIFIED", "UNMAPPED_VALUE"}
AGAINST = {"YELLOW", "RED"}


@dataclass(slots=True)
class Finding:
    """One thing for or against. ``because`` says why there is no color; then ``code`` is what was
    said and does not count."""

    color: str
    because: str | None
    issuer: str | None
    mandatory: bool
    asked: Asked
    at: float
    code: Code | None = None
    signed: bool = True
    listed: bool = False
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
    """``ruled`` are all findings with the rule on each; ``greens`` those of a green that holds;
    ``rows`` the rows of issue 7 without which the verdict might be another."""

    color: str
    decision: str
    relaxed: bool
    ruled: tuple[tuple[Finding, Rule], ...]
    greens: tuple[Finding, ...]
    alarms: tuple[str, ...]
    rows: frozenset[Row]

    def deciding(self) -> list[tuple[Finding, Rule]]:
        return [pair for pair in self.ruled if pair[1].decision == self.decision]


def needed(asked: Asked, place: Place, *, all_of_them: bool) -> frozenset[str]:
    """The issuers without whose green nobody passes."""
    shown = frozenset(() if asked.scanned is None else (asked.scanned,))
    if asked.document is not None:
        return place.mandatory | shown
    named = place.scanned - {CODE_ISSUER}
    named |= shown if CODE_ISSUER in place.scanned else frozenset()
    return named | shown | place.mandatory if all_of_them else named


@dataclass(slots=True)
class Hearing:
    """``counts`` is ruled on; ``aside`` only if nothing else is said; ``against`` only if a rule
    makes it worse than a pass."""

    case: Case
    place: Place
    mandatory: frozenset[str]
    rows: set[Row]
    met: frozenset[Row]
    counts: list[Finding] = field(default_factory=list)
    aside: list[Finding] = field(default_factory=list)
    against: list[Finding] = field(default_factory=list)

    def right(self, row: Row) -> bool:
        """Whether to judge by ``row`` here, where it matters."""
        self.rows.add(row)
        return row in self.met

    def unknown(self, because: str, issuer: str | None, code: Code | None = None) -> Finding:
        case = self.case
        return Finding(
            "UNKNOWN", because, issuer, issuer in self.mandatory, case.asked, case.at, code
        )

    def colored(self, code: Code, said: Said) -> Finding:
        mandatory = code.issuer in self.mandatory
        case, color = self.case, code.color
        return Finding(
            color, None, code.issuer, mandatory, case.asked, case.at, code, said.signed, said.listed
        )

    def hear(self, said: Said) -> None:
        readable = said.outcome in READABLE
        for code in said.codes:
            if readable:
                self.hear_code(code, said)
            elif code.color in AGAINST and self.right(Row.RED_BESIDE_AN_OUTCOME):
                self.counts.append(self.colored(code, said))
            elif code.color == "GREEN" and self.would_stop(self.colored(code, said)):
                self.against.append(self.colored(code, said))
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
        green = self.colored(code, said)
        if self.would_stop(green):
            self.against.append(green)

    def would_stop(self, green: Finding) -> bool:
        rule = first_rule(green, self.place)
        stops = (rule.color, rule.decision) != ("GREEN", "ADMIT")
        return stops and self.right(Row.LAPSED_COUNTS_AGAINST)

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
        if mandatory or said.outcome in SPEAKS_OF_THE_HOLDER:
            self.counts.append(found)
        elif found.because != "NO_RECORD":
            self.aside.append(found)

    def hear_list(self, said: Said) -> None:
        for code in said.codes:
            self.counts.append(self.colored(code, said))
        unusable = said.outcome in UNUSABLE_LIST and said.issuer in self.place.lists
        if unusable and not self.cleared(said.issuer) and self.right(Row.ENDED_LIST):
            self.counts.append(self.unknown(BECAUSE[said.outcome], said.issuer))

    def cleared(self, issuer: str) -> bool:
        return any(f.issuer == issuer and f.color == "GREEN" for f in self.counts)

    def settle(self) -> None:
        """Each mandatory issuer needs one word that holds, or what it lost counts."""
        asked = {said.issuer for said in self.case.said if not said.listed}
        for issuer in self.mandatory:
            if issuer not in asked:
                self.counts.append(self.unknown("ISSUER_UNAVAILABLE", issuer))
            elif not self.speaks(issuer):
                lost = [f for f in self.aside if f.issuer == issuer]
                self.counts += lost
                self.aside = [f for f in self.aside if f.issuer != issuer]
        if self.case.asked.document is None and self.case.asked.scanned is None:
            self.counts.append(self.unknown("NO_RECORD", None))

    def speaks(self, issuer: str) -> bool:
        said = [f for f in self.counts if f.issuer == issuer]
        if issuer != "national" or not said or any(f.color != "GREEN" for f in said):
            return bool(said)
        carries = any(f.code is not None and f.code.place == COUNTRY for f in said)
        if carries or not self.right(Row.ONE_PROVINCE):
            return True
        self.counts.append(self.unknown("STALE", issuer))
        return False


def judge(case: Case, place: Place, *, not_yet: Iterable[Row] = ()) -> Verdict:
    """What ``case`` must get, if everything is right but the rows in ``not_yet``."""
    met = frozenset(Row) - frozenset(not_yet)
    rows: set[Row] = set()
    mandatory = needed(case.asked, place, all_of_them=False)
    if case.asked.document is None:
        every = needed(case.asked, place, all_of_them=True)
        if every != mandatory:
            rows.add(Row.SCAN_ASKS_FOR_ALL)
            mandatory = every if Row.SCAN_ASKS_FOR_ALL in met else mandatory
    hearing = Hearing(case, place, mandatory, rows, met)
    for said in case.said:
        if not said.listed:
            hearing.hear(said)
    hearing.settle()
    for said in case.said:
        if said.listed:
            hearing.hear_list(said)
    return _ruled(hearing)


def _ruled(hearing: Hearing) -> Verdict:
    place = hearing.place
    greens = [f for f in hearing.counts if f.color == "GREEN"]
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
        rows=frozenset(hearing.rows),
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
    others = [f for f in counts if f.stated is not None]
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
