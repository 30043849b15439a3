"""The ways to the server: TCP, a socket of this machine, TLS; with no more rights than needed."""

import re
from pathlib import Path

import pytest

from tests.adapters.people import AT
from tests.certificates import signed_by_itself
from tests.connection import PATIENCE_SECONDS
from tests.holder_keys import one
from tests.sharing.own_redis import OwnRedis
from tests.sharing.slow_line import SlowLine, listening
from tests.sharing.workers import Worker, running
from tongxing.adapters.dialect import Statement
from tongxing.gateway.answering.shared_statements import Role
from tongxing.gateway.answering.statement_cache import StatementKey
from tongxing.keys import HolderRef

pytestmark = pytest.mark.processes

HOLDER = one(HolderRef("A" * 22))
KEY = StatementKey("one", "city", "a")
STATED = Statement("city", "form", AT, (b"statement",), ())
OPERATORS = Path(__file__).parents[2] / "docs" / "operating" / "shared-cache.md"


async def shares(url: str, other_url: str | None = None) -> bool:
    """Whether what one worker is told another one finds, and hears of."""
    one, other = Worker(url), Worker(other_url or url)
    async with running(one, other):
        with one.shared.claiming({KEY: HOLDER}) as claimed:
            await one.shared.claim(claimed, PATIENCE_SECONDS)
            with other.shared.claiming({KEY: HOLDER}) as followed:
                await other.shared.claim(followed, PATIENCE_SECONDS)
                assert followed.roles == {KEY: Role.ANOTHER}
                await one.shared.tell(claimed, {KEY: (STATED, HOLDER)})
                await followed.told(PATIENCE_SECONDS)
                assert followed.bid.told.is_set()
        await one.shared.forget("elsewhere", HOLDER.ref)
        await other.shared.find([KEY])
        assert set(one.exchanges) == set(other.exchanges) == {"GOOD"}
        return await other.cache.get(KEY) == STATED


async def test_over_tcp_and_over_a_socket(own_redis: OwnRedis) -> None:
    own_redis.start()
    assert await shares(own_redis.url.replace("/0", "/1"), own_redis.socket_url)


async def test_with_a_password(own_redis: OwnRedis) -> None:
    own_redis.start("--requirepass", "s3c@ret")
    assert await shares(own_redis.url.replace("//", "//:s3c%40ret@"))


async def test_with_the_rights_that_operators_are_told_to_give(own_redis: OwnRedis) -> None:
    own_redis.start()
    (command,) = re.findall(
        r"^    (ACL SETUSER hub .*)$", OPERATORS.read_text("utf-8"), re.MULTILINE
    )
    own_redis.run(*command.replace("PASSWORD", "s3cret").split())
    own_redis.run("ACL", "SETUSER", "default", "off")
    assert await shares(own_redis.url.replace("//", "//hub:s3cret@"))


async def test_over_tls_to_whoever_has_a_good_certificate_for_the_name(
    own_redis: OwnRedis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_redis.start()
    certificate, line = tmp_path / "server.pem", SlowLine(own_redis.port)
    tls = signed_by_itself(certificate, "localhost")
    async with listening(line.serve, tls=tls) as port:
        unknown = Worker(f"rediss://localhost:{port}")
        async with running(unknown, wait=False):
            await unknown.away()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert await shares(f"rediss://localhost:{port}")
        another_name = Worker(f"rediss://127.0.0.1:{port}")
        async with running(another_name, wait=False):
            await another_name.away()
