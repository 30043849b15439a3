"""The files of the root keys on this machine: the first version, which an operator has installed,
and beside it each that followed: ``root-keys.json``, ``root-keys.2.json``, ``root-keys.3.json``, …

Responsible for finding them, and for reading no more of one than it may have.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path

from tongxing.gateway.operation.files import read_at_most
from tongxing.keys.root_chain import RootChain
from tongxing.keys.root_keys import ROOT_KEYS_MAX_BYTES, parse_root_keys
from tongxing.keys.root_succession import ANCHOR_VERSION, SIGNED_ROOTS_MAX_BYTES
from tongxing.keys.trust_refusal import RootKeysRefused

NONE_SHARED: Mapping[int, bytes] = {}


def root_file(anchor: Path, version: int) -> Path:
    if version == ANCHOR_VERSION:
        return anchor
    return anchor.with_name(f"{anchor.stem}.{version}{anchor.suffix}")


def chain_files(anchor: Path) -> Iterator[tuple[int, Path]]:
    """The versions that lie here, from the first on, without a gap."""
    for version in count(ANCHOR_VERSION):
        file = root_file(anchor, version)
        if not file.exists():
            return
        yield version, file


def chain_from(anchor: Path) -> RootChain:
    """The first version. Raises OSError, InvalidRootKeys."""
    return RootChain(parse_root_keys(read_at_most(anchor, ROOT_KEYS_MAX_BYTES)))


def candidates(anchor: Path, version: int, shared: Mapping[int, bytes]) -> Iterator[bytes]:
    """What may be the root keys of ``version``: this machine's file, and what is shared. Raises
    OSError."""
    with suppress(FileNotFoundError):
        yield read_at_most(root_file(anchor, version), SIGNED_ROOTS_MAX_BYTES)
    if version in shared:
        yield shared[version]


def whole_chain(anchor: Path) -> RootChain:
    """As far as this machine's files go. Raises OSError, InvalidRootKeys, RootKeysRefused."""
    chain = chain_from(anchor)
    while chain.extend(candidates(anchor, chain.newest.version + 1, NONE_SHARED)):
        pass
    return chain


def known_chain(anchor: Path, shared: Mapping[int, bytes]) -> RootChain:
    """As far as it is good. Raises OSError, InvalidRootKeys."""
    chain = chain_from(anchor)
    with suppress(RootKeysRefused):
        while chain.extend(candidates(anchor, chain.newest.version + 1, shared)):
            pass
    return chain
