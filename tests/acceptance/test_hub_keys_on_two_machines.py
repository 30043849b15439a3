"""The hub's keys change on two machines over one PostgreSQL server: the private key is on both
before it is used, and both sign with it without a restart."""

import shutil
from collections.abc import Iterator

import pytest

from tests.acceptance.callers import calling
from tests.acceptance.hubs import RunningHub, await_that
from tests.acceptance.machines import Machines, two_machines
from tests.acceptance.rotating import Load, Operator, later_keys, published, signing_of
from tests.acceptance.standing import NewState
from tests.acceptance.test_corrections import report
from tests.conftest import Tongxing

pytestmark = [
    pytest.mark.processes,
    pytest.mark.parametrize("back_end", ["postgres"], indirect=True),
]

RED = "red_everywhere"


@pytest.fixture
def machines(back_end: str, new_layout: NewState) -> Iterator[Machines]:
    with two_machines(new_layout) as both:
        yield both


def copy_keys(source: RunningHub, target: RunningHub) -> None:
    """What an operator does between two machines."""
    for file in later_keys(source):
        shutil.copy2(file, target.layout.hub_key.parent)


def test_a_key_is_used_once_both_machines_have_it_and_nothing_is_refused(
    machines: Machines, tongxing: Tongxing
) -> None:
    operator = Operator(tongxing, machines.here)
    old = operator.signing()
    with Load(machines.here) as here, Load(machines.there) as there:
        here.go_on()
        there.go_on()
        operator.keys("new")
        (new,) = [each["kid"] for each in operator.listed() if each["state"] == "ANNOUNCED"]
        assert "is not there" in operator.refused("use", new)
        copy_keys(machines.here, machines.there)
        operator.await_held(new)
        operator.use(new)
        operator.await_signing(new, machines.there)
        here.go_on()
        there.go_on()
    assert (here.failures, there.failures) == ([], [])
    with calling(machines.there) as station, calling(machines.here) as city:
        assert signing_of(station) == signing_of(city) == new
        receipt = str(city.persona(RED)["receipt"])
        operator.keys("retire", old)
        assert report(station, receipt, RED, "zhenjiang")["state"] == "REPORTED"
    verified = tongxing("audit", "verify", "--settings", machines.there.layout.settings)
    assert verified.status == 0, verified.err


def test_a_machine_without_the_key_goes_on_until_the_overlap_ends_and_then_answers_nothing(
    machines: Machines, tongxing: Tongxing
) -> None:
    operator = Operator(tongxing, machines.here)
    old = operator.signing()
    operator.keys("new")
    (new,) = [each["kid"] for each in operator.listed() if each["state"] == "ANNOUNCED"]
    operator.keys("use", new, "--anyway")
    machines.there.await_event("hub_key_missing", 1)
    with calling(machines.there) as station:
        assert signing_of(station) == old
        operator.keys("retire", old)

        def answers_nothing() -> bool:
            return (
                station.http.post(
                    "/oauth/token", data={"grant_type": "client_credentials"}
                ).status_code
                != 200
                and not station.http.get("/readyz").json()["ready"]
            )

        await_that(answers_nothing, "nobody is answered without the key")
        copy_keys(machines.here, machines.there)
        machines.there.await_event("hub_key_found", 1)
        await_that(lambda: station.http.get("/readyz").json()["ready"], "it answers again")
    with calling(machines.there) as station:
        assert signing_of(station) == new
    assert published(machines.there.url)[0]["kid"] == new
