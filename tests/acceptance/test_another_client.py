"""Nothing shows what another client asked: not the time of a state, not an answer that is kept."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone

import pytest

from tests.acceptance.callers import (
    COORDINATOR,
    STATION,
    Answer,
    Caller,
    calling,
    document_of,
    fields,
    history_of,
    outcomes,
    request_of,
)
from tests.acceptance.hubs import serving
from tests.acceptance.standing import Issuers, NewState
from tongxing.sandbox.town.records import IssuerName

PERSONA = "green_everywhere"
PROVINCE = "320000"
KEPT_SECONDS = 60.0
BEIJING = timezone(timedelta(hours=8))

HISTORY = """
query($input: TravelerInput!) {
  traveler(input: $input) {
    ... on TravelerRecognition { history { edges { node { asOf knownAt } } } }
  }
}
"""


@dataclass(frozen=True)
class Neighbors:
    """Three clients of one hub that keeps statements for longer than a test takes."""

    city: Caller
    station: Caller
    coordinator: Caller

    def province_asks(self) -> Answer:
        return self.coordinator.persona(PERSONA, region=PROVINCE)

    def station_asks(self) -> Answer:
        return self.station.persona(PERSONA, purpose="TRANSPORT")

    def city_asks(self) -> Answer:
        return self.city.persona(PERSONA)


@pytest.fixture
def here(new_layout: NewState) -> Iterator[Neighbors]:
    with serving(new_layout(), cache__seconds=KEPT_SECONDS) as hub, ExitStack() as stack:
        city = stack.enter_context(calling(hub))
        station = stack.enter_context(calling(hub, STATION))
        yield Neighbors(city, station, stack.enter_context(calling(hub, COORDINATOR)))


def asked(issuers: Issuers) -> int:
    """Calls that are about a traveler: the national platform's serial numbers are asked for many at
    a time, about nobody (decision 35)."""
    calls = [call for issuer in issuers.values() for call in issuer.calls().items()]
    return sum(number for path, number in calls if not path.endswith("/serial"))


def digests(answer: Answer) -> set[str]:
    return {source["evidenceDigest"] for source in answer["sources"]}


def test_a_client_is_answered_by_its_own_question_whichever_other_client_has_just_asked(
    here: Neighbors, issuers: Issuers
) -> None:
    before = asked(issuers)
    answers = [here.province_asks()]
    calls = asked(issuers) - before
    assert calls > 0
    for neighbor in (here.station_asks, here.city_asks):
        before, began = asked(issuers), datetime.now(UTC).replace(microsecond=0)
        answer = neighbor()
        assert asked(issuers) - before == calls
        assert datetime.fromisoformat(answer["asOf"]) >= began
        assert all(digests(answer).isdisjoint(digests(other)) for other in answers)
        answers.append(answer)


def test_a_client_meets_what_its_own_question_brought(here: Neighbors, issuers: Issuers) -> None:
    first = here.city_asks()
    here.province_asks()
    before = asked(issuers)
    again = here.city_asks()
    assert asked(issuers) == before
    assert (again["asOf"], digests(again)) == (first["asOf"], digests(first))


def test_a_history_tells_no_moment_at_which_another_client_asked(here: Neighbors) -> None:
    here.province_asks()
    request = request_of(fields(document_of(PERSONA)))
    history = history_of(here.city.data(HISTORY, request)["traveler"])
    assert history != []
    for entry in history:
        for day in (entry["asOf"], entry["knownAt"]):
            in_beijing = datetime.fromisoformat(day).astimezone(BEIJING)
            assert in_beijing.time() == time.min


def test_while_an_issuer_is_away_an_answer_does_not_live_on_what_another_client_heard(
    here: Neighbors, issuers: Issuers
) -> None:
    national = issuers[IssuerName.NATIONAL]
    with national.misbehaving("http_503"):
        without = here.station_asks()
    assert outcomes(here.province_asks())["national"] == "VERIFIED"
    with national.misbehaving("http_503"):
        answer = here.city_asks()
        assert outcomes(here.province_asks())["national"] == "VERIFIED"
    assert outcomes(answer) == outcomes(without)
    assert answer["color"] == without["color"] == "UNKNOWN"
