"""The entries of a Token Status List as bytes (draft-ietf-oauth-status-list §4), and compressed.

Responsible for packing and for the one reading of a compressed list. Refuses to know what a value
means and who signed it.
"""

import zlib
from collections.abc import Iterable, Mapping

ENTRIES_MAX = 1 << 20
"""Of one list: a million passes. Error: MalformedStatuses."""

WIDTHS = frozenset({1, 2, 4, 8})
"""Bits of one entry (§4.1)."""

_LEVEL = 9
"""§4.1 recommends the highest one."""


class MalformedStatuses(ValueError):
    """The bytes are no list of this many entries. Says nothing of their content."""


def octets_of(entries: int, bits: int) -> int:
    """How many bytes ``entries`` of ``bits`` each take."""
    if bits not in WIDTHS or not 0 < entries <= ENTRIES_MAX:
        raise MalformedStatuses("no list has this size")
    return -(-entries * bits // 8)


def packed(entries: int, values: Mapping[int, int], *, bits: int) -> bytes:
    """All entries are 0 but those of ``values``, by index. Raises MalformedStatuses."""
    return replaced(bytes(octets_of(entries, bits)), values.items(), bits=bits)


def replaced(octets: bytes, changes: Iterable[tuple[int, int]], *, bits: int) -> bytes:
    """``octets`` with these entries, as index and value. The first entry lies in the lowest bits of
    the first byte (§4.1). Raises MalformedStatuses."""
    changed = bytearray(octets)
    for index, value in changes:
        byte, shift = divmod(index * bits, 8)
        if not 0 <= byte < len(changed) or not 0 <= value < 1 << bits:
            raise MalformedStatuses("an entry or a value that the list does not have")
        changed[byte] = changed[byte] & ~(((1 << bits) - 1) << shift) | value << shift
    return bytes(changed)


def entry(octets: bytes, index: int, *, bits: int) -> int:
    """Raises MalformedStatuses beyond the list."""
    byte, shift = divmod(index * bits, 8)
    if not 0 <= byte < len(octets):
        raise MalformedStatuses("an entry that the list does not have")
    return octets[byte] >> shift & (1 << bits) - 1


def compressed(octets: bytes) -> bytes:
    """DEFLATE in the ZLIB format (RFC 1951, RFC 1950)."""
    return zlib.compress(octets, _LEVEL)


def expanded(unverified: bytes, *, octets: int) -> bytes:
    """What ``compressed`` was made from, if that is exactly so many ``octets`` long; never more is
    read. Raises MalformedStatuses."""
    reader = zlib.decompressobj()
    try:
        found = reader.decompress(unverified, octets + 1)
    except zlib.error:
        raise MalformedStatuses("not in the ZLIB format") from None
    if len(found) != octets or not reader.eof or reader.unused_data:
        raise MalformedStatuses("of another length, or followed by something else")
    return found
