"""What coordinators see of how recognition works, in a real browser, on a log that was counted."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page

from tests.acceptance.audited import records_of
from tests.acceptance.hubs import RunningHub, await_that, serving
from tests.acceptance.standing import NewState
from tests.pages.browser import LANGUAGES, SIZES, Visit, visit
from tests.rollups.given import Said, answer, people
from tongxing.gateway.cli.coordinator_commands import SCOPES_OF_COORDINATORS
from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.databases import open_database
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.settings import SHIPPED_POLICIES
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.audit import (
    AdministrationRecord,
    AuditRecord,
    PublicationRecord,
    ReadingRecord,
)
from tongxing.gateway.storage.clients import register
from tongxing.gateway.storage.columns import microseconds
from tongxing.gateway.storage.page_sessions import PageSessions
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.gateway.storage.trust_alarms import (
    Occasion,
    SeenAnswer,
    TrustAlarms,
    count_answers,
)
from tongxing.gateway.wiring.signing_in import OF_COORDINATORS
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.schema import Color, Outcome, Purpose, RegionCode
from tongxing.schema.audit_words import PublicationAction, PublicationChange
from tongxing.schema.forgery import ForgeryCause
from tongxing.schema.trust_alarm import TrustAlarmKind

pytestmark = pytest.mark.processes

PERSON = "li-jiangsu"
THEN = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=2)
ALL_GREEN: Said = dict.fromkeys(("zhenjiang", "sukangma", "national"), Color.GREEN)
AGAINST: Said = {"sukangma": Color.RED, "zhenjiang": Color.GREEN}
MISSED: Said = {"sukangma": Outcome.TIMED_OUT, "zhenjiang": Color.GREEN}
FORGED: Said = {"sukangma": Outcome.BAD_SIGNATURE, "zhenjiang": Color.GREEN}
NANJING, SUZHOU, SHANGHAI = map(RegionCode, ("320100", "320500", "310000"))
ALARMS = ("alarm:1", "stop:1", "trust:1")
PARTS = ("", "/issuers", "/disagreements", "/alarms", "/policies", "/preview", "/trust")


def _log() -> list[AuditRecord]:
    of_each = [
        *(answer(p, THEN) for p in people(400)),
        *(answer(p, THEN, AGAINST, rule="red-refuse") for p in people(20, first=1_000)),
        *(answer(p, THEN, MISSED, rule="unknown-inspect") for p in people(40, first=2_000)),
        *(answer(p, THEN, FORGED) for p in people(2, first=3_000)),
        *(answer(p, THEN, region=NANJING) for p in people(150, first=4_000)),
        *(answer(p, THEN, {"sukangma": Color.GREEN}, region=SUZHOU) for p in people(30)),
        *(answer(p, THEN, ALL_GREEN) for p in people(60, first=6_000)),
        *(answer(p, THEN, region=SHANGHAI) for p in people(90, first=5_000)),
    ]
    policy = PublicationRecord(
        at=THEN,
        request_id="hub",
        client_id="hub",
        action=PublicationAction.POLICY_TAKEN,
        version=2,
        digest="a" * 43,
        receiving_region=SHANGHAI,
        signed_by=("author-1",),
        compared_with=1,
        changes=((PublicationChange.RULE_CHANGED, "red-refuse"),),
    )
    return [*(record for each in of_each for record in each), policy]


async def _fill(layout: Layout) -> str:
    """A log, and a coordinator of Jiangsu who is signed in: what the browser holds of it."""
    async with opened(DatabasePlace(layout.database)) as state:
        await state.audit.append(_log())
        person = register(
            id=PERSON,
            name="李协调（示例）",
            regions=["320000"],
            scopes=SCOPES_OF_COORDINATORS,
            purposes=[Purpose.AUDIT.name],
            jwks=(),
            at=THEN,
            is_person=True,
        )
        await state.clients.add(person, actor="operator", request_id="r-1")
    async with open_database(DatabasePlace(layout.database)) as database:
        await _raise_alarms_about_trust(database)
        sessions = PageSessions(database, OF_COORDINATORS, lambda: datetime.now(UTC))
        return (await sessions.begin(PERSON)).token


def _raise_alarms(layout: Layout) -> None:
    at = microseconds(THEN)
    with closing(sqlite3.connect(layout.database)) as database, database:
        flip = (1, "sukangma", "DECLARED", at, at, at, 1317, 100, "321100", 1)
        database.execute("INSERT INTO alarms VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", flip)
        database.executemany(
            "INSERT INTO alarm_evidence VALUES (1, ?)", [(f"{n:043}",) for n in range(7)]
        )
        database.execute(
            "INSERT INTO client_stops VALUES (1, 'city-system', 'SAME_PREFIX', 17, 16, ?, NULL)",
            (at,),
        )


async def _raise_alarms_about_trust(database: Database) -> None:
    forged = Occasion(
        kind=TrustAlarmKind.FORGED_EVIDENCE,
        issuer="sukangma",
        forgery=ForgeryCause.WRONG_SIGNATURE,
        when=THEN,
    )
    of_key = Occasion(
        kind=TrustAlarmKind.ISSUER_KEY_ENDING, issuer="sukangma", key_id="sukangma-1", ends_at=THEN
    )
    answers = [SeenAnswer(number, SUZHOU, f"{number:043}") for number in range(700, 703)]
    answers.append(SeenAnswer(800, SHANGHAI, None))
    await database.write(lambda unit: count_answers(forged, answers, THEN, unit))
    await TrustAlarms(database).raise_once(of_key, THEN)


def _records(layout: Layout) -> list[AuditRecord]:
    """In a thread: the browser keeps a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(records_of, layout).result()


