"""What the client programs and commands ask is shipped, so that hubs know it by its id."""

from tests.graphql.shipped_documents import present, shipped


def test_the_shipped_documents_are_what_clients_ask() -> None:
    """`make golden` writes them."""
    assert present() == shipped()
