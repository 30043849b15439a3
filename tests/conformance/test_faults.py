"""Every planted fault is found by the check that is meant for it, and by no other."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.certificates import signed_by_itself
from tests.conformance.conftest import Federation, see
from tests.conformance.faults import FAULTS, Fault
from tests.conformance.hosting import shaking_hands, untrusted_server
from tests.conformance.issuers import Tried
from tests.connection import NO_AUTHORITIES
from tongxing.conformance.certificates import LASTS_AT_LEAST
from tongxing.conformance.check import Failed
from tongxing.conformance.issuer.catalogue import ISSUER_CHECKS, checks_for
from tongxing.conformance.issuer.observed import Load, Observed
from tongxing.conformance.trying import certificate_lasts
from tongxing.sandbox.issuers.misbehavior import TRANSPORT_MODES, Mode, Switch

MODES = {
    Mode.HTTP_500: "http.status",
    Mode.HTTP_503: "http.status",
    Mode.HTML_PAGE: "json.text",
    Mode.HTTP_204: "http.status",
    Mode.REDIRECT: "http.no-redirect",
    Mode.TRUNCATED: "http.answers",
    Mode.ENDLESS: "http.size",
    Mode.OVERSIZED: "http.size",
    Mode.GARBAGE_JSON: "json.text",
    Mode.BUSY: "http.status",
    Mode.NO_ACCESS: "http.access",
    Mode.WRONG_KEY: "statement.signature",
    Mode.RETIRED_KEY: "key.retired",
    Mode.OTHER_ISSUERS_KEY: "key.listed",
    Mode.UNSIGNED: "statement.envelope",
    Mode.ANOTHER_HOLDER: "statement.holder",
    Mode.YESTERDAY: "time.signed-now",
    Mode.STALE_STATE: "code.age",
    Mode.UNMAPPED_VALUE: "code.words",
    Mode.BROKEN_INNER_JSON: "statement.content",
    Mode.WRONG_BINDING: "statement.holder",
    Mode.TURNED_RED: "code.color",
}
"""What the reference issuers can get wrong about one person, with the check that finds it."""

OTHERWISE_BY = {
    ("sukangma", Mode.NO_ACCESS): "statement.given",
    ("sukangma", Mode.BROKEN_INNER_JSON): "json.text",
    ("national", Mode.BUSY): "statement.given",
    ("national", Mode.NO_ACCESS): "statement.given",
}
"""What another format writes into a body that can be read."""

LATE = {Mode.SLOW: "http.in-time", Mode.STALLED: "http.in-time", Mode.DRIP: "http.in-time"}
OTHERWISE = {
    "http.answers",
    "http.certificate",
    "http.certificate-lasts",
    "http.encrypted",
    "http.in-time",
    "http.credential",
    "load.in-time",
}
"""Planted in tests of their own below."""


def failed(seen: Observed) -> set[str]:
    verdicts = {each.id: each.judge(seen) for each in checks_for(seen.participant.dialect)}
    return {name for name, verdict in verdicts.items() if isinstance(verdict, Failed)}


@contextmanager
def planted(fault: Fault, tried: Tried) -> Iterator[None]:
    tried.breakable.spoil = fault.plant(tried)
    try:
        yield
    finally:
        tried.breakable.spoil = None
        if fault.issuer == "member":
            tried.reference.misbehave(b"")


@pytest.mark.parametrize("issuer", ["zhenjiang", "sukangma", "national", "member"])
def test_an_issuer_that_is_right_fails_nothing(federation_of_four: Federation, issuer: str) -> None:
    assert failed(see(federation_of_four[issuer])) == set()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.check}: {fault.name}")
def test_a_planted_fault_is_found_by_its_own_check(
    federation_of_four: Federation, fault: Fault
) -> None:
    tried = federation_of_four[fault.issuer]
    with planted(fault, tried):
        seen = see(tried)
    assert failed(seen) == {fault.check}


@contextmanager
def misbehaving(tried: Tried, mode: Mode) -> Iterator[None]:
    """About the last person with a color: whoever is first decides whether all else is asked."""
    person = tried.participant.with_color()[1]
    value = "浅绿" if mode is Mode.UNMAPPED_VALUE else None
    switch = Switch(mode=mode, number=person.document.number, value=value)
    tried.reference._misbehaviors.switch_on(switch)
    try:
        yield
    finally:
        tried.reference._misbehaviors.end()


EACH_ITS_OWN = [
    *(("zhenjiang", mode) for mode in MODES),
    *(("sukangma", mode) for mode in MODES if mode not in TRANSPORT_MODES),
    *(("national", mode) for mode in MODES if mode not in TRANSPORT_MODES),
]
"""The faults of a connection are the same for every issuer."""


@pytest.mark.parametrize(("issuer", "mode"), EACH_ITS_OWN)
def test_what_a_reference_issuer_can_get_wrong_is_found(
    federation_of_four: Federation, issuer: str, mode: Mode
) -> None:
    tried = federation_of_four[issuer]
    with misbehaving(tried, mode):
        seen = see(tried)
    assert failed(seen) == {OTHERWISE_BY.get((issuer, mode), MODES[mode])}


@pytest.mark.parametrize(("mode", "check"), LATE.items())
def test_an_issuer_that_is_late_is_asked_nothing_more(
    federation_of_four: Federation, mode: Mode, check: str
) -> None:
    tried = federation_of_four["zhenjiang"]
    showing = replace(tried, participant=tried.showing())
    tried.reference._misbehaviors.switch_on(Switch(mode=mode, seconds=60))
    try:
        seen = see(replace(showing, signer=None), deadline=0.2)
    finally:
        tried.reference._misbehaviors.end()
    assert failed(seen) == {check}
    assert len(seen.exchanges()) == 1


def test_every_misbehavior_has_a_check() -> None:
    assert MODES.keys() | LATE.keys() == set(Mode)


def test_a_certificate_that_nobody_vouches_for_is_found(
    federation_of_four: Federation, tmp_path: Path
) -> None:
    tried = replace(federation_of_four["zhenjiang"], signer=None)
    with untrusted_server(tmp_path) as url:
        assert failed(see(tried, url=url)) == {"http.certificate"}


def test_a_certificate_that_ends_soon_is_told_of(
    federation_of_four: Federation, tmp_path: Path
) -> None:
    """As ``certificate_lasts`` reads it off a server that is believed."""
    serving = signed_by_itself(tmp_path / "server.pem", "localhost")
    believing = ssl.create_default_context(cafile=tmp_path / "server.pem")
    at = datetime.now(UTC)
    with shaking_hands(serving) as port:
        lasts = certificate_lasts(f"https://localhost:{port}", believing, at)
        unbelieved = certificate_lasts(f"https://localhost:{port}", NO_AUTHORITIES, at)
    assert lasts is not None
    assert timedelta(hours=23) < lasts <= timedelta(days=1)
    assert unbelieved is None
    seen = see(federation_of_four["member"])
    assert failed(replace(seen, certificate_lasts=lasts)) == {"http.certificate-lasts"}
    assert failed(replace(seen, certificate_lasts=LASTS_AT_LEAST)) == set()


def test_a_connection_without_tls_is_no_https(federation_of_four: Federation) -> None:
    tried = replace(federation_of_four["zhenjiang"], signer=None)
    seen = see(tried, url=tried.url.replace("http://", "https://"))
    assert failed(seen) == {"http.certificate"}


def test_plain_http_to_another_machine_is_found(federation_of_four: Federation) -> None:
    seen = see(federation_of_four["member"], claimed="http://issuer.example")
    assert failed(seen) == {"http.encrypted"}


def test_nobody_listens(federation_of_four: Federation) -> None:
    tried = replace(federation_of_four["zhenjiang"], signer=None)
    assert failed(see(tried, url="http://127.0.0.1:1")) == {"http.answers"}


def test_an_issuer_that_takes_any_credential_is_found(federation_of_four: Federation) -> None:
    tried = federation_of_four["member"]
    tried.breakable.opens_to_all = True
    try:
        seen = see(tried)
    finally:
        tried.breakable.opens_to_all = False
    assert failed(seen) == {"http.credential"}


def test_a_crowd_that_waits_too_long_is_found(federation_of_four: Federation) -> None:
    seen = see(federation_of_four["member"], deadline=60)
    assert failed(replace(seen, load=Load((), (0.1,) * 98 + (61.0,) * 2))) == {"load.in-time"}


def test_every_check_has_a_fault() -> None:
    """A check that no fault is planted for could be one that cannot fail."""
    found = {fault.check for fault in FAULTS} | set(MODES.values()) | set(LATE.values())
    assert {check.id for check in ISSUER_CHECKS} == found | OTHERWISE


def test_no_two_checks_or_faults_share_a_name() -> None:
    assert len({check.id for check in ISSUER_CHECKS}) == len(ISSUER_CHECKS)
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
