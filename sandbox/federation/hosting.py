"""Many members behind one address, each under a path of its own: ``/member-017/status``.

Plain ASGI. Every path needs the bearer credential. The paths of a member:

- ``POST /status``, ``GET /v1/filters/membership``: docs/wire-formats.md;
- ``POST /sandbox/join`` ``{"number", "name", "color", "in_filter"}``: somebody becomes known;
- ``POST /sandbox/misbehavior``: the name of a ``Fault`` of its filter, or nothing;

and of all of them together ``GET /sandbox/calls``.
"""

import hmac
from collections.abc import Mapping
from typing import Any

from tongxing.sandbox.federation.member_app import MemberApp
from tongxing.sandbox.issuers.replies import (
    Endpoint,
    Receive,
    Reply,
    Send,
    error_reply,
    json_reply,
    send_reply,
    whole_body,
)


class Hosting:
    """``members`` by id."""

    def __init__(self, members: Mapping[str, MemberApp], credential: str) -> None:
        self._members = members
        self._authorization = f"Bearer {credential}".encode("ascii")

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        given = next((v for name, v in scope["headers"] if name == b"authorization"), b"")
        if not hmac.compare_digest(given, self._authorization):
            reply = error_reply(401, "unauthorized")
        else:
            reply = await self._answer(scope, receive)
        await send_reply(reply, send)

    async def _answer(self, scope: Mapping[str, Any], receive: Receive) -> Reply:
        body = await whole_body(receive)
        if body is None:
            return error_reply(413, "too_large")
        if scope["path"] == "/sandbox/calls":
            return json_reply({"calls": sum(each.calls for each in self._members.values())})
        _, name, path = (*scope["path"].split("/", 2), "")[:3]
        member = self._members.get(name)
        endpoint = None if member is None else _endpoint(member, scope["method"], path)
        if endpoint is None:
            return error_reply(404, "no_such_endpoint")
        return endpoint(scope["query_string"] if scope["method"] == "GET" else body)


def _endpoint(member: MemberApp, method: str, path: str) -> Endpoint | None:
    endpoints: Mapping[tuple[str, str], Endpoint] = {
        ("POST", "status"): member.status,
        ("GET", "v1/filters/membership"): member.membership,
        ("POST", "sandbox/join"): member.join,
        ("POST", "sandbox/misbehavior"): member.misbehave,
    }
    return endpoints.get((method, path))
