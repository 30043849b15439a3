"""The GraphiQL page: served from the hub, or honest about what is missing."""

import hashlib
import re
from pathlib import Path

import pytest

from tests.http.small_hub import SmallHub, Stage
from tongxing.gateway.http.graphiql import Asset, package_assets
from tongxing.gateway.settings import Profile

NODE_MODULES = Path(__file__).parents[2] / ".build" / "npm" / "node_modules"
ASSETS = Path(__file__).parents[2] / "gateway" / "http" / "assets"
NAMES = (
    "graphiql.min.js",
    "graphiql.min.css",
    "react.production.min.js",
    "react-dom.production.min.js",
)
STAND_INS = {name: Asset(name.encode(), "text/javascript; charset=utf-8") for name in NAMES}

REFERENCE = re.compile(r"""(?:src|href)="([^"]+)\"""")


def test_the_page_and_all_that_it_names_come_from_the_hub(stage: Stage) -> None:
    with stage.client_of(SmallHub(packages=STAND_INS)) as client:
        client.headers.pop("authorization")
        page = client.get("/graphiql")
        names = [name for name in REFERENCE.findall(page.text) if not name.startswith("data:")]
        assert {f"/graphiql/{name}" for name in NAMES} <= set(names)
        for name in names:
            assert client.get(name).status_code == 200


def test_the_page_may_speak_to_the_hub_alone(stage: Stage) -> None:
    with stage.client_of(SmallHub(packages=STAND_INS)) as client:
        page = client.get("/graphiql")
    policy = dict(
        part.split(" ", 1) for part in page.headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["connect-src"] == "'self'"
    assert page.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("file", sorted(ASSETS.iterdir()), ids=lambda file: file.name)
def test_no_file_of_the_page_names_an_outside_address(file: Path) -> None:
    assert "//" not in re.sub(r"(?m)^\s*//.*$", "", file.read_text(encoding="utf-8"))


def test_where_the_packages_are_missing_the_page_says_so_in_both_languages(stage: Stage) -> None:
    with stage.client_of(SmallHub(packages=None)) as client:
        page = client.get("/graphiql")
        assert page.status_code == 200
        assert "GraphiQL 尚未安装" in page.text
        assert "GraphiQL is not installed" in page.text
        assert "make serve" in page.text
        assert "No package and no container holds them" in page.text
        assert client.get("/graphiql/console.css").status_code == 200
        assert client.post("/graphql", json={"query": "{ page }"}).json() == {"data": {"page": 3}}


def test_production_has_no_such_page(stage: Stage) -> None:
    with stage.client_of(SmallHub(Profile.PRODUCTION, packages=STAND_INS)) as client:
        assert client.get("/graphiql").status_code == 404


def test_packages_that_are_not_there_are_missing(tmp_path: Path) -> None:
    assert package_assets(tmp_path) is None


def test_a_package_file_that_was_changed_is_not_served(tmp_path: Path) -> None:
    if package_assets(NODE_MODULES) is None:
        pytest.skip("the packages are not installed: `make test` does it where npm is")
    for source in NODE_MODULES.glob("*/**/*.min.*s"):
        target = tmp_path / source.relative_to(NODE_MODULES)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    copied = package_assets(tmp_path)
    assert copied is not None
    assert all(hashlib.sha256(asset.content).digest() for asset in copied.values())
    script = tmp_path / "react" / "umd" / "react.production.min.js"
    script.write_bytes(script.read_bytes() + b"\n")
    assert package_assets(tmp_path) is None
