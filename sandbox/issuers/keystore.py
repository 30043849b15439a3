"""An issuer's files: its keys, and the credential with which the hub authenticates to it.

Under ``<directory>/<issuer>/``: ``public_key.jwk`` and ``private_key.pem``, the key in use;
``retired_public_key.jwk`` and ``retired_private_key.pem``, a key it gave up, which a trust list may
name as revoked; ``credential``, the bearer token, and ``credential.next``, which is taken beside
it while the hub changes over. The national platform also reads ``hub_key.jwk``
and ``hub_key.<id>.jwk``, the public SM2 keys with which it checks the hub's requests; the hub's
side puts them there. An existing file is never written again.
"""

import hashlib
import json
import os
import secrets
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from tongxing.sandbox.issuers.signing import EdDsaSigner, Es256Signer, Signer, base64url
from tongxing.sandbox.issuers.sm2 import Sm2Signer, Sm2Verifier, make_private_pem, public_point
from tongxing.sandbox.town.records import IssuerName

Jwk = dict[str, str]
_COORDINATE_BYTES = 32
_CREDENTIAL_BYTES = 32


@dataclass(frozen=True, slots=True)
class Suite:
    """How one suite makes a private key (PEM), gives its public half, and loads it for signing."""

    make: Callable[[], bytes]
    public: Callable[[bytes], Jwk]
    load: Callable[[str, bytes], Signer]


def _make_es256() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _make_ed_dsa() -> bytes:
    key = ed25519.Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _public_es256(pem: bytes) -> Jwk:
    public = _load(pem).public_key().public_numbers()
    return _point("P-256", "ES256", public.x, public.y)


def _public_ed_dsa(pem: bytes) -> Jwk:
    public = _load(pem).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return {"kty": "OKP", "crv": "Ed25519", "x": base64url(public), "alg": "EdDSA"}


def _public_sm2(pem: bytes) -> Jwk:
    return _point("SM2", "SM2-SM3", *public_point(pem))


def _point(curve: str, suite: str, x: int, y: int) -> Jwk:
    return {
        "kty": "EC",
        "crv": curve,
        "x": base64url(x.to_bytes(_COORDINATE_BYTES)),
        "y": base64url(y.to_bytes(_COORDINATE_BYTES)),
        "alg": suite,
    }


def _load(pem: bytes) -> Any:
    """Any, because the library's own type is the union of all its kinds of keys."""
    return load_pem_private_key(pem, None)


_SUITES = {
    IssuerName.ZHENJIANG: Suite(
        _make_es256, _public_es256, lambda key_id, pem: Es256Signer(key_id, _load(pem))
    ),
    IssuerName.SUKANGMA: Suite(
        _make_ed_dsa, _public_ed_dsa, lambda key_id, pem: EdDsaSigner(key_id, _load(pem))
    ),
    IssuerName.NATIONAL: Suite(make_private_pem, _public_sm2, Sm2Signer),
}

_OTHER = {
    IssuerName.ZHENJIANG: IssuerName.SUKANGMA,
    IssuerName.SUKANGMA: IssuerName.ZHENJIANG,
    IssuerName.NATIONAL: IssuerName.ZHENJIANG,
}
"""The issuer whose key is borrowed to misbehave with another issuer's key."""


@dataclass(frozen=True, slots=True)
class Keys:
    """``forged`` has the key id of the key in use, but is another key."""

    current: Signer
    retired: Signer
    forged: Signer
    other_issuers: Signer | None
    secret: bytes


def ensure_issuer(directory: Path, issuer: IssuerName) -> Path:
    """Make the issuer's missing files and return their folder."""
    folder = directory / issuer
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _ensure_key(folder, issuer, "")
    _ensure_key(folder, issuer, "retired_")
    write_private(folder / CREDENTIAL, secrets.token_urlsafe(_CREDENTIAL_BYTES).encode())
    return folder


CREDENTIAL = "credential"
NEXT_CREDENTIAL = "credential.next"


def read_credentials(folder: Path) -> tuple[str, ...]:
    """The one in use, and the next beside it while the hub changes over."""
    files = (folder / CREDENTIAL, folder / NEXT_CREDENTIAL)
    return tuple(file.read_text(encoding="ascii") for file in files if file.exists())


def read_keys(directory: Path, issuer: IssuerName) -> Keys:
    folder = directory / issuer
    current = _read_key(folder, issuer, "")
    suite = _SUITES[issuer]
    other = _OTHER[issuer]
    has_other = (directory / other / "public_key.jwk").exists()
    return Keys(
        current=current,
        retired=_read_key(folder, issuer, "retired_"),
        forged=suite.load(current.key_id, suite.make()),
        other_issuers=_read_key(directory / other, other, "") if has_other else None,
        secret=hashlib.sha256((folder / "private_key.pem").read_bytes()).digest(),
    )


HUB_KEY = "hub_key.jwk"
LATER_HUB_KEYS = "hub_key.*.jwk"


def read_hub_keys(folder: Path) -> dict[str, Sm2Verifier]:
    """The hub's keys by their ids, the later ones beside the first: while the hub changes its key,
    requests come by both."""
    files = [file for file in (folder / HUB_KEY, *folder.glob(LATER_HUB_KEYS)) if file.exists()]
    jwks = [json.loads(file.read_bytes()) for file in files]
    return {jwk["kid"]: Sm2Verifier(_unpadded(jwk["x"]), _unpadded(jwk["y"])) for jwk in jwks}


def _ensure_key(folder: Path, issuer: IssuerName, prefix: str) -> None:
    """The public file is made from the private one on the disk, so that neither a crash between
    the two nor two processes at once can leave a pair that does not match."""
    private_path = folder / f"{prefix}private_key.pem"
    write_private(private_path, _SUITES[issuer].make())
    jwk = _SUITES[issuer].public(private_path.read_bytes())
    jwk["kid"] = f"{issuer}-{_thumbprint(jwk)[:8]}"
    write_private(folder / f"{prefix}public_key.jwk", json.dumps(jwk, indent=1).encode())


def _thumbprint(jwk: Jwk) -> str:
    """RFC 7638: SHA-256 over the required members, sorted, without spaces."""
    required = {member: jwk[member] for member in ("crv", "kty", "x", "y") if member in jwk}
    canonical = json.dumps(required, sort_keys=True, separators=(",", ":"))
    return base64url(hashlib.sha256(canonical.encode()).digest())


def _read_key(folder: Path, issuer: IssuerName, prefix: str) -> Signer:
    jwk = json.loads((folder / f"{prefix}public_key.jwk").read_bytes())
    return _SUITES[issuer].load(jwk["kid"], (folder / f"{prefix}private_key.pem").read_bytes())


def write_private(path: Path, content: bytes) -> None:
    """Only the owner can read it; an existing file stays as it is."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def _unpadded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
