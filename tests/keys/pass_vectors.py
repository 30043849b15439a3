"""Makes ``pass_vectors.json``: what a pass and a list are worth, for every client that checks them.

``python -m tests.keys.pass_vectors`` writes the file anew. What is expected stands here, by hand.
"""

import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.keys.federation import b64, compact
from tests.keys.gate_signer import SteadySigner, signed_as
from tongxing.keys.passes import PASS_TYP, PassClaims, PassStatus, sign_pass
from tongxing.keys.receipts import RECEIPT_TYP
from tongxing.keys.status_bits import compressed, packed
from tongxing.keys.status_delta import STATUS_DELTA_TYP, next_state, sign_delta
from tongxing.keys.status_list import (
    STATUS_BITS,
    STATUS_LIST_TYP,
    StatusList,
    head_claims,
    sign_snapshot,
)

FILE = Path(__file__).with_suffix(".json")
HUB_ID = "zhenjiang-hub"
URI = "https://hub.example.cn/status-lists/1"
T = int(datetime(2020, 3, 6, 8, 0, tzinfo=UTC).timestamp())
HOUR = 3600
ENTRIES = 64

KEY, LATER_KEY, REVOKED_KEY, FOREIGN_KEY = map(SteadySigner, (11, 12, 13, 14))
KEYS = {"keys": [KEY.public_jwk(), LATER_KEY.public_jwk()]}
JWKS = {
    "published": KEYS,
    "published before the revocation": {"keys": [*KEYS["keys"], REVOKED_KEY.public_jwk()]},
}
COUNTING = (KEY.key_id, LATER_KEY.key_id)

STATUSES = {1: PassStatus.RED, 2: PassStatus.YELLOW, 3: PassStatus.WITHDRAWN}


def claims(**other: Any) -> PassClaims:
    usual: dict[str, Any] = {
        "iss": HUB_ID,
        "iat": T,
        "exp": T + 12 * HOUR,
        "name": "李*红",
        "doc": "RESIDENT_ID",
        "tail": "002X",
        "region": "321100",
        "purpose": "ENTRY",
        "policy": 1,
        "color": "GREEN",
        "decision": "ADMIT",
        "audit": 17,
        "serial": 5,
        "idx": 0,
        "uri": URI,
    }
    return PassClaims(**{**usual, **other})


def first_state(**other: Any) -> StatusList:
    usual: dict[str, Any] = {
        "iss": HUB_ID,
        "uri": URI,
        "number": 7,
        "iat": T + 60,
        "exp": T + 60 + HOUR,
        "ttl": 15,
        "covers": 9,
        "entries": ENTRIES,
        "previous": b64(bytes(32)),
        "key_ids": COUNTING,
        "octets": packed(ENTRIES, STATUSES, bits=STATUS_BITS),
    }
    return StatusList(**{**usual, **other})


def after(state: StatusList, changes: dict[int, int], later: int = 15, **other: Any) -> StatusList:
    usual: dict[str, Any] = {
        "iat": state.iat + later,
        "exp": state.exp + later,
        "ttl": state.ttl,
        "covers": state.covers + 1,
        "key_ids": state.key_ids,
    }
    return next_state(state, changes, **{**usual, **other})


SEVENTH = first_state()
EIGHTH = after(SEVENTH, {0: PassStatus.RED})
NINTH = after(EIGHTH, {1: PassStatus.GREEN, 9: PassStatus.WITHDRAWN})
OTHER_EIGHTH = after(SEVENTH, {})
"""Another history: no red in it."""

GOOD = sign_pass(KEY, claims())


def _payload_of(text: str) -> dict[str, Any]:
    part = text.split(".")[1]
    found: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def _with_payload(text: str, payload: dict[str, Any]) -> str:
    header, _, signature = text.split(".")
    return f"{header}.{b64(compact(payload))}.{signature}"


GOOD_PAYLOAD = _payload_of(GOOD)
SNAPSHOT = sign_snapshot(KEY, SEVENTH)
SNAPSHOT_PAYLOAD = _payload_of(SNAPSHOT)


def _delta(state: StatusList, changes: dict[int, int], signer: SteadySigner = KEY) -> str:
    text = sign_delta(signer, state, changes)
    assert text is not None
    return text


