"""What a client may run: decided for the whole operation, before any of it is executed.

Default deny: a root field, or a guarded field below the root, is refused if it is not in the table.
A field that a directive would skip is checked too: a client that may not ask for it has no reason
to write it down.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationType,
    SelectionSetNode,
    get_argument_values,
    is_object_type,
)

from tongxing.gateway.answering.guesses import Tally
from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.answering.readings import ReadingsOfRequest
from tongxing.gateway.errors import Details, ErrorCode, Path, Refused, about_field, range_of
from tongxing.gateway.graphql.context import Context, Services
from tongxing.gateway.graphql.departure import Left
from tongxing.gateway.graphql.document_errors import refused_argument
from tongxing.gateway.graphql.document_limits import MAX_LIST_VALUES
from tongxing.gateway.graphql.execution import Operation
from tongxing.gateway.graphql.node_kinds import LOOK_UPS, NODE, kind_of
from tongxing.gateway.graphql.page_totals import PageTotals
from tongxing.gateway.graphql.strawberry_internals import definition_of
from tongxing.gateway.graphql.whole_request import GivenDocument, WholeRequest
from tongxing.keys.client_tokens import AccessToken
from tongxing.schema import Purpose, RegionCode, contains
from tongxing.schema.scope import Scope, scopes_of

MAX_TRAVELERS = MAX_LIST_VALUES
"""In one request, over all of its fields. Error: BATCH_SIZE."""

MAX_EXPLAINED = 20
"""Travelers of one request whose answers are explained. Each explanation judges up to 200 times
again, and a person reads no more than this at once. Error: TOO_MANY_EXPLANATIONS."""

EXPLANATION = "TravelerRecognition.explanation"

MAX_ENTRIES = 1_000
"""Entries of all lists that the pages of one request may hold together, those of pages below other
pages too. Error: TOO_MANY_ENTRIES."""

Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Access:
    """What one part of the operation asks access to: a recognition or, without a ``purpose``, the
    records of a region. ``region_at`` and ``purpose_at`` say where: an argument, and the way into
    it."""

    region: RegionCode
    region_at: Path
    purpose: Purpose | None = None
    purpose_at: Path = ()


@dataclass(frozen=True, slots=True)
class Right:
    """Any one of ``scopes`` opens the field. The client must be registered for each thing that
    ``asks`` finds in the arguments."""

    scopes: frozenset[Scope]
    asks: Callable[[Arguments], Sequence[Access]]


def _nothing(_arguments: Arguments) -> Sequence[Access]:
    return ()


def _one(arguments: Arguments, *at: str | int) -> Sequence[Access]:
    """``at`` leads to what holds the two."""
    region, purpose = arguments["receivingRegion"], Purpose(arguments["purpose"])
    return (Access(region, (*at, "receivingRegion"), purpose, (*at, "purpose")),)


def _manifest(arguments: Arguments) -> Sequence[Access]:
    requests = arguments["requests"]
    if not 1 <= len(requests) <= MAX_TRAVELERS:
        raise _too_many_travelers("requests")
    return [
        asked
        for number, request in enumerate(requests)
        for asked in _one(request, "requests", number)
    ]


def _destination(arguments: Arguments) -> Sequence[Access]:
    return (Access(arguments["input"]["destination"], ("input", "destination")),)


def _region(arguments: Arguments) -> Sequence[Access]:
    return (Access(arguments["region"], ("region",)),)


def _region_of_input(arguments: Arguments) -> Sequence[Access]:
    return (Access(arguments["input"]["region"], ("input", "region")),)


def _too_many_travelers(argument: str | None = None) -> Refused:
    details = Details(
        argument=argument,
        limit=MAX_TRAVELERS,
        unit="travelers",
        allowed=range_of(1, MAX_TRAVELERS),
    )
    return Refused(ErrorCode.BATCH_SIZE, details)


ASKS: Mapping[str, Callable[[Arguments], Sequence[Access]]] = MappingProxyType(
    {
        "Query.me": _nothing,
        "Query.hub": _nothing,
        "Query.node": _nothing,
        "Query.traveler": _one,
        "Query.travelers": _manifest,
        "Query.verifyCode": _one,
        "Query.issuers": _nothing,
        "Query.issuer": _nothing,
        "Query.trustList": _nothing,
        "Query.auditEntries": _nothing,
        "Query.auditEntry": _nothing,
        # A correction is found by the client that reported it, and by no other one.
        "Query.correction": _nothing,
        "Mutation.refreshCorrection": _nothing,
        # The receipt names its client and its region, and so decides what may be reported.
        "Mutation.reportMistake": _nothing,
        # An alarm names no person and no person's place: an auditor sees all of them.
        "Query.alarms": _nothing,
        "Query.alarm": _nothing,
        # A stop names no person either.
        "Query.stoppedClients": _nothing,
        "Query.policies": _nothing,
        "Query.policy": _nothing,
        "Query.previewPolicy": _region_of_input,
        "Query.arrivals": _region,
        "Query.arrivalNotices": _region,
        "Mutation.recordArrival": _destination,
        # These do not name the arrival's region. The store finds no arrival of another region, and
        # for a withdrawal none of another client.
        "Query.arrival": _nothing,
        "Mutation.acknowledgeArrival": _nothing,
        "Mutation.withdrawArrival": _nothing,
        "Subscription.arrivalEvents": _region,
    }
)
"""What each field of a root asks access to."""

META_FIELDS = frozenset({"__typename", "__schema", "__type"})


def rights(schema: GraphQLSchema) -> Mapping[str, Right]:
    """Who may ask for which field, as the fields declare it (``schema.scope``). A field of a root
    is refused if it declares nothing, or if ``ASKS`` does not list it."""
    found = dict.fromkeys(META_FIELDS, Right(frozenset(Scope), _nothing))
    roots = [schema.get_root_type(kind) for kind in OperationType]
    for kind in filter(is_object_type, schema.type_map.values()):
        for name, scopes in _declared(kind):
            key = f"{kind.name}.{name}"
            asks = ASKS.get(key) if kind in roots else _nothing
            if asks is not None:
                found[key] = Right(scopes, asks)
    return MappingProxyType(found)


def _declared(kind: GraphQLObjectType) -> Iterator[tuple[str, frozenset[Scope]]]:
    for name, field in kind.fields.items():
        definition = definition_of(field)
        scopes = None if definition is None else scopes_of(definition.directives)
        if scopes is not None:
            yield name, scopes


class Authorization:
    """Of operations of one schema. A resolver gets ``services`` from here alone, so that no
    operation runs without having been authorized."""

    def __init__(self, schema: GraphQLSchema, services: Services) -> None:
        self._services = services
        self._rights = rights(schema)
        self._totals = PageTotals(schema)
        roots = {kind: schema.get_root_type(kind) for kind in OperationType}
        self._roots = {kind: root for kind, root in roots.items() if root is not None}

    def __call__(
        self, operation: Operation, client: AccessToken, request_id: str, left: Left
    ) -> Context:
        """What the resolvers of ``operation`` may use. Raises Refused unless ``client`` may run the
        whole of it."""
        root = self._roots[operation.kind]
        asked: list[tuple[str, Sequence[Access]]] = []
        named: list[Sequence[GivenDocument]] = []
        for field in _root_fields(operation):
            key = _key(root, field)
            right = self._right(key, client)
            with about_field(key):
                arguments = _arguments(root, field, operation)
                if key == NODE:
                    self._may_look_up(arguments["id"], client)
                asked.append((key, right.asks(arguments)))
            named += filter(None, [_documents(arguments)])
        for key in operation.guarded:
            self._right(key, client)
        travelers = sum(len(of_field) for _, of_field in asked)
        _check_size(operation, travelers, self._totals.of(operation))
        for key, of_field in asked:
            with about_field(key):
                _check_all(of_field, client)
        regions = tuple(map(RegionCode, sorted(client.regions)))
        asker = Asker(client.client_id, request_id, travelers)
        guard = self._services.guard
        guard.note(Tally(asked=sum(map(len, named))), asker)
        whole = WholeRequest(named, asker, guard, self._services.turns)
        readings = ReadingsOfRequest(self._services.readings, asker)
        return Context(self._services, client, asker, regions, left, whole, readings)

    def _may_look_up(self, unchecked_id: str, client: AccessToken) -> None:
        """An id opens no more than the field that leads to the same thing."""
        look_up = LOOK_UPS.get(kind_of(unchecked_id))
        if look_up is not None:
            self._right(look_up, client)

    def _right(self, key: str, client: AccessToken) -> Right:
        right = self._rights.get(key)
        if right is None:
            raise Refused(ErrorCode.FORBIDDEN_SCOPE, Details(field=key))
        if client.scopes.isdisjoint(right.scopes):
            details = Details(field=key, allowed=tuple(sorted(right.scopes)))
            raise Refused(ErrorCode.FORBIDDEN_SCOPE, details)
        return right


def _check_size(operation: Operation, travelers: int, entries: int) -> None:
    """Of all fields together."""
    if travelers > MAX_TRAVELERS:
        raise _too_many_travelers()
    if entries > MAX_ENTRIES:
        raise Refused(ErrorCode.TOO_MANY_ENTRIES, Details(limit=MAX_ENTRIES, unit="entries"))
    if EXPLANATION in operation.guarded and travelers > MAX_EXPLAINED:
        details = Details(field=EXPLANATION, limit=MAX_EXPLAINED, unit="travelers")
        raise Refused(ErrorCode.TOO_MANY_EXPLANATIONS, details)


def _documents(arguments: Arguments) -> Sequence[GivenDocument]:
    """Those that a field names, whatever it does with them."""
    if "requests" in arguments:
        return [request["document"] for request in arguments["requests"]]
    named = arguments | arguments.get("input", {})
    return [named["document"]] if "document" in named else []


def _key(root: GraphQLObjectType, field: FieldNode) -> str:
    """Meta fields go by their name alone: they are the same on every root."""
    name = field.name.value
    return name if name.startswith("__") else f"{root.name}.{name}"


def _arguments(root: GraphQLObjectType, field: FieldNode, operation: Operation) -> Arguments:
    definition = root.fields.get(field.name.value)
    if definition is None:
        return {}
    try:
        return get_argument_values(definition, field, operation.variables)
    except GraphQLError as error:
        raise refused_argument(error, field) from None


def _check_all(asked: Sequence[Access], client: AccessToken) -> None:
    """Each pair of region and purpose once, at the first place that names it."""
    pairs: dict[tuple[RegionCode, Purpose | None], Access] = {}
    for each in asked:
        pairs.setdefault((each.region, each.purpose), each)
    for each in pairs.values():
        _check(each, client)


def _check(asked: Access, client: AccessToken) -> None:
    if not any(contains(RegionCode(region), asked.region) for region in client.regions):
        raise _forbidden(ErrorCode.FORBIDDEN_REGION, asked.region_at, client.regions)
    if asked.purpose is not None and asked.purpose.value not in client.purposes:
        raise _forbidden(ErrorCode.FORBIDDEN_PURPOSE, asked.purpose_at, client.purposes)


def _forbidden(code: ErrorCode, at: Path, held: Iterable[str]) -> Refused:
    """``held`` is the client's own: it may be told what it is registered for."""
    argument, *path = at
    return Refused(code, Details(None, str(argument), tuple(path), allowed=tuple(sorted(held))))


def _root_fields(operation: Operation) -> Iterator[FieldNode]:
    """Every field of the root, through all fragments. The document is valid, so its fragments have
    no cycles; it is within the limits, so it is short."""

    def fields(selections: SelectionSetNode) -> Iterator[FieldNode]:
        for selection in selections.selections:
            match selection:
                case FieldNode():
                    yield selection
                case InlineFragmentNode():
                    yield from fields(selection.selection_set)
                case FragmentSpreadNode():
                    spread = operation.fragments[selection.name.value]
                    yield from fields(spread.selection_set)

    return fields(operation.node.selection_set)
