"""The hub itself, and a client as the hub knows it."""

from datetime import datetime

import strawberry

from tongxing.schema.decision import Purpose
from tongxing.schema.issuer import SignatureSuite
from tongxing.schema.place import RegionCode
from tongxing.schema.scalars import Sha256Digest
from tongxing.schema.values import value


@value(description="本平台公钥 One key under which this hub signs receipts.")
class HubKey:
    key_id: str = strawberry.field(
        description="密钥编号，即回执头部的 kid Its name in the header of a receipt (kid), RFC "
        "7638."
    )
    suite: SignatureSuite = strawberry.field(description="签名算法 How it signs.")
    public_key: str = strawberry.field(
        description="公钥（JWK格式的JSON文本）；采信之前，请与平台管理员另行提供的核对 The key as "
        "the JSON text of a JWK (RFC 7517). Check it against one that you got from the hub's "
        "operator before you rely on it."
    )


@value(
    name="AuditLogKey",
    description="审计日志的公钥 The key under which this hub signs checkpoints of its audit log.",
)
class HubLogKey:
    verifier_key: str = strawberry.field(
        description="公钥，C2SP signed-note 的 vkey 格式 The key as a text (a vkey of C2SP "
        "signed-note), as programs that check transparency logs take it."
    )
    certificate: str = strawberry.field(
        description="平台以回执密钥对此公钥的签名（JWS紧凑格式），凭回执公钥即可采信 The hub's "
        "signature over that key, under the key that signs receipts (a JWS in its compact form): "
        "whoever relies on that one needs no other word for this."
    )


@value(description="互认平台 This hub: its name, its time, and what its answers are checked with.")
class RecognitionHub:
    id: strawberry.ID = strawberry.field(
        description="平台编号，即回执中的 iss，也是接入系统断言应写的 aud Its name in receipts "
        "(iss), and the audience (aud) that a client's assertion has to name."
    )
    version: str = strawberry.field(description="程序版本 The version of the program that it runs.")
    now: datetime = strawberry.field(
        description="当前时间，请与本机时钟核对 Its time now. Compare yours with it: answers name "
        "moments."
    )
    public_keys: list[HubKey] = strawberry.field(
        description="公钥 The keys that receipts in use are signed with."
    )
    log_key: HubLogKey = strawberry.field(
        description="审计日志的公钥，用以核验存证与检查点 The key that checks proofs and "
        "checkpoints of the audit log."
    )
    schema_digest: Sha256Digest = strawberry.field(
        description="GraphQL 结构的摘要，即 GET /schema.graphql 所返回文本的 SHA-256；变化时请查阅"
        "变更说明，不必停用 The SHA-256 of the SDL that GET /schema.graphql returns. If it is "
        "another one than yours, read what has changed; do not stop working."
    )


@value(description="本接入系统 The client that asks, as its access token says.")
class RegisteredClient:
    id: strawberry.ID = strawberry.field(
        description="接入系统编号 Its name in receipts (aud) and audit records."
    )
    scopes: list[str] = strawberry.field(
        description="权限 The scopes of this token, as @requiresScopes names them; a token can "
        "hold fewer than the client is registered for."
    )
    regions: list[RegionCode] = strawberry.field(
        description="可代表的地区 The regions that it may act for, with all that lies in them."
    )
    purposes: list[Purpose] = strawberry.field(description="用途 The purposes that it may state.")
    expires_at: datetime = strawberry.field(
        description="令牌失效时间 Until when the token can be used. Get a new one before."
    )
