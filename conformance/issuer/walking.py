"""The road of a statement, step by step: where the hub stops believing it.

Responsible for naming the one step that failed. The hub itself says no more than "bad signature" or
"malformed" (adapters/adapter.py); whoever mends an endpoint needs to know which. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, unique

from tongxing.adapters.dialect import (
    Dialect,
    Malformed,
    OutOfBounds,
    Question,
    Reading,
    Statement,
    Unusable,
    WrongHolder,
)
from tongxing.keys.channel import over_channel
from tongxing.keys.envelope import MalformedEnvelope
from tongxing.keys.trust_list import TrustList
from tongxing.keys.verification import Step, VerificationFailed, verify
from tongxing.schema import Outcome


@unique
class Stop(StrEnum):
    """The steps at which a statement can fail, in their order."""

    ENVELOPE = "ENVELOPE"
    KEY_UNKNOWN = "KEY_UNKNOWN"
    KEY_RETIRED = "KEY_RETIRED"
    SUITE = "SUITE"
    SIGNATURE = "SIGNATURE"
    HOLDER = "HOLDER"
    SPEAKER = "SPEAKER"
    CONTENT = "CONTENT"


_STOPS: Mapping[Step, Stop] = {
    Step.KEY_OF_THIS_ISSUER: Stop.KEY_UNKNOWN,
    Step.KEY_NOT_REVOKED: Stop.KEY_RETIRED,
    Step.SUITE_AS_LISTED: Stop.SUITE,
    Step.SIGNATURE: Stop.SIGNATURE,
}
"""The steps that the kit's own trust list leaves open: it is in force, and so are its keys."""

_CONTENT: Mapping[type[Unusable], Stop] = {
    WrongHolder: Stop.HOLDER,
    OutOfBounds: Stop.SPEAKER,
    Malformed: Stop.CONTENT,
}


@dataclass(frozen=True, slots=True)
class Walk:
    """``stop`` is None if the statement was read; then ``reading`` is there. ``payloads`` are what
    its signatures cover, as far as the envelopes could be taken apart: never believed by that."""

    stop: Stop | None
    reading: Reading | None = field(default=None, repr=False)
    payloads: tuple[bytes, ...] = field(default=(), repr=False)


def walk(
    dialect: Dialect,
    statement: Statement,
    question: Question,
    trust_list: TrustList,
    at: datetime,
) -> Walk:
    """How far ``statement`` gets as the answer to ``question``. The issuer that the list names
    without keys signs nothing, and its answers take the other road."""
    if trust_list.issuers[dialect.issuer].channel_only:
        return _over_channel(dialect, statement, question, trust_list, at)
    try:
        envelopes = dialect.open(statement)
    except MalformedEnvelope:
        return Walk(Stop.ENVELOPE)
    payloads = tuple(each.unverified_payload for each in envelopes)
    try:
        verified = tuple(
            verify(each, issuer=dialect.issuer, trust_list=trust_list, at=at) for each in envelopes
        )
        reading = dialect.decode(verified, statement, question)
    except VerificationFailed as failure:
        return Walk(_STOPS[failure.step], None, payloads)
    except Unusable as unusable:
        return Walk(_CONTENT[type(unusable)], None, payloads)
    return _walked(reading, payloads)


def _over_channel(
    dialect: Dialect,
    statement: Statement,
    question: Question,
    trust_list: TrustList,
    at: datetime,
) -> Walk:
    decode, payloads = dialect.decode_unsigned, (statement.parts[-1],)
    if decode is None:
        return Walk(Stop.ENVELOPE)
    received = over_channel(statement.parts, issuer=dialect.issuer, trust_list=trust_list, at=at)
    try:
        return _walked(decode(received, statement, question), payloads)
    except Unusable as unusable:
        return Walk(_CONTENT[type(unusable)], None, payloads)


def _walked(reading: Reading, payloads: tuple[bytes, ...]) -> Walk:
    """What remains of a statement that cannot be read as a whole is no reading here."""
    if reading.outcome is Outcome.MALFORMED:
        return Walk(Stop.CONTENT, None, payloads)
    return Walk(None, reading, payloads)
