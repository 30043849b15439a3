"""The members of the synthetic federation: their names, and what each of them holds secret.

A member is arithmetic, like its people: everything follows from its number and one secret file, so
340 of them take no files of their own but the two that a hub asks for. Under ``<directory>``:
``secret``, 32 bytes; ``credential``, the bearer token, one for all; ``<id>.filter-key``, 32 bytes
that the member and the hub agreed on when they were connected.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tongxing.sandbox.issuers.keystore import write_private
from tongxing.sandbox.issuers.signing import EdDsaSigner, base64url, derived_ed25519

PROVINCES = (
    "11 12 13 14 15 21 22 23 31 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65"
).split()
"""All that issue codes in GB/T 2260 but Jiangsu, whose issuer is one of the three reference
issuers."""

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Member:
    """The first members speak for a province each, the others for a city."""

    number: int

    @property
    def id(self) -> str:
        return f"member-{self.number:03d}"

    @property
    def level(self) -> str:
        return "province" if self.number <= len(PROVINCES) else "city"

    @property
    def region(self) -> str:
        """GB/T 2260 in form; not every city in it exists."""
        row, column = divmod(self.number - 1, len(PROVINCES))
        return f"{PROVINCES[column]}{row:02d}00"

    @property
    def names(self) -> Mapping[str, str]:
        return {"zh": f"成员{self.number}健康码（示例）", "en": f"Member {self.number} (example)"}

    @property
    def code_prefix(self) -> str:
        """Of codes that nobody shows: a member is asked by document."""
        return f"{self.id}:"


@dataclass(frozen=True, slots=True)
class Secrets:
    """Of one member."""

    signer: EdDsaSigner
    forged: EdDsaSigner
    filter_key: bytes = field(repr=False)


def members(count: int) -> Sequence[Member]:
    return [Member(number) for number in range(1, count + 1)]


def ensure_members(directory: Path, wanted: Sequence[Member]) -> None:
    """Make the missing files of ``wanted``."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(directory / "secret", secrets.token_bytes(SECRET_BYTES))
    write_private(credential_file(directory), secrets.token_urlsafe(SECRET_BYTES).encode())
    root = _root(directory)
    for member in wanted:
        write_private(filter_key_file(directory, member), _derived(root, "filter", member))


def credential_file(directory: Path) -> Path:
    return directory / "credential"


def filter_key_file(directory: Path, member: Member) -> Path:
    return directory / f"{member.id}.filter-key"


def secrets_of(directory: Path, member: Member) -> Secrets:
    root = _root(directory)
    key_id = str(public_jwk(directory, member)["kid"])
    return Secrets(
        EdDsaSigner(key_id, derived_ed25519(_derived(root, "key", member))[0]),
        EdDsaSigner(key_id, derived_ed25519(_derived(root, "forged", member))[0]),
        filter_key_file(directory, member).read_bytes(),
    )


def public_jwk(directory: Path, member: Member) -> Mapping[str, str]:
    """RFC 8037; the key id is the member's and eight characters of its thumbprint (RFC 7638)."""
    _, public = derived_ed25519(_derived(_root(directory), "key", member))
    jwk = {"crv": "Ed25519", "kty": "OKP", "x": base64url(public)}
    canonical = json.dumps(jwk, sort_keys=True, separators=(",", ":"))
    thumbprint = base64url(hashlib.sha256(canonical.encode()).digest())
    return jwk | {"alg": "EdDSA", "kid": f"{member.id}-{thumbprint[:8]}"}


def _root(directory: Path) -> bytes:
    return (directory / "secret").read_bytes()


def _derived(root: bytes, use: str, member: Member) -> bytes:
    return hmac.digest(root, f"{use}\0{member.id}".encode(), "sha256")
