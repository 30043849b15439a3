"""The whole audit log is checked beside the requests, again and again; damage stops all answers.

At the start only the last entries are checked, because a log of months takes minutes. Where the
check got to is kept in a file that the hub signs, so that a hub which is started often still gets
through all of it, and nobody else can move the mark. Refuses to mend anything.
"""

import asyncio
import re
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from tongxing.gateway.operation.files import replace
from tongxing.gateway.storage import StorageUnavailable
from tongxing.gateway.storage.audit import AuditDamaged, AuditLog, AuditMark
from tongxing.gateway.storage.chain import BEFORE_THE_FIRST
from tongxing.gateway.storage.entries import Link, LogLacking
from tongxing.keys import PublicKey, base64url
from tongxing.keys.hub_keys import HubKeys, NoSigningKey
from tongxing.keys.suites import BadSignature, check_signature
from tongxing.schema import AuditIndex

PIECE_ENTRIES = 2_000
"""Checked in one turn: some 20 ms of a reader's thread."""

PAUSE_SECONDS = 0.5
"""Between two pieces, so that the check takes a small part of one core: 10 million entries take
three quarters of an hour."""

ROUND_SECONDS = 60.0
"""Between two rounds through the log."""

MARKED_EVERY = 50
"""Pieces between two bookmarks; each costs a signature and a file."""

BOOKMARK_SUFFIX = ".checked"
BOOKMARK_BEGINS = "tongxing-audit-checked-1 "
_TEXT = BOOKMARK_BEGINS + "{index:016d} {entry_hash}"
_LINE = re.compile(
    r"(?P<text>tongxing-audit-checked-1 (?P<index>[0-9]{16}) (?P<entry_hash>[A-Za-z0-9_-]{43})) "
    r"(?P<signature>[A-Za-z0-9_-]{86})\n"
)


def bookmark_of(database: Path) -> Path:
    return database.with_name(database.name + BOOKMARK_SUFFIX)


class Bookmark:
    def __init__(self, path: Path, keys: HubKeys) -> None:
        self._path = path
        self._keys = keys

    def read(self) -> AuditMark | None:
        """None if there is no bookmark that this hub signed with its present key: after another
        one took over, the log is checked from its beginning. Raises OSError."""
        with suppress(FileNotFoundError, NoSigningKey):
            return read_bookmark(self._path.read_bytes(), self._keys.signer.public_key)
        return None

    def put(self, mark: AuditMark) -> None:
        """Raises OSError."""
        text = _TEXT.format(index=mark.index, entry_hash=mark.entry_hash)
        signature = base64url.encode(self._keys.signer.sign(text.encode()))
        replace(self._path, f"{text} {signature}\n".encode())


def read_bookmark(line: bytes, *keys: PublicKey) -> AuditMark | None:
    """None if it is none that the hub with one of these ``keys`` signed."""
    found = _LINE.fullmatch(line.decode("ascii", errors="replace"))
    if found is None or not any(_is_by(key, found) for key in keys):
        return None
    return AuditMark(AuditIndex(int(found["index"])), found["entry_hash"])


def _is_by(key: PublicKey, found: re.Match[str]) -> bool:
    try:
        check_signature(key, found["text"].encode(), base64url.decode(found["signature"]))
    except (ValueError, BadSignature):
        return False
    return True


class DamageWatch(Protocol):
    def audit_damaged(self, index: int, damage: str) -> None: ...


class LogCheck:
    def __init__(self, audit: AuditLog, bookmark: Bookmark, watch: DamageWatch) -> None:
        self._audit = audit
        self._bookmark = bookmark
        self._watch = watch

    async def go_on(self) -> None:
        """For as long as the hub runs, or until damage is found."""
        while self._audit.damage is None:
            with suppress(StorageUnavailable, OSError):
                await self.round()
            await asyncio.sleep(ROUND_SECONDS)
        await asyncio.Event().wait()

    async def round(self) -> None:
        """The entries behind the bookmark, then those before it, then all of them together. The
        check tells of a database that lacks entries, and stops nothing for good: nothing is read
        there until it is the right one again. Raises StorageUnavailable, OSError."""
        try:
            begun = await self._marked()
            await self._check(begun, await self._head())
            await self._check(BEFORE_THE_FIRST, begun.index)
            await self._audit.check_forgotten()
            await self._audit.check_signed()
        except AuditDamaged as damage:
            if not isinstance(damage, LogLacking):
                self._audit.stop(damage)
            self._watch.audit_damaged(damage.index, damage.damage.value)
        except StorageUnavailable:
            if lacking := self._audit.lacking:
                self._watch.audit_damaged(lacking.index, lacking.damage.value)
            raise

    async def _marked(self) -> Link:
        mark = await asyncio.to_thread(self._bookmark.read)
        return BEFORE_THE_FIRST if mark is None else await self._audit.check_mark(mark)

    async def _head(self) -> int:
        head = await self._audit.head()
        return BEFORE_THE_FIRST.index if head is None else head.index

    async def _check(self, link: Link, until: int) -> None:
        pieces = 0
        while link.index < until:
            link = await self._audit.follow(link, min(link.index + PIECE_ENTRIES, until))
            pieces += 1
            is_over = link.index >= until
            if pieces % MARKED_EVERY == 0 or is_over:
                await asyncio.to_thread(self._bookmark.put, link.mark())
            await asyncio.sleep(0 if is_over else PAUSE_SECONDS)
