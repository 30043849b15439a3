"""A hub that asks a hub that asks the issuers: what is believed of what comes back."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from socket import socket
from typing import Any

import pytest

from tests.acceptance.callers import (
    COORDINATOR,
    JSON,
    Answer,
    Caller,
    calling,
    document_of,
    error_codes,
    fields,
)
from tests.acceptance.forging import SigningKey
from tests.acceptance.hubs_behind import (
    CITY_HUB,
    EVERY,
    NATIONAL,
    PROVINCE,
    SUKANGMA,
    ZHENJIANG,
    Standing,
    Urls,
    bound_by,
    made,
    sources_of,
    standing,
)
from tests.acceptance.operations import AUDIT
from tests.acceptance.withholding_proxy import standing_before
from tests.conftest import Tongxing
from tests.connection import connection, get
from tongxing.gateway.http.discovery import DISCOVERY_PATH
from tongxing.sandbox.provisioning.hubs import Behind, let_ask
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.town.personas import PERSONAS

NATION = "tongxing-nation"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hubs")


@pytest.fixture(scope="module")
def city(template: Layout, urls: Urls, directory: Path) -> Iterator[Standing]:
    """It asks every issuer itself."""
    with standing(made(template, CITY_HUB, "321100", directory), urls) as stands:
        yield stands


@pytest.fixture(scope="module")
def province(template: Layout, city: Standing, directory: Path) -> Iterator[Standing]:
    """It asks every issuer through the city's hub."""
    asking = made(template, PROVINCE, "320000", directory)
    let_ask(asking, city.hub, EVERY, datetime.now(UTC))
    with standing(asking, {}, [Behind(city.hub, city.runs.url, EVERY)]) as stands:
        yield stands


@pytest.fixture(scope="module")
def nation(template: Layout, province: Standing, directory: Path) -> Iterator[Standing]:
    """It asks every issuer through the province's hub, and its trust list says that both hubs bind
    the holders of two of them."""
    asking = made(template, NATION, "000000", directory)
    bound_by(asking, [PROVINCE, CITY_HUB], [SUKANGMA, NATIONAL])
    let_ask(asking, province.hub, EVERY, datetime.now(UTC))
    with standing(asking, {}, [Behind(province.hub, province.runs.url, EVERY)]) as stands:
        yield stands


def relays(hub: Standing) -> list[Answer]:
    """The entries of ``hub`` about what it passed on or got from others."""
    with calling(hub.runs, COORDINATOR, hub.hub.id) as coordinator:
        page = coordinator.data(AUDIT, {"filter": {"kind": "RELAY"}, "last": 100})
    return [edge["node"] for edge in page["auditEntries"]["edges"]]


def told(answer: Answer) -> dict[str, tuple[str, str | None, list[str]]]:
    """Outcome, evidence and colors of each source."""
    return {
        issuer: (
            source["outcome"],
            source["evidence"],
            [code["color"] for code in source["codes"]],
        )
        for issuer, source in sources_of(answer).items()
    }


def test_a_green_that_only_the_hub_ties_to_its_holder_is_none(province: Standing) -> None:
    answer = province.caller.persona("green_everywhere")
    assert told(answer) == {
        "zhenjiang": ("VERIFIED", "SIGNED", ["GREEN"]),
        "sukangma": ("NOT_PROVEN", None, []),
        "national": ("NOT_PROVEN", None, []),
    }
    assert (answer["color"], answer["decision"]) == ("UNKNOWN", "INSPECT")
    texts = [reason["text"]["zh"] for reason in answer["reasons"]]
    assert any("由其他平台转递" in text for text in texts)


def test_the_road_is_in_the_answer(province: Standing) -> None:
    sources = sources_of(province.caller.persona("green_everywhere"))
    assert [source["road"] for source in sources.values()] == [[CITY_HUB]] * 3


