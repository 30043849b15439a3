"""A directory of policies, those who sign for it, and an operator who writes into it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.policy.test_policy_files import PLAIN
from tongxing.gateway.policy.directory import PolicyDirectory
from tongxing.gateway.policy.published import signatures_path
from tongxing.gateway.storage import Database, Facts
from tongxing.keys import RootKeys
from tongxing.keys.detached_signatures import add_signature
from tongxing.keys.signing import Es256Signer

AT = datetime(2020, 3, 9, 2, 0, tzinfo=UTC)
ANNA, BO, STRANGER = (Es256Signer.generate() for _ in range(3))
KEYS = RootKeys(1, {signer.key_id: signer.public_key for signer in (ANNA, BO)})

SECOND = (
    PLAIN.replace("version = 1\n", "version = 2\nreplaces = 1\n")
    .replace("2020-02-27T00:00:00", "2020-03-09T10:00:00")
    .replace("2020-03-01T00:00:00", "2020-03-12T00:00:00")
)
"""Announced in the very moment AT, in force from 12 March, midnight in Beijing."""


def put(directory: Path, name: str, text: str, *signers: Es256Signer) -> None:
    """As ``tongxing policy publish`` does it: the signatures first."""
    file, content = directory / name, text.encode()
    signatures = None
    for signer in signers:
        signatures = add_signature(content, signatures, signer)
    if signatures is not None:
        signatures_path(file).write_bytes(signatures)
    file.write_bytes(content)


@dataclass
class Heard:
    """What the directory told operators, and a clock that stands still."""

    at: datetime = AT
    replaced: list[int] = field(default_factory=list)
    refused: list[tuple[str, str | None, str | None]] = field(default_factory=list)

    def policies_replaced(self, number: int) -> None:
        self.replaced.append(number)

    def policies_refused(self, code: str, file: str | None, region: str | None) -> None:
        self.refused.append((code, file, region))


async def opened(
    directory: Path, database: Database, heard: Heard, keys: RootKeys | None = KEYS
) -> PolicyDirectory:
    return await PolicyDirectory.open(
        directory, keys=keys, facts=Facts(database), watch=heard, clock=lambda: heard.at
    )
