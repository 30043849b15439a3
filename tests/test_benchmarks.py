"""The benchmarks find their programs. They measure nothing here."""

import pytest

from benchmarks.stage import stage

pytestmark = pytest.mark.processes


def test_hub_peer_and_ceiling_start_and_the_hub_answers() -> None:
    with stage() as running:
        assert running.city.ask("{ __typename }", {}) == {"__typename": "Query"}
        assert {"hub", "peer", "ceiling"} < set(running.programs)
        assert running.calls() == 0
