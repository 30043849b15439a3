"""A receipt is believed for what this hub has signed for this client, now, and for nothing else."""

import pytest

from tests.acceptance.forging import SigningKey as ForgedKey
from tests.acceptance.forging import keyed, unsigned
from tests.clients.library.scripted import (
    CLIENT_ID,
    HUB_ID,
    HUB_KEY,
    NOW,
    REGION,
    UNHEARD,
    ScriptedHub,
    data,
    jwks,
    receipt,
    recognized,
    said,
)
from tongxing_client import (
    AnswerUnreadable,
    Color,
    Decision,
    Document,
    HubUnreachable,
    ReceiptInvalid,
    Recognition,
    Refused,
)
from tongxing_client.receipts import RECEIPT_TYP

PERSON = Document("RESIDENT_ID", "321102199003070038", "王小明")
KEYS = "/.well-known/jwks.json"
HEADER = {"typ": RECEIPT_TYP, "kid": HUB_KEY.key_id}
CLAIMS = {"iss": HUB_ID, "aud": CLIENT_ID, "iat": NOW, "exp": NOW + 60}


def cut(text: str) -> str:
    """With another signature."""
    head, claims, signature = text.split(".")
    return f"{head}.{claims}.{signature[4:8]}{signature[:4]}{signature[8:]}"


FALSE = {
    "of another hub": (receipt(iss="another-hub"), "ANOTHER_HUB"),
    "for another client": (receipt(aud="another-gate"), "ANOTHER_CLIENT"),
    "for two clients": (receipt(aud=[CLIENT_ID, "another-gate"]), "ANOTHER_CLIENT"),
    "that has ended": (receipt(exp=NOW), "EXPIRED"),
    "of tomorrow": (receipt(iat=NOW + 31), "NOT_YET"),
    "without an end": (receipt(exp=None), "MALFORMED"),
    "whose end is a text": (receipt(exp="never"), "MALFORMED"),
    "with another signature": (cut(receipt()), "BAD_SIGNATURE"),
    "of a key that the hub does not have": (
        ForgedKey.new().jws({"typ": RECEIPT_TYP}, CLAIMS),
        "UNKNOWN_KEY",
    ),
    "of another key under the hub's key id": (
        ForgedKey.new().jws(HEADER, CLAIMS),
        "BAD_SIGNATURE",
    ),
    "without a signature": (unsigned(HEADER, CLAIMS), "MALFORMED"),
    "keyed with the public key": (
        keyed(HUB_KEY.public_pem(), HEADER, CLAIMS),
        "MALFORMED",
    ),
    "of another type": (receipt({"typ": "at+jwt"}), "MALFORMED"),
    "without a type": (receipt({"typ": None}), "MALFORMED"),
    "that is no JWS": ("a.receipt", "MALFORMED"),
}


@pytest.mark.parametrize(("text", "reason"), FALSE.values(), ids=FALSE)
def test_a_receipt_is_refused(text: str, reason: str) -> None:
    hub = ScriptedHub({KEYS: [jwks()]})
    with pytest.raises(ReceiptInvalid) as refused:
        hub.run(hub.session().verified(text))
    assert refused.value.reason == reason


def test_a_receipt_holds_until_its_end() -> None:
    hub = ScriptedHub({KEYS: [jwks()]})
    session = hub.session()
    text = receipt(exp=NOW + 10)
    assert hub.run(session.verified(text))["color"] == "GREEN"
    hub.seconds += 9.5
    assert hub.run(session.verified(text))
    hub.seconds += 0.5
    with pytest.raises(ReceiptInvalid):
        hub.run(session.verified(text))


OTHERWISE = {
    "the color": recognized(color="YELLOW"),
    "the decision": recognized(decision="INSPECT"),
    "how long it holds": recognized(validUntil="2026-09-21T16:13:20.000Z"),
    "the region": recognized(receipt=receipt(region="320000")),
    "the purpose": recognized(receipt=receipt(purpose="VENUE")),
    "a red as green": recognized(receipt=receipt(color="RED", decision="REFUSE")),
}


