"""What of a client's registration changed, in words of the audit log.

Refuses to tell a name, which is a text that a person wrote, and keys: each change of those is an
entry of its own.
"""

from collections.abc import Iterable, Iterator

from tongxing.gateway.storage.clients.registration import Client
from tongxing.schema import Purpose
from tongxing.schema.audit_words import ClientChange


def client_changes(before: Client, after: Client) -> Iterator[tuple[ClientChange, str | None]]:
    """What was added and removed, each kind in the order of its words."""
    if before.name != after.name:
        yield ClientChange.NAME_CHANGED, None
    for added, removed, was, now in (
        (
            ClientChange.REGION_ADDED,
            ClientChange.REGION_REMOVED,
            frozenset[str](before.regions),
            frozenset[str](after.regions),
        ),
        (
            ClientChange.SCOPE_ADDED,
            ClientChange.SCOPE_REMOVED,
            frozenset[str](before.scopes),
            frozenset[str](after.scopes),
        ),
        (
            ClientChange.PURPOSE_ADDED,
            ClientChange.PURPOSE_REMOVED,
            _names(before.purposes),
            _names(after.purposes),
        ),
        (ClientChange.RELAY_ADDED, ClientChange.RELAY_REMOVED, before.relays, after.relays),
    ):
        yield from ((added, each) for each in sorted(now - was))
        yield from ((removed, each) for each in sorted(was - now))


def _names(purposes: Iterable[Purpose]) -> frozenset[str]:
    return frozenset(each.name for each in purposes)
