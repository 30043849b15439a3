"""The Zhenjiang code lived through as its holders, communities and districts see it."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.clients import asked
from tests.sandbox.decoders import Json
from tests.sandbox.towns import Clock, Town, newcomer, opened
from tongxing.sandbox.city.books import FIGURE_NAMES
from tongxing.sandbox.city.declaring import notice

WUHAN, SHANGHAI = "420102", "310101"
A, B, C = newcomer(1), newcomer(2, "李秋水"), newcomer(3, "王小川")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def town(tmp_path: Path, clock: Clock) -> AsyncIterator[Town]:
    async with opened(tmp_path, clock) as town:
        yield town


def stay(who: Json, region: str, last_day: str = "2020-03-03") -> Json:
    return who | {"region": region, "first_day": "2020-02-20", "last_day": last_day}


async def convert(town: Town, who: Json, **declaration: Any) -> Json:
    await town.post("/app/apply", who)
    await town.post("/community/confirm", who)
    declared: Json = await town.declare(who, **declaration)
    return declared


async def test_who_ticked_the_wrong_box_is_green_the_next_day(town: Town) -> None:
    await town.declare(A, contact_in_key_area=True)
    assert await town.color(A) == "红码"
    assert (await town.declare(A))["color"] == "red"
    assert (await convert(town, A))["stage"] == "cleared"
    town.clock.until(day=6, hour=23)
    assert await town.color(A) == "红码"
    town.clock.until(day=7, hour=0)
    claims = await town.status(A)
    assert (claims["color"], claims["basis"]) == ("绿码", ["converted"])
    assert (claims["previous_color"], claims["changed_at"]) == ("红码", town.clock.unix())


async def test_the_night_can_be_passed_over_by_who_was_promised_a_green_and_nobody_else(
    town: Town,
) -> None:
    await town.declare(A, contact_in_key_area=True)
    assert await town.post("/sandbox/daybreak", A, 409) == {"error": "not_possible_now"}
    await convert(town, A)
    assert (await town.post("/sandbox/daybreak", A))["color"] == "green"
    claims = await town.status(A)
    assert (claims["color"], claims["basis"]) == ("绿码", ["converted"])
    assert claims["changed_at"] == town.clock.unix()


async def test_an_arrival_that_was_converted_stays_green_when_said_again(town: Town) -> None:
    await town.declare(A, journey={"from": SHANGHAI, "arrived_days_ago": 5})
    assert await town.color(A) == "黄码"
    await convert(town, A, journey={"from": SHANGHAI, "arrived_days_ago": 5})
    town.clock.until(day=8, hour=9)
    again = await town.declare(A, journey={"from": SHANGHAI, "arrived_days_ago": 7})
    assert again["color"] == "green"
    newer = await town.declare(A, journey={"from": SHANGHAI, "arrived_days_ago": 1})
    assert newer["color"] == "yellow"


async def test_a_conversion_ends_where_new_grounds_are_declared(town: Town) -> None:
    await town.declare(A, symptoms=True)
    assert (await convert(town, A, symptoms=True))["stage"] == "restricted"
    town.clock.until(day=7, hour=8)
    assert await town.color(A) == "黄码"


async def test_the_community_sees_who_applies_to_it_until_it_has_answered(town: Town) -> None:
    await town.declare(A, place="321102", symptoms=True)
    await town.post("/app/apply", A)
    path = "/community/applications?district=321102"
    (waiting,) = (await town.get(path))["applications"]
    assert {member: waiting[member] for member in A} == A
    assert (await town.get("/community/applications?district=321181"))["applications"] == []
    assert (await town.post("/community/refuse", A))["stage"] == "restricted"
    assert (await town.get(path))["applications"] == []


async def test_the_community_cannot_vouch_for_who_was_in_a_key_area(town: Town) -> None:
    await town.declare(A, journey={"from": WUHAN, "arrived_days_ago": 3})
    await town.post("/app/apply", A)
    refusal = await town.post("/community/confirm", A, 409)
    assert refusal == {"error": "key_area_trace"}


async def test_the_household_of_somebody_under_control_is_red_with_them(town: Town) -> None:
    await town.declare(B)
    await town.post("/community/control", {"who": A, "household": [B, C]})
    assert (await town.status(B))["basis"] == ["household_member"]
    assert (await town.declare(C))["basis"] == ["household_member"]
    assert (await town.declare(A))["basis"] == ["isolation_not_ended"]
    await town.post("/app/apply", B)
    refusal = await town.post("/community/confirm", B, 409)
    assert refusal == {"error": "household_under_control"}


async def test_a_control_lasts_fourteen_days_and_then_the_way_to_green_is_open(town: Town) -> None:
    await town.declare(A)
    await town.post("/community/control", {"who": A, "household": []})
    town.clock.at += timedelta(days=14, seconds=-1)
    assert await town.post("/community/release", A, 409) == {"error": "too_early"}
    town.clock.at += timedelta(seconds=1)
    await town.post("/community/release", A)
    assert await town.post("/community/release", A, 409) == {"error": "not_controlled"}
    assert (await town.declare(A))["color"] == "red"
    await convert(town, A)
    town.clock.at += timedelta(days=1)
    assert await town.color(A) == "绿码"


async def test_new_symptoms_call_a_green_code_in(town: Town) -> None:
    await town.declare(A)
    await town.post("/community/unwell", A)
    assert (await town.status(A))["update_required"] is True
    assert (await town.declare(A, symptoms=True))["color"] == "yellow"
    assert await town.post("/community/unwell", A, 409) == {"error": "not_possible_now"}


async def test_validity_ends_after_fourteen_days_until_declared_again(town: Town) -> None:
    await town.declare(A)
    town.clock.at += timedelta(days=14)
    claims = await town.status(A)
    assert claims["valid_until"] == claims["iat"]
    assert (await town.post("/app/state", A))["stage"] == "green_to_renew"
    assert (await town.declare(A))["stage"] == "green"
    assert (await town.status(A))["valid_until"] == town.clock.unix() + 14 * 86_400


async def test_an_expired_red_does_not_come_back_green(town: Town) -> None:
    await town.declare(A, contact_in_key_area=True)
    town.clock.at += timedelta(days=20)
    assert (await town.declare(A))["color"] == "red"


FOUND = {
    "nothing said of a stay in a key area": ({}, WUHAN, ("红码", False)),
    "nothing said of a stay elsewhere": ({}, SHANGHAI, ("绿码", True)),
    "a key area passed over": (
        {"journey": {"from": SHANGHAI, "arrived_days_ago": 3}},
        WUHAN,
        ("红码", False),
    ),
}
ORDERS = {"the list comes first": ("list", "holder"), "the holder comes first": ("holder", "list")}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize(("said", "was_in", "expected"), FOUND.values(), ids=FOUND)
async def test_a_false_declaration_is_found(
    town: Town, said: Json, was_in: str, expected: tuple[str, bool], order: tuple[str, ...]
) -> None:
    for turn in order:
        if turn == "list":
            await town.post("/city/stays", {"stays": [stay(A, was_in)]})
        else:
            await town.declare(A, **said)
    claims = await town.status(A)
    assert (claims["color"], claims["update_required"]) == expected
    (told,) = (await town.get("/city/notices"))["notices"]
    assert A["number"] not in str(told)
    assert A["name"] not in str(told)
    assert (told["number"][-4:], told["name"]) == (A["number"][-4:], "周**")


async def test_who_is_found_false_is_written_to_once_for_each_declaration(town: Town) -> None:
    await town.declare(A)
    for region in (SHANGHAI, "330102"):
        await town.post("/city/stays", {"stays": [stay(A, region)]})
    assert (await town.get("/statistics"))["declared_falsely"] == 1
    await town.declare(A)
    assert (await town.get("/statistics"))["declared_falsely"] == 2
    assert len((await town.get("/city/notices?after=1"))["notices"]) == 1


NOT_FALSE = {
    "said truly": ({"journey": {"from": SHANGHAI, "arrived_days_ago": 3}}, SHANGHAI, "2020-03-03"),
    "ended fourteen days before": ({}, SHANGHAI, "2020-02-21"),
    "inside the city": ({}, "321102", "2020-03-03"),
}


@pytest.mark.parametrize(("said", "region", "last_day"), NOT_FALSE.values(), ids=NOT_FALSE)
async def test_what_is_not_false_brings_no_notice(
    town: Town, said: Json, region: str, last_day: str
) -> None:
    town.clock.until(day=6, hour=12)
    await town.declare(A, **said)
    await town.post("/city/stays", {"stays": [stay(A, region, last_day)]})
    assert (await town.get("/city/notices"))["notices"] == []


COMING = {"has come": (3, "2020-03-03"), "is on the way": (-5, "2020-03-11")}


@pytest.mark.parametrize(("days_ago", "day"), COMING.values(), ids=COMING)
async def test_who_comes_from_a_key_area_is_handed_to_the_district_and_to_no_other(
    town: Town, days_ago: int, day: str
) -> None:
    journey = {"from": WUHAN, "arrived_days_ago": days_ago}
    for _ in range(2):
        await town.declare(A, place="321112", journey=journey)
    (arrival,) = (await town.get("/district/arrivals?district=321112"))["arrivals"]
    assert {member: arrival[member] for member in A} == A
    assert (arrival["from"], arrival["risk"], arrival["day"]) == (WUHAN, "worst", day)
    assert (await town.get("/district/arrivals?district=321111"))["arrivals"] == []


async def test_everything_survives_a_restart(tmp_path: Path, clock: Clock) -> None:
    async with opened(tmp_path, clock) as town:
        await town.declare(A, contact_in_key_area=True)
        await convert(town, A)
        await town.declare(B)
        await town.post("/app/code", B)
        before = await town.status(B)
    clock.at += timedelta(days=1)
    async with opened(tmp_path, clock) as town:
        assert await town.color(A) == "绿码"
        after = await town.status(B)
        assert after["valid_until"] == before["valid_until"]
        figures = await town.get("/statistics")
        assert (figures["applied"], figures["shown"], figures["converted"]) == (2, 1, 1)


async def test_only_codes_in_force_count_as_shown(town: Town) -> None:
    for persona in ("green_everywhere", "expired_code", "must_update"):
        await town.post("/app/code", asked(persona))
    assert (await town.get("/statistics"))["shown"] == 1


async def test_the_figures_are_open_to_everybody_in_both_languages(town: Town) -> None:
    del town.http.headers["authorization"]
    assert (await town.get("/statistics"))["applied"] == 0
    page = await town.http.get("/statistics/page")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "亮码人次" in page.text
    assert "times that a code was shown" in page.text
    assert (await town.http.get("/v1/changes")).status_code == 401
    assert (await town.http.post("/statistics")).status_code == 401


async def test_the_figures_are_not_taken_for_official_ones_and_say_as_of_when(town: Town) -> None:
    page = (await town.http.get("/statistics/page")).text
    assert page.count("模拟数据，非官方统计") == 2
    assert "not official statistics" in page
    assert re.search(r"截至北京时间\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", page)


async def test_the_page_can_be_read_on_a_phone_and_aloud(town: Town) -> None:
    page = (await town.http.get("/statistics/page")).text
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page
    assert page.count('<th scope="row">') == len(FIGURE_NAMES)
    assert "<caption>" in page
    assert "font:18px" in page


@pytest.mark.parametrize("turned_red", [True, False])
def test_the_notice_says_what_to_do_and_where_to_turn_to(*, turned_red: bool) -> None:
    told = notice(turned_red=turned_red)
    assert told.startswith("【镇江健康码·模拟】")
    for part in ("如实申报", "村（社区）报备", "12345", "家人", "simulated", "Family"):
        assert part in told
    assert ("请暂勿外出" in told) == turned_red


async def test_the_feed_tells_every_change_signed_in_order_and_names_nobody(town: Town) -> None:
    await town.declare(A, contact_in_key_area=True)
    told_at = town.clock.unix()
    town.clock.until(day=6, hour=15)
    await convert(town, A)
    town.clock.until(day=7, hour=9)
    first, _, third = await town.changes()
    assert [first["color"], third["color"]] == ["红码", "绿码"]
    assert [first["seq"], third["seq"]] == [1, 3]
    assert (first["as_of"], first["iat"]) == (told_at, town.clock.unix())
    assert third["as_of"] == town.clock.unix() - 9 * 3_600
    assert third["sub"] == (await town.status(A))["sub"]
    assert "document" not in third
    assert await town.changes(after=2) == [third]
    assert (await town.get("/v1/changes?after=3")) == {"changes": [], "last": 3}


BAD_QUERIES = {
    "not a number": "/v1/changes?after=x",
    "below zero": "/v1/changes?after=-1",
    "beyond what is counted": "/v1/changes?after=99999999999999999999999",
    "too many at once": "/v1/changes?limit=1001",
    "given twice": "/v1/changes?after=1&after=2",
    "an unknown member": "/city/notices?since=1",
    "no district": "/district/arrivals",
    "another city's district": "/community/applications?district=320102",
    "not a pair": "/v1/changes?after",
    "not text": "/v1/changes?after=%ff%fe",
}


@pytest.mark.parametrize("path", BAD_QUERIES.values(), ids=BAD_QUERIES)
async def test_a_bad_query_is_refused(town: Town, path: str) -> None:
    assert await town.get(path, 400) == {"error": "bad_request"}


BAD_BODIES = {
    "a stay that ends before it begins": (
        "/city/stays",
        {"stays": [stay(A, WUHAN, "2020-01-01")]},
        400,
    ),
    "no stay": ("/city/stays", {"stays": []}, 400),
    "a wrong check character": (
        "/city/stays",
        {"stays": [stay(A | {"number": "1" * 18}, WUHAN)]},
        400,
    ),
    "another's number": (
        "/community/control",
        {"who": asked("green_everywhere") | {"name": "某某"}},
        409,
    ),
    "somebody unknown": ("/app/apply", A, 404),
    "a green code": ("/app/apply", asked("green_everywhere"), 409),
    "an application nobody made": ("/community/confirm", asked("yellow_everywhere"), 409),
}


@pytest.mark.parametrize(("path", "body", "expected"), BAD_BODIES.values(), ids=BAD_BODIES)
async def test_a_bad_body_is_refused_and_changes_nothing(
    town: Town, path: str, body: Json, expected: int
) -> None:
    await town.post(path, body, expected)
    assert await town.changes() == []
