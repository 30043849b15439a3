"""A key of a registered client: since when, until when, and who put it in.

Responsible for how a key's moments lie beside it in the registry. Refuses to know who may change
them (``key_changes``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tongxing.gateway.storage.columns import from_microseconds, microseconds
from tongxing.keys.public_key_file import named_key_from_jwk
from tongxing.keys.token_check import ClientKey

_SINCE, _ENDS, _BY_CLIENT = "since", "ends", "by_client"
"""Members beside those of the JWK; an older registry has none of them, and needs none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredKey(ClientKey):
    """``since`` is None for a key with which the client was added. ``by_client``: the client put it
    in by itself, with the key before."""

    since: datetime | None = None
    by_client: bool = False


def as_stored(key: ClientKey) -> dict[str, str]:
    stored = {"kid": key.key_id, **key.public_key.to_jwk()}
    if key.ends_at is not None:
        stored[_ENDS] = str(microseconds(key.ends_at))
    if isinstance(key, RegisteredKey) and key.since is not None:
        stored[_SINCE] = str(microseconds(key.since))
    if isinstance(key, RegisteredKey) and key.by_client:
        stored[_BY_CLIENT] = "yes"
    return stored


def from_stored(jwk: Mapping[str, str]) -> RegisteredKey:
    """Raises InvalidKey, ValueError."""
    key = named_key_from_jwk(jwk)
    return RegisteredKey(
        key_id=key.key_id,
        public_key=key.public_key,
        ends_at=_moment(jwk.get(_ENDS)),
        since=_moment(jwk.get(_SINCE)),
        by_client=_BY_CLIENT in jwk,
    )


def lasting(jwks: Iterable[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Those of stored keys that have no end: a client has one at all times."""
    return [jwk for jwk in jwks if _ENDS not in jwk]


def _moment(text: str | None) -> datetime | None:
    return None if text is None else from_microseconds(int(text))
