"""One issuer that is out of time is wrong; all of them at once means that the hub is."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from tongxing.gateway.answering.clock_evidence import ClockEvidence

AHEAD: Mapping[str, tuple[Mapping[str, float], bool]] = {
    "all three from the future": ({"zhenjiang": 61, "sukangma": 61.5, "national": 62}, True),
    "all three from the past": ({"zhenjiang": -7_200, "sukangma": -7_200, "national": -121}, True),
    "one of three from the future": ({"zhenjiang": 61, "sukangma": 0.1, "national": 0}, False),
    "two of three from the future": ({"zhenjiang": 61, "sukangma": 90, "national": 0}, False),
    "in both directions": ({"zhenjiang": 61, "sukangma": -130}, False),
    "the only one from the future": ({"zhenjiang": 61}, False),
    "all in time": ({"zhenjiang": 60, "sukangma": -120, "national": 1}, False),
}


@pytest.mark.parametrize(("ahead", "is_ours"), AHEAD.values(), ids=AHEAD)
def test_whose_clock_is_wrong(ahead: Mapping[str, float], *, is_ours: bool) -> None:
    told: list[float] = []
    evidence = ClockEvidence(told.append)
    for _ in range(2):
        for issuer, seconds in ahead.items():
            evidence.heard(issuer, timedelta(seconds=seconds))
    assert evidence.is_against_us() is is_ours
    assert len(told) == 1 or not is_ours


def test_once_an_issuer_is_in_time_again_the_hub_is_believed() -> None:
    evidence = ClockEvidence(lambda _: None)
    for issuer in ("zhenjiang", "sukangma"):
        evidence.heard(issuer, timedelta(seconds=61))
    evidence.heard("zhenjiang", timedelta(seconds=1))
    assert not evidence.is_against_us()


def test_replayed_answers_of_two_issuers_do_not_excuse_each_other() -> None:
    evidence = ClockEvidence(lambda _: None)
    evidence.heard("national", timedelta(seconds=0.2))
    for issuer in ("zhenjiang", "sukangma"):
        evidence.heard(issuer, timedelta(days=-1))
    assert not evidence.is_against_us()
