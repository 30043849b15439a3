"""``tongxing sdl``: the GraphQL schema that this version serves."""

import typer

from gateway.graphql.root import graphql_schema


def sdl() -> None:
    typer.echo(graphql_schema().as_str())
