"""What of an operation depends on the document alone: made once, used by every request.

Responsible for which plan a request gets: there is one for each choice of the Boolean variables in
@include and @skip, made when it is first needed. Refuses to run anything (``execution``).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    VariableValues,
    Visitor,
    visit,
)

from tongxing.gateway.graphql.core_internals import FragmentDetails
from tongxing.gateway.graphql.guarded import Keys
from tongxing.gateway.graphql.plan import Plan
from tongxing.gateway.graphql.variables import PreparedVariables
from tongxing.gateway.memory import ENTRY_BYTES, BoundedMemory

MAX_PLANS = 8
"""Of one operation; what they hold counts for its document (``documents``). A client that sends
more choices than that gets plans made again."""


class PreparedOperation:
    """One operation of a valid ``document``. ``guarded`` are the marked fields that it asks for."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        node: OperationDefinitionNode,
        guarded: Keys,
    ) -> None:
        self.node = node
        self.kind: OperationType = node.operation
        self.name = node.name.value if node.name else None
        self.guarded = guarded
        self.document = document
        self.fragments = _fragments(document)
        self.details = {
            name: FragmentDetails(fragment) for name, fragment in self.fragments.items()
        }
        self.variables = PreparedVariables(schema, node.variable_definitions or ())
        self._schema = schema
        self._switches = tuple(sorted(_switches(document)))
        self._plans: BoundedMemory[tuple[object, ...], Plan]
        self._plans = BoundedMemory(MAX_PLANS * ENTRY_BYTES)

    def plan(self, variables: VariableValues) -> Plan:
        choice = tuple([variables.coerced.get(name) for name in self._switches])
        plan = self._plans.get(choice)
        if plan is None:
            switches = {name: variables.coerced.get(name) for name in self._switches}
            plan = Plan(self._schema, self.node, self.details, VariableValues({}, switches))
            self._plans.put(choice, plan, size=0)
        return plan

    @property
    def written_fields(self) -> int:
        """How many fields the plans write: a measure of their memory."""
        return sum(plan.written_fields for _, plan in self._plans.items())


def _fragments(document: DocumentNode) -> Mapping[str, FragmentDefinitionNode]:
    return {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }


def _switches(document: DocumentNode) -> Iterator[str]:
    found = _Switches()
    visit(document, found)
    yield from found.names


class _Switches(Visitor):
    """The variables in the directives of a document: it knows @include and @skip alone."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        for argument in node.arguments or ():
            if isinstance(argument.value, VariableNode):
                self.names.add(argument.value.name.value)
