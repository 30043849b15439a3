"""What the kinds of records share: columns, contents, digests."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from msgspec import Struct

from tongxing.gateway.storage.audit.records import AuditRecord
from tongxing.gateway.storage.columns import from_microseconds, or_none
from tongxing.gateway.storage.entries import AuditRow
from tongxing.keys import base64url
from tongxing.keys.holder import HolderRef
from tongxing.schema import RegionCode

EVIDENCE_DIGEST_BYTES = 32
DOCUMENT_DIGEST_BYTES = 32
KEY_DIGEST_BYTES = 32
HOLDER_REF_BYTES = (16, 18)
"""Without an epoch of the holder key, and with one."""


DIGESTS_AT_HAND = 8_192
"""The same statements are named by one answer after the other; a digest takes some 200 bytes."""


class SharedColumns(NamedTuple):
    """The fields that are columns; every kind has them, or could have them."""

    at: datetime
    request_id: str
    client_id: str
    region: RegionCode | None
    holder: HolderRef | None
    claims: bytes | None

    @classmethod
    def of(cls, row: AuditRow) -> "SharedColumns":
        holder = or_none(base64url.encode, row.holder)
        return cls(
            from_microseconds(row.at),
            row.request,
            row.client,
            or_none(RegionCode, row.region),
            or_none(HolderRef, holder),
            row.claims,
        )


class Content(Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """The fields that are not columns, as one msgpack array of numbers, texts and bytes."""


class Codec(NamedTuple):
    content: type[Content]
    pack: Callable[[Any], Content]
    unpack: Callable[[SharedColumns, Any], AuditRecord]


@lru_cache(DIGESTS_AT_HAND)
def full_digest(text: str | None, *counts: int) -> bytes | None:
    """Digests cross interfaces as base64url and are stored as bytes. ValueError for any other text:
    only a digest may get into a column made for one."""
    if text is None:
        return None
    octets = base64url.decode(text)
    if len(octets) not in counts:
        raise ValueError("an audit record takes digests of their full length only")
    return octets


def present(region: RegionCode | None) -> RegionCode:
    if region is None:
        raise ValueError("this kind of entry has a region")
    return region
