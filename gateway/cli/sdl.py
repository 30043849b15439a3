"""``tongxing sdl``: the GraphQL schema, as clients and gateways read it."""

from typing import Annotated

import typer

from tongxing.gateway.graphql.api_reference import api_reference
from tongxing.gateway.graphql.published_sdl import openly_said, published_sdl, subgraph_sdl
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
    without_access: Annotated[
        bool,
        typer.Option(
            "--without-access",
            help="与 --subgraph 同用：不含权限指令，供不能执行这些指令的网关 With --subgraph: not "
            "saying who may ask, for gateways that cannot enforce it; the hub does",
        ),
    ] = False,
    reference: Annotated[
        bool,
        typer.Option("--reference", help="输出 API 参考 The API reference, in Markdown"),
    ] = False,
) -> None:
    schema = graphql_schema()
    published = published_sdl(schema)
    if subgraph:
        published = openly_said(schema) if without_access else subgraph_sdl(schema)
    if reference:
        typer.echo(api_reference(published.text.decode()), nl=False)
    else:
        typer.echo(published.digest if digest else published.text, nl=digest)
