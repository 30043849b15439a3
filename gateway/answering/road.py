"""The road of what is being asked: the hubs through which a question has come to this one.

Responsible for its bounds: it never comes back to a hub, and has few hops. A question leaves in a
task that belongs to no request, with the questions of others, so the roads of those who wait for it
are carried along (``gateway.origins`` does the same).
"""

from collections.abc import Iterable, Sequence
from contextvars import ContextVar

from tongxing.adapters.between_hubs import MAX_HOPS
from tongxing.gateway.errors import Details, ErrorCode, Refused

Road = tuple[str, ...]

ROAD: ContextVar[Road] = ContextVar("tongxing.road", default=())
"""Of the running task, the hub that a client asked first."""


def check_road(road: Sequence[str], own_hub: str) -> None:
    """Raises Refused unless this hub may be asked by way of ``road``."""
    if own_hub in road or len(set(road)) != len(road):
        raise Refused(ErrorCode.ROAD_COMES_BACK, Details(argument="input", path=("road",)))
    if not 1 <= len(road) <= MAX_HOPS:
        details = Details(argument="input", path=("road",), limit=MAX_HOPS, unit="hubs")
        raise Refused(ErrorCode.TOO_MANY_HOPS, details)


def joined(roads: Iterable[Road]) -> Road:
    """All hubs of ``roads``, each once: a question that several have sent must not come back to
    any of them."""
    return tuple(dict.fromkeys(hub for road in roads for hub in road))
