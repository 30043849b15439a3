"""``tongxing sdl``: the GraphQL schema, as clients and gateways read it."""

from typing import Annotated

import typer

from tongxing.gateway.graphql.api_reference import api_reference
from tongxing.gateway.graphql.published_sdl import published_sdl, subgraph_sdl
from tongxing.gateway.graphql.root import graphql_schema


def sdl(
    *,
    digest: Annotated[
        bool,
        typer.Option(
            "--digest",
            help="只输出摘要 Only its digest, as hubs and their ETags say it",
        ),
    ] = False,
    subgraph: Annotated[
        bool,
        typer.Option(
            "--subgraph",
            help="输出子图的 SDL，供合成超图 The SDL of the subgraph, for composing a supergraph",
        ),
    ] = False,
    reference: Annotated[
        bool,
        typer.Option("--reference", help="输出 API 参考 The API reference, in Markdown"),
    ] = False,
) -> None:
    schema = graphql_schema()
    published = subgraph_sdl(schema) if subgraph else published_sdl(schema)
    if reference:
        typer.echo(api_reference(published.text.decode()), nl=False)
    else:
        typer.echo(published.digest if digest else published.text, nl=digest)
