"""The hub ends TLS itself: its certificate, those of clients, and handshakes that go nowhere."""

import os
import shutil
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.acceptance.hubs import RunningHub, await_that, serving
from tests.acceptance.standing import NewState
from tests.authority import Authority, Pair
from tests.connection import PATIENCE_SECONDS
from tests.http.test_handshakes import first_bytes

pytestmark = pytest.mark.processes

HALF_OPEN = 200


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def pair(authority: Authority) -> Pair:
    return authority.certify("hub")


@contextmanager
def over_tls(new_layout: NewState, pair: Pair, **settings: object) -> Iterator[RunningHub]:
    tls = {"listen__tls__certificate": pair.file, "listen__tls__key": pair.key}
    with serving(new_layout(), **{**tls, **settings}) as hub:
        yield hub


def trusting(authority: Authority, shown: Pair | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authority.file)
    if shown is not None:
        context.load_cert_chain(shown.file, shown.key)
    return context


def get(
    hub: RunningHub, context: ssl.SSLContext, path: str = "/livez", **headers: str
) -> httpx2.Response:
    url = hub.url + path
    return httpx2.get(
        url, verify=context, trust_env=False, timeout=PATIENCE_SECONDS, headers=headers
    )


def figures(hub: RunningHub, context: ssl.SSLContext) -> list[str]:
    credential = hub.layout.metrics_credential.read_text("ascii").strip()
    return get(hub, context, "/metrics", authorization=f"Bearer {credential}").text.splitlines()


def connected(hub: RunningHub) -> socket.socket:
    parts = urlsplit(hub.url)
    return socket.create_connection((parts.hostname or "", parts.port or 0), PATIENCE_SECONDS)


def serial_shown(hub: RunningHub, context: ssl.SSLContext) -> int:
    """Of the certificate that a new connection gets."""
    with connected(hub) as plain, context.wrap_socket(plain, server_hostname="hub") as encrypted:
        return int(str((encrypted.getpeercert() or {})["serialNumber"]), 16)


def put(pair: Pair, other: Pair) -> None:
    """``other`` in the place of ``pair``, one file after the other."""
    shutil.copy(other.file, pair.file)
    shutil.copy(other.key, pair.key)


def test_it_speaks_tls_of_today_and_says_when_its_certificate_ends(
    new_layout: NewState, authority: Authority, pair: Pair
) -> None:
    context = trusting(authority)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with over_tls(new_layout, pair) as hub:
        assert hub.url.startswith("https://")
        assert get(hub, context).text == "ok"
        plain = connected(hub)
        with plain, context.wrap_socket(plain, server_hostname="hub") as encrypted:
            said = encrypted.version(), encrypted.selected_alpn_protocol()
        assert said == ("TLSv1.3", "http/1.1")
        name = 'tongxing_certificate_expires_timestamp_seconds{certificate="listen"}'
        [line] = [each for each in figures(hub, context) if each.startswith(name)]
    assert float(line.split()[1]) == pair.certificate.not_valid_after_utc.timestamp()


def old_version(context: ssl.SSLContext) -> None:
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")


def no_forward_secrecy(context: ssl.SSLContext) -> None:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES256-GCM-SHA384:AES128-SHA")


def no_aead(context: ssl.SSLContext) -> None:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA")


WEAK = {"TLS 1.1": old_version, "without forward secrecy": no_forward_secrecy, "CBC": no_aead}


def what_comes(plain: socket.socket) -> bytes:
    """An alert, or nothing."""
    try:
        return plain.recv(1_000)
    except ConnectionResetError:
        return b""


def test_what_is_weak_is_refused_and_stops_nobody(
    new_layout: NewState, authority: Authority, pair: Pair
) -> None:
    with over_tls(new_layout, pair) as hub:
        for weaken in WEAK.values():
            context = trusting(authority)
            weaken(context)
            with connected(hub) as plain, pytest.raises(ssl.SSLError):
                context.wrap_socket(plain, server_hostname="hub")
        with connected(hub) as plain:
            plain.sendall(b"GET /livez HTTP/1.1\r\nhost: hub\r\n\r\n")
            assert b"HTTP" not in what_comes(plain)
        assert get(hub, trusting(authority)).text == "ok"
        assert not hub.events("unexpected_error")


def test_handshakes_that_go_nowhere_stop_nobody(
    new_layout: NewState, authority: Authority, pair: Pair
) -> None:
    """In ``tests/http/test_handshakes.py`` there are more of them than there is room."""
    begun = first_bytes()
    with over_tls(new_layout, pair) as hub, ExitStack() as stack:
        for number in range(HALF_OPEN):
            waiting = stack.enter_context(connected(hub))
            waiting.sendall((b"", begun[:9], begun)[number % 3])
        assert get(hub, trusting(authority)).text == "ok"


def test_a_client_shows_a_certificate_of_the_named_authority_or_none(
    new_layout: NewState, authority: Authority, pair: Pair, tmp_path: Path
) -> None:
    others = Authority(tmp_path, "others")
    known, stranger = authority.certify("city"), others.certify("stranger")
    with over_tls(new_layout, pair, listen__tls__client_ca=authority.file) as hub:
        assert get(hub, trusting(authority)).text == "ok"
        assert get(hub, trusting(authority, known)).text == "ok"
        with pytest.raises(httpx2.HTTPError):
            get(hub, trusting(authority, stranger))


def test_where_one_is_required_nobody_connects_without(
    new_layout: NewState, authority: Authority, pair: Pair
) -> None:
    required = {"listen__tls__client_ca": authority.file, "listen__tls__clients": "required"}
    with over_tls(new_layout, pair, **required) as hub:
        assert get(hub, trusting(authority, authority.certify("city"))).text == "ok"
        with pytest.raises(httpx2.HTTPError):
            get(hub, trusting(authority))


def test_a_new_pair_is_taken_without_a_restart_and_one_that_does_not_fit_is_not(
    new_layout: NewState, authority: Authority, pair: Pair
) -> None:
    context, following = trusting(authority), authority.certify("following")
    with (
        over_tls(new_layout, pair) as hub,
        httpx2.Client(
            base_url=hub.url, verify=context, trust_env=False, timeout=PATIENCE_SECONDS
        ) as kept,
    ):
        assert kept.get("/livez").text == "ok"
        put(pair, following)
        hub.await_event("certificate_replaced", 1)
        new = following.certificate.serial_number
        await_that(lambda: serial_shown(hub, context) == new, "the new one is shown")
        assert kept.get("/livez").text == "ok"

        shutil.copy(authority.certify("another").file, pair.file)
        assert hub.await_event("certificate_refused", 1)["code"] == "OTHER_KEY"
        assert serial_shown(hub, context) == new
        refused = 'tongxing_file_refused{file="certificate"}'
        await_that(lambda: f"{refused} 1.0" in figures(hub, context), "the figure says so")

        shutil.copy(following.file, pair.file)
        await_that(lambda: f"{refused} 0.0" in figures(hub, context), "all is well")
        assert hub.await_event("certificate_replaced", 1)
        assert len(hub.events("certificate_replaced")) == 1


def test_an_answer_is_still_given_when_the_hub_ends(
    new_layout: NewState, authority: Authority, pair: Pair
) -> None:
    with over_tls(new_layout, pair) as hub, connected(hub) as stalled:
        stalled.sendall(b"\x16\x03\x01")
        assert get(hub, trusting(authority)).text == "ok"
        assert hub.end() == 0
        assert os.fstat(stalled.fileno())
