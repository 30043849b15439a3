"""A gate without a network verifies passes, and is never greener than what it knows."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.gate.scripted_hub import KEYS_PATH, LIST, PLACE, Rig, policies
from tests.keys.pass_vectors import (
    EIGHTH,
    EIGHTH_DELTA,
    FOREIGN_KEY,
    GOOD,
    HOUR,
    KEY,
    LATER_KEY,
    NINTH,
    OTHER_EIGHTH,
    SEVENTH,
    T,
    after,
    claims,
    first_state,
)
from tongxing.gateway.gate.asked_hub import GateStopped, StopCode
from tongxing.gateway.gate.gate_place import GatePlace
from tongxing.gateway.gate.gate_work import NOT_KEPT
from tongxing.keys.passes import PassStatus, sign_pass
from tongxing.keys.status_delta import sign_delta
from tongxing.keys.status_list import sign_snapshot

DAY = 24 * HOUR


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """It has looked once, and the network is gone."""
    made = Rig(tmp_path / "state")
    assert made.look()
    made.cut()
    return made


PASSES: dict[str, tuple[str, str, str | None]] = {
    "one that the list says green of": (GOOD, "GREEN", None),
    "a red one": (sign_pass(KEY, claims(idx=1)), "RED", None),
    "a yellow one": (sign_pass(KEY, claims(idx=2)), "YELLOW", None),
    "a withdrawn one": (sign_pass(KEY, claims(idx=3)), "RED", "WITHDRAWN"),
    "one for another region": (
        sign_pass(KEY, claims(region="330100")),
        "UNKNOWN",
        "PASS_ELSEWHERE",
    ),
    "one for another purpose": (
        sign_pass(KEY, claims(purpose="WORK")),
        "UNKNOWN",
        "PASS_ELSEWHERE",
    ),
    "a red one for another region": (
        sign_pass(KEY, claims(idx=1, region="330100")),
        "RED",
        "PASS_ELSEWHERE",
    ),
    "one that the list does not cover": (
        sign_pass(KEY, claims(serial=10)),
        "UNKNOWN",
        "LIST_NOT_COVERING",
    ),
    "one of a list that is not known": (
        sign_pass(KEY, claims(uri="https://hub.example.cn/status-lists/2")),
        "UNKNOWN",
        "LIST_MISSING",
    ),
    "one that has ended": (sign_pass(KEY, claims(exp=T + 60)), "UNKNOWN", "PASS_EXPIRED"),
    "one by another's key": (sign_pass(FOREIGN_KEY, claims()), "UNKNOWN", "PASS_KEY_UNKNOWN"),
    "one of another hub": (sign_pass(KEY, claims(iss="another")), "UNKNOWN", "PASS_OF_ANOTHER_HUB"),
    "an altered one": (GOOD[:-4] + "AAAA", "UNKNOWN", "PASS_ALTERED"),
    "no pass at all": ("an issuer's code", "UNKNOWN", "OFFLINE"),
}


@pytest.mark.parametrize(("text", "lamp", "code"), PASSES.values(), ids=PASSES)
def test_a_pass_is_worth_what_its_list_says(
    rig: Rig, text: str, lamp: str, code: str | None
) -> None:
    said = rig.said(text)
    assert (said["lamp"], said["code"]) == (lamp, code)
    assert said["decision"] == {"GREEN": "ADMIT", "YELLOW": "INSPECT", "RED": "REFUSE"}.get(
        lamp, "UNKNOWN"
    )
    assert all(said[each]["zh"] and said[each]["en"] for each in ("words", "why", "todo"))


def test_what_is_no_pass_of_this_hub_shows_nothing_of_itself(rig: Rig) -> None:
    forged = sign_pass(FOREIGN_KEY, claims(name="张*三", tail="9999"))
    line = rig.gate.line(forged).decode()
    assert json.loads(line)["holder"] is None
    assert not any(each in line for each in ("张*三", "9999", forged))


def test_a_green_shows_what_to_compare_with_the_document(rig: Rig) -> None:
    said = rig.said(GOOD)
    assert said["holder"] == {"maskedName": "李*红", "documentTail": "002X"}
    assert "李*红" in said["todo"]["zh"]
    assert "{" not in said["todo"]["zh"] + said["todo"]["en"]
    assert GOOD not in json.dumps(said)


Change = Callable[[Rig], None]


def _clock(seconds: float) -> Change:
    def turn(rig: Rig) -> None:
        rig.at += seconds

    return turn


def _later(seconds: float) -> Change:
    return lambda rig: rig.pass_time(seconds)


def _both(rig: Rig, *changes: Change) -> None:
    for change in changes:
        change(rig)


TIMES: dict[str, tuple[Change, str]] = {
    "the list reaches its end": (_later(HOUR), "LIST_TOO_OLD"),
    "the clock is an hour behind": (_clock(-HOUR), "CLOCK_BEHIND"),
    "the clock is set back after the list has ended": (
        lambda rig: _both(rig, _later(2 * HOUR), _clock(-1.9 * HOUR)),
        "CLOCK_BEHIND",
    ),
    "the clock is thirty days behind": (_clock(-30 * DAY), "CLOCK_BEHIND"),
    "the clock is thirty days ahead": (_clock(30 * DAY), "PASS_EXPIRED"),
    "the keys reach their age": (
        lambda rig: rig.held.change(keys_read_at=int(rig.at) - DAY),
        "KEYS_TOO_OLD",
    ),
    "the policy was looked up a day ago": (
        lambda rig: rig.held.change(policy=_aged(rig, DAY)),
        "POLICY_TOO_OLD",
    ),
    "there is no policy": (lambda rig: rig.held.change(policy=None), "POLICY_TOO_OLD"),
    "the hub has revoked the client": (
        lambda rig: rig.held.change(stopped=StopCode.CLIENT_REVOKED),
        "CLIENT_REVOKED",
    ),
    "the hub has forbidden it": (
        lambda rig: rig.held.change(stopped=StopCode.CLIENT_FORBIDDEN),
        "CLIENT_FORBIDDEN",
    ),
}


def _aged(rig: Rig, seconds: int) -> object:
    policy = rig.held.now.policy
    assert policy is not None
    return type(policy)(
        region=policy.region,
        number=policy.number,
        starts=policy.starts,
        ends=policy.ends,
        read_at=int(rig.at) - seconds,
    )


@pytest.mark.parametrize(("change", "code"), TIMES.values(), ids=TIMES)
def test_time_and_silence_take_a_green_away(rig: Rig, change: Change, code: str) -> None:
    assert rig.lamp(GOOD) == ("GREEN", None)
    change(rig)
    assert rig.lamp(GOOD) == ("UNKNOWN", code)


def test_a_red_stays_a_red_however_old_the_list(rig: Rig) -> None:
    rig.pass_time(2 * HOUR)
    assert rig.lamp(sign_pass(KEY, claims(idx=1))) == ("RED", "LIST_TOO_OLD")


def test_a_start_without_a_network_knows_what_was_known(rig: Rig, tmp_path: Path) -> None:
    again = Rig(tmp_path / "state", rig.hub, rig.at)
    again.cut()
    assert again.lamp(GOOD) == ("GREEN", None)


def test_a_clock_that_was_set_back_between_two_starts_is_seen(rig: Rig, tmp_path: Path) -> None:
    rig.pass_time(2 * HOUR)
    rig.look()
    again = Rig(tmp_path / "state", rig.hub, rig.at - 1.9 * HOUR)
    again.cut()
    assert again.lamp(GOOD) == ("UNKNOWN", "CLOCK_BEHIND")


def test_a_gate_that_knows_nothing_says_so(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "state")
    rig.cut()
    said = rig.said(GOOD)
    assert (said["lamp"], said["code"]) == ("UNKNOWN", "KEYS_TOO_OLD")
    assert said["gate"]["tooOld"] == ["KEYS", "POLICY", "LIST"]
    assert said["gate"]["isOnline"] is False


def test_it_says_when_its_lists_are_too_old(rig: Rig) -> None:
    said = rig.said("an issuer's code")["gate"]
    assert (said["tooOld"], said["listAgeSeconds"]) == ([], 60)
    rig.pass_time(HOUR)
    said = rig.said("an issuer's code")["gate"]
    assert (said["tooOld"], said["listAgeSeconds"]) == (["LIST"], 60 + HOUR)


LISTS: dict[str, tuple[Change, str, str | None, str | None]] = {
    "a delta that turns it red": (
        lambda rig: rig.hub.publish(EIGHTH, (7, EIGHTH_DELTA)),
        "RED",
        None,
        None,
    ),
    "a gap, and the snapshot behind it": (
        lambda rig: rig.hub.publish(NINTH, (7, _delta_to(NINTH))),
        "RED",
        None,
        None,
    ),
    "a rollback": (
        lambda rig: rig.hub.publish(first_state(number=6)),
        "GREEN",
        None,
        "LIST_ROLLED_BACK",
    ),
    "the same number with another content": (
        lambda rig: rig.hub.publish(first_state(covers=8)),
        "GREEN",
        None,
        "LIST_FORKED",
    ),
    "a delta of another history": (
        lambda rig: rig.hub.publish(
            after(first_state(covers=8), {}), (7, _delta_to(after(first_state(covers=8), {})))
        ),
        "GREEN",
        None,
        "LIST_FORKED",
    ),
    "one by a key that is not published": (
        lambda rig: rig.hub.published.update(
            {LIST: sign_snapshot(FOREIGN_KEY, OTHER_EIGHTH).encode()}
        ),
        "GREEN",
        None,
        "LIST_KEY_UNKNOWN",
    ),
    "a page instead of a list": (
        lambda rig: rig.hub.published.update({LIST: "<html>登录".encode()}),
        "GREEN",
        None,
        "LIST_MALFORMED",
    ),
    "one that counts the key no more": (
        lambda rig: rig.hub.publish(after(SEVENTH, {}, key_ids=(LATER_KEY.key_id,))),
        "UNKNOWN",
        "PASS_KEY_REVOKED",
        None,
    ),
    "one from the future": (
        lambda rig: rig.hub.publish(after(SEVENTH, {}, later=2 * HOUR)),
        "UNKNOWN",
        "CLOCK_BEHIND",
        "CLOCK_BEHIND",
    ),
    "one that seems an hour old": (
        lambda rig: rig.pass_time(HOUR - 60),
        "UNKNOWN",
        "LIST_TOO_OLD",
        "LIST_TOO_OLD",
    ),
    "none any more": (lambda rig: rig.hub.published.update({LIST: None}), "GREEN", None, None),
}


def _delta_to(state: object) -> str:
    text = sign_delta(KEY, state, {0: PassStatus.RED})  # type: ignore[arg-type]
    assert text is not None
    return text


@pytest.mark.parametrize(("change", "lamp", "code", "refused"), LISTS.values(), ids=LISTS)
def test_of_a_new_list_all_is_taken_or_nothing(
    rig: Rig, change: Change, lamp: str, code: str | None, refused: str | None
) -> None:
    rig.hub.fault = None
    rig.pass_time(15)
    change(rig)
    rig.look()
    rig.cut()
    said = rig.said(GOOD)
    assert (said["lamp"], said["code"], said["gate"]["listRefused"]) == (lamp, code, refused)


NO_ADDRESSES: dict[str, bytes | None] = {
    "none": None,
    "a page": b"<html>",
    "a list": b"[]",
    "a number": b'{"status_lists": 7}',
    "a host that is none": b'{"status_lists": ["http://["]}',
    "another path": b'{"status_lists": ["https://hub.example.cn/graphql"]}',
    "signs that no address has": b'{"status_lists": ["https://hub.example.cn/status-lists/1?\\u0000"]}',
    "numbers": b'{"status_lists": [1, null]}',
    "thousands of objects in one another": b'{"a":' * 12_000,
    "thousands of lists in one another": b'{"status_lists":' + b"[" * 12_000,
}


@pytest.mark.parametrize("addresses", NO_ADDRESSES.values(), ids=NO_ADDRESSES)
def test_what_is_no_address_of_a_list_is_not_asked_for(rig: Rig, addresses: bytes | None) -> None:
    rig.hub.fault = None
    rig.hub.publish(EIGHTH)
    rig.hub.published["/status-lists"] = addresses
    rig.hub.fetched.clear()
    assert rig.look()
    assert [path for path in rig.hub.fetched if path not in ("/status-lists", KEYS_PATH)] == []


def test_a_list_behind_a_prefix_is_asked_for_below_the_hub(tmp_path: Path) -> None:
    uri = "https://example.cn/hub/status-lists/1"
    rig = Rig(tmp_path / "state")
    rig.hub.publish(first_state(uri=uri))
    rig.hub.published["/status-lists"] = json.dumps({"status_lists": [uri]}).encode()
    assert rig.look()
    rig.cut()
    assert rig.lamp(sign_pass(KEY, claims(uri=uri))) == ("GREEN", None)


def test_a_list_that_came_late_shows_that_the_clock_is_ahead(rig: Rig) -> None:
    rig.hub.fault = None
    rig.pass_time(600)
    rig.hub.publish(after(SEVENTH, {}))
    rig.look()
    assert rig.held.now.refused == "CLOCK_AHEAD"


def test_a_key_that_is_gone_counts_no_more(rig: Rig) -> None:
    rig.hub.fault = None
    rig.pass_time(301)
    rig.hub.publish(after(SEVENTH, {}, later=300))
    rig.hub.published["/.well-known/jwks.json"] = json.dumps(
        {"keys": [LATER_KEY.public_jwk()]}
    ).encode()
    rig.look()
    rig.cut()
    assert rig.lamp(GOOD) == ("UNKNOWN", "PASS_KEY_REVOKED")


POLICIES: dict[str, tuple[object, str, str | None]] = {
    "one in force": (policies(), "GREEN", None),
    "one that has ended": (policies(ends=T), "UNKNOWN", "POLICY_TOO_OLD"),
    "one that has not begun": (policies(starts=T + HOUR), "UNKNOWN", "POLICY_TOO_OLD"),
    "none": ({"here": [], "inTheCity": [], "inTheProvince": []}, "UNKNOWN", "POLICY_TOO_OLD"),
    "it may not be read": (GateStopped(StopCode.CLIENT_FORBIDDEN), "UNKNOWN", "POLICY_TOO_OLD"),
    "an answer that no hub gives": ({"here": 7}, "UNKNOWN", "POLICY_TOO_OLD"),
}


@pytest.mark.parametrize(("answer", "lamp", "code"), POLICIES.values(), ids=POLICIES)
def test_a_pass_counts_only_under_a_policy_in_force(
    tmp_path: Path, answer: object, lamp: str, code: str | None
) -> None:
    rig = Rig(tmp_path / "state")
    rig.hub.answers["gate_policy"] = answer
    rig.look()
    rig.hub.answers["gate_policy"] = {"here": [], "inTheCity": [], "inTheProvince": []}
    if not rig.held.now.lists:  # the look ended before them
        rig.held.take_list(SEVENTH, rig.clock())
    rig.cut()
    assert rig.lamp(GOOD) == (lamp, code)


def test_the_policy_of_the_city_holds_in_its_districts(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "state", place=GatePlace("321102", "ENTRY", PLACE.checkpoint))
    rig.hub.answers["gate_policy"] = {**policies(), "here": []}
    rig.look()
    asked = dict(rig.hub.asked)["gate_policy"]
    rig.cut()
    assert rig.lamp(GOOD) == ("GREEN", None)
    assert asked == {"region": "321102", "city": "321100", "province": "320000"}


def test_what_cannot_be_kept_lets_nobody_in(rig: Rig, tmp_path: Path) -> None:
    decisions = tmp_path / "state" / "decisions"
    decisions.rmdir()
    decisions.write_text("no directory")
    assert rig.lamp(GOOD) == ("UNKNOWN", NOT_KEPT)
    assert rig.lamp(sign_pass(KEY, claims(idx=1))) == ("RED", NOT_KEPT)
