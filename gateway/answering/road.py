"""The road of what is being asked: the hubs through which a question has come to this one.

A question leaves in a
task that belongs to no request, with the questions of others, so the roads of those who wait for it
are carried along (``gateway.origins`` does the same).
"""

from collections.abc import Iterable
from contextvars import ContextVar

Road = tuple[str, ...]

ROAD: ContextVar[Road] = ContextVar("tongxing.road", default=())
"""Of the running task, the hub that a client asked first."""


def joined(roads: Iterable[Road]) -> Road:
    """All hubs of ``roads``, each once: a question that several have sent must not come back to
    any of them."""
    return tuple(dict.fromkeys(hub for road in roads for hub in road))