def _draft() -> str:
    """The next version of Zhenjiang's policy, a little stricter."""
    begins = datetime.now(UTC) + timedelta(days=3)
    written = (SHIPPED_POLICIES / "zhenjiang-1.toml").read_text("utf-8")
    return (
        written.replace("version = 1\n", "version = 2\nreplaces = 1\n")
        .replace("2020-02-27T09:00:00+08:00", datetime.now(UTC).isoformat())
        .replace("valid_from = 2020-03-01T00:00:00+08:00", f"valid_from = {begins.isoformat()}")
        .replace('answer_lifetime = "10m"', 'answer_lifetime = "5m"')
    )


@dataclass(frozen=True)
class Counted:
    """A hub that has counted its log, and the session of a coordinator."""

    hub: RunningHub
    token: str

    @contextmanager
    def visited(self, browser: Browser, **more: str) -> Iterator[Visit]:
        with visit(browser, self.hub.url, **more) as window:
            window.page.context.add_cookies(
                [{"name": "tongxing-coordinator", "value": self.token, "url": self.hub.url}]
            )
            yield window


@pytest.fixture(scope="module")
def counted(new_layout: NewState, browser: Browser) -> Iterator[Counted]:
    layout = new_layout()
    with ThreadPoolExecutor(1) as thread:
        token = thread.submit(lambda: asyncio.run(_fill(layout))).result()
    _raise_alarms(layout)
    with serving(layout) as hub:
        made = Counted(hub, token)
        with made.visited(browser) as window:
            await_that(lambda: _is_counted(window.open("/coordinator")), "the hub counts its log")
            closed = "/coordinator/alarms?state=CLOSED"
            await_that(
                lambda: window.open(closed).locator("section.card").count() == 1,
                "the hub has looked what ends",
            )
        yield made


def _is_counted(page: Page) -> bool:
    return page.locator("table.heat").count() == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
def test_every_part_can_be_read_by_everybody(
    counted: Counted, browser: Browser, size: str, language: str
) -> None:
    with counted.visited(browser, size=size, language=language) as window:
        for part in PARTS:
            window.open(f"/coordinator{part}")
            assert window.page.locator(".parts [aria-current=page]").count() == 1
            assert window.faults_of_access() == []
            window.picture(f"coordinator{part.replace('/', '-')}-{size}-{language}")
            assert window.is_as_wide_as_its_window(), part


@pytest.fixture
def signed_in(counted: Counted, browser: Browser) -> Iterator[Visit]:
    with counted.visited(browser) as window:
        yield window


def test_the_matrix_shows_ones_own_places_alone(signed_in: Visit) -> None:
    page = signed_in.open("/coordinator")
    rows = page.locator("table.heat tbody th").all_inner_texts()
    assert {"镇江市", "南京市", "苏州市"} == {row.removeprefix("江苏省") for row in rows}
    assert "上海" not in page.inner_text("main")
    assert page.locator("td.untold").count() > 0
    page.locator("select[name=by]").select_option("issuer")
    with page.expect_navigation():
        page.get_by_role("button", name="查看").click()
    assert "苏康码" in page.inner_text("table.heat thead")


def test_an_issuer_shows_its_last_try_and_success_in_words(signed_in: Visit) -> None:
    signed_in.open("/coordinator/issuers")
    card = signed_in.page.locator("section.card", has_text="苏康码").first.inner_text()
    assert "最近一次查询" in card
    assert "未及时答复" in card
    assert "未通过验签" not in card, "2 people are too few"


def test_disagreements_are_walked_through(signed_in: Visit) -> None:
    page = signed_in.open("/coordinator/disagreements")
    assert page.locator("section.card").count() == 10
    assert "red-refuse" in page.locator("section.card").first.inner_text()
    indexes = page.locator("section.card dl dd:last-child > code")
    first = indexes.all_inner_texts()
    with page.expect_navigation():
        page.get_by_role("link", name="更早的10条").click()
    assert page.locator("section.card").count() == 10
    assert max(map(int, indexes.all_inner_texts())) < min(map(int, first))
    assert page.get_by_role("link", name="更早的10条").count() == 0


