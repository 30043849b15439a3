"""The three official modes over real HTTP, each as its own way of resolving."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.arriving import claims_of
from tests.acceptance.callers import Answer, Caller, calling, fields, reasons, scan_variables
from tests.acceptance.guests import enter
from tests.acceptance.hubs import RunningHub, serving
from tests.acceptance.one_list import publish_with_one_list
from tests.acceptance.operations import SCAN
from tests.acceptance.standing import FORGETFUL, Issuers, NewState
from tongxing.gateway.answering.rejudging import rejudge
from tongxing.gateway.policy.published import load_policies
from tongxing.sandbox.town.documents import Document
from tongxing.sandbox.town.population import Population
from tongxing.sandbox.town.records import Color, IssuerName

SHARE, CONVERT, DIRECT = "310000", "370000", "340100"
"""Shanghai, Shandong and Hefei."""

PLACES = {SHARE: "shanghai-gate", CONVERT: "shandong-gate", DIRECT: "hefei-gate"}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish_with_one_list(tmp_path_factory.mktemp("published") / "policies")


@pytest.fixture(scope="module")
def places_hub(new_layout: NewState, published: Path) -> Iterator[RunningHub]:
    layout = new_layout()
    for region, client in PLACES.items():
        enter(layout, client, region)
    with serving(layout, policies=published, **FORGETFUL) as hub:
        hub.await_event("list_taken", 1)
        yield hub


@pytest.fixture(scope="module")
def shanghai(places_hub: RunningHub) -> Iterator[Caller]:
    with calling(places_hub, PLACES[SHARE]) as caller:
        yield caller


@pytest.fixture(scope="module")
def shandong(places_hub: RunningHub) -> Iterator[Caller]:
    with calling(places_hub, PLACES[CONVERT]) as caller:
        yield caller


@pytest.fixture(scope="module")
def hefei(places_hub: RunningHub) -> Iterator[Caller]:
    with calling(places_hub, PLACES[DIRECT]) as caller:
        yield caller


def listed(answer: Answer) -> Answer:
    (source,) = [source for source in answer["sources"] if source["via"] == "LIST"]
    found: Answer = source
    return found


def _red_in_the_province_alone() -> Document:
    """Somebody whom the national code and the city call green."""
    crowd = Population(7, 2_000)
    for index in range(crowd.size):
        held = crowd.person(index).records
        colors = {issuer: record.color for issuer, record in held.items()}
        if colors.get(IssuerName.SUKANGMA) is Color.RED and (
            colors.get(IssuerName.NATIONAL) is Color.GREEN
        ):
            return crowd.document(index)
    raise LookupError("the crowd has nobody of that kind")


def _clear(issuers: Issuers, document: Document) -> None:
    """The province accepts that the red was a mistake."""
    province = issuers[IssuerName.SUKANGMA]
    body = {
        **fields(document),
        "mistake": "no_contact",
        "evidence": "A" * 43,
        "nonce": "A" * 22,
    }
    reference = province.post_json("/corrections", body).json()["reference"]
    decided = {"reference": reference, "accepted": True}
    assert province.post_json("/app/corrections/decide", decided).status_code == 200


def test_share_takes_a_live_green_from_who_is_on_no_list(shanghai: Caller) -> None:
    answer = shanghai.persona("green_everywhere", region=SHARE)
    assert (answer["mode"], answer["color"]) == ("SHARE", "GREEN")
    absent = listed(answer)
    assert (absent["issuer"]["id"], absent["outcome"]) == ("sukangma", "NOT_ENROLLED")
    assert absent["codes"] == []
    assert absent["evidenceDigest"]


def test_share_takes_the_red_of_the_list_while_its_issuer_is_silent(
    shanghai: Caller, issuers: Issuers
) -> None:
    persona = "city_green_province_red"
    with issuers[IssuerName.SUKANGMA].misbehaving("busy", persona):
        answer = shanghai.persona(persona, region=SHARE)
    live = [s["outcome"] for s in answer["sources"] if s["issuer"]["id"] == "sukangma"]
    assert live == ["BUSY", "VERIFIED"]
    assert (answer["color"], answer["decidedBy"]["id"]) == ("RED", "sukangma")
    (code,) = listed(answer)["codes"]
    assert (code["color"], code["basis"]) == ("RED", ["CLOSE_CONTACT"])
    assert answer["asOf"] == code["asOf"]


def test_share_shows_a_list_that_its_issuer_has_since_contradicted(
    shanghai: Caller, issuers: Issuers
) -> None:
    document = _red_in_the_province_alone()
    _clear(issuers, document)
    answer = shanghai.traveler(fields(document), region=SHARE)
    live, on_list = (s["codes"][0] for s in answer["sources"] if s["issuer"]["id"] == "sukangma")
    assert (live["color"], on_list["color"]) == ("GREEN", "RED")
    assert live["asOf"] >= on_list["asOf"]
    assert (answer["color"], answer["decision"]) == ("RED", "REFUSE")
    assert "CONFLICT" in reasons(answer)


def test_the_receipt_of_an_answer_with_a_list_is_decided_the_same_again(
    shanghai: Caller, published: Path
) -> None:
    receipt = str(shanghai.persona("red_everywhere", region=SHARE)["receipt"])
    again = rejudge(claims_of(receipt), load_policies(published))
    assert again.differences == ()
    assert again.judgement.color.value == "RED"


def test_a_policy_without_lists_looks_none_up(city: Caller) -> None:
    answer = city.persona("green_everywhere")
    assert {source["via"] for source in answer["sources"]} == {"LIVE"}


def test_convert_resolves_a_holder_through_what_the_provinces_report_to_the_national_code(
    shandong: Caller,
) -> None:
    answer = shandong.persona("reports_differ", region=CONVERT)
    (source,) = answer["sources"]
    assert (answer["mode"], source["issuer"]["id"]) == ("CONVERT", "national")
    said = {code["issuingPlace"]: code["color"] for code in source["codes"]}
    assert said.items() >= {"320000": "GREEN", "420000": "RED"}.items()
    assert (answer["color"], answer["decidedBy"]["id"]) == ("RED", "national")


def test_convert_does_not_resolve_a_holder_through_another_citys_code(
    shandong: Caller, issuers: Issuers
) -> None:
    """Known to the city alone, and to nobody who could convert that."""
    others = (IssuerName.ZHENJIANG, IssuerName.SUKANGMA)
    before = [issuers[name].calls() for name in others]
    answer = shandong.persona("only_zhenjiang", region=CONVERT)
    assert [source["issuer"]["id"] for source in answer["sources"]] == ["national"]
    assert answer["color"] == "UNKNOWN"
    assert [issuers[name].calls() for name in others] == before


NOT_ASKED = {
    SHARE: {
        ("zhenjiang", "NOT_IN_CIRCLE"),
    },
    CONVERT: {("zhenjiang", "NOT_IN_CIRCLE"), ("sukangma", "NOT_IN_CIRCLE")},
    DIRECT: {("zhenjiang", "NOT_IN_CIRCLE"), ("sukangma", "NOT_IN_CIRCLE")},
}


@pytest.mark.parametrize("region", NOT_ASKED)
def test_an_answer_says_who_was_asked_and_who_was_not_and_why(
    region: str, places_hub: RunningHub, issuers: Issuers
) -> None:
    with calling(places_hub, PLACES[region]) as caller:
        before = {name: issuers[name].calls() for name in IssuerName}
        answer = caller.persona("green_passport", region=region)
    left = not_asked(answer)
    assert left == NOT_ASKED[region]
    asked = {s["issuer"]["id"] for s in answer["sources"] if s["via"] == "LIVE"}
    assert asked == {name.value for name in IssuerName} - {issuer for issuer, _ in left}
    assert {n.value for n in IssuerName if issuers[n].calls() != before[n]} == asked


def test_the_province_of_the_holders_home_is_asked_and_its_city_is_not(
    shanghai: Caller, issuers: Issuers
) -> None:
    before = issuers[IssuerName.ZHENJIANG].calls()
    answer = shanghai.persona("green_everywhere", region=SHARE)
    assert "sukangma" in {source["issuer"]["id"] for source in answer["sources"]}
    assert issuers[IssuerName.ZHENJIANG].calls() == before


def test_a_scan_that_names_nobody_says_whom_it_could_not_ask(
    shanghai: Caller, issuers: Issuers
) -> None:
    shown = issuers[IssuerName.SUKANGMA].show("green_everywhere")
    asked_with = scan_variables(shown, region=SHARE)
    answer = shanghai.data(SCAN, asked_with)["verifyCode"]
    assert not_asked(answer) == {("national", "HOLDER_UNKNOWN"), ("zhenjiang", "NOT_IN_CIRCLE")}


def not_asked(answer: Answer) -> set[tuple[str, str]]:
    return {(each["issuer"]["id"], each["reason"]) for each in answer["notAsked"]}


def test_convert_needs_the_national_word_for_a_green_that_was_shown(
    shandong: Caller, issuers: Issuers
) -> None:
    shown = issuers[IssuerName.ZHENJIANG].show("only_zhenjiang")
    asked_with = scan_variables(shown, region=CONVERT)
    answer = shandong.data(SCAN, asked_with)["verifyCode"]
    asked = [source["issuer"]["id"] for source in answer["sources"]]
    assert asked == ["zhenjiang", "national"]
    assert answer["color"] == "UNKNOWN"


def test_direct_asks_the_national_code_and_the_places_own_and_no_other(
    hefei: Caller, issuers: Issuers
) -> None:
    others = (IssuerName.ZHENJIANG, IssuerName.SUKANGMA)
    before = [issuers[name].calls() for name in others]
    answer = hefei.persona("only_national", region=DIRECT)
    assert [source["issuer"]["id"] for source in answer["sources"]] == ["national"]
    assert (answer["mode"], answer["color"]) == ("DIRECT", "GREEN")
    assert [issuers[name].calls() for name in others] == before
