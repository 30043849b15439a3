"""The file of an issuer that is tried: how it is asked, its keys, what it offers, test persons.

Responsible for reading it whole or not at all. Persons are synthetic; nothing of them but a label
goes any further than to the issuer (docs/conformance.md).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum, unique
from pathlib import Path
from types import MappingProxyType

import msgspec
from msgspec import Struct
from msgspec import field as member

from tongxing.adapters.dialects import DIALECTS
from tongxing.gateway.cli.failing import USAGE, CommandFailed
from tongxing.keys.filter_key import FilterKey
from tongxing.keys.public_key_file import read_public_keys
from tongxing.keys.signing import InvalidPrivateKey, Sm2Signer
from tongxing.keys.strict_json import MalformedJson, parse_object, without_byte_order_mark
from tongxing.keys.suites import InvalidKey, PublicKey, is_key_id, public_key_from_jwk
from tongxing.keys.trust_list import TrustedIssuer, TrustedKey, TrustList
from tongxing.schema import DocumentKind, InvalidDocument, TravelDocument

KEY_FILE_MAX_BYTES = 64 * 1024
NATIONAL = "national"
"""The only dialect that knows the hub by a number and a key."""

_LABEL = re.compile(r"[a-z][a-z0-9-]{0,39}")
_REGION = re.compile(r"[0-9]{6}")
_ALWAYS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


class CannotRun(CommandFailed):
    """The kit could not begin."""

    exit_code = USAGE


@unique
class Expectation(StrEnum):
    """What a test person's answer comes to. NO_CODE: registered, and has no code. NOBODY: no person
    has this document."""

    GREEN = "GREEN"
    YELLOW = "YELLOW"
    RED = "RED"
    NO_CODE = "NO_CODE"
    NOBODY = "NOBODY"

    @property
    def has_color(self) -> bool:
        return self not in (Expectation.NO_CODE, Expectation.NOBODY)


@dataclass(frozen=True, slots=True)
class SyntheticPerson:
    """``code`` is the text of the person's QR; None if it is not tried."""

    label: str
    document: TravelDocument = field(repr=False)
    expects: Expectation
    code: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Offers:
    """What the issuer offers besides answers to questions."""

    corrections: bool = False
    daily_list: bool = False
    changes: bool = False
    filter_key: FilterKey | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Participant:
    """``trust_list`` believes the issuer's keys and nobody else's; the retired ones are revoked."""

    issuer: str
    dialect: str
    credential: str = field(repr=False)
    trust_list: TrustList
    persons: tuple[SyntheticPerson, ...]
    offers: Offers = Offers()
    foreign_code: str | None = None
    customer_number: str = ""
    hub_key: Sm2Signer | None = field(default=None, repr=False)

    def with_color(self) -> tuple[SyntheticPerson, ...]:
        return tuple(person for person in self.persons if person.expects.has_color)


class _Key(Struct, forbid_unknown_fields=True):
    file: str
    kid: str | None = None
    retired: bool = False


class _Person(Struct, forbid_unknown_fields=True):
    label: str
    kind: str
    number: str
    name: str
    expects: Expectation
    code: str | None = None


class _Offered(Struct, forbid_unknown_fields=True):
    corrections: bool = False
    daily_list: bool = False
    changes: bool = False
    filter_key: str | None = None


class _File(Struct, forbid_unknown_fields=True):
    issuer: str
    dialect: str
    regions: list[str]
    credential: str
    persons: list[_Person]
    keys: list[_Key] = []
    offers: _Offered = member(default_factory=_Offered)
    foreign_code: str | None = None
    customer_number: str = ""
    hub_key: str | None = None


def read_participant(path: Path) -> Participant:
    """The files that it names lie relative to it. Raises CannotRun."""
    try:
        return _participant(msgspec.toml.decode(_bytes(path), type=_File), path.parent)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise CannotRun(
            f"{path} 不是参加文件，请对照 docs/conformance.md is no file of a participant: "
            f"{_without_values(error)}"
        ) from None


