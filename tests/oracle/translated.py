"""Between the oracle's words and the product's: the only file here that knows both.

Refuses to judge. Each thing said is translated once and kept, because stocks are used again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import strawberry

from tests.oracle.places import Place, place_of
from tests.oracle.words import Answer, Asked, Case, Code, Said
from tongxing.gateway.policy.policy_file import read_policy
from tongxing.gateway.recognition.decide import Judgement
from tongxing.gateway.recognition.policy import Policy
from tongxing.schema import (
    Basis,
    Color,
    Decision,
    DocumentKind,
    Evidence,
    HealthCode,
    Outcome,
    Purpose,
    RegionCode,
    SourceAnswer,
    Via,
)
from tongxing.schema.case import Case as HubCase
from tongxing.schema.case import Circumstances, ColorChange

SHIPPED = Path(__file__).parents[2] / "gateway" / "policies"
OWN = Path(__file__).parent / "policies"


@dataclass(frozen=True)
class Both:
    """One place's policy as the oracle reads it, and as the product does."""

    name: str
    place: Place
    policy: Policy


def both_of(file: Path) -> Both:
    return Both(file.stem, place_of(file), read_policy(file.name, file.read_bytes()))


@cache
def every_place() -> Sequence[Both]:
    """Read once: checking a policy takes a good part of a second."""
    files = sorted([*SHIPPED.glob("*.toml"), *OWN.glob("*.toml")], key=lambda file: file.stem)
    return [both_of(file) for file in files]


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@dataclass
class Translator:
    said: dict[int, tuple[Said, SourceAnswer]] = field(default_factory=dict)
    asked: dict[int, tuple[Asked, Circumstances]] = field(default_factory=dict)

    def case(self, case: Case) -> HubCase:
        sources = [self._source(said) for said in case.said]
        return HubCase(sources, self._circumstances(case.asked), moment(case.at))

    def _source(self, said: Said) -> SourceAnswer:
        kept = self.said.get(id(said))
        if kept is None:
            kept = self.said[id(said)] = said, source_of(said)
        return kept[1]

    def _circumstances(self, asked: Asked) -> Circumstances:
        kept = self.asked.get(id(asked))
        if kept is None:
            kept = self.asked[id(asked)] = asked, circumstances_of(asked)
        return kept[1]


def source_of(said: Said) -> SourceAnswer:
    speaks = bool(said.codes) or said.signed
    return SourceAnswer(
        issuer=strawberry.ID(said.issuer),
        outcome=Outcome(said.outcome),
        evidence=(Evidence.SIGNED if said.signed else Evidence.CHANNEL) if speaks else None,
        codes=[code_of(code) for code in said.codes],
        via=Via.LIST if said.listed else Via.LIVE,
    )


def code_of(code: Code) -> HealthCode:
    return HealthCode(
        color=Color(code.color),
        raw_value=code.color,
        issuer=strawberry.ID(code.issuer),
        issuing_place=RegionCode(code.place),
        basis=[Basis(basis) for basis in code.basis],
        as_of=moment(code.as_of),
        valid_until=None if code.ends is None else moment(code.ends),
        previous_color=None if code.before is None else Color(code.before),
        changed_at=None if code.changed is None else moment(code.changed),
    )


def circumstances_of(asked: Asked) -> Circumstances:
    return Circumstances(
        purpose=Purpose(asked.purpose),
        document=None if asked.document is None else DocumentKind[asked.document],
        code_issuer=asked.scanned,
        changes=tuple(
            ColorChange(issuer, place, moment(at)) for issuer, place, at in asked.changes
        ),
    )


def answer_of(judgement: Judgement) -> Answer:
    return Answer(
        color=_WORDS[judgement.color],
        decision=_WORDS[judgement.decision],
        rule=judgement.rule,
        decided_by=judgement.decided_by,
        relaxed=judgement.relaxed,
        evidence=None if judgement.evidence is None else _WORDS[judgement.evidence],
        as_of=None if judgement.as_of is None else judgement.as_of.timestamp(),
        until=judgement.valid_until.timestamp(),
        alarms=judgement.integrity_alarms,
    )


_WORDS: dict[object, str] = {
    word: word.value for kind in (Color, Decision, Evidence) for word in kind
}
