"""Changes the key of one client system, by itself: makes a new key, has the old one vouch for it,
tries it, and puts its file in the place of the old one.

    rotate.py CREDENTIALS [SECONDS]

The old key counts for SECONDS (an hour unless said otherwise), for programs that have read it. What
was interrupted goes on when it is run again: the new key waits in a file beside the old one.
"""

import json
import os
import sys
import time
from pathlib import Path
from uuid import uuid4

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from hub import (
    ASSERTION_LASTS_SECONDS,
    ASSERTION_TYPE,
    PATIENCE_SECONDS,
    Credentials,
    public_jwk,
    thumbprint,
)

OVERLAP_SECONDS = 3_600
UNAUTHORIZED = 401


class Rotation:
    def __init__(self, file: Path) -> None:
        self.credentials = Credentials(**json.loads(file.read_text("utf-8")))
        self.key_file = file.parent / self.credentials.key
        self.next_file = self.key_file.with_name(f"{self.key_file.name}.next")
        self.http = httpx.Client(
            base_url=self.credentials.hub, timeout=PATIENCE_SECONDS, trust_env=False
        )

    def run(self, overlap: int) -> None:
        if not self.next_file.exists():
            _write_new_key(self.next_file)
        old, new = _read(self.key_file), _read(self.next_file)
        request = self._change(old, new, overlap)
        answer = self.http.post("/oauth/client-key", data={"request": request})
        # The old key may have ended, if an earlier run was interrupted; the new one says so.
        if answer.status_code not in (httpx.codes.OK, UNAUTHORIZED):
            raise SystemExit(f"the hub refuses: {answer.text}")
        if not self._gets_a_token(new):
            raise SystemExit("the hub does not take the new key; the old one stays in its place")
        self.next_file.replace(self.key_file)
        keys = answer.json().get("keys", [])
        print(json.dumps({"act": "rotate", "kid": thumbprint(new), "keys": keys}), flush=True)

    def _change(
        self, old: EllipticCurvePrivateKey, new: EllipticCurvePrivateKey, overlap: int
    ) -> str:
        """Signed by the old key, around a proof that is signed by the new one."""
        jti = str(uuid4())
        proven = {"jkt": thumbprint(new), "replaces": thumbprint(old)}
        proof = self._signed(new, "client-key-proof+jwt", jti, **proven)
        asked = {"jwk": public_jwk(new), "proof": proof, "overlap": overlap}
        return self._signed(old, "client-key-change+jwt", jti, **asked)

    def _gets_a_token(self, key: EllipticCurvePrivateKey) -> bool:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self._signed(key, "client-authentication+jwt", str(uuid4())),
        }
        return self.http.post("/oauth/token", data=form).is_success

    def _signed(self, key: EllipticCurvePrivateKey, typ: str, jti: str, **more: object) -> str:
        at, client_id = int(time.time()), self.credentials.client_id
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": self.credentials.audience,
            "iat": at,
            "exp": at + ASSERTION_LASTS_SECONDS,
            "jti": jti,
            **more,
        }
        headers = {"kid": thumbprint(key), "typ": typ}
        return jwt.encode(claims, key, algorithm="ES256", headers=headers)


def _write_new_key(file: Path) -> None:
    """In one step: half a key must not be found there after a crash."""
    pem = generate_private_key(SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    half = file.with_name(f"{file.name}.half")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as writing:
        writing.write(pem)
        writing.flush()
        os.fsync(writing.fileno())
    half.replace(file)


def _read(file: Path) -> EllipticCurvePrivateKey:
    key = load_pem_private_key(file.read_bytes(), None)
    if not isinstance(key, EllipticCurvePrivateKey):
        raise SystemExit(f"{file} is no key on P-256")
    return key


if __name__ == "__main__":
    _program, credentials_file, *seconds = sys.argv
    Rotation(Path(credentials_file)).run(int(seconds[0]) if seconds else OVERLAP_SECONDS)
