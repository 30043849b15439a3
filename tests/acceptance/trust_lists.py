"""Trust lists made by hand, signed by as many of a state's root keys as one likes."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.acceptance.forging import SigningKey, base64url, encoded
from tongxing.sandbox.provisioning.layout import Layout

HEADER = {"alg": "ES256", "typ": "tongxing-trust-list+jws"}

Payload = dict[str, Any]


def root_keys(layout: Layout) -> list[SigningKey]:
    return [SigningKey.from_pem(path.read_bytes()) for path in layout.root_private_keys]


def payload_of(layout: Layout) -> Payload:
    """What the state's present list says."""
    text = json.loads(layout.trust_list.read_bytes())["payload"]
    payload: Payload = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return payload


def changed(payload: Payload, *, by: int, **members: object) -> Payload:
    """``payload`` with a version ``by`` higher."""
    return payload | {"version": payload["version"] + by} | members


def lasting(payload: Payload, seconds: float) -> Payload:
    """The next version, that ends so many seconds from now (has ended, if negative)."""
    ends = datetime.now(UTC) + timedelta(seconds=seconds)
    begins = ends - timedelta(hours=1)
    return changed(payload, by=1, issued_at=instant(begins), expires_at=instant(ends))


def key_of_unknown_suite() -> dict[str, object]:
    """As an issuer lists it that is ahead of this program; valid today."""
    now = datetime.now(UTC)
    return {
        "kid": "next",
        "suite": "ML-DSA-65",
        "jwk": {"kty": "AKP", "alg": "ML-DSA-65", "pub": "AA"},
        "not_before": instant(now - timedelta(days=1)),
        "not_after": instant(now + timedelta(days=1)),
    }


def instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def signed(payload: Mapping[str, object], signers: Sequence[SigningKey]) -> bytes:
    text = encoded(payload)
    return json.dumps({"payload": text, "signatures": [_by(s, text) for s in signers]}).encode()


def _by(signer: SigningKey, text: str) -> dict[str, str]:
    protected = encoded({**HEADER, "kid": signer.key_id})
    return {
        "protected": protected,
        "signature": base64url(signer.sign(f"{protected}.{text}".encode())),
    }


def put(layout: Layout, content: bytes) -> None:
    """In one step, as a careful operator does."""
    beside = layout.trust_list.with_suffix(".new")
    beside.write_bytes(content)
    beside.chmod(0o600)
    beside.replace(layout.trust_list)