def test_whoever_connects_is_told_through_which_hub_an_issuer_is_asked(
    province: Standing, city: Standing
) -> None:
    asked = "{ federation { issuers { throughHub } } }"
    for hub, through in ((province, CITY_HUB), (city, None)):
        issuers = hub.caller.data(asked)["federation"]["issuers"]
        assert [each["throughHub"] for each in issuers] == [through] * 3
        found = get(hub.runs.url + DISCOVERY_PATH).json()["issuers"]
        assert [each["through"] for each in found] == [through] * 3


def test_a_red_counts_whoever_ties_it_to_its_holder(province: Standing) -> None:
    answer = province.caller.persona("city_green_province_red")
    assert told(answer)["sukangma"] == ("NOT_PROVEN", "RELAYED", ["RED"])
    assert (answer["color"], answer["decidedBy"]) == ("RED", {"id": "sukangma"})


def test_a_green_counts_if_the_trust_list_says_that_all_hubs_of_its_road_bind_holders(
    nation: Standing,
) -> None:
    answer = nation.caller.persona("green_everywhere")
    assert told(answer) == {
        "zhenjiang": ("VERIFIED", "SIGNED", ["GREEN"]),
        "sukangma": ("VERIFIED", "RELAYED", ["GREEN"]),
        "national": ("VERIFIED", "RELAYED", ["GREEN", "GREEN"]),
    }
    assert (answer["color"], answer["decision"]) == ("GREEN", "ADMIT")
    assert answer["evidence"] == "RELAYED"
    sources = sources_of(answer)
    assert [source["road"] for source in sources.values()] == [[PROVINCE, CITY_HUB]] * 3


def test_a_denial_is_believed_from_who_signs_whom_it_is_about(province: Standing) -> None:
    answer = province.caller.persona("unknown")
    assert {issuer: said[0] for issuer, said in told(answer).items()} == {
        "zhenjiang": "NOT_ENROLLED",
        "sukangma": "NOT_PROVEN",
        "national": "NOT_PROVEN",
    }
    assert answer["holder"] is None


GREENER = ("RED", "YELLOW", "UNKNOWN", "GREEN")


@pytest.mark.parametrize("persona", PERSONAS)
def test_no_hub_of_a_road_makes_anybody_greener(
    city: Standing, province: Standing, nation: Standing, persona: str
) -> None:
    """Also of what an issuer forges, plays again, or signs for somebody else."""
    colors = [each.caller.persona(persona)["color"] for each in (province, nation, city)]
    assert max(map(GREENER.index, colors)) == GREENER.index(colors[-1])


def test_a_code_is_verified_through_the_hub_and_reveals_its_holder(
    issuers: Any, nation: Standing
) -> None:
    code = issuers[ZHENJIANG].show("green_everywhere")
    answer = nation.caller.scan(code)
    assert told(answer)["zhenjiang"] == ("VERIFIED", "SIGNED", ["GREEN"])
    assert (answer["color"], len(told(answer))) == ("GREEN", 3)


def test_a_manifest_goes_in_one_request(province: Standing, city: Standing) -> None:
    names = "green_everywhere", "red_everywhere", "unknown"
    documents = [fields(document_of(name)) for name in names]
    answers = province.caller.travelers(documents)
    assert [answer["color"] for answer in answers] == ["UNKNOWN", "RED", "UNKNOWN"]
    new = [each for each in relays(city) if each["relayAction"] == "PASSED_ON"][-3:]
    assert len({each["requestId"] for each in new}) == 1
    assert [len(each["relaySources"]) for each in new] == [3, 3, 3]


def test_both_logs_name_the_same_statements(province: Standing, city: Standing) -> None:
    answer = province.caller.persona("only_zhenjiang")
    (asked,) = [each for each in relays(province)[-1:] if each["relayAction"] == "ASKED"]
    (passed,) = [each for each in relays(city)[-1:] if each["relayAction"] == "PASSED_ON"]
    assert (asked["client"], passed["client"]) == (CITY_HUB, PROVINCE)
    assert asked["requestId"] == passed["requestId"]
    digests = {source["evidenceDigest"] for source in answer["sources"]}
    for entry in (asked, passed):
        assert {source["evidenceDigest"] for source in entry["relaySources"]} == digests


