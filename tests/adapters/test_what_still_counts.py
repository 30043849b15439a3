"""A verified yellow or red counts, whatever else in its statement cannot be read; a green beside
what cannot be read never does (decision 14). Every dialect has to hold this for every member."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.adapters.docked_issuers import DOCKED
from tests.adapters.federation import KEYS, Federated, federated, unsigned
from tests.adapters.people import AT, WANG, ZHAO
from tests.adapters.signers import trust_list
from tests.adapters.test_repeated_members import Again
from tests.adapters.words import Members, _color_member, word_of, write
from tongxing.adapters.dialect import ByDocument
from tongxing.adapters.dialects import DIALECTS
from tongxing.schema import Basis, Color, Outcome, SourceAnswer

COUNTS_FROM_ANYONE = {Outcome.UNMAPPED_VALUE, Outcome.MUST_UPDATE}
"""Beside these no green passes, whichever issuer they come from (gateway/recognition/hearing). All
the others are silence if the issuer is not mandatory, so a red has to be there beside them."""

NAMES_A_PERSON = {"name", "cardNo", "idcardNo"}
"""Readable and another one, each makes the statement one about somebody else."""

GONE = object()


def nested(depth: int) -> list[Any]:
    """As deep as the parsers go, and deeper than Python walks."""
    inner: list[Any] = []
    for _ in range(depth):
        inner = [inner]
    return inner


DAMAGES: dict[str, Any] = {
    "null": None,
    "a number": 7,
    "true": True,
    "a text": "☃",
    "a list": [1],
    "an object": {"a": 1},
    "gone": GONE,
    "a float": 1.5,
    "a number beyond all times": 10**30,
    "lists in lists": nested(480),
}
every_dialect = pytest.mark.parametrize("issuer", DIALECTS)


def members_of(value: Any, road: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The road to every member at every level."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield (*road, key)
            yield from members_of(inner, (*road, key))


def at(value: Any, road: tuple[Any, ...]) -> Any:
    for key in road:
        value = value[key]
    return value


def road_to(members: Members, target: Any) -> tuple[Any, ...]:
    return next((road for road in members_of(members) if at(members, road) is target), ())


NAMES_THE_HOLDER = {"iss", "sub", "bizSerialNum", "requestDigest", "seq"}
"""Without these a statement is about nobody; with other values it is WRONG_HOLDER, or another
system's."""


class Damage:
    """Writes ``color``, then does ``change`` to the member with this number. ``done`` says whether
    there is such a member; one that holds the color is left alone."""

    def __init__(self, issuer: str, number: int, color: Color, change: Callable[..., None]) -> None:
        self.issuer, self.number, self.color, self.change = issuer, number, color, change
        self.done = False
        self.road: tuple[Any, ...] = ()

    def __call__(self, members: Members) -> None:
        if self.issuer == "national" and "fxdj" not in members:
            return
        write(self.issuer, word_of(self.issuer, self.color))(members)
        roads = list(members_of(members))
        self.done = self.number < len(roads)
        if self.done:
            self.road = roads[self.number]
            target, name = _color_member(self.issuer, members)
            holds = (*road_to(members, target), name)[: len(self.road)] == self.road
            if not holds and str(self.road[-1]) not in NAMES_THE_HOLDER:
                self.change(at(members, self.road[:-1]), self.road[-1])


def put(value: Any) -> Callable[..., None]:
    def change(parent: Any, key: Any) -> None:
        if value is GONE:
            del parent[key]
        else:
            parent[key] = value

    return change


def repeat(parent: Any, key: Any) -> None:
    if isinstance(parent, dict):
        parent[Again(key)] = parent[key]


def counts(damage: Damage, source: SourceAnswer) -> bool:
    red = any(code.color.is_restrictive for code in source.codes)
    is_of_another = source.outcome is Outcome.WRONG_HOLDER and damage.road[-1] in NAMES_A_PERSON
    return red or is_of_another or source.outcome in COUNTS_FROM_ANYONE


MEMBERS_MAX = 60


