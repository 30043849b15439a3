"""What an issuer is about to state about one person: the truth, or a fault it was told to make.

The three formats only write a Testimony down. What each misbehavior means for the content is
decided here, so that it means the same at every issuer.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from tongxing.sandbox.issuers.keystore import Keys
from tongxing.sandbox.issuers.misbehavior import Misbehavior, Misbehaviors, Mode
from tongxing.sandbox.issuers.signing import Signer
from tongxing.sandbox.town.documents import Document, Kind
from tongxing.sandbox.town.personas import PERSONAS
from tongxing.sandbox.town.records import DAY, Basis, Color, IssuerName, Record

Clock = Callable[[], datetime]
"""Returns aware times; the process's main function passes the real clock."""

_SUBSTITUTES = ("green_everywhere", "green_passport")
"""Whose record is given instead of another holder's; the second one for the first one."""


@dataclass(frozen=True, slots=True)
class Testimony:
    """``about`` is the person asked about, ``document`` the person whose record is given: the same
    unless the issuer misbehaves. ``signer`` None: the statement stays unsigned. Times are Unix
    seconds."""

    about: Document
    document: Document
    record: Record | None
    signed_at: int
    opened_at: int
    signer: Signer | None
    misbehavior: Misbehavior | None

    def does(self, mode: Mode) -> bool:
        return self.misbehavior is not None and self.misbehavior.mode is mode

    def unmapped(self, color: str) -> object:
        """The raw value to write for ``color``."""
        wrong = self.misbehavior
        return wrong.value if wrong is not None and wrong.mode is Mode.UNMAPPED_VALUE else color

    def as_of(self, record: Record) -> int:
        """When the state was true: now for a live one, never later than the signature."""
        if record.as_of is None:
            return self.signed_at
        return min(self.unix(record.as_of), self.signed_at)

    def unix(self, seconds: int) -> int:
        return self.opened_at + seconds

    def has_expired(self, record: Record) -> bool:
        return self.unix(record.valid_until) <= self.signed_at


class People(Protocol):
    """The people an issuer can find, and what it holds about them."""

    def find(self, kind: Kind, number: str, name: str, /) -> int | None: ...

    def document_of(self, ordinal: int) -> Document: ...

    def record_of(self, ordinal: int, issuer: IssuerName) -> Record | None: ...


class Witness:
    """One issuer's view of its people at this moment."""

    def __init__(
        self,
        issuer: IssuerName,
        people: People,
        misbehaviors: Misbehaviors,
        keys: Keys,
        clock: Clock,
        *,
        opened_at: int,
    ) -> None:
        self._issuer = issuer
        self._people = people
        self._misbehaviors = misbehaviors
        self._clock = clock
        self._opened_at = opened_at
        self._corrected: dict[tuple[Kind, str], Callable[[Record], Record]] = {}
        self.current = keys.current
        self._signers: dict[Mode, Signer | None] = {
            Mode.WRONG_KEY: keys.forged,
            Mode.RETIRED_KEY: keys.retired,
            Mode.OTHER_ISSUERS_KEY: keys.other_issuers,
            Mode.UNSIGNED: None,
        }

    def this_second(self) -> int:
        return int(self._clock().timestamp())

    def since_opening(self) -> int:
        return self.this_second() - self._opened_at

    def correct(self, document: Document, how: Callable[[Record], Record]) -> None:
        """From now on, statements about this person say what ``how`` makes of the record."""
        self._corrected[document.kind, document.number] = how

    def wrong(self, number: str) -> Misbehavior | None:
        return self._misbehaviors.of(number)

    def wrong_for_everybody(self) -> Misbehavior | None:
        return self._misbehaviors.of_everybody()

    def find(self, document: Document) -> int | None:
        return self._people.find(document.kind, document.number, document.name)

    def document_of(self, ordinal: int) -> Document:
        return self._people.document_of(ordinal)

    def knows(self, ordinal: int) -> bool:
        return self._people.record_of(ordinal, self._issuer) is not None

    def held(self, document: Document, ordinal: int) -> Record | None:
        """The issuer's record as it is in its books, without the faults of its answers."""
        return self._as_corrected(document, self._people.record_of(ordinal, self._issuer))

    def testify(self, document: Document, ordinal: int | None, now: int) -> Testimony:
        """What to state about ``document``; ``ordinal`` None: no person has it."""
        record = None if ordinal is None else self._people.record_of(ordinal, self._issuer)
        return self.attest(document, self._as_corrected(document, record), now)

    def attest(self, document: Document, record: Record | None, now: int) -> Testimony:
        """What to state about ``document`` with this record, as it is."""
        wrong = self._misbehaviors.of(document.number)
        honest = Testimony(document, document, record, now, self._opened_at, self.current, wrong)
        return honest if wrong is None else self._spoil(honest, wrong)

    def _as_corrected(self, document: Document, record: Record | None) -> Record | None:
        how = self._corrected.get((document.kind, document.number))
        return record if how is None or record is None else how(record)

    def _spoil(self, honest: Testimony, wrong: Misbehavior) -> Testimony:
        if wrong.mode is Mode.ANOTHER_HOLDER:
            return self._of_another(honest)
        if wrong.mode is Mode.YESTERDAY:
            return replace(honest, signed_at=honest.signed_at - DAY)
        if wrong.mode is Mode.STALE_STATE and honest.record is not None:
            as_of = honest.signed_at - int(wrong.seconds) - self._opened_at
            return replace(honest, record=replace(honest.record, as_of=as_of))
        if wrong.mode is Mode.TURNED_RED and honest.record is not None:
            return replace(honest, record=_turned_red(honest, honest.record, wrong))
        if wrong.mode in self._signers:
            return replace(honest, signer=self._signers[wrong.mode])
        return honest

    def _of_another(self, honest: Testimony) -> Testimony:
        others = (PERSONAS[name] for name in _SUBSTITUTES)
        other = next(o for o in others if o.document != honest.about)
        return replace(honest, document=other.document, record=other.records[self._issuer])


def _turned_red(honest: Testimony, record: Record, wrong: Misbehavior) -> Record:
    """Red without a reason, and the same at every question."""
    span = max(1, int(wrong.seconds))
    begun_at = wrong.value if isinstance(wrong.value, int) else honest.signed_at
    turned_at = begun_at + zlib.crc32(honest.about.number.encode()) % span
    return replace(
        record,
        color=Color.RED,
        basis=(Basis.HIGH_RISK_AREA,),
        previous=Color.GREEN,
        changed_at=min(turned_at, honest.signed_at) - honest.opened_at,
        as_of=None,
    )
