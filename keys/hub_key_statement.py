"""A hub's word for its own keys, signed with them: whoever has one of them can learn the others.

Responsible for the two texts. A *statement* holds a whole set (``hub_key_set``), one compact JWS
for each key that signed it (``tongxing-hub-keys+jwt``): the key that was in use before, and the one
that is in use by it. A *certificate* is the word of a key for its successor
(``tongxing-hub-key+jwt``), for callers who kept an old public key. Refuses to say which set is the
newest (``hub_keys`` does).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from tongxing.keys.envelope import JWS_MAX_BYTES, MalformedEnvelope, parse_compact_jws
from tongxing.keys.hub_key_set import HUB_KEYS_MAX, HubKeySet, StatedKey
from tongxing.keys.receipts import check_signed_by
from tongxing.keys.signing import HubSigner
from tongxing.keys.strict_json import MalformedJson, parse_object
from tongxing.keys.suites import BadSignature, InvalidKey, PublicKey, SuiteName, public_key_from_jwk

HUB_KEYS_TYP = "tongxing-hub-keys+jwt"
HUB_KEY_TYP = "tongxing-hub-key+jwt"

SIGNATURES_MAX = 4
"""A step has two signers at the most. Error: InvalidStatement."""

STATEMENT_MAX_BYTES = SIGNATURES_MAX * (JWS_MAX_BYTES + 1)


class InvalidStatement(ValueError):
    """The text is no statement of this hub by a key that is believed. Repeats nothing of it."""


class _Key(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    jwk: dict[str, str]
    certificate: str | None = None
    log: str | None = None
    announced: int
    signing: int | None = None
    replaced: int | None = None
    closed: int | None = None
    revoked: int | None = None


class _Set(Struct, kw_only=True, forbid_unknown_fields=True):
    """Times are whole Unix seconds."""

    iss: str
    founder: str
    version: int
    keys: list[_Key]


def sign_key_set(stated: HubKeySet, signers: Sequence[HubSigner]) -> str:
    """A line for each of ``signers``, over the same bytes."""
    form = _Set(
        iss=stated.hub_id,
        founder=stated.founder,
        version=stated.version,
        keys=[_written(key) for key in stated.keys],
    )
    claims = msgspec.json.encode(form)
    return "\n".join(signer.sign_jws_over(HUB_KEYS_TYP, claims) for signer in signers)


def read_key_set(unverified: str, hub_id: str, believed: Mapping[str, PublicKey]) -> HubKeySet:
    """The set that at least one of ``believed`` (by their ids) has signed, besides others. Raises
    InvalidStatement, also for a wrong signature under one of these: it was forged."""
    if len(unverified) > STATEMENT_MAX_BYTES:
        raise InvalidStatement("longer than any statement")
    lines = unverified.split("\n")
    if len(lines) > SIGNATURES_MAX:
        raise InvalidStatement("more signatures than any statement has")
    stated = {claims for line in lines if (claims := _believed(line, believed)) is not None}
    if len(stated) != 1:
        raise InvalidStatement("no statement that a key of this hub has signed")
    return _read(stated.pop(), hub_id)


def _believed(line: str, believed: Mapping[str, PublicKey]) -> bytes | None:
    """What a line states; None if its key is not known here."""
    try:
        envelope = parse_compact_jws(line.encode("utf-8"), typ=HUB_KEYS_TYP)
        key = believed.get(envelope.key_id)
        if key is None:
            return None
        check_signed_by(envelope, key)
    except (MalformedEnvelope, BadSignature, UnicodeError):
        raise InvalidStatement("not a statement of this hub's keys") from None
    return envelope.unverified_payload


def _read(payload: bytes, hub_id: str) -> HubKeySet:
    try:
        form = msgspec.convert(parse_object(payload, at_most_bytes=JWS_MAX_BYTES), _Set)
        keys = tuple(_key(each) for each in form.keys)
    except (MalformedJson, msgspec.ValidationError, InvalidKey, OverflowError, ValueError):
        raise InvalidStatement("not a set of a hub's keys") from None
    in_use = [key for key in keys if key.suite is SuiteName.ES256 and key.is_in_use]
    ids = {key.key_id for key in keys}
    if form.iss != hub_id or len(in_use) != 1 or not len(keys) == len(ids) <= HUB_KEYS_MAX:
        raise InvalidStatement("not a set of this hub's keys")
    return HubKeySet(form.iss, form.founder, form.version, keys)


def certify_hub_key(signer: HubSigner, hub_id: str, key: PublicKey) -> str:
    """The word of ``signer`` that ``key`` is the hub's, too."""
    jwk = {**key.to_jwk(), "kid": key.thumbprint()}
    return signer.sign_jws(HUB_KEY_TYP, {"iss": hub_id, "jwk": jwk})


def certified_hub_key(unverified: str, public_key: PublicKey) -> PublicKey:
    """The key for which the hub's key ``public_key`` gives its word. Raises InvalidStatement."""
    try:
        envelope = parse_compact_jws(unverified.encode("utf-8"), typ=HUB_KEY_TYP)
        check_signed_by(envelope, public_key)
        claims = parse_object(envelope.unverified_payload, at_most_bytes=JWS_MAX_BYTES)
        return _public_key(claims.get("jwk"))
    except (MalformedEnvelope, BadSignature, MalformedJson, InvalidKey, UnicodeError):
        raise InvalidStatement("not the word of this key for another one") from None


def _public_key(jwk: object) -> PublicKey:
    if not isinstance(jwk, dict):
        raise InvalidKey("not a JWK")
    return public_key_from_jwk(jwk)


def _written(key: StatedKey) -> _Key:
    return _Key(
        jwk=key.public_key.to_jwk(),
        certificate=key.certificate,
        log=key.log_certificate,
        announced=_seconds(key.announced_at),
        **{name: _seconds(at) for name, at in _moments(key).items() if at is not None},
    )


def _moments(key: StatedKey) -> Mapping[str, datetime | None]:
    return {
        "signing": key.signing_at,
        "replaced": key.replaced_at,
        "closed": key.closed_at,
        "revoked": key.revoked_at,
    }


def _key(form: _Key) -> StatedKey:
    return StatedKey(
        public_key=public_key_from_jwk(form.jwk),
        certificate=form.certificate,
        log_certificate=form.log,
        announced_at=_moment(form.announced),
        signing_at=_perhaps(form.signing),
        replaced_at=_perhaps(form.replaced),
        closed_at=_perhaps(form.closed),
        revoked_at=_perhaps(form.revoked),
    )


def _perhaps(seconds: int | None) -> datetime | None:
    return None if seconds is None else _moment(seconds)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def jwk_of(key: StatedKey) -> dict[str, Any]:
    """As callers are shown it (RFC 7517); libraries pass over the last two members."""
    described: dict[str, Any] = {
        **key.public_key.to_jwk(),
        "kid": key.key_id,
        "use": "sig",
        "alg": key.suite.value,
    }
    if key.certificate is not None:
        described["certificate"] = key.certificate
    if key.log_certificate is not None:
        described["log_key"] = key.log_certificate
    return described
