"""A hub's directory with a log, what the hub gives out of it, and a second machine beside it."""

import asyncio
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.signed_receipts import signed_receipt
from tests.storage.records import intent, outcome
from tongxing.gateway.operation.databases import open_database
from tongxing.gateway.operation.log_signing import log_origin
from tongxing.gateway.settings import Settings
from tongxing.gateway.settings_file import load_settings
from tongxing.gateway.storage.appending import SignedHead
from tongxing.gateway.storage.audit import AuditLog, Logged
from tongxing.gateway.storage.head_file import head_file_of
from tongxing.keys import HubSigner, base64url
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.state import HUB_ID

SOME_CLAIMS = """{"iss": "hub", "aud": "city-system", "iat": 1, "request": "r", "at": 1,
"region": "321100", "purpose": "ENTRY", "document": null, "code_issuer": null, "changes": [],
"exp": 4102444800, "color": "GREEN", "decision": "ADMIT", "rule": "rule", "decided_by": null,
"relaxed": false, "as_of": null, "policy": {"region": "321100", "version": 1, "digest": "d"},
"trust_list": 1, "sources": []}"""


@dataclass
class Hub:
    """``given``: every checkpoint that it has signed."""

    directory: Path
    given: list[SignedHead] = field(default_factory=list)
    logged: list[Logged] = field(default_factory=list)

    @property
    def settings_file(self) -> Path:
        return self.directory / "settings.toml"

    @property
    def settings(self) -> Settings:
        return load_settings(self.settings_file, {})

    @property
    def head_file(self) -> Path:
        return head_file_of(self.settings.database.file)

    @property
    def signer(self) -> HubSigner:
        return HubSigner.from_pem(self.settings.keys.hub.read_bytes())

    def answers(self, number: int, first: int = 0) -> None:
        """Records as the hub does, and signs them."""
        asyncio.run(self._answer(range(first, first + number)))

    async def _answer(self, numbers: Sequence[int]) -> None:
        signer = self.signer.log_signer(log_origin(HUB_ID))
        async with open_database(self.settings.database, signer=signer) as database:
            log = await AuditLog.open(database)
            for number in numbers:
                found = await log.append_unless(
                    lambda _: None, [outcome(number) if number % 2 else intent(number)]
                )
                assert found is not None
                self.logged += found
                self.given.append(found[-1].signed)

    def checkpoint(self, number: int = -1) -> Path:
        return self._file("checkpoint", self.given[number].checkpoint)

    def proof(self, number: int = -1) -> Path:
        logged = self.logged[number]
        return self._file("proof", logged.proof(logged.leaf).text())

    def receipt(self, number: int = -1, signer: HubSigner | None = None) -> Path:
        logged = self.logged[number]
        head = logged.signed.head
        mark = {"index": logged.index, "hash": logged.entry_hash}
        mark |= {"size": head.size, "root": base64url.encode(head.root)}
        if not head.origin.endswith("/audit"):
            mark["log"] = head.origin
        claims = json.loads(SOME_CLAIMS) | {"audit": mark}
        return self._file("receipt", signed_receipt(signer or self.signer, claims))

    def old_head(self) -> Path:
        """A copy of the file beside the database."""
        return self._file("head", self.head_file.read_text("utf-8"))

    def another_machine(self, name: str, database: str | None = None) -> "Hub":
        """With the keys and the settings, and nothing else."""
        directory = self.directory.parent / name
        directory.mkdir(mode=0o700)
        shutil.copytree(self.directory / "keys", directory / "keys")
        shutil.copy(self.settings_file, directory)
        other = Hub(directory)
        if database is not None:
            other.keep_in(database)
        return other

    def keep_in(self, database: str) -> None:
        lines = self.settings_file.read_text("utf-8").splitlines()
        kept = [line for line in lines if not line.startswith("database")]
        text = "\n".join([f'database = "{database}"', *kept])
        self.settings_file.write_text(text, "utf-8")

    def _file(self, name: str, text: str) -> Path:
        file = self.directory.parent / f"{name}-{len(list(self.directory.parent.iterdir()))}"
        file.write_text(text, "utf-8")
        return file


def hub_in(layout: Layout) -> Hub:
    return Hub(layout.directory)
