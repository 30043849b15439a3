"""The fields that an operation selects, through all fragments, as often as it selects them.

The document is valid, so its fragments have no cycles; it is within the limits
(``document_limits``), so all of it together is short.
"""

from collections.abc import Iterator, Mapping

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
)

Fragments = Mapping[str, FragmentDefinitionNode]


def selected(selections: SelectionSetNode | None, fragments: Fragments) -> Iterator[FieldNode]:
    """The fields of ``selections`` itself."""
    for selection in selections.selections if selections else ():
        match selection:
            case FieldNode():
                yield selection
            case InlineFragmentNode():
                yield from selected(selection.selection_set, fragments)
            case FragmentSpreadNode():
                yield from selected(fragments[selection.name.value].selection_set, fragments)


def below(field: FieldNode, name: str, fragments: Fragments) -> Iterator[FieldNode]:
    """The fields of that name at any depth below ``field``, whatever type they belong to."""
    for each in selected(field.selection_set, fragments):
        if each.name.value == name:
            yield each
        yield from below(each, name, fragments)
