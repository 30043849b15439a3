"""``tongxing trust root publish``: root keys come where hubs look for them, after a list that they
have signed; of two people who publish at once, one does."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from threading import Barrier, Thread

import pytest

from tests.back_ends import open_database, server_url
from tests.cli.ceremony import Ceremony
from tests.conftest import Ran, Tongxing
from tongxing.gateway.cli.root_publish import publish_roots
from tongxing.gateway.operation.root_files import root_file
from tongxing.gateway.storage.publications import Publications
from tongxing.keys.root_keys import encode_root_keys
from tongxing.keys.trust_refusal import RootKeysRefused

SETTINGS = """
[hub]
id = "tongxing-zhenjiang"
region = "321100"

[[issuers]]
id = "zhenjiang"
dialect = "zhenjiang"
url = "https://issuer.example"
credential = "credential"
"""


class Published:
    """A machine of the hub, with the first list in force."""

    def __init__(self, tongxing: Tongxing, directory: Path) -> None:
        self.them = Ceremony(tongxing, directory)
        self.settings = directory / "settings.toml"
        self.database = directory / "tongxing.sqlite3"
        url = server_url(self.database)
        self.settings.write_text(("" if url is None else f'database = "{url}"\n') + SETTINGS)
        self.anchor = directory / "trust" / "root-keys.json"
        self.anchor.parent.mkdir()
        self.anchor.write_bytes(encode_root_keys(self.them.roots))
        self.list = self.anchor.with_name("trust-list.json")
        self.first = self.them.signed(self.them.draft(), "alice", "bob")
        self.them.in_force(self.first)
        assert self.publish(self.first).status == 0

    def publish(self, content: bytes, name: str = "finished.json") -> Ran:
        file = self.settings.with_name(name)
        file.write_bytes(content)
        return self.them.tongxing("trust", "root", "publish", file, "--settings", self.settings)

    def roots(self, *names: str, by: tuple[str, ...]) -> bytes:
        return self.them.signed(self.them.root_draft(*names), *by)

    def next_list(self, *by: str) -> bytes:
        content = self.them.signed(self.them.draft(lasts_days=91), *by)
        self.them.in_force(content)
        return content

    def shared(self) -> Mapping[int, bytes]:
        async def found() -> Mapping[int, bytes]:
            async with open_database(self.database) as database:
                return await Publications(database).root_keys()

        return asyncio.run(found())


@pytest.fixture
def machine(tongxing: Tongxing, tmp_path: Path, back_end: str) -> Published:
    return Published(tongxing, tmp_path)


def test_root_keys_are_published_after_a_list_that_they_have_signed(
    machine: Published, back_end: str
) -> None:
    roots = machine.roots("bob", "carol", "dave", by=("bob", "carol"))
    refused = machine.publish(roots)
    assert "sign --next" in refused.complaint
    assert not root_file(machine.anchor, 2).exists()
    assert machine.publish(machine.next_list("bob", "carol")).status == 0
    for _ in range(2):  # also if somebody publishes them again
        published = machine.publish(roots)
        assert "root keys of version 2" in published.out
        assert root_file(machine.anchor, 2).read_bytes() == roots
    assert machine.shared() == ({2: roots} if back_end == "postgres" else {})
    shown = machine.them.tongxing("trust", "show", "--settings", machine.settings)
    assert "version 2\n" in shown.out
    old = machine.next_list("alice", "bob")
    assert "SHORT_OF_SIGNATURES" in machine.publish(old).complaint


def test_what_is_short_of_signatures_is_not_published(machine: Published) -> None:
    assert machine.publish(machine.next_list("bob", "carol")).status == 0
    short = machine.roots("bob", "carol", "dave", by=("bob",))
    assert "SHORT_OF_SIGNATURES" in machine.publish(short).complaint
    assert "SHORT_OF_SIGNATURES" in machine.publish(machine.next_list("carol")).complaint


def test_other_root_keys_of_a_version_that_is_there_are_refused(machine: Published) -> None:
    assert machine.publish(machine.next_list("alice", "bob", "carol")).status == 0
    roots = machine.roots("bob", "carol", "dave", by=("bob", "carol"))
    fork = machine.roots("alice", "bob", "erin", by=("alice", "bob"))
    assert machine.publish(roots).status == 0
    assert "ANOTHER_CHAIN" in machine.publish(fork).complaint
    assert root_file(machine.anchor, 2).read_bytes() == roots


def test_a_file_in_the_way_is_not_overwritten(machine: Published) -> None:
    assert machine.publish(machine.next_list("bob", "carol")).status == 0
    root_file(machine.anchor, 2).write_bytes(b"{}")
    roots = machine.roots("bob", "carol", "dave", by=("bob", "carol"))
    assert "已存在且内容不同" in machine.publish(roots).complaint
    assert root_file(machine.anchor, 2).read_bytes() == b"{}"


def test_of_two_who_publish_at_once_one_does(machine: Published) -> None:
    assert machine.publish(machine.next_list("alice", "bob", "carol")).status == 0
    offered = [
        machine.roots("bob", "carol", "dave", by=("bob", "carol")),
        machine.roots("alice", "bob", "erin", by=("alice", "bob")),
    ]
    ready, outcomes = Barrier(2), list[str]()

    def publish(content: bytes) -> None:
        ready.wait()
        try:
            publish_roots(content, machine.settings)
        except Exception as error:  # noqa: BLE001 - whichever way it loses
            outcomes.append(type(error).__name__)
        else:
            outcomes.append("published")

    threads = [Thread(target=publish, args=(content,)) for content in offered]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("published") == 1
    lost = next(each for each in outcomes if each != "published")
    assert lost in (RootKeysRefused.__name__, "CommandFailed")
    held = root_file(machine.anchor, 2).read_bytes()
    assert held in offered
    assert list(machine.shared().values()) in ([], [held])
