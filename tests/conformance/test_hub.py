"""A hub is tried: ours passes, and every planted fault is found by the check meant for it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.acceptance.hubs import RunningHub
from tests.acceptance.standing import Issuers
from tests.conformance.issuers import now
from tests.connection import NO_AUTHORITIES
from tongxing.conformance.certificates import LASTS_AT_LEAST
from tongxing.conformance.check import Failed, NotTried, Passed
from tongxing.conformance.hub.hostile import FORMS
from tongxing.conformance.hub.hub_checks import DOCUMENTS, HUB_CHECKS, LEFT_OUT, NO_GREEN_FROM
from tongxing.conformance.hub.playing_issuers import (
    HubUnderTest,
    observe_credentials,
    observe_ended_token,
    observe_hub,
)
from tongxing.conformance.hub.reply import HubSeen, Reply, Spoiled
from tongxing.gateway.cli.hub_client import HubClient
from tongxing.keys import base64url
from tongxing.keys.signing import HubSigner
from tongxing.sandbox.demo.stage import ReferenceIssuer
from tongxing.sandbox.issuers.misbehavior import Mode
from tongxing.sandbox.provisioning.state import write_credentials
from tongxing.sandbox.town.population import Population


@contextmanager
def tried(hub: RunningHub) -> Iterator[HubUnderTest]:
    credentials = write_credentials(hub.layout, hub.url)
    with closing(HubClient.from_file(credentials["city-system"], now)) as client:
        yield HubUnderTest(hub.url, NO_AUTHORITIES, client.token, client.grant, "321100", "ENTRY")


def ended(token: str, running: RunningHub) -> str:
    """As the hub itself would have made it an hour ago."""
    claims = json.loads(base64url.decode(token.split(".")[1]))
    claims |= {name: claims[name] - 3_600 for name in ("iat", "exp")}
    return HubSigner.from_pem(running.layout.hub_key.read_bytes()).sign_jws("at+jwt", claims)


@pytest.fixture(scope="module")
def seen(hasty_hub: RunningHub, production_hub: RunningHub, issuers: Issuers) -> HubSeen:
    """All that is asked: of the hub that waits one second, and what one that serves travelers says
    of credentials. Neither is asked over TLS."""
    played = {
        name: ReferenceIssuer(issuer.url, issuer.credential) for name, issuer in issuers.items()
    }
    with tried(hasty_hub) as hub:
        found = observe_hub(hub, played, Population(7, 2_000))
        found = observe_ended_token(hub, found, ended(hub.token(), hasty_hub))
    with tried(production_hub) as hub:
        found = observe_credentials(hub, found, now())
    return replace(found, certificate_lasts=LASTS_AT_LEAST)


def failed(seen: HubSeen) -> set[str]:
    return {each.id for each in HUB_CHECKS if isinstance(each.judge(seen), Failed)}


def test_our_hub_passes_every_check(seen: HubSeen) -> None:
    verdicts = {each.id: each.judge(seen) for each in HUB_CHECKS}
    assert {name: v for name, v in verdicts.items() if not isinstance(v, Passed)} == {}


def _answered(color: str) -> Reply:
    return Reply(200, json.dumps({"data": {"traveler": {"color": color}}}).encode())


def _with(mapping: Mapping[str, Reply], name: str, reply: Reply) -> Mapping[str, Reply]:
    return {**mapping, name: reply}


_SERVED = Reply(200, b'{"data": {"__typename": "Query"}}')


def _faults(seen: HubSeen) -> Iterator[tuple[str, HubSeen]]:
    """Each check, and what a hub that is wrong in that alone would show."""
    yield "green.honest", replace(seen, honest=_answered("UNKNOWN"))
    for mode in NO_GREEN_FROM:
        wrong = replace(seen.spoiled[mode.value], wrong=_answered("GREEN"))
        spoiled = {**seen.spoiled, mode.value: wrong}
        yield f"green.{mode.value.replace('_', '-')}", replace(seen, spoiled=spoiled)
    yield "red.stands", replace(seen, conflict=_answered("GREEN"))
    yield "client.region", replace(seen, elsewhere=_answered("GREEN"))
    yield "nobody.alike", replace(seen, nobodies=[_answered("UNKNOWN"), seen.nobodies[1]])
    for name in DOCUMENTS:
        yield name, replace(seen, documents=_with(seen.documents, name, _answered("UNKNOWN")))
    for name in FORMS:
        yield name, replace(seen, forms=_with(seen.forms, name, _SERVED))
    for name, check in {"empty": "batch.empty", "too-many": "batch.too-many"}.items():
        yield check, replace(seen, batches=_with(seen.batches, name, _SERVED))
    yield "batch.alone", replace(seen, batches=_with(seen.batches, "mixed", _SERVED))
    granted = seen.assertions["first"]
    for name, check in {"again": "assertion.once", "ended": "assertion.ended"}.items():
        yield check, replace(seen, assertions=_with(seen.assertions, name, granted))
    yield "token.ended", replace(seen, outlived=_SERVED)
    yield "schema.closed", replace(seen, introspection=_SERVED)
    yield "http.certificate-lasts", replace(seen, certificate_lasts=timedelta(days=13))


def test_a_hub_that_is_wrong_in_one_thing_fails_one_check(seen: HubSeen) -> None:
    found = {check: failed(wrong) for check, wrong in _faults(seen)}
    assert found == {check: {check} for check in found}
    assert found.keys() == {check.id for check in HUB_CHECKS}


def test_a_hub_for_trying_may_tell_its_schema(hasty_hub: RunningHub, seen: HubSeen) -> None:
    with tried(hasty_hub) as hub:
        open_one = observe_credentials(hub, seen, now())
    verdicts = {each.id: each.judge(open_one) for each in HUB_CHECKS}
    assert {name for name, v in verdicts.items() if not isinstance(v, Passed)} == {"schema.closed"}
    assert isinstance(verdicts["schema.closed"], NotTried)


def test_a_refusal_that_repeats_the_number_is_found(seen: HubSeen) -> None:
    refusal = seen.documents["document.fifteen"]
    told = replace(refusal, body=refusal.body + refusal.asked[0].encode())
    wrong = replace(seen, documents=_with(seen.documents, "document.fifteen", told))
    assert failed(wrong) == {"document.fifteen"}


def test_a_hub_that_gives_no_green_at_all_passes_nothing_by_it(seen: HubSeen) -> None:
    wrong = replace(seen, honest=_answered("UNKNOWN"))
    verdicts = [each.judge(wrong) for each in HUB_CHECKS if each.id.startswith("green.")]
    assert [type(each) for each in verdicts[1:]] == [NotTried] * len(NO_GREEN_FROM)


def test_a_hub_that_gives_no_green_to_anybody_then_shows_nothing(seen: HubSeen) -> None:
    unknown = _answered("UNKNOWN")
    wrong = replace(seen, spoiled={**seen.spoiled, "unsigned": Spoiled(unknown, unknown)})
    verdicts = {each.id: each.judge(wrong) for each in HUB_CHECKS}
    assert isinstance(verdicts["green.unsigned"], NotTried)


def test_every_misbehavior_is_tried_or_left_out_for_a_reason() -> None:
    assert NO_GREEN_FROM.keys() | LEFT_OUT == set(Mode)


VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=5) | st.sampled_from(["GREEN", "RED"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from("data errors traveler travelers result color code".split()), inner
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(value=VALUES, status=st.none() | st.integers(200, 599))
def test_whatever_a_hub_says_every_check_has_a_verdict(value: object, status: int | None) -> None:
    reply = Reply(status, json.dumps(value).encode(), ("321102",))
    honest = _answered("GREEN")
    names = [mode.value for mode in NO_GREEN_FROM]
    said = HubSeen(
        honest,
        dict.fromkeys(names, Spoiled(reply, reply)),
        reply,
        reply,
        [reply, reply],
        dict.fromkeys(DOCUMENTS, reply),
        dict.fromkeys(FORMS, reply),
        dict.fromkeys(("empty", "too-many", "mixed"), reply),
    )
    verdicts = {each.id: each.judge(said) for each in HUB_CHECKS}
    assert any(not isinstance(verdict, Passed) for verdict in verdicts.values())
