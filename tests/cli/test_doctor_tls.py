"""The doctor looks at the hub's own certificate: the pair, its names, its end, the key's mode."""

import shutil
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from tests.authority import Authority, Pair
from tests.cli.conftest import NOBODY_LISTENS
from tests.connection import PATIENCE_SECONDS
from tongxing.gateway.cli.doctor import examine
from tongxing.gateway.operation.check_surroundings import examine_port
from tongxing.gateway.operation.diagnosis import Diagnosis
from tongxing.gateway.settings import Settings
from tongxing.gateway.settings_file import load_settings
from tongxing.sandbox.provisioning.layout import Layout

URL = "https://hub.example:8443"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def pair(authority: Authority) -> Pair:
    return authority.certify("hub.example")


def settings_of(layout: Layout, pair: Pair, **more: str) -> Settings:
    tls = {"LISTEN__TLS__CERTIFICATE": str(pair.file), "LISTEN__TLS__KEY": str(pair.key)}
    given = {"HUB__URL": URL, **tls, **more}
    return load_settings(
        layout.settings, {f"TONGXING_{name}": text for name, text in given.items()}
    )


def wrong(settings: Settings, at: datetime | None = None) -> list[Diagnosis]:
    found = [each.diagnosis for each in examine(settings, at or datetime.now(UTC))]
    return [each for each in found if not each.is_well and NOBODY_LISTENS not in each.about]


def test_a_good_pair_is_well(layout: Layout, pair: Pair) -> None:
    assert wrong(settings_of(layout, pair)) == []


FAULTS: dict[str, tuple[Callable[[Authority, Pair], object], str]] = {
    "a key open to others": (lambda _, pair: pair.key.chmod(0o640), "open to other accounts"),
    "no key": (lambda _, pair: pair.key.unlink(), "is missing"),
    "no certificate": (lambda _, pair: pair.file.unlink(), "cannot be read"),
    "no PEM": (lambda _, pair: pair.file.write_text("x"), "MALFORMED"),
    "another's certificate": (
        lambda authority, pair: shutil.copy(authority.certify("other").file, pair.file),
        "OTHER_KEY",
    ),
    "soon at its end": (
        lambda authority, _: authority.certify("hub.example", timedelta(days=6)),
        "ends on",
    ),
    "for another name": (
        lambda authority, pair: (
            shutil.copy(authority.certify("other.example").file, pair.file),
            shutil.copy(pair.key.with_name("other.example.key"), pair.key),
        ),
        "does not name the host of hub.url (hub.example)",
    ),
}


@pytest.mark.parametrize(("spoil", "said"), FAULTS.values(), ids=FAULTS)
def test_it_finds(
    layout: Layout,
    authority: Authority,
    pair: Pair,
    spoil: Callable[[Authority, Pair], object],
    said: str,
) -> None:
    settings = settings_of(layout, pair)
    spoil(authority, pair)
    (diagnosis,) = wrong(settings)
    assert said in diagnosis.wrong
    assert diagnosis.mend


NAMED = {
    "itself": ("hub.example", "https://hub.example"),
    "in capitals": ("Hub.Example", "https://hub.example"),
    "a wildcard": ("*.example", "https://hub.example"),
    "an address": ("hub.example", "https://127.0.0.1:8443"),
}


@pytest.mark.parametrize(("name", "url"), NAMED.values(), ids=NAMED)
def test_a_name_is_found_as_clients_find_it(
    layout: Layout, authority: Authority, name: str, url: str
) -> None:
    assert wrong(settings_of(layout, authority.certify(name), HUB__URL=url)) == []


def test_a_wildcard_is_one_label(layout: Layout, authority: Authority) -> None:
    pair = authority.certify("*.example")
    assert wrong(settings_of(layout, pair, HUB__URL="https://a.hub.example"))


def test_a_hub_that_runs_there_over_tls_is_no_fault(layout: Layout, pair: Pair) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.file, pair.key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with suppress(OSError), context.wrap_socket(connection, server_side=True):
                pass

        answering = Thread(target=answer)
        answering.start()
        port = str(listener.getsockname()[1])
        (diagnosis,) = examine_port(settings_of(layout, pair, LISTEN__PORT=port))
        answering.join(PATIENCE_SECONDS)
    assert diagnosis.is_well
    assert "the hub is running" in diagnosis.about


def test_another_program_there_is_one(layout: Layout, pair: Pair) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            connection.close()

        answering = Thread(target=answer)
        answering.start()
        port = str(listener.getsockname()[1])
        (diagnosis,) = examine_port(settings_of(layout, pair, LISTEN__PORT=port))
        answering.join(PATIENCE_SECONDS)
    assert "cannot listen there" in diagnosis.wrong
