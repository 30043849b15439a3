"""How many entries the pages of one operation may hold together, counted before any is read.

A page below another one counts once for each entry of the page above it, and one below a traveler
once for each traveler. Refuses to know what the entries are.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    get_argument_values,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_object_type,
)

from tongxing.gateway.errors import about_field
from tongxing.gateway.graphql.document_errors import refused_argument
from tongxing.gateway.graphql.execution import Operation
from tongxing.gateway.graphql.pages import page_size
from tongxing.gateway.graphql.prepared_operation import PreparedOperation
from tongxing.gateway.graphql.strawberry_internals import definition_of
from tongxing.schema.paging import PAGED, PageSizes


def sizes_of(field: GraphQLField) -> PageSizes | None:
    """None if the field is not read page by page."""
    declared = definition_of(field)
    sizes = None if declared is None else declared.metadata.get(PAGED)
    return sizes if isinstance(sizes, PageSizes) else None


def paged_fields(schema: GraphQLSchema) -> Iterator[str]:
    """Each under its type, and under the interfaces that also lead to it."""
    for kind in filter(is_object_type, schema.type_map.values()):
        for name in (name for name, field in kind.fields.items() if sizes_of(field)):
            yield from (f"{each.name}.{name}" for each in (kind, *kind.interfaces))


class PageTotals:
    """Of the operations of one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._paged = frozenset(paged_fields(schema))

    def concern(self, operation: Operation | PreparedOperation) -> bool:
        """Whether it has pages. A field that is read page by page is always a guarded one."""
        return not operation.guarded.isdisjoint(self._paged)

    def of(self, operation: Operation) -> int:
        """Raises Refused for a page of a size that its field does not have."""
        if not self.concern(operation):
            return 0
        root = self._schema.get_root_type(operation.kind)
        return _Count(self._schema, operation).under(root, operation.node.selection_set)


class _Count:
    """The document is valid, so its fragments have no cycles. Each is counted once, however often
    it is spread."""

    def __init__(self, schema: GraphQLSchema, operation: Operation) -> None:
        self._schema = schema
        self._operation = operation
        self._counted: dict[str, int] = {}

    def under(self, kind: GraphQLNamedType | None, selected: SelectionSetNode | None) -> int:
        return sum(self._each(kind, selected)) if selected is not None else 0

    def _each(self, kind: GraphQLNamedType | None, selected: SelectionSetNode) -> Iterator[int]:
        for selection in selected.selections:
            match selection:
                case FieldNode():
                    yield self._field(kind, selection)
                case InlineFragmentNode():
                    condition = selection.type_condition
                    inner = self._schema.get_type(condition.name.value) if condition else kind
                    yield self.under(inner, selection.selection_set)
                case FragmentSpreadNode():
                    yield self._fragment(selection.name.value)

    def _fragment(self, name: str) -> int:
        if name not in self._counted:
            fragment = self._operation.fragments[name]
            kind = self._schema.get_type(fragment.type_condition.name.value)
            self._counted[name] = self.under(kind, fragment.selection_set)
        return self._counted[name]

    def _field(self, kind: GraphQLNamedType | None, node: FieldNode) -> int:
        field: GraphQLField | None = getattr(kind, "fields", {}).get(node.name.value)
        if field is None:
            return 0
        inner = self.under(get_named_type(field.type), node.selection_set)
        sizes = sizes_of(field)
        if sizes is not None:
            with about_field(f"{getattr(kind, 'name', '')}.{node.name.value}"):
                given = self._arguments(field, node)
                return page_size(sizes, given.get("first"), given.get("last")) * (1 + inner)
        if inner and is_list_type(get_nullable_type(field.type)):
            return _longest(self._arguments(field, node)) * inner
        return inner

    def _arguments(self, field: GraphQLField, node: FieldNode) -> Mapping[str, Any]:
        try:
            return get_argument_values(field, node, self._operation.variables)
        except GraphQLError as error:
            raise refused_argument(error, node) from None


def _longest(value: Any) -> int:
    """The length of the longest list in ``value``: a field that answers with a list has an entry
    for each of those that it was asked about."""
    match value:
        case Mapping():
            return max((_longest(each) for each in value.values()), default=1)
        case list():
            return max(len(value), 1)
        case _:
            return 1
