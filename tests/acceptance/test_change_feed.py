"""The city's feed behind hubs that run: it turns people red, and nobody asks about them."""

import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from time import monotonic

import pytest

from tests.acceptance.arriving import found as found_arrival
from tests.acceptance.arriving import office_of, record
from tests.acceptance.callers import CITY, Caller, calling
from tests.acceptance.hubs import RunningHub, await_that, new_state, serving
from tests.acceptance.passing import PassGate, issue, issued
from tests.acceptance.standing import Issuers
from tests.acceptance.test_workers_together import serving_workers
from tests.acceptance.workers_apart import callers_apart
from tests.sandbox.clients import RunningIssuer, asked, running
from tongxing.gateway.settings import IssuerSettings
from tongxing.keys.passes import PassStatus
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.town.records import IssuerName
from tongxing.schema.scope import Scope

pytestmark = pytest.mark.processes

WITHIN_SECONDS = 60.0
KEPT_SECONDS = 60.0
SETTINGS = {"hub__url": "https://hub.example.cn", "cache__seconds": KEPT_SECONDS}
DISTRICT = "321102"


@pytest.fixture(scope="module")
def town(template: Layout) -> Iterator[RunningIssuer]:
    """A city of its own: it changes people."""
    options = ("--seed", "11", "--population", "100")
    with running(IssuerName.ZHENJIANG, template.issuers, *options) as issuer:
        yield issuer


@pytest.fixture(scope="module")
def urls_(issuers: Issuers, town: RunningIssuer) -> Mapping[IssuerName, str]:
    return {name: each.url for name, each in issuers.items()} | {IssuerName.ZHENJIANG: town.url}


@pytest.fixture
def layout_(
    template: Layout,
    urls_: Mapping[IssuerName, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Layout:
    return new_state(template, urls_, tmp_path_factory.mktemp("hub") / "state")


def turn_red(town: RunningIssuer, persona: str) -> float:
    body = {"who": asked(persona), "household": []}
    assert town.post_json("/community/control", body).status_code == 200
    return monotonic()


def await_begun(hub: RunningHub) -> None:
    hub.await_event("feed_begun", 1)


def say_red(hub: RunningHub, city: Caller, town: RunningIssuer, persona: str) -> None:
    found = issued(city, persona)
    assert found["status"] == "GREEN"
    gate = PassGate(hub.url, found["statusListUri"])

    def says(status: PassStatus) -> bool:
        return gate.fetch() and gate.judge(found["passText"]).status is status

    await_that(lambda: says(PassStatus.GREEN), "the list says green")
    since = turn_red(town, persona)
    await_that(lambda: says(PassStatus.RED), "the list says red")
    assert monotonic() - since <= WITHIN_SECONDS


def test_what_rests_on_a_person_turns_within_a_minute_though_nobody_asks(
    layout_: Layout, town: RunningIssuer
) -> None:
    with ExitStack() as stack:
        hub = stack.enter_context(serving(layout_, **SETTINGS))
        city = stack.enter_context(calling(hub))
        office = stack.enter_context(
            office_of(hub, "district-office", DISTRICT, Scope.ARRIVAL_READ)
        )
        await_begun(hub)
        receipt = city.persona("green_everywhere")["receipt"]
        arrival = record(city, receipt)
        say_red(hub, city, town, "green_everywhere")
        kept = found_arrival(office, arrival["id"])
        assert kept is not None
        assert kept["changedColor"] == "RED"
        # The statement of a minute ago is still kept, and counts no more.
        assert city.persona("green_everywhere")["color"] == "RED"
        assert issue(city, receipt, "green_everywhere")["code"] == "RECEIPT_EXPIRED"
        assert 'tongxing_issuer_changes_total{issuer="zhenjiang"}' in hub.figures()


def test_a_hub_that_was_killed_reads_on_where_it_stood(
    layout_: Layout, town: RunningIssuer
) -> None:
    """Nobody tells it what it missed but the feed."""
    with serving(layout_, **SETTINGS) as hub, calling(hub) as city:
        await_begun(hub)
        found = issued(city, "green_passport")
        hub.end(signal.SIGKILL)
    turn_red(town, "green_passport")
    with serving(layout_, **SETTINGS) as hub:
        gate = PassGate(hub.url, found["statusListUri"])
        await_that(
            lambda: gate.fetch() and gate.judge(found["passText"]).status is PassStatus.RED,
            "the list says red",
        )
        assert len(hub.events("feed_begun")) <= 1


@pytest.mark.parametrize("back_end", ["postgres"], indirect=True)
def test_no_worker_answers_green_from_what_it_keeps(
    back_end: str, layout_: Layout, town: RunningIssuer
) -> None:
    """Each keeps a green for a minute."""
    persona = "green_hk_macao"
    with serving_workers(layout_, **SETTINGS) as hub, callers_apart(hub, CITY, CITY) as callers:
        await_begun(hub)
        assert {each.persona(persona)["color"] for each in callers} == {"GREEN"}
        since = turn_red(town, persona)
        await_that(
            lambda: {each.persona(persona)["color"] for each in callers} == {"RED"},
            "both answer red",
        )
        assert monotonic() - since < KEPT_SECONDS / 2
        say_red(hub, callers[0], town, "green_taiwan")


def test_a_feed_is_read_as_often_as_the_promise_needs() -> None:
    seconds = next(
        default
        for name, default in zip(
            reversed(IssuerSettings.__struct_fields__),
            reversed(IssuerSettings.__struct_defaults__),
            strict=False,
        )
        if name == "feed_seconds"
    )
    assert seconds <= WITHIN_SECONDS / 6
