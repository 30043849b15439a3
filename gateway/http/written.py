"""An answer as JSON, written in pieces: all of a large one at once would hold the event loop up."""

from collections.abc import Iterator

import msgspec

from tongxing.gateway.turns import Turns

LEVELS_IN_PIECES = 4
"""As deep as the longest lists lie: the body, its data, a connection, its edges. What lies deeper
is written at once."""

_encode = msgspec.json.encode


async def written(body: object, turns: Turns) -> bytes:
    return b"".join(await turns.all(_pieces(body, LEVELS_IN_PIECES)))


def _pieces(value: object, levels: int) -> Iterator[bytes]:
    if levels and type(value) is dict:
        yield from _members(value, levels - 1)
    elif levels and type(value) is list:
        yield from _items(value, levels - 1)
    else:
        yield _encode(value)


def _members(members: dict[str, object], levels: int) -> Iterator[bytes]:
    separator = b"{"
    for name, value in members.items():
        yield separator + _encode(name) + b":"
        yield from _pieces(value, levels)
        separator = b","
    yield b"}" if members else b"{}"


def _items(items: list[object], levels: int) -> Iterator[bytes]:
    separator = b"["
    for item in items:
        yield separator
        yield from _pieces(item, levels)
        separator = b","
    yield b"]" if items else b"[]"
