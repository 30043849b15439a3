"""The three dialects over real HTTP against the reference issuers, as processes of their own.

The reference issuers share no code with the adapters: where the two agree, they agree through
docs/wire-formats.md.
"""

import asyncio
import json
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from tests.adapters.people import GATE
from tests.adapters.signers import ISSUERS, REGIONS
from tests.connection import PATIENCE_SECONDS
from tests.sandbox.clients import RunningIssuer, running
from tongxing.adapters.adapter import Adapter
from tongxing.adapters.credential import Credential
from tongxing.adapters.dialect import ByCode, ByDocument, Question, Result, Statement
from tongxing.adapters.dialects import DIALECTS, HubIdentity
from tongxing.adapters.http_client import HttpClient
from tongxing.keys.signing import Sm2Signer
from tongxing.keys.suites import public_key_from_jwk
from tongxing.keys.trust_list import TrustedIssuer, TrustedKey, TrustList
from tongxing.sandbox.issuers.keystore import ensure_issuer
from tongxing.sandbox.issuers.misbehavior import INNATE
from tongxing.sandbox.town.documents import Document
from tongxing.sandbox.town.personas import PERSONAS
from tongxing.sandbox.town.records import IssuerName
from tongxing.schema import Basis, Color, DocumentKind, Outcome, SourceAnswer, TravelDocument

DAY = timedelta(days=1)
HUB_KEY = Sm2Signer.generate()
pytestmark = pytest.mark.asyncio(loop_scope="module")
every_issuer = pytest.mark.parametrize("issuer", ISSUERS)


def person(name: str) -> TravelDocument:
    document: Document = PERSONAS[name].document
    return TravelDocument.parse(DocumentKind[document.kind.value], document.number, document.name)


@dataclass
class Reached:
    """One reference issuer over real HTTP."""

    adapter: Adapter
    process: RunningIssuer
    trust_list: TrustList

    async def answers(
        self, *questions: Question, seconds: float = PATIENCE_SECONDS
    ) -> list[SourceAnswer]:
        at = datetime.now(UTC)
        deadline = asyncio.get_running_loop().time() + seconds
        results = await self.adapter.fetch(questions, at=at, deadline=deadline)
        return [
            self._source(result, question, at)
            for result, question in zip(results, questions, strict=True)
        ]

    def _source(self, result: Result, question: Question, at: datetime) -> SourceAnswer:
        if isinstance(result, Statement):
            return self.adapter.read(result, question, self.trust_list, at).source
        return SourceAnswer(issuer=self.adapter.issuer, outcome=result)  # type: ignore[arg-type]

    async def outcome(self, question: Question, seconds: float = PATIENCE_SECONDS) -> Outcome:
        (source,) = await self.answers(question, seconds=seconds)
        return source.outcome

    def code_of(self, name: str, **options: bool) -> ByCode:
        return ByCode(self.process.show(name, **options), GATE)


def trust_list_of(directory: Path) -> TrustList:
    """Believes each issuer's key in use, and lists the one it gave up as revoked."""
    at = datetime.now(UTC)
    issuers = {
        issuer: TrustedIssuer(
            issuer,
            "参考",
            "reference",
            "city",
            REGIONS[issuer],
            f"{issuer}:",
            _keys(directory / issuer, at),
            channel_only=False,
        )
        for issuer in ISSUERS
    }
    return TrustList(1, at - DAY, at + DAY, issuers, digest="test")


def _keys(folder: Path, at: datetime) -> dict[str, TrustedKey]:
    keys = {}
    for name, revoked_at in (("public_key.jwk", None), ("retired_public_key.jwk", at - DAY)):
        jwk = json.loads((folder / name).read_bytes())
        key = public_key_from_jwk(jwk)
        keys[jwk["kid"]] = TrustedKey(jwk["kid"], key, at - DAY, at + DAY, revoked_at)
    return keys


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("reference")
    for issuer in IssuerName:
        ensure_issuer(made, issuer)
    (made / "national" / "hub_key.jwk").write_text(json.dumps(HUB_KEY.public_jwk()))
    return made


