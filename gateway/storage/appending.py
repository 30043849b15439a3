"""The end of the log as this process knows it, and the group of entries that it appends next.

A group goes on with the tree that this process has seen and signed, never with one that it is
merely told of: the file is asked for what other processes have appended since, and whatever is not
a continuation is damage. So no two checkpoints are signed that no consistency proof joins. A
checkpoint is signed after COMMIT, one for each group, and nobody sees it before it is beside the
database. A process without the key (a command) appends leaves and signs nothing; the next group of
a process with the key covers them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tongxing.gateway.storage.chain import BEFORE_THE_FIRST, link_in
from tongxing.gateway.storage.entries import (
    LAST_ENTRY,
    AuditDamaged,
    AuditMark,
    AuditRow,
    Damage,
    Link,
    LogLacking,
    leaf_of,
    written_link,
)
from tongxing.gateway.storage.faults import StorageUnavailable
from tongxing.gateway.storage.head_file import HeadFile, SeenHead
from tongxing.gateway.storage.log_names import read_log_names
from tongxing.gateway.storage.tree import TILE_LEVELS, Executes, StoredTree
from tongxing.keys import base64url
from tongxing.keys.log_proof import LogProof
from tongxing.keys.merkle import Frontier, Growth, leaf_hash
from tongxing.keys.signed_note import NoteSigner
from tongxing.keys.tree_head import TreeHead, sign_tree_head
from tongxing.schema import AuditIndex

READ_AT_ONCE = 65_536
"""Entries of other processes; between two groups there are a few."""


@dataclass(frozen=True, slots=True)
class KnownEnd:
    """The tree up to the ``last`` entry that is known to be in the database. Entries before
    ``first_planted`` are of the chain."""

    frontier: Frontier
    last: Link
    first_planted: int


class SignedHead(NamedTuple):
    head: TreeHead
    checkpoint: str


class Group:
    """What one transaction appends. ``signed`` is there once it is committed."""

    def __init__(self, known: KnownEnd) -> None:
        self.signed: SignedHead | None = None
        self.growth = Growth(known.frontier)
        self._begun = known
        self._rows: list[tuple[object, ...]] = []

    def append(self, row: AuditRow) -> "Logged":
        index = self.growth.size
        leaf = leaf_of(index, row)
        hashed = leaf_hash(leaf)
        self.growth.append(hashed)
        self._rows.append((index, hashed, *row))
        return Logged(AuditIndex(index), leaf, hashed, self)

    def rows(self) -> Sequence[Sequence[object]]:
        return self._rows

    def nodes(self) -> Iterator[tuple[int, int, bytes]]:
        """The rows of ``audit_nodes`` that this group completed."""
        level = 1
        while self.growth.size >> (level * TILE_LEVELS):
            for number, found in self.growth.made(level * TILE_LEVELS):
                yield level, number, found
            level += 1

    def end(self) -> KnownEnd:
        if not self._rows:
            return self._begun
        last = Link(self.growth.size - 1, self.growth.hash_of(self.growth.size - 1))
        return KnownEnd(self.growth.frontier(), last, self._begun.first_planted)


class Logged:
    """An entry that was appended, and what proves it. A plain class: one is made for each record,
    and a frozen one takes four times as long."""

    __slots__ = ("group", "index", "leaf", "leaf_hash")

    def __init__(self, index: AuditIndex, leaf: bytes, leaf_hash: bytes, group: Group) -> None:
        self.index = index
        self.leaf = leaf
        self.leaf_hash = leaf_hash
        self.group = group

    @property
    def entry_hash(self) -> str:
        return base64url.encode(self.leaf_hash)

    def mark(self) -> AuditMark:
        return AuditMark(self.index, self.entry_hash)

    @property
    def signed(self) -> SignedHead:
        """The first checkpoint that covers the entry. Raises RuntimeError in a process that signs
        none."""
        if self.group.signed is None:
            raise RuntimeError("this process signs no checkpoints")
        return self.group.signed

    def proof(self, extra: bytes) -> LogProof:
        """``extra`` goes along with it. Raises RuntimeError, as ``signed`` does."""
        path = self.group.growth.path(self.index)
        return LogProof(self.index, path, self.signed.checkpoint, extra)


class LogEnd:
    """Used by the writer's thread alone, but for ``signed``, which is replaced as a whole, and
    ``check``. ``lacking``: what the database that was connected to last lacks of it."""

    def __init__(self, head_file: HeadFile, signer: NoteSigner | None) -> None:
        self._head_file = head_file
        self.signer = signer
        self._signed_by = signer
        self._may_sign = True
        self._known: KnownEnd | None = None
        self.signed: SignedHead | None = None
        self.lacking: LogLacking | None = None

    @property
    def signs(self) -> bool:
        return self.signer is not None

    def sign_with(self, signer: NoteSigner) -> None:
        """From any thread: a group is signed with the one that is there when it is committed."""
        self._may_sign = True
        self.signer = signer

    def sign_no_more(self) -> None:
        """From any thread. No group is committed from then on."""
        self._may_sign = False

    def connected(self, session: Executes) -> None:
        """To a database that may be another one than before, or an earlier state of it. Raises
        LogLacking, AuditDamaged, OSError."""
        self._known = known_end(session, self._checked(session))

    def check(self, session: Executes) -> None:
        """What ``session`` is connected to holds what was signed, if this process signs anything:
        one that only looks may see what is wrong. For readers' threads. Raises LogLacking,
        AuditDamaged, OSError."""
        if self.signed is not None:
            self._checked(session)

    def _checked(self, session: Executes) -> Sequence[SeenHead | None]:
        """It holds what this machine and this process have signed, which is returned."""
        signer = self.signer
        if signer is not None:
            read_log_names(session).check(signer.verifier.name)
        signed = self.signed
        seen = [self._head_file.read(), None if signed is None else signed.head]
        tree = StoredTree(session)
        try:
            for each in seen:
                tree.check(each)
        except AuditDamaged as damage:
            self.lacking = LogLacking(damage.index, damage.damage)
            raise self.lacking from damage
        self.lacking = None
        return seen

    def begin(self, session: Executes) -> Group:
        """Inside a transaction. Raises AuditDamaged."""
        if self._known is None:
            raise RuntimeError("there is no connection")
        self._known = caught_up(self._known, session)
        return Group(self._known)

    def before_commit(self) -> None:
        """What can be known to fail fails here, while nothing is kept yet. Raises OSError,
        StorageUnavailable."""
        if not self._may_sign:
            raise StorageUnavailable("the key that signs the log is not on this machine")
        if self.signer is not None:
            self._head_file.reserve()

    def committed(self, group: Group) -> None:
        """COMMIT returned, and no caller has been told yet. Raises OSError if the checkpoint cannot
        be written; then it is dropped."""
        self._known = group.end()
        signer = self.signer
        if signer is None:
            return
        frontier = self._known.frontier
        is_longer = self.signed is None or self.signed.head.size < frontier.size
        if is_longer or self._signed_by is not signer:
            signed = _sign(frontier, signer)
            self._head_file.advance(frontier.size, signed.checkpoint)
            self.signed, self._signed_by = signed, signer
        group.signed = self.signed

    def close(self) -> None:
        """Of the head file alone; a group opens it again."""
        self._head_file.close()


def _sign(frontier: Frontier, signer: NoteSigner) -> SignedHead:
    head = TreeHead(signer.verifier.name, frontier.size, frontier.root)
    return SignedHead(head, sign_tree_head(head.size, head.root, signer))


def known_end(session: Executes, seen: Sequence[SeenHead | None]) -> KnownEnd:
    """The end of the log in the database, which holds all that was ``seen`` of it. The largest
    tree that was seen is continued leaf by leaf: nodes behind it nobody has vouched for. Raises
    AuditDamaged."""
    tree = StoredTree(session)
    last = link_in(session.execute(LAST_ENTRY))
    size = last.index + 1
    sizes = [each.size for each in seen if isinstance(each, TreeHead)]
    frontier = _continued(tree, tree.frontier(max(sizes, default=size)), size)
    return KnownEnd(frontier, last, tree.first_planted)


def caught_up(known: KnownEnd, session: Executes) -> KnownEnd:
    """With what other processes have appended. Raises AuditDamaged. One look at the database if
    nothing is wrong with it: others wait meanwhile."""
    links = list(_links(max(known.last.index, 0), session))
    if known.last is not BEFORE_THE_FIRST:
        if not links or links[0] != known.last:
            raise _not_continued(known, session)
        del links[0]
    if not links:
        return known
    if links[0].index < known.first_planted:
        frontier = _continued(StoredTree(session), known.frontier, links[-1].index + 1)
    else:
        frontier = _grown(known.frontier, links)
    return KnownEnd(frontier, links[-1], known.first_planted)


def _links(begin: int, session: Executes) -> Iterator[Link]:
    """Asked for with an end, so that a server looks at the partitions between and no others."""
    rows: Sequence[Sequence[object]] = [()] * READ_AT_ONCE
    while len(rows) == READ_AT_ONCE:
        rows = session.execute(_BETWEEN, (begin, begin + READ_AT_ONCE))
        yield from (written_link(*row) for row in rows)
        begin += READ_AT_ONCE


def _not_continued(known: KnownEnd, session: Executes) -> AuditDamaged:
    """What is wrong with a log that does not hold the last entry that is known of it."""
    last = link_in(session.execute(LAST_ENTRY))
    if last.index < known.last.index:
        return AuditDamaged(last.index + 1, Damage.TRUNCATED)
    return AuditDamaged(known.last.index, Damage.FORKED)


def _grown(frontier: Frontier, links: Sequence[Link]) -> Frontier:
    growth = Growth(frontier)
    for link in links:
        if link.index != growth.size:
            raise AuditDamaged(growth.size, Damage.MISSING)
        growth.append(link.hash)
    return growth.frontier()


def _continued(tree: StoredTree, frontier: Frontier, size: int) -> Frontier:
    growth = Growth(frontier)
    for leaf in tree.leaves(frontier.size, size):
        growth.append(leaf)
    if growth.size != size:
        raise AuditDamaged(growth.size, Damage.MISSING)
    return growth.frontier()


_BETWEEN = "SELECT idx, hash FROM audit_entries WHERE idx >= ? AND idx < ? ORDER BY idx"
