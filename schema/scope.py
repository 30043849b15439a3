"""What a registered client may do: the scopes of its token, and which of them a field asks for.

A field's declaration says its scopes, the SDL shows them, and authorization enforces what is
declared: one truth. Refuses to decide.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum, unique
from types import MappingProxyType
from typing import ClassVar

import strawberry
from strawberry.federation.schema_directives import (
    FederationDirective,
    ImportedFrom,
    Policy,
    Tag,
)
from strawberry.federation.versions import FederationVersion
from strawberry.schema_directive import Location


@unique
class Scope(StrEnum):
    """A scope of an access token (RFC 6749 §3.3); never renamed."""

    STATUS_READ = "status:read"
    CODE_VERIFY = "code:verify"
    AUDIT_READ = "audit:read"
    HISTORY_READ = "history:read"
    STATEMENT_READ = "statement:read"
    ARRIVAL_WRITE = "arrival:write"
    ARRIVAL_READ = "arrival:read"
    ARRIVAL_ACKNOWLEDGE = "arrival:acknowledge"
    ALARM_ACKNOWLEDGE = "alarm:acknowledge"
    POLICY_PREVIEW = "policy:preview"
    CORRECTION_WRITE = "correction:write"
    CORRECTION_READ = "correction:read"
    PASS_ISSUE = "pass:issue"  # noqa: S105 - a scope
    DOCUMENT_REGISTER = "document:register"
    EVIDENCE_RELAY = "evidence:relay"
    GRAPH_COMPOSE = "graph:compose"


TRAVELER = "traveler"
OVERSIGHT = "oversight"

AUDIENCES: Mapping[Scope, str] = MappingProxyType(
    {
        Scope.STATUS_READ: TRAVELER,
        Scope.CODE_VERIFY: TRAVELER,
        Scope.AUDIT_READ: OVERSIGHT,
        Scope.HISTORY_READ: TRAVELER,
        Scope.STATEMENT_READ: TRAVELER,
        Scope.ARRIVAL_WRITE: TRAVELER,
        Scope.ARRIVAL_READ: TRAVELER,
        Scope.ARRIVAL_ACKNOWLEDGE: TRAVELER,
        Scope.ALARM_ACKNOWLEDGE: OVERSIGHT,
        Scope.POLICY_PREVIEW: OVERSIGHT,
        Scope.CORRECTION_WRITE: TRAVELER,
        Scope.CORRECTION_READ: TRAVELER,
        Scope.PASS_ISSUE: TRAVELER,
        Scope.DOCUMENT_REGISTER: OVERSIGHT,
        Scope.EVIDENCE_RELAY: TRAVELER,
        Scope.GRAPH_COMPOSE: OVERSIGHT,
    }
)
"""The tag of what a scope opens, for contracts of a supergraph: what is about people, and what is
about the hub's own work. A field without a tag is open to every client."""

GRANTS = "tongxing:grants"
"""The policy (``@policy``) of a field that acts for a region or a purpose. Only the hub can decide
it, because it depends on the arguments."""


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="requiresScopes",
    description="所需权限：接入系统须具有某一组中的全部权限，否则整个请求以 FORBIDDEN_SCOPE 拒绝 "
    "A client needs all scopes of one of the inner lists; without them the whole request is "
    "refused with FORBIDDEN_SCOPE. The meaning is that of the federation directive of the same "
    "name.",
)
class RequiresScopes(FederationDirective):
    scopes: list[list[str]]
    imported_from: ClassVar[ImportedFrom] = ImportedFrom("requiresScopes")
    minimum_version: ClassVar[FederationVersion] = (2, 5)


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="authenticated",
    description="任何已登记的接入系统都可使用 "
    "Open to every registered client, whatever its scopes.",
)
class Authenticated(FederationDirective):
    imported_from: ClassVar[ImportedFrom] = ImportedFrom("authenticated")
    minimum_version: ClassVar[FederationVersion] = (2, 5)


def any_of(*scopes: Scope) -> list[object]:
    """The directives of a field that each one of ``scopes`` opens."""
    audiences = sorted({AUDIENCES[scope] for scope in scopes})
    opened = RequiresScopes(scopes=[[scope.value] for scope in scopes])
    return [opened, *(Tag(name=audience) for audience in audiences)]


def within_grants(*scopes: Scope) -> list[object]:
    """As ``any_of``, of a field whose arguments name a region or a purpose that the client must be
    registered for."""
    return [*any_of(*scopes), Policy(policies=[[GRANTS]])]


def any_client() -> list[object]:
    """The directive of a field that is open to every registered client."""
    return [Authenticated()]


def scopes_of(directives: Iterable[object]) -> frozenset[Scope] | None:
    """The scopes each one of which opens the field with these directives; None if they say nothing
    of it, and then nobody may have the field where a right is needed."""
    for each in directives:
        if isinstance(each, Authenticated):
            return frozenset(Scope)
        if isinstance(each, RequiresScopes):
            return frozenset(Scope(one) for (one,) in each.scopes)
    return None
