"""A client changes its own key, by requests that the key itself has signed; nothing else does."""

import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from tests.acceptance.callers import Caller, error_codes
from tests.acceptance.forging import SigningKey, unsigned
from tests.acceptance.hubs import RunningHub, await_that, serving
from tests.acceptance.operations import TYPENAME
from tests.acceptance.own_clients import (
    CHANGE,
    administration_of,
    claims,
    command,
    key_change,
    key_end,
    own_client,
    proof,
    public_file,
    send,
    with_key,
)
from tests.acceptance.standing import FORGETFUL, NewState

KEYS_MAX = 8
CHANGES_A_DAY = 8
A_MINUTE = 10


@pytest.fixture(scope="module")
def own_hub(new_layout: NewState) -> Iterator[RunningHub]:
    with serving(new_layout(), **FORGETFUL) as hub:
        yield hub


@pytest.fixture
def caller(own_hub: RunningHub) -> Iterator[Caller]:
    """A client of its own for each test."""
    with own_client(own_hub) as caller:
        yield caller


def _works(caller: Caller) -> bool:
    return caller.ask_for_token(caller.assertion()).status_code == 200


def test_a_new_key_counts_beside_the_old_one(own_hub: RunningHub, caller: Caller) -> None:
    old_token = caller.new_token()
    new = SigningKey.new()
    answer = send(caller, key_change(caller.client_id, caller.key, new))
    assert answer.status_code == 200, answer.text
    old, added = answer.json()["keys"]
    assert (old["kid"], added) == (caller.key.key_id, {"kid": new.key_id})
    assert 3_500 < old["ends_at"] - datetime.now(UTC).timestamp() <= 3_600
    assert _works(caller)
    assert _works(with_key(caller, new))
    assert caller.post(TYPENAME, token=old_token).status_code == 200
    assert _log_of(own_hub, caller) == [("CLIENT_KEY_ADDED", caller.client_id, new.key_id)]


