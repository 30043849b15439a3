"""What a client may know of the issuers: their names, their regions and their listed keys.

Responsible for the one way in which every other type shows an issuer: the value keeps the issuer's
id, and the field looks it up when it is asked for.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum, unique
from typing import Any, Protocol

import strawberry

from tongxing.schema.evidence import Evidence
from tongxing.schema.node import Node
from tongxing.schema.place import RegionCode
from tongxing.schema.scalars import Sha256Digest
from tongxing.schema.supergraph import entity
from tongxing.schema.values import Text, described, value


@strawberry.enum(description="层级 Whom an issuer speaks for.")
@unique
class IssuerLevel(Enum):
    CITY = described("city", "市级 A city")
    PROVINCE = described("province", "省级 A province")
    NATIONAL = described("national", "国家级 The whole country")


@strawberry.enum(description="签名算法 How a signature is made.")
@unique
class SignatureSuite(Enum):
    ES256 = described(
        "ES256", "ES256算法（P-256与SHA-256） ECDSA on P-256 with SHA-256, RFC 7518 §3.4"
    )
    EDDSA = described("EDDSA", "EdDSA算法（Ed25519） EdDSA on Ed25519, RFC 8037 §3.1")
    SM2_SM3 = described("SM2_SM3", "国密SM2与SM3 SM2 with SM3, GM/T 0003 and GM/T 0004")


@value(description="机构公钥 One key under which an issuer's statements are believed.")
class IssuerKey:
    key_id: str = strawberry.field(
        description="密钥编号，在该机构内唯一 Its name in signatures, unique for its issuer."
    )
    suite: SignatureSuite | None = strawberry.field(
        description="签名算法，本平台不认识的为空 How it signs; null for a suite that this hub "
        "does not know: see suiteName."
    )
    suite_name: str = strawberry.field(
        description="信任列表所写的算法名称 The name of the suite as the trust list writes it."
    )
    public_key: str | None = strawberry.field(
        description="公钥（JWK格式的JSON文本），算法不认识的为空 The key as the JSON text of a "
        "JWK (RFC 7517); null for a suite that this hub does not know."
    )
    not_before: datetime = strawberry.field(
        description="生效时间（含） What it signs is believed from this moment on."
    )
    not_after: datetime = strawberry.field(
        description="失效时间（不含） From this moment on nothing that it signed is believed."
    )
    revoked_at: datetime | None = strawberry.field(
        description="吊销时间，未吊销的为空 From this moment on nothing that it ever signed is "
        "believed; null if it is not revoked."
    )
    is_usable: bool = strawberry.field(
        description="本平台能否用它验签 False if this hub does not know the suite: it then "
        "believes nothing under this key."
    )


@value(
    name="HealthCodeIssuer",
    description="发码机构 A system that issues health codes, as the trust list names it.",
    directives=entity("id"),
)
class Issuer(Node):
    id: strawberry.ID = strawberry.field(
        description="机构编号，如 sukangma Its name on the trust list, in policies and in "
        "receipts; also its node id. Never given to another system."
    )
    name: Text = strawberry.field(
        description="机构名称 What people call it; its id if it is not on the trust list."
    )
    level: IssuerLevel | None = strawberry.field(
        description="层级，不在信任列表上的为空 Whom it speaks for; null if it is not on the "
        "trust list."
    )
    regions: list[RegionCode] = strawberry.field(
        description="辖区，不在信任列表上的为空列表 The places it may speak for; none if it is "
        "not on the trust list."
    )
    keys: list[IssuerKey] = strawberry.field(
        description="公钥，含已吊销和已过期的 All keys that the trust list names, also those that "
        "have ended; check a statement against the one that its signature names."
    )
    evidence: Evidence | None = strawberry.field(
        description="证据类别，不在信任列表上的为空 What its statements can rest on at best; null "
        "if it is not on the trust list."
    )
    is_connected: bool = strawberry.field(description="是否已接入 Whether this hub can ask it.")
    is_listed: bool = strawberry.field(
        description="是否在现行信任列表上 Whether the trust list that the hub holds now names it. "
        "Old records may name one that has left the list."
    )


@value(name="TrustList", description="信任列表 Whom the hub believes, signed, in one version.")
class TrustListView:
    version: int = strawberry.field(
        description="版本，只升不降 Its version, which only ever rises."
    )
    issued_at: datetime = strawberry.field(description="签发时间 When it was signed.")
    expires_at: datetime = strawberry.field(
        description="失效时间 From this moment on the hub believes nobody until it has a newer one."
    )
    digest: str = strawberry.field(
        graphql_type=Sha256Digest,
        description="列表摘要，即所签内容的摘要 SHA-256 of the list, over exactly what is signed.",
    )
    issuers: list[Issuer] = strawberry.field(
        description="发码机构 The issuers that it names, in its order."
    )


class _Directory(Protocol):
    def issuer(self, issuer_id: str) -> Issuer:
        """The issuer of this id, also if no list names it."""
        ...


class _Resolving(Protocol):
    @property
    def context(self) -> _Directory: ...


def named_issuer(attribute: str, *, description: str, name: str = "issuer") -> Any:
    """A field ``name`` that shows the issuer whose id the value holds in ``attribute``."""

    def resolve(root: Any, info: strawberry.Info) -> Issuer:
        return _directory(info).issuer(getattr(root, attribute))

    return strawberry.field(name=name, resolver=resolve, description=description)


def perhaps_named_issuer(attribute: str, *, description: str, name: str = "issuer") -> Any:
    """As ``named_issuer``; null where ``attribute`` is None."""

    def resolve(root: Any, info: strawberry.Info) -> Issuer | None:
        named = getattr(root, attribute)
        return None if named is None else _directory(info).issuer(named)

    return strawberry.field(name=name, resolver=resolve, description=description)


def named_issuers(attribute: str, *, description: str, name: str = "issuers") -> Any:
    """As ``named_issuer``, for several."""

    def resolve(root: Any, info: strawberry.Info) -> list[Issuer]:
        ids: Sequence[str] = getattr(root, attribute)
        return [_directory(info).issuer(each) for each in ids]

    return strawberry.field(name=name, resolver=resolve, description=description)


def _directory(info: _Resolving) -> _Directory:
    return info.context
