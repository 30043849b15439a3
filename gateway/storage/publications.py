"""Signed documents that all processes of a hub take: the trust list, and the policies.

They lie here so that whoever has got one need not copy it to every machine. That one lies here
gives it no authority: each process verifies its signatures and its version as those of a file
(docs/invariants.md §11).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique
from functools import partial
from typing import Any

from tongxing.gateway.storage.columns import as_written, typed
from tongxing.gateway.storage.database import Database
from tongxing.gateway.storage.news import Topic
from tongxing.gateway.storage.seen_versions import Mark
from tongxing.gateway.storage.writer import UnitOfWork
from tongxing.schema import RegionCode


@unique
class _Kind(StrEnum):
    TRUST_LIST = "trust_list"
    POLICY = "policy"
    ROOT_KEYS = "root_keys"


@dataclass(frozen=True, slots=True)
class Publication:
    """A policy of ``region``, with the signatures beside it."""

    region: RegionCode
    mark: Mark
    content: bytes
    signatures: bytes | None


def share_trust_list(mark: Mark, content: bytes, refused: bytes | None, unit: UnitOfWork) -> bool:
    """Whether ``content`` is the newest that is shared now and was not before. ``refused`` is what
    was shared and nobody takes, whatever version it is said to have."""
    unit.execute(_FORGET_REFUSED, (refused or b"",))
    if unit.execute(_AS_NEW, (mark.version,)):
        return False
    unit.execute(_FORGET_OLDER)
    unit.execute(_SHARE, (_Kind.TRUST_LIST.value, "", mark.version, mark.digest, content, None))
    unit.announce(Topic.TRUST_LIST)
    return True


def share_root_keys(mark: Mark, content: bytes, refused: bytes | None, unit: UnitOfWork) -> bool:
    """Whether ``content`` is what is shared of its version now. ``refused`` is what was shared in
    its place and nobody takes; what somebody may have taken is never replaced."""
    place = _Kind.ROOT_KEYS.value, mark.version
    unit.execute(_FORGET_ROOT_KEYS, (*place, refused or b""))
    row = (_Kind.ROOT_KEYS.value, "", mark.version, mark.digest, content, None)
    if unit.execute(_SHARE_ROOT_KEYS, row):
        unit.announce(Topic.TRUST_LIST)
        return True
    return bool(unit.execute(_IS_SHARED, (*place, mark.digest)))


def share_policies(policies: Sequence[Publication], unit: UnitOfWork) -> bool:
    """Whether any of ``policies``, which are taken, was not shared yet. Each takes the place of
    what was refused in its place: one without the signatures that it needs, or a forged one."""
    new = [each for each in policies if unit.execute(_SHARE, _row(each))]
    if new:
        unit.announce(Topic.POLICIES)
    return bool(new)


class Publications:
    """All methods raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def trust_list(self) -> bytes | None:
        """The newest, unverified."""
        rows = await self._database.fetch(_TRUST_LIST)
        return typed(rows[0][0], bytes) if rows else None

    async def root_keys(self) -> Mapping[int, bytes]:
        """All but the first, by version, unverified."""
        rows = await self._database.fetch(_ROOT_KEYS)
        return {typed(version, int): typed(content, bytes) for version, content in rows}

    async def share_root_keys(self, mark: Mark, content: bytes, refused: bytes | None) -> bool:
        """As the function."""
        return await self._database.write(partial(share_root_keys, mark, content, refused))

    async def policies(self) -> Sequence[Publication]:
        """All, unverified."""
        return [_policy(row) for row in await self._database.fetch(_POLICIES)]

    async def share_trust_list(
        self, mark: Mark, content: bytes, refused: bytes | None = None
    ) -> bool:
        """As the function."""
        return await self._database.write(partial(share_trust_list, mark, content, refused))

    async def share_policies(self, policies: Sequence[Publication]) -> bool:
        """As the function."""
        return await self._database.write(partial(share_policies, policies))


def _row(policy: Publication) -> tuple[object, ...]:
    mark = policy.mark
    of_content = (mark.version, mark.digest, policy.content, policy.signatures)
    return (_Kind.POLICY.value, policy.region, *of_content)


def _policy(row: Sequence[Any]) -> Publication:
    """Raises StorageDamaged."""
    region, version, digest, content, signatures = row
    with as_written("publications"):
        return Publication(
            RegionCode(typed(region, str)),
            Mark(typed(version, int), typed(digest, str)),
            typed(content, bytes),
            None if signatures is None else typed(signatures, bytes),
        )


_SHARE = """
    INSERT INTO publications (kind, region, version, digest, content, signatures)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (kind, region, version) DO UPDATE SET
        digest = excluded.digest, content = excluded.content, signatures = excluded.signatures
    WHERE publications.content <> excluded.content OR publications.signatures IS NULL
        OR publications.signatures <> excluded.signatures
    RETURNING 1
"""
_AS_NEW = f"SELECT 1 FROM publications WHERE kind = '{_Kind.TRUST_LIST}' AND version >= ?"  # noqa: S608 - constants
_FORGET_REFUSED = f"DELETE FROM publications WHERE kind = '{_Kind.TRUST_LIST}' AND content = ?"  # noqa: S608 - constants
_FORGET_OLDER = f"DELETE FROM publications WHERE kind = '{_Kind.TRUST_LIST}'"  # noqa: S608 - constants
_TRUST_LIST = f"""
    SELECT content FROM publications WHERE kind = '{_Kind.TRUST_LIST}'
    ORDER BY version DESC LIMIT 1
"""  # noqa: S608 - constants
_FORGET_ROOT_KEYS = "DELETE FROM publications WHERE kind = ? AND version = ? AND content = ?"
_SHARE_ROOT_KEYS = """
    INSERT INTO publications (kind, region, version, digest, content, signatures)
    VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (kind, region, version) DO NOTHING RETURNING 1
"""
_IS_SHARED = "SELECT 1 FROM publications WHERE kind = ? AND version = ? AND digest = ?"
_ROOT_KEYS = f"""
    SELECT version, content FROM publications WHERE kind = '{_Kind.ROOT_KEYS}' ORDER BY version
"""  # noqa: S608 - constants
_POLICIES = f"""
    SELECT region, version, digest, content, signatures FROM publications
    WHERE kind = '{_Kind.POLICY}' ORDER BY region, version
"""  # noqa: S608 - constants
