"""What of an issuer's change feed is believed.

Responsible for docs/wire-formats.md, "The change feed": each change signed by its issuer a moment
ago, and numbered without a gap. A change that cannot be believed is passed over if one that can be
follows it, so that it hides none of those after it; nothing of it is used. From a number that does
not follow on, nothing is used any more. Refuses to know where its reader stands, and what a change
does.
"""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from strawberry import ID

from tongxing.adapters.adapter import require_fresh, require_own_places, timely_outcome
from tongxing.adapters.dialect import (
    ChangeFeed,
    Malformed,
    NumberedReading,
    ReceivedChanges,
    Unusable,
)
from tongxing.adapters.reading import FARTHEST_AHEAD
from tongxing.keys import TrustList, base64url
from tongxing.keys.envelope import MalformedEnvelope
from tongxing.keys.verification import VerificationFailed, verify
from tongxing.schema import Evidence, SourceAnswer

CHANGES_AT_ONCE = 200
"""Changes in one answer: some 20 ms to verify, and one transaction to take."""

BAD_SIGNATURE, GAP, GONE_BACK = "BAD_SIGNATURE", "GAP", "GONE_BACK"
"""Why a change, or a feed from it on, is not believed; beside them the values of Outcome."""


@dataclass(frozen=True, slots=True)
class IssuerChange:
    """What the issuer states of somebody since ``told_at``: the time of the change; of one without
    a color that of its signature. ``subject`` is the issuer's name for them, a digest that
    everybody can make: it is not kept."""

    number: int
    subject: str = field(repr=False)
    told_at: datetime
    source: SourceAnswer

    def identity(self) -> str:
        """The same whenever this change is read, and another for any other: what it is made of must
        not be kept either."""
        times = [str(code.as_of.timestamp()) for code in self.source.codes]
        return "\0".join([str(self.number), self.subject, *times])


@dataclass(frozen=True, slots=True)
class ReadChanges:
    """``changes`` rise; ``passed_over`` says why of each that lies between them and is not
    believed. ``fault``: why what follows them is not; None if there is nothing left."""

    changes: tuple[IssuerChange, ...]
    passed_over: tuple[str, ...] = ()
    fault: str | None = None


def read_changes(
    feed: ChangeFeed, issuer: str, received: ReceivedChanges, trust_list: TrustList, at: datetime
) -> ReadChanges:
    """Verified now, against ``trust_list``. Pure."""
    if received.last < received.after:
        return ReadChanges((), (), GONE_BACK)
    changes: list[IssuerChange] = []
    passed_over: list[str] = []
    doubtful: list[str] = []
    for number, entry in enumerate(received.entries, received.after + 1):
        change = _read(feed, issuer, entry, trust_list, at)
        if isinstance(change, str):
            doubtful.append(change)
        elif change.number != number:
            fault = GAP if change.number > number else GONE_BACK
            return ReadChanges(tuple(changes), tuple(passed_over), fault)
        else:
            passed_over += doubtful
            doubtful.clear()
            changes.append(change)
    is_whole = received.last == received.after + len(received.entries)
    left = doubtful if is_whole else [*doubtful, GAP]
    return ReadChanges(tuple(changes), tuple(passed_over), next(iter(left), None))


def _read(
    feed: ChangeFeed, issuer: str, entry: bytes, trust_list: TrustList, at: datetime
) -> IssuerChange | str:
    """The change, or why it is not believed."""
    try:
        envelope = feed.open_change(entry)
        verified = verify(envelope, issuer=issuer, trust_list=trust_list, at=at)
        stated = feed.decode_change(verified)
        require_fresh(stated.reading, received_at=at, at=at)
        require_own_places(stated.reading.codes, verified.regions)
        told_at = _told_at(stated, at)
    except (MalformedEnvelope, VerificationFailed):
        return BAD_SIGNATURE
    except Unusable as unusable:
        return unusable.outcome.value
    source = SourceAnswer(
        issuer=ID(issuer),
        outcome=timely_outcome(stated.reading, at),
        evidence=Evidence.SIGNED,
        codes=list(stated.reading.codes),
        evidence_digest=base64url.encode(sha256(entry).digest()),
    )
    return IssuerChange(stated.number, stated.subject, told_at, source)


def _told_at(stated: NumberedReading, at: datetime) -> datetime:
    """Raises Malformed: what is dated ahead would stand against every later word."""
    reading = stated.reading
    told_at = max((code.as_of for code in reading.codes), default=reading.signed_at or at)
    if told_at > at + FARTHEST_AHEAD:
        raise Malformed
    return told_at
