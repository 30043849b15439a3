"""A daily list is taken whole or not at all, never goes back, and is verified at every use."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.adapters.people import AT
from tests.adapters.signers import own_keys, trust_list
from tests.answering.list_issuer import ListingIssuer, line, subject
from tests.back_ends import open_database, run_sql
from tests.holder_keys import holder_keys
from tongxing.adapters.signed_list import ReceivedList
from tongxing.gateway.answering.daily_lists import DailyLists, ListRefused
from tongxing.gateway.answering.list_store import ListStore, Overtaken
from tongxing.schema import (
    Color,
    DocumentKind,
    Evidence,
    Outcome,
    SourceAnswer,
    TravelDocument,
    Via,
)

KEYS = own_keys()
TRUST = trust_list({issuer: [signer] for issuer, signer in KEYS.items()})
ANNING = TravelDocument.parse(DocumentKind.RESIDENT_ID, "11010519491231002X", "王安宁")
MIRA = TravelDocument.parse(DocumentKind.PASSPORT, "X3211001", "LINDEN MIRA")
PROVINCE = ListingIssuer("sukangma", KEYS["sukangma"])
HOUR = timedelta(hours=1)
MADE = AT - HOUR
RED = line("sukangma", ANNING)

Body = Callable[[DailyLists], Awaitable[None]]


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[DailyLists]:
    async with open_database(path) as database:
        yield await DailyLists.open(ListStore(database), holder_keys())


def in_hub(path: Path, body: Body) -> None:
    async def run() -> None:
        async with opened(path) as lists:
            await body(lists)

    asyncio.run(run())


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "hub.sqlite3"


async def asked(
    lists: DailyLists,
    *documents: TravelDocument,
    at: datetime = AT,
    revoked: frozenset[str] = frozenset(),
) -> Sequence[SourceAnswer]:
    believed = trust_list({i: [s] for i, s in KEYS.items()}, revoked=revoked)
    return (await lists.look_up("sukangma", documents, believed, at)).answers


def test_who_is_on_the_list_has_its_color_as_of_the_list(database: Path) -> None:
    received = PROVINCE.made(MADE, RED, line("sukangma", MIRA, "yellow"))

    async def body(lists: DailyLists) -> None:
        await lists.take("sukangma", received, TRUST, AT)
        first, second = await asked(lists, ANNING, MIRA)
        (code,) = first.codes
        assert (code.color, code.as_of) == (Color.RED, MADE)
        assert code.valid_until == MADE + 26 * HOUR
        assert second.codes[0].color is Color.YELLOW
        assert (first.via, first.evidence) == (Via.LIST, Evidence.SIGNED)
        assert first.evidence_digest == second.evidence_digest is not None

    in_hub(database, body)


@pytest.mark.parametrize("suite", ["zhenjiang", "sukangma"], ids=["ES256", "EdDSA"])
def test_an_issuer_signs_with_its_own_suite(database: Path, suite: str) -> None:
    city = line(suite, ANNING)
    city[3] = "321100"
    received = ListingIssuer(suite, KEYS[suite]).made(MADE, city)

    async def body(lists: DailyLists) -> None:
        await lists.take(suite, received, TRUST, AT)
        (answer,) = (await lists.look_up(suite, [ANNING], TRUST, AT)).answers
        assert answer.outcome is Outcome.VERIFIED

    in_hub(database, body)


def test_a_list_says_until_when_it_holds_and_one_that_has_ended_does_not(database: Path) -> None:
    async def body(lists: DailyLists) -> None:
        end = MADE + 26 * HOUR
        assert (await lists.look_up("sukangma", [MIRA], TRUST, AT)).until is None
        await lists.take("sukangma", PROVINCE.made(MADE, RED), TRUST, AT)
        assert (await lists.look_up("sukangma", [MIRA], TRUST, AT)).until == end
        assert (await lists.look_up("sukangma", [MIRA], TRUST, end)).until is None

    in_hub(database, body)


def test_who_is_not_on_it_has_no_color(database: Path) -> None:
    async def body(lists: DailyLists) -> None:
        await lists.take("sukangma", PROVINCE.made(MADE, RED), TRUST, AT)
        wrong_name = TravelDocument.parse(ANNING.kind, ANNING.number, "王无关")
        for answer in await asked(lists, MIRA, wrong_name):
            assert (answer.outcome, answer.codes) == (Outcome.NOT_ENROLLED, [])

    in_hub(database, body)


def test_the_reds_of_a_list_that_has_ended_keep_counting_and_it_clears_nobody(
    database: Path,
) -> None:
    async def body(lists: DailyLists) -> None:
        assert [a.outcome for a in await asked(lists, ANNING)] == [Outcome.BUSY]
        await lists.take("sukangma", PROVINCE.made(MADE, RED), TRUST, AT)
        (last,) = await asked(lists, ANNING, at=MADE + 26 * HOUR - timedelta(seconds=1))
        ended, cleared = await asked(lists, ANNING, MIRA, at=MADE + 26 * HOUR)
        assert (last.outcome, ended.outcome) == (Outcome.VERIFIED, Outcome.STALE)
        assert [code.color for code in ended.codes] == [Color.RED]
        assert (cleared.outcome, cleared.codes) == (Outcome.STALE, [])

    in_hub(database, body)


def test_a_list_whose_key_was_revoked_after_it_came_is_not_used(database: Path) -> None:
    async def body(lists: DailyLists) -> None:
        await lists.take("sukangma", PROVINCE.made(MADE, RED), TRUST, AT)
        (answer,) = await asked(lists, ANNING, revoked=frozenset({"sukangma"}))
        assert (answer.outcome, answer.codes) == (Outcome.BAD_SIGNATURE, [])

    in_hub(database, body)


def test_a_list_outlives_a_restart_and_an_older_one_is_still_refused(database: Path) -> None:
    async def first(lists: DailyLists) -> None:
        await lists.take("sukangma", PROVINCE.made(MADE, RED), TRUST, AT)

    async def second(lists: DailyLists) -> None:
        with pytest.raises(ListRefused, match="OLDER"):
            await lists.take("sukangma", PROVINCE.made(MADE - HOUR), TRUST, AT)
        assert [a.outcome for a in await asked(lists, ANNING)] == [Outcome.VERIFIED]

    in_hub(database, first)
    in_hub(database, second)


def test_a_newer_list_takes_the_place_of_the_earlier_one_and_nothing_of_it_is_kept(
    database: Path,
) -> None:
    async def body(lists: DailyLists) -> None:
        await lists.take("sukangma", PROVINCE.made(MADE, RED), TRUST, AT)
        newer = PROVINCE.made(AT, line("sukangma", MIRA))
        await lists.take("sukangma", newer, TRUST, AT)
        assert [bool(a.codes) for a in await asked(lists, ANNING, MIRA)] == [False, True]

    async def left() -> int:
        async with open_database(database) as store:
            rows = await store.fetch(
                "SELECT (SELECT count(*) FROM lists) + (SELECT count(*) FROM list_entries)"
            )
        return int(rows[0][0])

    in_hub(database, body)
    assert asyncio.run(left()) == 2


def test_the_database_holds_no_digest_that_can_be_tried_out(database: Path) -> None:
    async def body(lists: DailyLists) -> None:
        await lists.take("sukangma", PROVINCE.made(MADE, RED), TRUST, AT)

    in_hub(database, body)
    stored = b"".join(file.read_bytes() for file in database.parent.iterdir())
    plain = subject("sukangma", ANNING)
    assert plain.encode() not in stored
    assert ANNING.number.encode() not in stored


OTHER_KEY = ListingIssuer("sukangma", own_keys()["sukangma"])
CITY_KEY = ListingIssuer("sukangma", KEYS["zhenjiang"])
OTHER_TYPE = ListingIssuer("sukangma", KEYS["sukangma"], typ="zjc-status+jwt")
GOOD = PROVINCE.made(MADE, RED)
TWO = [RED, line("sukangma", MIRA)]


def changed(place: int, value: object) -> ReceivedList:
    return PROVINCE.made(MADE, [*RED[:place], value, *RED[place + 1 :]])


def unordered() -> ReceivedList:
    ordered = PROVINCE.made(MADE, *TWO).lines.splitlines(keepends=True)
    content = b"".join(ordered[::-1])
    return ReceivedList(PROVINCE.head(MADE, content, 2), content)


REFUSED: Mapping[str, tuple[str, ReceivedList]] = {
    "a key that nobody lists": ("BAD_SIGNATURE", OTHER_KEY.made(MADE, RED)),
    "another issuer's key": ("BAD_SIGNATURE", CITY_KEY.made(MADE, RED)),
    "a statement of another type": ("BAD_SIGNATURE", OTHER_TYPE.made(MADE, RED)),
    "no head": ("BAD_SIGNATURE", replace(GOOD, head=b"")),
    "another issuer's list": ("MALFORMED", PROVINCE.made(MADE, RED, iss="zhejiang")),
    "a list of tomorrow": ("MALFORMED", PROVINCE.made(AT + HOUR, RED)),
    "a list that has ended": ("EXPIRED", PROVINCE.made(AT - 27 * HOUR, RED)),
    "a list for a week": (
        "MALFORMED",
        PROVINCE.made(MADE, RED, valid_until=int((AT + 168 * HOUR).timestamp())),
    ),
    "a line left out": ("MALFORMED", replace(PROVINCE.made(MADE, *TWO), lines=GOOD.lines)),
    "a line put in": ("MALFORMED", replace(GOOD, lines=PROVINCE.made(MADE, *TWO).lines)),
    "cut off within a line": ("MALFORMED", replace(GOOD, lines=GOOD.lines[:-1])),
    "fewer lines than it says": ("MALFORMED", PROVINCE.made(MADE, RED, entries=2)),
    "lines out of order": ("MALFORMED", unordered()),
    "a holder twice": ("MALFORMED", PROVINCE.made(MADE, RED, line("sukangma", ANNING, "yellow"))),
    "a green": ("MALFORMED", changed(1, "green")),
    "a color that nobody knows": ("MALFORMED", changed(1, "orange")),
    "a subject that is none": ("MALFORMED", changed(0, "11010519491231002X")),
    "a place that is none": ("MALFORMED", changed(3, "Nanjing")),
    "a place of another province": ("BAD_SIGNATURE", changed(3, "330100")),
}


STILL_NAMED = {"fewer lines than it says", "lines out of order", "a holder twice"}
"""The issuer signed the line that names the holder, and it can be read."""


@pytest.mark.parametrize("what", REFUSED)
def test_a_list_is_refused_whole_and_the_one_that_counts_stays(database: Path, what: str) -> None:
    code, received = REFUSED[what]

    async def body(lists: DailyLists) -> None:
        earlier = PROVINCE.made(MADE - HOUR, line("sukangma", MIRA))
        await lists.take("sukangma", earlier, TRUST, AT)
        with pytest.raises(ListRefused) as refused:
            await lists.take("sukangma", received, TRUST, AT)
        assert refused.value.code == code
        named = what in STILL_NAMED
        assert [bool(a.codes) for a in await asked(lists, ANNING, MIRA)] == [named, True]

    in_hub(database, body)


def with_a_broken_line(*whole: list[object], made: datetime = MADE) -> ReceivedList:
    lines = PROVINCE.made(made, *whole).lines + b'["nobody"]\n'
    return ReceivedList(PROVINCE.head(made, lines, len(whole) + 1), lines)


TABLES = ("lists", "list_entries")


async def refuse(lists: DailyLists, received: ReceivedList) -> None:
    with pytest.raises(ListRefused):
        await lists.take("sukangma", received, TRUST, AT)


def test_a_red_beside_a_line_that_cannot_be_read_counts(database: Path) -> None:
    """Also after a restart, until a list is taken; and it names the signature that covers it."""
    broken = with_a_broken_line(RED)

    async def first(lists: DailyLists) -> None:
        await lists.take("sukangma", PROVINCE.made(MADE - HOUR, line("sukangma", MIRA)), TRUST, AT)
        await refuse(lists, broken)
        await refuse(lists, broken)

    async def second(lists: DailyLists) -> None:
        red, kept, nobody = await asked(lists, ANNING, MIRA, replace(MIRA, number="X3211009"))
        assert (red.outcome, red.codes[0].color) == (Outcome.MALFORMED, Color.RED)
        assert (kept.outcome, nobody.outcome) == (Outcome.VERIFIED, Outcome.NOT_ENROLLED)
        assert red.evidence_digest not in (None, kept.evidence_digest)
        assert red.codes[0].as_of == MADE
        await lists.take("sukangma", PROVINCE.made(MADE + HOUR / 2, RED), TRUST, AT)
        assert [a.outcome for a in await asked(lists, ANNING, MIRA)] == [
            Outcome.VERIFIED,
            Outcome.NOT_ENROLLED,
        ]

    in_hub(database, first)
    in_hub(database, second)


def test_a_red_counts_also_where_no_list_was_ever_taken(database: Path) -> None:
    async def body(lists: DailyLists) -> None:
        await refuse(lists, with_a_broken_line(RED))
        red, missing = await asked(lists, ANNING, MIRA)
        assert (red.codes[0].color, missing.outcome) == (Color.RED, Outcome.BUSY)

    in_hub(database, body)


@pytest.mark.parametrize(("held", "new"), [("red", "yellow"), ("yellow", "red")])
def test_of_the_list_and_a_refused_one_the_stricter_word_counts(
    database: Path, held: str, new: str
) -> None:
    async def body(lists: DailyLists) -> None:
        earlier = PROVINCE.made(MADE - HOUR, line("sukangma", ANNING, held))
        await lists.take("sukangma", earlier, TRUST, AT)
        await refuse(lists, with_a_broken_line(line("sukangma", ANNING, new)))
        (answer,) = await asked(lists, ANNING)
        assert answer.codes[0].color is Color.RED

    in_hub(database, body)


def test_only_the_last_refused_list_is_kept(database: Path) -> None:
    """An issuer that signs a broken list at every attempt fills no disk."""

    async def body(lists: DailyLists) -> None:
        for subject_of in (ANNING, MIRA, ANNING, MIRA):
            await refuse(lists, with_a_broken_line(line("sukangma", subject_of)))
        assert [bool(a.codes) for a in await asked(lists, ANNING, MIRA)] == [False, True]

    in_hub(database, body)
    counts = [run_sql(database, f"SELECT count(*) FROM {table}") for table in TABLES]  # noqa: S608 - constants
    assert counts == [[(1,)], [(1,)]]


def test_an_older_refused_list_takes_no_red_away(database: Path) -> None:
    """An issuer's mirror that lags behind serves the broken list of the day before."""

    async def body(lists: DailyLists) -> None:
        await refuse(lists, with_a_broken_line(RED))
        await refuse(lists, with_a_broken_line(made=MADE - 5 * HOUR))
        (answer,) = await asked(lists, ANNING)
        assert answer.codes[0].color is Color.RED

    in_hub(database, body)


