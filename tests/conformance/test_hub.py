"""A hub is tried: ours passes, and every planted fault is found by the check meant for it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.acceptance.hubs import RunningHub
from tests.acceptance.standing import Issuers
from tests.conformance.issuers import now
from tests.connection import NO_AUTHORITIES
from tongxing.conformance.check import Failed, NotTried, Passed
from tongxing.conformance.hub.hostile import FORMS
from tongxing.conformance.hub.hub_checks import DOCUMENTS, HUB_CHECKS, LEFT_OUT, NO_GREEN_FROM
from tongxing.conformance.hub.playing_issuers import HubUnderTest, observe_hub
from tongxing.conformance.hub.reply import HubSeen, Reply, Spoiled
from tongxing.gateway.cli.hub_client import HubClient
from tongxing.sandbox.demo.stage import ReferenceIssuer
from tongxing.sandbox.issuers.misbehavior import Mode
from tongxing.sandbox.provisioning.state import write_credentials
from tongxing.sandbox.town.population import Population


@pytest.fixture(scope="module")
def seen(hasty_hub: RunningHub, issuers: Issuers) -> HubSeen:
    """All that is asked, of the hub that waits one second."""
    credentials = write_credentials(hasty_hub.layout, hasty_hub.url)
    played = {
        name: ReferenceIssuer(issuer.url, issuer.credential) for name, issuer in issuers.items()
    }
    with closing(HubClient.from_file(credentials["city-system"], now)) as client:
        hub = HubUnderTest(hasty_hub.url, NO_AUTHORITIES, client.token, "321100", "ENTRY")
        return observe_hub(hub, played, Population(7, 2_000))


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


def test_a_hub_that_is_wrong_in_one_thing_fails_one_check(seen: HubSeen) -> None:
    found = {check: failed(wrong) for check, wrong in _faults(seen)}
    assert found == {check: {check} for check in found}
    assert found.keys() == {check.id for check in HUB_CHECKS}


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
