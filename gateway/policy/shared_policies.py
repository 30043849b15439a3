"""The policies that all processes of a hub share, in its database; unverified.

Only signed ones are shared: an unsigned one is trusted because of the directory in which it lies,
and a database is no such directory.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from tongxing.gateway.policy.published import SIGNATURES_LIMIT_BYTES, PublishedFile
from tongxing.gateway.policy.text import FILE_LIMIT_BYTES
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.storage import Mark, Work
from tongxing.gateway.storage.news import NewsEar
from tongxing.gateway.storage.publications import Publication, Publications, share_policies


class SharedPolicies:
    """``ear`` hears when there is a new one."""

    def __init__(self, publications: Publications, ear: NewsEar) -> None:
        self._publications = publications
        self._ear = ear
        self._files: Sequence[PublishedFile] = ()

    async def files(self) -> Sequence[PublishedFile]:
        """As they were at the last look. Raises StorageUnavailable."""
        if self._ear.is_due():
            with self._ear.looking():
                self._files = shared_files(await self._publications.policies())
        return self._files

    def share(self, known: Mapping[PublishedFile, Policy]) -> Work:
        """What is committed when ``known`` are taken."""
        own = [publication(file, policy) for file, policy in known.items() if not file.is_shared]
        return partial(share_policies, own)

    async def wait(self, seconds: float) -> None:
        """Returns after ``seconds``, or once there is a new one."""
        await self._ear.wait(seconds)


def publication(file: PublishedFile, policy: Policy) -> Publication:
    mark = Mark(policy.version.version, policy.version.digest)
    return Publication(policy.region, mark, file.content, file.signatures)


def shared_files(publications: Sequence[Publication]) -> Sequence[PublishedFile]:
    return [_file(each) for each in publications]


def _file(shared: Publication) -> PublishedFile:
    name = f"database:{shared.region}-{shared.mark.version}"
    signatures = None if shared.signatures is None else shared.signatures[:SIGNATURES_LIMIT_BYTES]
    content = shared.content[: FILE_LIMIT_BYTES + 1]  # as of a file
    return PublishedFile(name, content, signatures, is_shared=True)


def with_shared(
    own: Sequence[PublishedFile], shared: Sequence[PublishedFile]
) -> Sequence[PublishedFile]:
    """All of them, each once: what lies in both places is of this machine's directory."""
    contents = {file.content for file in own}
    return [*own, *(file for file in shared if file.content not in contents)]
