"""Lines of one turn are written together, in their order, and none is lost at the end."""

import asyncio
from io import StringIO

from tongxing.gateway.operation.gathered_lines import GatheredLines


class CountedStream(StringIO):
    def __init__(self) -> None:
        super().__init__()
        self.writes = 0

    def write(self, text: str, /) -> int:
        self.writes += 1
        return super().write(text)


class FullDisk(StringIO):
    def write(self, text: str, /) -> int:
        raise OSError("no space")


async def test_the_lines_of_one_turn_are_one_write() -> None:
    stream = CountedStream()
    lines = GatheredLines(stream)
    for number in range(3):
        lines.write(f"{number}\n")
        lines.flush()
    assert stream.getvalue() == ""
    await asyncio.sleep(0)
    assert (stream.getvalue(), stream.writes) == ("0\n1\n2\n", 1)
    lines.write("3\n")
    await asyncio.sleep(0)
    assert stream.getvalue() == "0\n1\n2\n3\n"


async def test_what_waits_at_the_end_is_written_out() -> None:
    stream = StringIO()
    lines = GatheredLines(stream)
    lines.write("the last\n")
    lines.write_out()
    assert stream.getvalue() == "the last\n"
    await asyncio.sleep(0)
    assert stream.getvalue() == "the last\n"


def test_without_an_event_loop_a_line_is_written_at_once() -> None:
    stream = StringIO()
    GatheredLines(stream).write("alone\n")
    assert stream.getvalue() == "alone\n"


async def test_a_full_disk_loses_lines_and_stops_nothing() -> None:
    lines = GatheredLines(FullDisk())
    lines.write("lost\n")
    await asyncio.sleep(0)
    lines.write_out()


async def test_another_thread_with_a_loop_of_its_own_writes_at_once() -> None:
    stream = StringIO()
    lines = GatheredLines(stream)

    async def elsewhere() -> str:
        lines.write("from elsewhere\n")
        return stream.getvalue()

    assert await asyncio.to_thread(asyncio.run, elsewhere()) == "from elsewhere\n"
