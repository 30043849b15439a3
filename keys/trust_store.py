"""Which trust list is the current one.

Responsible for the list in force, and for its version only rising. Refuses to read files: the
gateway brings the bytes, and remembers the highest version across restarts.
"""

from datetime import datetime
from threading import Lock

from tongxing.keys.root_keys import RootKeys
from tongxing.keys.trust_list import TrustList, parse_trust_list
from tongxing.keys.trust_refusal import TrustListRefused, TrustRefusal


class TrustStore:
    """Holds one trust list. ``at_least_version`` is the highest version that this hub has ever
    held; a lower one is a rollback, even directly after a start."""

    def __init__(self, roots: RootKeys, *, at_least_version: int) -> None:
        self._roots = roots
        self._at_least_version = at_least_version
        self._held: TrustList | None = None
        self._replacing = Lock()

    @property
    def held(self) -> TrustList | None:
        """The list that was taken last, whether or not it is in force."""
        return self._held

    def current(self, at: datetime) -> TrustList:
        """The list in force at ``at``. TrustListRefused if there is none, or if it has expired:
        withholding new lists must not keep an old one alive."""
        if self._held is None:
            raise TrustListRefused(TrustRefusal.NONE_HELD)
        self._held.check_in_force(at)
        return self._held

    def follow(self, roots: RootKeys) -> None:
        """From now on a list needs the signatures of ``roots``; the held one stays."""
        self._roots = roots

    def replace(self, unverified: bytes, at: datetime) -> TrustList:
        """Take the list in ``unverified`` if it is newer than the held one. Otherwise raises
        TrustListRefused and keeps the held list."""
        candidate = parse_trust_list(unverified, self._roots, at)
        with self._replacing:
            self._check_rises(candidate)
            self._held = candidate
        return candidate

    def _check_rises(self, candidate: TrustList) -> None:
        held = self._held
        if candidate.version < (held.version if held else self._at_least_version):
            raise TrustListRefused(TrustRefusal.ROLLBACK)
        if held and candidate.version == held.version:
            same = candidate.digest == held.digest
            raise TrustListRefused(TrustRefusal.NOTHING_NEW if same else TrustRefusal.ROLLBACK)
