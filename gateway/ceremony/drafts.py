"""What a person writes and edits: a draft of a trust list, or of root keys, in TOML or JSON.

Responsible for making of it what is signed: the next version, issued now, each key as its file has
it. Refuses to read files: keys come through ``read_key``.
"""

import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from tongxing.keys.root_keys import InvalidRootKeys, RootKeys
from tongxing.keys.strict_json import MalformedJson, parse_object, without_byte_order_mark
from tongxing.keys.suites import InvalidKey, is_key_id, is_unknown_suite, public_key_from_jwk
from tongxing.keys.token_check import ClientKey
from tongxing.keys.trust_list import spelled

DRAFT_MAX_BYTES = 4 * 1024 * 1024
"""As long as a list may be. Error: DraftUnusable."""

DAYS_MAX = 3660

Moment = Annotated[datetime, Meta(tz=True)]

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""A moment before is a slip; one after has no spelling. Error: DraftUnusable."""

ReadKey = Callable[[str], Mapping[str, Any]]
"""The JWK in a file that a draft names. Raises DraftUnusable."""


class DraftUnusable(ValueError):
    """The draft is wrong; says where. A draft has no secrets."""


class _Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class _Names(_Table, frozen=True, kw_only=True):
    zh: str
    en: str


class _Key(_Table, frozen=True, kw_only=True):
    file: str | None = None
    jwk: dict[str, Any] | None = None
    kid: str | None = None
    suite: str | None = None
    not_before: Moment
    not_after: Moment
    revoked_at: Moment | UnsetType = UNSET


class _Issuer(_Table, frozen=True, kw_only=True):
    id: str
    name: _Names
    level: str
    regions: list[str]
    code_prefix: str
    keys: list[_Key] = []
    channel_only: bool | UnsetType = UNSET
    bound_by: list[str] | UnsetType = UNSET


class ListDraft(_Table, frozen=True, kw_only=True):
    """``lasts_days`` counts from when the list is issued."""

    issuers: list[_Issuer]
    expires_at: Moment | None = None
    lasts_days: Annotated[int, Meta(ge=1, le=DAYS_MAX)] | None = None


class RootsDraft(_Table, frozen=True, kw_only=True):
    """``keys``: the files with the public halves."""

    threshold: Annotated[int, Meta(ge=1)]
    keys: Annotated[list[str], Meta(min_length=1)]


def parse_draft(octets: bytes) -> ListDraft | RootsDraft:
    """Raises DraftUnusable."""
    form = _form(octets)
    try:
        if "issuers" in form:
            return msgspec.convert(form, ListDraft)
        return msgspec.convert(form, RootsDraft)
    except msgspec.ValidationError as error:
        raise DraftUnusable(str(error)) from None


def _form(octets: bytes) -> dict[str, Any]:
    if len(octets) > DRAFT_MAX_BYTES:
        raise DraftUnusable(f"longer than {DRAFT_MAX_BYTES} bytes")
    octets = without_byte_order_mark(octets)
    try:
        if octets.lstrip().startswith(b"{"):
            return parse_object(octets, at_most_bytes=DRAFT_MAX_BYTES)
        return tomllib.loads(octets.decode("utf-8"))
    except MalformedJson:
        raise DraftUnusable("not strict JSON") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DraftUnusable(f"not TOML: {error}") from None


def draft_of(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """A list, as a draft of the next one."""
    return {name: payload[name] for name in ("expires_at", "issuers")}


def list_payload(
    draft: ListDraft, *, version: int, at: datetime, read_key: ReadKey
) -> dict[str, object]:
    """What is to be signed. Raises DraftUnusable."""
    return {
        "version": version,
        "issued_at": spelled(at),
        "expires_at": _spelled(_end(draft, at), "expires_at"),
        "issuers": [_issuer(issuer, read_key) for issuer in draft.issuers],
    }


def _end(draft: ListDraft, at: datetime) -> datetime:
    if (draft.expires_at is None) is (draft.lasts_days is None):
        raise DraftUnusable("a draft has either expires_at or lasts_days")
    if draft.lasts_days is not None:
        return at + timedelta(days=draft.lasts_days)
    if draft.expires_at is None or draft.expires_at <= at:
        raise DraftUnusable("expires_at is over")
    return draft.expires_at


def _issuer(issuer: _Issuer, read_key: ReadKey) -> dict[str, object]:
    form: dict[str, object] = {
        "id": issuer.id,
        "name": {"zh": issuer.name.zh, "en": issuer.name.en},
        "level": issuer.level,
        "regions": issuer.regions,
        "code_prefix": issuer.code_prefix,
        "keys": [
            _key(key, f"{issuer.id}, key {number}", read_key)
            for number, key in enumerate(issuer.keys, 1)
        ],
    }
    if issuer.channel_only is not UNSET:
        form["channel_only"] = issuer.channel_only
    if issuer.bound_by is not UNSET:
        form["bound_by"] = issuer.bound_by
    return form


def _key(key: _Key, where: str, read_key: ReadKey) -> dict[str, object]:
    jwk = _jwk(key, where, read_key)
    kid, suite = _names(key, jwk, where)
    if key.not_after <= key.not_before:
        raise DraftUnusable(f"{where}: not_after is not after not_before")
    form: dict[str, object] = {
        "kid": kid,
        "suite": suite,
        "jwk": {**jwk, "kid": kid},
        "not_before": _spelled(key.not_before, where),
        "not_after": _spelled(key.not_after, where),
    }
    if key.revoked_at is not UNSET:
        form["revoked_at"] = _spelled(key.revoked_at, where)
    return form


def _spelled(moment: datetime, where: str) -> str:
    if not EARLIEST <= moment <= LATEST:
        raise DraftUnusable(f"{where}: a moment lies between {EARLIEST.year} and {LATEST.year}")
    return spelled(moment)


def _jwk(key: _Key, where: str, read_key: ReadKey) -> Mapping[str, Any]:
    if key.jwk is not None and key.file is None:
        return key.jwk
    if key.file is not None and key.jwk is None:
        return read_key(key.file)
    raise DraftUnusable(f"{where}: a key has either file or jwk")


def _names(key: _Key, jwk: Mapping[str, Any], where: str) -> tuple[str, str]:
    """Its id and its suite. A key of a suite that this program does not know is passed on."""
    if is_unknown_suite(key.suite) and is_key_id(key.kid):
        return str(key.kid), str(key.suite)
    try:
        public = public_key_from_jwk(jwk)
    except InvalidKey as error:
        raise DraftUnusable(f"{where}: {error}") from None
    if key.suite not in (None, public.suite.value):
        raise DraftUnusable(f"{where}: it is a key of {public.suite}, not of {key.suite}")
    if key.kid is not None and jwk.get("kid", key.kid) != key.kid:
        raise DraftUnusable(f"{where}: its file has another kid")
    kid = key.kid or jwk.get("kid") or public.thumbprint()
    if not is_key_id(kid):
        raise DraftUnusable(f"{where}: a kid is 1 to 64 letters, digits and -_.:")
    return str(kid), public.suite.value


def roots_of(threshold: int, keys: list[ClientKey]) -> RootKeys:
    """Root keys out of their public halves. Raises DraftUnusable."""
    if len({key.key_id for key in keys}) != len(keys):
        raise DraftUnusable("two root keys have one kid")
    try:
        return RootKeys(threshold, {key.key_id: key.public_key for key in keys})
    except InvalidRootKeys as error:
        raise DraftUnusable(str(error)) from None
