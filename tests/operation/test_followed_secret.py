"""A secret that an issuer shares with the hub is replaced under a running hub."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tongxing.adapters.credential import Credential
from tongxing.gateway.operation.credentials import bearer_credential
from tongxing.gateway.operation.followed_secret import FollowedSecret, are_refused
from tongxing.gateway.settings import OtherHubSettings
from tongxing.gateway.wiring.to_hubs import Assertions
from tongxing.keys import base64url
from tongxing.keys.signing import Es256Signer
from tongxing.keys.suites import BadSignature, check_signature

AT = datetime(2020, 3, 6, 9, 30, tzinfo=UTC)


class Told:
    def __init__(self) -> None:
        self.said: list[tuple[str, ...]] = []

    def issuer_secret_replaced(self, issuer: str, file: str) -> None:
        self.said.append((issuer, file))

    def issuer_secret_refused(self, issuer: str, file: str, code: str) -> None:
        self.said.append((issuer, file, code))


class Bench:
    def __init__(self, path: Path) -> None:
        self.path, self.told = path, Told()
        self.credential = Credential("first")
        path.write_bytes(b"first\n")
        self.secret = FollowedSecret("anhui", "credential", path, b"first\n", self._take)

    def _take(self, content: bytes) -> None:
        self.credential.replace(bearer_credential(content))

    async def look(self, at: datetime = AT) -> None:
        await self.secret.look(self.told, at)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "credential")


async def test_a_new_one_is_used_and_the_one_before_stays_known(bench: Bench) -> None:
    await bench.look()
    assert bench.told.said == []
    bench.path.write_bytes(b"second\n")
    for _ in range(2):
        await bench.look()
    assert (bench.credential.now, bench.credential.known) == ("second", ("second", "first"))
    assert bench.told.said == [("anhui", "credential")]


async def test_of_a_third_one_the_first_is_forgotten(bench: Bench) -> None:
    for content in (b"second", b"third"):
        bench.path.write_bytes(content)
        await bench.look()
    assert bench.credential.known == ("third", "second")


BAD = {"empty": b"", "two lines": b"a\nb", "Chinese": "令牌".encode(), "gone": None}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
async def test_one_that_cannot_be_used_changes_nothing_and_is_told_once_an_hour(
    bench: Bench, content: bytes | None
) -> None:
    if content is None:
        bench.path.unlink()
    else:
        bench.path.write_bytes(content)
    code = "UNREADABLE" if content is None else "MALFORMED"
    for minutes in (0, 1, 59, 60):
        await bench.look(AT + timedelta(minutes=minutes))
    assert bench.told.said == [("anhui", "credential", code)] * 2
    assert are_refused([bench.secret])
    assert bench.credential.now == "first"
    bench.path.write_bytes(b"second")
    await bench.look()
    assert (bench.credential.now, are_refused([bench.secret])) == ("second", False)


def test_a_secret_is_not_printed(bench: Bench) -> None:
    assert "first" not in repr(bench.secret)


class Asking:
    """A hub that asks another one with the key in a file."""

    def __init__(self, directory: Path) -> None:
        self.path, self.told = directory / "city.pem", Told()
        self.first = self.put()
        hub = OtherHubSettings(
            id="city-hub", url="https://city.example", client_id="own-hub", key=self.path
        )
        self.assertions = Assertions(hub)
        self.secret = self.assertions.followed()

    def put(self) -> Es256Signer:
        signer = Es256Signer.generate()
        self.path.write_bytes(signer.to_pem())
        return signer

    def is_signed_by(self, signer: Es256Signer) -> bool:
        head, payload, signature = self.assertions.make(AT).split(".")
        signed = f"{head}.{payload}".encode()
        try:
            check_signature(signer.public_key, signed, base64url.decode(signature))
        except BadSignature:
            return False
        return True


async def test_the_key_with_which_another_hub_is_asked_is_replaced_without_a_restart(
    tmp_path: Path,
) -> None:
    asking = Asking(tmp_path)
    assert asking.is_signed_by(asking.first)
    second = asking.put()
    await asking.secret.look(asking.told, AT)
    assert asking.is_signed_by(second)
    asking.path.write_bytes(b"no key")
    await asking.secret.look(asking.told, AT)
    assert asking.is_signed_by(second)
    assert asking.told.said == [("city-hub", "key"), ("city-hub", "key", "MALFORMED")]