async def tried(
    issuer: str, color: Color, change: Callable[..., None], ask: Callable[..., Federated]
) -> list[tuple[Damage, SourceAnswer]]:
    answered: list[tuple[Damage, SourceAnswer]] = []
    for number in range(MEMBERS_MAX):
        damage = Damage(issuer, number, color, change)
        source = await ask(issuer, edit=damage).ask(ByDocument(WANG))
        if not damage.done:
            assert number > 3
            return answered
        answered.append((damage, source))
    pytest.fail("a statement has more members than were tried")


CHANGES = {name: put(value) for name, value in DAMAGES.items()} | {"a repetition": repeat}
every_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


@every_dialect
@every_change
@pytest.mark.parametrize("color", [Color.YELLOW, Color.RED])
async def test_a_red_counts_beside_every_damaged_member(
    issuer: str, change: Callable[..., None], color: Color
) -> None:
    for damage, source in await tried(issuer, color, change, federated):
        assert counts(damage, source), damage.road
        assert source.outcome is not Outcome.NOT_ENROLLED or source.codes


A_DAY_LATE = timedelta(days=-1)
OF_ANOTHER_TIME = {"yesterday": A_DAY_LATE, "121 s ago": timedelta(seconds=-121)} | {
    "an hour ahead": timedelta(hours=1)
}


@every_dialect
@pytest.mark.parametrize("late", OF_ANOTHER_TIME.values(), ids=OF_ANOTHER_TIME)
@pytest.mark.parametrize("color", Color)
async def test_of_a_statement_of_another_time_all_but_a_green_counts(
    issuer: str, color: Color, late: timedelta
) -> None:
    """An issuer whose clock is wrong, or the red of yesterday played again, hides no red."""
    word = "☃" if color is Color.UNKNOWN else word_of(issuer, color)
    source = await federated(issuer, edit=write(issuer, word), late=late).ask(ByDocument(WANG))
    counting = [] if color is Color.GREEN else [color]
    assert [code.color for code in source.codes][:1] == counting
    unmapped = color is Color.UNKNOWN
    assert source.outcome is (Outcome.UNMAPPED_VALUE if unmapped else Outcome.STALE)
    assert (source.evidence is None) is (source.codes == [])
    assert source.stated is None


async def test_a_request_to_declare_again_counts_whenever_it_was_signed() -> None:
    def edit(claims: Members) -> None:
        claims |= {"update_required": True}

    source = await federated("zhenjiang", edit=edit, late=A_DAY_LATE).ask(ByDocument(WANG))
    assert (source.outcome, source.codes) == (Outcome.MUST_UPDATE, [])


@pytest.mark.parametrize("color", Color)
@pytest.mark.parametrize("elsewhere", [Color.GREEN, Color.RED])
async def test_a_color_counts_beside_that_of_a_place_of_others(
    color: Color, elsewhere: Color
) -> None:
    """Nobody believes the issuer about the place of others; its own red is no less a red."""

    def edit(members: Members) -> None:
        (code,) = members["data"]["codes"]
        word = "紫码" if color is Color.UNKNOWN else word_of("zhejiang", color)
        foreign = code | {"city": "310000", "color": word_of("zhejiang", elsewhere)}
        members["data"]["codes"] = [code | {"color": word}, foreign]

    source = await federated("zhejiang", edit=edit).ask(ByDocument(WANG))
    kept = [] if color is Color.GREEN else [("330100", color)]
    assert [(code.issuing_place, code.color) for code in source.codes] == kept
    unmapped = color is Color.UNKNOWN
    assert source.outcome is (Outcome.UNMAPPED_VALUE if unmapped else Outcome.BAD_SIGNATURE)


async def test_what_still_counts_is_believed_by_the_trust_list_of_its_use() -> None:
    asked = federated("zhenjiang", edit=write("zhenjiang", "红码"), late=A_DAY_LATE)
    statement = await asked.state(ByDocument(WANG))
    assert asked.read(statement, ByDocument(WANG)).source.codes
    asked.trust_list = trust_list({"zhenjiang": [KEYS["national"]]})
    again = asked.read_again(statement).source
    assert (again.outcome, again.codes) == (Outcome.BAD_SIGNATURE, [])


