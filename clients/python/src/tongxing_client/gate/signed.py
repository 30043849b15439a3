"""What a hub has signed, read strictly: one form, one meaning, one of its keys that count."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

import msgspec
from jwt.algorithms import ECAlgorithm

from tongxing_client.errors import TongxingError
from tongxing_client.receipts import Jwks

S = TypeVar("S")

CLOCK_LEEWAY = 120
"""Seconds by which a gate's clock may be off without being noticed."""

KEYS_MAX_AGE = 24 * 3_600
"""Seconds. A gate that has not read the hub's keys for so long may hold one that was revoked."""

_KEY_ID = re.compile(r"[A-Za-z0-9\-_.:]{1,64}")
_HEADER_MAX = 1_024
_SIGNATURE_BYTES = 64
_ALGORITHMS = {"ES256", "EdDSA"}


class PassFault(StrEnum):
    """Why a pass, or the list that should say its color, does not count."""

    # ruff: noqa: S105 - names of faults, no passwords
    PASS_MALFORMED = "PASS_MALFORMED"
    PASS_OF_ANOTHER_HUB = "PASS_OF_ANOTHER_HUB"
    PASS_KEY_UNKNOWN = "PASS_KEY_UNKNOWN"
    PASS_KEY_REVOKED = "PASS_KEY_REVOKED"
    PASS_ALTERED = "PASS_ALTERED"
    PASS_EXPIRED = "PASS_EXPIRED"
    LIST_MISSING = "LIST_MISSING"
    LIST_NOT_COVERING = "LIST_NOT_COVERING"
    LIST_TOO_OLD = "LIST_TOO_OLD"
    LIST_MALFORMED = "LIST_MALFORMED"
    LIST_OF_ANOTHER_HUB = "LIST_OF_ANOTHER_HUB"
    LIST_KEY_UNKNOWN = "LIST_KEY_UNKNOWN"
    LIST_KEY_REVOKED = "LIST_KEY_REVOKED"
    LIST_ALTERED = "LIST_ALTERED"
    LIST_ANOTHER = "LIST_ANOTHER"
    LIST_ROLLED_BACK = "LIST_ROLLED_BACK"
    LIST_FORKED = "LIST_FORKED"
    LIST_GAP = "LIST_GAP"
    KEYS_TOO_OLD = "KEYS_TOO_OLD"
    CLOCK_BEHIND = "CLOCK_BEHIND"
    CLOCK_AHEAD = "CLOCK_AHEAD"


class PassFaulty(TongxingError):
    """The pass or the list is not taken; what was known before stays."""

    def __init__(self, fault: PassFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True)
class KnownHub:
    """``hub_id`` is what its receipts name; ``keys`` are those of ``/.well-known/jwks.json``
    (``read_jwks``), read at ``read_at``; ``revoked`` are ids of keys that are known to be."""

    hub_id: str
    keys: Jwks
    read_at: float
    revoked: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Envelope:
    """A compact JWS taken apart: what its sender claims."""

    algorithm: str
    key_id: str
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    payload: bytes = field(repr=False)


def opened(unverified: str, typ: str, of: str, *, at_most: int) -> Envelope:
    """A compact JWS whose header is exactly ``alg``, ``kid`` and this ``typ``. ``of`` is PASS or
    LIST, with which the fault's name begins. Raises PassFaulty."""
    try:
        return _opened(unverified, typ, at_most)
    except ValueError:
        raise PassFaulty(PassFault[f"{of}_MALFORMED"]) from None


def check_signed(envelope: Envelope, hub: KnownHub, of: str) -> None:
    """By a key of ``hub`` that counts. Raises PassFaulty."""
    if envelope.key_id in hub.revoked:
        raise PassFaulty(PassFault[f"{of}_KEY_REVOKED"])
    if envelope.key_id not in hub.keys or envelope.algorithm != "ES256":  # as all of ``Jwks``
        raise PassFaulty(PassFault[f"{of}_KEY_UNKNOWN"])
    es256 = ECAlgorithm(ECAlgorithm.SHA256)
    if not es256.verify(envelope.signed, hub.keys[envelope.key_id].key, envelope.signature):
        raise PassFaulty(PassFault[f"{of}_ALTERED"])


def read_object(octets: bytes) -> dict[str, Any]:
    """Strict JSON: no member twice, no fraction, no text that UTF-8 cannot write. Raises
    ValueError."""
    try:
        value = _JSON.decode(octets.decode("utf-8"))
    except RecursionError:
        raise ValueError("too deep") from None
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004 - of the same kind as every other fault
    json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


def shaped(value: object, shape: type[S]) -> S:
    """Raises ValueError."""
    return msgspec.convert(value, shape)


def from_base64url(text: str) -> bytes:
    """Without padding, and in the one form that the octets have. Raises ValueError."""
    octets = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii") != text:
        raise ValueError("another form of the same octets")
    return octets


def is_key_id(value: str) -> bool:
    return _KEY_ID.fullmatch(value) is not None


class _Header(msgspec.Struct, forbid_unknown_fields=True):
    alg: str
    kid: str
    typ: str


def _opened(unverified: str, typ: str, at_most: int) -> Envelope:
    if len(unverified) > at_most:
        raise ValueError("too long")
    protected, payload, signature = unverified.split(".")
    if len(protected) > _HEADER_MAX:
        raise ValueError("too long")
    header = shaped(read_object(from_base64url(protected)), _Header)
    octets = from_base64url(signature)
    expected = (typ, True, True, _SIGNATURE_BYTES)
    known = header.alg in _ALGORITHMS
    if (header.typ, known, is_key_id(header.kid), len(octets)) != expected:
        raise ValueError("another envelope")
    signed = f"{protected}.{payload}".encode("ascii")
    return Envelope(header.alg, header.kid, signed, octets, from_base64url(payload))


def _once(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member twice")
    return members


def _refused(_text: str) -> NoReturn:
    raise ValueError("no whole number")


_JSON = json.JSONDecoder(object_pairs_hook=_once, parse_float=_refused, parse_constant=_refused)
