"""Questions through the whole stack, something wrong with each, against the second account.

``ORACLE_QUESTIONS`` says how many (``make soak``); without it 2,000.
"""

import asyncio
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from tests.oracle.account import judge
from tests.oracle.asking import EVERY_FAULT, REVOKED, STRUCK_OFF, Put, Questioner
from tests.oracle.comparison import differences
from tests.oracle.stack import ISSUERS, stack
from tests.oracle.words import RANKS

QUESTIONS = int(os.environ.get("ORACLE_QUESTIONS", "2000"))
FIRST_SEED = 20200306
AT_ONCE = 500
"""Questions to one hub: half of a list that holds, half of one that ended."""

SHOWN = 3


async def put_all(directory: Path, seed: int, names: Sequence[str], *, ended: bool) -> list[Put]:
    async with stack(directory, lists_ended=ended) as around:
        asking = Questioner.of(around, Random(seed), lists_ended=ended)
        return [await asking.put(name) for name in names]


@pytest.fixture
def directory(tmp_path: Path, back_end: str) -> Iterator[Path]:
    """In memory if there is such a place: every question commits twice, and what is durable is
    tried elsewhere (tests/storage)."""
    memory = Path("/dev/shm")  # noqa: S108
    with TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as made:
        yield Path(made)


def wrong(put: Put) -> list[str]:
    return differences(put.case, put.place, put.answer)


def is_wrong_green(put: Put) -> bool:
    """A green that what the issuers truly signed does not carry."""
    return RANKS[put.answer.color] < RANKS[judge(put.case, put.place).color]


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + -(-QUESTIONS // AT_ONCE)))
def test_no_answer_is_wrong_whatever_goes_wrong(seed: int, directory: Path) -> None:
    random = Random(seed)
    names = [EVERY_FAULT[number % len(EVERY_FAULT)] for number in range(AT_ONCE)]
    random.shuffle(names)
    puts = asyncio.run(put_all(directory, seed, names, ended=bool(seed % 2)))
    assert [put for put in puts if is_wrong_green(put)][:SHOWN] == []
    found = [(put.kind, wrong(put), put.case, put.answer) for put in puts if wrong(put)]
    assert found[:SHOWN] == [], f"{len(found)} of {AT_ONCE}"
    asked = [put for put in puts if put.asked != put.to_ask]
    assert asked[:SHOWN] == [], "another circle was asked than the policy says"
    told = [put for put in puts if put.left_out != frozenset(ISSUERS) - put.to_ask]
    assert told[:SHOWN] == [], "who was not asked is not told"
    colors = {put.answer.color for put in puts}
    assert colors == set(RANKS), "the questions do not reach every color"


LENIENT = ("signed with a retired key", "signed with a revoked key")


async def test_the_oracle_sees_a_trust_list_that_revokes_nothing(directory: Path) -> None:
    async with stack(directory, lists_ended=False) as around:
        around.trusted.publish(lenient=True)
        asking = Questioner.of(around, Random(1), lists_ended=False)
        puts = [await asking.put(name) for name in LENIENT * 10]
    assert {put.kind for put in puts if is_wrong_green(put)} == set(LENIENT)


async def test_the_oracle_sees_answers_that_are_swapped(directory: Path) -> None:
    async with stack(directory, lists_ended=False) as around:
        asking = Questioner.of(around, Random(1), lists_ended=False)
        puts = [await asking.put(name) for name in ("a red", "a code that has ended") * 5]
    pairs = zip(puts, puts[1:] + puts[:1], strict=True)
    swapped = [replace(mine, answer=other.answer) for mine, other in pairs]
    assert not any(wrong(put) for put in puts)
    assert any(wrong(put) for put in swapped)


NO_GREEN_RESTS_ON = (
    "a red beside a request to declare again",
    "yesterday's red again",
    "a red beside a place of another region",
    "members that contradict each other",
    "a member said twice",
    REVOKED,
    STRUCK_OFF,
    "one province for the nation",
)


@pytest.mark.parametrize("fault", NO_GREEN_RESTS_ON)
async def test_no_green_rests_on(fault: str, directory: Path) -> None:
    async with stack(directory, lists_ended=False) as around:
        asking = Questioner.of(around, Random(2), lists_ended=False)
        puts = [await asking.put(fault) for _ in range(12)]
    assert [put for put in puts if is_wrong_green(put)] == []


def test_there_are_enough_kinds_of_fault() -> None:
    assert len(EVERY_FAULT) >= 26
