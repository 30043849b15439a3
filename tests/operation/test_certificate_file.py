"""The hub's own certificate: a new pair is taken whole or not at all, and its end is told."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.authority import LONG, Authority, Pair
from tongxing.gateway.operation.certificate_file import CertificateFile, CertificateRefused
from tongxing.gateway.settings import TlsSettings


class Told:
    """What operators were told, in order."""

    def __init__(self) -> None:
        self.all: list[str | int] = []
        self.ends: datetime | None = None

    def certificate_replaced(self) -> None:
        self.all.append("replaced")

    def certificate_refused(self, code: str) -> None:
        self.all.append(code)

    def certificate_ends(self, at: datetime) -> None:
        self.ends = at

    def certificate_ending(self, seconds: float) -> None:
        self.all.append(round(seconds / 3_600))


class Followed:
    """A certificate file with a clock that is set by hand."""

    def __init__(self, pair: Pair, client_ca: Path | None = None) -> None:
        self.at = datetime.now(UTC)
        self.told = Told()
        settings = TlsSettings(certificate=pair.file, key=pair.key, client_ca=client_ca)
        self.file = CertificateFile(settings, self.told, lambda: self.at)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def pair(authority: Authority) -> Pair:
    return authority.certify("hub")


async def test_a_pair_that_is_written_file_by_file_is_taken_without_a_complaint(
    authority: Authority, pair: Pair
) -> None:
    other, followed = authority.certify("other"), Followed(pair)
    first = followed.file.context
    shutil.copy(other.file, pair.file)
    await followed.file.look()
    assert followed.file.context is first
    shutil.copy(other.key, pair.key)
    await followed.file.look()
    assert followed.file.context is not first
    assert followed.told.all == ["replaced"]


async def test_what_does_not_fit_is_told_when_it_stays_and_again_after_an_hour(
    authority: Authority, pair: Pair
) -> None:
    followed = Followed(pair)
    first = followed.file.context
    shutil.copy(authority.certify("other").file, pair.file)
    for _ in range(4):
        await followed.file.look()
    assert (followed.told.all, followed.file.is_refused()) == (["OTHER_KEY"], True)
    followed.at += timedelta(hours=1)
    await followed.file.look()
    assert followed.told.all == ["OTHER_KEY"] * 2
    assert followed.file.context is first


async def test_the_pair_that_is_held_put_back_is_no_refusal(
    authority: Authority, pair: Pair
) -> None:
    followed = Followed(pair)
    shutil.copy(authority.certify("other").file, pair.file)
    for _ in range(2):
        await followed.file.look()
    pair.file.write_bytes(pair.pem)
    await followed.file.look()
    assert not followed.file.is_refused()
    assert followed.told.all == ["OTHER_KEY"]


async def test_a_file_that_is_gone_changes_nothing(pair: Pair) -> None:
    followed = Followed(pair)
    first = followed.file.context
    pair.key.unlink()
    await followed.file.look()
    assert (followed.told.all, followed.file.context) == (["UNREADABLE"], first)


async def test_another_authority_for_clients_is_taken_up(
    authority: Authority, pair: Pair, tmp_path: Path
) -> None:
    followed = Followed(pair, authority.file)
    before = followed.file.context.get_ca_certs()
    shutil.copy(Authority(tmp_path, "others").file, authority.file)
    await followed.file.look()
    assert followed.told.all == ["replaced"]
    assert followed.file.context.get_ca_certs() != before


def test_the_end_is_told_a_week_ahead_and_in_steps(pair: Pair) -> None:
    followed = Followed(pair)
    hours = (24 * 8, 167, 167, 71, 23, 5, 0.5, -0.5, -1.5)
    end = pair.certificate.not_valid_after_utc
    for each in hours:
        followed.at = end - timedelta(hours=each)
        followed.file.tell_of_end()
    assert followed.told.ends == end
    assert followed.told.all == [167, 71, 23, 5, 0, 0, -2]


def test_of_a_chain_the_first_end_counts(authority: Authority, pair: Pair) -> None:
    soon = authority.certify("soon", LONG / 2)
    pair.file.write_bytes(pair.pem + soon.pem)
    followed = Followed(pair)
    followed.file.tell_of_end()
    assert followed.told.ends == soon.certificate.not_valid_after_utc


BAD = {"no certificate": b"x", "half of one": b"-----BEGIN CERTIFICATE-----\nMIIB\n"}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_at_the_start_it_must_be_good(pair: Pair, content: bytes) -> None:
    pair.file.write_bytes(content)
    with pytest.raises(CertificateRefused):
        Followed(pair)