FORMS: dict[str, Callable[[SigningKey], dict[str, object]]] = {
    "a JWK": lambda key: {"jwk": dict(key.jwk)},
    "a JWK Set": lambda key: {"jwks": {"keys": [dict(key.jwk)]}},
    "PEM": lambda key: {"pem": key.public_pem().decode("ascii")},
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_new_key_comes_in_each_form_of_a_key_file(
    caller: Caller, form: Callable[[SigningKey], dict[str, object]]
) -> None:
    new = SigningKey.new()
    asked = {"jwk": None, **form(new)}
    answer = send(caller, key_change(caller.client_id, caller.key, new, **asked))
    assert answer.status_code == 200, answer.text
    assert _works(with_key(caller, new))


def _log_of(hub: RunningHub, caller: Caller) -> list[tuple[str, str, str | None]]:
    """What the log says of a client since it was registered."""
    _added, *since = administration_of(hub.layout, caller.client_id)
    return [(record.action.value, record.actor, record.client_key) for record in since]


def test_without_an_overlap_the_old_key_and_its_tokens_end_at_once(
    own_hub: RunningHub, caller: Caller
) -> None:
    token, new = caller.new_token(), SigningKey.new()
    assert caller.post(TYPENAME, token=token).status_code == 200
    answer = send(caller, key_change(caller.client_id, caller.key, new, overlap=0))
    assert answer.json() == {"keys": [{"kid": new.key_id}]}
    assert not _works(caller)
    assert error_codes(caller.post(TYPENAME, token=token)) == ["UNAUTHENTICATED"]
    assert _works(with_key(caller, new))
    assert _log_of(own_hub, caller) == [("CLIENT_KEY_REPLACED", caller.client_id, new.key_id)]


def test_the_old_key_ends_itself_early(own_hub: RunningHub, caller: Caller) -> None:
    token, new = caller.new_token(), SigningKey.new()
    assert send(caller, key_change(caller.client_id, caller.key, new)).status_code == 200
    answer = send(caller, key_end(caller.client_id, caller.key))
    assert answer.json() == {"keys": [{"kid": new.key_id}]}
    assert not _works(caller)
    assert error_codes(caller.post(TYPENAME, token=token)) == ["UNAUTHENTICATED"]
    assert [entry[0] for entry in _log_of(own_hub, caller)] == [
        "CLIENT_KEY_ADDED",
        "CLIENT_KEY_ENDED",
    ]


def test_the_last_key_does_not_end_itself(caller: Caller) -> None:
    answer = send(caller, key_end(caller.client_id, caller.key))
    assert (answer.status_code, answer.json()["error"]) == (400, "last_key")
    assert _works(caller)


def test_a_key_that_ends_leaves_no_client_without_one(caller: Caller) -> None:
    """The old key has an end already; the new one alone stays, and is the last."""
    new = SigningKey.new()
    assert send(caller, key_change(caller.client_id, caller.key, new)).status_code == 200
    assert send(caller, key_end(caller.client_id, new)).json()["error"] == "last_key"


def test_a_key_ends_no_other_one(own_hub: RunningHub, caller: Caller) -> None:
    """On two machines: the rotation of one leaves the other's key as it is."""
    other, new = SigningKey.new(), SigningKey.new()
    file = public_file(own_hub.layout, other)
    assert command(own_hub.layout, "rotate", caller.client_id, "--key", file, "--beside") == 0
    await_that(lambda: _works(with_key(caller, other)), "the hub heard of the second key")
    answer = send(caller, key_change(caller.client_id, caller.key, new, overlap=0))
    assert [key["kid"] for key in answer.json()["keys"]] == [other.key_id, new.key_id]
    assert _works(with_key(caller, other))


def test_an_answer_that_was_lost_is_given_again(own_hub: RunningHub, caller: Caller) -> None:
    new = SigningKey.new()
    first, again = (send(caller, key_change(caller.client_id, caller.key, new)) for _ in range(2))
    assert (again.status_code, again.json()) == (200, first.json())
    assert len(_log_of(own_hub, caller)) == 1


def test_a_repetition_does_not_lengthen_the_overlap(caller: Caller) -> None:
    new, newer = SigningKey.new(), SigningKey.new()
    ends = [
        send(caller, key_change(caller.client_id, caller.key, key, overlap=overlap)).json()
        for key, overlap in ((new, 600), (newer, 86_400))
    ]
    first, second = (answer["keys"][0]["ends_at"] for answer in ends)
    assert first == second


def test_rights_stay_as_they_are(caller: Caller) -> None:
    before = caller.ask_for_token(caller.assertion()).json()
    new = SigningKey.new()
    send(
        caller,
        key_change(caller.client_id, caller.key, new, scope="audit:read", regions=["100000"]),
    )
    after = with_key(caller, new).ask_for_token(with_key(caller, new).assertion()).json()
    for name in ("scope", "regions", "purposes"):
        assert after[name] == before[name]


Forge = Callable[[str, SigningKey, SigningKey], str]
"""A request of this client, whose key is the second, for the third."""


def _of(**changed: object) -> Forge:
    return lambda client, old, new: key_change(client, old, new, **changed)


def _proven(jti_of_proof: str | None = None, **changed: object) -> Forge:
    """With something else in the proof."""

    def forge(client: str, old: SigningKey, new: SigningKey) -> str:
        jti = secrets.token_urlsafe(16)
        inner = proof(client, old, new, jti_of_proof or jti, **changed)
        return key_change(client, old, new, jti=jti, proof=inner)

    return forge


def _proof_by_another(client: str, old: SigningKey, new: SigningKey) -> str:
    """A key whose private half somebody else has."""
    jti, mine = secrets.token_urlsafe(16), SigningKey.new()
    said = claims(client, jti, jkt=new.key_id, replaces=old.key_id)
    inner = mine.jws({"typ": "client-key-proof+jwt", "kid": new.key_id}, said)
    return key_change(client, old, new, jti=jti, proof=inner)


def _another_new_key(client: str, old: SigningKey, new: SigningKey) -> str:
    """The proof is of one key, and the request names another."""
    jti, mine = secrets.token_urlsafe(16), SigningKey.new()
    return key_change(client, old, mine, jti=jti, proof=proof(client, old, new, jti))


def _by_the_new_key(client: str, old: SigningKey, new: SigningKey) -> str:
    return key_change(client, new, new)


def _by_a_stranger(client: str, old: SigningKey, new: SigningKey) -> str:
    mine = SigningKey.new()
    said = claims(client, "a", jwk=dict(new.jwk), overlap=60, proof=proof(client, old, new, "a"))
    return mine.jws({**CHANGE, "kid": old.key_id}, said)


def _unsigned(client: str, old: SigningKey, new: SigningKey) -> str:
    said = claims(client, "a", jwk=dict(new.jwk), overlap=60, proof=proof(client, old, new, "a"))
    return unsigned({**CHANGE, "kid": old.key_id}, said)


FORGED: dict[str, Forge] = {
    "an assertion in its place": lambda client, old, _: old.jws(
        {"typ": "JWT"}, claims(client, "b")
    ),
    "an assertion in its place with a proof": lambda client, old, new: old.jws(
        {"typ": "JWT"},
        claims(client, "a", jwk=dict(new.jwk), overlap=60, proof=proof(client, old, new, "a")),
    ),
    "signed by the new key": _by_the_new_key,
    "signed by nobody's key under the old kid": _by_a_stranger,
    "signed by nobody": _unsigned,
    "of another client": lambda _, old, new: key_change("city-system", old, new),
    "of a client that nobody registered": lambda _, old, new: key_change("nobody", old, new),
    "for another hub": _of(aud="another-hub"),
    "expired": _of(iat=1_600_000_000, exp=1_600_000_060),
    "living for an hour": _of(exp=int(4e9)),
    "without an overlap": _of(overlap=None),
    "an overlap of two days": _of(overlap=2 * 86_400),
    "an overlap before now": _of(overlap=-1),
    "an overlap that is true": _of(overlap=True),
    "no key": _of(jwk=None),
    "a key that is a text": _of(jwk="x"),
    "a key off its curve": _of(jwk={"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}),
    "two keys in a set": _of(jwk=None, jwks={"keys": [dict(SigningKey.new().jwk)] * 2}),
    "a set that is a list": _of(jwk=None, jwks=[dict(SigningKey.new().jwk)]),
    "two forms": _of(pem=SigningKey.new().public_pem().decode("ascii")),
    "a private key in PEM": _of(jwk=None, pem=SigningKey.new().private_pem().decode("ascii")),
    "PEM that is no text": _of(jwk=None, pem=1),
    "a proof by another key": _proof_by_another,
    "a proof of another key": _another_new_key,
    "a proof for another hub": _proven(aud="another-hub"),
    "a proof of another client": _proven(iss="city-system", sub="city-system"),
    "a proof of another moment": _proven(jti_of_proof="another"),
    "a proof that has expired": _proven(iat=1_600_000_000, exp=1_600_000_060),
    "a proof for the place of another key": _proven(replaces="another"),
    "a proof that names another key": _proven(jkt="another"),
    "a request as its own proof": lambda client, old, new: key_change(
        client, old, new, proof=key_change(client, old, new)
    ),
    "no proof": _of(proof="x"),
    "what is no token": lambda *_: "x",
}


@pytest.fixture(scope="module")
def victim(own_hub: RunningHub) -> Iterator[Caller]:
    with own_client(own_hub) as caller:
        yield caller


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_a_forged_request_changes_nothing(victim: Caller, forge: Forge) -> None:
    new = SigningKey.new()
    answer = send(victim, forge(victim.client_id, victim.key, new))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert not _works(with_key(victim, new))


def test_nothing_of_it_was_recorded(own_hub: RunningHub, victim: Caller) -> None:
    assert _log_of(own_hub, victim) == []
    assert _works(victim)


def test_a_stolen_token_puts_in_no_key(caller: Caller) -> None:
    token = caller.new_token()
    answer = caller.http.post(
        "/oauth/client-key",
        data={"request": token},
        headers={"authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 401
    nothing = caller.http.post("/oauth/client-key", headers={"authorization": f"Bearer {token}"})
    assert nothing.status_code >= 400


def test_a_request_is_used_once(caller: Caller) -> None:
    new = SigningKey.new()
    request = key_change(caller.client_id, caller.key, new)
    assert [send(caller, request).status_code for _ in range(2)] == [200, 401]


def test_a_key_that_ended_does_not_come_back(caller: Caller) -> None:
    new = SigningKey.new()
    assert send(caller, key_change(caller.client_id, caller.key, new, overlap=0)).status_code == 200
    answer = send(caller, key_change(caller.client_id, new, caller.key))
    assert (answer.status_code, answer.json()["error"]) == (400, "key_not_new")


def test_so_many_keys_and_no_more(caller: Caller) -> None:
    keys = [SigningKey.new() for _ in range(KEYS_MAX)]
    signers = [caller.key, *keys]
    answers = [
        send(caller, key_change(caller.client_id, old, new))
        for old, new in zip(signers, keys, strict=False)
    ]
    assert [answer.status_code for answer in answers] == [200] * (KEYS_MAX - 1) + [429]
    assert answers[-1].json()["error"] == "too_many_keys"
    assert _works(with_key(caller, keys[-2]))


def test_so_many_changes_in_a_day_and_no_more(caller: Caller) -> None:
    keys = [SigningKey.new() for _ in range(CHANGES_A_DAY + 1)]
    signers = [caller.key, *keys]
    answers = [
        send(caller, key_change(caller.client_id, old, new, overlap=0))
        for old, new in zip(signers, keys, strict=False)
    ]
    assert [answer.status_code for answer in answers] == [200] * CHANGES_A_DAY + [429]


def test_a_flood_is_refused_before_it_is_written_down(own_hub: RunningHub, caller: Caller) -> None:
    """The last ones cost no COMMIT: the same request is refused for its number, not as used."""
    request = key_end(caller.client_id, caller.key)
    statuses = [send(caller, request).status_code for _ in range(A_MINUTE + 5)]
    assert statuses[:2] == [400, 401]
    assert statuses[-5:] == [429] * 5
