"""The road of what is being asked: the hubs through which a question has come to this one.

A question leaves in a task that belongs to no request, with others that have come by the same road,
so the road is carried along (``gateway.origins`` does the same).
"""

from contextvars import ContextVar

Road = tuple[str, ...]

ROAD: ContextVar[Road] = ContextVar("tongxing.road", default=())
"""Of the running task, the hub that a client asked first."""

FAIR_SECONDS = 1.0
"""An asking hub says how long it waits. Silence within less than this says nothing of whoever was
asked: otherwise five impatient questions closed the way to everybody."""


def is_hurried(road: Road, seconds: float) -> bool:
    """Whether a question by ``road`` that has so much time left is one whose silence proves
    nothing. This hub's own clients have the time that its settings give."""
    return bool(road) and seconds < FAIR_SECONDS
