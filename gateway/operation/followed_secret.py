"""Secrets that the hub and an issuer share, in files that an operator replaces while the hub runs.

Responsible for a replaced file taking effect within seconds, and for going on with what was read
before if the new one cannot be used. Refuses to know what a secret is for.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from tongxing.gateway.operation.files import read_at_most
from tongxing.gateway.policy.told_again import ToldAgain

LOOK_SECONDS = 2.0
"""Between two looks, as at the trust list."""


SECRET_MAX_BYTES = 16 * 1024
"""Twice the longest secret. A longer file is none: MALFORMED."""


class SecretWatch(Protocol):
    def issuer_secret_replaced(self, issuer: str, file: str) -> None: ...

    def issuer_secret_refused(self, issuer: str, file: str, code: str) -> None:
        """UNREADABLE or MALFORMED; the one before goes on."""
        ...


@dataclass(slots=True)
class FollowedSecret:
    """``file`` says which of the issuer's secrets it is; ``held`` is its content as it was used
    last; ``take`` uses another one, or raises ValueError and goes on as before."""

    issuer: str
    file: str
    path: Path
    held: bytes = field(repr=False)
    take: Callable[[bytes], None]
    refused: str | None = None
    told: ToldAgain[tuple[str, bytes]] = field(default_factory=ToldAgain)

    async def look(self, watch: SecretWatch, at: datetime) -> None:
        """Use what is there now, or tell operators why not: as often as ``ToldAgain`` says."""
        content = b""
        try:
            content = await asyncio.to_thread(read_at_most, self.path, SECRET_MAX_BYTES)
            if content != self.held:
                self.take(content)
                self.held = content
                watch.issuer_secret_replaced(self.issuer, self.file)
            self.refused = None
        except OSError:
            self.refused = "UNREADABLE"
        except ValueError:
            self.refused = "MALFORMED"
        standing = None if self.refused is None else (self.refused, content)
        if self.told.is_due(standing, at) and self.refused is not None:
            watch.issuer_secret_refused(self.issuer, self.file, self.refused)


def are_refused(secrets: Iterable[FollowedSecret]) -> bool:
    """Whether any could not be used at its last look."""
    return any(secret.refused is not None for secret in secrets)


async def follow_secrets(
    secrets: Sequence[FollowedSecret], watch: SecretWatch, clock: Callable[[], datetime]
) -> None:
    """Look at all of them for as long as the hub runs. ``clock`` gives aware UTC times."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        for secret in secrets:
            await secret.look(watch, clock())
