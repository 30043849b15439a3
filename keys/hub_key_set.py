"""The keys of one hub, past and present, and what each of them is good for at a moment.

Responsible for the states of a key and for the only steps that lead from one to another. All of it
is pure: a step makes the next version of the set. Refuses to know private keys and where a set is
kept (``hub_key_statement`` signs one, ``hub_keys`` uses it).

    announced ─▶ signing ─▶ verifying ─▶ past ─▶ gone
        └─────────┴────────────┴──────────┴────▶ revoked
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum, unique

from tongxing.keys.suites import PublicKey, SuiteName

HEARS_WITHIN = timedelta(seconds=60)
"""A worker that has not heard of a new key may sign with the one before for so long: twice the
pause between two looks when news is lost (``gateway/storage/news.py``)."""

TOKEN_LIFETIME_MAX = timedelta(seconds=300)
"""That of an access token (``client_tokens``)."""

OVERLAP = HEARS_WITHIN + TOKEN_LIFETIME_MAX
"""After it every access token by the key before has ended by itself."""

RECEIPTS_COUNT_FOR = timedelta(days=30)
"""As long as a correction may be reported (``gateway/followup/corrections.py``)."""

HUB_KEYS_MAX = 24
"""Bounds a set to less than a JWS may be (``envelope``); beyond it the key that is gone for longest
is forgotten. Error: StepRefused."""


@unique
class HubKeyState(StrEnum):
    """ANNOUNCED: published, not used yet. SIGNING: the one in use. VERIFYING: replaced, its access
    tokens still count. PAST: its receipts still count. GONE: neither counts, and it is not
    published; the log's old checkpoints still name it. REVOKED: nothing counts that only it
    shows."""

    ANNOUNCED = "ANNOUNCED"
    SIGNING = "SIGNING"
    VERIFYING = "VERIFYING"
    PAST = "PAST"
    GONE = "GONE"
    REVOKED = "REVOKED"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedKey:
    """``certificate``: the word of the key before for this one; None for the first.
    ``log_certificate``: its own word for the key of the log that follows from it; None for SM2.
    ``replaced_at``: another key signs from then on; ``closed_at``: its access tokens end."""

    public_key: PublicKey
    certificate: str | None = None
    log_certificate: str | None = None
    announced_at: datetime
    signing_at: datetime | None = None
    replaced_at: datetime | None = None
    closed_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def key_id(self) -> str:
        return self.public_key.thumbprint()

    @property
    def suite(self) -> SuiteName:
        return self.public_key.suite

    @property
    def is_in_use(self) -> bool:
        used = self.signing_at is not None and self.replaced_at is None
        return used and self.revoked_at is None

    def state(self, at: datetime) -> HubKeyState:
        if self.revoked_at is not None:
            return HubKeyState.REVOKED
        if self.signing_at is None:
            return HubKeyState.ANNOUNCED if self.closed_at is None else HubKeyState.GONE
        if self.replaced_at is None:
            return HubKeyState.SIGNING
        if self.closed_at is not None and at < self.closed_at:
            return HubKeyState.VERIFYING
        ends = self.signs_until
        is_past = ends is not None and at < ends + RECEIPTS_COUNT_FOR
        return HubKeyState.PAST if is_past else HubKeyState.GONE

    @property
    def signs_until(self) -> datetime | None:
        """No worker has signed anything with it from then on; None while it signs."""
        return None if self.replaced_at is None else self.replaced_at + HEARS_WITHIN


@unique
class StepRefusal(StrEnum):
    """Why a step is not taken. The codes are stable."""

    NO_SUCH_KEY = "NO_SUCH_KEY"
    KNOWN_ALREADY = "KNOWN_ALREADY"
    NOT_ANNOUNCED = "NOT_ANNOUNCED"
    IN_USE = "IN_USE"
    NO_SUCCESSOR = "NO_SUCCESSOR"
    OVER_ALREADY = "OVER_ALREADY"
    TOO_MANY = "TOO_MANY"
    CLOCK_BEHIND = "CLOCK_BEHIND"


class StepRefused(ValueError):
    """The set stays as it is."""

    def __init__(self, code: StepRefusal) -> None:
        super().__init__(code.value)
        self.code = code


@dataclass(frozen=True, slots=True)
class HubKeySet:
    """``version`` only rises; version 0 is the one key of a hub that never changed it. ``founder``
    is the id of the key that the hub began with: its database belongs to that one
    (``gateway/storage/ownership.py``)."""

    hub_id: str
    founder: str
    version: int
    keys: tuple[StatedKey, ...]

    def in_use(self, suite: SuiteName) -> StatedKey | None:
        return next((key for key in self.keys if key.suite is suite and key.is_in_use), None)

    @property
    def signing(self) -> StatedKey:
        """The key that signs receipts, access tokens and, derived, the log's checkpoints."""
        found = self.in_use(SuiteName.ES256)
        if found is None:
            raise StepRefused(StepRefusal.NO_SUCCESSOR)
        return found

    def find(self, key_id: str) -> StatedKey:
        """Raises StepRefused."""
        found = next((key for key in self.keys if key.key_id == key_id), None)
        if found is None:
            raise StepRefused(StepRefusal.NO_SUCH_KEY)
        return found

    def in_states(self, states: frozenset[HubKeyState], at: datetime) -> tuple[StatedKey, ...]:
        """Those of ES256; the one that signs comes first."""
        found = [k for k in self.keys if k.suite is SuiteName.ES256 and k.state(at) in states]
        return tuple(sorted(found, key=lambda key: not key.is_in_use))