def _participant(file: _File, folder: Path) -> Participant:
    _require(file.dialect in DIALECTS, f"dialect: {', '.join(DIALECTS)}")
    _require(bool(_LABEL.fullmatch(file.issuer)), "issuer")
    _require(
        bool(file.regions) and all(_REGION.fullmatch(each) for each in file.regions), "regions"
    )
    is_known = bool(file.customer_number) and file.hub_key is not None
    _require(is_known or file.dialect != NATIONAL, "customer_number, hub_key")
    persons = tuple(_person(each) for each in file.persons)
    labels = {person.label for person in persons}
    _require(len(labels) == len(persons), "persons: label")
    for least in (Expectation.GREEN, Expectation.NOBODY):
        has_one = any(person.expects is least for person in persons)
        _require(has_one, f"persons: one {least.value} at least")
    return Participant(
        issuer=file.issuer,
        dialect=file.dialect,
        credential=_bytes(folder / file.credential).decode().strip(),
        trust_list=_trust_list(file, folder),
        persons=persons,
        offers=_offers(file.offers, folder),
        foreign_code=file.foreign_code,
        customer_number=file.customer_number,
        hub_key=None if file.hub_key is None else _hub_key(folder / file.hub_key),
    )


def _person(person: _Person) -> SyntheticPerson:
    _require(bool(_LABEL.fullmatch(person.label)), "persons: label")
    _require(person.kind in DocumentKind.__members__, f"persons: {person.label}: kind")
    try:
        document = TravelDocument.parse(DocumentKind[person.kind], person.number, person.name)
    except InvalidDocument as error:
        raise _wrong(f"persons: {person.label}: {error.code.name}") from None
    return SyntheticPerson(person.label, document, person.expects, person.code)


def _offers(offered: _Offered, folder: Path) -> Offers:
    key = None
    if offered.filter_key is not None:
        try:
            key = FilterKey(_bytes(folder / offered.filter_key))
        except ValueError:
            raise _wrong("offers: filter_key") from None
    return Offers(offered.corrections, offered.daily_list, offered.changes, key)


def _trust_list(file: _File, folder: Path) -> TrustList:
    keys: dict[str, TrustedKey] = {}
    for each in file.keys:
        revoked_at = _ALWAYS[0] if each.retired else None
        for key_id, key in _public_keys(folder / each.file).items():
            kid = each.kid or key_id
            _require(is_key_id(kid) and kid not in keys, "keys: kid")
            keys[kid] = TrustedKey(kid, key, *_ALWAYS, revoked_at)
    regions, name = tuple(file.regions), file.issuer
    issuer = TrustedIssuer(name, name, name, "city", regions, f"{name}:", keys, not keys)
    return TrustList(1, *_ALWAYS, MappingProxyType({name: issuer}), digest="")


def _public_keys(path: Path) -> Mapping[str, PublicKey]:
    octets = _bytes(path)
    try:
        return _sm2(octets) or {each.key_id: each.public_key for each in read_public_keys(octets)}
    except InvalidKey as error:
        raise CannotRun(f"{path} 不是可用的公钥 is no usable public key: {error}") from None


def _sm2(octets: bytes) -> Mapping[str, PublicKey]:
    """Client systems have no such keys, and their reader refuses them. Empty if it is none."""
    try:
        jwk = parse_object(without_byte_order_mark(octets), at_most_bytes=KEY_FILE_MAX_BYTES)
    except MalformedJson:
        return {}
    if jwk.get("crv") != "SM2":
        return {}
    key = public_key_from_jwk(jwk)
    return {str(jwk.get("kid", key.thumbprint())): key}


def _hub_key(path: Path) -> Sm2Signer:
    try:
        return Sm2Signer.from_pem(_bytes(path))
    except InvalidPrivateKey as error:
        raise CannotRun(f"{path} 不是可用的私钥 is no usable private key: {error}") from None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CannotRun(
            f"{path} 无法读取，请核对路径和权限 cannot be read ({error.strerror})"
        ) from None


def _require(holds: bool, what: str) -> None:  # noqa: FBT001 - a condition
    if not holds:
        raise _wrong(what)


def _wrong(what: str) -> CannotRun:
    return CannotRun(f"参加文件有误，请核对 the participant's file is wrong: {what}")


def _without_values(error: Exception) -> str:
    """The library names the wrong member and no value of it; an error of TOML may repeat one."""
    return str(error) if isinstance(error, msgspec.ValidationError) else type(error).__name__
