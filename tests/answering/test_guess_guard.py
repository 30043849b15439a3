"""Guesses are counted for each client, over processes and restarts, until it is resumed."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.answering.guessing import (
    AT,
    DAY,
    Guarded,
    guarded,
    of_one_prefix,
    resident,
    strangers,
)
from tests.back_ends import open_database
from tongxing.gateway.answering.guess_store import GuessStore
from tongxing.gateway.answering.guesses import Fate, GuessLimits
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.audit import AdministrationRecord, AuditFilter
from tongxing.gateway.storage.slices import Slice
from tongxing.schema import RefusalCode, TravelDocument
from tongxing.schema.audit_words import AdministrativeAction, AuditKind
from tongxing.schema.stopped_client import StopReason

LIMITS = GuessLimits()
MOST = LIMITS.per_prefix


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "hub.sqlite3"


@pytest.fixture
async def here(path: Path) -> AsyncIterator[Guarded]:
    async with guarded(path) as made:
        yield made


async def ask_singly(
    here: Guarded, documents: list[TravelDocument], fate: Fate = Fate.MISSED, client: str = "city"
) -> list[bool]:
    return [await here.ask([each], fate, client=client) for each in documents]


async def test_as_many_as_the_limit_are_answered_and_one_more_is_not(here: Guarded) -> None:
    answered = await ask_singly(here, of_one_prefix(MOST + 3))
    assert answered == [True] * MOST + [False] * 3
    stopped = await here.stopped()
    assert stopped is not None
    assert (stopped.reason, stopped.counted, stopped.limit) == (
        StopReason.SAME_PREFIX,
        MOST + 1,
        MOST,
    )
    assert stopped.since == AT
    assert here.told == [("city", StopReason.SAME_PREFIX, MOST + 1)]


async def test_a_manifest_over_the_limit_is_refused_whole(here: Guarded) -> None:
    assert not await here.ask([*strangers(100), *of_one_prefix(MOST + 1)])
    assert not await here.ask([resident()])


async def test_a_question_that_is_asked_again_is_one_guess(here: Guarded) -> None:
    assert all(await ask_singly(here, of_one_prefix(MOST) * 3))
    assert await here.ask(of_one_prefix(1) * 100)


STOPPED_BY: dict[str, tuple[list[TravelDocument], StopReason]] = {
    "names for one number": (
        [resident(name=f"王{chr(0x4E00 + each)}") for each in range(LIMITS.per_number + 1)],
        StopReason.SAME_NUMBER,
    ),
    "numbers for one name": (
        [
            resident(each + 1, f"{1950 + each % 60}0{each % 9 + 1}{each % 28 + 1:02d}")
            for each in range(LIMITS.per_name + 1)
        ],
        StopReason.SAME_NAME,
    ),
    "dates of birth between the same ends": (
        [
            each
            for year in range(1950, 2012)
            for month in range(1, 13)
            if (each := resident(1, f"{year}{month:02d}01", f"王{year}{month}")).number[-1] == "5"
        ],
        StopReason.SAME_ENDS,
    ),
}


@pytest.mark.parametrize(("documents", "reason"), STOPPED_BY.values(), ids=STOPPED_BY)
@pytest.mark.parametrize("singly", [True, False], ids=["one by one", "in a manifest"])
async def test_what_is_tried_out_stops_the_client(
    here: Guarded, documents: list[TravelDocument], reason: StopReason, *, singly: bool
) -> None:
    if singly:
        answered = await ask_singly(here, documents)
        assert answered[0]
        assert not answered[-1]
    else:
        assert not await here.ask(documents)
    stopped = await here.stopped()
    assert stopped is not None
    assert stopped.reason is reason


async def test_a_document_that_an_issuer_confirms_counts_no_more(here: Guarded) -> None:
    assert all(await ask_singly(here, of_one_prefix(10 * MOST), Fate.CONFIRMED))
    assert all(await ask_singly(here, of_one_prefix(10 * MOST), Fate.MISSED))


async def test_an_outage_stops_nobody(here: Guarded) -> None:
    assert all(await ask_singly(here, of_one_prefix(10 * MOST), Fate.UNANSWERED))
    for begin in range(0, 3_000, 1_000):
        assert await here.ask(strangers(1_000, begin), Fate.UNANSWERED)


async def test_an_outage_of_the_issuer_that_knows_most_stops_nobody(here: Guarded) -> None:
    for begin in range(0, 3_000, 1_000):
        assert await here.ask(strangers(1_000, begin), Fate.OPEN)


async def test_a_sweep_during_an_outage_is_stopped_like_any_other(here: Guarded) -> None:
    answered = await ask_singly(here, of_one_prefix(MOST + 1), Fate.OPEN)
    assert answered == [True] * MOST + [False]


async def test_a_denial_is_not_taken_back_by_the_silence_of_a_later_question(here: Guarded) -> None:
    """Of two places one may ask an issuer that denies, the other only one that is away."""
    answered = []
    for each in of_one_prefix(MOST + 1):
        answered.append(await here.ask([each], Fate.OPEN))
        await here.ask([each], Fate.UNANSWERED)
    assert answered == [True] * MOST + [False]


async def test_a_denial_by_one_issuer_does_not_undo_one_by_all(here: Guarded) -> None:
    people = strangers(LIMITS.unconfirmed)
    assert await here.ask(people, Fate.MISSED)
    assert await here.ask(people, Fate.OPEN)
    assert await here.ask(people, Fate.MISSED)
    assert not await here.ask(strangers(1, 5_000))


async def test_who_is_denied_after_an_outage_is_counted_then(here: Guarded) -> None:
    people = strangers(LIMITS.unconfirmed + 1)
    assert await here.ask(people, Fate.OPEN)
    assert not await here.ask(people, Fate.MISSED)


async def test_a_question_whose_answer_never_came_counts(path: Path) -> None:
    """The process was killed, or the client went away, before the issuers had answered."""
    async with guarded(path) as here:
        await here.begin(of_one_prefix(MOST))
    async with guarded(path) as again:
        assert not await again.ask(of_one_prefix(1, MOST + 1))


async def test_one_client_is_not_stopped_by_another(here: Guarded) -> None:
    for client in ("city", "station"):
        half = of_one_prefix(MOST, 1 if client == "city" else MOST + 1)
        assert all(await ask_singly(here, half, client=client))
    assert not await here.ask(of_one_prefix(1, 500))
    assert await here.ask(of_one_prefix(1, MOST + 1), client="station")


async def test_confirmed_to_one_client_is_not_confirmed_to_another(here: Guarded) -> None:
    documents = of_one_prefix(MOST + 1)
    assert all(await ask_singly(here, documents, Fate.CONFIRMED, client="station"))
    assert not await here.ask(documents)


async def test_two_processes_count_together(path: Path) -> None:
    async with guarded(path) as one, guarded(path) as two:
        documents = of_one_prefix(MOST + 1)
        for place, each in enumerate(documents[:-1]):
            assert await (one if place % 2 else two).ask([each])
        assert not await one.ask(documents[-1:])
        assert not await two.ask([resident(born="19600101", name="赵一")])
        assert two.told == []


async def test_a_restart_forgets_nothing(path: Path) -> None:
    for each in of_one_prefix(MOST):
        async with guarded(path) as here:
            assert await here.ask([each])
    async with guarded(path) as here:
        assert not await here.ask(of_one_prefix(1, MOST + 1))
    async with guarded(path) as here:
        assert not await here.ask([resident(born="19600101", name="赵一")])


async def test_a_slow_sweep_is_seen_over_days(here: Guarded) -> None:
    days = 2 * LIMITS.days
    answered = [
        await here.ask([each], at=AT + day * DAY) for day, each in enumerate(of_one_prefix(days))
    ]
    assert answered.count(True) == MOST


async def test_who_comes_every_day_is_among_the_confirmed_in_every_month(here: Guarded) -> None:
    """A gate with regulars, who come later in the day than visitors, of whom more are without a
    code than the limit in each window. On the first day the regulars come in the evening."""
    everybody = strangers(400 + 40 * 11)
    regulars, visitors = everybody[:400], everybody[400:]
    midnight = AT.replace(hour=0, minute=0, second=0, microsecond=0)
    assert await here.ask(regulars, Fate.CONFIRMED, at=midnight + 0.8 * DAY)
    for day in range(1, 40):
        at = midnight + day * DAY
        today = visitors[11 * day : 11 * (day + 1)]
        assert await here.ask(today, Fate.MISSED, at=at + 0.2 * DAY)
        assert await here.ask(regulars, Fate.CONFIRMED, at=at + 0.4 * DAY)


async def test_what_is_past_the_window_counts_no_more(here: Guarded) -> None:
    rare = timedelta(days=LIMITS.days / MOST)
    answered = [
        await here.ask([each], at=AT + place * rare)
        for place, each in enumerate(of_one_prefix(5 * MOST))
    ]
    assert all(answered)


async def test_mostly_unconfirmed_people_stop_the_client(here: Guarded) -> None:
    assert await here.ask(strangers(LIMITS.unconfirmed))
    assert not await here.ask(strangers(1, 5_000))
    stopped = await here.stopped()
    assert stopped is not None
    assert stopped.reason is StopReason.MOSTLY_UNCONFIRMED


async def test_the_answers_that_show_the_sweep_do_not_leave(here: Guarded) -> None:
    assert not await here.ask(strangers(1_000))


async def test_people_who_enroll_later_are_no_guesses(here: Guarded) -> None:
    assert await here.ask(strangers(LIMITS.unconfirmed))
    assert await here.ask(strangers(10), Fate.CONFIRMED)
    assert await here.ask(strangers(10, 5_000))


async def test_one_person_asked_about_many_times_is_one_confirmed_person(here: Guarded) -> None:
    """Or a friend, a thousand times in one manifest, would cover a sweep."""
    assert await here.ask([resident()] * 1_000, Fate.CONFIRMED)
    assert not await here.ask(strangers(LIMITS.unconfirmed + 1))


async def test_of_many_confirmed_people_half_as_many_guesses_are_no_sweep(here: Guarded) -> None:
    assert await here.ask(strangers(1_000), Fate.CONFIRMED)
    assert await here.ask(strangers(900, 2_000))


def impossible(count: int, code: RefusalCode) -> list[tuple[str, RefusalCode]]:
    return [(f"32110219880808{each:04d}", code) for each in range(count)]


@pytest.mark.parametrize(
    "code",
    [
        RefusalCode.DOCUMENT_CHECK_CHARACTER,
        RefusalCode.DOCUMENT_BIRTH_DATE,
        RefusalCode.DOCUMENT_DIVISION,
    ],
)
async def test_numbers_that_cannot_exist_stop_the_client(here: Guarded, code: RefusalCode) -> None:
    assert await here.refuse(impossible(LIMITS.impossible, code))
    assert not await here.refuse(impossible(LIMITS.impossible + 1, code)[-1:])
    assert not await here.ask([resident()])


@pytest.mark.parametrize(
    "code", [RefusalCode.DOCUMENT_FORM, RefusalCode.DOCUMENT_LENGTH, RefusalCode.DOCUMENT_NAME]
)
async def test_a_client_that_writes_numbers_wrongly_is_not_stopped(
    here: Guarded, code: RefusalCode
) -> None:
    assert await here.refuse(impossible(1_000, code))


async def test_the_same_wrong_number_again_and_again_is_one(here: Guarded) -> None:
    wrong = impossible(1, RefusalCode.DOCUMENT_CHECK_CHARACTER)
    assert all([await here.refuse(wrong) for _ in range(3 * LIMITS.impossible)])


async def test_guessed_codes_stop_the_client_and_its_scans(here: Guarded) -> None:
    codes = [f"ZJC1.{each}" for each in range(LIMITS.wrong_codes + 1)]
    answered = [await here.scan(code, Fate.MISSED) for code in codes]
    assert answered == [True] * LIMITS.wrong_codes + [False]
    assert not await here.scan("ZJC1.good", Fate.CONFIRMED)
    assert not await here.ask([resident()])


async def test_a_stopped_client_may_scan_and_is_stopped_if_it_guesses_codes_too(
    here: Guarded,
) -> None:
    assert not await here.ask(of_one_prefix(MOST + 1))
    assert await here.scan("ZJC1.good", Fate.CONFIRMED)
    scans = [await here.scan(f"ZJC1.{each}", Fate.MISSED) for each in range(LIMITS.wrong_codes + 1)]
    assert not scans[-1]
    assert not await here.scan("ZJC1.good", Fate.CONFIRMED)
    assert await here.resume()
    assert await here.scan("ZJC1.good", Fate.CONFIRMED)
    assert await here.ask([resident()])


async def test_a_share_that_rises_while_days_pass_ends_no_scan(here: Guarded) -> None:
    """The confirmed people of the first day leave the window before the unconfirmed ones do."""
    assert await here.ask(strangers(LIMITS.unconfirmed + 50), Fate.CONFIRMED)
    later = AT + 20 * DAY
    assert await here.ask(strangers(LIMITS.unconfirmed + 1, 1_000), at=later)
    much_later = AT + timedelta(days=LIMITS.days + 2)
    assert await here.scan("ZJC1.wrong", Fate.MISSED, at=much_later)
    assert await here.stopped() is None


async def test_a_resumed_client_begins_anew(here: Guarded) -> None:
    documents = of_one_prefix(MOST + 1)
    assert not await here.ask(documents)
    assert await here.resume(at=AT + DAY)
    assert await here.stopped() is None
    later = AT + 2 * DAY
    assert all([await here.ask([each], at=later) for each in documents[:MOST]])
    assert not await here.ask(documents[MOST:], at=later)
    page = await here.stops.page(Slice(10))
    assert [stop.resumed_at is None for stop in page.items] == [True, False]


async def test_a_client_stopped_for_its_share_begins_anew_too(here: Guarded) -> None:
    assert not await here.ask(strangers(500))
    assert await here.resume()
    assert await here.ask(strangers(LIMITS.unconfirmed, 1_000))


async def test_only_a_stopped_client_is_resumed(here: Guarded) -> None:
    assert not await here.resume()
    assert not await here.ask(of_one_prefix(MOST + 1))
    assert not await here.resume("station")


async def test_a_stop_and_its_end_are_in_the_audit_log(here: Guarded) -> None:
    assert not await here.ask(of_one_prefix(MOST + 1))
    assert await here.resume()
    page = await here.audit.page(AuditFilter(kind=AuditKind.ADMINISTRATION), Slice(10))
    records = [entry.record for entry in page.items]
    assert all(isinstance(record, AdministrationRecord) for record in records)
    assert [(r.action, r.actor, r.client_id) for r in records] == [  # type: ignore[union-attr]
        (AdministrativeAction.CLIENT_STOPPED, "hub", "city"),
        (AdministrativeAction.CLIENT_RESUMED, "operator", "city"),
    ]


async def test_the_sweeper_deletes_what_is_past_its_time_and_nothing_else(path: Path) -> None:
    async with guarded(path) as here:
        assert await here.ask(strangers(20))
        assert await here.ask(strangers(10, 1_000), at=AT + DAY)
    window = timedelta(days=LIMITS.days)
    async with open_database(path) as database:
        store = GuessStore(database, LIMITS)
        assert await store.sweep(AT + window - DAY / 2) == 0
        assert await store.sweep(AT + window) == 20
        assert await store.sweep(AT + window + 2 * DAY) == 10 + 2


async def test_no_number_and_no_name_is_at_rest(path: Path) -> None:
    document = resident(7)
    async with guarded(path) as here:
        assert await here.ask([document])
        assert await here.refuse(
            [(document.number[:-1] + "0", RefusalCode.DOCUMENT_CHECK_CHARACTER)]
        )
    files = b"".join(each.read_bytes() for each in path.parent.iterdir() if each.is_file())
    for part in (document.number[:14], document.number[-4:], document.name):
        assert part.encode() not in files


async def test_asking_again_about_a_confirmed_person_writes_nothing(path: Path) -> None:
    async with guarded(path) as here:
        assert await here.ask([resident()], Fate.CONFIRMED)
        async with open_database(path) as database:
            before = await _rows(database)
            assert await here.ask([resident()], Fate.CONFIRMED)
            assert await _rows(database) == before


async def _rows(database: Database) -> list[object]:
    return [
        await database.fetch(f"SELECT * FROM {table}")  # noqa: S608
        for table in ("guesses", "tallies", "client_stops")
    ]
