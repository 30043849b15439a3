"""Checks of what a hub believes of a client, of what it tells of itself, and of its certificate.

Responsible for what lasts: an assertion is good once, a token and a certificate for a time. Pure.
"""

from collections.abc import Callable
from http import HTTPStatus

from tongxing.conformance.certificates import certificate_check
from tongxing.conformance.check import NOT_REACHED, PASSED, Check, Failed, NotTried, Verdict
from tongxing.conformance.hub.reply import HubSeen, Reply
from tongxing.schema import Text

NOT_WAITED_FOR = Text(
    zh="要等令牌过期，约需5分钟，请加 --wait-for-expiry",
    en="it takes the end of a token, some five minutes: --wait-for-expiry waits for it",
)
OPEN_PROFILE = Text(
    zh="该平台说明断言被拒的原因，属沙箱（open）配置，可以查询结构",
    en="this hub tells why it refuses an assertion: it is one for trying (open), and tells its "
    "schema",
)


def _is_granted(reply: Reply) -> bool:
    return "access_token" in reply.members()


def _has_status(reply: Reply, *right: HTTPStatus) -> Verdict:
    if reply.status in right and not _is_granted(reply):
        return PASSED
    return Failed((), Text(zh=f"HTTP 状态 {reply.status}", en=f"HTTP status {reply.status}"))


def _assertion(name: str) -> Callable[[HubSeen], Verdict]:
    """One that is no good, of a client whose good one gets a token."""

    def judge(seen: HubSeen) -> Verdict:
        first, reply = seen.assertions.get("first"), seen.assertions.get(name)
        if first is None or reply is None or reply.status is None or not _is_granted(first):
            return NotTried(NOT_REACHED)
        return _has_status(reply, HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED)

    return judge


def _ended_token(seen: HubSeen) -> Verdict:
    reply = seen.outlived
    if reply is None:
        return NotTried(NOT_WAITED_FOR)
    if reply.status is None:
        return NotTried(NOT_REACHED)
    return _has_status(reply, HTTPStatus.UNAUTHORIZED)


def _schema_is_closed(seen: HubSeen) -> Verdict:
    reply = seen.introspection
    if reply is None or reply.status is None:
        return NotTried(NOT_REACHED)
    if any("reason" in each.members() for each in seen.assertions.values()):
        return NotTried(OPEN_PROFILE)
    return PASSED if reply.is_refused() else Failed()


_ASSERTIONS = Text(
    zh="断言过期即拒绝；每个 jti 记到过期为止，只认一次",
    en="Refuse an assertion that has ended; remember each jti until then, and take it once",
)

CREDENTIAL_CHECKS: tuple[Check[HubSeen], ...] = (
    Check(
        "assertion.once",
        Text(zh="接入系统的断言只认一次", en="A client assertion is good once"),
        "RFC 7523 §3",
        _ASSERTIONS,
        _assertion("again"),
    ),
    Check(
        "assertion.ended",
        Text(zh="过期的断言得不到令牌", en="A client assertion that has ended gets no token"),
        "RFC 7523 §3",
        _ASSERTIONS,
        _assertion("ended"),
    ),
    Check(
        "token.ended",
        Text(zh="过期的令牌得到 401", en="A token that has ended gets 401"),
        "RFC 6750 §3.1",
        Text(zh="每次请求都核对 exp", en="Hold exp against the clock at each request"),
        _ended_token,
    ),
    Check(
        "schema.closed",
        Text(
            zh="正式环境不提供结构自省",
            en="A hub that serves travelers does not offer introspection",
        ),
        "docs/errors.md",
        Text(zh="请以 production 配置运行", en="Run it in the production profile"),
        _schema_is_closed,
    ),
    certificate_check(lambda seen: seen.certificate_lasts),
)