EIGHTH_DELTA = _delta(EIGHTH, {0: PassStatus.RED})


def _pass(name: str, text: str, status: str | None, fault: str | None, **known: Any) -> Any:
    usual: dict[str, Any] = {
        "name": name,
        "pass": text,
        "at": T + 120,
        "jwks": "published",
        "keys_read_at": T,
        "revoked": [],
        "lists": [SNAPSHOT],
        "newest": 0,
    }
    until = known.pop("until", None)
    return {**usual, **known, "expected": {"status": status, "fault": fault, "until": until}}


def pass_cases() -> list[Any]:
    edited = {**GOOD_PAYLOAD, "name": "王*红"}
    short = {name: each for name, each in GOOD_PAYLOAD.items() if name != "serial"}
    later_list = sign_snapshot(KEY, first_state(iat=T + 2 * HOUR, exp=T + 3 * HOUR))
    red_list = sign_snapshot(KEY, EIGHTH)
    return [
        _pass("good", GOOD, "GREEN", None, until=T + 60 + HOUR),
        _pass(
            "good, and ends before its list",
            sign_pass(KEY, claims(exp=T + 300)),
            "GREEN",
            None,
            until=T + 300,
        ),
        _pass(
            "good, and the keys are to be read anew first",
            GOOD,
            "GREEN",
            None,
            keys_read_at=T - 24 * HOUR + 600,
            until=T + 600,
        ),
        _pass(
            "good, by the key that signs next",
            sign_pass(LATER_KEY, claims()),
            "GREEN",
            None,
            until=T + 60 + HOUR,
        ),
        _pass("red", sign_pass(KEY, claims(idx=1)), "RED", None, until=T + 60 + HOUR),
        _pass("yellow", sign_pass(KEY, claims(idx=2)), "YELLOW", None, until=T + 60 + HOUR),
        _pass("withdrawn", sign_pass(KEY, claims(idx=3)), "WITHDRAWN", None, until=T + 60 + HOUR),
        _pass("turned red since", GOOD, "RED", None, lists=[red_list], until=EIGHTH.exp),
        _pass("the claims altered", _with_payload(GOOD, edited), None, "PASS_ALTERED"),
        _pass("the signature altered", GOOD[:-3] + "AAA", None, "PASS_ALTERED"),
        _pass("cut short", GOOD[:-8], None, "PASS_MALFORMED"),
        _pass("empty", "", None, "PASS_MALFORMED"),
        _pass("not in ASCII", GOOD.replace("e", "е", 1), None, "PASS_MALFORMED"),
        _pass("a space behind it", GOOD + " ", None, "PASS_MALFORMED"),
        _pass("a receipt", signed_as(KEY, RECEIPT_TYP, GOOD_PAYLOAD), None, "PASS_MALFORMED"),
        _pass("an access token", signed_as(KEY, "at+jwt", GOOD_PAYLOAD), None, "PASS_MALFORMED"),
        _pass("a status list", SNAPSHOT, None, "PASS_MALFORMED"),
        _pass("unsigned", GOOD.rsplit(".", 1)[0] + ".", None, "PASS_MALFORMED"),
        _pass(
            "without an algorithm",
            signed_as(KEY, PASS_TYP, GOOD_PAYLOAD, alg="none"),
            None,
            "PASS_MALFORMED",
        ),
        _pass(
            "with a symmetric algorithm",
            signed_as(KEY, PASS_TYP, GOOD_PAYLOAD, alg="HS256"),
            None,
            "PASS_MALFORMED",
        ),
        _pass(
            "said to be by EdDSA",
            signed_as(KEY, PASS_TYP, GOOD_PAYLOAD, alg="EdDSA"),
            None,
            "PASS_KEY_UNKNOWN",
        ),
        _pass(
            "bringing its own key",
            signed_as(KEY, PASS_TYP, short, jwk=KEY.public_jwk()),
            None,
            "PASS_MALFORMED",
        ),
        _pass("a claim missing", signed_as(KEY, PASS_TYP, short), None, "PASS_MALFORMED"),
        _pass(
            "a claim more",
            signed_as(KEY, PASS_TYP, {**short, "serial": 5, "x": 1}),
            None,
            "PASS_MALFORMED",
        ),
        _pass(
            "a claim twice",
            signed_as(KEY, PASS_TYP, compact(GOOD_PAYLOAD)[:-1] + b',"idx":1}'),
            None,
            "PASS_MALFORMED",
        ),
        _pass(
            "a number with a fraction",
            signed_as(KEY, PASS_TYP, {**GOOD_PAYLOAD, "exp": T + 0.5}),
            None,
            "PASS_MALFORMED",
        ),
        _pass(
            "a time that no calendar has",
            signed_as(KEY, PASS_TYP, {**GOOD_PAYLOAD, "exp": 2**53 - 1}),
            None,
            "PASS_MALFORMED",
        ),
        _pass(
            "ending before it begins",
            signed_as(KEY, PASS_TYP, {**GOOD_PAYLOAD, "exp": T}),
            None,
            "PASS_MALFORMED",
        ),
        _pass(
            "of another hub",
            sign_pass(FOREIGN_KEY, claims(iss="nanjing-hub")),
            None,
            "PASS_OF_ANOTHER_HUB",
        ),
        _pass(
            "of another hub, under this hub's id",
            sign_pass(FOREIGN_KEY, claims()),
            None,
            "PASS_KEY_UNKNOWN",
        ),
        _pass(
            "of another hub, under this hub's key id",
            signed_as(FOREIGN_KEY, PASS_TYP, GOOD_PAYLOAD, kid=KEY.key_id),
            None,
            "PASS_ALTERED",
        ),
        _pass(
            "of a key that the gate knows to be revoked",
            sign_pass(REVOKED_KEY, claims()),
            None,
            "PASS_KEY_REVOKED",
            revoked=[REVOKED_KEY.key_id],
        ),
        _pass(
            "of a key that the list does not count any more",
            sign_pass(REVOKED_KEY, claims()),
            None,
            "PASS_KEY_REVOKED",
            jwks="published before the revocation",
        ),
        _pass(
            "red, of a key that does not count any more",
            sign_pass(REVOKED_KEY, claims(idx=1)),
            "RED",
            "PASS_KEY_REVOKED",
            jwks="published before the revocation",
        ),
        _pass("a screenshot at its end", GOOD, None, "PASS_EXPIRED", at=T + 12 * HOUR),
        _pass(
            "a second before its end, and the list too old",
            GOOD,
            None,
            "LIST_TOO_OLD",
            at=T + 12 * HOUR - 1,
        ),
        _pass("no list", GOOD, None, "LIST_MISSING", lists=[]),
        _pass(
            "naming another list",
            sign_pass(KEY, claims(uri=URI[:-1] + "2")),
            None,
            "LIST_MISSING",
        ),
        _pass(
            "the last pass that the list covers",
            sign_pass(KEY, claims(serial=9)),
            "GREEN",
            None,
            until=T + 60 + HOUR,
        ),
        _pass(
            "younger than the list",
            sign_pass(KEY, claims(serial=10)),
            None,
            "LIST_NOT_COVERING",
        ),
        _pass(
            "beyond the list",
            sign_pass(KEY, claims(idx=ENTRIES)),
            None,
            "LIST_NOT_COVERING",
        ),
        _pass("the list at its end", GOOD, None, "LIST_TOO_OLD", at=T + 60 + HOUR),
        _pass(
            "a second before the list's end",
            GOOD,
            "GREEN",
            None,
            at=T + 59 + HOUR,
            until=T + 60 + HOUR,
        ),
        _pass(
            "red in a list that is too old",
            sign_pass(KEY, claims(idx=1)),
            "RED",
            "LIST_TOO_OLD",
            at=T + 2 * HOUR,
        ),
        _pass("the keys too old", GOOD, None, "KEYS_TOO_OLD", keys_read_at=T + 120 - 24 * HOUR),
        _pass("the clock an hour behind the pass", GOOD, None, "CLOCK_BEHIND", at=T - HOUR),
        _pass(
            "the clock an hour behind the list",
            GOOD,
            None,
            "CLOCK_BEHIND",
            lists=[later_list],
            at=T + HOUR,
        ),
        _pass(
            "the clock an hour behind what the gate saw before",
            GOOD,
            None,
            "CLOCK_BEHIND",
            newest=T + 120 + HOUR,
        ),
        _pass(
            "the clock behind the time at which the keys were read",
            GOOD,
            None,
            "CLOCK_BEHIND",
            keys_read_at=T + 120 + HOUR,
        ),
        _pass(
            "the clock two minutes behind",
            GOOD,
            "GREEN",
            None,
            at=T - 60,
            until=T + 60 + HOUR,
        ),
        _pass(
            "the clock a second more behind",
            GOOD,
            None,
            "CLOCK_BEHIND",
            at=T - 61,
        ),
        _pass(
            "red, and the clock an hour behind",
            sign_pass(KEY, claims(idx=1)),
            "RED",
            "CLOCK_BEHIND",
            at=T - HOUR,
        ),
    ]


