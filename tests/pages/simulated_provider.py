"""An organization's OpenID Connect provider, as the other party: it answers over HTTP on this
machine, and can misbehave."""

import json
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey

from tongxing.keys import base64url

CLIENT_ID, SECRET = "tongxing", "secret-of-the-hub"
LONG_AGO = 946_684_800


def _key(key_id: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": key_id, "use": "sig", "alg": "ES256"})


@dataclass
class SimulatedProvider:
    """``person`` is who signs in next; ``claims`` change what it states, ``metadata`` what it says
    of itself. ``now`` is its clock."""

    url: str
    now: int
    person: str = "u-7"
    key: ECKey = field(default_factory=lambda: _key("k1"))
    named: ECKey | None = None
    claims: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    is_away: bool = False
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def rotate(self) -> None:
        self.key = _key("k2")

    def authorize(self, address: str) -> str:
        """The way back for a browser that came with ``address``."""
        parts = urlsplit(address)
        asked = dict(parse_qsl(parts.query, strict_parsing=True))
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.url}/authorize"
        assert asked["client_id"] == CLIENT_ID
        assert asked["response_type"] == "code"
        assert asked["scope"] == "openid"
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?code={code}&state={asked['state']}"

    def answer(self, method: str, path: str, body: str, authorization: str) -> tuple[int, object]:
        self.asked.append(path)
        if self.is_away:
            return 503, {}
        if path == "/.well-known/openid-configuration":
            return 200, self._stated()
        if path == "/jwks":
            return 200, {"keys": [(self.named or self.key).as_dict(private=False)]}
        return self._token(dict(parse_qsl(body, strict_parsing=True)), authorization)

    def _stated(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            **self.metadata,
        }

    def _token(self, form: dict[str, str], authorization: str) -> tuple[int, object]:
        assert b64decode(authorization.removeprefix("Basic ")).decode() == f"{CLIENT_ID}:{SECRET}"
        asked = self.codes.pop(form["code"], None)
        challenge = base64url.encode(sha256(form["code_verifier"].encode()).digest())
        if (
            asked is None
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != form["redirect_uri"]
        ):
            return 400, {"error": "invalid_grant"}
        claims = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "sub": self.person,
            "nonce": asked["nonce"],
            "iat": self.now,
            "exp": self.now + 300,
            **self.claims,
        }
        head = {"alg": "ES256", "kid": self.key.kid}
        return 200, {"id_token": jwt.encode(head, claims, self.key, algorithms=["ES256"])}


@contextmanager
def provider_at(now: int) -> Iterator[SimulatedProvider]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("content-length", 0))
            body = self.rfile.read(length).decode()
            status, content = provider.answer(
                self.command, self.path, body, self.headers.get("authorization", "")
            )
            octets = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(octets)))
            self.end_headers()
            self.wfile.write(octets)

        do_GET = do_POST = _answer  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider = SimulatedProvider(f"http://127.0.0.1:{server.server_port}", now)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()


def state_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["state"][0]
