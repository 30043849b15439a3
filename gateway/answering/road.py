"""The road of what is being asked: the hubs through which a question has come to this one.

A question leaves in a task that belongs to no request, with others that have come by the same road,
so the road is carried along (``gateway.origins`` does the same).
"""

from contextvars import ContextVar

Road = tuple[str, ...]

ROAD: ContextVar[Road] = ContextVar("tongxing.road", default=())
"""Of the running task, the hub that a client asked first."""
