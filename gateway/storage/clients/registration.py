"""A client system: for which places it may ask, with which scopes and for which purposes.

Everything is checked when a client is registered, and again when it comes back from storage.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from tongxing.gateway.storage.clients.present_rights import narrowed
from tongxing.gateway.storage.clients.registered_key import RegisteredKey
from tongxing.keys.client_tokens import AccessToken
from tongxing.keys.public_key_file import named_key_from_jwk
from tongxing.keys.suites import InvalidKey
from tongxing.keys.token_binding import BindingKind
from tongxing.schema import Purpose, RegionCode, region_code
from tongxing.schema.characters import is_seen
from tongxing.schema.scope import Scope

T = TypeVar("T")
R = TypeVar("R")

NAME_MAX_CHARACTERS = 100
KEYS_MAX = 8
"""Enough to rotate keys over several machines; each assertion is tried against one of them."""

_CLIENT_ID = re.compile(r"[a-z][a-z0-9-]{0,62}")
_ISSUER_ID = re.compile(r"[a-z][a-z0-9-]{0,31}")


class InvalidClient(ValueError):
    """A client that cannot be registered; says which field and why, and repeats no value."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class Client:
    """Made by ``register``. If it is ``bound``, all its tokens are. A client whose ``revoked_at``
    is set may no longer do anything. ``keys`` holds those that ended lately, too: they say what
    a token was got with. ``relays`` are the issuers whose statements may be passed on to it, if it
    is a hub (docs/hubs.md)."""

    id: str
    name: str
    regions: frozenset[RegionCode]
    scopes: frozenset[Scope]
    purposes: frozenset[Purpose]
    keys: tuple[RegisteredKey, ...]
    created_at: datetime
    bound: BindingKind | None = None
    revoked_at: datetime | None = None
    relays: frozenset[str] = frozenset()

    def keys_at(self, at: datetime) -> tuple[RegisteredKey, ...]:
        """Those with which it may sign."""
        return tuple(key for key in self.keys if key.ends_at is None or at < key.ends_at)

    def present(self, token: AccessToken) -> AccessToken | None:
        """What ``token`` still allows (``present_rights``)."""
        return narrowed(
            token,
            scopes=self.scopes,
            regions=self.regions,
            purposes=frozenset(purpose.value for purpose in self.purposes),
            keys=self.keys,
        )


def register(
    *,
    id: str,  # noqa: A002 - the word of the interface
    name: str,
    regions: Iterable[str],
    scopes: Iterable[str],
    purposes: Iterable[str],
    jwks: Iterable[Mapping[str, object]],
    at: datetime,
    bound: str = "",
    is_person: bool = False,
    relays: Iterable[str] = (),
) -> Client:
    """A client registered at ``at``, from the values that an operator gave. Each JWK is a public
    ES256 or EdDSA key with a ``kid``; no two have the same. A person who signs in to the pages
    needs none. Raises InvalidClient."""
    if at.tzinfo is None:
        raise InvalidClient("at", "时间须有时区 a time needs a zone")
    check_named(id, name)
    return Client(
        id=id,
        name=name,
        regions=frozenset(_each("regions", regions, region_code)),
        scopes=frozenset(_each("scopes", scopes, Scope)),
        purposes=frozenset(_each("purposes", purposes, _purpose)),
        keys=() if is_person else _keys(jwks),
        created_at=at,
        bound=BindingKind(bound) if bound else None,
        relays=frozenset(map(_issuer, relays)),
    )


def check_named(client_id: str, name: str) -> None:
    """Raises InvalidClient."""
    if _CLIENT_ID.fullmatch(client_id) is None:
        raise InvalidClient(
            "id",
            "以小写字母开头，只用小写字母、数字和连字符，至多63个 "
            "up to 63 of a-z, 0-9 and -, beginning with a letter",
        )
    is_shown = all(character == " " or is_seen(character) for character in name)
    if not (0 < len(name) <= NAME_MAX_CHARACTERS and is_shown and name == name.strip()):
        raise InvalidClient(
            "name",
            f"须为1至{NAME_MAX_CHARACTERS}个可见字符，首尾无空格 "
            f"1 to {NAME_MAX_CHARACTERS} printable characters, no space at the ends",
        )


def _issuer(issuer: str) -> str:
    if _ISSUER_ID.fullmatch(issuer) is None:
        raise InvalidClient("relays", "须为发码机构编号 the id of an issuer is expected")
    return issuer


def _purpose(name: str) -> Purpose:
    if name not in Purpose.__members__:
        raise ValueError("no such purpose")
    return Purpose[name]


def _keys(jwks: Iterable[Mapping[str, object]]) -> tuple[RegisteredKey, ...]:
    keys = _each("keys", jwks, _key)
    if len(keys) > KEYS_MAX:
        raise InvalidClient("keys", f"至多{KEYS_MAX}个公钥 at most {KEYS_MAX}")
    if len({key.key_id for key in keys}) < len(keys):
        raise InvalidClient("keys", "两个公钥的 kid 相同 two keys have the same kid")
    return keys


def _key(jwk: Mapping[str, object]) -> RegisteredKey:
    if "kid" not in jwk:
        raise InvalidKey("a client's key has a kid")
    key = named_key_from_jwk(jwk)
    return RegisteredKey(key_id=key.key_id, public_key=key.public_key)


def _each(field: str, texts: Iterable[T], parse: Callable[[T], R]) -> tuple[R, ...]:
    try:
        parsed = tuple(parse(text) for text in texts)
    except InvalidKey as error:
        raise InvalidClient(field, str(error)) from None
    except ValueError as error:
        raise InvalidClient(field, _REASONS[field]) from error
    if not parsed:
        raise InvalidClient(field, "至少要有一项 at least one is needed")
    return parsed


_REASONS = {
    "regions": "地区须为六位行政区划代码 region codes are six digits (GB/T 2260)",
    "scopes": f"权限须为下列之一 scopes are {', '.join(Scope)}",
    "purposes": f"用途须为下列之一 purposes are {', '.join(purpose.name for purpose in Purpose)}",
}
