"""Where the files of a sandbox's state directory are."""

from dataclasses import dataclass
from pathlib import Path

from tongxing.sandbox.town.records import IssuerName

ROOT_KEYS = ("root-1", "root-2")
"""Both must sign: a root key in the hands of one person would not be enough."""


@dataclass(frozen=True, slots=True)
class Layout:
    """``directory`` is the state directory; the file names are the settings' defaults."""

    directory: Path

    @property
    def settings(self) -> Path:
        return self.directory / "settings.toml"

    @property
    def database(self) -> Path:
        return self.directory / "tongxing.sqlite3"

    @property
    def hub_key(self) -> Path:
        return self.directory / "keys" / "hub.pem"

    @property
    def hub_public_key(self) -> Path:
        """For programs that check receipts."""
        return self.directory / "trust" / "hub-key.jwk"

    @property
    def checkpoint(self) -> Path:
        return self.directory / "clients" / "checkpoint.json"

    @property
    def sm2_key(self) -> Path:
        return self.directory / "keys" / "sm2.pem"

    @property
    def holder_key(self) -> Path:
        return self.directory / "keys" / "holder.key"

    @property
    def metrics_credential(self) -> Path:
        return self.directory / "keys" / "metrics.credential"

    @property
    def trust_list(self) -> Path:
        return self.directory / "trust" / "trust-list.json"

    @property
    def root_keys(self) -> Path:
        return self.directory / "trust" / "root-keys.json"

    @property
    def root_private_keys(self) -> tuple[Path, ...]:
        return tuple(self.directory / "root" / f"{name}.pem" for name in ROOT_KEYS)

    @property
    def issuers(self) -> Path:
        return self.directory / "issuers"

    @property
    def federation(self) -> Path:
        """The secrets of the synthetic members."""
        return self.issuers / "federation"

    @property
    def federation_policy(self) -> Path:
        return self.directory / "policies" / "321100.toml"

    @property
    def logs(self) -> Path:
        return self.directory / "logs"

    def issuer_credential(self, issuer: IssuerName) -> Path:
        return self.issuers / issuer / "credential"

    @property
    def hub_key_at_the_national_platform(self) -> Path:
        return self.issuers / IssuerName.NATIONAL / "hub_key.jwk"

    def client_key(self, client_id: str) -> Path:
        return self.directory / "clients" / client_id / "key.pem"

    def client_credentials(self, client_id: str) -> Path:
        return self.directory / "clients" / client_id / "credentials.json"
