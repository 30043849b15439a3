"""One client system in front of a hub: gets access tokens with its key, asks, follows events."""

import base64
import hashlib
import json
import re
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from generated.client import Client
from httpx_sse import aconnect_sse
from jwt.algorithms import ECAlgorithm

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LASTS_SECONDS = 60
RENEWED_BEFORE_SECONDS = 30
PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Credentials:
    """The file that ``tongxing`` writes for a client of the sandbox; files are relative to it. The
    last four are for hubs that ask for more: ``dpop`` if the client's tokens are bound to keys,
    ``certificate`` and its key if the client shows one, ``authorities`` if the hub's own
    certificate is of an authority that this machine does not know."""

    hub: str
    audience: str
    client_id: str
    key: str
    dpop: bool = False
    certificate: str = ""
    certificate_key: str = ""
    authorities: str = ""

    def tls(self, directory: Path) -> ssl.SSLContext:
        file = directory / self.authorities if self.authorities else None
        context = ssl.create_default_context(cafile=file)
        if self.certificate:
            key = directory / self.certificate_key if self.certificate_key else None
            context.load_cert_chain(directory / self.certificate, key)
        return context


class Prover:
    """Proofs (DPoP, RFC 9449) with a key of this process: a token that is bound to it is worth
    nothing elsewhere."""

    def __init__(self) -> None:
        self._key = generate_private_key(SECP256R1())
        described = ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        self._jwk = {name: described[name] for name in ("kty", "crv", "x", "y")}

    def proof(self, request: httpx.Request, token: str | None = None) -> str:
        """For this one request, with its token."""
        claims = {
            "jti": str(uuid4()),
            "htm": request.method,
            "htu": str(request.url.copy_with(query=None, fragment=None)),
            "iat": int(time.time()),
        }
        if token is not None:
            digest = hashlib.sha256(token.encode("ascii")).digest()
            claims["ath"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
        headers = {"typ": "dpop+jwt", "jwk": self._jwk}
        return jwt.encode(claims, self._key, algorithm="ES256", headers=headers)


class HubAuth(httpx.Auth):
    """Puts an access token on each request, and gets a new one before the old one ends."""

    def __init__(self, file: Path) -> None:
        self.credentials = Credentials(**json.loads(file.read_text("utf-8")))
        key = load_pem_private_key((file.parent / self.credentials.key).read_bytes(), None)
        if not isinstance(key, EllipticCurvePrivateKey):
            raise SystemExit(f"{self.credentials.key} is no key on P-256")
        self._key, self._key_id = key, thumbprint(key)
        self._prover = Prover() if self.credentials.dpop else None
        self.tls = self.credentials.tls(file.parent)
        self._token, self._renewed_at = "", 0.0

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        if time.monotonic() >= self._renewed_at:
            answer = yield self._grant()
            await answer.aread()
            granted = answer.raise_for_status().json()
            lasts = granted["expires_in"] - RENEWED_BEFORE_SECONDS
            self._token, self._renewed_at = granted["access_token"], time.monotonic() + lasts
        request.headers["authorization"] = f"Bearer {self._token}"
        if self._prover is not None:
            request.headers["authorization"] = f"DPoP {self._token}"
            request.headers["dpop"] = self._prover.proof(request, self._token)
        yield request

    def _grant(self) -> httpx.Request:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self._assertion(),
        }
        request = httpx.Request("POST", f"{self.credentials.hub}/oauth/token", data=form)
        if self._prover is not None:
            request.headers["dpop"] = self._prover.proof(request)
        return request

    def _assertion(self) -> str:
        """RFC 7523: good for one token, within a minute."""
        at, client_id = int(time.time()), self.credentials.client_id
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": self.credentials.audience,
            "iat": at,
            "exp": at + ASSERTION_LASTS_SECONDS,
            "jti": str(uuid4()),
        }
        headers = {"kid": self._key_id, "typ": "client-authentication+jwt"}
        return jwt.encode(claims, self._key, algorithm="ES256", headers=headers)


