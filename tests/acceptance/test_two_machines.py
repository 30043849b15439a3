"""What is changed on one machine takes effect on the other: at once, because it hears of it; and
without that because it looks."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, time

import pytest

from tests.acceptance.callers import (
    CITY,
    COORDINATOR,
    STATION,
    Caller,
    calling,
    codes_of,
    document_of,
    fields,
    request_of,
)
from tests.acceptance.hubs import RunningHub, await_that
from tests.acceptance.machines import Machines, policies_of, sign, two_machines
from tests.acceptance.operations import TRAVELER
from tests.acceptance.standing import Issuers, NewState
from tests.acceptance.test_corrections import (
    decide,
    red_in_the_crowd,
    reference_of,
    refresh,
    report_of,
)
from tests.acceptance.test_mass_flip import MANY, alarms_of, crowd, turn_red
from tests.acceptance.test_policies import POLICIES, URGENT, second, soon
from tests.acceptance.test_registered_documents import REGISTER, WITHDRAW, id_of, is_answered
from tests.acceptance.trust_lists import changed, instant, payload_of, root_keys, signed
from tests.back_ends import run_sql
from tests.conftest import Tongxing
from tongxing.gateway.storage.news import HEARD_SECONDS
from tongxing.sandbox.town.records import IssuerName

pytestmark = [
    pytest.mark.processes,
    pytest.mark.parametrize("back_end", ["postgres"], indirect=True),
]

AT_ONCE_SECONDS = HEARD_SECONDS - 5
"""Some tenths as a rule. Who heard nothing would look after HEARD_SECONDS. That nothing but the
news does it is shown with a clock that stands still: ``tests/followup/test_only_by_news.py``."""

ROUNDS = 3
RED_BEFORE = (1_500, 1_750, 1_600)
"""Where in the crowd to look for a red that no other test has corrected, in each round."""

ASKED = "query WhoAmI { me { id } }\n"


@dataclass(frozen=True)
class Scene:
    machines: Machines
    tongxing: Tongxing
    folder: Path
    issuers: Issuers
    red_before: int

    @property
    def here(self) -> RunningHub:
        return self.machines.here

    @property
    def there(self) -> RunningHub:
        return self.machines.there

    def run(self, *arguments: str | Path) -> None:
        """The command line of the machine here."""
        ran = self.tongxing(*arguments, "--settings", self.here.layout.settings)
        assert ran.status == 0, ran.err


Change = Callable[[], None]
Seen = Callable[[], bool]
Case = Callable[[Scene], Iterator[tuple[Change, Seen]]]
"""Gives what is changed here, and whether it is seen there; what follows is cleared up."""


def a_client_is_revoked(scene: Scene) -> Iterator[tuple[Change, Seen]]:
    with calling(scene.there) as city:
        assert _status(city) == 200
        yield (
            lambda: scene.run("client", "revoke", CITY),
            lambda: _status(city) == 401,
        )


def a_client_may_do_more(scene: Scene) -> Iterator[tuple[Change, Seen]]:
    with calling(scene.there, STATION) as station:
        station.token()
        yield (
            lambda: scene.run("client", "grant", STATION, "--scope", "audit:read"),
            lambda: station.ask_for_token(station.assertion(), scope="audit:read").is_success,
        )


def a_stopped_client_is_resumed(scene: Scene) -> Iterator[tuple[Change, Seen]]:
    """The stop is in the database that each question is recorded in."""
    with calling(scene.there) as city:
        assert _status(city) == 200
        run_sql(
            scene.here.layout.database,
            "INSERT INTO client_stops (client, reason, counted, allowed, stopped_at) "
            "VALUES (?, 'SAME_NAME', 9, 8, 0)",
            parameters=[CITY],
        )
        assert _status(city) == 403
        yield (
            lambda: scene.run("client", "resume", CITY),
            lambda: _status(city) == 200,
        )


def a_document_is_withdrawn(scene: Scene) -> Iterator[tuple[Change, Seen]]:
    """By the coordinator, through the machine here."""
    with calling(scene.here, COORDINATOR) as coordinator, calling(scene.there) as city:
        coordinator.data(REGISTER, {"source": ASKED})
        assert is_answered(city, ASKED)
        yield (
            lambda: _is(
                id_of(ASKED),
                coordinator.data(WITHDRAW, {"id": id_of(ASKED)})["withdrawDocument"]["id"],
            ),
            lambda: not is_answered(city, ASKED),
        )


def a_trust_list_revokes_keys(scene: Scene) -> Iterator[tuple[Change, Seen]]:
    layout, newer = scene.here.layout, scene.folder / "newer.json"
    payload, at = payload_of(layout), instant(datetime.now(UTC))
    issuers = [
        issuer | {"keys": [key | {"revoked_at": at} for key in issuer["keys"]]}
        for issuer in payload["issuers"]
    ]
    newer.write_bytes(signed(changed(payload, by=1, issuers=issuers), root_keys(layout)))
    with calling(scene.there) as city:
        assert city.persona("green_everywhere")["color"] == "GREEN"
        yield (
            lambda: scene.run("trust", "publish", newer),
            lambda: city.persona("green_everywhere")["color"] != "GREEN",
        )
    coming = payload["version"] + 1
    await_that(
        lambda: scene.there.events("trust_list_replaced")[-1]["version"] == coming,
        "it is told which list it took",
    )


def a_policy_is_published(scene: Scene) -> Iterator[tuple[Change, Seen]]:
    draft = scene.folder / "zhenjiang-2.toml"
    draft.write_text(second(soon(minutes=10), extra=URGENT), "utf-8")
    sign(draft)
    with calling(scene.there) as city:
        assert _versions(city) == [1]
        yield (
            lambda: scene.run("policy", "publish", draft),
            lambda: _versions(city) == [1, 2],
        )
    assert (policies_of(scene.here.layout) / draft.name).exists()
    assert not (policies_of(scene.there.layout) / draft.name).exists()


def a_correction_is_accepted(scene: Scene) -> Iterator[tuple[Change, Seen]]:
    """What another client's questions have left there is outdated."""
    document = red_in_the_crowd(scene.red_before)
    with calling(scene.here) as city, calling(scene.there, STATION) as station:
        receipt = str(city.traveler(document)["receipt"])
        made = report_of(city, receipt, document, "sukangma", "NEVER_THERE")
        reference = reference_of(scene.issuers, "sukangma", receipt, document, "NEVER_THERE")
        assert _stated(station, document) == "RED"
        decide(scene.issuers, "sukangma", reference, accepted=True)
        assert _stated(station, document) == "RED"
        yield (
            lambda: _is("ACCEPTED", refresh(city, made["id"])["state"]),
            lambda: _stated(station, document) == "GREEN",
        )