@pytest.fixture(scope="module")
def processes(directory: Path) -> Iterator[dict[str, RunningIssuer]]:
    with ExitStack() as stack:
        yield {
            issuer.value: stack.enter_context(running(issuer, directory, "--population", "200"))
            for issuer in IssuerName
        }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def federation(
    processes: dict[str, RunningIssuer], directory: Path
) -> AsyncIterator[dict[str, Reached]]:
    trusted = trust_list_of(directory)
    async with AsyncExitStack() as stack:
        reached = {}
        for issuer, process in processes.items():
            client = HttpClient(process.url, Credential(process.credential))
            await stack.enter_async_context(client)
            adapter = adapter_of(issuer, client, process.credential)
            reached[issuer] = Reached(adapter, process, trusted)
        yield reached


@pytest.fixture
def reached(federation: dict[str, Reached], issuer: str) -> Reached:
    return federation[issuer]


def adapter_of(issuer: str, client: HttpClient, credential: str) -> Adapter:
    hub = HubIdentity(issuer, Credential(credential), "hub", lambda: HUB_KEY)
    return Adapter(DIALECTS[issuer](hub), client, lambda: secrets.token_urlsafe(16))


@every_issuer
@pytest.mark.parametrize(
    "name",
    [
        "green_everywhere",
        "green_passport",
        "green_hk_macao",
        "green_taiwan",
        "green_foreign_resident",
    ],
)
async def test_a_green_is_read_with_every_kind_of_document(
    reached: Reached, issuer: str, name: str
) -> None:
    (source,) = await reached.answers(ByDocument(person(name)))
    assert source.outcome is Outcome.VERIFIED
    assert {code.color for code in source.codes} == {Color.GREEN}


STORIES = [
    ("unknown", "zhenjiang", Outcome.NOT_ENROLLED, []),
    ("unknown", "sukangma", Outcome.NOT_ENROLLED, []),
    ("unknown", "national", Outcome.NOT_ENROLLED, []),
    ("expired_code", "zhenjiang", Outcome.CODE_EXPIRED, [Color.GREEN]),
    ("expired_code", "sukangma", Outcome.CODE_EXPIRED, []),
    ("must_update", "zhenjiang", Outcome.MUST_UPDATE, []),
    ("must_update", "sukangma", Outcome.MUST_UPDATE, []),
    ("freshly_converted", "zhenjiang", Outcome.VERIFIED, [Color.GREEN]),
    ("freshly_converted", "sukangma", Outcome.VERIFIED, [Color.RED]),
    ("national_yellow", "national", Outcome.VERIFIED, [Color.YELLOW, Color.GREEN]),
    ("national_orange", "national", Outcome.VERIFIED, [Color.RED]),
    ("reports_differ", "national", Outcome.VERIFIED, [Color.GREEN, Color.GREEN, Color.RED]),
    ("red_everywhere", "zhenjiang", Outcome.VERIFIED, [Color.RED]),
    ("yellow_everywhere", "sukangma", Outcome.VERIFIED, [Color.YELLOW]),
    ("forged", "zhenjiang", Outcome.BAD_SIGNATURE, []),
    ("unsigned", "zhenjiang", Outcome.BAD_SIGNATURE, []),
    ("another_holder", "zhenjiang", Outcome.WRONG_HOLDER, []),
    ("replayed", "zhenjiang", Outcome.STALE, []),
    ("unmapped_value", "sukangma", Outcome.UNMAPPED_VALUE, [Color.UNKNOWN]),
    ("national_unmapped", "national", Outcome.UNMAPPED_VALUE, [Color.UNKNOWN, Color.GREEN]),
    ("retired_key", "national", Outcome.BAD_SIGNATURE, []),
    ("wrong_binding", "sukangma", Outcome.WRONG_HOLDER, []),
    ("stale_state", "sukangma", Outcome.VERIFIED, [Color.GREEN]),
]


@pytest.mark.parametrize(("name", "issuer", "outcome", "colors"), STORIES)
async def test_a_persona_is_read_as_its_story_says(
    reached: Reached, name: str, issuer: str, outcome: Outcome, colors: list[Color]
) -> None:
    (source,) = await reached.answers(ByDocument(person(name)))
    assert (source.outcome, [code.color for code in source.codes]) == (outcome, colors)


