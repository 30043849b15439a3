"""What the answers of one batch have in common: each stands alone, and each knows its place.

Responsible for taking a batch apart into one result for each person, and for what ties such a
result to its question. A request about two hundred people cannot be made again from one of their
questions, and two hundred documents do not belong beside every statement in the cache: what is
remembered is one digest. Refuses to read an answer; the dialects do.
"""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

from msgspec import Raw
from msgspec.json import encode

from tongxing.adapters.dialect import Malformed, Result, Statement, Unusable
from tongxing.keys import base64url


def place_in_batch(request: Sequence[str], seq: int, person: Mapping[str, str]) -> str:
    """SHA-256, base64url: ``person`` stands at place ``seq`` of ``request``, given by what names it
    alone. Made from the question when asking; made again from the question and from what was
    signed when reading, so that another request, another place and another person all differ."""
    return base64url.encode(sha256(encode([request, seq, person])).digest())


def one_by_one(
    entries: Sequence[Raw], expected: int, read: Callable[[int, Raw], Statement]
) -> tuple[Result, ...]:
    """What became of each entry: one that cannot be used fails alone. Raises Malformed where there
    are not as many as were ``expected``: then no place is certain."""
    if len(entries) != expected:
        raise Malformed
    return tuple(_alone(read, seq, entry) for seq, entry in enumerate(entries))


def _alone(read: Callable[[int, Raw], Statement], seq: int, entry: Raw) -> Result:
    try:
        return read(seq, entry)
    except Unusable as unusable:
        return unusable.outcome
