"""The styles and scripts of the pages, as files of the hub's own under ``/files/``.

Each is read once at the start and sent with a digest of its content (RFC 9110 §8.8.3), so a browser
asks again and gets it again only where it has changed.
"""

import hashlib
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FILES_PATH = "/files"

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".wasm": "application/wasm",
}
"""What is served, by the end of its name; another end is a mistake that is found at the start."""


def file_routes() -> list[Route]:
    """One route for each file in ``files/``."""
    folder = files("tongxing.gateway.pages") / "files"
    return [
        file_route(f"{FILES_PATH}/{file.name}", file.read_bytes(), media_type_of(file.name))
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
    ]


def media_type_of(name: str) -> str:
    """Raises KeyError for a file of a kind that no page needs."""
    return MEDIA_TYPES[name[name.rindex(".") :]]


def file_route(path: str, content: bytes, media_type: str) -> Route:
    """``content`` at ``path``, or "not changed" to whoever has it."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": "no-cache"}

    async def serve(request: Request) -> Response:
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(content, headers={**headers, "content-type": media_type})

    return Route(path, serve)
