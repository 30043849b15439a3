"""A member's signed membership filter: ``GET /v1/filters/membership`` (docs/wire-formats.md, §8).

Written from that page alone and bit by bit, so that it checks the library that reads it: slow, and
quick enough for some hundred people.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import parse_qs

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from tongxing.sandbox.federation.faults import Fault
from tongxing.sandbox.federation.members import Member, Secrets
from tongxing.sandbox.issuers.replies import Headers, Reply
from tongxing.sandbox.issuers.signing import CompactJws, EdDsaSigner, base64url
from tongxing.sandbox.town.documents import Document

HASHES = 13
BITS_A_PERSON = 20
"""One person in ten thousand who is not known seems to be."""

SPARE = 1.5
"""Room for those who join before the filter is made anew."""

CANARIES = 8
NEXT_SECONDS = 120
LASTS_SECONDS = 3_600
CENTURY_SECONDS = 100 * 366 * 24 * 3_600

_HEADERS: Headers = ((b"content-type", b"application/octet-stream"),)
_MASK = (1 << 128) - 1
_MULTIPLIER = 47026247687942121848144207491837418733


class MembershipFilter:
    """Of one member. ``people`` may grow; the filter is made at the first request."""

    def __init__(self, member: Member, secrets: Secrets, people: Sequence[Document]) -> None:
        self._member = member
        self._secrets = secrets
        self._people = people
        self._jws = CompactJws("membership-filter+jwt")
        self._bits = 0
        self._whole = bytearray()
        self._held: dict[str, int] = {}
        """How many people each head that was given out covers."""

    def give(self, query: bytes, now: int, fault: Fault | None) -> Reply:
        """``now`` in Unix seconds."""
        after = parse_qs(query.decode("ascii", "replace")).get("after", [""])[0]
        known = self._held.get(after)
        if known is None or fault is not None:
            self._add_missing()
            return self._signed(now, None, bytes(self._whole), fault)
        added = b"".join(_digests(self._secrets.filter_key, self._people[known:]))
        self._add_missing()
        return self._signed(now, after, added, fault)

    def _add_missing(self) -> None:
        if not self._bits:
            self._bits = 64 * (int(len(self._people) * SPARE * BITS_A_PERSON) // 64 + 2)
            self._whole = bytearray(self._bits // 8)
            self._covered = 0
            self._add(_canaries(self._secrets.filter_key))
        self._add(_digests(self._secrets.filter_key, self._people[self._covered :]))
        self._covered = len(self._people)

    def _add(self, digests: Iterable[bytes]) -> None:
        for digest in digests:
            for place in _places(digest, self._bits):
                self._whole[place // 8] |= 1 << place % 8

    def _signed(self, now: int, after: str | None, octets: bytes, fault: Fault | None) -> Reply:
        claims: dict[str, object] = {
            "iss": self._member.id,
            "after": after,
            "holders": len(self._people),
            "bits": self._bits,
            "hashes": HASHES,
            **_times(now),
        }
        octets = self._spoiled(claims, octets, fault, now)
        claims["sha256"] = base64url(hashlib.sha256(octets).digest())
        signer: EdDsaSigner = self._secrets.signer
        if fault is Fault.WRONG_KEY:
            signer = self._secrets.forged
        head = self._jws.sign(signer, msgspec.json.encode(claims))
        if fault is Fault.UNSIGNED:
            head = self._jws.unsigned(msgspec.json.encode(claims))
        if fault is None:
            digest = base64url(hashlib.sha256(head.encode("ascii")).digest())
            self._held[digest] = len(self._people)
        return Reply(head.encode("ascii") + b"\n" + octets, headers=_HEADERS)

    def _spoiled(
        self, claims: dict[str, object], octets: bytes, fault: Fault | None, now: int
    ) -> bytes:
        if fault is Fault.STALE:
            claims |= _times(now - 2 * LASTS_SECONDS)
        elif fault is Fault.OF_THE_FUTURE:
            claims |= _times(now + LASTS_SECONDS // 2)
        elif fault is Fault.ENDLESS:
            claims |= {"valid_until": now + CENTURY_SECONDS}
        elif fault is Fault.ANOTHER_FILTER_KEY:
            return self._under(bytes(32))
        elif fault is Fault.EMPTY:
            return bytes(len(octets))
        elif fault is Fault.MISFIT:
            claims |= {"after": "A" * 43}
        elif fault is Fault.ENORMOUS:
            claims |= {"bits": 1 << 62}
        elif fault is Fault.MANY_HASHES:
            claims |= {"hashes": 1 << 40}
        elif fault is Fault.OTHER_OCTETS:
            claims |= {"bits": self._bits + 64}
        return octets

    def _under(self, key: bytes) -> bytes:
        other = MembershipFilter(
            self._member,
            Secrets(self._secrets.signer, self._secrets.forged, key),
            self._people,
        )
        other._add_missing()
        return bytes(other._whole)


def _times(as_of: int) -> dict[str, int]:
    return {
        "as_of": as_of,
        "next_at": as_of + NEXT_SECONDS,
        "valid_until": as_of + LASTS_SECONDS,
    }


def _canaries(key: bytes) -> Iterator[bytes]:
    for number in range(CANARIES):
        yield _keyed(key, f"membership-canary-v1\0{number}")


def _digests(key: bytes, people: Iterable[Document]) -> Iterator[bytes]:
    for person in people:
        members = ("membership-subject-v1", person.kind, person.number, person.name)
        yield _keyed(key, "\0".join(members))


def _keyed(key: bytes, text: str) -> bytes:
    block = hashlib.sha256(text.encode()).digest()[:16]
    return Cipher(AES(key), ECB()).encryptor().update(block)  # noqa: S305 - one block


def _places(digest: bytes, bits: int) -> Iterator[int]:
    state = int.from_bytes(digest, "little")
    for _ in range(HASHES):
        state = (state * _MULTIPLIER + 1) & _MASK
        yield (state >> 32 & 0xFFFFFFFFFFFFFFFF) % bits
