"""When the library asks again, and when not: the hub's rules (docs/errors.md)."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clients.library.scripted import (
    UNHEARD,
    Said,
    ScriptedHub,
    data,
    error,
    jwks,
    recognized,
    said,
    token,
)
from tongxing_client import (
    AnswerUnreadable,
    CredentialsRefused,
    Document,
    HubBusy,
    HubRefuses,
    HubUnreachable,
    ManifestEntry,
    ManifestInterrupted,
    Patience,
)
from tongxing_client.documents import Operation
from tongxing_client.flow import HttpReply

GREEN = data(ok=True)
PERSON = Document("RESIDENT_ID", "321102199003070038", "王小明")
BUSY = error(503, "OVERLOADED", retry_after="2")
AWAY = error(503, "UNAVAILABLE", retry_after="1")
PROXY = said(502)

AGAIN: dict[str, Sequence[Said]] = {
    "no room": [BUSY],
    "a part of the hub is away": [AWAY],
    "the body came too slowly": [error(408, "BODY_TIMED_OUT")],
    "too many streams": [error(429, "TOO_MANY_STREAMS")],
    "nobody behind the proxy": [PROXY],
    "nobody answers": [UNHEARD],
    "one after the other": [UNHEARD, BUSY, PROXY, AWAY],
}


@pytest.mark.parametrize("before", AGAIN.values(), ids=AGAIN)
def test_a_question_is_asked_again(before: Sequence[Said]) -> None:
    hub = ScriptedHub({"/graphql": [*before, GREEN]})
    assert hub.run(hub.questions().execute("{ ok }", {}, repeats=True)) == {"ok": True}
    assert len(hub.waited) == len(before)


ONCE: dict[str, tuple[Said, type[Exception]]] = {
    "nobody answers": (UNHEARD, HubUnreachable),
    "a part of the hub is away": (AWAY, HubBusy),
    "nobody behind the proxy": (PROXY, HubBusy),
}


@pytest.mark.parametrize(("reply", "raised"), ONCE.values(), ids=ONCE)
def test_what_may_have_been_done_is_not_done_twice(reply: Said, raised: type[Exception]) -> None:
    hub = ScriptedHub({"/graphql": [reply, GREEN]})
    with pytest.raises(raised):
        hub.run(hub.questions().execute("mutation { publish }", {}, repeats=False))
    assert hub.times("/graphql") == 1


def test_what_was_not_begun_is_sent_again_whatever_it_is() -> None:
    hub = ScriptedHub({"/graphql": [BUSY, GREEN]})
    hub.run(hub.questions().execute("mutation { publish }", {}, repeats=False))
    assert hub.times("/graphql") == 2


REFUSED: dict[str, Said] = {
    "a region": error(403, "FORBIDDEN_REGION"),
    "a fault inside the hub": error(500, "INTERNAL"),
    "a document": error(400, "DOCUMENT_INVALID"),
    "an error beside data": said(
        200, {"data": {"ok": None}, "errors": [{"extensions": {"code": "INTERNAL"}}]}
    ),
}


@pytest.mark.parametrize("reply", REFUSED.values(), ids=REFUSED)
def test_a_refusal_is_never_asked_again(reply: Said) -> None:
    hub = ScriptedHub({"/graphql": [reply]})
    with pytest.raises(HubRefuses):
        hub.run(hub.questions().execute("{ ok }", {}, repeats=True))
    assert (hub.times("/graphql"), hub.waited) == (1, [])


UNREADABLE: dict[str, Said] = {
    "no JSON": said(200),
    "a list": said(200, []),
    "neither data nor errors": said(200, {}),
    "a page of a proxy": said(404),
    "thousands of objects in one another": HttpReply(200, {}, b'{"a":' * 12_000),
}


@pytest.mark.parametrize("reply", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_answer_of_a_hub_is_none(reply: Said) -> None:
    hub = ScriptedHub({"/graphql": [reply]})
    with pytest.raises(AnswerUnreadable):
        hub.run(hub.questions().execute("{ ok }", {}, repeats=True))


def test_patience_ends_after_so_many_times() -> None:
    hub = ScriptedHub({"/graphql": [error(503, "UNAVAILABLE")]})
    patience = Patience(total_seconds=1_000.0, times=4)
    with pytest.raises(HubBusy) as busy:
        hub.run(hub.questions(patience).execute("{ ok }", {}, repeats=True))
    assert busy.value.codes == ("UNAVAILABLE",)
    assert hub.times("/graphql") == 4


def test_patience_ends_with_its_time() -> None:
    """A pause that would end too late is not waited for."""
    hub = ScriptedHub({"/graphql": [error(503, "UNAVAILABLE", retry_after="20")]})
    with pytest.raises(HubBusy):
        hub.run(hub.questions(Patience(total_seconds=30.0)).execute("{ ok }", {}, repeats=True))
    assert sum(hub.waited) < 30.0
    assert hub.times("/graphql") == 2


@given(
    tried=st.integers(1, 40),
    retry_after=st.floats(0, 3_600),
    lot=st.floats(0, 1, exclude_max=True),
)
def test_a_pause_is_never_shorter_than_asked_for_nor_much_longer(
    tried: int, retry_after: float, lot: float
) -> None:
    patience = Patience()
    pause = patience.pause(tried, retry_after, lot)
    assert retry_after <= pause <= retry_after + patience.longest_pause_seconds


def test_a_token_is_used_until_half_a_minute_before_its_end() -> None:
    hub = ScriptedHub({"/graphql": [GREEN]})
    questions = hub.questions()
    for seconds, tokens in ((0.0, 1), (269.0, 1), (1.0, 2)):
        hub.seconds += seconds
        hub.run(questions.execute("{ ok }", {}, repeats=True))
        assert hub.times("/oauth/token") == tokens


def test_a_token_of_a_key_that_ends_soon_is_used_for_half_of_its_life() -> None:
    hub = ScriptedHub({"/graphql": [GREEN], "/oauth/token": [token(lasts=10)]})
    questions = hub.questions()
    for seconds, tokens in ((0.0, 1), (4.0, 1), (1.0, 2)):
        hub.seconds += seconds
        hub.run(questions.execute("{ ok }", {}, repeats=True))
        assert hub.times("/oauth/token") == tokens


def test_a_token_that_is_refused_is_renewed_once() -> None:
    ended = error(401, "UNAUTHENTICATED")
    hub = ScriptedHub({"/graphql": [ended, GREEN]})
    hub.run(hub.questions().execute("mutation { publish }", {}, repeats=False))
    assert (hub.times("/oauth/token"), hub.waited) == (2, [])
    hub = ScriptedHub({"/graphql": [ended]})
    with pytest.raises(HubRefuses) as refused:
        hub.run(hub.questions().execute("{ ok }", {}, repeats=True))
    assert refused.value.codes == ("UNAUTHENTICATED",)
    assert hub.times("/graphql") == 2


def test_a_newer_token_of_another_question_is_kept() -> None:
    hub = ScriptedHub({"/graphql": [GREEN]})
    session = hub.session()
    operation = Operation("{ ok }", repeats=True)
    old = hub.run(session.request(operation, {}, "application/json", 30.0))
    hub.seconds += 280.0
    hub.replies["/oauth/token"] = [said(200, {"access_token": "newer", "expires_in": 300})]
    hub.run(session.ask(operation, {}))
    session.forget_token(old)
    hub.run(session.ask(operation, {}))
    assert hub.times("/oauth/token") == 2


def test_a_client_that_is_not_believed_does_not_ask_on() -> None:
    refusal = said(401, {"error": "invalid_client", "error_description": "…", "reason": "EXPIRED"})
    hub = ScriptedHub({"/oauth/token": [refusal]})
    with pytest.raises(CredentialsRefused) as refused:
        hub.run(hub.questions().execute("{ ok }", {}, repeats=True))
    assert (refused.value.error, refused.value.reason) == ("invalid_client", "EXPIRED")
    assert hub.times("/oauth/token") == 1


def test_a_token_endpoint_that_is_busy_is_asked_again_with_another_assertion() -> None:
    hub = ScriptedHub({"/oauth/token": [said(503), UNHEARD, token()], "/graphql": [GREEN]})
    hub.run(hub.questions().execute("{ ok }", {}, repeats=True))
    asked = [each.content for each in hub.sent if each.url.endswith("/oauth/token")]
    assert len(set(asked)) == 3


def test_a_manifest_that_is_interrupted_tells_what_was_answered() -> None:
    answered = data(
        travelers=[{"index": at, "ref": None, "result": recognized()} for at in range(2)]
    )
    replies: list[Said] = [answered, error(403, "CLIENT_STOPPED")]
    hub = ScriptedHub({"/graphql": replies, "/.well-known/jwks.json": [jwks()]})
    asked = hub.questions().manifest([ManifestEntry(PERSON)] * 3, "321100", "ENTRY", None, 2)
    with pytest.raises(ManifestInterrupted) as interrupted:
        hub.run(asked)
    assert [each.index for each in interrupted.value.answered] == [0, 1]
    assert isinstance(interrupted.value.__cause__, HubRefuses)


@pytest.mark.parametrize("indices", [[0], [1, 0], [0, 1, 2]], ids=["fewer", "turned", "more"])
def test_a_manifest_has_one_answer_for_each_entry_in_their_order(indices: list[int]) -> None:
    said = [{"index": at, "ref": None, "result": recognized()} for at in indices]
    hub = ScriptedHub({"/graphql": [data(travelers=said)], "/.well-known/jwks.json": [jwks()]})
    asked = hub.questions().manifest([ManifestEntry(PERSON)] * 2, "321100", "ENTRY", None, 1_000)
    with pytest.raises(ManifestInterrupted) as interrupted:
        hub.run(asked)
    assert isinstance(interrupted.value.__cause__, AnswerUnreadable)


@given(count=st.integers(0, 40), piece=st.integers(1, 9))
def test_every_entry_is_asked_about_once(count: int, piece: int) -> None:
    """Each piece is answered as the hub would: by refusals."""
    entries = [ManifestEntry(PERSON, ref=str(at)) for at in range(count)]
    begins = range(0, count, piece)
    refusal = {"__typename": "NotAnswered", "code": "C", "text": {"zh": "z", "en": "e"}}
    pieces: list[Said] = [
        data(
            travelers=[
                {"index": at, "ref": each.ref, "result": refusal}
                for at, each in enumerate(entries[begin : begin + piece])
            ]
        )
        for begin in begins
    ]
    hub = ScriptedHub({"/graphql": pieces or [GREEN]})
    done: list[tuple[int, int]] = []
    flow = hub.questions().manifest(
        entries, "321100", "ENTRY", lambda *told: done.append(told), piece
    )
    answers = hub.run(flow)
    assert [(each.index, each.ref) for each in answers] == [(at, str(at)) for at in range(count)]
    asked = [body["variables"]["input"]["entries"] for body in hub.bodies()]
    assert [each["ref"] for part in asked for each in part] == [str(at) for at in range(count)]
    assert all(len(part) <= piece for part in asked)
    assert [told for told, _ in done] == [min(begin + piece, count) for begin in begins]


def test_nothing_of_a_person_is_shown() -> None:
    entry = ManifestEntry(PERSON, ref="seat-1")
    hub = ScriptedHub({"/graphql": [error(403, "FORBIDDEN_REGION")]})
    with pytest.raises(HubRefuses) as refused:
        hub.run(hub.questions().traveler(PERSON, "321100", "ENTRY"))
    shown = f"{entry!r} {refused.value!r} {refused.value} {hub.sent!r}"
    assert PERSON.number in json.dumps(hub.bodies())
    assert PERSON.number not in shown
    assert PERSON.name not in shown
    assert "a-token" not in shown
