"""The root keys from the first version to the newest that is known, one link after the other.

Responsible for every link being verified, and for a version that was taken before staying the one
it was. Refuses to know where the files are.
"""

from collections.abc import Iterable, Iterator

from tongxing.keys.root_keys import RootKeys
from tongxing.keys.root_succession import RootVersion, anchor_of, following
from tongxing.keys.trust_refusal import RootKeysRefused, TrustRefusal


class RootChain:
    def __init__(self, anchor: RootKeys) -> None:
        self._links: list[tuple[RootVersion, bytes]] = [(anchor_of(anchor), b"")]

    @property
    def newest(self) -> RootVersion:
        return self._links[-1][0]

    def __iter__(self) -> Iterator[RootVersion]:
        """From the first on."""
        return (root for root, _ in self._links)

    def signed(self) -> Iterator[tuple[RootVersion, bytes]]:
        """All but the first, which nobody signs, with their files."""
        yield from self._links[1:]

    def extend(self, unverified: Iterable[bytes], digest: str | None = None) -> bool:
        """Add the next version, if it is among ``unverified``: the one with this ``digest``, if a
        version of this number was taken before. Raises RootKeysRefused if there is something, and
        all of it is refused."""
        refused: RootKeysRefused | None = None
        for content in unverified:
            try:
                root = following(self.newest, content)
            except RootKeysRefused as error:
                refused = error
                continue
            if digest in (None, root.digest):
                self._links.append((root, content))
                return True
            refused = RootKeysRefused(TrustRefusal.ANOTHER_CHAIN)
        if refused is not None:
            raise refused
        return False
