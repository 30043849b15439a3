"""An error says which part of a request it is about, wherever it is raised."""

import ast
from collections.abc import Iterator

from tests.architecture.source import NAME, Module, module, modules
from tongxing.gateway.errors import ErrorCode

OF_THE_WHOLE_REQUEST = {
    ErrorCode.ARRAY_OF_OPERATIONS,
    ErrorCode.BODY_TIMED_OUT,
    ErrorCode.CLIENT_LEFT,
    ErrorCode.CLIENT_STOPPED,
    ErrorCode.DOCUMENT_INVALID,
    ErrorCode.DOCUMENT_NOT_TRUSTED,
    ErrorCode.DOCUMENT_SYNTAX,
    ErrorCode.INTROSPECTION_DISABLED,
    ErrorCode.MALFORMED_REQUEST,
    ErrorCode.METHOD_NOT_ALLOWED,
    ErrorCode.NOT_ACCEPTABLE,
    ErrorCode.OPERATION_UNKNOWN,
    ErrorCode.OVERLOADED,
    ErrorCode.PERSISTED_DOCUMENT_NOT_FOUND,
    ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED,
    ErrorCode.SUBSCRIPTION_NOT_SUPPORTED,
    ErrorCode.UNAUTHENTICATED,
    ErrorCode.UNAVAILABLE,
    ErrorCode.UNSUPPORTED_ENCODING,
    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
}
"""What there is no argument and no limit for. An error of a document has its ``locations``."""

VALUES_ARE_LOOKED_INTO_BY = {"gateway.graphql.misfits", "gateway.graphql.document_errors"}
"""Only these say that a value does not fit its type: every other fault has a code of its own."""


def _bare(of: Module) -> Iterator[str]:
    """The codes of the refusals that a module raises without details."""
    for node in of.nodes:
        if not isinstance(node, ast.Call) or ast.unparse(node.func) != "Refused":
            continue
        if len(node.args) == 1 and not node.keywords:
            yield ast.unparse(node.args[0]).removeprefix("ErrorCode.")


def _product() -> list[Module]:
    return [each for name, each in modules().items() if name.startswith(f"{NAME}.gateway")]


def test_a_refusal_without_details_is_about_the_whole_request() -> None:
    bare = {(each.name, code) for each in _product() for code in _bare(each)}
    allowed = {code.value for code in OF_THE_WHOLE_REQUEST} | {"code"}
    assert {found for found in bare if found[1] not in allowed} == set()


def test_a_refusal_without_details_is_found() -> None:
    made = module("x", "raise Refused(ErrorCode.PAGE_SIZE)")
    assert list(_bare(made)) == ["PAGE_SIZE"]
    assert list(_bare(module("x", "raise Refused(ErrorCode.PAGE_SIZE, Details())"))) == []


def test_only_what_looks_into_values_says_that_one_does_not_fit() -> None:
    saying = {
        each.name.removeprefix(f"{NAME}.")
        for each in _product()
        for node in each.nodes
        if isinstance(node, ast.Call) and "ErrorCode.INVALID_VALUE" in map(ast.unparse, node.args)
    }
    assert saying <= VALUES_ARE_LOOKED_INTO_BY
