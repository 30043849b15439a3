"""The city's rules for a declaration, and declaring through the city's own app."""

from collections.abc import Iterator

import pytest

from tests.sandbox.clients import RunningIssuer, asked, running
from tests.sandbox.decoders import Json, open_compact
from tongxing.sandbox.city.declaration import Declaration, Journey, declared_color
from tongxing.sandbox.town.documents import resident_id
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


@pytest.fixture(scope="module")
def zhenjiang(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningIssuer]:
    """A city of its own: what is declared here stays."""
    with running("zhenjiang", tmp_path_factory.mktemp("city"), "--population", "10") as issuer:
        yield issuer


def declare(issuer: RunningIssuer, who: Json, **declaration: object) -> tuple[int, Json]:
    body = who | {"place": "321181", "declaration": declaration}
    response = issuer.post_json("/app/declare", body)
    return response.status_code, response.json()


def status(issuer: RunningIssuer, who: Json) -> Json:
    (statement,) = issuer.post_json("/v1/status", {"questions": [who]}).json()["statements"]
    return open_compact(statement, issuer.jwk, "zjc-status+jwt")


def newcomer(sequence: int) -> Json:
    number = resident_id("110101", "19900101", sequence)
    return {"kind": "RESIDENT_ID", "number": number, "name": "周知行"}


@pytest.mark.processes
def test_a_newcomer_declares_and_has_a_code_to_show(zhenjiang: RunningIssuer) -> None:
    who = newcomer(1)
    assert status(zhenjiang, who)["enrolled"] is False
    status_code, code_held = declare(zhenjiang, who)
    assert (status_code, code_held["color"], code_held["basis"]) == (200, "green", ["declared"])
    claims = status(zhenjiang, who)
    assert (claims["color"], claims["place"]) == ("绿码", "321181")
    code = zhenjiang.post_json("/app/code", who).json()["code"]
    assert zhenjiang.post_json("/v1/code", {"code": code}).status_code == 200


@pytest.mark.processes
def test_new_symptoms_change_the_color_and_ticking_them_off_does_not(
    zhenjiang: RunningIssuer,
) -> None:
    who = newcomer(2)
    declare(zhenjiang, who)
    declare(zhenjiang, who, symptoms=True)
    claims = status(zhenjiang, who)
    assert (claims["color"], claims["previous_color"]) == ("黄码", "绿码")
    declare(zhenjiang, who)
    assert status(zhenjiang, who)["color"] == "黄码"


@pytest.mark.processes
def test_declaring_again_ends_the_demand_to_do_so(zhenjiang: RunningIssuer) -> None:
    who = asked("must_update")
    declare(zhenjiang, who)
    assert status(zhenjiang, who)["update_required"] is False


BAD = {
    "a number that is another's": (
        {**newcomer(1), **asked("red_everywhere"), "name": "某某"},
        {},
        409,
    ),
    "a wrong check character": (newcomer(3) | {"number": "110101199001010000"}, {}, 400),
    "a misspelled symptom": (newcomer(3), {"symptom": True}, 400),
    "a journey from nowhere": (newcomer(3), {"journey": {"arrived_days_ago": 1}}, 400),
    "on the way for a month": (
        newcomer(3),
        {"journey": {"from": SHANGHAI, "arrived_days_ago": -30}},
        400,
    ),
}


@pytest.mark.processes
@pytest.mark.parametrize(("who", "declaration", "expected"), BAD.values(), ids=BAD)
def test_a_bad_declaration_is_refused_and_enrolls_nobody(
    zhenjiang: RunningIssuer, who: Json, declaration: Json, expected: int
) -> None:
    assert declare(zhenjiang, who, **declaration)[0] == expected
    assert status(zhenjiang, who)["enrolled"] is False
