"""Devices that may become clients, each with a code that one of them uses once.

Responsible for how long a code is good, how often it may be guessed at, and that the device is a
client by the same COMMIT that uses the code up and records it. Refuses to know how a device proves
its key (``keys.enrollment_requests``).
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique
from functools import partial

from msgspec import Struct, msgpack

from tongxing.gateway.storage.audit import AdministrationRecord
from tongxing.gateway.storage.audit.encoding import encode_record
from tongxing.gateway.storage.clients.enrollment_code import digest_of, handle_of, typed_code
from tongxing.gateway.storage.clients.registration import register
from tongxing.gateway.storage.clients.registry import add_client, is_registered
from tongxing.gateway.storage.columns import as_written, from_microseconds, microseconds
from tongxing.gateway.storage.database import Database
from tongxing.gateway.storage.writer import UnitOfWork
from tongxing.keys.token_check import ClientKey
from tongxing.schema.audit_words import AdministrativeAction
from tongxing.schema.scope import Scope

CODE_GOOD_FOR = timedelta(minutes=15)
"""An operator reads it to whoever stands before the device, or holds the screen before it."""

WRONG_MAX = 5
"""Wrong codes that begin like this one; from then on it is refused like a wrong one."""

GATE_SCOPES = (Scope.STATUS_READ, Scope.CODE_VERIFY, Scope.ARRIVAL_WRITE, Scope.PASS_ISSUE)
"""What a gate's device may do, and all that it may do."""


class Enrollment(Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """What a device is enrolled as: the client ``client_id``, which asks for ``region`` and
    ``purpose``. The others are what an issuer is told of the checkpoint: texts up to 64 characters;
    ``phone`` is that of the post and of no person."""

    client_id: str
    region: str
    purpose: str
    place: str
    department: str
    phone: str


@unique
class EnrollmentRefusal(StrEnum):
    """Why a code is not good. For the operator; the device is told one and the same."""

    UNKNOWN = "UNKNOWN"
    ENDED = "ENDED"
    WRONG = "WRONG"
    GUESSED_AT = "GUESSED_AT"
    USED = "USED"


@dataclass(frozen=True, slots=True)
class _Opened:
    handle: str
    enrollment: Enrollment
    digest: bytes
    ends_at: datetime
    wrong: int
    used_by: str | None


class Enrollments:
    """All methods raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(
        self, enrollment: Enrollment, code: str, *, at: datetime, actor: str, request_id: str
    ) -> datetime | None:
        """Until when ``code`` is good, in place of any other code for this client; None if a
        client of this id was registered before. Raises InvalidClient."""
        record = AdministrationRecord(
            at=at,
            request_id=request_id,
            client_id=enrollment.client_id,
            action=AdministrativeAction.ENROLLMENT_OPENED,
            actor=actor,
        )
        entry, ends_at = encode_record(record), at + CODE_GOOD_FOR

        def work(unit: UnitOfWork) -> datetime | None:
            unit.execute(_CLEAR, (microseconds(at), enrollment.client_id, handle_of(code)))
            if is_registered(unit, enrollment.client_id):
                return None
            content, good_until = msgpack.encode(enrollment), microseconds(ends_at)
            row = (handle_of(code), enrollment.client_id, digest_of(code), content, good_until)
            unit.execute(_OPEN, row)
            unit.record([entry])
            return ends_at

        return await self._database.write(work)

    async def use(
        self, unverified_code: str, key: ClientKey, *, at: datetime, request_id: str
    ) -> Enrollment | EnrollmentRefusal:
        """What the device with ``key`` is from now on. A device that did not hear the answer asks
        again with the same key, and gets it again while the code is good."""
        code = typed_code(unverified_code)
        if code is None:
            return EnrollmentRefusal.UNKNOWN
        return await self._database.write(partial(_use, code, key, at, request_id))


def _use(
    code: str, key: ClientKey, at: datetime, request_id: str, unit: UnitOfWork
) -> Enrollment | EnrollmentRefusal:
    opened = _found(unit, code)
    if opened is None:
        return EnrollmentRefusal.UNKNOWN
    refusal = _refusal(opened, code, at, unit)
    if refusal is not None:
        return refusal
    thumbprint = key.public_key.thumbprint()
    if opened.used_by is None and _enrolled(opened.enrollment, key, at, request_id, unit):
        unit.execute(_USE, (thumbprint, opened.handle))
        return opened.enrollment
    return opened.enrollment if opened.used_by == thumbprint else EnrollmentRefusal.USED


def _refusal(
    opened: _Opened, code: str, at: datetime, unit: UnitOfWork
) -> EnrollmentRefusal | None:
    """A wrong code is counted."""
    if at >= opened.ends_at:
        return EnrollmentRefusal.ENDED
    if opened.wrong >= WRONG_MAX:
        return EnrollmentRefusal.GUESSED_AT
    if not hmac.compare_digest(opened.digest, digest_of(code)):
        unit.execute(_COUNT, (opened.handle,))
        return EnrollmentRefusal.WRONG
    return None


def _enrolled(
    enrollment: Enrollment, key: ClientKey, at: datetime, request_id: str, unit: UnitOfWork
) -> bool:
    thumbprint = key.public_key.thumbprint()
    client = register(
        id=enrollment.client_id,
        name=enrollment.place,
        regions=[enrollment.region],
        scopes=GATE_SCOPES,
        purposes=[enrollment.purpose],
        jwks=[{"kid": thumbprint, **key.public_key.to_jwk()}],
        at=at,
    )
    record = AdministrationRecord(
        at=at,
        request_id=request_id,
        client_id=client.id,
        action=AdministrativeAction.CLIENT_ENROLLED,
        actor=client.id,
        client_key=thumbprint,
    )
    return add_client(unit, client, record)


def _found(unit: UnitOfWork, code: str) -> _Opened | None:
    rows = unit.execute(_FIND, (handle_of(code),))
    if not rows:
        return None
    ((handle, digest, content, ends_at, wrong, used_by),) = rows
    with as_written("enrollments"):
        enrollment = msgpack.decode(content, type=Enrollment)
        return _Opened(
            handle, enrollment, bytes(digest), from_microseconds(ends_at), wrong, used_by
        )


_CLEAR = "DELETE FROM enrollments WHERE ends_at <= ? OR client = ? OR handle = ? RETURNING 1"
_OPEN = """
    INSERT INTO enrollments (handle, client, digest, content, ends_at) VALUES (?, ?, ?, ?, ?)
"""
_FIND = """
    SELECT handle, digest, content, ends_at, wrong, used_by FROM enrollments WHERE handle = ?
"""
_COUNT = "UPDATE enrollments SET wrong = wrong + 1 WHERE handle = ?"
_USE = "UPDATE enrollments SET used_by = ? WHERE handle = ?"