@pytest.mark.parametrize("issuer", ["zhenjiang"])
async def test_a_conversion_is_read_with_its_history(reached: Reached) -> None:
    (source,) = await reached.answers(ByDocument(person("freshly_converted")))
    (code,) = source.codes
    assert (code.basis, code.previous_color) == ([Basis.CONVERTED], Color.RED)
    assert code.changed_at is not None
    assert datetime.now(UTC) - code.changed_at < timedelta(hours=3)


CONNECTION = {
    "http_500": Outcome.BUSY,
    "http_503": Outcome.BUSY,
    "html_page": Outcome.MALFORMED,
    "http_204": Outcome.MALFORMED,
    "redirect": Outcome.MALFORMED,
    "truncated": Outcome.BUSY,
    "endless": Outcome.MALFORMED,
    "oversized": Outcome.MALFORMED,
    "garbage_json": Outcome.MALFORMED,
    "stalled": Outcome.TIMED_OUT,
    "slow": Outcome.TIMED_OUT,
    "drip": Outcome.TIMED_OUT,
}
STATEMENT = {
    "wrong_key": Outcome.BAD_SIGNATURE,
    "retired_key": Outcome.BAD_SIGNATURE,
    "other_issuers_key": Outcome.BAD_SIGNATURE,
    "unsigned": Outcome.BAD_SIGNATURE,
    "another_holder": Outcome.WRONG_HOLDER,
    "wrong_binding": Outcome.WRONG_HOLDER,
    "yesterday": Outcome.STALE,
    "unmapped_value": Outcome.UNMAPPED_VALUE,
    "stale_state": Outcome.VERIFIED,
    "busy": Outcome.BUSY,
    "no_access": Outcome.NO_ACCESS,
}
WAITS = frozenset({"stalled", "slow", "drip"})


@every_issuer
@pytest.mark.parametrize(("mode", "expected"), (CONNECTION | STATEMENT).items())
async def test_a_misbehavior_is_its_outcome(
    reached: Reached, issuer: str, mode: str, expected: Outcome
) -> None:
    seconds = 0.1 if mode in WAITS else PATIENCE_SECONDS
    question = ByDocument(person("green_everywhere"))
    with reached.process.misbehaving(mode):
        assert await reached.outcome(question, seconds=seconds) is expected
    assert await reached.outcome(question) is Outcome.VERIFIED


@pytest.mark.parametrize("issuer", ["national"])
async def test_broken_inner_json_is_malformed(reached: Reached) -> None:
    with reached.process.misbehaving("broken_inner_json"):
        outcome = await reached.outcome(ByDocument(person("green_everywhere")))
    assert outcome is Outcome.MALFORMED


@every_issuer
async def test_a_scanned_code_is_verified(reached: Reached, issuer: str) -> None:
    scan = reached.code_of("green_everywhere")
    assert reached.adapter.claims(scan.code)
    assert await reached.outcome(scan) is Outcome.VERIFIED


@every_issuer
async def test_a_code_whose_time_has_run_out_is_expired(reached: Reached, issuer: str) -> None:
    scan = reached.code_of("green_everywhere", expired=True)
    assert await reached.outcome(scan) is Outcome.CODE_EXPIRED


CALLS = {
    "zhenjiang": {"POST /v1/status": 1},
    "sukangma": {"POST /healthCode/batch": 1},
    "national": {"POST /serial": 1, "POST /queryInfoBatch": 1},
}
SINGLE_CALLS = {
    "zhenjiang": {"POST /v1/status": 1},
    "sukangma": {"POST /healthCode/self": 1},
    "national": {"POST /serial": 1, "POST /queryInfo": 1},
}
BROKEN_ALONE = STATEMENT | {"broken_inner_json": Outcome.MALFORMED}


async def calls_for(
    reached: Reached, *questions: Question
) -> tuple[list[SourceAnswer], Counter[str]]:
    before = Counter(reached.process.calls())
    sources = await reached.answers(*questions)
    return sources, Counter(reached.process.calls()) - before