def test_a_red_of_a_refused_list_ends_with_the_next_list_also_after_a_kill(database: Path) -> None:
    """The process ends after the new list counts and before what it replaces is deleted."""

    async def killed() -> None:
        async with open_database(database) as held:
            store = ListStore(held)
            refused = await store.begin("sukangma", b"refused", MADE, 0)
            await store.keep_refused("sukangma", refused)
            assert "sukangma" in await store.refused()
            await store.complete(await store.begin("sukangma", b"taken", AT, 0))
            assert await store.refused() == {}

    asyncio.run(killed())


def test_a_revoked_key_takes_the_reds_of_a_refused_list_along(database: Path) -> None:
    async def body(lists: DailyLists) -> None:
        await refuse(lists, with_a_broken_line(RED))
        (answer,) = await asked(lists, ANNING, revoked=frozenset({"sukangma"}))
        assert answer.codes == []

    in_hub(database, body)


def test_a_basis_that_nobody_knows_does_not_lose_the_red(database: Path) -> None:
    async def body(lists: DailyLists) -> None:
        await lists.take("sukangma", changed(2, ["something_new"]), TRUST, AT)
        (answer,) = await asked(lists, ANNING)
        assert answer.codes[0].color is Color.RED

    in_hub(database, body)


def test_nobody_is_missed_when_another_process_took_a_newer_list(database: Path) -> None:
    """Two processes serve one hub: the one that has not fetched yet must not look for people on
    the list that the other has just forgotten."""

    async def body(lists: DailyLists) -> None:
        await lists.take("sukangma", PROVINCE.made(MADE - HOUR, RED), TRUST, AT)
        async with opened(database) as other:
            await other.take("sukangma", PROVINCE.made(MADE, RED), TRUST, AT)
        (answer,) = await asked(lists, ANNING)
        assert answer.outcome is Outcome.VERIFIED
        assert answer.codes[0].as_of == MADE

    in_hub(database, body)


