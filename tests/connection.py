"""Clients of the servers that tests start: on this machine, over plain HTTP."""

from collections.abc import Mapping
from ssl import PROTOCOL_TLS_CLIENT, SSLContext

import httpx2

PATIENCE_SECONDS = 60.0
"""For what is sure to come, on a machine that is busy with other things."""

A_MOMENT = 60
"""Seconds by which "now" may differ on a busy machine; what is old in a test is a day old."""

NO_AUTHORITIES = SSLContext(PROTOCOL_TLS_CLIENT)
"""Loading the certificate authorities takes 20 ms of processor time per client."""


def connection(url: str, headers: Mapping[str, str] | None = None) -> httpx2.Client:
    return httpx2.Client(
        base_url=url,
        headers=headers,
        trust_env=False,
        timeout=PATIENCE_SECONDS,
        verify=NO_AUTHORITIES,
    )


def get(url: str, headers: Mapping[str, str] | None = None) -> httpx2.Response:
    """Over a connection of its own."""
    return httpx2.get(
        url, headers=headers, trust_env=False, timeout=PATIENCE_SECONDS, verify=NO_AUTHORITIES
    )
