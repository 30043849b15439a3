"""The trust list that all processes of a hub share, in its database; unverified."""

from functools import partial

from tongxing.gateway.storage import Mark, Work
from tongxing.gateway.storage.news import NewsEar
from tongxing.gateway.storage.publications import Publications, share_trust_list


class SharedTrustList:
    """``ear`` hears when there is a new one."""

    def __init__(self, publications: Publications, ear: NewsEar) -> None:
        self._publications = publications
        self._ear = ear

    async def newest(self) -> bytes | None:
        """None if it is not time to look, or there is none. Raises StorageUnavailable."""
        if not self._ear.is_due():
            return None
        with self._ear.looking():
            return await self._publications.trust_list()

    def share(self, mark: Mark, content: bytes, refused: bytes | None) -> Work:
        """What is committed when ``content`` is taken. ``refused``: what was shared and is not."""
        return partial(share_trust_list, mark, content, refused)

    async def wait(self, seconds: float) -> None:
        """Returns after ``seconds``, or once there is a new one."""
        await self._ear.wait(seconds)