def test_a_list_that_was_overtaken_while_it_was_written_never_counts(database: Path) -> None:
    async def run() -> None:
        async with open_database(database) as held:
            store = ListStore(held)
            slow = await store.begin("sukangma", b"slow", MADE, 0)
            quick = await store.begin("sukangma", b"quick", AT, 0)
            await store.complete(quick)
            await store.forget_before("sukangma", quick)
            with pytest.raises(Overtaken):
                await store.complete(slow)
            assert (await store.current())["sukangma"].number == quick
            assert await store.find(slow, [b"k"]) is None
            await store.forget_before("sukangma", slow)
            assert await store.find(quick, [b"k"]) == {}

    asyncio.run(run())


def test_nothing_is_added_to_a_list_that_was_overtaken(database: Path) -> None:
    """It is deleted: what came later would stay in the table for ever."""

    async def run() -> None:
        async with open_database(database) as held:
            store = ListStore(held)
            slow = await store.begin("sukangma", b"slow", MADE, 0)
            await store.forget_before("sukangma", await store.begin("sukangma", b"quick", AT, 0))
            with pytest.raises(Overtaken):
                await store.add(slow, [(b"k" * 32, "RED", "", "320000", None)])

    asyncio.run(run())
    assert run_sql(database, "SELECT count(*) FROM list_entries") == [(0,)]