def announced(known: HubKeySet, key: StatedKey) -> HubKeySet:
    """``key`` is published from now on. Raises StepRefused."""
    if any(each.key_id == key.key_id for each in known.keys):
        raise StepRefused(StepRefusal.KNOWN_ALREADY)
    kept = _with_room(known.keys, key.announced_at)
    return replace(known, version=known.version + 1, keys=(*kept, key))


def _with_room(keys: tuple[StatedKey, ...], at: datetime) -> tuple[StatedKey, ...]:
    if len(keys) < HUB_KEYS_MAX:
        return keys
    over = next((key for key in keys if key.state(at) is HubKeyState.GONE), None)
    if over is None:
        raise StepRefused(StepRefusal.TOO_MANY)
    return tuple(key for key in keys if key is not over)


def used(known: HubKeySet, key_id: str, certificate: str | None, at: datetime) -> HubKeySet:
    """The announced key signs from ``at`` on, certified by the one that it replaces. Raises
    StepRefused."""
    key = known.find(key_id)
    if key.state(at) is not HubKeyState.ANNOUNCED:
        raise StepRefused(StepRefusal.NOT_ANNOUNCED)
    before = known.in_use(key.suite)
    changed = [replace(key, signing_at=at, certificate=certificate or key.certificate)]
    if before is not None:
        changed.append(replace(before, replaced_at=at, closed_at=at + OVERLAP))
    return _changed(known, changed)


def retired(known: HubKeySet, key_id: str, at: datetime) -> HubKeySet:
    """An announced key will not be used; the tokens of a replaced one end now. Raises
    StepRefused."""
    key = known.find(key_id)
    state = key.state(at)
    if state is HubKeyState.SIGNING:
        raise StepRefused(StepRefusal.IN_USE)
    if state not in (HubKeyState.ANNOUNCED, HubKeyState.VERIFYING):
        raise StepRefused(StepRefusal.OVER_ALREADY)
    return _changed(known, [replace(key, closed_at=at)])


def revoked(known: HubKeySet, key_id: str, at: datetime) -> HubKeySet:
    """Nothing that only this key shows counts from now on, whenever it was signed. If it is in use,
    the key that was announced last takes over. Raises StepRefused."""
    key = known.find(key_id)
    if key.revoked_at is not None:
        raise StepRefused(StepRefusal.OVER_ALREADY)
    if not key.is_in_use:
        return _changed(known, [replace(key, revoked_at=at)])
    heir = successor(known, key.suite, at)
    if heir is None:
        raise StepRefused(StepRefusal.NO_SUCCESSOR)
    # The word of a stolen key for its successor is worth nothing.
    return _changed(
        known,
        [
            replace(key, replaced_at=at, closed_at=at, revoked_at=at),
            replace(heir, signing_at=at, certificate=None),
        ],
    )


def successor(known: HubKeySet, suite: SuiteName, at: datetime) -> StatedKey | None:
    """The key that was announced last and waits to be used."""
    waiting = [
        key for key in known.keys if key.suite is suite and key.state(at) is HubKeyState.ANNOUNCED
    ]
    return waiting[-1] if waiting else None


def _changed(known: HubKeySet, changed: Sequence[StatedKey]) -> HubKeySet:
    new = {key.key_id: key for key in changed}
    keys = tuple(new.get(key.key_id, key) for key in known.keys)
    return replace(known, version=known.version + 1, keys=keys)
