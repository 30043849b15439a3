"""A client that guesses people is stopped and flagged, and the issuers do not see the sweep."""

import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from random import Random

import pytest

from tests.acceptance.audited import refusals_of
from tests.acceptance.callers import (
    CITY,
    COORDINATOR,
    STATION,
    Answer,
    Caller,
    calling,
    document_of,
    error_codes,
    fields,
    manifest_of,
    request_of,
    scan_variables,
)
from tests.acceptance.hubs import RunningHub, new_state, serving
from tests.acceptance.operations import AUDIT, SCAN, TRAVELER, TRAVELERS
from tests.acceptance.standing import FORGETFUL, Issuers, NewState
from tests.acceptance.test_corrections import REPORT
from tests.conftest import Tongxing
from tests.connection import PATIENCE_SECONDS
from tests.sandbox.clients import running
from tongxing.gateway.answering.guesses import GuessLimits
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.town.documents import resident_id
from tongxing.sandbox.town.population import Population
from tongxing.sandbox.town.records import IssuerName

STOPPED = (403, ["CLIENT_STOPPED"])
ANSWERED: tuple[int, list[str]] = (200, [])
LIMITS = GuessLimits()
STOPPED_CLIENTS = """
query($first: Int! = 20, $after: String) {
  stoppedClients(first: $first, after: $after) {
    edges { cursor node { id client reason counted limit since resumedAt } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
KNOWN = fields(document_of("green_everywhere"))


@pytest.fixture
def guarded_hub(new_layout: NewState) -> Iterator[RunningHub]:
    with serving(new_layout(), **FORGETFUL) as serves:
        yield serves


@pytest.fixture
def sweeper(guarded_hub: RunningHub) -> Iterator[Caller]:
    with calling(guarded_hub) as caller:
        yield caller


def named(number: str, name: str = "王小明") -> dict[str, str]:
    return {"kind": "RESIDENT_ID", "number": number, "name": name}


def of_one_prefix(count: int, first: int = 1) -> list[dict[str, str]]:
    numbers = (resident_id("321102", "19880808", each) for each in range(first, first + count))
    return [named(number, f"王{chr(0x4E00 + place)}") for place, number in enumerate(numbers)]


def of_all_dates(count: int) -> list[dict[str, str]]:
    days = (date(1960, 1, 1) + timedelta(day) for day in range(count))
    return [named(resident_id("321102", f"{day:%Y%m%d}", 123)) for day in days]


def with_wrong_characters(documents: Iterable[dict[str, str]], wrong: int) -> list[dict[str, str]]:
    """The first ``wrong`` of them with another check character."""
    spoiled = []
    for place, document in enumerate(documents):
        number = document["number"]
        last = "0" if number[-1] != "0" else "1"
        spoiled.append(document | {"number": number[:-1] + last} if place < wrong else document)
    return spoiled


def answer_to(caller: Caller, document: Mapping[str, str]) -> tuple[int, list[str]]:
    response = caller.post(TRAVELER, request_of(document))
    return response.status_code, [] if response.status_code == 200 else error_codes(response)


def answer_to_all(caller: Caller, documents: Iterable[dict[str, str]]) -> tuple[int, list[str]]:
    response = caller.post(TRAVELERS, manifest_of(documents))
    return response.status_code, [] if response.status_code == 200 else error_codes(response)


@contextmanager
def asked_nothing(issuers: Issuers) -> Iterator[None]:
    before = {name: issuer.calls() for name, issuer in issuers.items()}
    yield
    assert {name: issuer.calls() for name, issuer in issuers.items()} == before


def stops_of(hub: RunningHub) -> list[Answer]:
    with calling(hub, COORDINATOR) as coordinator:
        edges = coordinator.data(STOPPED_CLIENTS)["stoppedClients"]["edges"]
    return [edge["node"] for edge in edges]


def reason_of(hub: RunningHub) -> str:
    (stop,) = stops_of(hub)
    return str(stop["reason"])


def test_a_manifest_of_500_with_one_prefix_reaches_no_issuer(
    guarded_hub: RunningHub, sweeper: Caller, issuers: Issuers
) -> None:
    with asked_nothing(issuers):
        assert answer_to_all(sweeper, of_one_prefix(500)) == STOPPED
        assert answer_to(sweeper, KNOWN) == STOPPED
    (stop,) = stops_of(guarded_hub)
    assert (stop["client"], stop["reason"], stop["resumedAt"]) == (CITY, "SAME_PREFIX", None)
    assert (stop["counted"], stop["limit"]) == (500, LIMITS.per_prefix)


def test_of_a_hundred_questions_with_one_prefix_the_issuers_see_the_first_few(
    guarded_hub: RunningHub, sweeper: Caller, issuers: Issuers
) -> None:
    documents = of_one_prefix(100)
    first, rest = documents[: LIMITS.per_prefix], documents[LIMITS.per_prefix :]
    assert [answer_to(sweeper, each) for each in first] == [ANSWERED] * len(first)
    with asked_nothing(issuers):
        assert [answer_to(sweeper, each) for each in rest] == [STOPPED] * len(rest)
    assert reason_of(guarded_hub) == "SAME_PREFIX"


def test_909_wrong_check_characters_of_a_thousand_stop_the_client(
    guarded_hub: RunningHub, sweeper: Caller, issuers: Issuers
) -> None:
    crowd = Population(7, 3_000)
    people = [fields(crowd.document(index)) for index in range(1_200)]
    people = [each for each in people if each["kind"] == "RESIDENT_ID"][:1_000]
    with asked_nothing(issuers):
        assert answer_to_all(sweeper, with_wrong_characters(people, 909)) == STOPPED
        assert answer_to(sweeper, KNOWN) == STOPPED
        assert answer_to(sweeper, named("1")) == STOPPED
    assert reason_of(guarded_hub) == "IMPOSSIBLE_NUMBERS"


def test_entries_that_may_not_be_asked_hide_no_numbers_that_cannot_exist(
    guarded_hub: RunningHub, sweeper: Caller, issuers: Issuers
) -> None:
    """They are no guesses, and no part of all that was asked either."""
    crowd = Population(7, 3_000)
    people = [fields(crowd.document(index)) for index in range(200)]
    people = [each for each in people if each["kind"] == "RESIDENT_ID"]
    wrong = with_wrong_characters(people[: LIMITS.impossible + 1], LIMITS.impossible + 1)
    entries: list[dict[str, object]] = [{"document": each} for each in wrong]
    entries += [{"document": KNOWN, "receivingRegion": "110000"}] * 900
    asked = {"purpose": "ENTRY", "receivingRegion": "321100", "entries": entries}
    with asked_nothing(issuers):
        response = sweeper.post(TRAVELERS, {"input": asked})
    assert (response.status_code, error_codes(response)) == STOPPED
    assert reason_of(guarded_hub) == "IMPOSSIBLE_NUMBERS"


def test_entries_that_may_not_be_asked_are_no_guesses_in_many_fields_either(
    guarded_hub: RunningHub, sweeper: Caller, issuers: Issuers
) -> None:
    """Where all fields are counted before one of them asks."""
    asked = {"purpose": "ENTRY", "receivingRegion": "110000"}
    variables = {
        name: asked | {"entries": [{"document": each} for each in of_one_prefix(200)]}
        for name in ("a", "b")
    }
    operation = (
        "query($a: ManifestInput!, $b: ManifestInput!) { a: travelers(input: $a) { index } "
        "b: travelers(input: $b) { result { ... on Refusal { code } } } }"
    )
    with asked_nothing(issuers):
        answer = sweeper.data(operation, variables)
    assert {each["result"]["code"] for each in answer["b"]} == {"REGION_NOT_GRANTED"}
    assert answer_to(sweeper, KNOWN) == ANSWERED
    assert stops_of(guarded_hub) == []


SWEEPS = {
    "names for one number": (
        [KNOWN | {"name": f"王{chr(0x4E00 + each)}"} for each in range(100)],
        "SAME_NUMBER",
    ),
    "dates of birth for one name": (of_all_dates(1_000), "SAME_ENDS"),
    "divisions for one name": (
        [
            named(resident_id(f"32{place:04d}", f"19880{place % 9 + 1}08", place % 800 + 1))
            for place in range(100, 400)
        ],
        "SAME_NAME",
    ),
    "passports of one block": (
        [
            {"kind": "PASSPORT", "number": f"E12345{each:03d}", "name": f"DOE J{each}"}
            for each in range(500)
        ],
        "SAME_PREFIX",
    ),
}


@pytest.mark.parametrize(("documents", "reason"), SWEEPS.values(), ids=SWEEPS)
def test_a_sweep_in_a_manifest_reaches_no_issuer(
    guarded_hub: RunningHub,
    sweeper: Caller,
    issuers: Issuers,
    documents: list[dict[str, str]],
    reason: str,
) -> None:
    with asked_nothing(issuers):
        assert answer_to_all(sweeper, documents) == STOPPED
    assert reason_of(guarded_hub) == reason


def _literal(document: Mapping[str, str]) -> str:
    return (
        f'traveler(input: {{document: {{kind: {document["kind"]}, number: "{document["number"]}", '
        f'name: "{document["name"]}"}}, purpose: ENTRY, receivingRegion: "321100"}}) '
        "{ __typename }"
    )


FIELDS = {
    "one prefix": (of_one_prefix(28), "SAME_PREFIX"),
    "names for one number": (SWEEPS["names for one number"][0][:28], "SAME_NUMBER"),
}


@pytest.mark.parametrize(("documents", "reason"), FIELDS.values(), ids=FIELDS)
def test_a_sweep_over_the_fields_of_one_operation_reaches_no_issuer(
    guarded_hub: RunningHub,
    sweeper: Caller,
    issuers: Issuers,
    documents: list[dict[str, str]],
    reason: str,
) -> None:
    fields_of_it = (f"a{place}: {_literal(each)}" for place, each in enumerate(documents))
    with asked_nothing(issuers):
        response = sweeper.post(f"{{ {' '.join(fields_of_it)} }}")
    assert response.status_code == 403
    assert set(error_codes(response)) == {"CLIENT_STOPPED"}
    assert reason_of(guarded_hub) == reason


def test_wrong_check_characters_over_many_fields_reach_no_issuer(
    guarded_hub: RunningHub, sweeper: Caller, issuers: Issuers
) -> None:
    crowd = Population(7, 2_000)
    people = [fields(crowd.document(index)) for index in range(1_000)]
    people = [each for each in people if each["kind"] == "RESIDENT_ID"]
    variables = {
        f"r{part}": manifest_of(with_wrong_characters(people[30 * part : 30 * part + 30], 20))[
            "input"
        ]
        for part in range(10)
    }
    declared = ", ".join(f"${name}: ManifestInput!" for name in variables)
    asked = " ".join(f"{name}: travelers(input: ${name}) {{ index }}" for name in variables)
    with asked_nothing(issuers):
        response = sweeper.post(f"query({declared}) {{ {asked} }}", variables)
    assert response.status_code == 403
    assert reason_of(guarded_hub) == "IMPOSSIBLE_NUMBERS"


def test_an_operator_chooses_the_limits(new_layout: NewState, issuers: Issuers) -> None:
    with serving(new_layout(), **FORGETFUL, guesses__per_prefix=2) as hub, calling(hub) as caller:
        assert answer_to_all(caller, of_one_prefix(2)) == ANSWERED
        with asked_nothing(issuers):
            assert answer_to(caller, of_one_prefix(1, 3)[0]) == STOPPED


def test_the_answer_is_the_same_whatever_was_asked_and_repeats_nothing(
    guarded_hub: RunningHub, sweeper: Caller
) -> None:
    assert answer_to_all(sweeper, of_one_prefix(500)) == STOPPED
    made_up = {**KNOWN, "name": "王安静"}
    responses = [sweeper.post(TRAVELER, request_of(each)) for each in (KNOWN, made_up, named("1"))]
    assert len({response.content for response in responses}) == 1
    assert KNOWN["number"] not in responses[0].text
    request_id = responses[0].headers["x-request-id"]
    assert refusals_of(guarded_hub.layout, request_id) == [(CITY, "CLIENT_STOPPED")]


def test_two_clients_do_not_affect_each_other(guarded_hub: RunningHub, sweeper: Caller) -> None:
    documents = of_one_prefix(2 * LIMITS.per_prefix)
    with calling(guarded_hub, STATION) as station:
        mine, theirs = documents[: LIMITS.per_prefix], documents[LIMITS.per_prefix :]
        assert answer_to_all(sweeper, mine) == ANSWERED
        for each in theirs:
            assert transport(station, each) == ANSWERED
        assert answer_to_all(sweeper, theirs) == STOPPED
        assert transport(station, KNOWN) == ANSWERED


def transport(station: Caller, document: Mapping[str, str]) -> tuple[int, list[str]]:
    response = station.post(TRAVELER, request_of(document, "TRANSPORT"))
    return response.status_code, [] if response.status_code == 200 else error_codes(response)


def test_two_processes_on_one_database_count_together(new_layout: NewState) -> None:
    layout = new_layout()
    documents = of_one_prefix(LIMITS.per_prefix + 1)
    with ExitStack() as stack:
        hubs = [stack.enter_context(serving(layout, **FORGETFUL)) for _ in range(2)]
        callers = [stack.enter_context(calling(hub)) for hub in hubs]
        for place, each in enumerate(documents[:-1]):
            assert answer_to(callers[place % 2], each) == ANSWERED
        assert answer_to(callers[0], documents[-1]) == STOPPED
        assert answer_to(callers[1], KNOWN) == STOPPED


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL], ids=["ended", "killed"])
def test_a_restart_forgets_no_guess_and_no_stop(
    new_layout: NewState, ending: signal.Signals
) -> None:
    layout = new_layout()
    documents = of_one_prefix(LIMITS.per_prefix + 1)
    with serving(layout, **FORGETFUL) as hub, calling(hub) as caller:
        assert answer_to_all(caller, documents[:-1]) == ANSWERED
        hub.end(ending)
    with serving(layout, **FORGETFUL) as hub, calling(hub) as caller:
        assert answer_to(caller, documents[-1]) == STOPPED
        hub.end(ending)
    with serving(layout, **FORGETFUL) as hub, calling(hub) as caller:
        assert answer_to(caller, KNOWN) == STOPPED


def test_an_operator_sees_a_stopped_client_and_resumes_it(
    guarded_hub: RunningHub, sweeper: Caller, tongxing: Tongxing
) -> None:
    settings = ("--settings", guarded_hub.layout.settings)
    refused = tongxing("client", "resume", CITY, *settings)
    assert refused.complaint.endswith(f"no client {CITY} is stopped")
    assert answer_to_all(sweeper, of_one_prefix(500)) == STOPPED
    assert "SAME_PREFIX" in tongxing("client", "list", *settings).out
    assert tongxing("client", "resume", CITY, *settings).status == 0
    assert "SAME_PREFIX" not in tongxing("client", "list", *settings).out
    assert answer_to(sweeper, KNOWN) == ANSWERED
    shown = tongxing("audit", "show", *settings).out
    assert "CLIENT_STOPPED hub" in shown
    assert "CLIENT_RESUMED uid:" in shown
    (stop,) = stops_of(guarded_hub)
    assert stop["resumedAt"] is not None


def test_coordinators_are_told_and_no_number_is(guarded_hub: RunningHub, sweeper: Caller) -> None:
    documents = of_one_prefix(500)
    assert answer_to_all(sweeper, documents) == STOPPED
    (event,) = guarded_hub.events("client_stopped")
    assert (event["client"], event["reason"], event["number"]) == (CITY, "SAME_PREFIX", 500)
    figures = guarded_hub.figures()
    assert 'tongxing_client_stops_total{reason="SAME_PREFIX"} 1.0' in figures
    told = figures + str(guarded_hub.events()) + str(stops_of(guarded_hub))
    assert documents[0]["number"][:14] not in told
    with calling(guarded_hub, COORDINATOR) as coordinator:
        page = coordinator.data(AUDIT, {"first": 1_000})["auditEntries"]["edges"]
        assert "STOPPED_CLIENTS" not in {edge["node"].get("readingAction") for edge in page}
        after = coordinator.data(STOPPED_CLIENTS)["stoppedClients"]["pageInfo"]["endCursor"]
        assert not coordinator.data(STOPPED_CLIENTS, {"after": after})["stoppedClients"]["edges"]


def test_stopped_clients_are_for_those_who_audit(city: Caller) -> None:
    response = city.post(STOPPED_CLIENTS)
    assert (response.status_code, error_codes(response)) == (403, ["FORBIDDEN_SCOPE"])


NO_PAGES: dict[str, tuple[dict[str, object], str]] = {
    "a page of nothing": ({"first": 0}, "PAGE_SIZE"),
    "a page of 101": ({"first": 101}, "PAGE_SIZE"),
    "a cursor that is none": ({"after": "王"}, "INVALID_CURSOR"),
}


@pytest.mark.parametrize("what", NO_PAGES)
def test_what_is_no_page_is_refused(coordinator: Caller, what: str) -> None:
    asked, code = NO_PAGES[what]
    response = coordinator.post(STOPPED_CLIENTS, asked)
    assert (response.status_code, error_codes(response)) == (400, [code])


def test_a_stopped_client_goes_on_scanning(sweeper: Caller, issuers: Issuers) -> None:
    assert answer_to_all(sweeper, of_one_prefix(500)) == STOPPED
    code = issuers[IssuerName.ZHENJIANG].show("green_everywhere")
    assert sweeper.scan(code)["color"] == "GREEN"


def test_codes_that_were_made_up_stop_the_scans(
    guarded_hub: RunningHub, sweeper: Caller, issuers: Issuers
) -> None:
    made_up = (f"GJM:{each:032x}" for each in range(LIMITS.wrong_codes + 1))
    statuses = [sweeper.post(SCAN, scan_variables(code)).status_code for code in made_up]
    assert statuses == [200] * LIMITS.wrong_codes + [403]
    assert reason_of(guarded_hub) == "WRONG_CODES"
    code = issuers[IssuerName.ZHENJIANG].show("green_everywhere")
    response = sweeper.post(SCAN, scan_variables(code))
    assert (response.status_code, error_codes(response)) == STOPPED


def test_reports_that_try_out_numbers_stop_the_client(
    guarded_hub: RunningHub, sweeper: Caller, issuers: Issuers
) -> None:
    """The receipt of a scan binds number and name: a report that fits it would show them."""
    receipt = str(sweeper.scan(issuers[IssuerName.ZHENJIANG].show("red_everywhere"))["receipt"])
    answers = [
        sweeper.post(
            REPORT,
            {
                "receipt": receipt,
                "document": each,
                "issuer": "zhenjiang",
                "mistake": "NEVER_THERE",
            },
        )
        for each in of_one_prefix(LIMITS.per_prefix + 1)
    ]
    assert {answer.status_code for answer in answers[:-1]} == {200}
    assert (answers[-1].status_code, error_codes(answers[-1])) == STOPPED
    assert answer_to(sweeper, KNOWN) == STOPPED
    assert reason_of(guarded_hub) == "SAME_PREFIX"


@pytest.fixture(scope="module")
def county_hub(template: Layout, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """In front of issuers that know a thousand people of each county."""
    options = ("--seed", "7", "--population", str(COUNTRY))
    with ExitStack() as stack:
        urls = {
            name: stack.enter_context(running(name, template.issuers, *options)).url
            for name in IssuerName
        }
        layout = new_state(template, urls, tmp_path_factory.mktemp("county") / "state")
        yield stack.enter_context(serving(layout, **FORGETFUL, deadline_seconds=PATIENCE_SECONDS))


COUNTRY = 20_000
COUNTY = "321182"


def of_the_county(people: int) -> list[dict[str, str]]:
    crowd = Population(7, COUNTRY)
    documents = (crowd.document(index) for index in range(COUNTRY))
    county = [fields(each) for each in documents if each.number.startswith(COUNTY)]
    assert len(county) >= people
    return county[:people]


def _all_of_them(people: list[dict[str, str]], _random: Random) -> list[dict[str, str]]:
    return people


def _some_not_enrolled(people: list[dict[str, str]], random: Random) -> list[dict[str, str]]:
    """One in five is of another population: well formed, and known to no issuer."""
    others = Population(8, COUNTRY)
    return [
        fields(others.document(place)) if random.random() < 0.2 else each
        for place, each in enumerate(people)
    ]


def _some_mistyped(people: list[dict[str, str]], random: Random) -> list[dict[str, str]]:
    """One name in fifty, and one number in fifty."""
    typed = [
        each | {"name": each["name"] + "一"} if random.random() < 0.02 else each for each in people
    ]
    return [
        with_wrong_characters([each], 1)[0] if random.random() < 0.02 else each for each in typed
    ]


HONEST: Mapping[str, Callable[[list[dict[str, str]], Random], list[dict[str, str]]]] = {
    "all of them enrolled": _all_of_them,
    "one in five not enrolled anywhere": _some_not_enrolled,
    "some names and numbers mistyped": _some_mistyped,
}


@pytest.mark.processes
@pytest.mark.parametrize("typed", HONEST.values(), ids=HONEST)
def test_a_coach_company_with_a_thousand_of_one_county_is_not_stopped(
    county_hub: RunningHub,
    typed: Callable[[list[dict[str, str]], Random], list[dict[str, str]]],
) -> None:
    people = typed(of_the_county(1_000), Random(7))
    with calling(county_hub) as caller:
        assert answer_to_all(caller, people) == ANSWERED
        assert answer_to_all(caller, people) == ANSWERED
        assert answer_to(caller, people[0]) == ANSWERED
    assert stops_of(county_hub) == []