def _list(name: str, kind: str, text: str, fault: str | None, **known: Any) -> Any:
    usual: dict[str, Any] = {
        "name": name,
        "kind": kind,
        "text": text,
        "uri": URI,
        "known": None if kind == "snapshot" else SNAPSHOT,
        "at": T + 120,
        "just_fetched": False,
        "jwks": "published",
        "revoked": [],
    }
    state = known.pop("state", None)
    expected = {
        "fault": fault,
        "number": None if state is None else state.number,
        "digest": None if state is None else state.digest(),
    }
    return {**usual, **known, "expected": expected}


def _packed_as(lst: bytes) -> str:
    """The first state, its entries packed so."""
    packed_so = {**SNAPSHOT_PAYLOAD["status_list"], "lst": b64(lst)}
    return signed_as(KEY, STATUS_LIST_TYP, {**SNAPSHOT_PAYLOAD, "status_list": packed_so})


def list_cases() -> list[Any]:
    lst = compressed(SEVENTH.octets)
    bits = {**SNAPSHOT_PAYLOAD, "status_list": {**SNAPSHOT_PAYLOAD["status_list"], "bits": 1}}
    stretched = {
        **SNAPSHOT_PAYLOAD,
        "snapshot": {**SNAPSHOT_PAYLOAD["snapshot"], "covers": 99},
    }
    unordered = {**head_claims(EIGHTH), "changes": [[4, 1], [0, 3]]}
    other_changes = {**head_claims(EIGHTH), "changes": [[0, 2]]}
    return [
        _list("the first that is read", "snapshot", SNAPSHOT, None, state=SEVENTH),
        _list("the same again", "snapshot", SNAPSHOT, None, state=SEVENTH, known=SNAPSHOT),
        _list(
            "the next",
            "snapshot",
            sign_snapshot(KEY, EIGHTH),
            None,
            state=EIGHTH,
            known=SNAPSHOT,
        ),
        _list(
            "one far ahead",
            "snapshot",
            sign_snapshot(KEY, NINTH),
            None,
            state=NINTH,
            known=SNAPSHOT,
        ),
        _list(
            "rolled back",
            "snapshot",
            SNAPSHOT,
            "LIST_ROLLED_BACK",
            known=sign_snapshot(KEY, EIGHTH),
        ),
        _list(
            "forked at the same number",
            "snapshot",
            sign_snapshot(KEY, OTHER_EIGHTH),
            "LIST_FORKED",
            known=sign_snapshot(KEY, EIGHTH),
        ),
        _list(
            "forked before",
            "snapshot",
            sign_snapshot(KEY, after(OTHER_EIGHTH, {})),
            "LIST_FORKED",
            known=sign_snapshot(KEY, EIGHTH),
        ),
        _list("at its end", "snapshot", SNAPSHOT, "LIST_TOO_OLD", at=T + 60 + HOUR),
        _list(
            "the clock an hour behind",
            "snapshot",
            SNAPSHOT,
            "CLOCK_BEHIND",
            at=T - HOUR,
        ),
        _list(
            "the clock half an hour ahead of a list just fetched",
            "snapshot",
            SNAPSHOT,
            "CLOCK_AHEAD",
            at=T + 60 + HOUR // 2,
            just_fetched=True,
        ),
        _list("just fetched", "snapshot", SNAPSHOT, None, state=SEVENTH, just_fetched=True),
        _list(
            "a claim altered",
            "snapshot",
            _with_payload(SNAPSHOT, {**SNAPSHOT_PAYLOAD, "exp": T + 24 * HOUR}),
            "LIST_ALTERED",
        ),
        _list(
            "not the content of its digest",
            "snapshot",
            signed_as(KEY, STATUS_LIST_TYP, stretched),
            "LIST_MALFORMED",
        ),
        _list(
            "of another width",
            "snapshot",
            signed_as(KEY, STATUS_LIST_TYP, bits),
            "LIST_MALFORMED",
        ),
        _list("a byte behind its entries", "snapshot", _packed_as(lst + b"x"), "LIST_MALFORMED"),
        _list(
            "much behind its entries",
            "snapshot",
            _packed_as(lst + bytes(200)),
            "LIST_MALFORMED",
        ),
        _list("its entries packed twice", "snapshot", _packed_as(lst + lst), "LIST_MALFORMED"),
        _list(
            "without the last byte of its entries",
            "snapshot",
            _packed_as(lst[:-1]),
            "LIST_MALFORMED",
        ),
        _list("without entries", "snapshot", _packed_as(b""), "LIST_MALFORMED"),
        _list("a pass", "snapshot", GOOD, "LIST_MALFORMED"),
        _list("a delta in place of a snapshot", "snapshot", EIGHTH_DELTA, "LIST_MALFORMED"),
        _list(
            "another list of the hub",
            "snapshot",
            sign_snapshot(KEY, first_state(uri=URI[:-1] + "2")),
            "LIST_ANOTHER",
        ),
        _list(
            "of another hub",
            "snapshot",
            sign_snapshot(FOREIGN_KEY, first_state(iss="nanjing-hub")),
            "LIST_OF_ANOTHER_HUB",
        ),
        _list(
            "of another hub, under this hub's id",
            "snapshot",
            sign_snapshot(FOREIGN_KEY, SEVENTH),
            "LIST_KEY_UNKNOWN",
        ),
        _list(
            "of a revoked key",
            "snapshot",
            sign_snapshot(REVOKED_KEY, SEVENTH),
            "LIST_KEY_REVOKED",
            revoked=[REVOKED_KEY.key_id],
        ),
        _list("the next delta", "delta", EIGHTH_DELTA, None, state=EIGHTH),
        _list(
            "the next delta, by the key that signs next",
            "delta",
            _delta(EIGHTH, {0: PassStatus.RED}, LATER_KEY),
            None,
            state=EIGHTH,
        ),
        _list(
            "a delta in which nothing changed",
            "delta",
            _delta(OTHER_EIGHTH, {}),
            None,
            state=OTHER_EIGHTH,
        ),
        _list(
            "a delta too far ahead",
            "delta",
            _delta(NINTH, {1: PassStatus.GREEN, 9: PassStatus.WITHDRAWN}),
            "LIST_GAP",
        ),
        _list(
            "a delta that is known already",
            "delta",
            EIGHTH_DELTA,
            "LIST_ROLLED_BACK",
            known=sign_snapshot(KEY, EIGHTH),
        ),
        _list(
            "a delta of another history",
            "delta",
            _delta(after(OTHER_EIGHTH, {}), {}),
            "LIST_FORKED",
            known=sign_snapshot(KEY, EIGHTH),
        ),
        _list(
            "a delta whose changes do not give its digest",
            "delta",
            signed_as(KEY, STATUS_DELTA_TYP, other_changes),
            "LIST_MALFORMED",
        ),
        _list(
            "a delta that is not in order",
            "delta",
            signed_as(KEY, STATUS_DELTA_TYP, unordered),
            "LIST_MALFORMED",
        ),
        _list("a snapshot in place of a delta", "delta", SNAPSHOT, "LIST_MALFORMED"),
    ]


def made() -> str:
    content = {
        "what": "What passes and status lists are worth; docs/passes.md. Times are Unix seconds.",
        "hub_id": HUB_ID,
        "jwks": JWKS,
        "passes": pass_cases(),
        "lists": list_cases(),
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(made(), "utf-8")
