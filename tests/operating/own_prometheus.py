"""A Prometheus of the tests' own, which looks every second, with the rules made as quick."""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
import yaml

from tests.acceptance.hubs import RunningHub, await_that
from tests.operating.monitoring import RULES

SHORTER = {
    "1m": "6s",
    "5m": "6s",
    "10m": "6s",
    "15m": "60s",
    "30m": "10s",
    "1h": "12s",
    "6h": "14s",
}
"""What stands for the lengths of time that the rules look back."""


def program(name: str) -> str:
    """Its path. The test is skipped if it is not installed; where ``CI`` is set, it fails."""
    found = shutil.which(name)
    if found is None and "CI" not in os.environ:
        pytest.skip(f"{name} is not installed")
    assert found is not None
    return found


OF_THIS_MACHINE = {"TongxingDiskFillsUp", "TongxingDiskNearlyFull"}
"""What others write here meanwhile is more in seconds than in hours."""


class OwnPrometheus:
    def __init__(self, url: str) -> None:
        self._url = url

    def await_firing(
        self,
        *names: str,
        meanwhile: Callable[[], object] = lambda: None,
        of: RunningHub | None = None,
    ) -> None:
        """Each of them at some time; ``meanwhile`` is called again and again."""
        fired: set[str] = set()

        def seen() -> bool:
            meanwhile()
            fired.update(self.firing(of))
            return fired >= set(names)

        await_that(seen, f"all of {names} fired")

    def firing(self, of: RunningHub | None = None) -> set[str]:
        """The names of the alerts; of one hub, or all."""
        answer = httpx2.get(f"{self._url}/api/v1/alerts", trust_env=False)
        alerts = answer.json()["data"]["alerts"]
        labels = [each["labels"] for each in alerts if each["state"] == "firing"]
        place = None if of is None else _place_of(of)
        return {each["alertname"] for each in labels if place in (None, each.get("instance"))}

    def is_up(self) -> bool:
        try:
            return httpx2.get(f"{self._url}/-/ready", trust_env=False).is_success
        except httpx2.HTTPError:
            return False


def hurried(rules: str) -> str:
    """They look as often as Prometheus scrapes, back over seconds, and wait for one."""
    rules = re.sub(r"^(\s+)(for|interval): \w+$", r"\1\2: 1s", rules, flags=re.MULTILINE)
    return re.sub(r"(\[|offset )(\w+?)(?=\]|\)|\s|$)", _shorter, rules)


def _shorter(found: re.Match[str]) -> str:
    return f"{found[1]}{SHORTER.get(found[2], found[2])}"


def _place_of(hub: RunningHub) -> str:
    return urlsplit(hub.operation or hub.url).netloc


@contextmanager
def watching(folder: Path, hubs: Sequence[RunningHub]) -> Iterator[OwnPrometheus]:
    """All ``hubs``, which have one credential."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    (folder / "alerts.yaml").write_text(hurried(RULES.read_text("utf-8")), "utf-8")
    job = {
        "job_name": "tongxing",
        "authorization": {"credentials_file": str(hubs[0].layout.metrics_credential)},
        "static_configs": [{"targets": [_place_of(hub) for hub in hubs]}],
    }
    seconds = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    settings = {"global": seconds, "rule_files": ["alerts.yaml"], "scrape_configs": [job]}
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(settings), "utf-8")
    command = [
        program("prometheus"),
        f"--config.file={folder / 'prometheus.yaml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
    ]
    with (folder / "prometheus.log").open("wb") as log, subprocess.Popen(command, stderr=log) as it:
        try:
            server = OwnPrometheus(f"http://{address}")
            await_that(server.is_up, "Prometheus is up")
            yield server
        finally:
            it.terminate()
