"""What a resolver may use: the hub and its books, and who asks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import strawberry

from gateway.answering.hub import Hub
from gateway.answering.inquiry import Asker
from gateway.arrivals import Arrivals
from gateway.audit import AuditLog
from gateway.corrections import Corrections
from gateway.flips import FlipStore
from gateway.publication.directory import PolicyDirectory
from gateway.refusals import Refusals
from gateway.workshop.workshop import Workshop
from keys import TrustStore
from schema import RegionCode


@dataclass(frozen=True, slots=True)
class Services:
    """``connected`` names the issuers that this hub asks; ``clock`` gives aware UTC times."""

    hub: Hub
    audit: AuditLog
    refusals: Refusals
    arrivals: Arrivals
    corrections: Corrections
    flips: FlipStore
    trust: TrustStore
    policies: PolicyDirectory
    workshop: Workshop
    connected: frozenset[str]
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Context:
    """``regions`` are those that the client may act for."""

    services: Services
    asker: Asker
    regions: tuple[RegionCode, ...]


Info = strawberry.Info[Context, None]
