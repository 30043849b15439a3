"""The doctor at hubs that run: what they lack, what ends, who disagrees; in words and as JSON."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.acceptance.hubs import RunningHub, await_that, serving
from tests.acceptance.standing import NewState
from tests.acceptance.trust_lists import changed, payload_of, put, root_keys, signed
from tests.cli.conftest import NOBODY_LISTENS
from tests.conftest import Tongxing
from tongxing.gateway.cli.doctor import Examined, checks
from tongxing.gateway.operation.check_running import examine_running
from tongxing.gateway.operation.diagnosis import Diagnosis
from tongxing.gateway.settings_file import load_settings
from tongxing.sandbox.provisioning.layout import Layout

AT = datetime(2026, 1, 1, tzinfo=UTC)
CHECKS = [
    "SECRETS",
    "TLS",
    "LIBRARIES",
    "TRUST_LIST",
    "DIALECTS",
    "POLICIES",
    "DATABASE",
    "HOLDERS",
    "SHARED_CACHE",
    "DOCUMENTS",
    "PASSES",
    "PORT",
    "ISSUERS",
    "SIGN_IN",
    "RUNNING",
]
"""Programs go by these words: one is added, and none is taken away."""


def test_the_words_of_the_checks_stay(layout: Layout) -> None:
    assert list(checks(load_settings(layout.settings, {}), AT, ())) == CHECKS


def _found(ran_out: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(ran_out)["checks"]
    return found


@pytest.mark.processes
def test_a_hub_that_runs_well_is_asked_for_readiness_and_figures(
    new_layout: NewState, tongxing: Tongxing
) -> None:
    with serving(new_layout(), operation__port=0) as hub:
        assert hub.operation is not None
        words = ("--settings", hub.layout.settings, "--url", hub.operation)
        ran = tongxing("doctor", "--json", *words)
        read = tongxing("doctor", *words)
    of_it = [each for each in _found(ran.out) if each["check"] == "RUNNING"]
    assert of_it[0] == {
        "check": "RUNNING",
        "state": "well",
        "about": f"{hub.operation} 就绪 readiness",
        "wrong": "",
        "mend": "",
    }
    assert {each["state"] for each in _found(ran.out)} <= {"well", "soon"}
    assert [each["about"] for each in of_it if each["state"] == "soon"] == [
        f"{hub.operation} 信任列表 trust list"
    ]
    assert ran.status == read.status == 3
    assert "1 处即将需要处理 to mend before long" in read.out


@pytest.mark.processes
def test_it_says_which_machine_goes_by_an_older_trust_list(new_layout: NewState) -> None:
    with ExitStack() as stack:
        here, there = (
            stack.enter_context(serving(new_layout(), operation__port=0)) for _ in range(2)
        )
        payload = payload_of(here.layout)
        put(here.layout, signed(changed(payload, by=1), root_keys(here.layout)))
        await_that(lambda: "tongxing_trust_list_version 2.0" in here.figures(), "it was taken")
        found = _examined([here, there])
    (behind,) = [each for each in found if "goes by trust list" in each.wrong]
    assert behind.about == there.operation
    assert "tongxinghubsdisagree" in behind.mend


@pytest.mark.processes
def test_it_says_what_a_hub_lacks_and_does_not_take(new_layout: NewState) -> None:
    with serving(new_layout(), operation__port=0) as hub:
        hub.layout.trust_list.write_bytes(b"{}")
        hub.await_event("trust_list_refused", 1)
        await_that(lambda: 'file_refused{file="trust_list"} 1.0' in hub.figures(), "it was told")
        found = _examined([hub])
    assert f"{hub.operation} trust_list" in {each.about for each in found if not each.is_well}


def _examined(hubs: Sequence[RunningHub]) -> list[Diagnosis]:
    credential = hubs[0].layout.metrics_credential.read_text("ascii").strip()
    urls = [hub.operation for hub in hubs if hub.operation is not None]
    return list(examine_running(urls, credential, datetime.now(UTC)))


@contextmanager
def _telling(figures: str, missing: Sequence[str] = ()) -> Iterator[str]:
    """What answers as a hub does."""

    class Told(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = figures
            if self.path == "/readyz":
                body = json.dumps({"checks": {"clock": "clock" not in missing}})
            self.send_response(503 if missing and self.path == "/readyz" else 200)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Told) as server:
        Thread(target=server.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def _in(days: float) -> float:
    return (AT + timedelta(days=days)).timestamp()


DISK = 'tongxing_disk_size_bytes{disk="database"} 100\ntongxing_disk_free_bytes{disk="database"} '
TOLD: dict[str, tuple[str, str, str]] = {
    "a policy that ends within 30 days": (
        f'tongxing_policy_expires_timestamp_seconds{{region="321100"}} {_in(29)}',
        "policy of region 321100",
        "soon",
    ),
    "a policy that ends later": (
        f'tongxing_policy_expires_timestamp_seconds{{region="321100"}} {_in(31)}',
        "",
        "well",
    ),
    "keys that have ended": (
        f'tongxing_issuer_keys_expire_timestamp_seconds{{issuer="i"}} {_in(-1)}',
        "keys of issuer i",
        "wrong",
    ),
    "little room": (f"{DISK}14", "", "soon"),
    "no room": (f"{DISK}4", "", "wrong"),
    "enough room": (f"{DISK}16", "", "well"),
    "news that is not heard": ("tongxing_news_unheard 1", "", "wrong"),
    "a key that is missing": ("tongxing_hub_key_missing 1", "", "wrong"),
    "a clock that is off": ("tongxing_database_clock_offset_seconds 2.5", "", "wrong"),
    "a feed that is not read": (
        f'tongxing_issuer_feed_read_timestamp_seconds{{issuer="i"}} {_in(-0.01)}',
        " i",
        "wrong",
    ),
    "a feed that is read": (
        f'tongxing_issuer_feed_read_timestamp_seconds{{issuer="i"}} {_in(0)}',
        "",
        "well",
    ),
    "errors": ("tongxing_unexpected_errors_total 3", "", "soon"),
    "a worker that is behind": (
        'tongxing_trust_list_version{pid="7"} 2\ntongxing_trust_list_version{pid="8"} 3',
        " 7",
        "wrong",
    ),
    "what is no figure": ("<html>", "figures", "wrong"),
}


@pytest.mark.parametrize(("figures", "about", "state"), TOLD.values(), ids=TOLD)
def test_it_finds_in_the_figures(figures: str, about: str, state: str) -> None:
    with _telling(f"{figures}\n") as url:
        _, *found = (Examined("RUNNING", each) for each in examine_running([url], "c", AT))
    assert [each.state for each in found] == ([] if state == "well" else [state])
    assert all(each.diagnosis.about.endswith(about) for each in found)


def test_what_is_missing_is_named() -> None:
    with _telling("", ["clock"]) as url:
        found = [each.wrong for each in examine_running([url], "c", AT) if not each.is_well]
    assert found == ["缺少 lacks clock，不作任何答复 and answers nobody"]


@pytest.mark.parametrize("credential", [None, "c"])
def test_a_hub_that_does_not_answer_is_named(credential: str | None) -> None:
    readiness, _ = examine_running([NOBODY_LISTENS], credential, AT)
    assert "does not answer" in readiness.wrong


STATES: dict[str, tuple[Callable[[Layout], object], int]] = {
    "a fault": (lambda layout: layout.hub_key.chmod(0o644), 1),
    "issuers that do not answer": (lambda _: None, 1),
}


@pytest.mark.parametrize(("spoil", "status"), STATES.values(), ids=STATES)
def test_the_exit_status_says_how_bad_it_is(
    layout: Layout, tongxing: Tongxing, spoil: Callable[[Layout], object], status: int
) -> None:
    spoil(layout)
    ran = tongxing("doctor", "--json", "--settings", layout.settings)
    assert ran.status == status
    assert {each["check"] for each in _found(ran.out)} <= set(CHECKS)
    assert "wrong" in {each["state"] for each in _found(ran.out)}
