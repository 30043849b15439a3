"""``/graphiql``: a page to try queries on, served by the hub itself, in the open profile only.

Responsible for which files are served and for what the page may do. The packages' files are read
once, from the directory that npm filled, and served only if they are exactly the files that this
version was checked with. Refuses to fetch anything: if a file is missing, the page says so.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

PAGE_PATH = "/graphiql"

_JS = "text/javascript; charset=utf-8"
_CSS = "text/css; charset=utf-8"
_HTML = "text/html; charset=utf-8"

_DIRECTIVES = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",  # GraphiQL's editor sets styles as it lays lines out
    "img-src 'self' data:",
    "font-src data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
)
CONTENT_SECURITY_POLICY = "; ".join(_DIRECTIVES)


@dataclass(frozen=True, slots=True)
class _PackageFile:
    """A file of an npm package, and the SHA-256 that it must have."""

    path: str
    media_type: str
    sha256: str


_PACKAGE_FILES: Mapping[str, _PackageFile] = {
    "graphiql.min.js": _PackageFile(
        "graphiql/graphiql.min.js",
        _JS,
        "22faab94067b695e5f7959619fbe686ebcc8955002a0c97d986bcbba4ad4bc2c",
    ),
    "graphiql.min.css": _PackageFile(
        "graphiql/graphiql.min.css",
        _CSS,
        "b1868247f8e0502cd869e581f5f3cb55b334862e7f51b1d6cbace11059b9adc2",
    ),
    "react.production.min.js": _PackageFile(
        "react/umd/react.production.min.js",
        _JS,
        "d949f1c3687aedadcedac85261865f29b17cd273997e7f6b2bfc53b2f9d4c4dd",
    ),
    "react-dom.production.min.js": _PackageFile(
        "react-dom/umd/react-dom.production.min.js",
        _JS,
        "35f4f974f4b2bcd44da73963347f8952e341f83909e4498227d4e26b98f66f0d",
    ),
}
"""graphiql 3.8.3, react and react-dom 18.3.1, as in package.json. These are the last releases that
come as one file for a page; later ones are some hundred modules and need a bundler."""

_OWN_FILES = {"console.js": _JS, "console.css": _CSS}


@dataclass(frozen=True, slots=True)
class Asset:
    content: bytes
    media_type: str


def package_assets(node_modules: Path) -> dict[str, Asset] | None:
    """The packages' files under ``node_modules``; None if one is missing or differs from the one
    that was checked."""
    assets = {}
    for name, wanted in _PACKAGE_FILES.items():
        content = _content(node_modules / wanted.path)
        if hashlib.sha256(content).hexdigest() != wanted.sha256:
            return None
        assets[name] = Asset(content, wanted.media_type)
    return assets


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def graphiql_routes(packages: Mapping[str, Asset] | None) -> list[Route]:
    """The page and its files. If ``packages`` is None, the page says what is missing."""
    page = _own("missing.html" if packages is None else "graphiql.html")
    own = {name: Asset(_own(name), media_type) for name, media_type in _OWN_FILES.items()}
    return [
        _route(PAGE_PATH, Asset(page, _HTML)),
        *(
            _route(f"{PAGE_PATH}/{name}", asset)
            for name, asset in {**own, **(packages or {})}.items()
        ),
    ]


def _route(path: str, asset: Asset) -> Route:
    async def serve(_request: Request) -> Response:
        return Response(
            asset.content,
            headers={
                "content-type": asset.media_type,
                "content-security-policy": CONTENT_SECURITY_POLICY,
                "cache-control": "no-cache",
            },
        )

    return Route(path, serve)


def _own(name: str) -> bytes:
    return (files("tongxing.gateway.http") / "assets" / name).read_bytes()
