"""The doctor names each fault of a configuration and says how to mend it."""

import asyncio
import json
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from tests.acceptance.trust_lists import changed, payload_of, put, root_keys, signed
from tests.certificates import untrusted
from tests.cli.conftest import NOBODY_LISTENS
from tests.conftest import Tongxing
from tests.connection import PATIENCE_SECONDS
from tongxing.gateway.cli.doctor import examine
from tongxing.gateway.operation.check_surroundings import examine_issuers
from tongxing.gateway.operation.check_trust import examine_trust
from tongxing.gateway.operation.diagnosis import Diagnosis
from tongxing.gateway.operation.files import replace
from tongxing.gateway.settings_file import load_settings
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.head_file import head_file_of
from tongxing.gateway.storage.ownership import Owner, claim
from tongxing.sandbox.provisioning.layout import Layout


def _wrong(layout: Layout, at: datetime | None = None) -> list[Diagnosis]:
    """The faults found, apart from those of the three issuers, which do not run here."""
    found = examine(load_settings(layout.settings, {}), at or datetime.now(UTC))
    diagnoses = [each.diagnosis for each in found]
    return [d for d in diagnoses if not d.is_well and NOBODY_LISTENS not in d.about]


def test_a_fresh_sandbox_lacks_nothing_but_its_issuers(layout: Layout) -> None:
    assert _wrong(layout) == []


def test_issuers_that_do_not_answer_are_named(tongxing: Tongxing, layout: Layout) -> None:
    ran = tongxing("doctor", "--settings", layout.settings)
    assert ran.status == 1
    assert ran.out.count("does not answer") == 3
    assert "3 处需要修复 to mend" in ran.out


def _edit(old: str, new: str) -> Callable[[Layout], None]:
    def edit(layout: Layout) -> None:
        text = layout.settings.read_text("utf-8")
        assert old in text
        layout.settings.write_text(text.replace(old, new), "utf-8")

    return edit


def _empty_policies(layout: Layout) -> None:
    (layout.directory / "rules" / "zhenjiang-1.toml").unlink()


def _without_the_national_code(layout: Layout) -> None:
    text = layout.settings.read_text("utf-8")
    layout.settings.write_text(text[: text.rindex("[[issuers]]")], "utf-8")


def _share_a_filter_key(layout: Layout) -> None:
    file = layout.directory / "filter.key"
    replace(file, bytes(32), 0o644)
    _edit('dialect = "sukangma"', f'dialect = "sukangma"\nfilter_key = "{file}"')(layout)


def _claim_for_another(layout: Layout) -> None:
    async def claimed() -> None:
        async with Database.open(layout.database) as database:
            await claim(database, Owner("another-hub", "another key", "another holder key"))

    asyncio.run(claimed())


FAULTS: dict[str, tuple[Callable[[Layout], object], str, str]] = {
    "a missing key": (
        lambda layout: layout.hub_key.unlink(),
        "is missing",
        "correct the path",
    ),
    "a key open to others": (
        lambda layout: layout.holder_key.chmod(0o640),
        "open to other accounts",
        "chmod 600",
    ),
    "a key of another suite": (
        lambda layout: replace(layout.hub_key, layout.sm2_key.read_bytes()),
        "not a private key",
        "replace it",
    ),
    "a holder key cut short": (
        lambda layout: replace(layout.holder_key, b"short"),
        "shorter than 32 bytes",
        "replace it",
    ),
    "an empty credential": (
        lambda layout: replace(layout.issuers / "zhenjiang" / "credential", b"\n"),
        "not a bearer credential",
        "replace it",
    ),
    "a filter key open to others": (_share_a_filter_key, "open to other accounts", "chmod 600"),
    "a missing trust list": (
        lambda layout: layout.trust_list.unlink(),
        "cannot be read",
        "put it there",
    ),
    "a trust list of other root keys": (
        lambda layout: replace(layout.trust_list, b"{}"),
        "MALFORMED",
        "latest list",
    ),
    "an issuer that is not on the list": (
        _edit('id = "zhenjiang"\n', 'id = "anhui"\n'),
        "not on the trust list",
        "correct its id",
    ),
    "an unknown dialect": (
        _edit('dialect = "sukangma"', 'dialect = "henan"'),
        "dialect is unknown",
        "use one of zhenjiang",
    ),
    "an issuer that the policy needs": (
        _without_the_national_code,
        "needs national, not in the settings",
        "add the issuer",
    ),
    "no policies": (_empty_policies, "no policy file", "correct the file"),
    "a region without a policy": (
        _edit('region = "321100"', 'region = "110000"'),
        "no policy",
        "add a policy",
    ),
    "a database open to others": (
        lambda layout: layout.database.chmod(0o644),
        "open to others",
        "do what",
    ),
    "a database that is something else": (
        lambda layout: replace(layout.database, b"no database" * 100),
        "",
        "restore it",
    ),
    "a database that is gone": (lambda layout: layout.database.unlink(), "is gone", "restore it"),
    "another hub's database": (
        _claim_for_another,
        "is another hub's (hub.id, keys.hub, keys.holder)",
        "do what",
    ),
    "no place for a database": (
        _edit('profile = "open"', 'profile = "open"\ndatabase = "elsewhere/tongxing.sqlite3"'),
        "is missing",
        "mkdir",
    ),
    "the open profile beyond this machine": (
        _edit('"127.0.0.1"', '"0.0.0.0"'),
        "shows its schema and GraphiQL beyond this machine",
        'set profile = "production"',
    ),
    "a credential with a space inside": (
        lambda layout: replace(layout.issuers / "zhenjiang" / "credential", b"two words\n"),
        "not a bearer credential",
        "replace it",
    ),
    "a credential of the figures that is short": (
        lambda layout: replace(layout.metrics_credential, b"short\n"),
        "at least 16",
        "replace it",
    ),
    "an address that leaves a pass no room": (
        _edit("[listen]", f'url = "https://{"h" * 60}.example.cn"\n[listen]'),
        "too long for the code by",
        "shorten hub.url or hub.id",
    ),
    "a port that cannot be had": (
        _edit('"127.0.0.1"', '"192.0.2.1"'),
        "cannot listen there",
        "set listen.port",
    ),
}


