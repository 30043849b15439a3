"""``tongxing trust publish``: a newer list comes where hubs look for it, and no other one does."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.trust_lists import changed, lasting, payload_of, root_keys, signed
from tests.back_ends import open_database, server_url
from tests.conftest import Tongxing
from tongxing.gateway.storage.publications import Publications
from tongxing.sandbox.provisioning.layout import Layout


@pytest.fixture
def machine(layout: Layout, back_end: str) -> Layout:
    """Over that database."""
    url = server_url(layout.database)
    if url is not None:
        assert back_end == "postgres"
        text = layout.settings.read_text("utf-8")
        layout.settings.write_text(f'database = "{url}"\n{text}', "utf-8")
    return layout


def written(layout: Layout, by: int) -> Path:
    file = layout.directory / f"{by}.json"
    file.write_bytes(signed(changed(payload_of(layout), by=by), root_keys(layout)))
    return file


def shared(layout: Layout) -> bytes | None:
    async def found() -> bytes | None:
        async with open_database(layout.database) as database:
            return await Publications(database).trust_list()

    return asyncio.run(found())


def test_a_newer_list_takes_the_place_of_the_file_and_is_shared_by_a_server(
    tongxing: Tongxing, machine: Layout, back_end: str
) -> None:
    newer = written(machine, 1)
    content = newer.read_bytes()
    for _ in range(2):  # also if somebody publishes it again
        published = tongxing("trust", "publish", newer, "--settings", machine.settings)
        assert (published.status, published.out[:1]) == (0, "✔")
        assert machine.trust_list.read_bytes() == content
    assert shared(machine) == (content if back_end == "postgres" else None)


def test_the_newer_one_of_both_is_shown(tongxing: Tongxing, machine: Layout, back_end: str) -> None:
    first = machine.trust_list.read_bytes()
    tongxing("trust", "publish", written(machine, 6), "--settings", machine.settings)
    machine.trust_list.write_bytes(first)
    shown = tongxing("trust", "show", "--settings", machine.settings)
    assert (f"version {7 if back_end == 'postgres' else 1}\n") in shown.out


def _older(layout: Layout) -> bytes:
    return signed(changed(payload_of(layout), by=-1, issuers=[]), root_keys(layout))


def _another(layout: Layout) -> bytes:
    return signed(changed(payload_of(layout), by=0, issuers=[]), root_keys(layout))


def _short(layout: Layout) -> bytes:
    return signed(changed(payload_of(layout), by=1), root_keys(layout)[:1])


def _ended(layout: Layout) -> bytes:
    return signed(lasting(payload_of(layout), -60), root_keys(layout))


REFUSED: dict[str, tuple[Callable[[Layout], bytes], str]] = {
    "an older one": (_older, "已有同样新或更新的列表"),
    "another one of that version": (_another, "已有同样新或更新的列表"),
    "one that too few have signed": (_short, "SHORT_OF_SIGNATURES"),
    "one that has ended": (_ended, "EXPIRED"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_no_other_list_is_published(what: str, tongxing: Tongxing, machine: Layout) -> None:
    make, why = REFUSED[what]
    held = written(machine, 2)
    tongxing("trust", "publish", held, "--settings", machine.settings)
    before, content = shared(machine), held.read_bytes()
    refused = machine.directory / "refused.json"
    refused.write_bytes(make(machine))
    published = tongxing("trust", "publish", refused, "--settings", machine.settings)
    assert why in published.complaint
    assert (machine.trust_list.read_bytes(), shared(machine)) == (content, before)
