"""An issuer whose answers are bad is left alone, by real HTTP, and found again when it is well."""

from collections.abc import Iterator
from itertools import count

import pytest

from tests.acceptance.callers import Caller, calling, fields, outcomes
from tests.acceptance.hubs import await_that, serving
from tests.acceptance.standing import FORGETFUL, Issuers, NewState
from tongxing.gateway.answering.share_circuit import BAD_EXCHANGES
from tongxing.sandbox.town.population import Population
from tongxing.sandbox.town.records import IssuerName

MODES = {
    "html_page": ("MALFORMED", "UNREADABLE"),
    "garbage_json": ("MALFORMED", "UNREADABLE"),
    "wrong_key": ("BAD_SIGNATURE", "BAD_SIGNATURES"),
    "retired_key": ("BAD_SIGNATURE", "BAD_SIGNATURES"),
}


def reach_of_national(caller: Caller) -> str:
    issuers = caller.data("{ federation { issuers { issuer { id } reach } } }")["federation"]
    reaches = {each["issuer"]["id"]: each["reach"] for each in issuers["issuers"]}
    return str(reaches[IssuerName.NATIONAL])


@pytest.mark.parametrize(("mode", "said"), MODES.items(), ids=MODES)
def test_an_issuer_with_bad_answers_is_left_alone_for_a_while(
    new_layout: NewState, issuers: Issuers, mode: str, said: tuple[str, str]
) -> None:
    """The national one, which is mandatory."""
    layout, (outcome, why) = new_layout(), said
    national, crowd, met = issuers[IssuerName.NATIONAL], Population(7, 2_000), list[str]()
    people: Iterator[int] = count()

    def came_to(wanted: str) -> bool:
        answer = caller.traveler(fields(crowd.person(next(people)).document))
        met.append(outcomes(answer)[IssuerName.NATIONAL])
        assert answer["color"] != "GREEN" or met[-1] == "VERIFIED"
        return met[-1] == wanted

    with serving(layout, **FORGETFUL) as hub, calling(hub) as caller:
        assert reach_of_national(caller) == "ASKED"
        with national.misbehaving(mode):
            await_that(lambda: came_to("CIRCUIT_OPEN"), "the issuer is left alone")
            assert reach_of_national(caller) == "BAD_ANSWERS"
            assert met.count(outcome) >= BAD_EXCHANGES
            assert f'tongxing_issuer_left_alone{{issuer="national",why="{why}"}} 1.0' in (
                hub.figures()
            )
        await_that(lambda: came_to("VERIFIED"), "the issuer is asked again")
        for event in ("issuer_left_alone", "issuer_asked_again"):
            assert [each["why"] for each in hub.events(event)] == [why]
        alarms = len(hub.events("integrity_alarm"))
        assert alarms == met.count("BAD_SIGNATURE")
