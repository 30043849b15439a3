"""``/gate``: the page of those who scan at a checkpoint, an app that a device may install.

Responsible for the page, its manifest and the worker that keeps exactly the page's files for times
without a network. All of them together have one version: a digest of every byte. Refuses to know a
traveler: what the page asks, it asks the hub as a client of its own.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tongxing.gateway.pages.languages import Language
from tongxing.gateway.pages.page_files import FILES_PATH, file_route, media_type_of
from tongxing.gateway.pages.page_questions import question
from tongxing.gateway.pages.page_rules import PageRules, headers_of
from tongxing.gateway.pages.page_texts import texts_of
from tongxing.gateway.pages.rendering import page, rendered
from tongxing.schema import DocumentKind

GATE_PATH = "/gate"
WORKER_PATH = "/gate-worker.js"
MANIFEST_PATH = "/gate.webmanifest"
VERSION_PATH = "/gate-version"
"""Never kept: whoever gets it knows that it is the hub's of this moment."""

GATE_RULES = PageRules(
    trusted_types=("tongxing-gate",), compiles_wasm=True, camera=True, works_offline=True
)

OWN_FILES = ("base.css", "mark.svg", "gate.css", "gate_icon.png", "gate_test_code.png")
"""Besides the modules of the page, which are all scripts of the folder that it may load."""

MODULES = (
    "gate.js",
    "gate_answer.js",
    "gate_camera.js",
    "gate_decisions.js",
    "gate_device.js",
    "gate_hub.js",
    "gate_known.js",
    "gate_questions.js",
    "gate_sound.js",
    "gate_state.js",
    "gate_store.js",
    "gate_texts.js",
    "gate_typed.js",
    "gate_version.js",
    "gate_view.js",
    "pass_check.js",
    "signed_text.js",
    "status_list.js",
    "strict_json.js",
)


QUESTIONS = ("scan", "traveler", "pass", "policy", "arrival", "decisions")
"""What the page asks: ``questions/gate_NAME.graphql``."""


def gate_routes(
    hub_id: str, reader: Mapping[str, bytes], id_of: Callable[[str], str]
) -> Sequence[Route]:
    """``reader`` are the files of the code reader, by their names; none if they are missing.
    ``id_of`` gives the id of a trusted document."""
    questions = {name: id_of(question(f"gate_{name}")) for name in QUESTIONS}
    return _Gate(hub_id, questions, reader).routes()


class _Gate:
    def __init__(
        self, hub_id: str, questions: Mapping[str, str], reader: Mapping[str, bytes]
    ) -> None:
        self._hub_id = hub_id
        self._questions = questions
        self._reader = reader
        self._manifest = msgspec.json.encode(_MANIFEST)
        self.version = self._digest()
        self._worker = self._worker_text()

    def routes(self) -> Sequence[Route]:
        return [
            Route(GATE_PATH, self._page),
            Route(VERSION_PATH, self._tell_version),
            Route(WORKER_PATH, self._tell_worker),
            file_route(MANIFEST_PATH, self._manifest, "application/manifest+json"),
            *(
                file_route(f"{FILES_PATH}/{name}", content, media_type_of(name))
                for name, content in self._reader.items()
            ),
        ]

    async def _page(self, request: Request) -> Response:
        return page(request, "gate", self._values(self.version), rules=GATE_RULES)

    async def _tell_version(self, _request: Request) -> Response:
        return Response(
            self.version, media_type="text/plain", headers={"cache-control": "no-store"}
        )

    async def _tell_worker(self, _request: Request) -> Response:
        headers = {
            "content-type": "text/javascript; charset=utf-8",
            "cache-control": "no-cache",
            "content-security-policy": headers_of(GATE_RULES)["content-security-policy"],
        }
        return Response(self._worker, headers=headers)

    def _values(self, version: str) -> dict[str, object]:
        told = {
            "hub": self._hub_id,
            "version": version,
            "hasReader": len(self._reader) > 0,
            "questions": self._questions,
            "texts": {language.value: texts_of("gate", language) for language in Language},
        }
        return {
            "told": told,
            "kinds": [kind.value for kind in DocumentKind],
            "has_reader": len(self._reader) > 0,
        }

    def _digest(self) -> str:
        """Of all that the worker keeps, and of the worker."""
        folder = files("tongxing.gateway.pages") / "files"
        parts = [
            *(rendered("gate", language, self._values("")).encode() for language in Language),
            *((folder / name).read_bytes() for name in (*OWN_FILES, *MODULES, "gate_worker.js")),
            *self._reader.values(),
            self._manifest,
        ]
        digest = hashlib.sha256()
        for part in parts:
            digest.update(hashlib.sha256(part).digest())
        return digest.hexdigest()[:20]

    def _worker_text(self) -> bytes:
        kept = [
            *(f"{GATE_PATH}?lang={language.value}" for language in Language),
            *(f"{FILES_PATH}/{name}" for name in (*OWN_FILES, *MODULES, *self._reader)),
            MANIFEST_PATH,
        ]
        script = files("tongxing.gateway.pages") / "files" / "gate_worker.js"
        told = msgspec.json.encode({"version": self.version, "kept": kept}).decode()
        return f"const TOLD = {told};\n{script.read_text(encoding='utf-8')}".encode()


_MANIFEST = {
    "name": "通行 查验点 Tongxing gate",
    "short_name": "查验点 Gate",
    "start_url": GATE_PATH,
    "scope": GATE_PATH,
    "display": "standalone",
    "background_color": "#10181e",
    "theme_color": "#0b4f6c",
    "icons": [
        {"src": "/files/mark.svg", "sizes": "any", "type": "image/svg+xml"},
        {"src": "/files/gate_icon.png", "sizes": "192x192", "type": "image/png"},
    ],
}