def test_a_refused_list_that_was_overtaken_does_not_count_again(database: Path) -> None:
    """Another process is deleting it: some of its entries may be gone."""

    async def run() -> None:
        async with open_database(database) as held:
            store = ListStore(held)
            slow = await store.begin("sukangma", b"slow", MADE, 0)
            run_sql(database, f"UPDATE lists SET complete = -1 WHERE number = {slow}")  # noqa: S608 - a number
            await store.keep_refused("sukangma", slow)
            assert await store.refused() == {}

    asyncio.run(run())


@pytest.mark.parametrize("newer_begins_first", [True, False])
@pytest.mark.parametrize("newer_ends_first", [True, False])
def test_of_two_that_are_written_at_once_the_older_never_replaces_the_newer(
    database: Path, *, newer_begins_first: bool, newer_ends_first: bool
) -> None:
    """Two processes fetched at once, of two mirrors. One may have to fetch again; none goes
    back."""

    async def run() -> None:
        async with open_database(database) as held:
            store = ListStore(held)
            seen = []
            made = [(b"newer", AT), (b"older", MADE)]
            begun = {
                head: await store.begin("sukangma", head, as_of, 0)
                for head, as_of in (made if newer_begins_first else reversed(made))
            }
            heads = [b"newer", b"older"] if newer_ends_first else [b"older", b"newer"]
            for head in heads:
                with suppress(Overtaken):
                    await store.complete(begun[head])
                    assert (await store.current())["sukangma"].head == head
                seen.append((await store.current())["sukangma"])
        assert seen[0].head == heads[0]
        assert seen[0].as_of <= seen[1].as_of

    asyncio.run(run())