@every_dialect
@every_change
async def test_no_green_counts_beside_a_member_that_cannot_be_read(
    issuer: str, change: Callable[..., None]
) -> None:
    for damage, source in await tried(issuer, Color.GREEN, change, federated):
        if source.outcome is Outcome.MALFORMED:
            assert source.codes == [], damage.road


@pytest.mark.parametrize("issuer", DOCKED)
@every_change
async def test_an_unsigned_red_counts_as_well(issuer: str, change: Callable[..., None]) -> None:
    for damage, source in await tried(issuer, Color.RED, change, unsigned):
        assert counts(damage, source), damage.road


@pytest.mark.parametrize("issuer", ["zhenjiang", "sukangma", "national"])
@every_change
async def test_a_red_in_a_batch_counts_as_well(issuer: str, change: Callable[..., None]) -> None:
    for number in range(MEMBERS_MAX):
        damage = Damage(issuer, number, Color.RED, change)
        asked = federated(issuer, edit=damage)
        sources = await asked.ask_all(ByDocument(WANG), ByDocument(ZHAO))
        if not damage.done:
            return
        assert all(counts(damage, source) for source in sources), damage.road


@every_dialect
async def test_what_is_unreadable_stays_visible(issuer: str) -> None:
    """The details that can be read are kept, the others are those of the statement itself."""
    seen = set()
    for damage, source in await tried(issuer, Color.RED, put(None), federated):
        if source.outcome is Outcome.MALFORMED:
            (code,) = source.codes if issuer != "national" else source.codes[:1]
            assert source.evidence is not None
            assert AT - timedelta(hours=1) <= code.as_of <= AT
            seen.add(damage.road)
    assert seen


ZHEJIANG_BROKEN: dict[str, Any] = {
    "no object": "红码",
    "nothing in it": {},
    "no city": {"color": "绿码", "updateTime": "2020-03-06 09:00:00"},
    "a green at no time": {"color": "绿码", "city": "330200", "updateTime": "yesterday"},
}


@pytest.mark.parametrize("broken", ZHEJIANG_BROKEN.values(), ids=ZHEJIANG_BROKEN)
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("color", Color)
async def test_one_citys_code_counts_beside_another_that_cannot_be_read(
    broken: Any, color: Color, *, first: bool
) -> None:
    def edit(members: Members) -> None:
        (code,) = members["data"]["codes"]
        code["color"] = "紫码" if color is Color.UNKNOWN else word_of("zhejiang", color)
        members["data"]["codes"] = [broken, code] if first else [code, broken]

    source = await federated("zhejiang", edit=edit).ask(ByDocument(WANG))
    kept = [] if color is Color.GREEN else [("330100", color)]
    assert [(code.issuing_place, code.color) for code in source.codes] == kept
    unmapped = color is Color.UNKNOWN
    assert source.outcome is (Outcome.UNMAPPED_VALUE if unmapped else Outcome.MALFORMED)


def reported(*reports: Any, level: str = "00") -> Callable[[Members], None]:
    def edit(members: Members) -> None:
        if "content" in members:
            content = json.loads(members["content"])
            content["data"]["healthyReport"] = list(reports)
            members |= {"content": json.dumps(content), "fxdj": level}

    return edit


RED = {"province": "330000", "healthyStaus": "10", "reportTime": "2020-03-06 09:00:00"}
BROKEN = {"province": "江苏", "healthyStaus": "00", "reportTime": "2020-03-06 09:00:00"}


@pytest.mark.parametrize("reports", [(RED, BROKEN), (BROKEN, RED), (BROKEN, 7, RED, None)])
async def test_one_provinces_red_counts_beside_a_report_that_cannot_be_read(reports: Any) -> None:
    source = await federated("national", edit=reported(*reports)).ask(ByDocument(WANG))
    assert source.outcome is Outcome.MALFORMED
    assert [(code.issuing_place, code.color) for code in source.codes] == [("330000", Color.RED)]


