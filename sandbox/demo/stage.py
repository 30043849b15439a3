"""What the story is played on: the hub as its clients see it, and the issuers beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tongxing.gateway.cli.hub_client import HubClient
from tongxing.sandbox.demo.expectations import Answer
from tongxing.sandbox.demo.issuers import ReferenceIssuer
from tongxing.sandbox.issuers.population import Population
from tongxing.sandbox.issuers.records import Document, IssuerName

RECEIVING_REGION = "321100"


@dataclass(frozen=True, slots=True)
class Stage:
    """``answers`` and ``asked_about`` are what has happened so far; the audit is held against
    them. ``database`` and ``hub_key`` are the hub's files."""

    city: HubClient
    transport: HubClient
    coordinator: HubClient
    district: HubClient
    issuers: Mapping[IssuerName, ReferenceIssuer]
    population: Population
    database: Path
    hub_key: Path
    answers: list[Answer] = field(default_factory=list)
    asked_about: list[Document] = field(default_factory=list)