BY_HAND = "exchange-of-this-test"

RELAY = """
query($input: StatementRelayInput!) {
  relayedStatements(input: $input) { index sources { issuer { id } outcome road } }
}
"""


def relay_input(**changed: object) -> dict[str, object]:
    asked = {
        "exchange": BY_HAND,
        "receivingRegion": "320000",
        "road": [PROVINCE],
        "withinMilliseconds": 5_000,
        "questions": [
            {"document": fields(document_of("green_everywhere")), "issuers": ["zhenjiang"]}
        ],
    }
    return {"input": asked | changed}


@pytest.fixture(scope="module")
def asker(city: Standing, province: Standing) -> Iterator[Caller]:
    """The province's hub, as the city knows it, asking by hand."""
    key = SigningKey.from_pem(
        (province.hub.layout.directory / "hubs" / f"{CITY_HUB}.pem").read_bytes()
    )
    with connection(city.runs.url) as http:
        yield Caller(http, PROVINCE, key, CITY_HUB)


def test_a_hub_gets_the_statements_that_it_is_registered_for(asker: Caller) -> None:
    (answer,) = asker.data(RELAY, relay_input())["relayedStatements"]
    (source,) = answer["sources"]
    assert source == {"issuer": {"id": "zhenjiang"}, "outcome": "VERIFIED", "road": [CITY_HUB]}


ONE = {"document": fields(document_of("green_everywhere")), "issuers": ["zhenjiang"]}
REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "a road that comes back": ({"road": [CITY_HUB, PROVINCE]}, "ROAD_COMES_BACK"),
    "a road with a hub twice": ({"road": [PROVINCE, PROVINCE]}, "ROAD_COMES_BACK"),
    "a road that ends with another hub": ({"road": [PROVINCE, NATION]}, "ROAD_ENDS_ELSEWHERE"),
    "the road of another hub": ({"road": [NATION]}, "ROAD_ENDS_ELSEWHERE"),
    "five hops": ({"road": ["a", "b", "c", "d", PROVINCE]}, "TOO_MANY_HOPS"),
    "no road": ({"road": []}, "TOO_MANY_HOPS"),
    "a road of no hubs": ({"road": ["Not A Hub"]}, "RELAY_MALFORMED"),
    "another region": ({"receivingRegion": "340000"}, "FORBIDDEN_REGION"),
    "an exchange that anybody could guess": ({"exchange": "1"}, "RELAY_MALFORMED"),
    "no time": ({"withinMilliseconds": 0}, "RELAY_MALFORMED"),
    "no question": ({"questions": []}, "BATCH_SIZE"),
    "too many questions": ({"questions": [ONE] * 201}, "BATCH_SIZE"),
    "no issuer": ({"questions": [ONE | {"issuers": []}]}, "BATCH_SIZE"),
    "too many statements": (
        {"questions": [ONE | {"issuers": ["zhenjiang"] * 20}] * 101},
        "BATCH_SIZE",
    ),
    "neither document nor scan": ({"questions": [{"issuers": ["zhenjiang"]}]}, "EXACTLY_ONE"),
    "a number that cannot exist": (
        {
            "questions": [
                ONE | {"document": fields(document_of("green_everywhere")) | {"number": "1"}}
            ]
        },
        "RELAY_MALFORMED",
    ),
}


@pytest.mark.parametrize(("changed", "code"), REFUSED.values(), ids=REFUSED)
def test_a_hub_is_refused_for(asker: Caller, changed: dict[str, object], code: str) -> None:
    assert error_codes(asker.post(RELAY, relay_input(**changed), accept=JSON)) == [code]


def test_nobody_else_gets_them(city: Standing) -> None:
    response = city.caller.post(RELAY, relay_input())
    assert error_codes(response) == ["FORBIDDEN_SCOPE"]