def public_jwk(key: EllipticCurvePrivateKey) -> dict[str, str]:
    described = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {name: described[name] for name in ("crv", "kty", "x", "y")}


def thumbprint(key: EllipticCurvePrivateKey) -> str:
    """RFC 7638: under this id the hub finds every key that it registered."""
    canonical = json.dumps(public_jwk(key), sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


OPERATIONS = Path(__file__).parent.parent / "operations"
SHARED = "recognition.graphql"
LACKING = {"PERSISTED_DOCUMENT_NOT_FOUND", "MALFORMED_REQUEST"}
"""What a hub says that does not have a document, or is too old to know ``documentId``."""


def document_ids(operations: Path = OPERATIONS) -> dict[str, str]:
    """The ids of the documents that hubs have, by the names of their operations: the SHA-256 of the
    whole document, which is a file and the fragment that it shares with others."""
    shared, ids = (operations / SHARED).read_text("utf-8"), {}
    for file in operations.glob("*.graphql"):
        text = file.read_text("utf-8")
        found = re.search(r"^(?:query|mutation|subscription) (\w+)", text, re.MULTILINE)
        if found:
            whole = text + shared if "...Shown" in text else text
            ids[found[1]] = f"sha256:{hashlib.sha256(whole.encode()).hexdigest()}"
    return ids


class HubRefuses(Exception):
    """By the codes of the hub's errors."""

    def __init__(self, codes: list[str]) -> None:
        super().__init__(codes)
        self.codes = codes


class Hub(Client):
    """The generated client, with events over server-sent events in place of a WebSocket, and with
    ids in place of documents while the hub knows them."""

    def __init__(self, file: Path) -> None:
        auth = HubAuth(file)
        http = httpx.AsyncClient(
            auth=auth, timeout=PATIENCE_SECONDS, trust_env=False, verify=auth.tls
        )
        super().__init__(f"{auth.credentials.hub}/graphql", http_client=http)
        self._http = http
        self._ids = document_ids()

    async def execute(
        self,
        query: str,
        operation_name: str | None = None,
        variables: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> httpx.Response:
        asked, _, _ = self._process_variables(variables)
        if operation_name in self._ids:
            body = {"documentId": self._ids[operation_name], "variables": asked}
            answer = await self._http.post(self.url, json=body, **kwargs)
            if LACKING.isdisjoint(_codes(answer)):
                return answer
            self._ids.clear()
        return await super().execute(query, operation_name, variables, **kwargs)

    def get_data(self, response: httpx.Response) -> dict[str, Any]:
        """Errors of the hub have a code and two texts, whatever the status of the answer."""
        codes = _codes(response)
        if codes:
            raise HubRefuses(codes)
        return super().get_data(response)

    async def execute_ws(
        self,
        query: str,
        operation_name: str | None = None,
        variables: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[dict[str, Any]]:
        asked, _, _ = self._process_variables(variables)
        if operation_name in self._ids:
            body = {"documentId": self._ids[operation_name], "variables": asked}
            try:
                async for data in self._events(body, **kwargs):
                    yield data
            except HubRefuses as refused:
                if LACKING.isdisjoint(refused.codes):
                    raise
                self._ids.clear()
            else:
                return
        body = {"query": query, "operationName": operation_name, "variables": asked}
        async for data in self._events(body, **kwargs):
            yield data

    async def _events(self, body: dict[str, Any], **kwargs: Any) -> AsyncIterator[dict[str, Any]]:
        async with aconnect_sse(self._http, "POST", self.url, json=body, **kwargs) as stream:
            stream.response.raise_for_status()
            async for event in stream.aiter_sse():
                if event.event == "next":
                    yield self.get_data(httpx.Response(200, text=event.data))


def _codes(response: httpx.Response) -> list[str]:
    return [error["extensions"]["code"] for error in response.json().get("errors") or ()]
