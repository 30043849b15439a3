"""Every dialect can be tried, and whatever comes back, the kit says something of it.

The issuers here are simulated at the seam to the network.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.adapters.docked_issuers import DOCKED
from tests.adapters.federation import KEYS, SCANS, SIMULATED
from tests.adapters.people import AT, STRANGER, VISITOR, WANG
from tests.adapters.signers import REGIONS, trust_list
from tongxing.adapters.credential import Credential
from tongxing.adapters.dialects import DIALECTS
from tongxing.adapters.wire import HttpRequest, HttpResponse, Transport
from tongxing.conformance.check import Failed, NotTried
from tongxing.conformance.issuer.catalogue import checks_for
from tongxing.conformance.issuer.observed import Observed
from tongxing.conformance.issuer.participant import (
    Expectation,
    Offers,
    Participant,
    SyntheticPerson,
)
from tongxing.conformance.issuer.played_hub import Stage
from tongxing.conformance.issuer.playing_hub import observe
from tongxing.conformance.reports.report import Report, Role, rows_of
from tongxing.conformance.trying import fresh_nonce
from tongxing.keys.filter_key import FilterKey

CREDENTIAL = "hub-token"
NOTHING = Offers()


@dataclass
class Guarded:
    """Asks for the credential, and says that what it answers is JSON."""

    under: Transport
    given: Credential

    async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:
        if self.given.now != CREDENTIAL:
            return HttpResponse(401, {}, b"{}")
        response = await self.under.send(request, deadline=deadline)
        return replace(response, headers={"content-type": "application/json", **response.headers})


def participant(issuer: str, offers: Offers = NOTHING, *, signs: bool = True) -> Participant:
    persons = (
        SyntheticPerson("green", WANG, Expectation.GREEN, SCANS[issuer]),
        SyntheticPerson("visitor", VISITOR, Expectation.GREEN),
        SyntheticPerson("unknown", STRANGER, Expectation.NOBODY),
    )
    trusted = trust_list({issuer: [KEYS[issuer]] if signs else []}, regions=REGIONS)
    return Participant(issuer, issuer, CREDENTIAL, trusted, persons, offers)


def see(tried: Participant, transport: Transport) -> Observed:
    @asynccontextmanager
    async def opened(credential: Credential) -> AsyncIterator[Transport]:
        yield Guarded(transport, credential)

    stage = Stage(opened, lambda: AT, fresh_nonce, 60.0, 3, 10)
    return asyncio.run(observe(tried, "https://issuer.example", stage))


def failed(seen: Observed) -> set[str]:
    verdicts = {each.id: each.judge(seen) for each in checks_for(seen.participant.dialect)}
    return {name for name, verdict in verdicts.items() if isinstance(verdict, Failed)}


def simulated(issuer: str, **misbehavior: object) -> Transport:
    return SIMULATED[issuer](
        signer=KEYS[issuer],
        people=[WANG, VISITOR],
        scanned=SCANS[issuer],
        shown_by=WANG,
        **misbehavior,  # type: ignore[arg-type]
    )


def test_every_dialect_is_simulated() -> None:
    assert SIMULATED.keys() == DIALECTS.keys()


@pytest.mark.parametrize("issuer", SIMULATED)
def test_an_issuer_of_every_dialect_is_let_in(issuer: str) -> None:
    assert failed(see(participant(issuer), simulated(issuer))) == set()


@pytest.mark.parametrize("issuer", DOCKED)
def test_a_system_that_signs_nothing_is_tried_too(issuer: str) -> None:
    tried = participant(issuer, signs=False)
    assert failed(see(tried, simulated(issuer, signs=False))) == set()


def test_a_system_whose_format_is_signed_cannot_be_one_that_signs_nothing() -> None:
    tried = participant("zhenjiang", signs=False)
    assert failed(see(tried, simulated("zhenjiang"))) == {"statement.envelope"}


@dataclass
class Babbling:
    """Answers everything with the same."""

    answer: HttpResponse

    async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:
        return self.answer


EVERYTHING = Offers(True, True, True, FilterKey(bytes(32)))
BODIES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            b'{"statements": ["a.b.c"]}',
            b'{"resCode": 0, "res": [{}]}',
            b'{"bizPackage": "{}", "sign": "", "keyId": "a"}',
            b'{"code": 0, "data": null}',
            b'{"changes": [1, {}], "last": "x"}',
            b'{"reference": "aaaaaaaaaaaaaaaaaaaa"}',
            b"[" * 3_000,
            b"\n\n",
            b'{"a": 1, "a": 2}',
            b'"\\ud800"',
        ]
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(issuer=st.sampled_from(sorted(SIMULATED)), body=BODIES, status=st.integers(200, 599))
def test_whoever_babbles_is_never_let_in(issuer: str, body: bytes, status: int) -> None:
    answer = HttpResponse(status, {"content-type": "application/json"}, body)
    tried = participant(issuer, EVERYTHING)
    seen = see(tried, Babbling(answer))
    rows = rows_of(checks_for(issuer), seen, frozenset())
    assert not Report(Role.ISSUER, issuer, issuer, "", "", AT, rows).is_let_in


def test_a_run_without_an_answer_lets_nobody_in() -> None:
    rows = rows_of(
        checks_for("zhenjiang"),
        Observed(participant("zhenjiang"), "https://issuer.example", 3.0),
        frozenset(),
    )
    assert not Report(Role.ISSUER, "", "", "", "", AT, rows).is_let_in


def test_nothing_is_judged_that_was_not_asked() -> None:
    seen = see(participant("beijing"), simulated("beijing"))
    verdicts = {each.id: each.judge(seen) for each in checks_for("beijing")}
    for name in ("batch.order", "corrections.once", "list.signed", "filter.made", "scan.foreign"):
        assert isinstance(verdicts[name], NotTried), name