def test_an_issuer_that_a_hub_is_not_registered_for_is_not_asked_for_it(
    template: Layout, city: Standing, directory: Path
) -> None:
    asking = made(template, "tongxing-county", "321100", directory)
    let_ask(asking, city.hub, [ZHENJIANG], datetime.now(UTC))
    with standing(asking, {}, [Behind(city.hub, city.runs.url, EVERY)]) as county:
        outcomes = {
            issuer: said[0]
            for issuer, said in told(county.caller.persona("red_everywhere")).items()
        }
    assert outcomes == {
        "zhenjiang": "VERIFIED",
        "sukangma": "NO_ACCESS",
        "national": "NO_ACCESS",
    }


def test_a_road_that_comes_back_ends_with_an_answer(
    template: Layout, urls: Urls, directory: Path
) -> None:
    """Each of two hubs says that the other one knows the way to an issuer."""
    at = datetime.now(UTC)
    one = made(template, "tongxing-one", "321100", directory)
    two = made(template, "tongxing-two", "321100", directory)
    let_ask(one, two, EVERY, at)
    let_ask(two, one, EVERY, at)
    direct = {ZHENJIANG: urls[ZHENJIANG]}
    port = free_port()
    with (
        standing(one, direct, [Behind(two, f"http://127.0.0.1:{port}", [SUKANGMA])]) as first,
        standing(
            two, direct, [Behind(one, first.runs.url, [SUKANGMA])], listen__port=port
        ) as second,
    ):
        answer = first.caller.persona("green_everywhere")
        faults = [each["fault"] for each in second.runs.events("issuer_fault")]
    assert told(answer)["sukangma"] == ("NO_ACCESS", None, [])
    assert told(answer)["zhenjiang"][0] == "VERIFIED"
    assert answer["color"] == "UNKNOWN"
    assert faults == ["ROAD_COMES_BACK"]


def test_no_list_is_missed_of_an_issuer_that_another_hub_asks(province: Standing) -> None:
    """Lists are not passed on: that there is none is no fault that operators could mend."""
    province.caller.persona("green_everywhere")
    assert province.runs.events("list_refused") == []


def test_a_red_that_was_withheld_is_found_in_the_two_logs(
    template: Layout, city: Standing, directory: Path, tongxing: Tongxing, tmp_path: Path
) -> None:
    asking = made(template, "tongxing-misled", "320000", directory)
    let_ask(asking, city.hub, EVERY, datetime.now(UTC))

    def withhold(source: dict[str, Any]) -> None:
        if source["issuer"]["id"] == "sukangma":
            source |= {"relayedStatement": None, "outcome": "NOT_ENROLLED"}

    with (
        standing_before(city.runs.url, withhold) as url,
        standing(asking, {}, [Behind(city.hub, url, EVERY)]) as misled,
    ):
        answer = misled.caller.persona("city_green_province_red")
        logs = [
            exported(tongxing, each.hub.layout, tmp_path / each.hub.id) for each in (misled, city)
        ]
    assert told(answer)["sukangma"] == ("NOT_PROVEN", None, [])
    assert answer["color"] == "UNKNOWN"
    ran = tongxing("audit", "match", *logs)
    assert ran.status == 1
    (line,) = [each for each in ran.out.splitlines() if "sukangma" in each]
    assert "WITHHELD" in line


def test_the_logs_of_honest_hubs_match(
    province: Standing, city: Standing, tongxing: Tongxing, tmp_path: Path
) -> None:
    province.caller.persona("green_everywhere")
    logs = [
        exported(tongxing, each.hub.layout, tmp_path / each.hub.id) for each in (province, city)
    ]
    ran = tongxing("audit", "match", *logs)
    assert [each for each in ran.out.splitlines() if BY_HAND not in each and "✔" not in each] == []


def exported(tongxing: Tongxing, layout: Layout, file: Path) -> Path:
    ran = tongxing("audit", "export", file, "--settings", layout.settings)
    assert ran.status == 0, ran.err
    return file


def free_port() -> int:
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
