"""The sandbox federation's trust list: the three reference issuers, signed by its root keys."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tongxing.gateway.operation.files import replace, write_once
from tongxing.keys.root_keys import RootKeys, encode_root_keys, parse_root_keys
from tongxing.keys.root_signatures import sign_trust_list, signed_payload
from tongxing.keys.signing import Es256Signer
from tongxing.keys.trust_list import parse_trust_list
from tongxing.keys.trust_refusal import TrustListRefused, TrustRefusal
from tongxing.sandbox.federation.members import Member, public_jwk
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.town.records import IssuerName

LIST_LASTS = timedelta(days=30)
RENEWED_BEFORE = timedelta(days=7)
KEY_LASTS = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class _Listed:
    name: IssuerName
    zh: str
    en: str
    level: str
    region: str
    code_prefix: str


_ISSUERS = (
    _Listed(IssuerName.ZHENJIANG, "镇江健康码", "Zhenjiang health code", "city", "321100", "ZJC1."),
    _Listed(
        IssuerName.SUKANGMA,
        "苏康码",
        "Sukangma, the health code of Jiangsu",
        "province",
        "320000",
        "https://skm.example/scan?qrCode=",
    ),
    _Listed(IssuerName.NATIONAL, "国家码", "National health code", "national", "000000", "GJM:"),
)


def ensure_root_keys(layout: Layout) -> tuple[RootKeys, Sequence[Es256Signer]]:
    """The root keys, public and private; missing ones are made."""
    signers = [_root_signer(path) for path in layout.root_private_keys]
    roots = RootKeys(len(signers), {signer.key_id: signer.public_key for signer in signers})
    return parse_root_keys(write_once(layout.root_keys, lambda: encode_root_keys(roots))), signers


def _root_signer(path: Path) -> Es256Signer:
    return Es256Signer.from_pem(write_once(path, lambda: Es256Signer.generate().to_pem()))


def ensure_trust_list(layout: Layout, at: datetime, others: Sequence[Member] = ()) -> None:
    """Sign a list if there is none, or if the present one ends within a week of ``at`` or does not
    name all of ``others``. A new list has the next version, so that a hub with the old one accepts
    it."""
    roots, signers = ensure_root_keys(layout)
    version = 1
    if layout.trust_list.exists():
        present = layout.trust_list.read_bytes()
        if _lasts(present, roots, at + RENEWED_BEFORE) and _names(present, roots, others):
            return
        version = _version(present, roots) + 1
    signed = sign_trust_list(_payload(layout, version, at, others), signers)
    parse_trust_list(signed, roots, at)
    replace(layout.trust_list, signed)


def _lasts(present: bytes, roots: RootKeys, until: datetime) -> bool:
    try:
        parse_trust_list(present, roots, until)
    except TrustListRefused as refused:
        if refused.code is not TrustRefusal.EXPIRED:
            raise
        return False
    return True


def _names(present: bytes, roots: RootKeys, others: Sequence[Member]) -> bool:
    named = {issuer["id"] for issuer in json.loads(signed_payload(present, roots))["issuers"]}
    return named.issuperset(member.id for member in others)


def _version(present: bytes, roots: RootKeys) -> int:
    """Read from the payload, because ``parse_trust_list`` refuses an expired list."""
    return int(json.loads(signed_payload(present, roots))["version"])


def _payload(
    layout: Layout, version: int, at: datetime, others: Sequence[Member]
) -> Mapping[str, object]:
    return {
        "version": version,
        "issued_at": _instant(at),
        "expires_at": _instant(at + LIST_LASTS),
        "issuers": [
            *(_issuer(issuer, layout, at) for issuer in _ISSUERS),
            *(_member(member, layout, at) for member in others),
        ],
    }


def _issuer(issuer: _Listed, layout: Layout, at: datetime) -> Mapping[str, object]:
    folder = layout.issuers / issuer.name
    retired = _key(_jwk(folder / "retired_public_key.jwk"), at) | {"revoked_at": _instant(at)}
    return {
        "id": issuer.name.value,
        "name": {"zh": issuer.zh, "en": issuer.en},
        "level": issuer.level,
        "regions": [issuer.region],
        "code_prefix": issuer.code_prefix,
        "keys": [_key(_jwk(folder / "public_key.jwk"), at), retired],
    }


def _member(member: Member, layout: Layout, at: datetime) -> Mapping[str, object]:
    return {
        "id": member.id,
        "name": member.names,
        "level": member.level,
        "regions": [member.region],
        "code_prefix": member.code_prefix,
        "keys": [_key(public_jwk(layout.federation, member), at)],
    }


def _jwk(file: Path) -> Mapping[str, Any]:
    jwk: Mapping[str, Any] = json.loads(file.read_bytes())
    return jwk


def _key(jwk: Mapping[str, Any], at: datetime) -> dict[str, object]:
    return {
        "kid": jwk["kid"],
        "suite": jwk["alg"],
        "jwk": jwk,
        "not_before": _instant(at - timedelta(days=1)),
        "not_after": _instant(at + KEY_LASTS),
    }


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
