"""A list that should not be believed is not: the present one stays, and somebody is told."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from time import monotonic

import pytest

from tests.acceptance.callers import Answer, calling, error_codes, outcomes, reasons
from tests.acceptance.forging import SigningKey, base64url, encoded
from tests.acceptance.hubs import RunningHub, await_that, log_of, serving, start
from tests.acceptance.operations import TRUST_LIST
from tests.acceptance.standing import FORGETFUL, NewState
from tests.acceptance.trust_lists import (
    Payload,
    changed,
    instant,
    lasting,
    payload_of,
    put,
    root_keys,
    signed,
)
from tests.connection import PATIENCE_SECONDS
from tongxing.keys.base64url import decode as base64url_decoded
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.town.records import IssuerName

GREEN = "green_everywhere"
HELD = 3
"""The version that the hub of these tests holds, so that there is an older one."""

Make = Callable[[Payload, Sequence[SigningKey]], bytes]


def _tampered(payload: Payload, roots: Sequence[SigningKey]) -> bytes:
    other = signed(changed(payload, by=2), roots).decode()
    text = other.split('"payload": "')[1].split('"')[0]
    good = signed(changed(payload, by=1), roots).decode()
    mine = good.split('"payload": "')[1].split('"')[0]
    return good.replace(mine, text).encode()


REFUSED: dict[str, tuple[str, Make]] = {
    "an older version": ("ROLLBACK", lambda old, roots: signed(changed(old, by=-1), roots)),
    "expired": ("EXPIRED", lambda old, roots: signed(lasting(old, -60), roots)),
    "signed by one of two": (
        "SHORT_OF_SIGNATURES",
        lambda old, roots: signed(changed(old, by=1), roots[:1]),
    ),
    "signed by one of two and a stranger": (
        "SHORT_OF_SIGNATURES",
        lambda old, roots: signed(changed(old, by=1), [roots[0], SigningKey.new()]),
    ),
    "signed over another content": ("BAD_SIGNATURE", _tampered),
}
"""What else can be wrong with a list is tried in the tests of keys, a look of the hub's sooner."""


@pytest.fixture(scope="module")
def trusting_hub(new_layout: NewState) -> Iterator[RunningHub]:
    layout = new_layout()
    put(layout, signed(changed(payload_of(layout), by=HELD - 1), root_keys(layout)))
    with serving(layout, **FORGETFUL) as hub:
        yield hub


@pytest.fixture(scope="module")
def held(template: Layout) -> Payload:
    return changed(payload_of(template), by=HELD - 1)


def _await_refusal(hub: RunningHub, content: bytes, code: str) -> None:
    before = len(_refusals(hub))
    put(hub.layout, content)
    await_that(lambda: code in _refusals(hub)[before:], f"{code} came")


def _refusals(hub: RunningHub) -> list[str]:
    return [str(event["code"]) for event in hub.events("trust_list_refused")]


@pytest.mark.parametrize(("code", "make"), REFUSED.values(), ids=REFUSED)
def test_under_a_running_hub_it_is_refused_and_the_present_one_stays(
    trusting_hub: RunningHub, held: Payload, code: str, make: Make
) -> None:
    _await_refusal(trusting_hub, make(held, root_keys(trusting_hub.layout)), code)
    with calling(trusting_hub) as caller:
        assert caller.data(TRUST_LIST)["trustList"]["version"] == HELD
        assert caller.persona(GREEN)["color"] == "GREEN"


def test_its_digest_is_shown_in_the_form_of_every_digest(
    trusting_hub: RunningHub, held: Payload
) -> None:
    with calling(trusting_hub) as caller:
        digest = caller.data(TRUST_LIST)["trustList"]["digest"]
    assert digest == base64url(sha256(base64url_decoded(encoded(held))).digest())


@pytest.fixture(scope="module")
def restarting(new_layout: NewState) -> Layout:
    """The state of a hub that held a list and has ended."""
    layout = new_layout()
    put(layout, signed(changed(payload_of(layout), by=HELD - 1), root_keys(layout)))
    with serving(layout) as hub:
        assert hub.end() == 0
    return layout


RESTARTS = {name: REFUSED[name] for name in ("an older version", "expired", "signed by one of two")}


@pytest.mark.parametrize(("code", "make"), RESTARTS.values(), ids=RESTARTS)
def test_a_hub_does_not_start_again_with_it(
    restarting: Layout, held: Payload, code: str, make: Make
) -> None:
    put(restarting, make(held, root_keys(restarting)))
    with start(restarting) as process:
        assert process.wait(PATIENCE_SECONDS) != 0
    assert code in log_of(restarting).read_text("utf-8").splitlines()[-1]


LOOK_UPS = {
    "the list": "{ trustList { version } }",
    "all issuers": "{ issuers { id } }",
    "one issuer": '{ issuer(id: "zhenjiang") { keys { publicKey } } }',
    "one issuer by its id alone": (
        '{ node(id: "zhenjiang") { ... on HealthCodeIssuer { keys { publicKey } } } }'
    ),
}


@pytest.fixture(scope="module")
def hub_without_a_list(new_layout: NewState) -> Iterator[RunningHub]:
    """The list that it held has ended; it lasts long enough for this machine to start a hub."""
    layout, began = new_layout(), monotonic()
    with serving(new_layout()):
        seconds = 2 + 3 * (monotonic() - began)
    put(layout, signed(lasting(payload_of(layout), seconds), root_keys(layout)))
    with serving(layout) as hub, calling(hub) as caller:
        await_that(lambda: "errors" in caller.post(TRUST_LIST).json(), "the list ended")
        yield hub


@pytest.mark.parametrize("looked_up", LOOK_UPS)
def test_a_list_that_has_ended_shows_no_issuer(
    hub_without_a_list: RunningHub, looked_up: str
) -> None:
    with calling(hub_without_a_list) as caller:
        assert error_codes(caller.post(LOOK_UPS[looked_up])) == ["UNAVAILABLE"]


def _distrusted(payload: Payload) -> Payload:
    """A city that speaks for another province, a province whose keys were revoked, and no national
    platform."""
    city, province, _ = payload["issuers"]
    at = instant(datetime.now(UTC) - timedelta(seconds=1))
    revoked = [key | {"revoked_at": at} for key in province["keys"]]
    issuers = [city | {"regions": ["330000"]}, province | {"keys": revoked}]
    return changed(payload, by=1, issuers=issuers)


@pytest.fixture(scope="module")
def answer_of_distrust(new_layout: NewState) -> Answer:
    """About somebody whose greens are all in the hub's cache when the list is replaced."""
    layout = new_layout()
    with serving(layout) as hub, calling(hub) as caller:
        assert caller.persona(GREEN)["color"] == "GREEN"
        put(layout, signed(_distrusted(payload_of(layout)), root_keys(layout)))
        hub.await_event("trust_list_replaced", 2)
        return caller.persona(GREEN)


DISTRUSTED = {
    "that speaks for another province": IssuerName.ZHENJIANG,
    "whose keys were revoked": IssuerName.SUKANGMA,
    "that is not listed any more": IssuerName.NATIONAL,
}


@pytest.mark.parametrize("issuer", DISTRUSTED.values(), ids=DISTRUSTED)
def test_nobody_is_green_by_the_word_of_an_issuer(
    answer_of_distrust: Answer, issuer: IssuerName
) -> None:
    assert (answer_of_distrust["color"], answer_of_distrust["trustListVersion"]) == ("UNKNOWN", 2)
    assert "EVIDENCE_INVALID" in reasons(answer_of_distrust)
    assert outcomes(answer_of_distrust)[issuer] == "BAD_SIGNATURE"
