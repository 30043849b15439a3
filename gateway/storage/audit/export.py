"""The log as one file, which anybody who may read it checks alone (``docs/audit-log.md``).

A line of JSON for the file itself, one for each entry, an empty line, and the signed checkpoint. It
ends where the checkpoint does, so that nothing in it is unproven. The file holds HolderRefs, as the
database does: keep it as that one is kept.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import partial
from typing import Annotated, Any, TypeVar

import msgspec

from tongxing.gateway.storage.audit.encoding import decode_record
from tongxing.gateway.storage.audit.log import AuditLog
from tongxing.gateway.storage.audit.records import AuditRecord
from tongxing.gateway.storage.chain import BEFORE_THE_FIRST
from tongxing.gateway.storage.checking import checked
from tongxing.gateway.storage.database import ReadSession
from tongxing.gateway.storage.entries import ENTRY_COLUMNS, AuditDamaged, AuditRow, Damage, Link
from tongxing.gateway.storage.tree import StoredTree
from tongxing.keys import base64url
from tongxing.keys.merkle import Frontier, Growing
from tongxing.keys.signed_note import InvalidNote, VerifierKey
from tongxing.keys.tree_head import TreeHead, unverified_tree_head, verify_tree_head

T = TypeVar("T")

EXPORT_VERSION = 1
READ_AT_ONCE = 1_000
"""Entries in one reading: some milliseconds, for which commits may wait."""


class InvalidExport(Exception):
    """The file is no export, or not one that this log has signed; says at which line."""


class _First(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """``peaks``: the roots of the complete subtrees over what is forgotten, the largest first, in
    base64url."""

    tongxing_audit_export: int
    first_planted: int
    forgotten: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)] = 0
    peaks: tuple[str, ...] = ()


_Number = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""What a column of the database holds."""


class _Line(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Octets as base64url."""

    idx: _Number
    hash: str
    kind: _Number
    at: _Number
    request: str
    client: str
    region: str | None
    holder: str | None
    content: str
    claims: str | None


async def export_lines(audit: AuditLog) -> AsyncIterator[str]:
    """Up to the latest checkpoint. Raises AuditUnavailable in a process that signs none."""
    signed = audit.prover().signed
    first = await audit.read(_first)
    yield _text(first)
    for begin in range(first.forgotten, signed.head.size, READ_AT_ONCE):
        end = min(begin + READ_AT_ONCE, signed.head.size)
        for row in await audit.read(partial(_rows, begin, end)):
            yield _text(_line(*row))
    yield f"\n{signed.checkpoint}"


def check_export(
    lines: Iterator[str],
    keys: Sequence[VerifierKey] = (),
    take: Callable[[AuditRecord], None] | None = None,
) -> TreeHead:
    """What the checkpoint at the end says, if every entry is what was appended and all of them
    together have its root. Without ``keys`` its signature is not checked. ``take`` is handed each
    record on the way, before all of them are known to be whole. Raises AuditDamaged, which names
    the first bad entry, InvalidExport, and Unreadable."""
    first = _read(next(lines, ""), _First, 1)
    if first.tongxing_audit_export != EXPORT_VERSION:
        raise InvalidExport("line 1: another version of exports")
    begun = Frontier(first.forgotten, tuple(_octets(each, 1) or b"" for each in first.peaks))
    if len(begun.hashes) != first.forgotten.bit_count():
        raise InvalidExport("line 1: not what an export holds there")
    tree = Growing(begun)
    before = Link(first.forgotten - 1, b"") if first.forgotten else BEFORE_THE_FIRST
    rows = _stored(lines) if take is None else _taken(_stored(lines), take)
    for _, leaf in checked(before, rows, first.first_planted):
        tree.append(leaf)
    head = _head("".join(lines), keys)
    if head.size != tree.size:
        raise AuditDamaged(min(head.size, tree.size), Damage.TRUNCATED)
    if head.root != tree.root():
        raise AuditDamaged(0, Damage.FORKED)
    return head


def _taken(
    rows: Iterator[tuple[Any, ...]], take: Callable[[AuditRecord], None]
) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        take(decode_record(AuditRow(*row[2:])))
        yield row


def _first(session: ReadSession) -> _First:
    tree = StoredTree(session)
    peaks = tree.frontier(tree.forgotten).hashes
    shown = tuple(base64url.encode(each) for each in peaks)
    return _First(EXPORT_VERSION, tree.first_planted, tree.forgotten, shown)


def _rows(begin: int, end: int, session: ReadSession) -> list[tuple[object, ...]]:
    return session.execute(_BETWEEN, (begin, end))


def _line(index: object, entry_hash: object, *columns: object) -> list[object]:
    return [index, _shown(entry_hash), *map(_shown, columns)]


def _shown(value: object) -> object:
    return base64url.encode(value) if isinstance(value, bytes) else value


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode() + "\n"


def _stored(lines: Iterator[str]) -> Iterator[tuple[Any, ...]]:
    """As the rows lie in the table, up to the empty line."""
    for number, line in enumerate(lines, 2):
        if line == "\n":
            return
        yield _row(_read(line, _Line, number), number)
    raise InvalidExport("the checkpoint is missing: the file was cut short")


def _row(line: _Line, number: int) -> tuple[Any, ...]:
    octets = partial(_octets, number=number)
    return (
        *(line.idx, octets(line.hash), line.kind, line.at, line.request, line.client, line.region),
        *(octets(line.holder), octets(line.content), octets(line.claims)),
    )


def _read(line: str, kind: type[T], number: int) -> T:
    try:
        return msgspec.json.decode(line, type=kind)
    except msgspec.MsgspecError:
        raise InvalidExport(f"line {number}: not what an export holds there") from None


def _octets(text: str | None, number: int) -> bytes | None:
    if text is None:
        return None
    try:
        return base64url.decode(text)
    except ValueError:
        raise InvalidExport(f"line {number}: not base64url") from None


def _head(note: str, keys: Sequence[VerifierKey]) -> TreeHead:
    try:
        return verify_tree_head(note, *keys) if keys else unverified_tree_head(note)
    except InvalidNote:
        raise InvalidExport("the checkpoint at the end is not one of this log") from None


_BETWEEN = f"SELECT {ENTRY_COLUMNS} FROM audit_entries WHERE idx >= ? AND idx < ? ORDER BY idx"  # noqa: S608 - constants
