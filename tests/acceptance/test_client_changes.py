"""A client changes under its id: what is taken away ends within seconds, and what it did stays its
own."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic, sleep

import pytest

from tests.acceptance.arriving import ARRIVAL, DISTRICT, RECORD, following, record, told, withdraw
from tests.acceptance.arriving import found as found_arrival
from tests.acceptance.callers import (
    Answer,
    Caller,
    document_of,
    error_codes,
    fields,
    request_of,
)
from tests.acceptance.forging import SigningKey
from tests.acceptance.hubs import RunningHub, await_that, serving
from tests.acceptance.operations import TRAVELER, TYPENAME
from tests.acceptance.own_clients import (
    administration_of,
    command,
    own_client,
    public_file,
    with_key,
)
from tests.acceptance.standing import FORGETFUL, NewState
from tests.acceptance.test_corrections import CORRECTION, RED, report
from tests.acceptance.test_corrections import found as found_correction
from tests.connection import PATIENCE_SECONDS
from tongxing.schema.scope import Scope

WITHIN_SECONDS = 5.5
"""Five over a file, whose changes nobody announces, and what two clocks may differ by."""

ELSEWHERE = "321182"
GREEN = "green_everywhere"
SCOPES = tuple(
    scope.value
    for scope in (
        *(Scope.STATUS_READ, Scope.HISTORY_READ, Scope.CORRECTION_READ, Scope.CORRECTION_WRITE),
        *(Scope.ARRIVAL_READ, Scope.ARRIVAL_WRITE),
    )
)


@pytest.fixture(scope="module")
def changing_hub(new_layout: NewState) -> Iterator[RunningHub]:
    with serving(new_layout(), **FORGETFUL) as hub:
        yield hub


@pytest.fixture
def caller(changing_hub: RunningHub) -> Iterator[Caller]:
    with own_client(changing_hub, SCOPES) as caller:
        yield caller


def _update(hub: RunningHub, caller: Caller, *options: str) -> None:
    assert command(hub.layout, "update", caller.client_id, *options) == 0


def _rotate(hub: RunningHub, caller: Caller, *options: str) -> Caller:
    """The client with its new key."""
    new = SigningKey.new()
    file = public_file(hub.layout, new)
    assert command(hub.layout, "rotate", caller.client_id, "--key", file, *options) == 0
    changed = with_key(caller, new)
    await_that(lambda: _gets_a_token(changed), "the hub heard of the new key")
    return changed


def _gets_a_token(caller: Caller) -> bool:
    return caller.ask_for_token(caller.assertion()).status_code == 200


def _ask(caller: Caller, token: str, **asked: str) -> list[str]:
    """The codes of the errors; none if it is answered."""
    request = request_of(fields(document_of(GREEN)), **asked)
    response = caller.post(TRAVELER, request, token=token)
    return error_codes(response) if "errors" in response.json() else []


@dataclass(frozen=True)
class Taken:
    """``option`` takes it away from a client that had ``before`` beside it."""

    before: tuple[str, ...]
    option: tuple[str, ...]
    code: str


TAKEN = {
    "a scope": Taken((), ("--remove-scope", "status:read"), "FORBIDDEN_SCOPE"),
    "its region": Taken((), ("--region", ELSEWHERE), "FORBIDDEN_REGION"),
    "a purpose": Taken(
        ("--add-purpose", "VENUE"), ("--remove-purpose", "ENTRY"), "FORBIDDEN_PURPOSE"
    ),
}


@pytest.mark.parametrize("taken", TAKEN.values(), ids=TAKEN)
def test_what_is_taken_away_ends_for_tokens_that_there_are(
    changing_hub: RunningHub, caller: Caller, taken: Taken
) -> None:
    if taken.before:
        _update(changing_hub, caller, *taken.before)
    token = caller.new_token()
    for _ in range(3):
        assert _ask(caller, token) == []
    _update(changing_hub, caller, *taken.option)
    since = asked_at = monotonic()
    while not _ask(caller, token):
        assert asked_at - since < WITHIN_SECONDS
        sleep(0.1)
        asked_at = monotonic()
    assert _ask(caller, token) == [taken.code]
    assert caller.post(TYPENAME, token=token).status_code == 200


def test_what_is_added_counts_from_the_next_token_on(
    changing_hub: RunningHub, caller: Caller
) -> None:
    token = caller.new_token()
    assert _ask(caller, token, purpose="VENUE") == ["FORBIDDEN_PURPOSE"]
    _update(changing_hub, caller, "--add-purpose", "VENUE")
    await_that(
        lambda: "VENUE" in caller.ask_for_token(caller.assertion()).json()["purposes"],
        "the hub heard of it",
    )
    assert _ask(caller, token, purpose="VENUE") == ["FORBIDDEN_PURPOSE"]
    assert _ask(caller, caller.new_token(), purpose="VENUE") == []


def test_a_stream_ends_when_its_client_may_follow_no_more(
    changing_hub: RunningHub, caller: Caller
) -> None:
    with following(caller) as stream:
        receipt = caller.persona(GREEN)["receipt"]
        arrival = record(caller, receipt)
        assert (
            told(next(event for event in stream if event.event == "next"))[1]["arrival"]["id"]
            == arrival["id"]
        )
        _update(changing_hub, caller, "--remove-scope", "arrival:read")
        began = monotonic()
        rest = [event.event for event in stream]
        assert monotonic() - began < PATIENCE_SECONDS
    assert rest[-1] == "complete"


def test_a_stolen_key_and_its_tokens_are_refused(changing_hub: RunningHub, caller: Caller) -> None:
    token = caller.new_token()
    assert _ask(caller, token) == []
    honest = _rotate(changing_hub, caller, "--now")
    await_that(lambda: _ask(caller, token) == ["UNAUTHENTICATED"], "its token ended")
    assert not _gets_a_token(caller)
    assert _ask(honest, honest.new_token()) == []


def test_with_an_overlap_both_keys_count_and_no_token_ends(
    changing_hub: RunningHub, caller: Caller
) -> None:
    token = caller.new_token()
    changed = _rotate(changing_hub, caller, "--overlap", "1h")
    assert _gets_a_token(caller)
    assert _ask(caller, token) == []
    assert _ask(changed, changed.new_token()) == []


def test_one_of_two_machines_gets_a_new_key(changing_hub: RunningHub, caller: Caller) -> None:
    second = _rotate(changing_hub, caller, "--beside")
    token = second.new_token()
    third = _rotate(changing_hub, caller, "--old", caller.key.key_id, "--now")
    await_that(lambda: not _gets_a_token(caller), "the first key ended")
    assert _ask(second, token) == []
    assert _gets_a_token(second)
    assert _gets_a_token(third)
    ended = command(changing_hub.layout, "end-key", caller.client_id, "--kid", second.key.key_id)
    assert ended == 0
    await_that(lambda: _ask(second, token) == ["UNAUTHENTICATED"], "the second ended, too")
    assert _gets_a_token(third)


def test_each_change_is_one_record(changing_hub: RunningHub, caller: Caller) -> None:
    _update(changing_hub, caller, "--name", "another name")
    _update(changing_hub, caller, "--name", "another name")
    first = _rotate(changing_hub, caller)
    second = _rotate(changing_hub, first, "--now")
    third = _rotate(changing_hub, second, "--beside")
    ended = "--kid", second.key.key_id
    assert command(changing_hub.layout, "end-key", caller.client_id, *ended) == 0
    records = administration_of(changing_hub.layout, caller.client_id)
    assert [(record.action.value, record.client_key) for record in records] == [
        ("CLIENT_ADDED", None),
        ("CLIENT_CHANGED", None),
        ("CLIENT_KEY_ADDED", first.key.key_id),
        ("CLIENT_KEY_REPLACED", second.key.key_id),
        ("CLIENT_KEY_ADDED", third.key.key_id),
        ("CLIENT_KEY_ENDED", second.key.key_id),
    ]


def test_the_record_says_what_changed_and_no_name(changing_hub: RunningHub, caller: Caller) -> None:
    changes = ("--name", "another name"), ("--add-region", "310000"), ("--add-scope", "audit:read")
    purposes = "--purpose", "TRANSPORT"
    _update(changing_hub, caller, *(part for each in changes for part in each), *purposes)
    _update(changing_hub, caller, "--remove-region", "310000")
    assert command(changing_hub.layout, "grant", caller.client_id, "--scope", "policy:preview") == 0
    _rotate(changing_hub, caller)
    records = administration_of(changing_hub.layout, caller.client_id)
    told = [[(change.value, of) for change, of in record.changes] for record in records]
    assert told == [
        [],
        [
            ("NAME_CHANGED", None),
            ("REGION_ADDED", "310000"),
            ("SCOPE_ADDED", "audit:read"),
            ("PURPOSE_ADDED", "TRANSPORT"),
            ("PURPOSE_REMOVED", "ENTRY"),
        ],
        [("REGION_REMOVED", "310000")],
        [("SCOPE_ADDED", "policy:preview")],
        [],
    ]


@dataclass(frozen=True)
class Deeds:
    """What a client did: of a person, in the city."""

    holder: str
    receipt: str
    arrival: str
    correction: str


def _deeds(caller: Caller) -> Deeds:
    answer = caller.persona(RED, region=DISTRICT)
    green = caller.persona(GREEN, region=DISTRICT)
    return Deeds(
        str(answer["holder"]),
        str(green["receipt"]),
        str(record(caller, str(green["receipt"]))["id"]),
        str(report(caller, str(answer["receipt"]), RED, "zhenjiang")["id"]),
    )


def test_what_it_did_is_its_own_after_a_change_and_a_rotation(
    changing_hub: RunningHub, caller: Caller
) -> None:
    deeds = _deeds(caller)
    _update(changing_hub, caller, "--name", "renamed", "--add-region", ELSEWHERE)
    changed = _rotate(changing_hub, caller, "--now")
    assert changed.persona(RED)["holder"] == deeds.holder
    assert found_correction(changed, deeds.correction)["id"] == deeds.correction
    again = record(changed, deeds.receipt)
    assert (again["id"], again["recordedBy"]) == (deeds.arrival, caller.client_id)
    assert withdraw(changed, deeds.arrival)["withdrawnAt"] is not None


SHOWN: dict[str, Callable[[Caller, Deeds], Answer | None]] = {
    "an arrival": lambda caller, deeds: found_arrival(caller, deeds.arrival),
    "a correction": lambda caller, deeds: found_correction(caller, deeds.correction),
}


def test_what_it_did_in_a_region_comes_and_goes_with_the_region(
    changing_hub: RunningHub, caller: Caller
) -> None:
    """As for a client that never had it (decision 24): nothing of the region is shown or changed;
    with the region all of it is there again."""
    deeds = _deeds(caller)
    _update(changing_hub, caller, "--region", ELSEWHERE)
    token = caller.token()
    await_that(lambda: _ask(caller, token) == ["FORBIDDEN_REGION"], "the hub heard of it")
    assert caller.data(ARRIVAL, {"id": deeds.arrival})["arrival"] is None
    assert caller.data(CORRECTION, {"id": deeds.correction})["correction"] is None
    asked = {"receipt": deeds.receipt, "destination": DISTRICT}
    assert error_codes(caller.post(RECORD, asked)) == ["FORBIDDEN_REGION"]
    assert withdraw(caller, deeds.arrival)["code"] == "ARRIVAL_NOT_FOUND"
    _update(changing_hub, caller, "--add-region", "321100")
    await_that(lambda: _ask(caller, caller.new_token()) == [], "the hub heard of that, too")
    back = with_key(caller, caller.key)
    for shown in SHOWN.values():
        assert shown(back, deeds) is not None


NOT_DONE: dict[str, tuple[str, ...]] = {
    "nothing to change": ("update",),
    "a scope that it does not have": ("update", "--remove-scope", "audit:read"),
    "a city of a province that it is registered for": ("update", "--remove-region", "320000"),
    "its last region": ("update", "--remove-region", "321100"),
    "a name that is empty": ("update", "--name", ""),
    "a region that there is not": ("update", "--add-region", "999999"),
    "an overlap of a year": ("rotate", "--overlap", "365d", "--key", "new"),
    "an overlap in words": ("rotate", "--overlap", "soon", "--key", "new"),
    "at once, with an overlap": ("rotate", "--now", "--overlap", "1h", "--key", "new"),
    "no key that ends, by name": ("rotate", "--beside", "--old", "x", "--key", "new"),
    "in the place of a key that it does not have": ("rotate", "--old", "x", "--key", "new"),
    "the key that it has": ("rotate", "--key", "old"),
    "the end of its last key": ("end-key", "--kid", "old"),
    "the end of a key that it does not have": ("end-key", "--kid", "x"),
}


@pytest.mark.parametrize("asked", NOT_DONE.values(), ids=NOT_DONE)
def test_it_is_refused_and_changes_nothing(
    changing_hub: RunningHub, caller: Caller, asked: tuple[str, ...]
) -> None:
    layout = changing_hub.layout
    files = {
        "new": public_file(layout, SigningKey.new()),
        "old": caller.key.key_id if asked[0] == "end-key" else public_file(layout, caller.key),
    }
    name, *options = asked
    before = caller.ask_for_token(caller.assertion()).json()
    given = [files.get(option, option) for option in options]
    assert command(layout, name, caller.client_id, *given) != 0
    assert len(administration_of(layout, caller.client_id)) == 1
    after = caller.ask_for_token(caller.assertion()).json()
    assert {**before, "access_token": ""} == {**after, "access_token": ""}


@pytest.mark.parametrize("name", ["update", "rotate", "end-key"])
def test_nobody_changes_a_client_that_there_is_not(changing_hub: RunningHub, name: str) -> None:
    layout = changing_hub.layout
    options = {
        "update": ["--name", "x"],
        "rotate": ["--key", public_file(layout, SigningKey.new())],
        "end-key": ["--kid", "x"],
    }
    assert command(layout, name, "nobody", *options[name]) == 1
