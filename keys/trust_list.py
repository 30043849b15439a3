"""The trust list: whom to believe, signed by the root keys.

Responsible for reading a list from unverified bytes: first the signatures
(keys/root_signatures.py), then every member, then the time. All or nothing: one unreadable key, and
the whole list is refused. A key of a suite that this hub does not know is not unreadable: it is
carried and never used (docs/decisions/0018-keys-of-unknown-suites.md). Refuses to fetch a list, to
know which one is current (keys/trust_store.py) and to guess.

The payload::

    {"version": 7, "issued_at": "2020-03-01T00:00:00Z", "expires_at": "2020-04-01T00:00:00Z",
     "issuers": [{"id", "name": {"zh", "en"}, "level", "regions": ["321100"], "code_prefix",
                  "keys": [{"kid", "suite", "jwk", "not_before", "not_after", "revoked_at"?}],
                  "channel_only"?: true, "bound_by"?: ["<hub id>"]}]}

``channel_only`` goes with an empty list of keys, and only with that: the list says that an issuer
signs nothing; it is never concluded from missing keys. ``bound_by`` names the hubs whose word it is
that a statement of this issuer, which they pass on, is about the person that was asked about
(docs/hubs.md); it goes with keys, because what is not signed is not passed on.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from tongxing.keys.root_keys import RootKeys
from tongxing.keys.root_signatures import TRUST_LIST_MAX_BYTES, signed_payload
from tongxing.keys.strict_json import MalformedJson, members, parse_object
from tongxing.keys.suites import (
    InvalidKey,
    PublicKey,
    is_key_id,
    is_unknown_suite,
    public_key_from_jwk,
)
from tongxing.keys.trust_refusal import TrustListRefused, TrustRefusal

ISSUED_AHEAD = timedelta(seconds=60)
"""How far the clock of the signer may be ahead of ours. Error: NOT_YET_VALID."""

_EARLIEST = datetime.min.replace(tzinfo=UTC) + ISSUED_AHEAD
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """One key of one issuer, valid from ``not_before`` until before ``not_after``. From
    ``revoked_at`` on, nothing that it ever signed counts: a thief can backdate signatures."""

    key_id: str
    public_key: PublicKey
    not_before: datetime
    not_after: datetime
    revoked_at: datetime | None

    @property
    def end(self) -> datetime:
        """From this moment on nothing that the key signed is believed."""
        return self.not_after if self.revoked_at is None else min(self.not_after, self.revoked_at)


@dataclass(frozen=True, slots=True)
class UnusableKey:
    """A listed key of a suite that this hub does not know. It is shown and counted, and verifies
    nothing: of the key itself only the digest of its JWK is kept, so that another one is seen."""

    key_id: str
    suite: str
    not_before: datetime
    not_after: datetime
    revoked_at: datetime | None
    digest: str


ListedKey = TrustedKey | UnusableKey


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """An issuer, the regions (GB/T 2260) that it may speak for, and its keys by key id.

    A ``channel_only`` issuer signs nothing and has no keys: its statements are believed because
    they come over its authenticated connection (``keys.channel``), and never count as signed."""

    id: str
    name_zh: str
    name_en: str
    level: str
    regions: tuple[str, ...]
    code_prefix: str
    keys: Mapping[str, TrustedKey]
    channel_only: bool
    unusable: tuple[UnusableKey, ...] = ()
    bound_by: tuple[str, ...] = ()

    def listed_keys(self) -> Iterator[ListedKey]:
        """All that the list names, also those that verify nothing."""
        yield from self.keys.values()
        yield from self.unusable


@dataclass(frozen=True, slots=True)
class TrustList:
    """A list that the root keys signed. ``digest`` is the SHA-256 of its payload, hexadecimal."""

    version: int
    issued_at: datetime
    expires_at: datetime
    issuers: Mapping[str, TrustedIssuer]
    digest: str
    _turns: tuple[datetime, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_turns", tuple(sorted(self._moments())))

    def _moments(self) -> Iterator[datetime]:
        yield from (max(self.issued_at, _EARLIEST) - ISSUED_AHEAD, self.expires_at)
        for issuer in self.issuers.values():
            for key in issuer.keys.values():
                yield from (key.not_before, key.not_after)
                if key.revoked_at is not None:
                    yield key.revoked_at

    def turns_between(self, since: datetime, until: datetime) -> bool:
        """Whether the list or a key of it begins or stops to count after ``since`` and by
        ``until``."""
        return bisect_right(self._turns, since) != bisect_right(self._turns, until)

    def next_turn(self, at: datetime) -> datetime:
        """The first moment after ``at`` at which the list, or a key of it, begins or stops to
        count: until just before it, everything is believed as it is at ``at``."""
        place = bisect_right(self._turns, at)
        return self._turns[place] if place < len(self._turns) else _NEVER

    def believed_until(self, issuers: Iterable[str], at: datetime) -> datetime:
        """The moment until which what ``issuers`` have signed by ``at`` goes on counting: the end
        of the list, or of the first of their keys that count then."""
        known = [self.issuers[issuer] for issuer in issuers if issuer in self.issuers]
        ends = [key.end for issuer in known for key in issuer.keys.values()]
        return min([self.expires_at, *(end for end in ends if end > at)])

    def check_in_force(self, at: datetime) -> None:
        """TrustListRefused outside its time: a list that is never replaced expires."""
        if self.issued_at > at + ISSUED_AHEAD:
            raise TrustListRefused(TrustRefusal.NOT_YET_VALID)
        if at >= self.expires_at:
            raise TrustListRefused(TrustRefusal.EXPIRED)


def parse_trust_list(unverified: bytes, roots: RootKeys, at: datetime) -> TrustList:
    """The trust list in ``unverified``, signed by enough of ``roots`` and in force at ``at``.
    Raises TrustListRefused."""
    trust_list = unsigned_list(signed_payload(unverified, roots))
    trust_list.check_in_force(at)
    return trust_list


def unsigned_list(payload: bytes) -> TrustList:
    """What a payload says, for those who are to sign it: nothing of it is believed. Raises
    TrustListRefused."""
    try:
        return _trust_list(payload)
    except MalformedJson:
        raise TrustListRefused(TrustRefusal.MALFORMED) from None


_LIST = frozenset({"version", "issued_at", "expires_at", "issuers"})
_ISSUER = frozenset({"id", "name", "level", "regions", "code_prefix", "keys"})
_CHANNEL_ONLY = "channel_only"
_BOUND_BY = "bound_by"
_KEY = frozenset({"kid", "suite", "jwk", "not_before", "not_after"})

_LEVEL = re.compile(r"city|province|national")
_ISSUER_ID = re.compile(r"[a-z][a-z0-9-]{0,31}")
_HUB_ID = re.compile(r"[a-z][a-z0-9-]{0,62}")
_REGION = re.compile(r"[0-9]{6}")
_CODE_PREFIX = re.compile(r"[\x21-\x7e]{1,128}")
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,64}")
_SPELLING = "%Y-%m-%dT%H:%M:%SZ"
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def _trust_list(payload: bytes) -> TrustList:
    form = parse_object(payload, at_most_bytes=TRUST_LIST_MAX_BYTES)
    form = members(form, _LIST, frozenset())
    issuers = [_issuer(issuer) for issuer in _list(form["issuers"])]
    _check_apart(issuers)
    issued_at, expires_at = _span(form["issued_at"], form["expires_at"])
    return TrustList(
        version=_version(form["version"]),
        issued_at=issued_at,
        expires_at=expires_at,
        issuers=MappingProxyType({issuer.id: issuer for issuer in issuers}),
        digest=sha256(payload).hexdigest(),
    )


def _issuer(value: object) -> TrustedIssuer:
    form = members(value, _ISSUER, frozenset({_CHANNEL_ONLY, _BOUND_BY}))
    name = members(form["name"], frozenset({"zh", "en"}), frozenset())
    keys = _no_keys(form) if _CHANNEL_ONLY in form else _keys(form["keys"])
    usable = [key for key in keys if isinstance(key, TrustedKey)]
    return TrustedIssuer(
        id=_text(form["id"], _ISSUER_ID),
        name_zh=_text(name["zh"], _NAME),
        name_en=_text(name["en"], _NAME),
        level=_text(form["level"], _LEVEL),
        regions=_regions(form["regions"]),
        code_prefix=_text(form["code_prefix"], _CODE_PREFIX),
        keys=MappingProxyType({key.key_id: key for key in usable}),
        channel_only=_CHANNEL_ONLY in form,
        unusable=tuple(key for key in keys if isinstance(key, UnusableKey)),
        bound_by=_bound_by(form),
    )


def _regions(value: object) -> tuple[str, ...]:
    regions = tuple(_text(region, _REGION) for region in _list(value))
    if not regions or len(set(regions)) != len(regions):
        raise MalformedJson("no regions, or one twice")
    return regions


def _bound_by(form: Mapping[str, Any]) -> tuple[str, ...]:
    """There is one way to write that there is none: not at all."""
    if _BOUND_BY not in form:
        return ()
    hubs = tuple(_text(hub, _HUB_ID) for hub in _list(form[_BOUND_BY]))
    if not hubs or len(set(hubs)) != len(hubs) or _CHANNEL_ONLY in form:
        raise MalformedJson("no hubs, one twice, or an issuer that signs nothing")
    return hubs


def _no_keys(form: Mapping[str, Any]) -> Sequence[ListedKey]:
    """There is one way to write it: ``true``, and an empty list of keys."""
    if form[_CHANNEL_ONLY] is not True or form["keys"] != []:
        raise MalformedJson("channel_only is not true, or has keys beside it")
    return ()


def _keys(value: object) -> Sequence[ListedKey]:
    keys = [_key(key) for key in _list(value)]
    if not keys or len({key.key_id for key in keys}) != len(keys):
        raise MalformedJson("no keys, or one key id twice")
    return keys


def _key(value: object) -> ListedKey:
    form = members(value, _KEY, frozenset({"revoked_at"}))
    key_id = _key_id(form["kid"])
    span = _span(form["not_before"], form["not_after"])
    revoked_at = _instant(form["revoked_at"]) if "revoked_at" in form else None
    if is_unknown_suite(form["suite"]):
        suite, digest = _suite_of_no_use(form), _digest(form["jwk"])
        return UnusableKey(key_id, suite, *span, revoked_at, digest)
    return TrustedKey(key_id, _public_key(form), *span, revoked_at)


def _suite_of_no_use(form: Mapping[str, Any]) -> str:
    """Its name, if nothing else is wrong with the key: a secret in a list is known to everybody."""
    jwk = form["jwk"]
    is_public = isinstance(jwk, dict) and jwk.get("kty") != "oct" and not _SECRETS & jwk.keys()
    if not is_public or jwk.get("kid", form["kid"]) != form["kid"]:
        raise TrustListRefused(TrustRefusal.UNREADABLE_KEY)
    return str(form["suite"])


def _digest(jwk: Mapping[str, Any]) -> str:
    return sha256(json.dumps(jwk, sort_keys=True).encode()).hexdigest()


_SECRETS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})


def _public_key(form: Mapping[str, Any]) -> PublicKey:
    try:
        key = public_key_from_jwk(form["jwk"] if isinstance(form["jwk"], dict) else {})
    except InvalidKey:
        raise TrustListRefused(TrustRefusal.UNREADABLE_KEY) from None
    if form["suite"] != key.suite or form["jwk"].get("kid", form["kid"]) != form["kid"]:
        raise TrustListRefused(TrustRefusal.UNREADABLE_KEY)
    return key


def _check_apart(issuers: Sequence[TrustedIssuer]) -> None:
    """No two issuers share an id, a key id or a key, and no code prefix begins with another."""
    if len({issuer.id for issuer in issuers}) != len(issuers):
        raise TrustListRefused(TrustRefusal.ISSUER_TWICE)
    keys = [key for issuer in issuers for key in issuer.keys.values()]
    points = {(key.public_key.suite, key.public_key.encoded) for key in keys}
    ids = [key.key_id for issuer in issuers for key in issuer.listed_keys()]
    if len(set(ids)) != len(ids) or len(points) != len(keys):
        raise TrustListRefused(TrustRefusal.KEY_OF_TWO_ISSUERS)
    prefixes = sorted(issuer.code_prefix for issuer in issuers)
    # In sorted order, a prefix is directly before the first text that begins with it.
    if any(after.startswith(one) for one, after in pairwise(prefixes)):
        raise TrustListRefused(TrustRefusal.AMBIGUOUS_CODE_PREFIX)


def _version(value: object) -> int:
    """A whole number that every JSON reader holds exactly (RFC 8259 §6)."""
    if type(value) is not int or not 0 < value < 2**53:
        raise MalformedJson("not a version")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise MalformedJson("not a list")
    return value


def _text(value: object, form: re.Pattern[str]) -> str:
    if not isinstance(value, str) or form.fullmatch(value) is None:
        raise MalformedJson("not a text of the expected form")
    return value


def _key_id(value: object) -> str:
    if not is_key_id(value):
        raise MalformedJson("not a key id")
    return str(value)


def _span(begin: object, end: object) -> tuple[datetime, datetime]:
    first, last = _instant(begin), _instant(end)
    if first >= last:
        raise MalformedJson("a span of time that ends before it begins")
    return first, last


def spelled(at: datetime) -> str:
    """As ``_instant`` reads it."""
    return at.astimezone(UTC).strftime(_SPELLING)


def _instant(value: object) -> datetime:
    """RFC 3339 in UTC, to the second: one spelling for each instant."""
    text = _text(value, _INSTANT)
    try:
        return datetime.strptime(text, _SPELLING).replace(tzinfo=UTC)
    except ValueError:
        raise MalformedJson("not an instant") from None
