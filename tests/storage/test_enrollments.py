"""A code makes one device a client, for some minutes, and for few guesses; on both back ends."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from tests.back_ends import open_database
from tests.storage.conftest import Store
from tests.storage.records import AT
from tests.storage.registrations import client
from tongxing.gateway.storage.audit import AuditFilter
from tongxing.gateway.storage.clients import Enrollment, EnrollmentRefusal, Enrollments
from tongxing.gateway.storage.clients.enrollment_code import (
    HANDLE_CHARACTERS,
    LETTERS,
    shown,
    typed_code,
)
from tongxing.gateway.storage.clients.enrollments import CODE_GOOD_FOR, GATE_SCOPES, WRONG_MAX
from tongxing.gateway.storage.slices import Slice
from tongxing.keys.public_key_file import named_key_from_jwk
from tongxing.keys.signing import Es256Signer
from tongxing.keys.token_check import ClientKey
from tongxing.schema import Purpose

CODE = "ABCDEFGHJKLMNPQR"
WRONG = CODE[:HANDLE_CHARACTERS] + "2" * 12
GATE = Enrollment("gate-1", "321100", "TRANSPORT", "镇江南站1号口", "镇江南站", "12345")
WHO = {"actor": "uid:0", "request_id": "request-1"}


def new_key() -> ClientKey:
    public = named_key_from_jwk(Es256Signer.generate().public_jwk()).public_key
    return ClientKey(public.thumbprint(), public)


@pytest.fixture
async def enrollments(path: Path, store: Store) -> AsyncIterator[Enrollments]:
    async with open_database(path) as database:
        yield Enrollments(database)


async def _use(
    enrollments: Enrollments, code: str = CODE, key: ClientKey | None = None, minutes: float = 1
) -> Enrollment | EnrollmentRefusal:
    at = AT + timedelta(minutes=minutes)
    return await enrollments.use(code, key or new_key(), at=at, request_id="request-2")


async def test_a_device_becomes_what_it_was_enrolled_as(
    enrollments: Enrollments, store: Store
) -> None:
    good_until = await enrollments.open(GATE, CODE, at=AT, **WHO)
    assert good_until == AT + CODE_GOOD_FOR
    assert await store.clients.find("gate-1") is None
    key = new_key()
    assert await _use(enrollments, shown(CODE).lower(), key) == GATE
    found = await store.clients.find("gate-1")
    assert found is not None
    assert (found.name, found.regions, found.purposes) == (
        GATE.place,
        frozenset({"321100"}),
        frozenset({Purpose.TRANSPORT}),
    )
    assert found.scopes == set(GATE_SCOPES)
    assert [each.key_id for each in found.keys] == [key.key_id]
    page = await store.audit.page(AuditFilter(client_id="gate-1"), Slice(10))
    told = [
        (getattr(each.record, "action").value, getattr(each.record, "client_key"))  # noqa: B009
        for each in page.items
    ]
    assert told == [("ENROLLMENT_OPENED", None), ("CLIENT_ENROLLED", key.key_id)]


async def test_a_code_is_used_once_and_its_answer_may_be_asked_for_again(
    enrollments: Enrollments,
) -> None:
    await enrollments.open(GATE, CODE, at=AT, **WHO)
    key = new_key()
    for _ in range(2):
        assert await _use(enrollments, key=key) == GATE
    assert await _use(enrollments) is EnrollmentRefusal.USED


async def test_of_many_devices_at_once_one_is_enrolled(enrollments: Enrollments) -> None:
    await enrollments.open(GATE, CODE, at=AT, **WHO)
    made = await asyncio.gather(*(_use(enrollments) for _ in range(5)))
    assert sorted(map(str, made)) == sorted([str(GATE), *["USED"] * 4])


@pytest.mark.parametrize(
    ("code", "minutes", "refusal"),
    [
        ("", 1, EnrollmentRefusal.UNKNOWN),
        ("0" * 16, 1, EnrollmentRefusal.UNKNOWN),
        (CODE[:-1], 1, EnrollmentRefusal.UNKNOWN),
        ("2222" + CODE[4:], 1, EnrollmentRefusal.UNKNOWN),
        (WRONG, 1, EnrollmentRefusal.WRONG),
        (CODE, 15, EnrollmentRefusal.ENDED),
    ],
    ids=["no code", "letters that none has", "too short", "unknown", "wrong", "ended"],
)
async def test_what_is_no_good_code_is_refused(
    enrollments: Enrollments, code: str, minutes: float, refusal: EnrollmentRefusal
) -> None:
    await enrollments.open(GATE, CODE, at=AT, **WHO)
    assert await _use(enrollments, code, minutes=minutes) is refusal
    assert await _use(enrollments, minutes=14.9) == GATE


async def test_after_some_wrong_guesses_the_right_code_is_refused_too(
    enrollments: Enrollments,
) -> None:
    await enrollments.open(GATE, CODE, at=AT, **WHO)
    for _ in range(WRONG_MAX):
        assert await _use(enrollments, WRONG) is EnrollmentRefusal.WRONG
    assert await _use(enrollments) is EnrollmentRefusal.GUESSED_AT
    another = "ABCD" + "3" * 12
    await enrollments.open(GATE, another, at=AT, **WHO)
    assert await _use(enrollments, another) == GATE


async def test_a_new_code_takes_the_place_of_the_one_before(enrollments: Enrollments) -> None:
    await enrollments.open(GATE, CODE, at=AT, **WHO)
    await enrollments.open(GATE, "3" * 16, at=AT, **WHO)
    assert await _use(enrollments) is EnrollmentRefusal.UNKNOWN
    assert await _use(enrollments, "3" * 16) == GATE


async def test_an_id_is_given_once(enrollments: Enrollments, store: Store) -> None:
    await store.clients.add(client(id="gate-1"), **WHO)
    assert await enrollments.open(GATE, CODE, at=AT, **WHO) is None
    other = msgspec.structs.replace(GATE, client_id="gate-2")
    await enrollments.open(other, CODE, at=AT, **WHO)
    await store.clients.add(client(id="gate-2"), **WHO)  # in between, by another operator
    assert await _use(enrollments) is EnrollmentRefusal.USED


async def test_a_revoked_device_does_not_come_back(enrollments: Enrollments, store: Store) -> None:
    await enrollments.open(GATE, CODE, at=AT, **WHO)
    await _use(enrollments)
    assert await store.clients.revoke("gate-1", at=AT, **WHO)
    assert await enrollments.open(GATE, CODE, at=AT, **WHO) is None
    assert await store.clients.find("gate-1") is None


def test_a_code_is_typed_as_people_type() -> None:
    assert len(LETTERS) == len(set(LETTERS)) == 32
    assert shown(CODE) == "ABCD-EFGH-JKLM-NPQR"
    for text in ("abcd efgh jklm npqr\r\n", shown(CODE), CODE):
        assert typed_code(text) == CODE
