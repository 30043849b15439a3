"""The connection to an organization's provider: few questions, each bounded in time and in size.

Refuses redirects, compression, proxies and the environment.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx2

from tongxing.keys.strict_json import MalformedJson, parse_object

PATIENCE_SECONDS = 5.0
"""For a whole answer: a person waits before the browser."""

ANSWER_MAX_BYTES = 256 * 1024
"""The keys of large providers take some 10 KB."""


class ProviderAway(Exception):
    """The provider did not answer in time, or not as OpenID Connect says."""


async def answered_json(
    method: str,
    url: str,
    *,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, Mapping[str, Any]]:
    """The status and the JSON object that ``url`` answers. Raises ProviderAway."""
    try:
        async with (
            asyncio.timeout(PATIENCE_SECONDS),
            httpx2.AsyncClient(trust_env=False, follow_redirects=False) as client,
            client.stream(method, url, data=form, headers=_headers(headers)) as response,
        ):
            body = await _body(response)
        return response.status_code, parse_object(body, at_most_bytes=ANSWER_MAX_BYTES)
    except (httpx2.HTTPError, httpx2.InvalidURL, MalformedJson, TimeoutError) as error:
        raise ProviderAway(type(error).__name__) from None


def _headers(more: Mapping[str, str] | None) -> dict[str, str]:
    return {"accept": "application/json", "accept-encoding": "identity", **(more or {})}


async def _body(response: httpx2.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > ANSWER_MAX_BYTES:
            raise ProviderAway("too long")
    return bytes(body)
