"""No draft takes more than its share: of time, of memory, of the hub."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.measured import measured
from tests.policy.hostile_drafts import DRAFTS
from tests.policy.readers import readers_of
from tests.policy.test_policy_files import PLAIN
from tongxing.gateway.policy.fence import READER, read_fenced
from tongxing.gateway.policy.fenced_reader import (
    CPU_SECONDS,
    MEMORY_BYTES,
    DraftAtFault,
    DraftRead,
    DraftToRead,
)
from tongxing.gateway.policy.policy_file import read_policy
from tongxing.gateway.policy.policy_refusal import (
    LINE_MAX_CHARACTERS,
    REASON_MAX_CHARACTERS,
    PolicyFault,
    PolicyRefused,
)
from tongxing.gateway.policy.published import load_policies
from tongxing.gateway.settings import SHIPPED_POLICIES

pytestmark = pytest.mark.processes

PEAK_BYTES = 120_000_000
"""40 MB are the interpreter's; the dearest draft takes 45 MB more."""

USED_SECONDS = 3.6
"""A quarter of a second is the interpreter's; the dearest draft takes half a second more, and 2 s
in all on a slow machine."""

FOUND = DraftRead | DraftAtFault


@pytest.mark.parametrize("what", DRAFTS)
def test_is_read_or_refused_within_bounds(what: str) -> None:
    code, draft = DRAFTS[what]
    asked = msgspec.json.encode(DraftToRead("draft", draft().encode()))
    reader = measured(READER, given=asked)
    assert reader.status == 0
    assert reader.peak_bytes < PEAK_BYTES < MEMORY_BYTES
    assert reader.cpu_seconds < USED_SECONDS < CPU_SECONDS
    found = msgspec.json.decode(reader.out, type=FOUND)
    assert (found.code if isinstance(found, DraftAtFault) else None) == code
    if isinstance(found, DraftAtFault):
        assert len(found.reason) <= REASON_MAX_CHARACTERS + 1
        assert len(found.text) <= LINE_MAX_CHARACTERS + 1


def test_what_lies_too_deep_is_named_by_its_line() -> None:
    with pytest.raises(PolicyRefused) as refused:
        read_policy("trial.toml", (PLAIN + "\n\na" + ".a" * 20 + " = 1\n").encode())
    assert (refused.value.code, refused.value.line) == (
        PolicyFault.TOO_DEEP,
        PLAIN.count("\n") + 3,
    )


def test_the_tests_that_are_too_many_are_named_by_their_line() -> None:
    _, draft = DRAFTS["a test of 6,000 answers"]
    with pytest.raises(PolicyRefused) as refused:
        read_policy("trial.toml", draft().encode())
    assert refused.value.text.startswith("tests = [")


@pytest.mark.parametrize("file", sorted(SHIPPED_POLICIES.glob("*.toml")), ids=lambda f: f.name)
async def test_a_policy_is_the_same_from_behind_the_fence(file: Path) -> None:
    fenced = await read_fenced(file.name, file.read_bytes())
    plain = next(each for each in load_policies(file))
    assert fenced.version == plain.version
    assert [(rule.id, rule.when, rule.effect) for rule in fenced.rules] == [
        (rule.id, rule.when, rule.effect) for rule in plain.rules
    ]
    for name in ("issuers", "maximum_age", "announced_at", "valid_from", "valid_until", "lists"):
        assert getattr(fenced, name) == getattr(plain, name)


async def test_a_refusal_is_the_same_from_behind_the_fence() -> None:
    draft = PLAIN.replace("when.color", "when.colour", 1).encode()
    with pytest.raises(PolicyRefused) as plain:
        read_policy("trial.toml", draft)
    with pytest.raises(PolicyRefused) as fenced:
        await read_fenced("trial.toml", draft)
    assert str(fenced.value) == str(plain.value)
    assert fenced.value.text == plain.value.text


LIMITED = "from tongxing.gateway.policy.fenced_reader import limit; limit(); "


def ended_with(program: str) -> int:
    return subprocess.run(
        [sys.executable, "-c", LIMITED + program], stderr=subprocess.DEVNULL, check=False
    ).returncode


def test_the_system_refuses_the_reader_more_memory() -> None:
    try_it = "import sys\ntry: bytearray(200_000_000)\nexcept MemoryError: sys.exit(7)"
    assert ended_with(f"\n{try_it}") == 7


def test_the_system_ends_a_reader_that_takes_too_long() -> None:
    assert ended_with("\nwhile True: pass") == -signal.SIGXCPU


async def the_reader() -> int:
    while not (readers := readers_of(os.getpid())):
        await asyncio.sleep(0.01)
    return readers[0]


async def test_a_reader_that_the_system_ends_is_a_refusal() -> None:
    reading = asyncio.create_task(read_fenced("trial.toml", PLAIN.encode()))
    os.kill(await the_reader(), signal.SIGXCPU)
    with pytest.raises(PolicyRefused) as refused:
        await reading
    assert refused.value.code is PolicyFault.TOO_COSTLY


async def test_a_reader_ends_with_the_task_that_waits_for_it() -> None:
    reading = asyncio.create_task(read_fenced("trial.toml", PLAIN.encode()))
    reader = await the_reader()
    os.kill(reader, signal.SIGSTOP)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert reader not in readers_of(os.getpid())