CASES: Mapping[str, Case] = {
    "a client that is revoked": a_client_is_revoked,
    "a client that may do more": a_client_may_do_more,
    "a stopped client that is resumed": a_stopped_client_is_resumed,
    "a document that is withdrawn": a_document_is_withdrawn,
    "issuers' keys that a trust list revokes": a_trust_list_revokes_keys,
    "a policy that is published": a_policy_is_published,
    "a correction that is accepted": a_correction_is_accepted,
}


def _status(city: Caller) -> int:
    document = fields(document_of("green_everywhere"))
    return city.post(TRAVELER, request_of(document)).status_code


def _versions(city: Caller) -> list[int]:
    found = city.data(POLICIES, {"region": "321100"})["policies"]
    return [each["ref"]["number"] for each in found]


def _stated(caller: Caller, document: Mapping[str, str]) -> str:
    (code,) = codes_of(caller.traveler(document, purpose="TRANSPORT"), "sukangma")
    return str(code["color"])


def _is(expected: object, found: object) -> None:
    assert found == expected


IN_ONE_HUB = (
    a_document_is_withdrawn,
    a_correction_is_accepted,
    a_policy_is_published,
    a_trust_list_revokes_keys,
    a_client_is_revoked,
)
"""One after another."""

REMEMBERED_SECONDS = 60.0
"""By statements, histories and what rests on them: the most that may be set."""


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.usefixtures("back_end")
def test_what_is_heard_takes_effect_at_once(
    case: Case, new_layout: NewState, issuers: Issuers, tongxing: Tongxing, tmp_path: Path
) -> None:
    """On a busy machine in one of a few rounds."""
    for number in range(ROUNDS):
        folder = tmp_path / str(number)
        folder.mkdir()
        with two_machines(new_layout, cache__seconds=REMEMBERED_SECONDS) as machines:
            scene = Scene(machines, tongxing, folder, issuers, RED_BEFORE[number])
            for change, seen in case(scene):
                change()
                began = monotonic()
                await_that(seen, "it is seen there")
                took = monotonic() - began
        if took < AT_ONCE_SECONDS:
            return
    raise AssertionError("it took as long as if nobody had heard of it")


@pytest.mark.usefixtures("back_end")
def test_who_hears_nothing_looks(
    new_layout: NewState, issuers: Issuers, tongxing: Tongxing, tmp_path: Path
) -> None:
    """Beside a machine whose every attempt to listen fails; once one succeeds, it hears again."""
    with two_machines(new_layout, is_deaf=True, cache__seconds=REMEMBERED_SECONDS) as machines:
        scene = Scene(machines, tongxing, tmp_path, issuers, red_before=1_250)
        for case in IN_ONE_HUB:
            for change, seen in case(scene):
                change()
                await_that(seen, "it is seen there")
        assert not machines.there.events("news_heard")
        assert "tongxing_news_unheard 1.0" in machines.there.figures()
        assert machines.proxy is not None
        machines.proxy.is_deaf = False
        machines.there.await_event("news_heard", 1)


@pytest.mark.usefixtures("back_end")
def test_a_crowd_that_turns_red_is_counted_together_and_both_see_the_alarm(
    new_layout: NewState, issuers: Issuers
) -> None:
    people = crowd(IssuerName.ZHENJIANG, MANY)
    half = len(people) // 2
    with (
        two_machines(new_layout) as machines,
        calling(machines.here) as city,
        calling(machines.there) as beside,
        turn_red(issuers, int(time()) - 3_600, 3_300),
    ):
        city.travelers(people[:half])
        beside.travelers(people[half:])
        found = []
        for hub in (machines.here, machines.there):
            with calling(hub, COORDINATOR) as coordinator:
                found.append(alarms_of(coordinator))
        told = [hub.events("mass_flip") for hub in (machines.here, machines.there)]
    assert found[0] == found[1]
    assert [alarm["people"] for alarm in found[0]] == [MANY]
    assert sum(map(len, told)) == 1
