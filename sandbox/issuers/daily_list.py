"""The signed daily list of yellow and red codes: ``GET /v1/lists/daily`` (docs/wire-formats.md).

Made once a day, at the first request, and unchanged until midnight in China. A person who turned
green in the meantime is still on it; readers of such lists must expect that.
"""

import hashlib
from collections.abc import Iterable, Iterator

import msgspec

from tongxing.sandbox.issuers.misbehavior import transport_only
from tongxing.sandbox.issuers.replies import Headers, Reply
from tongxing.sandbox.issuers.signing import CompactJws, base64url
from tongxing.sandbox.issuers.testimony import Witness
from tongxing.sandbox.town.documents import Document
from tongxing.sandbox.town.records import HOUR, Color, IssuerName, Record, day_of, start_of_day

GRACE_SECONDS = 2 * HOUR
"""How long a list may still be used after the next one is due."""

_HEADERS: Headers = ((b"content-type", b"application/jsonl"),)


class DailyList:
    """The list of ``issuer`` about the people with these ``ordinals``."""

    def __init__(
        self, issuer: IssuerName, witness: Witness, ordinals: Iterable[int], opened_at: int
    ) -> None:
        self._issuer = issuer
        self._witness = witness
        self._ordinals = tuple(ordinals)
        self._opened_at = opened_at
        self._jws = CompactJws("daily-list+jwt")
        self._made: tuple[int, bytes] | None = None

    def daily(self, _query: bytes) -> Reply:
        now = self._witness.this_second()
        if self._made is None or self._made[0] != day_of(now):
            self._made = day_of(now), self._make(now)
        wrong = transport_only(self._witness.wrong_for_everybody())
        return Reply(self._made[1], headers=_HEADERS, misbehavior=wrong)

    def _make(self, now: int) -> bytes:
        lines = sorted(self._lines())
        content = b"".join(line + b"\n" for line in lines)
        next_at = start_of_day(day_of(now) + 1)
        claims = {
            "iss": self._issuer,
            "as_of": now,
            "next_at": next_at,
            "valid_until": next_at + GRACE_SECONDS,
            "entries": len(lines),
            "sha256": base64url(hashlib.sha256(content).digest()),
        }
        head = self._jws.sign(self._witness.current, msgspec.json.encode(claims))
        return head.encode("ascii") + b"\n" + content

    def _lines(self) -> Iterator[bytes]:
        for ordinal in self._ordinals:
            document = self._witness.document_of(ordinal)
            record = self._witness.held(document, ordinal)
            if record is not None and record.color is not Color.GREEN and not record.must_update:
                yield self._line(record, document)

    def _line(self, record: Record, document: Document) -> bytes:
        changed_at = None if record.changed_at is None else self._opened_at + record.changed_at
        basis = [basis.value for basis in record.basis]
        subject = _subject(self._issuer, document)
        return msgspec.json.encode((subject, record.color, basis, record.place, changed_at))


def _subject(issuer: IssuerName, document: Document) -> str:
    parts = ("daily-list-subject-v1", issuer, document.kind, document.number, document.name)
    return base64url(hashlib.sha256("\0".join(parts).encode()).digest())
