"""The way to one issuer: a client for each of its addresses.

Responsible for one budget of repetitions, whatever they are sent for. Refuses to know what is
asked.
"""

from contextlib import AsyncExitStack
from functools import partial
from typing import Protocol

from tongxing.adapters.http_client import HttpClient
from tongxing.adapters.repeat_budget import RepeatBudget
from tongxing.adapters.replicas import Replicas
from tongxing.adapters.wire import Transport
from tongxing.gateway.settings import IssuerSettings
from tongxing.gateway.wiring.traces import Tracing


class IssuerWatch(Protocol):
    def issuer_fault(self, issuer: str, fault: str) -> None:
        """An exchange brought no readable answer."""
        ...

    def issuer_hedged(self, issuer: str) -> None:
        """A question went to a second replica as well."""
        ...


async def open_transport(
    issuer: IssuerSettings,
    credential: str,
    stack: AsyncExitStack,
    watch: IssuerWatch,
    tracing: Tracing | None,
) -> Transport:
    """Open until ``stack`` ends. Raises ValueError as HttpClient does."""
    on_fault, budget = partial(watch.issuer_fault, issuer.id), RepeatBudget()
    clients: list[Transport] = [
        await stack.enter_async_context(HttpClient(url, credential, on_fault, budget))
        for url in issuer.urls
    ]
    if tracing is not None:
        clients = [tracing.transport(client, issuer.id) for client in clients]
    if len(clients) == 1:
        return clients[0]
    return Replicas(clients, budget, partial(watch.issuer_hedged, issuer.id))
