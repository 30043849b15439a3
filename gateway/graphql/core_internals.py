"""What plans need of graphql-core besides its public names.

The only file that rests on these internals: how fields are collected (``collect_fields`` and
``collect_subfields``, with the records that they take and give), and how variables are kept beside
what they were made of. ``tests/graphql/test_generated_operations.py`` fails if a release changes
them.
"""

from graphql.execution.collect_fields import (
    FieldDetails,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.get_variable_signature import (
    GraphQLVariableSignature,
    get_variable_signature,
)
from graphql.execution.values import VariableValueSource
from graphql.utilities.coerce_input_value import coerce_default_value

__all__ = [
    "FieldDetails",
    "FragmentDetails",
    "GraphQLVariableSignature",
    "VariableValueSource",
    "coerce_default_value",
    "collect_fields",
    "collect_subfields",
    "get_variable_signature",
]
