"""The keys of this hub, as this process uses them: what it signs with, and whose word it takes.

Responsible for which set is the current one: its version only rises, and it is signed by a key
whose private half lies on this machine, or by the one that signed until now. A database that holds
sets for many machines is believed no more than a file (docs/invariants.md §11). Refuses to read
files and databases: the gateway brings private keys and statements.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType

from tongxing.keys.hub_key_set import HubKeySet, HubKeyState, StatedKey
from tongxing.keys.hub_key_statement import InvalidStatement, read_key_set
from tongxing.keys.log_key import InvalidLogKey, certify_log_key, verify_log_key
from tongxing.keys.signed_note import VerifierKey
from tongxing.keys.signing import HubSigner, LogSigner, Sm2Signer
from tongxing.keys.suites import PublicKey, SuiteName

THE_BEGINNING = datetime.fromtimestamp(0, UTC)
"""Since when the one key of a hub counts that never changed it."""

FOR_TOKENS = frozenset({HubKeyState.ANNOUNCED, HubKeyState.SIGNING, HubKeyState.VERIFYING})
"""Announced ones too: another worker may have heard earlier that one is in use."""

FOR_RECEIPTS = FOR_TOKENS | {HubKeyState.PAST}
PUBLISHED = FOR_RECEIPTS
FOR_THE_LOG = FOR_RECEIPTS | {HubKeyState.GONE}


class NoSigningKey(Exception):
    """The key that the hub signs with is not on this machine, and the one before has ended."""


@dataclass(frozen=True, slots=True)
class HeldKeys:
    """The private keys on this machine, by their ids. ``first`` and ``first_sm2`` are those that
    the settings name; None if their file is gone, because another key has taken their place."""

    hub: Mapping[str, HubSigner] = field(repr=False)
    sm2: Mapping[str, Sm2Signer] = field(repr=False)
    first: str | None
    first_sm2: str | None

    @classmethod
    def only(cls, hub: HubSigner) -> "HeldKeys":
        return cls(MappingProxyType({hub.key_id: hub}), MappingProxyType({}), hub.key_id, None)


class HubKeys:
    """``log_origin`` is the first name of the log; ``clock`` gives aware UTC times. ``take`` is
    called in one thread; a set is replaced as a whole, so that readers need no lock."""

    def __init__(
        self, hub_id: str, log_origin: str, held: HeldKeys, clock: Callable[[], datetime]
    ) -> None:
        self._hub_id = hub_id
        self.first_log_name = log_origin
        self._log_name = log_origin
        self._clock = clock
        self._current: HubKeySet | None = None
        self._log_keys: dict[str, VerifierKey] = {}
        self._log_signers: dict[str, LogSigner] = {}
        self._certificates: dict[str, str] = {}
        self._in_use: HubSigner | None = None
        self._first: HubKeySet | None = None
        self.held = held
        self.hold(held)

    def hold(self, held: HeldKeys) -> None:
        """From now on these private keys lie on this machine. A process keeps the key that it signs
        with, also if its file is gone: it is missed at the next start."""
        self.held = held
        self._first = self._first_set() or self._first
        self._in_use = self._held_in_use()

    def name_log(self, name: str) -> None:
        """The log goes on as ``name`` (``gateway/storage/log_names.py``)."""
        if name != self._log_name:
            self._log_name = name
            self._log_keys, self._log_signers, self._certificates = {}, {}, {}

    def _held_in_use(self) -> HubSigner | None:
        current = self._current or self._first
        if current is None:
            return None
        in_use = current.signing.key_id
        if self._in_use is not None and self._in_use.key_id == in_use:
            return self._in_use
        return self.held.hub.get(in_use)

    @classmethod
    def of_one(cls, signer: HubSigner, hub_id: str, clock: Callable[[], datetime]) -> "HubKeys":
        """Of a hub that never changed its key and has no log."""
        return cls(hub_id, hub_id, HeldKeys.only(signer), clock)

    @property
    def current(self) -> HubKeySet:
        """Raises NoSigningKey if there is none: nothing is stated, and the first key is gone."""
        current = self._current or self._first
        if current is None:
            raise NoSigningKey
        return current

    def _first_set(self) -> HubKeySet | None:
        first = self.held.first
        if first is None:
            return None
        keys = [self.described(self.held.hub[first], since=THE_BEGINNING)]
        return HubKeySet(self._hub_id, first, 0, tuple(keys))

    def described(self, signer: HubSigner, *, since: datetime) -> StatedKey:
        """A key that signs since then and that no other one vouches for."""
        return StatedKey(
            public_key=signer.public_key,
            log_certificate=self.log_certificate(signer),
            announced_at=since,
            signing_at=since,
        )

    def log_certificate(self, signer: HubSigner) -> str:
        return certify_log_key(signer, self._hub_id, self.log_signer_of(signer).verifier)

    def read(self, unverified: str) -> HubKeySet:
        """What a statement says that this process may believe. Raises InvalidStatement."""
        held = {key_id: signer.public_key for key_id, signer in self.held.hub.items()}
        until_now = self._current
        if until_now is not None:
            signing = until_now.signing
            held[signing.key_id] = signing.public_key
        for key in until_now.keys if until_now is not None else ():
            if key.revoked_at is not None:
                held.pop(key.key_id, None)
        return read_key_set(unverified, self._hub_id, held)

    def take(self, unverified: str) -> bool:
        """Whether the statement is newer than what is used; then it is used from now on. Raises
        InvalidStatement."""
        stated = self.read(unverified)
        if self._current is not None and stated.version <= self._current.version:
            return False
        self._current = stated
        self._in_use = self._held_in_use()
        return True

    @property
    def signer(self) -> HubSigner:
        """The private key to sign with: the one in use, or the one before it as long as that
        counts, if the new one is not on this machine. Raises NoSigningKey."""
        if self._in_use is not None:
            return self._in_use
        for key in self.current.in_states(frozenset({HubKeyState.VERIFYING}), self._clock()):
            if key.key_id in self.held.hub:
                return self.held.hub[key.key_id]
        raise NoSigningKey

    @property
    def is_behind(self) -> bool:
        """Whether the key in use is not on this machine."""
        return self._in_use is None

    def log_signer(self) -> LogSigner:
        """The same one as long as the key is the same. Raises NoSigningKey."""
        return self.log_signer_of(self.signer)

    def log_signer_of(self, signer: HubSigner) -> LogSigner:
        if signer.key_id not in self._log_signers:
            self._log_signers[signer.key_id] = signer.log_signer(self._log_name)
        return self._log_signers[signer.key_id]

    @property
    def sm2(self) -> Sm2Signer:
        """The key for requests to the national platform. If the one in use is not on this machine,
        one that is: the platform may still take it, and refuses for itself alone. Raises
        NoSigningKey if there is none at all."""
        in_use = self.current.in_use(SuiteName.SM2_SM3)
        wanted = self.held.first_sm2 if in_use is None else in_use.key_id
        for key_id in (wanted, self.held.first_sm2, *self.held.sm2):
            if key_id is not None and key_id in self.held.sm2:
                return self.held.sm2[key_id]
        raise NoSigningKey

    def sign_jws(self, typ: str, claims: Mapping[str, object]) -> str:
        """As ``HubSigner``."""
        return self.signer.sign_jws(typ, claims)

    def sign_jws_over(self, typ: str, claims: bytes) -> str:
        """As ``HubSigner``."""
        return self.signer.sign_jws_over(typ, claims)

    def of_tokens(self) -> tuple[PublicKey, ...]:
        return self._public(FOR_TOKENS)

    def tokens_change_at(self, at: datetime) -> datetime | None:
        """When the next key ends by which access tokens count, if no other set is taken before."""
        keys = self.current.in_states(frozenset({HubKeyState.VERIFYING}), at)
        return min((key.closed_at for key in keys if key.closed_at is not None), default=None)

    def find(self, key_id: str) -> StatedKey | None:
        return next((key for key in self.current.keys if key.key_id == key_id), None)

    def published(self) -> tuple[StatedKey, ...]:
        """The one in use first. Each vouches for its log under the present name, if it lies here:
        a statement keeps the name of its day."""
        return tuple(map(self._certified, self.current.in_states(PUBLISHED, self._clock())))

    def _certified(self, key: StatedKey) -> StatedKey:
        held = self.held.hub.get(key.key_id)
        if held is None or log_key_of(key).name == self._log_name:
            return key
        if key.key_id not in self._certificates:
            self._certificates[key.key_id] = self.log_certificate(held)
        return replace(key, log_certificate=self._certificates[key.key_id])

    def of_log(self) -> tuple[VerifierKey, ...]:
        """The keys whose checkpoints count; the one in use first."""
        return self._of_log(FOR_THE_LOG)

    def of_heads(self) -> tuple[VerifierKey, ...]:
        """Others by which this machine may hold a checkpoint: those that were revoked, and those
        that lie here and of which nothing was heard yet. What it says must be in the log all the
        same."""
        held = [self.log_signer_of(each).verifier for each in self.held.hub.values()]
        return (*self._of_log(frozenset({HubKeyState.REVOKED})), *held)

    def held_and_known(self) -> frozenset[str]:
        """The ids of the keys that lie here and were announced: what others sign with them is
        believed here, and so could be what is signed here."""
        known = {key.key_id for key in self.current.keys}
        return frozenset(known & {*self.held.hub, *self.held.sm2})

    def _of_log(self, states: frozenset[HubKeyState]) -> tuple[VerifierKey, ...]:
        found = (self._log_key(key) for key in self.current.in_states(states, self._clock()))
        return tuple(key for key in found if key is not None)

    def _public(self, states: frozenset[HubKeyState]) -> tuple[PublicKey, ...]:
        return tuple(key.public_key for key in self.current.in_states(states, self._clock()))

    def _log_key(self, key: StatedKey) -> VerifierKey | None:
        if key.key_id not in self._log_keys and key.log_certificate is not None:
            stated = log_key_of(key).public_key
            self._log_keys[key.key_id] = VerifierKey(self._log_name, stated)
        return self._log_keys.get(key.key_id)


def log_key_of(key: StatedKey) -> VerifierKey:
    """The key of the log that follows from ``key``, by its own word. Raises InvalidStatement."""
    try:
        return verify_log_key(key.log_certificate or "", key.public_key)
    except InvalidLogKey:
        raise InvalidStatement("a key that does not vouch for its log") from None
