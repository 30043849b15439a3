"""What is wrong with an answer, held against what the issuers hold and against the oracle.

Pure. Each source must say what its issuer holds of the very person; the color and decision must be
those that the oracle (tests/oracle) gives to these sources. Then a green is right.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tests.oracle.account import judge
from tests.oracle.places import Place
from tests.oracle.words import Asked, Case, Change, Code, Said
from tests.soak.told import Deeds
from tests.soak.truth import Held, Truth

REVEALS = "zhenjiang"
"""The one issuer whose answer to a scan names the holder."""

NAMES_THE_HOLDER = frozenset({"VERIFIED", "CODE_EXPIRED", "UNMAPPED_VALUE", "MUST_UPDATE"})
A_SECOND = 1.0
"""Signatures are dated to the second."""

Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Put:
    """One question. ``scanned`` is the issuer of a scanned code; ``asked_at`` and ``answered_at``
    are by the client's clock."""

    label: str
    purpose: str
    asked_at: float
    answered_at: float
    scanned: str | None = None


@dataclass(frozen=True, slots=True)
class Judge:
    """``kept_seconds`` is how old a statement may be that an answer rests on: as long as it is
    kept, and the time that its question took."""

    truth: Truth
    deeds: Deeds
    place: Place
    kept_seconds: float

    def faults_in(self, answer: Answer, put: Put, changes: tuple[Change, ...] = ()) -> list[str]:
        """In words; empty if the answer is right. ``changes`` are those of color that the receipt
        counts."""
        faults = [*self._of_the_oracle(answer, put, changes), *self._versions(answer, put)]
        if not self.may_be_of_another(put):
            faults += [*self._sources(answer, put), *self._color(answer, put)]
        return faults

    def may_be_of_another(self, put: Put) -> bool:
        """Who scans a code believes its issuer whose it is."""
        since = put.asked_at - self.kept_seconds
        return put.scanned is not None and self.deeds.may_mislead(
            put.scanned, since, put.answered_at
        )

    def _possible(self, issuer: str, put: Put) -> set[Held]:
        since = put.asked_at - self.kept_seconds
        return self.truth.possible(issuer, put.label, since, put.answered_at)

    def _sources(self, answer: Answer, put: Put) -> Iterator[str]:
        for source in answer["sources"]:
            issuer, outcome = source["issuer"]["id"], source["outcome"]
            possible = self._possible(issuer, put)
            if outcome == "VERIFIED":
                yield from self._verified(source, possible, put)
            elif outcome == "NOT_ENROLLED" and None not in possible:
                yield f"{issuer} knows the person, and the answer says that it does not"

    def _verified(self, source: Answer, possible: set[Held], put: Put) -> Iterator[str]:
        issuer = source["issuer"]["id"]
        colors = {code["color"] for code in source["codes"]}
        signed_at = {seconds(code["asOf"]) for code in source["codes"]}
        states = [s for s in possible if s is not None and s.own in colors and colors <= s.colors]
        if not states:
            yield f"{issuer} does not hold {sorted(colors)} of the person, but one of {possible}"
        if self.truth.is_always_spoiled(issuer, put.label):
            yield f"{issuer} signed nothing about this person that could be verified"
        if self.deeds.was_revoked(issuer, put.asked_at, put.answered_at):
            yield f"{issuer} counts although its key was revoked"
        # Who was turned red is spoken of truly also while everybody else's statements are forged.
        is_live = states == [self.truth.before(issuer, put.label)] and states[0].is_live
        if is_live and any(self.deeds.was_forged(issuer, at) for at in signed_at):
            yield f"{issuer} counts with what it signed while all of it was forged"

    def _of_the_oracle(
        self, answer: Answer, put: Put, changes: tuple[Change, ...]
    ) -> Iterator[str]:
        verdict = judge(case_of(answer, put, changes), self.place)
        said = answer["color"], answer["decision"]
        if said != (verdict.color, verdict.decision):
            yield f"the answer is {said}, not {(verdict.color, verdict.decision)}"
        if answer["madeGreener"]:
            yield "the answer was made greener, and no rule does that"

    def _color(self, answer: Answer, put: Put) -> Iterator[str]:
        """The two mistakes that matter most, without the oracle and without the sources."""
        asked = {source["issuer"]["id"] for source in answer["sources"]}
        possible = {issuer: self._possible(issuer, put) for issuer in asked}
        if answer["color"] == "GREEN":
            shown = set() if put.scanned is None else {put.scanned}
            for issuer in self.place.mandatory | shown:
                if not any(s is not None and s.own == "GREEN" for s in possible.get(issuer, ())):
                    yield f"a wrong GREEN: {issuer} does not hold it"
        if answer["color"] == "RED" and not any(
            state is not None and "RED" in state.colors
            for states in possible.values()
            for state in states
        ):
            yield "a needless RED: nobody holds it"

    def _versions(self, answer: Answer, put: Put) -> Iterator[str]:
        number = answer["policy"]["number"]
        policies = self.deeds.policies_between(put.asked_at, put.answered_at)
        if policies and number not in policies:
            yield f"judged by version {number} of the policy, when {policies} counted"
        version = int(answer["trustListVersion"])
        lists = self.deeds.trust_lists_between(put.asked_at, put.answered_at)
        if lists and version not in lists:
            yield f"believed by trust list {version}, when {lists} lay there"


def case_of(answer: Answer, put: Put, changes: tuple[Change, ...]) -> Case:
    """What the answer says that it was judged on, in the oracle's words."""
    said = tuple(_said(source) for source in answer["sources"])
    return Case(said, replace(_asked(said, put), changes=changes), seconds(answer["decidedAt"]))


def _asked(said: tuple[Said, ...], put: Put) -> Asked:
    if put.scanned is None:
        return Asked(put.purpose)
    shown = next((s for s in said if s.issuer == put.scanned), None)
    reveals = put.scanned == REVEALS and shown is not None
    named = reveals and shown is not None and (shown.outcome in NAMES_THE_HOLDER or shown.codes)
    return Asked(put.purpose, "RESIDENT_ID" if named else None, put.scanned)


def _said(source: Answer) -> Said:
    return Said(
        issuer=source["issuer"]["id"],
        outcome=source["outcome"],
        signed=source["evidence"] == "SIGNED",
        codes=tuple(_code(code) for code in source["codes"]),
        listed=source["via"] == "LIST",
    )


def _code(code: Answer) -> Code:
    return Code(
        color=code["color"],
        issuer=code["issuer"]["id"],
        place=code["issuingPlace"],
        basis=tuple(code["basis"]),
        as_of=seconds(code["asOf"]),
        ends=None if code["validUntil"] is None else seconds(code["validUntil"]),
        before=code["previousColor"],
        changed=None if code["changedAt"] is None else seconds(code["changedAt"]),
    )


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
