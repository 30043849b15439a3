"""``/``: what this is, whether it is well, and where the doors are."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tongxing.gateway.pages.rendering import page

FRONT_PATH = "/"


@dataclass(frozen=True, slots=True)
class PageDoor:
    """A page that the front page leads to; ``key`` names its texts."""

    key: str
    path: str


def front_route(
    hub_id: str, doors: Sequence[PageDoor], is_ready: Callable[[], Awaitable[bool]]
) -> Route:
    """``is_ready`` says whether travelers can be answered now, as ``/readyz`` does."""

    async def front(request: Request) -> Response:
        values = {"hub_id": hub_id, "doors": doors, "is_ready": await is_ready()}
        return page(request, "front", values)

    return Route(FRONT_PATH, front)