@pytest.mark.parametrize("answer", OTHERWISE.values(), ids=OTHERWISE)
def test_an_answer_that_says_otherwise_than_its_receipt_is_refused(
    answer: dict[str, object],
) -> None:
    hub = ScriptedHub({"/graphql": [data(traveler=answer)], KEYS: [jwks()]})
    with pytest.raises(ReceiptInvalid) as refused:
        hub.run(hub.questions().traveler(PERSON, REGION, "ENTRY"))
    assert refused.value.reason == "ANOTHER_ANSWER"


def _answered(answer: object, *, verifies: bool = True) -> Recognition | Refused:
    hub = ScriptedHub({"/graphql": [data(traveler=answer)], KEYS: [jwks()]})
    return hub.run(hub.questions(verifies=verifies).traveler(PERSON, REGION, "ENTRY"))


def test_an_answer_that_its_receipt_states_is_an_answer() -> None:
    answer = _answered(recognized())
    assert isinstance(answer, Recognition)
    assert answer.opens
    assert answer.claims["iss"] == HUB_ID


def test_a_client_may_leave_receipts_alone() -> None:
    answer = _answered(recognized(receipt="none"), verifies=False)
    assert isinstance(answer, Recognition)
    assert answer.claims == {}


LATER = {
    "a color": {"color": "ORANGE"},
    "a decision": {"decision": "WAVE_THROUGH"},
}


@pytest.mark.parametrize("changed", LATER.values(), ids=LATER)
def test_no_gate_opens_on_a_word_of_later(changed: dict[str, str]) -> None:
    answer = _answered(recognized(**changed, receipt=receipt(None, **changed)))
    assert isinstance(answer, Recognition)
    assert not answer.opens
    assert (answer.color is Color.OTHER) is ("color" in changed)
    assert (answer.decision is Decision.OTHER) is ("decision" in changed)


def test_a_refusal_of_later_is_read() -> None:
    text = {"zh": "说明", "en": "a text"}
    answer = _answered({"__typename": "LaterRefusal", "code": "LATER", "text": text})
    assert isinstance(answer, Refused)
    assert (answer.kind, answer.code) == ("LaterRefusal", "LATER")


def test_another_member_of_later_is_no_answer() -> None:
    with pytest.raises(AnswerUnreadable):
        _answered({"__typename": "LaterAnswer", "color": "GREEN"})


def test_keys_are_fetched_once_a_minute_and_an_unknown_id_every_ten_seconds_at_most() -> None:
    new = ForgedKey.new()
    hub = ScriptedHub({KEYS: [jwks(), jwks(), jwks(HUB_KEY, new)]})
    session = hub.session()
    by_new = new.jws({"typ": RECEIPT_TYP}, CLAIMS)

    def verified(text: str) -> bool:
        try:
            hub.run(session.verified(text))
        except ReceiptInvalid:
            return False
        return True

    steps = [
        (0.0, receipt(), True, 1),
        (9.0, by_new, False, 1),
        (2.0, by_new, False, 2),
        (9.0, by_new, False, 2),
        (2.0, by_new, True, 3),
        (59.0, receipt(), True, 3),
        (2.0, receipt(), True, 4),
    ]
    for seconds, text, good, fetched in steps:
        hub.seconds += seconds
        assert (verified(text), hub.times(KEYS)) == (good, fetched)


def test_without_the_hubs_keys_nothing_is_believed() -> None:
    hub = ScriptedHub({KEYS: [UNHEARD]})
    with pytest.raises(HubUnreachable):
        hub.run(hub.session().verified(receipt()))
    hub = ScriptedHub({KEYS: [said(404)]})
    with pytest.raises(AnswerUnreadable):
        hub.run(hub.session().verified(receipt()))
