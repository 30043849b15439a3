"""Why a request for a token or for another key was refused, in words.

Responsible for one text in each language for each cause. In the open profile a client that is being
built is told the cause; in production it is told RFC 6749's word alone, because the name of the
check that failed helps who guesses, and the operator finds it in the log. What a client that proved
who it is may not ask for is told in both.
"""

from collections.abc import Mapping
from enum import StrEnum, unique
from types import MappingProxyType
from typing import NamedTuple

from tongxing.gateway.errors import ErrorCode
from tongxing.gateway.http.credential_refusal import CredentialRefusal, Reason
from tongxing.keys.token_check import TokenRefusal


@unique
class FormFault(StrEnum):
    NOT_A_FORM = "NOT_A_FORM"
    REPEATED_PARAMETER = "REPEATED_PARAMETER"
    NO_GRANT_TYPE = "NO_GRANT_TYPE"
    OTHER_GRANT_TYPE = "OTHER_GRANT_TYPE"
    NO_REQUEST = "NO_REQUEST"


Cause = Reason | FormFault | ErrorCode


class CauseText(NamedTuple):
    zh: str
    en: str


CAUSES: Mapping[Cause, CauseText] = MappingProxyType(
    {
        FormFault.NOT_A_FORM: CauseText(
            zh="请求体不是表单（至多16个参数）",
            en="The body is no form of at most 16 parameters.",
        ),
        FormFault.REPEATED_PARAMETER: CauseText(zh="参数重复", en="A parameter comes twice."),
        FormFault.NO_GRANT_TYPE: CauseText(zh="缺少 grant_type", en="grant_type is missing."),
        FormFault.OTHER_GRANT_TYPE: CauseText(
            zh="grant_type 须为 client_credentials", en="grant_type is not client_credentials."
        ),
        FormFault.NO_REQUEST: CauseText(zh="缺少 request", en="request is missing."),
        ErrorCode.FORBIDDEN_SCOPE: CauseText(
            zh="scope 中有未授予的权限", en="scope names one that this client does not have."
        ),
        ErrorCode.FORBIDDEN_REGION: CauseText(
            zh="regions 中有未授予的地区", en="regions names one that this client does not have."
        ),
        ErrorCode.FORBIDDEN_PURPOSE: CauseText(
            zh="purposes 中有未登记的用途", en="purposes names one that this client does not have."
        ),
        CredentialRefusal.NO_CREDENTIAL: CauseText(
            zh="缺少 client_assertion，或 client_assertion_type 不是 jwt-bearer",
            en="client_assertion is missing, or client_assertion_type is not jwt-bearer.",
        ),
        CredentialRefusal.UNKNOWN_CLIENT: CauseText(
            zh="iss 不是已登记的接入系统，或已被吊销",
            en="iss names no client that is registered, or one that was revoked.",
        ),
        CredentialRefusal.OTHER_CLIENT_ID: CauseText(
            zh="client_id 与 iss 不同", en="client_id is another one than iss."
        ),
        CredentialRefusal.USED_BEFORE: CauseText(
            zh="此 jti 已用过，每次须用新的", en="This jti was used before: each needs a new one."
        ),
        CredentialRefusal.UNKNOWN_CODE: CauseText(
            zh="没有这个启用码，请核对", en="There is no such enrollment code."
        ),
        CredentialRefusal.CODE_ENDED: CauseText(
            zh="启用码已过期，请另开一个", en="The enrollment code is over: make another."
        ),
        CredentialRefusal.WRONG_CODE: CauseText(
            zh="启用码不对，请核对", en="The enrollment code is wrong."
        ),
        CredentialRefusal.CODE_USED: CauseText(
            zh="启用码已用过，请另开一个", en="The enrollment code was used: make another."
        ),
        CredentialRefusal.GUESSED_AT: CauseText(
            zh="启用码输错过多，已作废，请另开一个",
            en="The enrollment code was guessed at too often: make another.",
        ),
        CredentialRefusal.NO_PROOF: CauseText(
            zh="此接入系统的令牌须绑定公钥，缺少请求头 DPoP",
            en="The tokens of this client are bound to keys, and the header DPoP is missing.",
        ),
        CredentialRefusal.OTHER_KEY: CauseText(
            zh="DPoP 所用的不是令牌所绑定的公钥",
            en="The DPoP proof is by another key than the token is bound to.",
        ),
        CredentialRefusal.NO_CERTIFICATE: CauseText(
            zh="此接入系统的令牌须绑定证书，连接未出示证书",
            en="The tokens of this client are bound to certificates, and none was shown.",
        ),
        TokenRefusal.MALFORMED: CauseText(
            zh="不是规范的 JWT：须有 alg、kid、typ，iat 和 exp 为整数秒，iss 和 jti 不含空格",
            en="No well-formed JWT: it has alg, kid and typ; iat and exp are whole seconds; iss "
            "and jti have no spaces.",
        ),
        TokenRefusal.UNKNOWN_KEY: CauseText(
            zh="kid 不是该接入系统登记的公钥编号或指纹，或该公钥已失效",
            en="kid is neither id nor thumbprint of a key of this client that counts now.",
        ),
        TokenRefusal.OTHER_ALGORITHM: CauseText(
            zh="alg 与登记的公钥不符", en="alg is not that of the registered key."
        ),
        TokenRefusal.BAD_SIGNATURE: CauseText(
            zh="签名与登记的公钥不符", en="The signature is not by the registered key."
        ),
        TokenRefusal.OTHER_AUDIENCE: CauseText(
            zh="aud 须为平台编号（hub.id），而不是网址",
            en="aud is not the hub's id: one text, and no address.",
        ),
        TokenRefusal.OTHER_CLAIMS: CauseText(
            zh="缺少声明，或 sub 与 iss 不同",
            en="A claim is missing, or sub is another one than iss.",
        ),
        TokenRefusal.EXPIRED: CauseText(
            zh="exp 已过，请核对时钟", en="exp has passed: compare the clocks."
        ),
        TokenRefusal.NOT_YET_VALID: CauseText(
            zh="iat 或 nbf 未到，请核对时钟", en="iat or nbf is to come: compare the clocks."
        ),
        TokenRefusal.LIVES_TOO_LONG: CauseText(
            zh="exp 须在 iat 之后300秒以内", en="exp is not within 300 s after iat."
        ),
        TokenRefusal.OTHER_REQUEST: CauseText(
            zh="DPoP 的 htm 或 htu 不是本请求的", en="htm or htu of the proof is another request's."
        ),
        TokenRefusal.OTHER_TOKEN: CauseText(
            zh="DPoP 的 ath 不是本令牌的", en="ath of the proof is another token's."
        ),
    }
)
"""Of every cause that the endpoints for tokens and keys have; English in ASCII (RFC 6749 §5.2)."""
