"""Client systems that are registered for bound tokens, at a hub of a test."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import msgspec

from tests.acceptance.callers import document_of, fields, form, request_of
from tests.acceptance.operations import TRAVELER
from tongxing.gateway.cli.main import run
from tongxing.keys.client_tokens import sign_client_assertion
from tongxing.keys.dpop_proof import sign_proof
from tongxing.keys.signing import Es256Signer
from tongxing.keys.token_binding import BindingKind
from tongxing.sandbox.provisioning.state import HUB_ID

URL = "https://hub.example"
"""What the hub is told that it is called; nobody has to reach it there."""


@dataclass(frozen=True)
class BoundClient:
    id: str
    signer: Es256Signer
    prover: Es256Signer

    def token_form(self) -> dict[str, str]:
        from_now = sign_client_assertion(
            self.signer,
            client_id=self.id,
            audience=HUB_ID,
            at=datetime.now(UTC),
            lifetime=timedelta(minutes=1),
        )
        return form(from_now)

    def proof(self, path: str, token: str | None = None) -> dict[str, str]:
        at = datetime.now(UTC)
        made = sign_proof(self.prover, method="POST", url=URL + path, at=at, token=token)
        return {"dpop": made}

    def token(self, http: httpx2.Client, **headers: str) -> str:
        answer = http.post("/oauth/token", data=self.token_form(), headers=headers)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])


def asked(
    http: httpx2.Client, token: str, scheme: str = "Bearer", **headers: str
) -> httpx2.Response:
    """A question about a traveler."""
    shown = {"authorization": f"{scheme} {token}", **headers}
    body = {"query": TRAVELER, "variables": request_of(fields(document_of("green_everywhere")))}
    return http.post("/graphql", json=body, headers=shown)


def registered(settings: Path, bound: BindingKind, client_id: str = "bound") -> BoundClient:
    """By the command, as operators do."""
    client = BoundClient(client_id, Es256Signer.generate(), Es256Signer.generate())
    key = settings.with_name(f"{client_id}.jwk")
    key.write_bytes(msgspec.json.encode(client.signer.public_jwk()))
    ran = run(
        [
            *("client", "add", client_id, "--name", "Bound", "--key", str(key)),
            *("--region", "321100", "--scope", "status:read", "--purpose", "ENTRY"),
            *("--bound", bound.value, "--settings", str(settings)),
        ]
    )
    assert ran == 0
    return client
