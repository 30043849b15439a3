"""By which account at a provider a person signs in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.back_ends import open_database
from tests.storage.records import AT
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.audit import AdministrationRecord
from tongxing.gateway.storage.clients import ClientRegistry, register
from tongxing.gateway.storage.person_subjects import PersonSubjects
from tongxing.schema import Purpose
from tongxing.schema.audit_words import AdministrativeAction
from tongxing.schema.scope import Scope

ISSUER = "https://id.example"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with open_database(path) as opened:
        registry = ClientRegistry(opened)
        for name in ("li", "wang"):
            person = register(
                id=name,
                name=name,
                regions=["320000"],
                scopes=[Scope.AUDIT_READ],
                purposes=[Purpose.AUDIT.name],
                jwks=(),
                at=AT,
                is_person=True,
            )
            await registry.add(person, actor="operator", request_id="r-1")
        yield opened


def _record(client_id: str) -> AdministrationRecord:
    return AdministrationRecord(
        at=AT,
        request_id="r-2",
        client_id=client_id,
        action=AdministrativeAction.SUBJECT_BOUND,
        actor="operator",
    )


async def test_an_account_is_of_its_provider(database: Database) -> None:
    subjects = PersonSubjects(database)
    assert await subjects.bind(ISSUER, "u-7", _record("li"))
    assert await subjects.find(ISSUER, "u-7") == "li"
    assert await subjects.find(ISSUER, "U-7") is None
    assert await subjects.find(ISSUER + "u", "-7") is None
    assert await subjects.find("https://other.example", "u-7") is None


async def test_a_person_has_one_account(database: Database) -> None:
    subjects = PersonSubjects(database)
    await subjects.bind(ISSUER, "u-7", _record("li"))
    assert await subjects.bind(ISSUER, "u-8", _record("li"))
    assert await subjects.find(ISSUER, "u-7") is None
    assert await subjects.find(ISSUER, "u-8") == "li"


async def test_an_account_is_one_persons_until_that_person_is_revoked(database: Database) -> None:
    subjects = PersonSubjects(database)
    await subjects.bind(ISSUER, "u-7", _record("li"))
    assert not await subjects.bind(ISSUER, "u-7", _record("wang"))
    assert await subjects.find(ISSUER, "u-7") == "li"
    await ClientRegistry(database).revoke("li", at=AT, actor="operator", request_id="r-3")
    assert await subjects.bind(ISSUER, "u-7", _record("wang"))
    assert await subjects.find(ISSUER, "u-7") == "wang"


async def test_the_account_itself_is_not_kept(database: Database) -> None:
    await PersonSubjects(database).bind(ISSUER, "li.ming@example.cn", _record("li"))
    rows = await database.read(lambda read: read.execute("SELECT * FROM person_subjects"))
    assert "li.ming" not in repr(rows)
