"""The three issuers as real processes, started once for this folder."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.sandbox.clients import NationalClient, RunningIssuer, running
from tests.sandbox.sm2_by_hand import PrivateKey
from tongxing.sandbox.issuers.keystore import ensure_issuer
from tongxing.sandbox.town.records import IssuerName

SEED = 7
POPULATION = 500

Federation = dict[IssuerName, RunningIssuer]


@pytest.fixture(scope="session")
def sandbox_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("issuers")
    for issuer in IssuerName:
        ensure_issuer(directory, issuer)
    return directory


@pytest.fixture(scope="session")
def federation(sandbox_directory: Path) -> Iterator[Federation]:
    options = ("--seed", str(SEED), "--population", str(POPULATION))
    with ExitStack() as stack:
        yield {
            issuer: stack.enter_context(running(issuer, sandbox_directory, *options))
            for issuer in IssuerName
        }


@pytest.fixture
def zhenjiang(federation: Federation) -> RunningIssuer:
    return federation[IssuerName.ZHENJIANG]


@pytest.fixture
def sukangma(federation: Federation) -> RunningIssuer:
    return federation[IssuerName.SUKANGMA]


@pytest.fixture(scope="session")
def national(federation: Federation, sandbox_directory: Path) -> NationalClient:
    """It gets the hub's key only now, while it runs: the order in which a hub is set up."""
    client = NationalClient(federation[IssuerName.NATIONAL], PrivateKey.generate(), "hub-sm2-1")
    (sandbox_directory / "national" / "hub_key.jwk").write_text(json.dumps(client.jwk()))
    return client
