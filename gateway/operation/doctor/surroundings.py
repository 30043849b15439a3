"""What lies outside this machine's disk: the port, the issuers, and whether the clock is right."""

import os
import socket
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx2

from tongxing.gateway.operation.doctor.finding import Finding
from tongxing.gateway.settings import IssuerSettings, ListenSettings, Settings

PATIENCE_SECONDS = 3.0
CLOCK_MAY_DIFFER_SECONDS = 30
"""As much as the hub allows its clients' clocks to be off."""


def examine_port(listen: ListenSettings) -> Iterator[Finding]:
    about = f"{listen.host} port {listen.port}"
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    try:
        socket.create_server((listen.host, listen.port), family=family).close()
    except OSError as error:
        yield _taken(about, listen, error)
    else:
        yield Finding(about)


def _taken(about: str, listen: ListenSettings, error: OSError) -> Finding:
    """A hub that is running already is no fault."""
    try:
        alive = _get(f"http://{listen.host}:{listen.port}/livez").is_success
    except httpx2.HTTPError:
        alive = False
    if alive:
        return Finding(f"{about}: the hub is running")
    return Finding(
        about, f"cannot be listened on ({os.strerror(error.errno or 0)})", "set listen.port"
    )


def examine_issuers(settings: Settings, at: datetime) -> Iterator[Finding]:
    for issuer in settings.issuers:
        yield _issuer(issuer, at)


def _issuer(issuer: IssuerSettings, at: datetime) -> Finding:
    """Any answer at all will do: what it says is the adapter's business."""
    about = f"{issuer.id} at {issuer.url}"
    try:
        date = _get(issuer.url).headers.get("date", "")
    except httpx2.HTTPError as error:
        return Finding(about, f"does not answer ({type(error).__name__})", "start it, or mend url")
    if _seconds_apart(date, at) > CLOCK_MAY_DIFFER_SECONDS:
        return Finding(about, "its clock and this one differ", "synchronize this machine's clock")
    return Finding(about)


def _get(url: str) -> httpx2.Response:
    return httpx2.get(url, timeout=PATIENCE_SECONDS, trust_env=False, follow_redirects=False)


def _seconds_apart(date: str, at: datetime) -> float:
    """An answer without a date, or with none that can be read, says nothing about clocks."""
    try:
        return abs((parsedate_to_datetime(date) - at).total_seconds())
    except (ValueError, TypeError):
        return 0.0
