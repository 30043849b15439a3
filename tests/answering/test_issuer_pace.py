"""What cannot be answered in time is refused at once; what can is not."""

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.people import GATE, WANG
from tests.answering.held_issuer import Held, asking, held, link_to, moment, outcomes
from tongxing.adapters.dialect import ByCode
from tongxing.adapters.wire import CONCURRENT_EXCHANGES
from tongxing.gateway.answering.issuer_pace import REMEMBERED, IssuerPace
from tongxing.schema import Outcome

AT_ONCE, EXCHANGES = 10, 4
WAVE = AT_ONCE * EXCHANGES


@dataclass(frozen=True)
class Case:
    took: Sequence[float]
    before: int
    left: float
    is_hopeless: bool


CASES = {
    "nothing is known yet": Case((), 10_000, 0.1, is_hopeless=False),
    "it is next": Case((5.0,), 0, 0.1, is_hopeless=False),
    "it leaves with others": Case((1.0,), WAVE - 1, 1.0, is_hopeless=False),
    "it leaves after others": Case((1.0,), WAVE, 1.9, is_hopeless=True),
    "there is just time": Case((1.0,), WAVE, 2.0, is_hopeless=False),
    "one was quick": Case((1.0, 0.1, 1.0), 5 * WAVE, 1.0, is_hopeless=False),
    "no time is left": Case((0.1,), 1, 0.0, is_hopeless=True),
    "the quick one was long ago": Case((0.1, *[1.0] * REMEMBERED), WAVE, 1.0, is_hopeless=True),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_who_is_refused(case: Case) -> None:
    pace = IssuerPace(AT_ONCE, EXCHANGES)
    for seconds in case.took:
        pace.took(seconds)
    assert pace.is_hopeless(case.before, case.left) is case.is_hopeless


SECONDS = st.floats(0.001, 10.0)


@given(
    took=st.lists(SECONDS, min_size=1, max_size=REMEMBERED),
    before=st.integers(0, 500),
    left=SECONDS,
)
def test_who_could_be_in_time_is_never_refused(took: list[float], before: int, left: float) -> None:
    """An issuer that is always as quick as it was at its best, and whose exchanges under way end
    at this moment."""
    pace = IssuerPace(AT_ONCE, EXCHANGES)
    for seconds in took:
        pace.took(seconds)
    answered_at = sum(min(took) for _ in range(0, before + 1, WAVE))
    if answered_at <= left * (1 - 1e-9):
        assert not pace.is_hopeless(before, left)


@pytest.fixture
def readers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as threads:
        yield threads


SLOW_SECONDS = 0.2


async def test_a_scan_behind_a_slow_issuers_queue_is_busy_at_once(
    readers: ThreadPoolExecutor,
) -> None:
    """Every place is taken, and as many wait: for one more there is no time. The issuer never sees
    it, and the circuit does not hear of it."""
    issuer: Held = held()
    link = link_to(issuer, readers)
    first = asking(link, moment(), scan(0))
    await issuer.came()
    await asyncio.sleep(SLOW_SECONDS)
    issuer.let_go(0)
    await first
    filling = [asking(link, moment(), scan(n)) for n in range(1, 2 * CONCURRENT_EXCHANGES + 1)]
    await issuer.came(1 + CONCURRENT_EXCHANGES)
    last = scan(1_000)
    assert outcomes(await asking(link, moment(seconds=SLOW_SECONDS), last), last) == [Outcome.BUSY]
    assert len(issuer.asked) == 1 + CONCURRENT_EXCHANGES
    patient = asking(link, moment(), scan(1_001))
    issuer.open()
    await asyncio.gather(*filling)
    assert outcomes(await patient, scan(1_001)) != [Outcome.BUSY]
    assert outcomes(await asking(link, moment(), WANG), WANG) == [Outcome.VERIFIED]


def scan(number: int) -> ByCode:
    return ByCode(f"ZJC1.{number}", GATE)
