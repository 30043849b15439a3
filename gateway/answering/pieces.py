"""A manifest in pieces: while one piece is being recorded, the next one is judged.

Responsible for the size of the pieces and for their order. One record after the other is on disk
before its answer is made, as for a single question; a piece that cannot be recorded ends the whole.
Refuses to know what is judged and recorded.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

PIECE = 50
"""Travelers recorded by one COMMIT: the writer has some 5 ms to do for them, which is what others
wait for it (docs/performance.md)."""

J = TypeVar("J")
A = TypeVar("A")


def pieces_of(count: int) -> Iterator[range]:
    return (range(start, min(start + PIECE, count)) for start in range(0, count, PIECE))


async def piece_by_piece(
    count: int,
    judge: Callable[[range], Awaitable[J]],
    record: Callable[[J], Awaitable[list[A]]],
) -> list[A]:
    """The answers at the places from 0 to ``count``, in order. ``judge`` is called for one piece
    after the other, and ``record`` for each piece that is judged, beside the next ``judge``; never
    for two at the same time. Raises what they raise."""
    if count <= PIECE:
        return await record(await judge(range(count)))
    answers: list[A] = []
    recording: asyncio.Future[list[A]] | None = None
    try:
        for places in pieces_of(count):
            judged = await judge(places)
            if recording is not None:
                answers += await recording
            recording = asyncio.ensure_future(record(judged))
        return answers + (await recording if recording is not None else [])
    finally:
        if recording is not None and not recording.done():
            recording.cancel()
            await asyncio.wait({recording})
