"""What operators did, and which publications the hub took."""

from tongxing.gateway.storage.audit.codecs.columns_of_record import (
    DOCUMENT_DIGEST_BYTES,
    KEY_DIGEST_BYTES,
    Codec,
    Content,
    SharedColumns,
    full_digest,
)
from tongxing.gateway.storage.audit.numbers import (
    ACTION_NUMBERS,
    CHANGE_NUMBERS,
    CLIENT_CHANGE_NUMBERS,
    PUBLICATION_NUMBERS,
    name_of,
)
from tongxing.gateway.storage.audit.records import AdministrationRecord, PublicationRecord
from tongxing.gateway.storage.columns import or_none
from tongxing.keys import base64url


class _Administration(Content, frozen=True):
    action: int
    actor: str


class _AdministrationOfDocument(_Administration, frozen=True):
    """The same with a document behind it. Without one it is written as it always was."""

    document: bytes | None = None


class _AdministrationOfKey(_AdministrationOfDocument, frozen=True):
    """The same with a client's key behind it, and no document."""

    client_key: bytes | None = None


class _AdministrationOfAlarm(_AdministrationOfKey, frozen=True):
    """The same with an alarm behind it, and neither document nor key."""

    alarm: str | None = None


class _AdministrationOfChanges(_AdministrationOfAlarm, frozen=True):
    """The same with what changed of a client, or an epoch, behind it, and nothing else."""

    changes: tuple[tuple[int, str | None], ...] = ()
    holder_epoch: int | None = None


def _pack_administration(record: AdministrationRecord) -> _Administration:
    action = ACTION_NUMBERS[record.action]
    document = full_digest(record.document_digest, DOCUMENT_DIGEST_BYTES)
    client_key = full_digest(record.client_key, KEY_DIGEST_BYTES)
    if record.changes or record.holder_epoch is not None:
        changes = tuple((CLIENT_CHANGE_NUMBERS[change], of) for change, of in record.changes)
        given = (document, client_key, record.alarm, changes, record.holder_epoch)
        return _AdministrationOfChanges(action, record.actor, *given)
    if record.alarm is not None:
        return _AdministrationOfAlarm(action, record.actor, document, client_key, record.alarm)
    if client_key is not None:
        return _AdministrationOfKey(action, record.actor, document, client_key)
    if document is None:
        return _Administration(action, record.actor)
    return _AdministrationOfDocument(action, record.actor, document)


def _unpack_administration(
    shared: SharedColumns, content: _AdministrationOfChanges
) -> AdministrationRecord:
    return AdministrationRecord(
        at=shared.at,
        request_id=shared.request_id,
        client_id=shared.client_id,
        action=name_of(ACTION_NUMBERS, content.action),
        actor=content.actor,
        document_digest=or_none(base64url.encode, content.document),
        client_key=or_none(base64url.encode, content.client_key),
        alarm=content.alarm,
        changes=tuple(
            (name_of(CLIENT_CHANGE_NUMBERS, number), of) for number, of in content.changes
        ),
        holder_epoch=content.holder_epoch,
    )


class _Publication(Content, frozen=True):
    action: int
    version: int
    digest: str


class _PublicationSigned(_Publication, frozen=True):
    """The same with who signed it and what differs behind it. Without both it is written as it
    always was."""

    signed_by: tuple[str, ...] = ()
    compared_with: int | None = None
    changes: tuple[tuple[int, str], ...] = ()


def _pack_publication(record: PublicationRecord) -> _Publication:
    members = PUBLICATION_NUMBERS[record.action], record.version, record.digest
    if not record.signed_by and record.compared_with is None:
        return _Publication(*members)
    changes = tuple((CHANGE_NUMBERS[change], name) for change, name in record.changes)
    return _PublicationSigned(*members, record.signed_by, record.compared_with, changes)


def _unpack_publication(shared: SharedColumns, content: _PublicationSigned) -> PublicationRecord:
    return PublicationRecord(
        at=shared.at,
        request_id=shared.request_id,
        client_id=shared.client_id,
        action=name_of(PUBLICATION_NUMBERS, content.action),
        version=content.version,
        digest=content.digest,
        receiving_region=shared.region,
        signed_by=content.signed_by,
        compared_with=content.compared_with,
        changes=tuple((name_of(CHANGE_NUMBERS, number), name) for number, name in content.changes),
    )


ADMINISTRATION_CODEC = Codec(_AdministrationOfChanges, _pack_administration, _unpack_administration)
PUBLICATION_CODEC = Codec(_PublicationSigned, _pack_publication, _unpack_publication)
