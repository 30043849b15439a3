"""The statement of one issuer as the hub received it, for those who check signatures themselves."""

from datetime import datetime
from enum import Enum, unique

import strawberry

from tongxing.schema.scalars import StatementBytes
from tongxing.schema.values import described, value


@strawberry.enum(
    description="陈述形式，即各部分如何验签；日后可能增加，形式不明的请勿采信 How the parts of a "
    "statement are checked. A later version may add forms: do not rely on a statement whose form "
    "you do not know."
)
@unique
class StatementForm(Enum):
    COMPACT_JWS = described(
        "COMPACT_JWS",
        "紧凑 JWS，1个部分，头部 kid 指明公钥 One part: a compact JWS (RFC 7515 section 7.1); kid "
        "in its header names the key",
    )
    DETACHED_JWS = described(
        "DETACHED_JWS",
        "分离式 JWS，2个部分：不含正文的 JWS 与所签正文；验签时把正文的 base64url 填入两点之间 "
        "Two parts: a JWS without its content (RFC 7515 appendix F), whose kid names the key, and "
        "the body that it signs. To check it, put the body, in base64url, between the two dots",
    )
    SM2_PACKAGES = described(
        "SM2_PACKAGES",
        "国密签名报文，1或2个部分，各为 JSON：sign 是对 bizPackage 的 SM2（SM3）签名，keyId 指明公"
        "钥 One or two parts, each a JSON object: sign (base64 of r and s, 64 bytes) is the SM2 "
        "signature with SM3 over the UTF-8 bytes of bizPackage, with the user id "
        "1234567812345678; keyId names the key. The last part has the state; a part before it is "
        "the answer to the scanned code",
    )


@value(
    description="发码机构关于此人的陈述原文，与平台所收逐字节相同。凭信任列表中该机构的公钥即可验"
    "签，不必相信本平台；验签方法及签名不能说明的事见 docs/wire-formats.md。内容涉及个人，请与证件"
    "同等保管 What one issuer stated about this very person, byte for byte as the hub received "
    "it. With the issuer's public keys, by its key ids in the trust list, anyone can check the "
    "signature without this hub: docs/wire-formats.md says how for each form, and what a "
    "signature does not say. It is about a person: keep it as carefully as the document.",
)
class SourceStatement:
    form: StatementForm = strawberry.field(description="形式，即如何验签 How the parts are checked")
    parts: list[StatementBytes] = strawberry.field(
        description="各部分原文，顺序依形式而定；各部分以换行符相连后的 SHA-256 即 evidenceDigest。"
        "The bytes as received, in the order that form names. The SHA-256 of the parts, with a "
        "line feed between two, is evidenceDigest"
    )
    received_at: datetime = strawberry.field(
        description="收到时间：平台提出该查询的时间；沿用的陈述早于此次判定 When the hub asked the "
        "question that this answers; it came at most one deadline later. A kept statement is older "
        "than the recognition"
    )
