"""By which account at an organization's provider a person signs in.

An account is the provider's issuer and its subject there (OpenID Connect Core §2); here lies their
digest alone. An account is one person's, and a person has one.
"""

import hashlib

from tongxing.gateway.storage.audit import AdministrationRecord
from tongxing.gateway.storage.audit.encoding import encode_record
from tongxing.gateway.storage.database import Database
from tongxing.gateway.storage.writer import UnitOfWork

LENGTH_BYTES = 2


class PersonSubjects:
    """All methods raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def bind(self, issuer: str, subject: str, record: AdministrationRecord) -> bool:
        """The client of ``record`` signs in by this account from now on, and by no other; False if
        the account is that of another active client. Recorded with it."""
        digest, client_id, entry = _digest(issuer, subject), record.client_id, encode_record(record)

        def work(unit: UnitOfWork) -> bool:
            if unit.execute(_OF_ANOTHER, (digest, client_id)):
                return False
            unit.execute(_FREE, (digest, client_id))
            unit.execute(_BIND, (digest, client_id))
            unit.record([entry])
            return True

        return await self._database.write(work)

    async def find(self, issuer: str, subject: str) -> str | None:
        """The client whose account this is, even if it is no longer registered."""
        rows = await self._database.fetch(_FIND, (_digest(issuer, subject),))
        return rows[0][0] if rows else None


def _digest(issuer: str, subject: str) -> bytes:
    """Each text after its length: no two accounts are written alike."""
    texts = (issuer.encode(), subject.encode())
    whole = b"".join(len(text).to_bytes(LENGTH_BYTES, "big") + text for text in texts)
    return hashlib.sha256(whole).digest()


_OF_ANOTHER = """
    SELECT 1 FROM person_subjects JOIN clients ON clients.id = person_subjects.client_id
    WHERE digest = ? AND client_id <> ? AND revoked_at IS NULL
"""
_FREE = "DELETE FROM person_subjects WHERE digest = ? OR client_id = ?"
_BIND = "INSERT INTO person_subjects (digest, client_id) VALUES (?, ?)"
_FIND = "SELECT client_id FROM person_subjects WHERE digest = ?"
