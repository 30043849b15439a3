"""The trust list and the root keys that all processes of a hub share, unverified."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tongxing.gateway.storage import Mark, UnitOfWork, Work
from tongxing.gateway.storage.news import NewsEar
from tongxing.gateway.storage.publications import (
    Publications,
    share_root_keys,
    share_trust_list,
)


@dataclass(frozen=True, slots=True)
class SharedTrust:
    """``roots``: root keys by version, all but the first."""

    trust_list: bytes | None = None
    roots: Mapping[int, bytes] = field(default_factory=dict)


class SharedTrustList:
    """``ear`` hears when there is something new."""

    def __init__(self, publications: Publications, ear: NewsEar) -> None:
        self._publications = publications
        self._ear = ear

    async def newest(self) -> SharedTrust | None:
        """None if it is not time to look. Raises StorageUnavailable."""
        if not self._ear.is_due():
            return None
        with self._ear.looking():
            return await self.now()

    async def now(self) -> SharedTrust:
        """Raises StorageUnavailable."""
        publications = self._publications
        return SharedTrust(await publications.trust_list(), await publications.root_keys())

    def share(
        self, mark: Mark, content: bytes, roots: Mapping[Mark, bytes], refused: SharedTrust
    ) -> Work:
        """What is committed when the list ``content`` is taken, with the root keys on the way to
        those that signed it. ``refused``: what is shared in their places and is not taken."""

        def along(unit: UnitOfWork) -> None:
            for root, file in roots.items():
                share_root_keys(root, file, refused.roots.get(root.version), unit)
            share_trust_list(mark, content, refused.trust_list, unit)

        return along

    async def wait(self, seconds: float) -> None:
        """Returns after ``seconds``, or once there is something new."""
        await self._ear.wait(seconds)
