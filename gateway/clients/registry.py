"""The seam of the client registry, and what is remembered of it for a few seconds."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from gateway.clients.client import Client

REMEMBERED_SECONDS = 5.0
"""How long a revoked client may still be taken for an active one, at most (promises: revocation
takes effect within 5 s under load)."""

REMEMBERED_CLIENTS = 4_096


class Clients(Protocol):
    """All that most of the hub needs: who is this?"""

    async def find(self, client_id: str) -> Client | None:
        """The active client of that id; None where there is none, or where it was revoked. Raises
        StorageUnavailable: whoever cannot be looked up is not let in."""
        ...


class ClientRegistry(Clients, Protocol):
    """``actor`` names who did it, in the audit log; each change is recorded with the change."""

    async def add(self, client: Client, *, actor: str, request_id: str) -> bool:
        """Whether ``client`` was added; False where its id was ever given before."""
        ...

    async def revoke(self, client_id: str, *, at: datetime, actor: str, request_id: str) -> bool:
        """Whether an active client was revoked; False where there was none of that id."""
        ...

    async def list(self) -> Sequence[Client]:
        """All clients that ever were, by id."""
        ...


class RememberedClients:
    """``find`` of another registry, at most once in REMEMBERED_SECONDS for each client.

    Who is not there is not remembered: a client that is added may ask at once, and made-up ids
    take no room. ``clock`` is monotonic, in seconds.
    """

    def __init__(self, clients: Clients, clock: Callable[[], float]) -> None:
        self._clients = clients
        self._clock = clock
        self._remembered: OrderedDict[str, tuple[float, Client]] = OrderedDict()

    async def find(self, client_id: str) -> Client | None:
        asked_at = self._clock()
        until, remembered = self._remembered.get(client_id, (asked_at, None))
        if asked_at < until:
            return remembered
        client = await self._clients.find(client_id)
        self._remembered.pop(client_id, None)
        if client is not None:
            self._remember(client, asked_at + REMEMBERED_SECONDS)
        return client

    def _remember(self, client: Client, until: float) -> None:
        """Counted from before the look-up began: what it found was true then, not later."""
        self._remembered[client.id] = (until, client)
        if len(self._remembered) > REMEMBERED_CLIENTS:
            self._remembered.popitem(last=False)
