"""Checks of the answers as HTTP and as JSON: before anything of them is believed.

Responsible for docs/wire-formats.md, "Common to all". Pure.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from urllib.parse import urlsplit

from tongxing.adapters.wire import TimedOut
from tongxing.conformance.check import (
    NOT_REACHED,
    PASSED,
    Check,
    Failed,
    NotTried,
    Severity,
    Verdict,
)
from tongxing.conformance.observed import Observed
from tongxing.conformance.recording import Exchange
from tongxing.schema import Text

COMMON = "docs/wire-formats.md, Common to all"
MOST_PLACES = 5
"""So many calls or persons are named; more say nothing new."""

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_BUSY = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_REDIRECTS = range(300, 400)


def some(places: Iterable[str]) -> tuple[str, ...]:
    """Each once, in order, and no more than are useful."""
    return tuple(dict.fromkeys(places))[:MOST_PLACES]


def _no(is_wrong: Callable[[Exchange], bool]) -> Callable[[Observed], Verdict]:
    """No exchange is wrong, but for those of the crowd, which may be refused."""

    def judge(seen: Observed) -> Verdict:
        wrong = [each for each in seen.one_by_one() if is_wrong(each)]
        if not wrong:
            return PASSED
        return Failed(some(each.call for each in wrong), _what(wrong[0]))

    return judge


def _what(exchange: Exchange) -> Text:
    if exchange.response is None:
        return Text(zh=f"传输故障 {exchange.fault}", en=f"fault of the transport {exchange.fault}")
    status = exchange.response.status
    return Text(zh=f"HTTP 状态 {status}", en=f"HTTP status {status}")


def _fault(*names: str) -> Callable[[Observed], Verdict]:
    return _no(lambda each: each.fault in names)


def _status(exchange: Exchange) -> int | None:
    return None if exchange.response is None else exchange.response.status


def _unexpected(exchange: Exchange) -> bool:
    """A status that no other check is about."""
    status = _status(exchange)
    if status is None or exchange.was_readable:
        return False
    return status not in _REFUSED and status not in _REDIRECTS


def _is_encrypted(seen: Observed) -> Verdict:
    url = urlsplit(seen.url)
    return PASSED if url.scheme == "https" or url.hostname in _LOOPBACK else Failed()


def _asks_for_the_credential(seen: Observed) -> Verdict:
    answered = [each for each in seen.without_credential if each.response is not None]
    if not answered:
        return NotTried(NOT_REACHED)
    wrong = [each for each in answered if _status(each) != HTTPStatus.UNAUTHORIZED]
    return Failed(some(each.call for each in wrong), _what(wrong[0])) if wrong else PASSED


def _says_when_to_come_again(seen: Observed) -> Verdict:
    crowd = () if seen.load is None else seen.load.exchanges
    busy = [each for each in crowd if _status(each) in _BUSY]
    if not busy:
        return NotTried(Text(zh="未见 429 或 503", en="no 429 or 503 was seen"))
    silent = [each for each in busy if "retry-after" not in _headers(each)]
    return Failed(some(each.call for each in silent)) if silent else PASSED


def _headers(exchange: Exchange) -> dict[str, str]:
    return {} if exchange.response is None else dict(exchange.response.headers)


JSON_CALLS = "POST "


def _bodies(seen: Observed) -> Iterator[tuple[Exchange, bytes]]:
    """The bodies that have to be JSON: those of the calls that the dialect reads."""
    for each in seen.exchanges():
        if each.response is not None and each.was_readable and each.call.startswith(JSON_CALLS):
            yield each, each.response.body


def is_json(body: bytes) -> bool:
    try:
        json.loads(body.decode())
    except (ValueError, RecursionError):
        return False
    return True


def _is_json_everywhere(seen: Observed) -> Verdict:
    bodies = list(_bodies(seen))
    if not bodies:
        return NotTried(NOT_REACHED)
    wrong = [each for each, body in bodies if not is_json(body)]
    return Failed(some(each.call for each in wrong)) if wrong else PASSED


def _says_json(seen: Observed) -> Verdict:
    """Only of what is JSON: the check before is about the rest."""
    bodies = [each for each, body in _bodies(seen) if is_json(body)]
    if not bodies:
        return NotTried(NOT_REACHED)
    wrong = [each for each in bodies if _media_type(each) != "application/json"]
    return Failed(some(each.call for each in wrong)) if wrong else PASSED


def _media_type(exchange: Exchange) -> str:
    return _headers(exchange).get("content-type", "").partition(";")[0].strip().lower()


def repeats_a_member(body: bytes) -> bool:
    """Whether ``body`` is JSON with a member that is there twice, at any depth."""
    found: list[bool] = []

    def seen(pairs: list[tuple[str, object]]) -> None:
        found.append(len(dict(pairs)) != len(pairs))

    try:
        json.loads(body.decode(), object_pairs_hook=seen)
    except (ValueError, RecursionError):
        return False
    return any(found)


def _no_member_twice(seen: Observed) -> Verdict:
    bodies = list(_bodies(seen))
    wrong = [each.call for each, body in bodies if repeats_a_member(body)]
    for asked in seen.asked():
        payloads = () if asked.walk is None else asked.walk.payloads
        wrong += [asked.label for payload in payloads if repeats_a_member(payload)]
    if wrong:
        return Failed(some(wrong))
    return PASSED if bodies else NotTried(NOT_REACHED)


def _in_time(seen: Observed) -> Verdict:
    late = [each for each in seen.one_by_one() if each.fault == TimedOut.name]
    if not late:
        return PASSED
    told = Text(
        zh=f"超过 {seen.deadline_seconds:g} 秒", en=f"longer than {seen.deadline_seconds:g} s"
    )
    return Failed(some(each.call for each in late), told)


CHECKS: tuple[Check[Observed], ...] = (
    Check(
        "http.answers",
        Text(zh="接口以 HTTP 应答", en="The endpoint answers over HTTP"),
        "RFC 9112 §6.3",
        Text(
            zh="请确认地址、端口和防火墙，并把应答完整发完再关闭连接",
            en="Check address, port and firewall, and send whole answers before you close",
        ),
        _fault("NO_CONNECTION", "NO_SUCH_NAME", "CONNECTION_ENDED", "NOT_HTTP"),
    ),
    Check(
        "http.certificate",
        Text(zh="TLS 证书可核验", en="The TLS certificate can be verified"),
        "RFC 9110 §4.3.4",
        Text(
            zh="请使用未过期、与主机名一致、由平台所信机构签发的证书，并附中间证书",
            en="Serve a certificate that has not ended, names the host, and comes with its chain",
        ),
        _fault("CERTIFICATE", "TLS"),
    ),
    Check(
        "http.encrypted",
        Text(zh="非本机地址使用 HTTPS", en="An address of another machine is HTTPS"),
        "docs/wire-formats.md §4",
        Text(zh="请以 HTTPS 提供接口", en="Serve the endpoint over HTTPS"),
        _is_encrypted,
    ),
    Check(
        "http.in-time",
        Text(zh="在平台时限内应答", en="Answers come within the hub's deadline"),
        COMMON,
        Text(
            zh="请在 tongxing-timeout-ms 所示时间内答完，来不及时答 503",
            en="Answer within tongxing-timeout-ms, or answer 503",
        ),
        _in_time,
    ),
    Check(
        "http.size",
        Text(zh="应答不超过长度上限", en="No answer is longer than the limit"),
        COMMON,
        Text(
            zh="单次应答至多 64 KiB，批量每人另加 2 KiB",
            en="At most 64 KiB for an answer, and 2 KiB more for each question of a batch",
        ),
        _fault("TOO_LARGE"),
    ),
    Check(
        "http.not-compressed",
        Text(zh="应答不压缩", en="Answers are not compressed"),
        "RFC 9110 §12.5.3",
        Text(
            zh="平台发送 Accept-Encoding: identity，请勿压缩",
            en="The hub sends Accept-Encoding: identity: do not compress",
        ),
        _fault("ENCODED"),
    ),
    Check(
        "http.no-redirect",
        Text(zh="不重定向", en="Nothing is redirected"),
        COMMON,
        Text(
            zh="平台从不跟随重定向，请在所给地址直接应答",
            en="The hub follows no redirect: answer at the address that you gave",
        ),
        _no(lambda each: _status(each) in _REDIRECTS),
    ),
    Check(
        "http.access",
        Text(zh="接受平台的凭据", en="The hub's credential is accepted"),
        COMMON,
        Text(
            zh="请核对凭据文件，并接受 Authorization: Bearer",
            en="Check the credential file, and take Authorization: Bearer",
        ),
        _no(lambda each: _status(each) in _REFUSED),
    ),
    Check(
        "http.status",
        Text(zh="状态码为格式所定", en="The status is one that the format has"),
        "docs/wire-formats.md §{section}",
        Text(zh="请按格式返回状态码", en="Answer with a status of the format"),
        _no(_unexpected),
    ),
    Check(
        "http.credential",
        Text(zh="错误凭据得到 401", en="A wrong credential gets 401"),
        COMMON,
        Text(
            zh="每个接口都须核对凭据，不符时答 401",
            en="Check the credential at every call; answer 401 if it is wrong",
        ),
        _asks_for_the_credential,
    ),
    Check(
        "http.retry-after",
        Text(zh="繁忙时说明何时再来", en="A busy endpoint says when to come again"),
        "RFC 9110 §10.2.3",
        Text(zh="429 和 503 请附 Retry-After", en="Send Retry-After with 429 and 503"),
        _says_when_to_come_again,
        Severity.SHOULD,
    ),
    Check(
        "json.text",
        Text(zh="应答是一个 JSON 文本", en="An answer is one JSON text"),
        "RFC 8259 §2",
        Text(
            zh="请勿以网页、空白或半截文本应答",
            en="Never answer with a page, with nothing, or with half a text",
        ),
        _is_json_everywhere,
    ),
    Check(
        "json.content-type",
        Text(zh="应答标明 JSON", en="An answer says that it is JSON"),
        "RFC 8259 §11",
        Text(
            zh="请发送 Content-Type: application/json", en="Send Content-Type: application/json"
        ),
        _says_json,
        Severity.SHOULD,
    ),
    Check(
        "json.unique-members",
        Text(zh="同一成员不出现两次", en="No member is there twice"),
        "RFC 8259 §4",
        Text(
            zh="不同程序会读到不同的值，请每个成员只写一次",
            en="Two readers read two values: write each member once",
        ),
        _no_member_twice,
    ),
)
