"""The beginning of the log whose entries were forgotten, and the hub's word for it.

Their rows are gone; the hashes of their leaves stay (``tree``), so every proof over what remains,
and every receipt and checkpoint that was ever given out, still verifies. How far it goes is signed:
whoever deletes entries cannot say that they were forgotten. Refuses to forget anything itself
(``log_beginning``, ``postgres/log_partitions``).
"""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from tongxing.gateway.storage.database import Database
from tongxing.gateway.storage.entries import AuditDamaged, Damage
from tongxing.gateway.storage.kept_apart import number_kept
from tongxing.gateway.storage.tree import Executes
from tongxing.gateway.storage.writer import UnitOfWork
from tongxing.keys.signed_note import (
    InvalidNote,
    NoteSigner,
    VerifierKey,
    sign_note,
    verify_note,
)


class Forgotten(NamedTuple):
    """All entries before ``until``, but ``kept`` of them (``kept_apart``)."""

    until: int
    note: str | None
    kept: int


def forgotten_until(session: Executes) -> int:
    ((until,),) = session.execute("SELECT forgotten FROM audit_tree")
    return int(until)


def forgotten_part(session: Executes) -> Forgotten:
    ((until, note),) = session.execute("SELECT forgotten, note FROM audit_tree")
    return Forgotten(until, note, number_kept(until, session))


def sign_forgotten(until: int, kept: int, signer: NoteSigner) -> str:
    return sign_note(_text(until, kept, signer.verifier), signer)


async def sign_forgotten_again(database: Database, signer: NoteSigner) -> None:
    """With another key, after the whole log was checked. Raises StorageUnavailable."""
    await database.write(partial(note_forgotten_again, signer))


def note_forgotten_again(signer: NoteSigner, unit: UnitOfWork) -> None:
    """The same, as part of a unit of work."""
    part = forgotten_part(unit)
    note = sign_forgotten(part.until, part.kept, signer) if part.until else None
    unit.execute("UPDATE audit_tree SET note = ?", (note,))


def check_forgotten(part: Forgotten, keys: Sequence[VerifierKey]) -> None:
    """The hub with these keys has said so. Raises AuditDamaged."""
    if part.until == 0:
        return
    try:
        said = verify_note(part.note or "", *keys)
    except InvalidNote:
        raise AuditDamaged(0, Damage.FORGED) from None
    if said not in [_text(part.until, part.kept, key) for key in keys]:
        raise AuditDamaged(0, Damage.FORGED)


def _text(until: int, kept: int, key: VerifierKey) -> str:
    """No checkpoint: those have a number in their second line."""
    return f"{key.name}\nforgotten\n{until}\n" + (f"kept {kept}\n" if kept else "")
