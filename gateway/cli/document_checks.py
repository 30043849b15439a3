"""``tongxing doctor``: whether the hub would answer each of its trusted documents."""

import asyncio
from collections.abc import Iterator, Sequence

from tongxing.gateway.cli.document_commands import prepared_documents
from tongxing.gateway.errors import ErrorCode
from tongxing.gateway.graphql.document_ids import document_id
from tongxing.gateway.graphql.trusted_documents import (
    TrustedDocumentFileRefused,
    TrustedDocuments,
)
from tongxing.gateway.graphql.unfit_documents import unfit_documents
from tongxing.gateway.operation.databases import form_of_database
from tongxing.gateway.operation.diagnosis import Diagnosis
from tongxing.gateway.operation.document_files import DocumentFileRefused, read_documents
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.settings import Settings
from tongxing.gateway.storage import StorageFault
from tongxing.gateway.storage.audit import AuditDamaged
from tongxing.gateway.storage.document_registry import RegisteredDocument


def examine_documents(settings: Settings) -> Iterator[Diagnosis]:
    """A database that cannot be opened, or is not upgraded yet, is named by another check."""
    yield _folder(settings)
    if settings.database.url is None and not settings.database.file.exists():
        return
    try:
        form = form_of_database(settings.database)
        if form.held < form.known:
            return
        unfit = asyncio.run(_unfit(settings))
    except (StorageFault, AuditDamaged):
        return
    for document, code in unfit:
        yield _refused_now(document, code)


def _folder(settings: Settings) -> Diagnosis:
    about = f"可信文档 trusted documents {settings.documents}"
    try:
        files = read_documents(settings.documents)
        make = prepared_documents(settings).make
        TrustedDocuments(files, make, registered=_NoneRegistered(), only=False)
    except OSError as error:
        why = f"无法读取 cannot be read ({error.strerror})"
        return Diagnosis(about, why, "改正配置 correct `documents` in the settings")
    except (DocumentFileRefused, TrustedDocumentFileRefused) as refused:
        return Diagnosis(about, str(refused), "改正或移走该文件 correct the file, or take it away")
    return Diagnosis(about)


def _refused_now(document: RegisteredDocument, code: ErrorCode) -> Diagnosis:
    """Such a document stops no hub: whoever names it gets this code."""
    given = document_id(document.digest)
    operations = " ".join(document.operations)
    return Diagnosis(
        f"可信文档 trusted document {document.number} {operations}",
        f"平台现在会拒绝 the hub would refuse it now: {code.value}",
        f"请登记者改正后重新登记，并撤销旧的 have {document.by} register a corrected one, and: "
        f"tongxing document withdraw {given}",
    )


class _NoneRegistered:
    async def text(self, _digest: bytes) -> str | None:
        return None


async def _unfit(settings: Settings) -> Sequence[tuple[RegisteredDocument, ErrorCode]]:
    make = prepared_documents(settings).make
    async with opened(settings.database) as state:
        return [each async for each in unfit_documents(state.documents, make)]
