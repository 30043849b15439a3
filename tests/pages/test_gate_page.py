"""The gate's page as the hub sends it: one version for all of it, and nothing that it lacks."""

import re
from collections.abc import Mapping
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tongxing.gateway.pages.gate_page import (
    GATE_PATH,
    MODULES,
    OWN_FILES,
    VERSION_PATH,
    WORKER_PATH,
    gate_routes,
)
from tongxing.gateway.pages.npm_files import listed, npm_files
from tongxing.gateway.pages.page_files import FILES_PATH, file_routes

FOLDER = files("tongxing.gateway.pages") / "files"
READER = {"code_reader.js": b"reader", "code_reader.wasm": b"wasm"}
TOLD = re.compile(r'<script type="application/json" id="told">(.*?)</script>', re.DOTALL)


def served(reader: Mapping[str, bytes] = READER, hub_id: str = "tongxing-test") -> TestClient:
    routes = [*gate_routes(hub_id, reader, lambda text: f"sha256:{len(text)}"), *file_routes()]
    return TestClient(Starlette(routes=routes))


def worker_of(client: TestClient) -> dict[str, object]:
    first = client.get(WORKER_PATH).text.splitlines()[0]
    told: dict[str, object] = msgspec.json.decode(first.removeprefix("const TOLD = ").rstrip(";"))
    return told


def test_page_worker_and_hub_name_one_version() -> None:
    with served() as client:
        version = client.get(VERSION_PATH).text
        found = TOLD.search(client.get(GATE_PATH).text)
        assert found
        assert msgspec.json.decode(found[1].replace("\\u0026", "&"))["version"] == version
        assert worker_of(client)["version"] == version
        assert client.get(VERSION_PATH).headers["cache-control"] == "no-store"


def test_another_file_is_another_version() -> None:
    with served() as one, served({**READER, "code_reader.js": b"other"}) as other:
        assert one.get(VERSION_PATH).text != other.get(VERSION_PATH).text
    with served() as one, served(hub_id="another") as other:
        assert one.get(VERSION_PATH).text != other.get(VERSION_PATH).text


def test_the_worker_keeps_what_the_page_loads_and_all_of_it_is_there() -> None:
    with served() as client:
        kept = worker_of(client)["kept"]
        assert isinstance(kept, list)
        page = client.get(GATE_PATH).text
        loads = set(re.findall(r'(?:src|href)="(/[a-z-]+/?[\w.]*\.\w+)"', page))
        assert loads
        assert loads <= set(kept)
        assert all(client.get(path).status_code == 200 for path in kept)


def test_every_module_is_named_and_imports_none_that_is_not() -> None:
    there = {file.name for file in FOLDER.iterdir() if file.name.startswith("gate")}
    assert there == {
        name for name in (*MODULES, *OWN_FILES, "gate_worker.js") if name.startswith("gate")
    }
    for name in MODULES:
        text = (FOLDER / name).read_text(encoding="utf-8")
        assert set(re.findall(r'from "\./([\w.]+)"', text)) <= set(MODULES), name


def test_every_text_that_the_page_says_is_there() -> None:
    with served() as client:
        found = TOLD.search(client.get(GATE_PATH).text)
    assert found
    texts = msgspec.json.decode(found[1])["texts"]
    for name in MODULES:
        script = (FOLDER / name).read_text(encoding="utf-8")
        for key in re.findall(r'say\("([a-zA-Z_]+)"', script):
            assert key in texts["zh"], key
            assert key in texts["en"], key


def test_without_the_reader_the_page_says_so_and_works_by_hand() -> None:
    with served({}) as client:
        page = client.get(GATE_PATH).text
        assert "没有读码器，请用扫描枪或手工输入" in page
        assert "code_reader" not in page
        assert 'id="scanned"' in page
        assert f"{FILES_PATH}/code_reader.js" not in str(worker_of(client)["kept"])


def test_compiling_and_camera_are_allowed_here_and_nothing_comes_from_elsewhere() -> None:
    with served() as client:
        headers = client.get(GATE_PATH).headers
    policy = headers["content-security-policy"]
    assert "script-src 'self' 'wasm-unsafe-eval'" in policy
    assert "trusted-types tongxing-gate" in policy
    assert "connect-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "camera=(self)" in headers["permissions-policy"]
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize("change", ["altered", "missing"])
def test_a_file_of_a_package_counts_only_as_it_was_tried(tmp_path: Path, change: str) -> None:
    path, digest, _licence = listed()["code_reader.js"]
    target = tmp_path / path
    target.parent.mkdir(parents=True)
    if change == "altered":
        target.write_bytes(b"something else")
        assert sha256(b"something else").hexdigest() != digest
    assert "code_reader.js" not in npm_files(tmp_path)
