"""One measurement: who was asked how, what came back, and what it cost whom."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time

from benchmarks.cores import running_on
from benchmarks.floor import Floor, measure_floor
from benchmarks.load import Check, Connection, Load, saturate
from benchmarks.stage import Server, Stage

CONNECTIONS = 32
ROUND_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class Sample:
    """``cpu_seconds`` of the asked program, ``loop_seconds`` of its first thread,
    ``issuer_seconds`` and ``calls`` of the three issuers, ``asking_seconds`` of who asks: all for
    one question."""

    rate: float
    cpu_seconds: float
    loop_seconds: float
    issuer_seconds: float
    asking_seconds: float
    calls: float
    p50_seconds: float
    p99_seconds: float


def under_load(
    stage: Stage,
    server: Server,
    requests: Iterator[bytes],
    check: Check,
    *,
    connections: int = CONNECTIONS,
) -> Sample:
    """Raises NotMeasured if an answer is not the one that is to be measured."""
    program, calls, issuers = server.program, stage.calls(), stage.issuer_cpu()
    cpu, asking = program.cpu(), process_time()
    load = saturate(server.url, requests, check, connections=connections, seconds=ROUND_SECONDS)
    used, asked = program.cpu().since(cpu), process_time() - asking
    require_right(load)
    return Sample(
        rate=load.rate,
        cpu_seconds=used.all / load.asked,
        loop_seconds=used.main / load.asked,
        issuer_seconds=(stage.issuer_cpu() - issuers) / load.asked,
        asking_seconds=asked / load.asked,
        calls=(stage.calls() - calls) / load.asked,
        p50_seconds=load.percentile(0.50),
        p99_seconds=load.percentile(0.99),
    )


class NotMeasured(Exception):
    """What was to be measured did not happen; says what did."""


def require_right(load: Load) -> None:
    """Raises NotMeasured."""
    if load.wrong:
        first = load.wrong[0][:200].decode(errors="replace") or "not a 200"
        raise NotMeasured(f"{len(load.wrong)} of {load.asked} answers were others; one: {first}")


@dataclass(frozen=True, slots=True)
class ManifestSample:
    """One manifest: ``seconds`` until its answer had come."""

    seconds: float
    cpu_seconds: float
    loop_seconds: float
    issuer_seconds: float
    calls: int
    unanswered: int


def manifest(stage: Stage, request: bytes) -> ManifestSample:
    cpu, issuers, calls = stage.hub.cpu(), stage.issuer_cpu(), stage.calls()
    seconds, body = ask_once(stage.hub_url, request)
    used = stage.hub.cpu().since(cpu)
    if not is_manifest(body):
        first = body[:200].decode(errors="replace") or "not a 200"
        raise NotMeasured(f"the manifest was not answered: {first}")
    return ManifestSample(
        seconds=seconds,
        cpu_seconds=used.all,
        loop_seconds=used.main,
        issuer_seconds=stage.issuer_cpu() - issuers,
        calls=stage.calls() - calls,
        unanswered=body.count(b'"TIMED_OUT"') + body.count(b'"BUSY"'),
    )


def is_manifest(body: bytes) -> bool:
    return b'"__typename":"TravelerRecognition"' in body and b'"errors"' not in body


def ask_once(url: str, request: bytes) -> tuple[float, bytes]:
    """How long it took, and the answer."""
    return asyncio.run(_ask_once(url, request))


async def _ask_once(url: str, request: bytes) -> tuple[float, bytes]:
    connection = await Connection.open(url)
    began = perf_counter()
    body = await connection.ask(request)
    seconds = perf_counter() - began
    await connection.close()
    return seconds, body


def floor_on_the_hubs_core(stage: Stage) -> Floor:
    with running_on(stage.cores.hub):
        return measure_floor()


def middle(samples: list[Sample], value: Callable[[Sample], float]) -> float:
    return median(value(sample) for sample in samples)
