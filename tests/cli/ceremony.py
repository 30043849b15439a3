"""Three people with root keys in files, and what they propose, sign and publish."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.conftest import Ran, Tongxing
from tests.keys.federation import instant
from tongxing.keys import base64url
from tongxing.keys.root_keys import RootKeys, encode_root_keys
from tongxing.keys.signing import Es256Signer

NOW = datetime.now(UTC)
ISSUER: Mapping[str, Any] = {
    "id": "zhenjiang",
    "name": {"zh": "镇江健康码", "en": "Zhenjiang health code"},
    "level": "city",
    "regions": ["321100"],
    "code_prefix": "ZJC1.",
}


def a_key(name: str, signer: Es256Signer, **other: Any) -> dict[str, Any]:
    return {
        "kid": name,
        "jwk": signer.public_key.to_jwk(),
        "not_before": instant(NOW - timedelta(days=30)),
        "not_after": instant(NOW + timedelta(days=30)),
        **other,
    }


@dataclass
class Ceremony:
    """At the directory in which commands are run."""

    tongxing: Tongxing
    directory: Path

    def __post_init__(self) -> None:
        self.issuer, self.other = Es256Signer.generate(), Es256Signer.generate()
        people = ("alice", "bob", "carol", "dave", "erin")
        self.signers = {name: Es256Signer.generate() for name in people}
        for name, signer in self.signers.items():
            file = self.directory / f"{name}.pem"
            file.write_bytes(signer.to_pem())
            file.chmod(0o600)
            jwk = {"kid": name, **signer.public_key.to_jwk()}
            (self.directory / f"{name}.json").write_text(json.dumps(jwk))
        self.roots = self.root_keys("alice", "bob", "carol")
        (self.directory / "root-keys.json").write_bytes(encode_root_keys(self.roots))

    def root_keys(self, *names: str, threshold: int = 2) -> RootKeys:
        return RootKeys(threshold, {name: self.signers[name].public_key for name in names})

    def draft(self, *keys: Mapping[str, Any], **other: Any) -> Mapping[str, Any]:
        issuer = {**ISSUER, "keys": list(keys) or [a_key("zj-1", self.issuer)]}
        return {"lasts_days": 90, "issuers": [issuer], **other}

    def root_draft(self, *names: str, threshold: int = 2) -> Mapping[str, Any]:
        return {"threshold": threshold, "keys": [f"{name}.json" for name in names]}

    def propose(self, draft: Mapping[str, Any], file: str = "proposal.json") -> Ran:
        written = self.directory / "draft.json"
        written.write_text(json.dumps(draft))
        (self.directory / file).unlink(missing_ok=True)
        return self.tongxing("trust", "root", "propose", written, file)

    def sign(self, name: str, *options: str, file: str = "proposal.json") -> Ran:
        key = f"{name}.pem"
        return self.tongxing("trust", "root", "sign", file, "--key", key, "--yes", *options)

    def signed(self, draft: Mapping[str, Any], *names: str, options: Sequence[str] = ()) -> bytes:
        """A proposal that these have signed."""
        assert self.propose(draft).status == 0
        for name in names:
            ran = self.sign(name, *options)
            assert ran.status == 0, ran.err
        return (self.directory / "proposal.json").read_bytes()

    def in_force(self, content: bytes) -> None:
        (self.directory / "trust-list.json").write_bytes(content)


def payload_of(content: bytes) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(base64url.decode(json.loads(content)["payload"]))
    return payload


def with_payload(content: bytes, payload: Mapping[str, Any]) -> bytes:
    """Changed on its way: the signatures stay."""
    encoded = base64url.encode(json.dumps(payload).encode())
    return json.dumps(json.loads(content) | {"payload": encoded}).encode()