def test_what_another_process_takes_first_counts_here_at_the_next_refresh(database: Path) -> None:
    async def body(lists: DailyLists) -> None:
        async with opened(database) as other:
            await other.take("sukangma", PROVINCE.made(MADE, RED), TRUST, AT)
        await lists.refresh()
        (answer,) = await asked(lists, ANNING)
        assert answer.codes[0].color is Color.RED

    in_hub(database, body)


def test_the_reds_of_a_list_that_another_process_refused_count_here_too(database: Path) -> None:
    async def body(lists: DailyLists) -> None:
        async with opened(database) as other:
            await refuse(other, with_a_broken_line(RED))
        await lists.refresh()
        (answer,) = await asked(lists, ANNING)
        assert answer.codes[0].color is Color.RED

    in_hub(database, body)


def test_no_older_list_is_taken_than_that_of_another_process(database: Path) -> None:
    async def body(lists: DailyLists) -> None:
        async with opened(database) as other:
            await other.take("sukangma", PROVINCE.made(MADE, RED), TRUST, AT)
        with pytest.raises(ListRefused, match="OLDER"):
            await lists.take("sukangma", PROVINCE.made(MADE - HOUR), TRUST, AT)
        (answer,) = await asked(lists, ANNING)
        assert answer.codes[0].color is Color.RED

    in_hub(database, body)


def test_a_list_that_another_process_has_taken_is_not_written_again(database: Path) -> None:
    received = PROVINCE.made(MADE, RED)

    async def body(lists: DailyLists) -> None:
        async with opened(database) as other:
            await other.take("sukangma", received, TRUST, AT)
        await lists.take("sukangma", received, TRUST, AT)

    in_hub(database, body)
    assert run_sql(database, "SELECT max(number) FROM lists") == [(1,)]
