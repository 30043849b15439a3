"""Merkle trees as RFC 9162 §2.1 hashes them (SHA-256): roots, proofs, and a tree that grows.

Pure. A tree is its leaf hashes in their order; a *node* is the root of a complete subtree, named by
its level (0 for a leaf) and its number on that level. Whoever makes a proof hands in a way to find
nodes; whoever checks one needs nothing but hashes. Refuses to know what a leaf says.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

HASH_BYTES = 32
PATH_MAX_HASHES = 64
"""More than any tree that fits in the 2⁶⁴ leaves of RFC 9162. Error: ProofRefused."""

EMPTY_ROOT = hashlib.sha256(b"").digest()

_LEAF, _NODE = b"\x00", b"\x01"
"""Prefixes that keep a leaf from passing as a node (RFC 9162 §2.1.1)."""

FindNode = Callable[[int, int], bytes]
"""The hash of the node on this level with this number, which is a complete subtree."""


class ProofRefused(Exception):
    """The hashes do not show what they were handed over for."""


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(_LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()


def peaks(begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Level and number of the complete subtrees that the leaves from ``begin`` up to ``end`` are
    made of, the largest first. ``begin`` is the first leaf of a subtree that holds all of them."""
    while begin < end:
        level = (end - begin).bit_length() - 1
        yield level, begin >> level
        begin += 1 << level


def folded(hashes: Sequence[bytes]) -> bytes:
    """The root over subtrees of falling size; EMPTY_ROOT over none."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def root_of(size: int, find: FindNode) -> bytes:
    """The root of the first ``size`` leaves."""
    return _between(0, size, find)


def _between(begin: int, end: int, find: FindNode) -> bytes:
    return folded([find(*node) for node in peaks(begin, end)])


def inclusion_path(index: int, size: int, find: FindNode) -> list[bytes]:
    """What joins the leaf ``index`` with the root of the first ``size`` leaves, from its sibling
    upwards (RFC 9162 §2.1.3.1)."""
    if not 0 <= index < size:
        raise ValueError("the leaf lies in no tree of this size")
    path, number, last, level = [], index, size - 1, 0
    while last:
        if number & 1:
            path.append(find(level, number - 1))
        elif number < last:
            path.append(_between((number + 1) << level, min((number + 2) << level, size), find))
        number, last, level = number >> 1, last >> 1, level + 1
    return path


def consistency_path(old: int, new: int, find: FindNode) -> list[bytes]:
    """What shows that the tree of ``old`` leaves is the beginning of that of ``new`` (RFC 9162
    §2.1.4.1); nothing if they are one, or if the old one is empty."""
    if not 0 <= old <= new:
        raise ValueError("a tree begins with none that is larger")
    path: list[bytes] = []
    begin, end, is_whole = 0, new, True
    while 0 < old - begin < end - begin:
        split = begin + (1 << ((end - begin - 1).bit_length() - 1))
        if old <= split:
            path.append(_between(split, end, find))
            end = split
        else:
            path.append(_between(begin, split, find))
            begin, is_whole = split, False
    if not is_whole:
        path.append(_between(begin, end, find))
    path.reverse()
    return path


def check_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """``leaf``, a leaf hash, is the one with ``index`` under ``root`` (RFC 9162 §2.1.3.2). Raises
    ProofRefused."""
    if not 0 <= index < size:
        raise ProofRefused("the leaf lies in no tree of this size")
    number, last, found = index, size - 1, leaf
    for sibling in _path(path):
        if last == 0:
            raise ProofRefused("the path is too long")
        if number & 1 or number == last:
            found = node_hash(sibling, found)
            number, last = _up_to_odd(number, last)
        else:
            found = node_hash(found, sibling)
        number, last = number >> 1, last >> 1
    if last or found != root:
        raise ProofRefused("the path does not lead to the root")


def check_consistency(
    old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]
) -> None:
    """The tree of ``old`` leaves is the beginning of that of ``new`` (RFC 9162 §2.1.4.2). Raises
    ProofRefused."""
    if not 0 <= old <= new:
        raise ProofRefused("a tree begins with none that is larger")
    if old in (0, new):
        _check_trivial(old, old_root, new, new_root, path)
        return
    steps = _path(path)
    if old & (old - 1) == 0:
        steps = [old_root, *steps]
    if not steps:
        raise ProofRefused("the path is too short")
    number, last = old - 1, new - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    older = newer = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise ProofRefused("the path is too long")
        if number & 1 or number == last:
            older, newer = node_hash(step, older), node_hash(step, newer)
            number, last = _up_to_odd(number, last)
        else:
            newer = node_hash(newer, step)
        number, last = number >> 1, last >> 1
    if last or older != old_root or newer != new_root:
        raise ProofRefused("the path does not join the two roots")


def _check_trivial(
    old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]
) -> None:
    expected = EMPTY_ROOT if old == 0 else new_root
    if path or old_root != expected:
        raise ProofRefused("the path does not join the two roots")
    if new == 0 and new_root != EMPTY_ROOT:
        raise ProofRefused("an empty tree has another root")


def _path(path: Sequence[bytes]) -> Sequence[bytes]:
    if len(path) > PATH_MAX_HASHES or any(len(each) != HASH_BYTES for each in path):
        raise ProofRefused("no path of SHA-256 hashes")
    return path


def _up_to_odd(number: int, last: int) -> tuple[int, int]:
    """Past the levels on which a node at the right edge has no sibling."""
    while number and not number & 1:
        number, last = number >> 1, last >> 1
    return number, last


@dataclass(frozen=True, slots=True)
class Frontier:
    """All of a tree that is needed to go on with it: the number of its leaves and its peaks."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    @property
    def root(self) -> bytes:
        return folded(self.hashes)


