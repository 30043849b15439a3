"""Where the time goes: a hub under cProfile, and its functions gathered under a few headings."""

import pstats
from collections import defaultdict
from collections.abc import Callable, Iterator
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.load import saturate
from benchmarks.measure import manifest, require_right
from benchmarks.questions import (
    Travelers,
    always,
    hub_distinct,
    is_recognition,
    manifest_of_hub,
    of_hub,
)
from benchmarks.stage import Stage, stage, unhurried

SECONDS = 4.0
CONNECTIONS = 8

HEADINGS = (
    ("signatures", ("ec.ECPublicKey", "Ed25519PublicKey", "ec.ECPrivateKey", "EVP_Digest")),
    ("GraphQL execution", ("/graphql/", "/strawberry/", "gateway/graphql/")),
    ("HTTP and routing", ("/uvicorn/", "/starlette/", "/httptools/", "gateway/http/")),
    ("asking issuers", ("/aiohttp/", "/yarl/", "/multidict/", "adapters/http_client.py")),
    ("statements: parse, bind, decode", ("adapters/", "keys/")),
    ("recognition", ("gateway/recognition/",)),
    ("audit, storage, history", ("gateway/storage/", "gateway/answering/history")),
    ("logs and metrics", ("gateway/operation/", "prometheus_client")),
    ("the hub's own steps", ("gateway/",)),
)
SHOWN_SHARE = 0.02
"""Functions that take at least this much themselves are named one by one."""

OTHER = "the interpreter and its library"


def profile() -> None:
    """One hub each, so that none carries what another left."""
    for name, ask in _ASKING.items():
        with TemporaryDirectory(prefix="tongxing-profile-") as directory:
            file = Path(directory) / "profile"
            with stage("benchmarks.profiled_hub", [str(file)], edit_settings=unhurried) as running:
                ask(running)
            _print(name, file)


def _ask_hot(running: Stage) -> None:
    _saturated(running, always(of_hub(running, Travelers(running).known_to_all())))


def _ask_cold(running: Stage) -> None:
    _saturated(running, hub_distinct(running, Travelers(running)))


def _ask_manifests(running: Stage) -> None:
    travelers = Travelers(running)
    manifest(running, manifest_of_hub(running, [travelers.next()]))
    running.hub.begin_profile()
    for _ in range(2):
        documents = [travelers.next() for _ in range(1_000)]
        manifest(running, manifest_of_hub(running, documents))


def _saturated(running: Stage, requests: Iterator[bytes]) -> None:
    for seconds in (0.5, SECONDS):
        load = saturate(
            running.hub_url,
            requests,
            is_recognition,
            connections=CONNECTIONS,
            seconds=seconds,
        )
        require_right(load)
        running.hub.begin_profile()


_ASKING: dict[str, Callable[[Stage], None]] = {
    "hot": _ask_hot,
    "cold": _ask_cold,
    "manifest": _ask_manifests,
}


def _print(name: str, file: Path) -> None:
    spent: defaultdict[str, float] = defaultdict(float)
    for function, (_, _, own_seconds, _, callers) in _functions(file):
        heading = _heading(function)
        if heading != OTHER or not callers:
            spent[heading] += own_seconds
            continue
        # What the interpreter and its library did is counted with whoever called it.
        for caller, (_, _, seconds, _) in callers.items():
            spent[_heading(caller)] += seconds
    total = sum(spent.values())
    print(f"\nprofile of the event loop at work, {name}")
    for heading, seconds in sorted(spent.items(), key=itemgetter(1), reverse=True):
        print(f"  {seconds / total:5.1%}  {heading}")
    print("  of which, in single functions:")
    for place, seconds in sorted(_own_seconds(file).items(), key=itemgetter(1), reverse=True):
        if seconds / total >= SHOWN_SHARE:
            print(f"  {seconds / total:5.1%}  {place}")


def _own_seconds(file: Path) -> dict[str, float]:
    """What each function took itself, without those that it called."""
    return {_place(function): figures[2] for function, figures in _functions(file)}


def _place(function: "Function") -> str:
    path, line, name = function
    short = "/".join(Path(path).parts[-3:])
    return f"{short}:{line} {name}" if line else name


Function = tuple[str, int, str]
Callers = dict[Function, tuple[int, int, float, float]]


def _functions(file: Path) -> list[tuple[Function, tuple[int, int, float, float, Callers]]]:
    stats: dict[Function, tuple[int, int, float, float, Callers]]
    stats = pstats.Stats(str(file)).stats  # type: ignore[attr-defined] # not in its stub
    return list(stats.items())


def _heading(function: Function) -> str:
    path, _, name = function
    place = f"{path}:{name}"
    for heading, parts in HEADINGS:
        if any(part in place for part in parts):
            return heading
    return OTHER
