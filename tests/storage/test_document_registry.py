"""The registry of trusted documents: what is there, what there is room for, for how long."""

from hashlib import sha256

import pytest

from tests.storage.conftest import Store
from tests.storage.records import AT
from tongxing.gateway.storage.audit import AdministrationRecord, AuditFilter
from tongxing.gateway.storage.document_registry import (
    MAX_REGISTERED,
    MAX_REGISTERED_BYTES,
    DocumentRegistry,
    NewDocument,
    RegisteredDocument,
    RememberedDocuments,
)
from tongxing.gateway.storage.looked_up import REMEMBERED_SECONDS
from tongxing.gateway.storage.news import News
from tongxing.gateway.storage.slices import Slice
from tongxing.keys import base64url
from tongxing.schema.audit_words import AdministrativeAction, AuditKind


def document(text: str = "{ me }", *operations: str) -> NewDocument:
    return NewDocument(
        digest=sha256(text.encode()).digest(), text=text, operations=operations, at=AT, by="uid:7"
    )


async def _registered(registry: DocumentRegistry, new: NewDocument) -> RegisteredDocument | None:
    return await registry.register(new, request_id="request-1")


@pytest.fixture
def registry(store: Store) -> DocumentRegistry:
    return store.documents


async def test_a_document_is_found_as_it_was_registered(registry: DocumentRegistry) -> None:
    new = document("query A { me } query B { me }", "A", "B")
    registered = await _registered(registry, new)
    assert registered is not None
    assert registered == await registry.find(new.digest)
    assert (registered.text, registered.operations, registered.at, registered.by) == (
        new.text,
        ("A", "B"),
        AT,
        "uid:7",
    )


async def test_the_same_text_twice_is_one_document_and_one_record(
    store: Store, registry: DocumentRegistry
) -> None:
    first = await _registered(registry, document())
    assert await _registered(registry, document()) == first
    entries = (await store.audit.page(AuditFilter(kind=AuditKind.ADMINISTRATION), Slice(9))).items
    (record,) = [entry.record for entry in entries]
    assert record == AdministrationRecord(
        at=AT,
        request_id="request-1",
        client_id="uid:7",
        action=AdministrativeAction.DOCUMENT_REGISTERED,
        actor="uid:7",
        document_digest=base64url.encode(document().digest),
    )


async def test_a_withdrawn_document_is_gone_and_its_number_with_it(
    registry: DocumentRegistry,
) -> None:
    first = await _registered(registry, document())
    again = {"at": AT, "by": "uid:7", "request_id": "request-2"}
    assert await registry.withdraw(document().digest, **again) == first  # type: ignore[arg-type]
    assert await registry.withdraw(document().digest, **again) is None  # type: ignore[arg-type]
    assert await registry.find(document().digest) is None
    anew = await _registered(registry, document())
    assert first is not None
    assert anew is not None
    assert anew.number > first.number


async def test_they_are_listed_in_the_order_of_their_registration(
    registry: DocumentRegistry,
) -> None:
    texts = [f"query Q{number} {{ me }}" for number in range(5)]
    for text in texts:
        await _registered(registry, document(text))
    page = await registry.page(Slice(3))
    assert [each.text for each in page.items] == texts[:3]
    rest = await registry.page(Slice(3, after=page.end))
    assert [each.text for each in rest.items] == texts[3:]
    assert not rest.has_next
    number, walked = 0, []
    while each := await registry.behind(number):
        number = each.number
        walked.append(each.text)
    assert walked == texts


async def test_there_is_room_for_so_many(registry: DocumentRegistry) -> None:
    for number in range(MAX_REGISTERED):
        assert await _registered(registry, document(f"query Q{number} {{ me }}"))
    assert await _registered(registry, document("{ one }")) is None
    assert await _registered(registry, document("query Q0 { me }"))
    await registry.withdraw(document("query Q1 { me }").digest, at=AT, by="u", request_id="r")
    assert await _registered(registry, document("{ one }"))


async def test_there_is_room_for_so_many_bytes(registry: DocumentRegistry) -> None:
    half = MAX_REGISTERED_BYTES // 2
    assert await _registered(registry, document("a" * half))
    assert await _registered(registry, document("é" * (half // 2 + 1))) is None
    assert await _registered(registry, document("b" * half))
    assert await _registered(registry, document("c")) is None


async def test_a_document_is_remembered_for_seconds_and_a_miss_not_at_all(
    registry: DocumentRegistry,
) -> None:
    now = 0.0
    remembered = RememberedDocuments(registry, lambda: now, News())
    new = document()
    assert await remembered.text(new.digest) is None
    await _registered(registry, new)
    assert await remembered.text(new.digest) == new.text
    await registry.withdraw(new.digest, at=AT, by="u", request_id="r")
    assert await remembered.text(new.digest) == new.text
    now = REMEMBERED_SECONDS
    assert await remembered.text(new.digest) is None
