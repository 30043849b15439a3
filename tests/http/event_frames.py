"""Server-sent events as a client reads them, by the HTML standard and nothing of ours."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Received:
    event: str
    data: str

    def json(self) -> dict[str, Any]:
        result: dict[str, Any] = json.loads(self.data)
        return result


def events(chunks: Iterable[bytes]) -> Iterator[Received]:
    """The events in ``chunks``, each as soon as its last byte is there; comments are passed over.
    An event without a data field is not dispatched."""
    unread = b""
    for chunk in chunks:
        unread += chunk
        while b"\n\n" in unread:
            block, unread = unread.split(b"\n\n", 1)
            yield from _event(block.decode("utf-8"))


def _event(block: str) -> Iterator[Received]:
    fields = [line.partition(":") for line in block.split("\n") if not line.startswith(":")]
    names = {name: value.removeprefix(" ") for name, _, value in fields}
    if "data" in names:
        yield Received(names.get("event", "message"), names["data"])