@every_issuer
async def test_a_manifest_of_two_hundred_is_one_batch(reached: Reached, issuer: str) -> None:
    """Also that the answer stays within its size: two hundred real ones, with history and all."""
    sound = [name for name in PERSONAS if name not in INNATE]
    names = (sound * 200)[:200]
    sources, calls = await calls_for(reached, *(ByDocument(person(name)) for name in names))
    assert calls == CALLS[issuer]
    for name, source in zip(names, sources, strict=True):
        known = IssuerName(issuer) in PERSONAS[name].records
        assert (source.outcome is Outcome.NOT_ENROLLED) == (not known), name


@every_issuer
async def test_one_person_costs_no_more_than_the_single_call(reached: Reached, issuer: str) -> None:
    (source,), calls = await calls_for(reached, ByDocument(person("green_everywhere")))
    assert source.outcome is Outcome.VERIFIED
    assert calls == SINGLE_CALLS[issuer]


@pytest.mark.parametrize("issuer", ["sukangma", "national"])
@pytest.mark.parametrize(("mode", "expected"), BROKEN_ALONE.items())
async def test_a_spoiled_answer_in_a_batch_fails_alone(
    reached: Reached, mode: str, expected: Outcome
) -> None:
    names = ["green_passport", "green_everywhere", "unknown"]
    with reached.process.misbehaving(mode, "green_everywhere"):
        sources = await reached.answers(*(ByDocument(person(name)) for name in names))
    outcomes = [source.outcome for source in sources]
    assert outcomes == [Outcome.VERIFIED, expected, Outcome.NOT_ENROLLED]


@every_issuer
@pytest.mark.parametrize(("mode", "expected"), (CONNECTION | STATEMENT).items())
async def test_what_goes_wrong_for_everybody_goes_wrong_for_a_whole_batch(
    reached: Reached, issuer: str, mode: str, expected: Outcome
) -> None:
    names = ["green_everywhere", "green_passport"]
    seconds = 0.1 if mode in WAITS else PATIENCE_SECONDS
    with reached.process.misbehaving(mode):
        questions = (ByDocument(person(name)) for name in names)
        sources = await reached.answers(*questions, seconds=seconds)
    assert [source.outcome for source in sources] == [expected] * 2


@every_issuer
@pytest.mark.parametrize("name", [name for name, *_ in STORIES])
async def test_a_persona_in_a_manifest_is_read_as_alone(
    reached: Reached, issuer: str, name: str
) -> None:
    (alone,) = await reached.answers(ByDocument(person(name)))
    together = await reached.answers(*[ByDocument(person(name))] * 2)
    for source in together:
        assert source.outcome is alone.outcome
        assert [code.color for code in source.codes] == [code.color for code in alone.codes]


@every_issuer
async def test_a_wrong_credential_has_no_access(reached: Reached, issuer: str) -> None:
    async with HttpClient(reached.process.url, Credential("wrong")) as client:
        refused = replace(reached, adapter=adapter_of(issuer, client, "wrong"))
        outcome = await refused.outcome(ByDocument(person("green_everywhere")))
    assert outcome is Outcome.NO_ACCESS


@asynccontextmanager
async def closing_after_each_answer(url: str) -> AsyncIterator[str]:
    """The address of a relay to ``url`` that keeps a connection open after an answer, and closes
    it when the next question comes."""

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        issuer = urlsplit(url)
        answers, questions = await asyncio.open_connection(issuer.hostname, issuer.port)
        questions.write(await _message(reader))
        writer.write(await _message(answers))
        await reader.read(1)
        questions.close()
        writer.close()

    server = await asyncio.start_server(relay, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return head + await reader.readexactly(int(length))


@every_issuer
async def test_an_issuer_that_closes_kept_connections_costs_no_traveler(
    reached: Reached, issuer: str
) -> None:
    credential = reached.process.credential
    async with (
        closing_after_each_answer(reached.process.url) as url,
        HttpClient(url, Credential(credential)) as client,
    ):
        closing = replace(reached, adapter=adapter_of(issuer, client, credential))
        for _ in range(10):
            assert await closing.outcome(ByDocument(person("green_everywhere"))) is Outcome.VERIFIED
        assert await closing.outcome(reached.code_of("green_everywhere")) is Outcome.VERIFIED
