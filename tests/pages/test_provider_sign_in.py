"""People sign in through their organization's provider; what is not in order signs nobody in."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from tests.pages.simulated_provider import (
    CLIENT_ID,
    SECRET,
    SimulatedProvider,
    provider_at,
    state_of,
)
from tests.storage.records import AT
from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.http.signed_forms import Grant
from tongxing.gateway.operation.databases import open_database
from tongxing.gateway.pages.address_tries import WINDOW_SECONDS, AddressTries
from tongxing.gateway.pages.browser_sessions import SessionCookie
from tongxing.gateway.pages.provider import ASKED_AGAIN_AFTER_SECONDS, KEPT_SECONDS, Provider
from tongxing.gateway.pages.provider_client import answered_json
from tongxing.gateway.pages.provider_sign_in import (
    BEGINNINGS,
    PROVIDER_PATH,
    RETURN_PATH,
    ProviderDoor,
    provider_routes,
)
from tongxing.gateway.pages.sign_in import SignIn, sign_in_routes
from tongxing.gateway.settings import SignInSettings
from tongxing.gateway.settings_checks import proves_who_answers
from tongxing.gateway.storage.audit import AdministrationRecord
from tongxing.gateway.storage.page_sessions import PageSessions
from tongxing.gateway.storage.person_subjects import PersonSubjects
from tongxing.gateway.wiring.signing_in import OF_ATTEMPTS, OF_COORDINATORS
from tongxing.schema.audit_words import AdministrativeAction

HUB = "http://hub.example"
HOME = "/coordinator"


@dataclass
class Desk:
    """The sign-in of a hub, with the stores that it really has, and a browser before it."""

    provider: SimulatedProvider
    app: Starlette
    subjects: PersonSubjects
    now: datetime = AT
    seconds: float = 0.0
    registered: set[str] = field(default_factory=lambda: {"li"})
    noted: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def browser(self, address: str = "127.0.0.1") -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(app=self.app, client=(address, 1))
        return httpx2.AsyncClient(transport=transport, base_url=HUB)

    async def went_and_came(self, browser: httpx2.AsyncClient) -> httpx2.Response:
        gone = await browser.get(PROVIDER_PATH)
        assert gone.status_code == 303
        return await browser.get(self.provider.authorize(gone.headers["location"]))


@pytest.fixture(scope="module")
def running() -> object:
    with provider_at(int(AT.timestamp())) as provider:
        yield provider


@pytest.fixture
async def desk(running: SimulatedProvider, tmp_path: Path) -> AsyncIterator[Desk]:
    provider = SimulatedProvider(running.url, int(AT.timestamp()))
    vars(running).update(vars(provider))
    async with open_database(DatabasePlace(tmp_path / "hub.sqlite3")) as database:
        made = Desk(running, Starlette(), PersonSubjects(database))
        settings = SignInSettings(
            provider=running.url, client_id=CLIENT_ID, client_secret=tmp_path / "secret"
        )

        def clock() -> datetime:
            return made.now

        async def find_grant(client_id: str, *, anew: bool = False) -> Grant | None:
            if client_id not in made.registered:
                return None
            nothing = frozenset[str]()
            return Grant(client_id, (), nothing, frozenset(), nothing)

        async def note(_request: object, client_id: str) -> None:
            made.noted.append(client_id)

        async def take_link(_secret: str, _at: datetime) -> str | None:
            return None

        sign_in = SignIn(
            PageSessions(database, OF_COORDINATORS, clock),
            SessionCookie("coordinator", is_secure=False, clock=clock),
            take_link=take_link,
            find_grant=find_grant,
            note=note,
            clock=clock,
            home=HOME,
            provider_path=PROVIDER_PATH,
        )
        door = ProviderDoor(
            Provider(
                settings,
                secret=SECRET,
                return_url=HUB + RETURN_PATH,
                ask=answered_json,
                may_ask=proves_who_answers,
                clock=clock,
                seconds=lambda: made.seconds,
            ),
            PageSessions(database, OF_ATTEMPTS, clock),
            AddressTries(BEGINNINGS, lambda: made.seconds),
            SessionCookie("provider", is_secure=False, clock=clock),
            find_person=made.subjects.find,
            on_refused=made.refused.append,
        )
        made.app.routes.extend([*sign_in_routes(sign_in), *provider_routes(sign_in, door)])
        await _bind(made, "li", "u-7")
        yield made


async def _bind(desk: Desk, client_id: str, subject: str) -> bool:
    record = AdministrationRecord(
        at=desk.now,
        request_id="r-1",
        client_id=client_id,
        action=AdministrativeAction.SUBJECT_BOUND,
        actor="operator",
    )
    return await desk.subjects.bind(desk.provider.url, subject, record)


async def test_who_is_registered_signs_in_and_goes_home(desk: Desk) -> None:
    async with desk.browser() as browser:
        response = await desk.went_and_came(browser)
        assert (response.status_code, response.headers["location"]) == (303, HOME)
        assert "tongxing-coordinator" in browser.cookies
        assert "tongxing-provider" not in browser.cookies
    assert desk.noted == ["li"]


async def test_the_page_offers_the_provider(desk: Desk) -> None:
    async with desk.browser() as browser:
        page = await browser.get("/sign-in")
    assert f'href="{PROVIDER_PATH}"' in page.text


async def refused(desk: Desk, response: httpx2.Response, status: int, words: str) -> None:
    assert response.status_code == status
    assert words in response.text
    assert "tongxing-coordinator" not in str(response.headers.get_list("set-cookie"))
    assert desk.noted == []


def _wrong_claims(desk: Desk) -> dict[str, dict[str, object]]:
    at = int(desk.now.timestamp())
    return {
        "issuer": {"iss": "https://other.example"},
        "audience": {"aud": "other"},
        "nonce": {"nonce": "other"},
        "time": {"exp": at - 3_600},
    }


@pytest.mark.parametrize("why", ["issuer", "audience", "nonce", "time"])
async def test_a_token_that_is_not_for_this_sign_in_is_refused(desk: Desk, why: str) -> None:
    desk.provider.claims = _wrong_claims(desk)[why]
    async with desk.browser() as browser:
        await refused(desk, await desk.went_and_came(browser), 403, "没有通过核验")
    assert desk.refused == [why]


async def test_who_is_not_registered_is_told_what_to_hand_over(desk: Desk) -> None:
    desk.provider.person = "<u-8>"
    async with desk.browser() as browser:
        await refused(desk, await desk.went_and_came(browser), 403, "<code>&lt;u-8&gt;</code>")


async def test_who_is_revoked_is_not_let_in(desk: Desk) -> None:
    desk.registered.clear()
    async with desk.browser() as browser:
        await refused(desk, await desk.went_and_came(browser), 403, "没有登记您")


async def test_an_answer_counts_once(desk: Desk) -> None:
    async with desk.browser() as browser:
        gone = await browser.get(PROVIDER_PATH)
        kept = dict(browser.cookies)
        back = desk.provider.authorize(gone.headers["location"])
        await browser.get(back)
    desk.noted.clear()
    async with desk.browser() as browser:
        browser.cookies.update(kept)
        await refused(desk, await browser.get(back), 403, "已用过")


async def test_an_answer_counts_in_the_browser_that_began(desk: Desk) -> None:
    async with desk.browser() as browser, desk.browser() as other:
        gone = await browser.get(PROVIDER_PATH)
        back = desk.provider.authorize(gone.headers["location"])
        await refused(desk, await other.get(back), 403, "不是从这个浏览器开始的")
        await other.get(PROVIDER_PATH)
        await refused(desk, await other.get(back), 403, "不是从这个浏览器开始的")


async def test_an_answer_is_good_for_ten_minutes(desk: Desk) -> None:
    async with desk.browser() as browser:
        gone = await browser.get(PROVIDER_PATH)
        back = desk.provider.authorize(gone.headers["location"])
        desk.now += timedelta(minutes=10)
        await refused(desk, await browser.get(back), 403, "已过期")


ANSWERS: dict[str, tuple[Callable[[str], str], str]] = {
    "the person was refused there": (lambda s: f"error=access_denied&state={s}", "没有让您登录"),
    "no code": (lambda s: f"state={s}", "没有让您登录"),
    "no state": (lambda _: "code=code-0", "重新登录"),
    "two codes": (lambda s: f"code=code-0&code=x&state={s}", "重新登录"),
    "another code": (lambda s: f"code=x&state={s}", "重新登录"),
    "of another issuer": (
        lambda s: f"code=code-0&state={s}&iss=https://other.example",
        "没有通过核验",
    ),
}


@pytest.mark.parametrize(("answer", "words"), ANSWERS.values(), ids=ANSWERS)
async def test_another_answer_signs_nobody_in(
    desk: Desk, answer: Callable[[str], str], words: str
) -> None:
    async with desk.browser() as browser:
        gone = await browser.get(PROVIDER_PATH)
        desk.provider.authorize(gone.headers["location"])
        query = answer(state_of(gone.headers["location"]))
        await refused(desk, await browser.get(f"{RETURN_PATH}?{query}"), 403, words)


async def test_nothing_in_an_address_says_where_a_person_goes(desk: Desk) -> None:
    async with desk.browser() as browser:
        gone = await browser.get(f"{PROVIDER_PATH}?next=https://evil.example&return_to=//evil")
        assert "evil" not in gone.headers["location"]
        back = desk.provider.authorize(gone.headers["location"])
        response = await browser.get(f"{back}&next=https://evil.example")
    assert response.headers["location"] == HOME


async def test_a_provider_that_is_away_is_said_and_asked_again_later(desk: Desk) -> None:
    desk.provider.is_away = True
    async with desk.browser() as browser:
        await refused(desk, await browser.get(PROVIDER_PATH), 503, "一次性链接")
        asked = len(desk.provider.asked)
        await browser.get(PROVIDER_PATH)
        assert len(desk.provider.asked) == asked
        desk.provider.is_away = False
        desk.seconds += ASKED_AGAIN_AFTER_SECONDS
        assert (await browser.get(PROVIDER_PATH)).status_code == 303


async def test_one_network_begins_so_often_and_keeps_no_more(desk: Desk) -> None:
    """An attempt is written down for somebody whom nobody knows yet."""
    async with desk.browser("2001:db8::1") as browser:
        at_once = [browser.get(PROVIDER_PATH) for _ in range(BEGINNINGS + 5)]
        begun = [each.status_code for each in await asyncio.gather(*at_once)]
        assert Counter(begun) == {303: BEGINNINGS, 429: 5}
    async with desk.browser("2001:db8::2") as browser:
        await refused(desk, await browser.get(PROVIDER_PATH), 429, "次数过多")
    async with desk.browser("2001:db8:0:1::1") as browser:
        assert (await browser.get(PROVIDER_PATH)).status_code == 303
    async with desk.browser("192.0.2.1") as browser:
        assert (await browser.get(PROVIDER_PATH)).status_code == 303
    desk.seconds += WINDOW_SECONDS
    async with desk.browser("2001:db8::2") as browser:
        assert (await browser.get(PROVIDER_PATH)).status_code == 303


STRANGE_METADATA: dict[str, dict[str, object]] = {
    "of another issuer": {"issuer": "https://other.example"},
    "in plain HTTP": {"token_endpoint": "http://id.example/token"},
    "of no address": {"jwks_uri": 7},
    "of no keys": {"jwks_uri": None},
}


@pytest.mark.parametrize("stated", STRANGE_METADATA.values(), ids=STRANGE_METADATA)
async def test_what_is_said_of_another_provider_does_not_count(
    desk: Desk, stated: dict[str, object]
) -> None:
    desk.provider.metadata = stated
    async with desk.browser() as browser:
        await refused(desk, await browser.get(PROVIDER_PATH), 503, "连不上")


async def test_an_issuer_that_is_promised_must_be_there(desk: Desk) -> None:
    desk.provider.metadata = {"authorization_response_iss_parameter_supported": True}
    async with desk.browser() as browser:
        await refused(desk, await desk.went_and_came(browser), 403, "没有通过核验")
        gone = await browser.get(PROVIDER_PATH)
        back = desk.provider.authorize(gone.headers["location"])
        response = await browser.get(f"{back}&iss={desk.provider.url}")
    assert response.status_code == 303


async def test_what_a_provider_says_is_kept_for_an_hour(desk: Desk) -> None:
    async with desk.browser() as browser:
        for _ in range(3):
            await browser.get(PROVIDER_PATH)
        assert desk.provider.asked.count("/jwks") == 1
        desk.seconds += KEPT_SECONDS
        await browser.get(PROVIDER_PATH)
    assert desk.provider.asked.count("/jwks") == 2


async def test_a_new_key_of_the_provider_is_looked_for(desk: Desk) -> None:
    async with desk.browser() as browser:
        await browser.get(PROVIDER_PATH)
        desk.seconds += ASKED_AGAIN_AFTER_SECONDS
        desk.provider.rotate()
        assert (await desk.went_and_came(browser)).status_code == 303


async def test_a_key_that_the_provider_does_not_name_is_not_believed(desk: Desk) -> None:
    async with desk.browser() as browser:
        await browser.get(PROVIDER_PATH)
        desk.provider.named = desk.provider.key
        desk.provider.rotate()
        await refused(desk, await desk.went_and_came(browser), 403, "没有通过核验")
    assert desk.refused == ["unknown_key"]


async def test_of_two_answers_at_once_one_signs_in(desk: Desk) -> None:
    async with desk.browser() as browser:
        gone = await browser.get(PROVIDER_PATH)
        back = desk.provider.authorize(gone.headers["location"])
        both = await asyncio.gather(browser.get(back), browser.get(back))
    assert sorted(each.status_code for each in both) == [303, 403]
