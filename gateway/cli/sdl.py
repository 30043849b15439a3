"""``tongxing sdl``: the GraphQL schema, as clients and gateways read it."""

import typer

from tongxing.gateway.graphql.root import graphql_schema


def sdl() -> None:
    typer.echo(graphql_schema().as_str())
