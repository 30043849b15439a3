"""A running hub and its policies: a new version is taken, a bad set changes nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree

import pytest

from tests.acceptance.callers import Answer, Caller, calling
from tests.acceptance.hubs import RunningHub, await_that, serving
from tests.acceptance.standing import NewState
from tongxing.gateway.settings import SHIPPED_POLICIES

POLICIES = """query($region: RegionCode!) {
  policies(region: $region) { ref { number } urgencyReason { en } }
}"""
URGENT = 'urgent = { zh = "疫情急变", en = "an outbreak" }\n'


@dataclass
class Publisher:
    """Who may write into the directory that the hub follows."""

    directory: Path
    hub: RunningHub
    city: Caller

    def put(self, name: str, text: str) -> None:
        beside = self.directory / f"{name}.new"
        beside.write_text(text, "utf-8")
        beside.rename(self.directory / f"{name}.toml")

    def remove(self, name: str) -> None:
        (self.directory / f"{name}.toml").unlink()

    def announce_what_begins_soon(self) -> None:
        """The hub takes it at one of its looks; on a busy machine it may have begun by then, which
        is refused, so each further one begins twice as late."""
        for seconds in (5, 10, 20, 40):
            looks = self._looks()
            self.put("zhenjiang-2", second(soon(seconds=seconds), extra=URGENT))
            await_that(lambda: self._looks() != looks, "the hub looked")  # noqa: B023
            if self._looks()[0] > looks[0]:
                return
        raise AssertionError("no version was taken")

    def _looks(self) -> tuple[int, int]:
        """How many sets were taken, and how many were refused."""
        return len(self.hub.events("policies_replaced")), len(self.hub.events("policies_refused"))

    def versions(self) -> list[int]:
        answer: Answer = self.city.data(POLICIES, {"region": "321100"})
        return [each["ref"]["number"] for each in answer["policies"]]

    def version_in_answers(self) -> int:
        operation = (
            "query($d: TravelDocumentInput!) { traveler(input: {document: $d, purpose: ENTRY, "
            'receivingRegion: "321100"}) { ... on TravelerRecognition { policy { number } } } }'
        )
        document = {"kind": "PASSPORT", "number": "E12345678", "name": "ANY BODY"}
        return int(self.city.data(operation, {"d": document})["traveler"]["policy"]["number"])


@contextmanager
def publishing(new_layout: NewState, directory: Path) -> Iterator[Publisher]:
    copytree(SHIPPED_POLICIES, directory)
    with serving(new_layout(), policies=directory) as hub, calling(hub) as city:
        yield Publisher(directory, hub, city)


@pytest.fixture
def publisher(new_layout: NewState, tmp_path: Path) -> Iterator[Publisher]:
    with publishing(new_layout, tmp_path / "policies") as made:
        yield made


@pytest.fixture(scope="module")
def same_publisher(
    new_layout: NewState, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Publisher]:
    """One for all the sets that change nothing; each test takes back what it wrote."""
    with publishing(new_layout, tmp_path_factory.mktemp("same") / "policies") as made:
        yield made


def second(begins: datetime, *, extra: str = "") -> str:
    """Zhenjiang's version 2, announced now."""
    now = datetime.now(UTC).replace(microsecond=0)
    return (
        (SHIPPED_POLICIES / "zhenjiang-1.toml")
        .read_text("utf-8")
        .replace("version = 1\n", "version = 2\nreplaces = 1\n")
        .replace("2020-02-27T09:00:00+08:00", now.isoformat())
        .replace(
            "valid_from = 2020-03-01T00:00:00+08:00", f"{extra}valid_from = {begins.isoformat()}"
        )
    )


def soon(**ahead: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(**ahead)


def test_a_version_counts_from_its_moment_and_one_announced_does_not_yet(
    publisher: Publisher,
) -> None:
    assert (publisher.versions(), publisher.version_in_answers()) == ([1], 1)
    publisher.announce_what_begins_soon()
    await_that(lambda: publisher.version_in_answers() == 2, "version 2 is in force")
    third = second(soon(days=3)).replace("version = 2\nreplaces = 1", "version = 3\nreplaces = 2")
    publisher.put("zhenjiang-3", third)
    await_that(lambda: publisher.versions() == [1, 2, 3], "version 3 is announced")
    assert publisher.version_in_answers() == 2


BAD: dict[str, tuple[str, Callable[[Publisher], None]]] = {
    "a mistake in one file": (
        "NOT_TOML",
        lambda publisher: publisher.put("zhenjiang-2", second(soon(days=3)) + "\n= 1"),
    ),
    "a version without lead time": (
        "ANNOUNCED_TOO_LATE",
        lambda publisher: publisher.put("zhenjiang-2", second(soon(hours=40))),
    ),
    "a policy that is withdrawn": (
        "WITHDRAWN",
        lambda publisher: publisher.remove("zhenjiang-1"),
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_set_is_refused_and_the_policy_in_force_stays(
    what: str, same_publisher: Publisher
) -> None:
    code, change = BAD[what]
    refused = len(same_publisher.hub.events("policies_refused"))
    change(same_publisher)
    assert same_publisher.hub.await_event("policies_refused", refused + 1)["code"] == code
    assert (same_publisher.versions(), same_publisher.version_in_answers()) == ([1], 1)
    same_publisher.put("zhenjiang-1", (SHIPPED_POLICIES / "zhenjiang-1.toml").read_text("utf-8"))
    (same_publisher.directory / "zhenjiang-2.toml").unlink(missing_ok=True)
