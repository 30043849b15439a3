"""What the client programs and commands ask is shipped, so that hubs know it by its id."""

from tests.graphql.shipped_documents import LIBRARY, of_library, present, shipped


def test_the_shipped_documents_are_what_clients_ask() -> None:
    """`make golden` writes them."""
    assert present() == shipped()


def test_the_library_for_python_asks_what_the_programs_ask() -> None:
    assert present(LIBRARY) == of_library()
