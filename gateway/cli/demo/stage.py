"""What the story is played on: the hub as its clients see it, and the issuers beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.sandbox.population import Population
from adapters.sandbox.records import IssuerName
from gateway.cli.demo.expectations import Answer
from gateway.cli.demo.issuers import ReferenceIssuer
from gateway.cli.hub_client import HubClient

RECEIVING_REGION = "321100"


@dataclass(frozen=True, slots=True)
class Stage:
    """``answers`` is what the hub has answered so far, step by step; the audit is held against
    it."""

    city: HubClient
    transport: HubClient
    coordinator: HubClient
    issuers: Mapping[IssuerName, ReferenceIssuer]
    population: Population
    answers: list[Answer] = field(default_factory=list)
