"""JSON from outside, read into one declared shape or refused.

Responsible for there being one way in, and one error out of it whatever the bytes are. Refuses to
coerce: the shapes are msgspec structs, decoded strictly; members that they do not name are let
pass, because an issuer may add some.
"""

from typing import Annotated, TypeVar

from msgspec import Meta, Raw, convert
from msgspec.json import Decoder

from adapters.dialect import Malformed

T = TypeVar("T")

LAST_UNIX_SECOND = 4_102_444_800
"""2100-01-01: no health code of ours lives to see it, and every time below it can be computed
with."""

UnixSeconds = Annotated[int, Meta(ge=0, le=LAST_UNIX_SECOND)]

LONGEST_VALIDITY_DAYS = 3_660
Days = Annotated[int, Meta(ge=0, le=LONGEST_VALIDITY_DAYS)]

SHORT_TEXT_MAX_CHARACTERS = 256
ShortText = Annotated[str, Meta(max_length=SHORT_TEXT_MAX_CHARACTERS)]


def decoded(decoder: Decoder[T], unverified: bytes | str | Raw) -> T:
    """Raises Malformed. The parser itself bounds depth: RecursionError is its refusal."""
    try:
        return decoder.decode(unverified)
    except (ValueError, RecursionError):
        raise Malformed from None


def converted(kind: type[T], members: object) -> T:
    """The same for what was parsed already. Raises Malformed."""
    try:
        return convert(members, kind)
    except ValueError:
        raise Malformed from None
