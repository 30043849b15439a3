"""One run: the rim of playing the hub, and of playing the issuers.

Responsible for opening what a run needs, and for the report that comes of it.
"""

import asyncio
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from secrets import token_bytes

import msgspec

from tongxing.adapters.http_client import HttpClient
from tongxing.conformance.hub.hub_checks import HUB_CHECKS
from tongxing.conformance.hub.playing_issuers import HubUnderTest, observe_hub
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
    seen = asyncio.run(observe(participant, url, stage))
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
            seen = _observed(
                HubUnderTest(url, tls_of(known), client.token, region, purpose), layout
            )
    except CommandFailed as failure:
        raise CannotRun(failure.format_message()) from None
    rows = rows_of(HUB_CHECKS, seen, expected)
    return Report(Role.HUB, known.audience, "graphql", url, _program(), at, rows)


def _observed(hub: HubUnderTest, layout: Layout) -> HubSeen:
    """Raises CommandFailed."""
    hub.token()  # before anything is started: most often it is the hub that is not there
    with reference_issuers(layout, ISSUER_PORTS, SEED, TOWN) as urls:
        issuers = {
            issuer: ReferenceIssuer(url, layout.issuer_credential(issuer).read_text("ascii"))
            for issuer, url in urls.items()
        }
        return observe_hub(hub, issuers, Population(SEED, TOWN))


def fresh_nonce() -> str:
    return base64url.encode(token_bytes(NONCE_BYTES))


def _program() -> str:
    return version("tongxing")