async def test_the_national_red_counts_beside_a_report_that_cannot_be_read() -> None:
    source = await federated("national", edit=reported(BROKEN, level="10")).ask(ByDocument(WANG))
    assert source.outcome is Outcome.MALFORMED
    assert [(code.issuing_place, code.color) for code in source.codes] == [("000000", Color.RED)]


@pytest.mark.parametrize("level", [GONE, None, "", "02"])
async def test_a_national_answer_without_its_own_level_has_an_unknown_one(level: Any) -> None:
    """So no province is alone in it, and none of them stands for the nation."""

    def edit(members: Members) -> None:
        if "fxdj" in members:
            put(level)(members, "fxdj")

    source = await federated("national", edit=edit).ask(ByDocument(WANG))
    assert source.outcome is Outcome.UNMAPPED_VALUE
    assert (source.codes[0].issuing_place, source.codes[0].color) == ("000000", Color.UNKNOWN)


async def test_a_report_that_is_itself_unreadable_counts_if_it_is_red() -> None:
    broken = BROKEN | {"healthyStaus": "10"}
    source = await federated("national", edit=reported(broken)).ask(ByDocument(WANG))
    assert [(code.issuing_place, code.color) for code in source.codes] == [("000000", Color.RED)]


@every_dialect
@pytest.mark.parametrize("order", [(Color.RED, Color.GREEN), (Color.GREEN, Color.RED)])
async def test_a_color_that_is_there_twice_counts_if_one_of_them_is_red(
    issuer: str, order: tuple[Color, Color]
) -> None:
    first, second = (word_of(issuer, color) for color in order)

    def edit(members: Members) -> None:
        if issuer == "national" and "fxdj" not in members:
            return
        write(issuer, first)(members)
        target, name = _color_member(issuer, members)
        target[Again(name)] = second

    source = await federated(issuer, edit=edit).ask(ByDocument(WANG))
    assert source.outcome is Outcome.MALFORMED
    assert [code.color for code in source.codes] == [Color.RED]


async def test_the_basis_of_a_red_at_no_place_is_kept() -> None:
    def edit(claims: Members) -> None:
        claims |= {"color": "红码", "basis": ["close_contact"], "place": "Zhenjiang"}

    (code,) = (await federated("zhenjiang", edit=edit).ask(ByDocument(WANG))).codes
    assert (code.color, code.basis) == (Color.RED, [Basis.CLOSE_CONTACT])
    assert code.issuing_place == "321100"


async def test_a_statement_that_claims_too_long_a_life_keeps_its_red() -> None:
    def edit(claims: Members) -> None:
        claims |= {"color": "红码", "exp": claims["exp"] + 3_600}

    source = await federated("zhenjiang", edit=edit).ask(ByDocument(WANG))
    assert (source.outcome, source.codes[0].color) == (Outcome.MALFORMED, Color.RED)


@pytest.mark.parametrize("issuer", ["sukangma", *DOCKED])
@pytest.mark.parametrize("code", [999, "0", None, -1])
async def test_a_red_counts_beside_an_answer_code_in_no_table(issuer: str, code: Any) -> None:
    member = "resCode" if issuer == "sukangma" else "code"

    def edit(members: Members) -> None:
        write(issuer, word_of(issuer, Color.RED))(members)
        members[member] = code

    source = await federated(issuer, edit=edit).ask(ByDocument(WANG))
    assert (source.outcome, source.codes[0].color) == (Outcome.MALFORMED, Color.RED)


async def test_a_hostile_number_of_parts_is_read_by_color_alone() -> None:
    def edit(members: Members) -> None:
        (code,) = members["data"]["codes"]
        many = [{"color": "绿码"} for _ in range(1_500)]
        members["data"]["codes"] = [*many, code | {"color": "红码"}]

    source = await federated("zhejiang", edit=edit).ask(ByDocument(WANG))
    assert (source.outcome, [c.color for c in source.codes]) == (Outcome.MALFORMED, [Color.RED])