@pytest.mark.parametrize(("spoil", "wrong", "mend"), FAULTS.values(), ids=FAULTS)
def test_it_finds(
    with_one_policy: Layout, spoil: Callable[[Layout], object], wrong: str, mend: str
) -> None:
    spoil(with_one_policy)
    (diagnosis,) = _wrong(with_one_policy)
    assert wrong in diagnosis.wrong
    assert mend in diagnosis.mend


def test_it_warns_a_week_before_the_trust_list_ends(layout: Layout) -> None:
    (diagnosis,) = _wrong(layout, datetime.now(UTC) + timedelta(days=25))
    assert "the hub then believes no issuer" in diagnosis.wrong


def test_it_says_of_an_issuers_address_what_serve_says(tongxing: Tongxing, layout: Layout) -> None:
    """``serve`` did not start with it, and the doctor found all well."""
    _edit(f'url = "{NOBODY_LISTENS}"', 'url = "http://127.0.0.1/health code"')(layout)
    found, served = (
        tongxing(command, "--settings", layout.settings) for command in ("doctor", "serve")
    )
    assert found.status == served.status == 1
    assert "issuers[0].url" in found.complaint
    assert found.complaint == f"tongxing: {json.loads(served.complaint)['said']}"


def test_a_certificate_that_proves_nothing_is_named(layout: Layout, tmp_path: Path) -> None:
    context = untrusted(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        _edit(f'url = "{NOBODY_LISTENS}"', f'url = "https://127.0.0.1:{port}"')(layout)
        settings = load_settings(layout.settings, {})
        answering = Thread(target=_shake_hands, args=(listener, context, len(settings.issuers)))
        answering.start()
        found = list(examine_issuers(settings, datetime.now(UTC)))
        answering.join(PATIENCE_SECONDS)
    assert {each.wrong for each in found} == {
        "证书不能证明应答者的身份 its certificate does not prove who answers"
    }


def test_each_address_of_an_issuer_is_asked(layout: Layout) -> None:
    silent = f"{NOBODY_LISTENS}/south"
    _edit(f'url = "{NOBODY_LISTENS}"', f'url = "{NOBODY_LISTENS}"\nreplicas = ["{silent}"]')(layout)
    settings = load_settings(layout.settings, {})
    found = [each.about for each in examine_issuers(settings, datetime.now(UTC))]
    with_replicas = [each for each in settings.issuers if each.replicas]
    assert with_replicas
    for issuer in with_replicas:
        assert {f"{issuer.id} at {url}" for url in (NOBODY_LISTENS, silent)} <= set(found)


def _shake_hands(listener: socket.socket, context: ssl.SSLContext, times: int) -> None:
    for _ in range(times):
        connection, _ = listener.accept()
        with suppress(OSError), context.wrap_socket(connection, server_side=True):
            pass


def test_plain_http_beyond_this_machine_is_pointed_out(layout: Layout) -> None:
    _edit('profile = "open"', 'profile = "production"')(layout)
    _edit('"127.0.0.1"', '"0.0.0.0"')(layout)
    (port,) = [
        each.diagnosis
        for each in examine(load_settings(layout.settings, {}), datetime.now(UTC))
        if "port 0" in each.diagnosis.about
    ]
    assert port.is_well
    assert "TLS" in port.about


def test_it_makes_nothing(layout: Layout, tmp_path: Path) -> None:
    layout.database.unlink()
    head_file_of(layout.database).unlink()
    before = sorted(tmp_path.rglob("*"))
    _wrong(layout)
    assert sorted(tmp_path.rglob("*")) == before


def _signing_nothing(layout: Layout, url: str) -> list[Diagnosis]:
    """What is found of the trust list where Zhenjiang signs nothing and is asked at ``url``."""
    payload = payload_of(layout)
    zhenjiang, *others = payload["issuers"]
    unsigned = zhenjiang | {"keys": [], "channel_only": True}
    put(layout, signed(changed(payload, by=1, issuers=[unsigned, *others]), root_keys(layout)))
    _edit(f'dialect = "zhenjiang"\nurl = "{NOBODY_LISTENS}"', f'dialect = "anhui"\nurl = "{url}"')(
        layout
    )
    diagnoses = examine_trust(load_settings(layout.settings, {}), datetime.now(UTC))
    return [each for each in diagnoses if not each.is_well]


def test_an_issuer_that_signs_nothing_has_to_be_who_it_is(layout: Layout) -> None:
    (diagnosis,) = _signing_nothing(layout, "http://zhenjiang.example")
    assert "plain HTTP" in diagnosis.wrong
    assert "https" in diagnosis.mend


@pytest.mark.parametrize("url", ["https://zhenjiang.example", "http://127.0.0.1:9"])
def test_over_tls_or_on_this_machine_it_lacks_no_keys(layout: Layout, url: str) -> None:
    assert _signing_nothing(layout, url) == []
