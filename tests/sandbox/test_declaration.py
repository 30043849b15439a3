"""The city's rules for a declaration, and declaring through the city's own app."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.sandbox.clients import asked
from tests.sandbox.decoders import Json
from tests.sandbox.towns import Clock, Town, newcomer, opened
from tongxing.sandbox.city.declaration import Declaration, Journey, declared_color
from tongxing.sandbox.town.records import Basis, Color

SHANGHAI, WUHAN, WENZHOU = "310101", "420102", "330302"

RULES = {
    "always here and well": (Declaration(), Color.GREEN, {Basis.DECLARED}),
    "arrived fourteen days ago": (
        Declaration(Journey(WUHAN, 14)),
        Color.GREEN,
        {Basis.DECLARED},
    ),
    "arrived from elsewhere thirteen days ago": (
        Declaration(Journey(SHANGHAI, 13)),
        Color.YELLOW,
        {Basis.ARRIVED_WITHIN_14_DAYS},
    ),
    "arrived from a key area": (
        Declaration(Journey(WENZHOU, 3)),
        Color.RED,
        {Basis.HIGH_RISK_AREA},
    ),
    "on the way from a key area": (
        Declaration(Journey(WUHAN, -2)),
        Color.RED,
        {Basis.HIGH_RISK_AREA},
    ),
    "contact in a key area": (
        Declaration(contact_in_key_area=True),
        Color.RED,
        {Basis.HIGH_RISK_AREA},
    ),
    "symptoms": (Declaration(symptoms=True), Color.YELLOW, {Basis.SYMPTOMS}),
    "control not lifted": (
        Declaration(under_control=True),
        Color.RED,
        {Basis.ISOLATION_NOT_ENDED},
    ),
    "household of somebody under control": (
        Declaration(household_under_control=True),
        Color.RED,
        {Basis.HOUSEHOLD_MEMBER},
    ),
    "everything at once": (
        Declaration(
            Journey(WUHAN, 1),
            contact_in_key_area=True,
            symptoms=True,
            under_control=True,
            household_under_control=True,
        ),
        Color.RED,
        {Basis.HIGH_RISK_AREA, Basis.ISOLATION_NOT_ENDED, Basis.HOUSEHOLD_MEMBER},
    ),
}


@pytest.mark.parametrize(("declaration", "color", "grounds"), RULES.values(), ids=RULES)
def test_the_city_gives(declaration: Declaration, color: Color, grounds: set[Basis]) -> None:
    given_color, given_grounds = declared_color(declaration)
    assert (given_color, set(given_grounds)) == (color, grounds)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with opened(tmp_path, Clock()) as town:
        yield town


async def test_a_newcomer_declares_and_has_a_code_to_show(town: Town) -> None:
    who = newcomer(1)
    assert (await town.status(who))["enrolled"] is False
    declared = await town.declare(who)
    assert (declared["color"], declared["basis"]) == ("green", ["declared"])
    claims = await town.status(who)
    assert (claims["color"], claims["place"]) == ("绿码", "321181")
    code = (await town.post("/app/code", who))["code"]
    assert "statement" in await town.post("/v1/code", {"code": code})


async def test_new_symptoms_change_the_color_and_ticking_them_off_does_not(town: Town) -> None:
    who = newcomer(2)
    await town.declare(who)
    await town.declare(who, symptoms=True)
    claims = await town.status(who)
    assert (claims["color"], claims["previous_color"]) == ("黄码", "绿码")
    await town.declare(who)
    assert await town.color(who) == "黄码"


async def test_declaring_again_ends_the_demand_to_do_so(town: Town) -> None:
    who = asked("must_update")
    await town.declare(who)
    assert (await town.status(who))["update_required"] is False


BAD = {
    "a number that is another's": (asked("red_everywhere") | {"name": "某某"}, {}, 409),
    "a wrong check character": (newcomer(3) | {"number": "110101199001010000"}, {}, 400),
    "a misspelled symptom": (newcomer(3), {"symptom": True}, 400),
    "a journey from nowhere": (newcomer(3), {"journey": {"arrived_days_ago": 1}}, 400),
    "on the way for a month": (
        newcomer(3),
        {"journey": {"from": SHANGHAI, "arrived_days_ago": -30}},
        400,
    ),
}


@pytest.mark.parametrize(("who", "declaration", "expected"), BAD.values(), ids=BAD)
async def test_a_bad_declaration_is_refused_and_enrolls_nobody(
    town: Town, who: Json, declaration: Json, expected: int
) -> None:
    body = who | {"place": "321181", "declaration": declaration}
    await town.post("/app/declare", body, expected)
    assert (await town.status(who))["enrolled"] is False