def frontier_of(size: int, find: FindNode) -> Frontier:
    return Frontier(size, tuple(find(*node) for node in peaks(0, size)))


class Growing:
    """A tree that is only gone through once: it keeps its peaks and nothing else. It goes on with
    the one that is handed in."""

    def __init__(self, before: Frontier = Frontier()) -> None:
        self.size = before.size
        self._hashes = list(before.hashes)

    def append(self, leaf: bytes) -> None:
        number, found = self.size, leaf
        while number & 1:
            found, number = node_hash(self._hashes.pop(), found), number >> 1
        self._hashes.append(found)
        self.size += 1

    def root(self) -> bytes:
        return folded(self._hashes)


class Growth:
    """A tree that leaves are appended to. It keeps every node that it makes, which is all that the
    proofs of these leaves need; what was there before is never read again."""

    def __init__(self, before: Frontier) -> None:
        self.begun = self.size = before.size
        self._hashes = list(before.hashes)
        self._nodes = dict(zip(peaks(0, before.size), before.hashes, strict=True))

    def append(self, leaf: bytes) -> None:
        level, number, found = 0, self.size, leaf
        self._nodes[0, number] = found
        while number & 1:
            found = node_hash(self._hashes.pop(), found)
            level, number = level + 1, number >> 1
            self._nodes[level, number] = found
        self._hashes.append(found)
        self.size += 1

    def made(self, level: int) -> Iterator[tuple[int, bytes]]:
        """Number and hash of each node of ``level`` that the new leaves completed."""
        for number in range(self.begun >> level, self.size >> level):
            yield number, self._nodes[level, number]

    def frontier(self) -> Frontier:
        return Frontier(self.size, tuple(self._hashes))

    def hash_of(self, index: int) -> bytes:
        """Of a new leaf."""
        return self._nodes[0, index]

    def path(self, index: int) -> list[bytes]:
        """The inclusion path of a new leaf in the tree as it is now."""
        if index < self.begun:
            raise ValueError("the leaf was there before")
        return inclusion_path(index, self.size, self._find)

    def _find(self, level: int, number: int) -> bytes:
        return self._nodes[level, number]
