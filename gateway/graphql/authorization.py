"""What a client may run: decided for the whole operation, before any of it is executed.

Default deny: a root field, or a guarded field below the root, is refused if it is not in the table.
A field that a directive would skip is checked too: a client that may not ask for it has no reason
to write it down.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from types import MappingProxyType
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationType,
    VariableValues,
    is_object_type,
)

from tongxing.gateway.answering.guesses import Tally
from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.answering.readings import ReadingsOfRequest
from tongxing.gateway.errors import Details, ErrorCode, Refused, range_of
from tongxing.gateway.graphql.arguments import ReadArguments, arguments_of
from tongxing.gateway.graphql.context import Context, Services
from tongxing.gateway.graphql.departure import Left
from tongxing.gateway.graphql.document_errors import refused_argument
from tongxing.gateway.graphql.document_limits import MAX_LIST_VALUES
from tongxing.gateway.graphql.entity_kinds import (
    ENTITIES,
    ENTITY_KINDS,
    check_number,
    read_representations,
)
from tongxing.gateway.graphql.execution import Operation
from tongxing.gateway.graphql.grants import Access, Granted, Grants
from tongxing.gateway.graphql.log_proofs import LogProofs
from tongxing.gateway.graphql.memos import Memo
from tongxing.gateway.graphql.node_kinds import LOOK_UPS, NODE, kind_of
from tongxing.gateway.graphql.page_totals import PageTotals
from tongxing.gateway.graphql.prepared_operation import PreparedOperation
from tongxing.gateway.graphql.relay_fields import relay_questions
from tongxing.gateway.graphql.selected import below, selected
from tongxing.gateway.graphql.strawberry_internals import definition_of
from tongxing.gateway.graphql.whole_request import GivenDocument, WholeRequest
from tongxing.gateway.memory import BoundedMemory
from tongxing.keys.client_tokens import AccessToken
from tongxing.schema import Purpose, RegionCode
from tongxing.schema.scope import Scope, scopes_of
from tongxing.schema.traveler import manifest_of

MAX_TRAVELERS = MAX_LIST_VALUES
"""In one request, over all of its fields. Error: BATCH_SIZE."""

MAX_EXPLAINED = 20
"""Travelers of one request whose answers are explained. Each explanation judges up to 200 times
again, and a person reads no more than this at once. Error: TOO_MANY_EXPLANATIONS."""

EXPLANATION = "TravelerRecognition.explanation"
STATEMENT = "SourceAnswer.statement"

MAX_STATEMENTS = 100
"""Travelers of one request whose sources show their statements, counted once for each place of the
document that asks for them. A statement is about a kilobyte and may have 64. Error:
TOO_MANY_STATEMENTS."""

MAX_ENTRIES = 1_000
"""Entries of all lists that the pages of one request may hold together, those of pages below other
pages too. Error: TOO_MANY_ENTRIES."""

Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Right:
    """Any one of ``scopes`` opens the field. The client must be registered for each thing that
    ``asks`` finds in the arguments."""

    scopes: frozenset[Scope]
    asks: Callable[[Arguments], Sequence[Access]]


def _nothing(_arguments: Arguments) -> Sequence[Access]:
    return ()


def _one(arguments: Arguments) -> Sequence[Access]:
    asked = arguments["input"]
    region, purpose = asked["receivingRegion"], Purpose(asked["purpose"])
    return (Access(region, ("input", "receivingRegion"), purpose, ("input", "purpose")),)


def _one_traveler(_arguments: Arguments) -> int:
    return 1


def _manifest(arguments: Arguments) -> int:
    entries = len(arguments["input"]["entries"])
    if not 1 <= entries <= MAX_TRAVELERS:
        raise _too_many_travelers("input", "entries")
    return entries


def _one_document(arguments: Arguments, _grants: Grants) -> Sequence[GivenDocument]:
    return [arguments["input"]["document"]]


def _granted_documents(arguments: Arguments, grants: Grants) -> Sequence[GivenDocument]:
    """An entry that the client may not ask about is answered without a look at its document, so it
    is no guess, and it does not make the share of the guesses smaller either."""
    given = arguments["input"]
    framed = map(grants.entry, manifest_of(given).entries)
    entries = zip(given["entries"], framed, strict=True)
    return [entry["document"] for entry, each in entries if isinstance(each, Granted)]


def _destination(arguments: Arguments) -> Sequence[Access]:
    return (Access(arguments["input"]["destination"], ("input", "destination")),)


def _relayed(arguments: Arguments) -> int:
    return len(relay_questions(arguments))


def _relayed_documents(arguments: Arguments, _grants: Grants) -> Sequence[GivenDocument]:
    asked = (each.get("document") for each in relay_questions(arguments))
    return [document for document in asked if document is not None]


def _region_of_relay(arguments: Arguments) -> Sequence[Access]:
    return (Access(arguments["input"]["receivingRegion"], ("input", "receivingRegion")),)


def _region(arguments: Arguments) -> Sequence[Access]:
    return (Access(arguments["region"], ("region",)),)


def _region_of_input(arguments: Arguments) -> Sequence[Access]:
    return (Access(arguments["input"]["region"], ("input", "region")),)


def _region_and_destinations(arguments: Arguments) -> Sequence[Access]:
    given = arguments["input"]
    destinations = {each.get("destination") for each in given["decisions"]} - {None}
    to = [Access(each, ("input", "decisions")) for each in sorted(destinations)]
    return [Access(given["region"], ("input", "region")), *to]


def _too_many_travelers(argument: str | None = None, *path: str) -> Refused:
    details = Details(
        argument=argument,
        path=path,
        limit=MAX_TRAVELERS,
        unit="travelers",
        allowed=range_of(1, MAX_TRAVELERS),
    )
    return Refused(ErrorCode.BATCH_SIZE, details)


ASKS: Mapping[str, Callable[[Arguments], Sequence[Access]]] = MappingProxyType(
    {
        "Query.me": _nothing,
        "Query.hub": _nothing,
        "Query.checkpoint": _nothing,
        "Query.consistencyProof": _nothing,
        "Query.node": _nothing,
        # Of each representation: the right to its look-up (``entity_kinds``).
        "Query._entities": _nothing,
        "Query._service": _nothing,
        "Query.traveler": _one,
        # Each entry of a manifest answers for itself whether the client may ask it.
        "Query.travelers": _nothing,
        "Query.verifyCode": _one,
        "Query.relayedStatements": _region_of_relay,
        "Query.issuers": _nothing,
        "Query.issuer": _nothing,
        "Query.federation": _nothing,
        "Query.trustList": _nothing,
        "Query.auditEntries": _nothing,
        "Query.auditEntry": _nothing,
        # Figures and disagreements are cut to the client's own regions.
        "Query.interopMatrix": _nothing,
        "Query.issuerHealth": _nothing,
        "Query.policyUse": _nothing,
        "Query.refusalFigures": _nothing,
        "Query.disagreementFigures": _nothing,
        "Query.disagreements": _nothing,
        # A correction is found by the client that reported it while it may act for its region.
        "Query.correction": _nothing,
        "Mutation.refreshCorrection": _nothing,
        # The receipt names its client and its region; without a right to that nothing is reported.
        "Mutation.reportMistake": _nothing,
        # A pass is for the region of its receipt, which is looked at when that is read.
        "Mutation.issuePass": _nothing,
        "Mutation.withdrawPass": _nothing,
        "Query.verifyPass": _nothing,
        # An alarm names no person and no person's place: an auditor sees all of them.
        "Query.alarms": _nothing,
        "Query.alarm": _nothing,
        "Mutation.acknowledgeAlarm": _nothing,
        "Query.coordinationAlarms": _nothing,
        # A stop names no person either.
        "Query.stoppedClients": _nothing,
        # A document is nobody's and of no place.
        "Query.trustedDocuments": _nothing,
        "Mutation.registerDocument": _nothing,
        "Mutation.withdrawDocument": _nothing,
        "Query.policies": _nothing,
        "Query.policy": _nothing,
        "Query.previewPolicy": _region_of_input,
        "Query.arrivals": _region,
        "Query.arrivalNotices": _region,
        "Mutation.recordArrival": _destination,
        # These do not name the arrival's region. None of another region is found, and for a
        # withdrawal none of another client either.
        "Query.arrival": _nothing,
        "Mutation.acknowledgeArrival": _nothing,
        "Mutation.withdrawArrival": _nothing,
        "Mutation.recordOfflineDecisions": _region_and_destinations,
        "Subscription.arrivalEvents": _region,
        # The receipt names its client and its region, which are looked at when it is read.
        "Subscription.statusChanged": _nothing,
        "Subscription.alarms": _nothing,
        "Subscription.trustListChanged": _nothing,
        "Subscription.policyAnnounced": _nothing,
    }
)
"""What each field of a root asks access to."""

TRAVELERS: Mapping[str, Callable[[Arguments], int]] = MappingProxyType(
    {
        "Query.traveler": _one_traveler,
        "Query.travelers": _manifest,
        "Query.verifyCode": _one_traveler,
        "Query.relayedStatements": _relayed,
    }
)
"""How many travelers each field asks about; the others ask about none."""

DOCUMENTS: Mapping[str, Callable[[Arguments, Grants], Sequence[GivenDocument]]] = MappingProxyType(
    {
        "Query.traveler": _one_document,
        "Query.travelers": _granted_documents,
        "Mutation.reportMistake": _one_document,
        "Mutation.issuePass": _one_document,
        "Query.relayedStatements": _relayed_documents,
    }
)
"""The documents that each field names, whatever it does with them."""

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


@dataclass(frozen=True, slots=True)
class _AskedField:
    """A field of the root, as the document selects it. ``statements`` says how often it asks for
    the statements of each traveler; ``right`` is None if nobody may ask for it."""

    key: str
    right: Right | None
    arguments: ReadArguments
    travelers: Callable[[Arguments], int] | None
    documents: Callable[[Arguments, Grants], Sequence[GivenDocument]] | None
    statements: int
    node: FieldNode


ALLOWED_BYTES = 4_000_000
"""For what some 2,000 tokens were found to allow."""

TOKEN_BYTES = 1_600
REGION_BYTES = 160
"""What is kept of a token, and more for each region: a client may act for hundreds."""


@dataclass(frozen=True, slots=True)
class _Demands:
    """What an operation asks for, as far as its document says. ``about_one`` is its only field if
    that asks about one traveler, in one region and for one purpose, and nothing else matters to
    whether a client may ask it. ``number`` is that of no other operation."""

    number: int
    fields: Sequence[_AskedField]
    guarded: Sequence[tuple[str, Right | None]]
    about_one: _AskedField | None


_Allowed = tuple[int, AccessToken, RegionCode, Purpose]
"""An operation, and who may run it where and what for."""


class _AllowedAgain(NamedTuple):
    """What this ``client`` may ask is found: the document that its question names, its grants."""

    client: AccessToken
    named: Sequence[Sequence[GivenDocument]]
    grants: Grants


_ALLOWED = Memo[_AllowedAgain]()


class _Asking(NamedTuple):
    operation: Operation
    client: AccessToken
    request_id: str
    left: Left


class Authorization:
    """Of operations of one schema. A resolver gets ``services`` from here alone, so that no
    operation runs without having been authorized. What an operation demands is found once, and
    forgotten with its document."""

    def __init__(self, schema: GraphQLSchema, services: Services) -> None:
        self._services = services
        self._rights = rights(schema)
        self._totals = PageTotals(schema)
        roots = {kind: schema.get_root_type(kind) for kind in OperationType}
        self._roots = {kind: root for kind, root in roots.items() if root is not None}
        self._demands: WeakKeyDictionary[PreparedOperation, _Demands] = WeakKeyDictionary()
        self._numbers = count()
        self._allowed: BoundedMemory[_Allowed, bool] = BoundedMemory(ALLOWED_BYTES)

    def __call__(
        self, operation: Operation, client: AccessToken, request_id: str, left: Left
    ) -> Context:
        """What the resolvers of ``operation`` may use. Raises Refused unless ``client`` may run the
        whole of it."""
        asking = _Asking(operation, client, request_id, left)
        allowed = operation.memos.get(_ALLOWED)
        if allowed is not None and allowed.client is client:
            return self._context(allowed.named, allowed.grants, asking)
        demands = self._demands_of(operation.prepared)
        if demands.about_one is not None:
            return self._about_one(demands, demands.about_one, asking)
        return self._whole(demands, asking)

    def _about_one(self, demands: _Demands, field: _AskedField, asking: _Asking) -> Context:
        """Whether this client may ask it in this place for this purpose is found once."""
        operation, client = asking.operation, asking.client
        try:
            given = _arguments(field, operation)["input"]
        except Refused:  # the general road says of which field, and before that who may not ask it
            return self._whole(demands, asking)
        wanted = demands.number, client, given["receivingRegion"], given["purpose"]
        if self._allowed.get(wanted) is None:
            context = self._whole(demands, asking)
            size = TOKEN_BYTES + REGION_BYTES * len(client.regions)
            self._allowed.put(wanted, True, size=size)
            return context
        named = [] if field.documents is None else [[given["document"]]]
        grants = Grants(client.regions, client.purposes)
        operation.memos.note(_ALLOWED, _AllowedAgain(client, named, grants))
        return self._context(named, grants, asking)

    def _whole(self, demands: _Demands, asking: _Asking) -> Context:
        operation, client = asking.operation, asking.client
        grants = Grants(client.regions, client.purposes)
        asked: list[tuple[str, Sequence[Access]]] = []
        named: list[Sequence[GivenDocument]] = []
        travelers = statements = entities = 0
        for field in demands.fields:
            right = _checked(field.key, field.right, client)
            try:
                arguments = _arguments(field, operation)
                if field.key == NODE:
                    self._may_look_up(arguments["id"], client)
                if field.key == ENTITIES:
                    entities += self._may_represent(arguments["representations"], client)
                asked.append((field.key, right.asks(arguments)))
                check_number(entities)
                of_field = field.travelers(arguments) if field.travelers else 0
            except Refused as refused:
                raise refused.about(field.key) from None
            travelers += of_field
            statements += of_field * field.statements
            if travelers > MAX_TRAVELERS:
                raise _too_many_travelers()
            if field.documents is not None:
                named += filter(None, [field.documents(arguments, grants)])
        for key, guarding in demands.guarded:
            _checked(key, guarding, client)
        _check_size(operation, travelers, statements, self._totals.of(operation))
        for key, each in asked:
            try:
                grants.check(each)
            except Refused as refused:
                raise refused.about(key) from None
        return self._context(named, grants, asking, travelers)

    def _context(
        self,
        named: Sequence[Sequence[GivenDocument]],
        grants: Grants,
        asking: _Asking,
        travelers: int = 1,
    ) -> Context:
        operation, client, request_id, left = asking
        asker, guard = Asker(client.client_id, request_id, travelers), self._services.guard
        guard.note(Tally(asked=sum(map(len, named))), asker)
        whole = WholeRequest(named, asker, guard, self._services.turns)
        readings = ReadingsOfRequest(self._services.readings, asker)
        proofs = LogProofs(self._services.audit)
        memos = operation.memos
        return Context(self._services, client, asker, grants, left, whole, readings, proofs, memos)

    def _demands_of(self, prepared: PreparedOperation) -> _Demands:
        demands = self._demands.get(prepared)
        if demands is None:
            root = self._roots[prepared.kind]
            fields = selected(prepared.node.selection_set, prepared.fragments)
            asked = [self._asked(root, field, prepared) for field in fields]
            guarded = [(key, self._rights.get(key)) for key in prepared.guarded]
            about_one = None if self._totals.concern(prepared) else _about_one(asked)
            demands = self._demands[prepared] = _Demands(
                next(self._numbers), asked, guarded, about_one
            )
        return demands

    def _asked(
        self, root: GraphQLObjectType, field: FieldNode, prepared: PreparedOperation
    ) -> _AskedField:
        key, definition = _key(root, field), root.fields.get(field.name.value)
        return _AskedField(
            key,
            self._rights.get(key),
            arguments_of(definition, field) if definition else _no_arguments,
            TRAVELERS.get(key),
            DOCUMENTS.get(key),
            _statements(field, prepared),
            field,
        )

    def _may_look_up(self, unchecked_id: str, client: AccessToken) -> None:
        """An id opens no more than the field that leads to the same thing."""
        look_up = LOOK_UPS.get(kind_of(unchecked_id))
        if look_up is not None:
            _checked(look_up, self._rights.get(look_up), client)

    def _may_represent(self, unchecked: Sequence[Mapping[str, Any]], client: AccessToken) -> int:
        """How many there are. A key opens no more than an id."""
        representations = read_representations(unchecked)
        for look_up in {ENTITY_KINDS[each.kind].look_up for each in representations}:
            _checked(look_up, self._rights.get(look_up), client)
        return len(representations)


def _about_one(asked: Sequence[_AskedField]) -> _AskedField | None:
    if len(asked) != 1 or asked[0].right is None or asked[0].right.asks is not _one:
        return None
    return asked[0] if asked[0].travelers is _one_traveler else None


def _checked(key: str, right: Right | None, client: AccessToken) -> Right:
    """``right``, if ``client`` has it."""
    if right is None:
        raise Refused(ErrorCode.FORBIDDEN_SCOPE, Details(field=key))
    if client.scopes.isdisjoint(right.scopes):
        details = Details(field=key, allowed=tuple(sorted(right.scopes)))
        raise Refused(ErrorCode.FORBIDDEN_SCOPE, details)
    return right


def _check_size(operation: Operation, travelers: int, statements: int, entries: int) -> None:
    """Of all fields together."""
    if entries > MAX_ENTRIES:
        raise Refused(ErrorCode.TOO_MANY_ENTRIES, Details(limit=MAX_ENTRIES, unit="entries"))
    if EXPLANATION in operation.guarded and travelers > MAX_EXPLAINED:
        details = Details(field=EXPLANATION, limit=MAX_EXPLAINED, unit="travelers")
        raise Refused(ErrorCode.TOO_MANY_EXPLANATIONS, details)
    if statements > MAX_STATEMENTS:
        details = Details(field=STATEMENT, limit=MAX_STATEMENTS, unit="travelers")
        raise Refused(ErrorCode.TOO_MANY_STATEMENTS, details)


def _statements(field: FieldNode, operation: PreparedOperation) -> int:
    """How often ``field`` asks for the statements of each traveler."""
    if STATEMENT not in operation.guarded:
        return 0
    _, name = STATEMENT.split(".")
    return sum(1 for _ in below(field, name, operation.fragments))


def _key(root: GraphQLObjectType, field: FieldNode) -> str:
    """Meta fields go by their name alone: they are the same on every root."""
    name = field.name.value
    return name if name.startswith("__") else f"{root.name}.{name}"


def _no_arguments(_variables: VariableValues) -> dict[str, Any]:
    return {}


def _arguments(field: _AskedField, operation: Operation) -> Arguments:
    try:
        return field.arguments(operation.variables)
    except GraphQLError as error:
        raise refused_argument(error, field.node) from None