def test_an_alarm_is_acknowledged_once_and_recorded(counted: Counted, signed_in: Visit) -> None:
    page = signed_in.open("/coordinator/alarms?state=OPEN")
    assert "1317" in page.inner_text("main")
    assert page.locator("section.card.open").count() == len(ALARMS)
    for number, name in enumerate(ALARMS, 1):
        card = page.locator("section.card", has=page.get_by_role("button", name=name))
        card.get_by_label("说明").fill(f"已通报{number}处")
        card.get_by_role("button", name=name).click()
        assert name in page.get_by_role("status").inner_text()
        assert page.get_by_text(PERSON).count() >= number
        assert page.get_by_text(f"已通报{number}处").count() == 1
    assert page.locator("section.card.open").count() == 0
    found = [r for r in _records(counted.hub.layout) if isinstance(r, AdministrationRecord)]
    assert [r.alarm for r in found if r.alarm] == list(ALARMS)


def test_alarms_are_shown_by_their_state(signed_in: Visit) -> None:
    page = signed_in.open("/coordinator/alarms?state=CLOSED")
    assert page.locator("section.card").count() == 1, "the hub itself closes what ends no more"
    assert "机构公钥即将失效" in page.inner_text("section.card")
    assert page.locator("[aria-current=true]").inner_text() == "已消除"
    page = signed_in.open("/coordinator/alarms?state=nothing")
    assert page.locator("section.card").count() == len(ALARMS) + 1


def test_an_alarm_of_forged_answers_shows_those_of_ones_own_places(signed_in: Visit) -> None:
    page = signed_in.open("/coordinator/alarms")
    text = page.locator("section.card", has_text="伪造或不符的答复").inner_text()
    assert "签名不符" in text
    assert "700" in text
    assert "苏州市" in text
    assert "上海" not in text


def test_a_note_that_may_name_somebody_is_refused(counted: Counted, signed_in: Visit) -> None:
    said = signed_in.page.request.post(
        f"{counted.hub.url}/coordinator/alarms/acknowledge",
        form={"id": "alarm:1", "note": "321102199001011234"},
        headers={"sec-fetch-site": "same-origin"},
    )
    assert "不得含连续6位" in said.text()


def test_forged_evidence_is_shown_with_its_place_in_the_log(signed_in: Visit) -> None:
    page = signed_in.open("/coordinator/alarms")
    assert page.get_by_role("cell", name="未通过验签").count() == 2


def test_a_form_of_another_site_acknowledges_nothing(counted: Counted, signed_in: Visit) -> None:
    forged = signed_in.page.request.post(
        f"{counted.hub.url}/coordinator/alarms/acknowledge",
        form={"id": "alarm:1"},
        headers={"sec-fetch-site": "cross-site"},
        max_redirects=0,
    )
    assert forged.headers["location"] == "/coordinator/alarms"


def test_two_policies_stand_side_by_side(signed_in: Visit) -> None:
    page = signed_in.open("/coordinator/policies?region=310000")
    names = page.locator("select[name=left] option").all_inner_texts()
    assert len(names) >= 2
    assert page.locator("table.compared tbody tr").count() > 3
    assert page.locator("table.compared tr[data-state=changed]").count() > 0


def test_a_draft_is_tried_on_last_week(signed_in: Visit) -> None:
    page = signed_in.open("/coordinator/preview?region=321100")
    assert 'region = "321100"' in page.get_by_label("草案全文").input_value()
    page.get_by_label("草案全文").fill("no draft")
    with page.expect_navigation():
        page.get_by_role("button", name="试算").click()
    assert page.get_by_role("alert").count() == 1
    page.get_by_label("接收地").fill("321100")
    page.get_by_label("草案全文").fill(_draft())
    with page.expect_navigation():
        page.get_by_role("button", name="试算").click()
    assert page.locator("img.chart").count() == 1, page.inner_text("main")
    assert page.evaluate("document.querySelector('img.chart').naturalWidth") > 0


def test_a_draft_that_is_not_answered_stays_written(signed_in: Visit) -> None:
    page = signed_in.open("/coordinator/preview")
    page.get_by_label("接收地").fill("310000")
    page.get_by_label("草案全文").fill("a draft of many hours")
    with page.expect_navigation():
        page.get_by_role("button", name="试算").click()
    assert page.get_by_label("草案全文").input_value() == "a draft of many hours"
    assert "310000" in page.get_by_label("接收地").input_value()
    assert page.locator("main .warning, main .notice").count() >= 1


def test_the_trust_list_says_whose_key_ends_when(signed_in: Visit) -> None:
    text = signed_in.open("/coordinator/trust").inner_text("main")
    assert "镇江健康码" in text
    assert "剩余天数" in text


def test_what_was_taken_is_shown_to_people_of_a_region(signed_in: Visit) -> None:
    text = signed_in.open("/coordinator/trust").inner_text("main")
    assert "换用信任列表" in text
    assert "换用一地的政策 · 上海市" in text


def test_it_is_used_by_keyboard_alone(signed_in: Visit) -> None:
    page = signed_in.open("/coordinator")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('href')") == "/coordinator/trust":
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/coordinator/trust")


def test_every_look_is_recorded(counted: Counted, signed_in: Visit) -> None:
    signed_in.open("/coordinator/disagreements")
    looks = [r for r in _records(counted.hub.layout) if isinstance(r, ReadingRecord)]
    assert {r.client_id for r in looks} == {PERSON}
    assert {"INTEROP_FIGURES", "DISAGREEMENTS"} <= {r.action.value for r in looks}
