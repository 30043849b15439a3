"""What the client programs and commands ask is shipped, so that hubs know it by its id."""

from tests.graphql.shipped_documents import (
    LIBRARY,
    TYPESCRIPT,
    in_typescript,
    of_library,
    present,
    shipped,
)


def test_the_shipped_documents_are_what_clients_ask() -> None:
    """`make golden` writes them."""
    assert present() == shipped()


def test_the_library_for_python_asks_what_the_programs_ask() -> None:
    assert present(LIBRARY) == of_library()


def test_the_library_for_typescript_asks_what_the_programs_ask() -> None:
    written = TYPESCRIPT.read_text("utf-8")
    assert written == in_typescript()
    assert "\\" not in written
    assert "${" not in written
