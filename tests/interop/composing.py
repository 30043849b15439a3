"""Supergraphs of the hub and its neighbours, made by other people's composers."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.interop import neighbours
from tongxing.gateway.graphql.published_sdl import openly_said
from tongxing.gateway.graphql.root import graphql_schema

ROOT = Path(__file__).parents[2]
INSTALLED = ROOT / ".build" / "interop"
NODE_MODULES = INSTALLED / "node_modules"
HERE = Path(__file__).parent
SUBGRAPH = ROOT / "schema" / "subgraph.graphql"
APOLLO = "@apollo/composition"
GUILD = "@theguild/federation-composition"


@dataclass(frozen=True)
class Urls:
    hub: str = "http://127.0.0.1:1/graphql"
    timetable: str = "http://127.0.0.1:2/"
    hotels: str = "http://127.0.0.1:3/"


NOWHERE = Urls()


def node() -> str:
    """The program. Skips the test without it, or without the packages."""
    found = shutil.which("node")
    if found is None or not (INSTALLED / ".ready").exists():
        if os.environ.get("CI") and shutil.which("npm"):
            pytest.fail("npm is here, so `make interop` should have installed the packages")
        pytest.skip("the composers and gateways need node and npm; `make interop` installs them")
    return found


def subgraphs(urls: Urls = NOWHERE, *, access: bool = True) -> list[dict[str, str]]:
    """``access`` is false if the hub's SDL does not say who may ask."""
    sdl = SUBGRAPH.read_text("utf-8") if access else openly_said(graphql_schema()).text.decode()
    return [
        {"name": "hub", "url": urls.hub, "sdl": sdl},
        {"name": "timetable", "url": urls.timetable, "sdl": neighbours.TIMETABLE.as_str()},
        {"name": "hotels", "url": urls.hotels, "sdl": neighbours.HOTELS.as_str()},
    ]


def composed(some: list[dict[str, str]]) -> Mapping[str, Mapping[str, Any]]:
    """By composer, ``errors``, ``hints`` and the ``supergraph``."""
    return _composed(json.dumps(some))


@cache
def _composed(some: str) -> Mapping[str, Mapping[str, Any]]:
    run = subprocess.run(
        [node(), str(HERE / "compose.mjs"), str(NODE_MODULES)],
        input=some,
        capture_output=True,
        check=True,
        text=True,
    )
    made: Mapping[str, Mapping[str, Any]] = json.loads(run.stdout)
    return made
