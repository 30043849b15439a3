"""A statement as it was received, packed into as few bytes as it takes to read it once more.

A statement that is taken apart, with its envelopes and health codes as objects, takes four to five
times the bytes that its issuer sent. Nothing is left out of what is needed to verify and decode it
again, and nothing is kept of what that came to.
"""

from datetime import datetime

from msgspec import Struct
from msgspec.msgpack import Decoder, Encoder

from tongxing.adapters.dialect import Statement
from tongxing.keys import Holder


class PackedStatement(Struct, array_like=True, frozen=True):
    """``kept_at`` by the clock of the memory, in seconds; ``holders`` are the references to the one
    that it is about."""

    kept_at: float
    holders: tuple[str, ...]
    form: str
    received_at: datetime
    parts: tuple[bytes, ...]
    binding: tuple[str, ...]
    road: tuple[str, ...] = ()

    def statement_of(self, issuer: str) -> Statement:
        return Statement(issuer, self.form, self.received_at, self.parts, self.binding, self.road)


_ENCODER = Encoder()
_DECODER = Decoder(PackedStatement)


def packed(statement: Statement, holder: Holder, kept_at: float) -> bytes:
    return _ENCODER.encode(
        PackedStatement(
            kept_at,
            holder.refs,
            statement.form,
            statement.received_at,
            statement.parts,
            statement.binding,
            statement.road,
        )
    )


def unpacked(octets: bytes) -> PackedStatement:
    return _DECODER.decode(octets)
