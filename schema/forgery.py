"""What is wrong with an answer that only a forgery or a wrong issuer explains."""

from enum import Enum, unique

import strawberry

from tongxing.schema.values import described


@strawberry.enum(
    description="伪造原因：答复在哪一点上不可能只是故障 What of an issuer's answer no honest "
    "failure explains. An unknown, early or ended key, an unsigned answer and an old one are not "
    "here: a rotation, a proxy or a clock explains them."
)
@unique
class ForgeryCause(Enum):
    WRONG_SIGNATURE = described(
        "WRONG_SIGNATURE",
        "签名不符：所称公钥在信任列表上，但签名不是它的 It names a key of the trust list, which "
        "did not sign these bytes",
    )
    REVOKED_KEY = described(
        "REVOKED_KEY", "公钥已吊销 It names a key that was revoked, so perhaps stolen"
    )
    OTHER_ISSUERS_KEY = described(
        "OTHER_ISSUERS_KEY",
        "他人公钥：所称公钥在信任列表上属于另一机构 It names a key that the trust list gives to "
        "another issuer",
    )
    OTHER_SUITE = described(
        "OTHER_SUITE", "算法不符：与所称公钥的算法不同 It claims another suite than its key has"
    )
    OTHER_HOLDER = described(
        "OTHER_HOLDER",
        "张冠李戴：已签名，但是关于他人或另一次查询 Signed, and about another person or request",
    )
    OTHER_PLACE = described(
        "OTHER_PLACE",
        "越权：已签名，但涉及该机构无权代表的地区 Signed, and about a place that the issuer may "
        "not speak for",
    )
