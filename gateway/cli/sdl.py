"""``tongxing sdl``: the GraphQL schema that this version serves."""

import typer

from tongxing.gateway.graphql.root import graphql_schema


def sdl() -> None:
    typer.echo(graphql_schema().as_str())
