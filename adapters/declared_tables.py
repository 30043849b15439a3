"""What a declared dialect's tables make of one answer: the ``System`` that they are.

Responsible for reading ``data`` by the members that the file names, as the dialects in Python do
(``adapters.zhejiang``). Refuses to check the tables: ``declared_dialect`` has.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Annotated

from msgspec import Meta, Raw
from msgspec.json import Decoder

from tongxing.adapters.declared_shape import DialectDocument, MembersPart
from tongxing.adapters.dialect import Malformed
from tongxing.adapters.docking import CodeParts, Person, Said, State, System
from tongxing.adapters.reading import (
    OF_A_GREEN,
    Days,
    Level,
    bases_of,
    consistent,
    decoded,
    from_local,
    level_of,
    number_level_of,
    place_of,
)
from tongxing.adapters.remains import Members
from tongxing.keys.suites import SuiteName
from tongxing.schema import Basis, Color, DocumentKind, Outcome, RegionCode, lie_within

MOST_CODES = 32
"""Of one person, as in ``adapters.zhejiang``. A longer list is Malformed."""

CHARACTERS: Mapping[str, str] = MappingProxyType(
    {"hex": "[0-9A-Fa-f]", "digits": "[0-9]", "letters and digits": "[0-9A-Za-z]"}
)

_PERSON = Decoder(Person)
_TEXT = Decoder(str)
_DAYS = Decoder(Days)
_ONE = Decoder(dict[str, Raw])
_CODES = Decoder(Annotated[list[dict[str, Raw]], Meta(max_length=MOST_CODES)])


@dataclass(frozen=True, slots=True)
class Tables:
    """The words of one system. ``colors`` has those of ``outcomes`` too, as UNKNOWN."""

    members: MembersPart
    places: tuple[str, ...]
    are_numbers: bool
    colors: Mapping[str, Color]
    outcomes: Mapping[str, Outcome]
    bases: Mapping[str, Basis]

    @classmethod
    def of(cls, document: DialectDocument) -> "Tables":
        states, reasons = document.states, document.reasons
        colors = {word: Color[color] for word, color in states.colors.items()}
        return cls(
            document.members,
            document.places,
            states.written == "number",
            MappingProxyType(colors | dict.fromkeys(states.outcomes, Color.UNKNOWN)),
            {word: Outcome[outcome] for word, outcome in states.outcomes.items()},
            {} if reasons is None else {w: Basis[basis] for w, basis in reasons.bases.items()},
        )

    def read(self, data: Raw) -> Said:
        """As ``System.read``."""
        person, whole = decoded(_PERSON, data), decoded(_ONE, data)
        if self.members.codes is None:
            state, read = self._state(whole), self._level(whole.get(self.members.state, Raw()))
            outcome = self.outcomes.get(read.raw_value) if read.known else None
            if outcome is not Outcome.NOT_ENROLLED:
                return Said(person, [state], outcome)
            if _names_more(state):
                return Said(person, [state], Outcome.UNMAPPED_VALUE)
            return Said(person, [], outcome)
        codes = decoded(_CODES, _member(whole, self.members.codes))
        return Said(person, [*map(self._state, codes)], None if codes else Outcome.NOT_ENROLLED)

    def _state(self, code: Mapping[str, Raw]) -> State:
        members = self.members
        basis, known = [Basis.NOT_STATED], True
        if members.reason is not None:
            basis, known = bases_of(self.bases, [code.get(members.reason, Raw())])
        place, as_of = self._place(code), from_local(_text(code, members.updated))
        known = known and lie_within([place], self.places)
        level = consistent(self._level(code.get(members.state, Raw())), basis, known=known)
        return State(level, basis, place, as_of, self._end(code, as_of))

    def _level(self, value: Raw) -> Level:
        if self.are_numbers:
            return number_level_of({int(word): each for word, each in self.colors.items()}, value)
        return level_of(self.colors, value)

    def _place(self, code: Mapping[str, Raw]) -> RegionCode:
        members = self.members
        return place_of(members.place_code or _text(code, members.place or ""))

    def _end(self, code: Mapping[str, Raw], as_of: datetime) -> datetime | None:
        members = self.members
        if members.until is not None:
            return from_local(_text(code, members.until))
        if members.days is not None:
            return as_of + timedelta(days=decoded(_DAYS, _member(code, members.days)))
        return None


def system_of(document: DialectDocument) -> System:
    kinds = {kind: getattr(document.documents, kind.name) for kind in DocumentKind}
    code = document.code
    text = f"{re.escape(code.prefix)}{CHARACTERS[code.characters]}{{{code.length}}}"
    suites = frozenset(map(SuiteName, document.suites))
    tables = Tables.of(document)
    return System(re.compile(text), kinds, tables.read, _parts(document.members), suites)


def _parts(members: MembersPart) -> CodeParts:
    times = [members.updated] if members.until is None else [members.updated, members.until]
    others: dict[str, object] = {} if members.days is None else {members.days: 0}
    if members.reason is not None:
        others[members.reason] = None
    if members.codes is None:
        return CodeParts(members.state, tuple(times), others, place=members.place)
    codes = members.codes

    def around(person: Members, code: Members) -> object:
        return {**person, codes: [code]}

    return CodeParts(members.state, tuple(times), others, members.place, (codes,), around=around)


def _names_more(state: State) -> bool:
    """Whether a danger or something unknown stands beside a word that says that nobody is known: a
    contradiction, since who is not enrolled may be let pass."""
    return not state.level.known or not OF_A_GREEN.issuperset(state.basis)


def _member(code: Mapping[str, Raw], name: str) -> Raw:
    """Raises Malformed."""
    if name not in code:
        raise Malformed
    return code[name]


def _text(code: Mapping[str, Raw], name: str) -> str:
    return decoded(_TEXT, _member(code, name))
