"""How the keys of a client change under the same id. Pure: a client and a moment in, a client out.

Responsible for a new key beside the earlier ones, for their end, and for the bounds of both. The
end of a key only comes nearer: who rotates again does not lengthen it. Refuses to know who asks: an
operator's command and a client's own request come to the same functions.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum, unique

from tongxing.gateway.storage.clients.registered_key import RegisteredKey
from tongxing.gateway.storage.clients.registration import KEYS_MAX, Client
from tongxing.keys.token_check import ClientKey

OWN_CHANGES_A_DAY = 8
"""Keys that a client may put in by itself in 24 hours: enough for a rotation on each of its
machines, and too few to fill the log. Refused as TOO_OFTEN."""

LISTED_AFTER_END = timedelta(days=1)
"""How long a key that ended stays in the registry: longer than any token lives that was got with
it, and as long as ``OWN_CHANGES_A_DAY`` counts."""


@unique
class KeyRefusal(StrEnum):
    """NOT_NEW: the client has this key, or had it lately. TOO_MANY: ``KEYS_MAX`` that have not
    ended. LAST_KEY: no other key would stay. UNKNOWN_KEY: it has no such key, or no longer has
    it."""

    NOT_NEW = "NOT_NEW"
    TOO_MANY = "TOO_MANY"
    TOO_OFTEN = "TOO_OFTEN"
    LAST_KEY = "LAST_KEY"
    UNKNOWN_KEY = "UNKNOWN_KEY"


Changed = Client | KeyRefusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """``new`` counts from ``at`` on, and each key of ``old`` ends ``at`` plus ``overlap``; ``old``
    are key ids or thumbprints, or None for all that the client has. Nothing ends if it is empty."""

    new: ClientKey
    old: frozenset[str] | None
    at: datetime
    overlap: timedelta

    def of(self, client: Client) -> Changed:
        """By an operator."""
        unknown = (self.old or frozenset()) - _names(client.keys_at(self.at))
        return KeyRefusal.UNKNOWN_KEY if unknown else self._made(client, by_client=False)

    def by_the_client(self, client: Client) -> Changed:
        """The one key of ``old`` has signed for it. If the answer was lost and it comes again, it
        is told the same."""
        if not (self.old or frozenset()) <= _names(client.keys_at(self.at)):
            return KeyRefusal.UNKNOWN_KEY
        if is_there(client, self.new, self.at):
            return client
        if own_changes(client, self.at) >= OWN_CHANGES_A_DAY:
            return KeyRefusal.TOO_OFTEN
        return self._made(client, by_client=True)

    def _made(self, client: Client, *, by_client: bool) -> Changed:
        if self.new.key_id in _names(client.keys) or _thumbprint(self.new) in _names(client.keys):
            return KeyRefusal.NOT_NEW
        added = RegisteredKey(
            key_id=self.new.key_id,
            public_key=self.new.public_key,
            since=self.at,
            by_client=by_client,
        )
        ended = _ended(client, self._is_old, self.at + self.overlap)
        changed = _tidied(replace(client, keys=(*ended.keys, added)), self.at)
        if len(changed.keys_at(self.at)) > KEYS_MAX:
            return KeyRefusal.TOO_MANY
        return changed

    def _is_old(self, key: ClientKey) -> bool:
        return self.old is None or not self.old.isdisjoint((key.key_id, _thumbprint(key)))


def with_key_ended(client: Client, name: str, at: datetime) -> Changed:
    """``client`` without the key of that id or thumbprint from ``at`` on."""
    if name not in _names(client.keys_at(at)):
        return KeyRefusal.UNKNOWN_KEY
    ended = _ended(client, lambda key: name in (key.key_id, _thumbprint(key)), at)
    if all(key.ends_at is not None for key in ended.keys):
        return KeyRefusal.LAST_KEY
    return _tidied(ended, at)


def is_there(client: Client, new: ClientKey, at: datetime) -> bool:
    """Whether ``new`` was put in by the client itself and counts at ``at``."""
    thumbprint = _thumbprint(new)
    return any(key.by_client and _thumbprint(key) == thumbprint for key in client.keys_at(at))


def own_changes(client: Client, at: datetime) -> int:
    """In the 24 hours before ``at``."""
    since = at - LISTED_AFTER_END
    return sum(key.by_client and key.since is not None and key.since > since for key in client.keys)


def _ended(client: Client, is_meant: Callable[[ClientKey], bool], ends_at: datetime) -> Client:
    def ended(key: RegisteredKey) -> RegisteredKey:
        if not is_meant(key):
            return key
        return replace(key, ends_at=min(ends_at, key.ends_at or ends_at))

    return replace(client, keys=tuple(map(ended, client.keys)))


def _tidied(client: Client, at: datetime) -> Client:
    """Without those that ended a day ago."""
    before = at - LISTED_AFTER_END
    kept = (key for key in client.keys if key.ends_at is None or key.ends_at > before)
    return replace(client, keys=tuple(kept))


def _names(keys: tuple[RegisteredKey, ...]) -> frozenset[str]:
    return frozenset(name for key in keys for name in (key.key_id, _thumbprint(key)))


def _thumbprint(key: ClientKey) -> str:
    return key.public_key.thumbprint()
