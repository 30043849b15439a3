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
    Failed,
    NotTried,
    Verdict,
)
from tongxing.conformance.issuer.observed import Observed
from tongxing.conformance.issuer.recording import Exchange
from tongxing.gateway.addresses import LOOPBACK_HOSTS
from tongxing.schema import Text

COMMON = "docs/wire-formats.md, Common to all"
MOST_PLACES = 5
"""So many calls or persons are named; more say nothing new."""

_BUSY = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_REDIRECTS = range(300, 400)


def some(places: Iterable[str]) -> tuple[str, ...]:
    """Each once, in order, and no more than are useful."""
    return tuple(dict.fromkeys(places))[:MOST_PLACES]


def no_exchange(is_wrong: Callable[[Exchange], bool]) -> Callable[[Observed], Verdict]:
    """No exchange is wrong, but for those of the crowd, which may be refused."""

    def judge(seen: Observed) -> Verdict:
        exchanges = seen.one_by_one()
        wrong = [each for each in exchanges if is_wrong(each)]
        if not wrong:
            return PASSED if exchanges else NotTried(NOT_REACHED)
        return Failed(some(each.call for each in wrong), _what(wrong[0]))

    return judge


def _what(exchange: Exchange) -> Text:
    if exchange.response is None:
        return Text(zh=f"传输故障 {exchange.fault}", en=f"fault of the transport {exchange.fault}")
    status = exchange.response.status
    return Text(zh=f"HTTP 状态 {status}", en=f"HTTP status {status}")


def without_fault(*names: str) -> Callable[[Observed], Verdict]:
    return no_exchange(lambda each: each.fault in names)


def status_of(exchange: Exchange) -> int | None:
    return None if exchange.response is None else exchange.response.status


def unexpected(exchange: Exchange) -> bool:
    """A status that no other check is about."""
    status = status_of(exchange)
    if status is None or exchange.was_readable:
        return False
    return status not in _REFUSED and status not in _REDIRECTS


def is_encrypted(seen: Observed) -> Verdict:
    url = urlsplit(seen.url)
    return PASSED if url.scheme == "https" or url.hostname in LOOPBACK_HOSTS else Failed()


def asks_for_the_credential(seen: Observed) -> Verdict:
    answered = [each for each in seen.without_credential if each.response is not None]
    if not answered:
        return NotTried(NOT_REACHED)
    wrong = [each for each in answered if status_of(each) != HTTPStatus.UNAUTHORIZED]
    return Failed(some(each.call for each in wrong), _what(wrong[0])) if wrong else PASSED


def says_when_to_come_again(seen: Observed) -> Verdict:
    crowd = () if seen.load is None else seen.load.exchanges
    busy = [each for each in crowd if status_of(each) in _BUSY]
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


def is_json_everywhere(seen: Observed) -> Verdict:
    bodies = list(_bodies(seen))
    if not bodies:
        return NotTried(NOT_REACHED)
    wrong = [each for each, body in bodies if not is_json(body)]
    return Failed(some(each.call for each in wrong)) if wrong else PASSED


def says_json(seen: Observed) -> Verdict:
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


def no_member_twice(seen: Observed) -> Verdict:
    bodies = list(_bodies(seen))
    wrong = [each.call for each, body in bodies if repeats_a_member(body)]
    for asked in seen.asked():
        payloads = () if asked.walk is None else asked.walk.payloads
        wrong += [asked.label for payload in payloads if repeats_a_member(payload)]
    if wrong:
        return Failed(some(wrong))
    return PASSED if bodies else NotTried(NOT_REACHED)


def in_time(seen: Observed) -> Verdict:
    late = [each for each in seen.one_by_one() if each.fault == TimedOut.name]
    if not late:
        return PASSED
    told = Text(
        zh=f"超过 {seen.deadline_seconds:g} 秒", en=f"longer than {seen.deadline_seconds:g} s"
    )
    return Failed(some(each.call for each in late), told)


def is_redirected(exchange: Exchange) -> bool:
    return status_of(exchange) in _REDIRECTS


def is_refused(exchange: Exchange) -> bool:
    return status_of(exchange) in _REFUSED
