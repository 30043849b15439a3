"""An assertion opens the door once: one after the other, all at once, anywhere, ever."""

import signal
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx2

from tests.acceptance.callers import Caller, calling, form
from tests.acceptance.hubs import RunningHub, serving
from tests.acceptance.standing import NewState
from tests.connection import connection

AT_ONCE = 16


def _statuses(urls: Sequence[str], assertion: str) -> list[int]:
    """Of one request to each of ``urls``, all under way at the same time."""
    with ExitStack() as stack, ThreadPoolExecutor(len(urls)) as pool:
        clients = [stack.enter_context(connection(url)) for url in urls]
        return sorted(pool.map(lambda client: _status(client, assertion), clients))


def _status(client: httpx2.Client, assertion: str) -> int:
    return client.post("/oauth/token", data=form(assertion)).status_code


def _once(times: int) -> list[int]:
    return [200] + [401] * (times - 1)


def test_one_after_the_other_the_second_is_refused(city: Caller) -> None:
    assertion = city.assertion()
    assert [city.ask_for_token(assertion).status_code for _ in range(3)] == _once(3)


def test_all_at_once_one_passes(hub: RunningHub, city: Caller) -> None:
    assert _statuses([hub.url] * AT_ONCE, city.assertion()) == _once(AT_ONCE)


def test_another_assertion_with_the_same_jti_is_refused(city: Caller) -> None:
    tokens = [city.key.jws({}, city.claims(jti="the-same", exp_=n)) for n in range(2)]
    assert [city.ask_for_token(token).status_code for token in tokens] == _once(2)


def test_two_clients_may_use_the_same_jti(city: Caller, station: Caller) -> None:
    for caller in (city, station):
        token = caller.key.jws({}, caller.claims(jti="of-two-clients"))
        assert caller.ask_for_token(token).status_code == 200


def test_a_refused_form_does_not_give_the_assertion_back(city: Caller) -> None:
    assertion = city.assertion()
    assert city.ask_for_token(assertion, scope="audit:read").status_code == 400
    assert city.ask_for_token(assertion).status_code == 401


def test_two_processes_of_one_database_let_one_pass(new_layout: NewState) -> None:
    layout = new_layout()
    with serving(layout) as one, serving(layout) as other, calling(one) as caller:
        for _ in range(3):
            assertion = caller.assertion()
            assert _statuses([one.url, other.url] * 4, assertion) == _once(8)


def test_a_restart_forgets_nothing(new_layout: NewState) -> None:
    layout = new_layout()
    with serving(layout) as hub, calling(hub) as caller:
        spent = [caller.assertion() for _ in range(2)]
        assert [caller.ask_for_token(assertion).status_code for assertion in spent] == [200, 200]
        hub.end(signal.SIGKILL)
    with serving(layout) as hub, calling(hub) as caller:
        assert caller.ask_for_token(spent[0]).status_code == 401
        assert hub.end(signal.SIGTERM) == 0
    with serving(layout) as hub, calling(hub) as caller:
        assert caller.ask_for_token(spent[1]).status_code == 401
        assert caller.ask_for_token(caller.assertion()).status_code == 200
