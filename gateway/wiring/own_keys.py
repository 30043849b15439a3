"""What becomes of a client's request to change its own key: the registry, the log, the answer."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from tongxing.gateway.errors import ErrorCode
from tongxing.gateway.storage.audit import AdministrationRecord
from tongxing.gateway.storage.clients import Client, ClientRegistry
from tongxing.gateway.storage.clients.key_changes import (
    Changed,
    KeyRefusal,
    Rotation,
    with_key_ended,
)
from tongxing.keys.key_requests import KeyChange, KeyEnd
from tongxing.keys.token_check import ClientKey
from tongxing.schema.audit_words import AdministrativeAction

_CODES = {
    KeyRefusal.NOT_NEW: ErrorCode.KEY_NOT_NEW,
    KeyRefusal.TOO_MANY: ErrorCode.TOO_MANY_KEYS,
    KeyRefusal.TOO_OFTEN: ErrorCode.TOO_MANY_KEYS,
    KeyRefusal.LAST_KEY: ErrorCode.LAST_KEY,
    KeyRefusal.UNKNOWN_KEY: ErrorCode.UNAUTHENTICATED,
}


class _Act(NamedTuple):
    make: Callable[[Client], Changed]
    action: AdministrativeAction
    thumbprint: str


def _changing(asked: KeyChange, at: datetime) -> _Act:
    signed_by = asked.request.signed_by.public_key.thumbprint()
    rotation = Rotation(new=asked.new, old=frozenset({signed_by}), at=at, overlap=asked.overlap)
    action = AdministrativeAction.CLIENT_KEY_ADDED
    if not asked.overlap:
        action = AdministrativeAction.CLIENT_KEY_REPLACED
    return _Act(rotation.by_the_client, action, asked.new.key_id)


def _ending(asked: KeyEnd, at: datetime) -> _Act:
    thumbprint = asked.request.signed_by.public_key.thumbprint()
    make = partial(with_key_ended, name=thumbprint, at=at)
    return _Act(make, AdministrativeAction.CLIENT_KEY_ENDED, thumbprint)


class OwnKeys:
    """A key puts in the one that follows it, and ends itself; it touches no other key of its
    client, which may be on another machine and in other hands."""

    def __init__(self, registry: ClientRegistry) -> None:
        self._registry = registry

    async def change(
        self, asked: KeyChange | KeyEnd, at: datetime, request_id: str
    ) -> Sequence[ClientKey] | ErrorCode:
        """The keys of the client from now on. Raises StorageUnavailable."""
        act = _changing(asked, at) if isinstance(asked, KeyChange) else _ending(asked, at)
        client_id = asked.request.client_id
        record = AdministrationRecord(
            at=at,
            request_id=request_id,
            client_id=client_id,
            action=act.action,
            actor=client_id,
            client_key=act.thumbprint,
        )
        made = await self._registry.change(act.make, record)
        if made is None:
            return ErrorCode.UNAUTHENTICATED
        return made.keys_at(at) if isinstance(made, Client) else _CODES[made]
