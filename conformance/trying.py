"""One run: the rim of playing the hub, and of playing the issuers.

Responsible for opening what a run needs, and for the report that comes of it.
"""

import asyncio
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from secrets import token_bytes
from socket import create_connection
from ssl import SSLContext, cert_time_to_seconds, create_default_context
from time import sleep
from urllib.parse import urlsplit

import msgspec

from tongxing.adapters.http_client import HttpClient
from tongxing.conformance.hub.hub_checks import HUB_CHECKS
from tongxing.conformance.hub.playing_issuers import (
    HubUnderTest,
    observe_credentials,
    observe_ended_token,
    observe_hub,
)
from tongxing.conformance.hub.reply import HubSeen
from tongxing.conformance.issuer.catalogue import checks_for
from tongxing.conformance.issuer.participant import CannotRun, Participant
from tongxing.conformance.issuer.played_hub import Stage
from tongxing.conformance.issuer.playing_hub import observe
from tongxing.conformance.reports.report import Report, Role, rows_of
from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.hub_client import HubClient, read_credentials, tls_of
from tongxing.gateway.cli.local import read_settings
from tongxing.gateway.cli.terminal import now
from tongxing.keys import base64url
from tongxing.sandbox.demo.stage import ReferenceIssuer
from tongxing.sandbox.provisioning.clients import CITY_SYSTEM
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.processes import (
    SEED,
    reference_issuers,
    terminated_like_interrupted,
)
from tongxing.sandbox.provisioning.state import ISSUER_PORTS, prepared, write_credentials
from tongxing.sandbox.town.population import Population

IN_A_BATCH = 1_000
"""As many as any format allows."""

NONCE_BYTES = 16
HANDSHAKE_SECONDS = 10.0
CLOCKS_MAY_DIFFER = timedelta(minutes=1)
TOWN = 500
"""How many people the played issuers know: enough for another one at each misbehavior."""


def try_issuer(
    participant: Participant,
    url: str,
    expected: frozenset[str],
    deadline_seconds: float,
    questions: int,
) -> Report:
    """Play the hub against the issuer at ``url``."""
    at = now()
    stage = Stage(
        open=lambda credential: HttpClient(url, credential),
        now=now,
        nonce=fresh_nonce,
        deadline_seconds=deadline_seconds,
        questions=questions,
        in_a_batch=IN_A_BATCH,
    )
    lasts = certificate_lasts(url, create_default_context(), at)
    seen = replace(asyncio.run(observe(participant, url, stage)), certificate_lasts=lasts)
    rows = rows_of(checks_for(participant.dialect), seen, expected)
    return Report(Role.ISSUER, participant.issuer, participant.dialect, url, _program(), at, rows)


def try_hub(
    url: str,
    credentials: Path | None,
    *,
    region: str,
    purpose: str,
    directory: Path,
    expected: frozenset[str],
    waits_for_expiry: bool,
) -> Report:
    """Play the three reference issuers, with their files in ``directory``, against the hub at
    ``url``; ask as the client system of ``credentials``, or else as that of ``directory``. Raises
    CannotRun."""
    at = now()
    try:
        layout = prepared(directory, at, read_settings)
        own = write_credentials(layout, url)[CITY_SYSTEM.id]
        known, signer = read_credentials(credentials or own)
        client = HubClient(msgspec.structs.replace(known, hub=url), signer, now)
        with closing(client), terminated_like_interrupted():
            tls = tls_of(known)
            hub = HubUnderTest(url, tls, client.token, client.grant, region, purpose)
            first_token = client.token()  # before anything is started: most often no hub is there
            seen = observe_credentials(hub, _observed(hub, layout), at)
            seen = replace(seen, certificate_lasts=certificate_lasts(url, tls, at))
            if waits_for_expiry:
                sleep(max(0.0, (ended_at(first_token) - now()).total_seconds()))
                seen = observe_ended_token(hub, seen, first_token)
    except CommandFailed as failure:
        raise CannotRun(failure.format_message()) from None
    rows = rows_of(HUB_CHECKS, seen, expected)
    return Report(Role.HUB, known.audience, "graphql", url, _program(), at, rows)


def _observed(hub: HubUnderTest, layout: Layout) -> HubSeen:
    """Raises CommandFailed."""
    with reference_issuers(layout, ISSUER_PORTS, SEED, TOWN) as urls:
        issuers = {
            issuer: ReferenceIssuer(url, layout.issuer_credential(issuer).read_text("ascii"))
            for issuer, url in urls.items()
        }
        return observe_hub(hub, issuers, Population(SEED, TOWN))


def certificate_lasts(url: str, tls: SSLContext, at: datetime) -> timedelta | None:
    """How long after ``at`` the certificate of the server at ``url`` is good; None if the address
    is not HTTPS, or ``tls`` does not believe it."""
    address = urlsplit(url)
    if address.scheme != "https" or address.hostname is None:
        return None
    try:
        with (
            create_connection((address.hostname, address.port or 443), HANDSHAKE_SECONDS) as plain,
            tls.wrap_socket(plain, server_hostname=address.hostname) as secured,
        ):
            shown = secured.getpeercert() or {}
    except OSError:  # SSLError is one; the checks of the answers say what it is
        return None
    ends = cert_time_to_seconds(str(shown["notAfter"]))
    return datetime.fromtimestamp(ends, UTC) - at


def ended_at(token: str) -> datetime:
    """When no hub may believe ``token`` any more."""
    claims = msgspec.json.decode(base64url.decode(token.split(".")[1]))
    return datetime.fromtimestamp(claims["exp"], UTC) + CLOCKS_MAY_DIFFER


def fresh_nonce() -> str:
    return base64url.encode(token_bytes(NONCE_BYTES))


def _program() -> str:
    return version("tongxing")
