"""One question over GraphQL: the request that it is, and what its answer means."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tongxing_client.body import members_in
from tongxing_client.errors import AnswerUnreadable, HubBusy, HubRefuses, HubUnreachable
from tongxing_client.flow import HttpReply, HttpRequest
from tongxing_client.patience import ComeBack
from tongxing_client.tokens import LATER, retry_after

ANSWERS = "application/graphql-response+json"
EVENTS = "text/event-stream"
NOT_BEGUN = {"OVERLOADED", "BODY_TIMED_OUT", "TOO_MANY_STREAMS"}
"""Nothing was done, so anything may be sent again."""

UNAUTHORIZED = 401


class TokenEnded(Exception):
    """The hub does not take the token that was sent."""


def graphql_request(
    url: str, body: Mapping[str, object], headers: Mapping[str, str], accept: str = ANSWERS
) -> HttpRequest:
    content = json.dumps(body, ensure_ascii=False).encode()
    return HttpRequest(
        "POST", url, {"content-type": "application/json", "accept": accept, **headers}, content
    )


def data_of(reply: HttpReply, *, repeats: bool) -> Any:
    """The data of an answer without errors. Raises ComeBack, TokenEnded, HubRefuses and
    AnswerUnreadable."""
    if reply.status == UNAUTHORIZED:
        raise TokenEnded
    members = _members_of(reply)
    errors = errors_of(members)
    if reply.status in LATER:
        codes = [str(each.get("code")) for each in errors]
        busy = HubBusy(codes)
        if repeats or NOT_BEGUN.issuperset(codes or ["?"]):
            raise ComeBack(busy, retry_after(reply))
        raise busy
    if errors:
        raise HubRefuses(errors, members.get("data"))
    if not isinstance(members.get("data"), dict):
        raise AnswerUnreadable(f"status {reply.status} with neither data nor errors")
    return members["data"]


def errors_of(members: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The ``extensions`` of each error."""
    errors = members.get("errors") or []
    if not isinstance(errors, list):
        return [{}]
    told = [each.get("extensions") if isinstance(each, dict) else None for each in errors]
    return [each if isinstance(each, dict) else {} for each in told]


def unheard(fault: HubUnreachable, *, repeats: bool) -> Exception:
    """What is raised when nobody answered: perhaps the hub has done it all the same."""
    return ComeBack(fault) if repeats else fault


def _members_of(reply: HttpReply) -> Mapping[str, Any]:
    members = members_in(reply.content)
    if members is not None:
        return members
    if reply.status in LATER:  # a proxy in front of the hub
        return {}
    raise AnswerUnreadable(f"status {reply.status} without a JSON object")
