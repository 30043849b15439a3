"""``tongxing hub``: what is done about this hub's own keys."""

import typer

from tongxing.gateway.cli.holder_commands import holder_commands


def hub_commands() -> typer.Typer:
    commands = typer.Typer()
    commands.add_typer(
        holder_commands(),
        name="holders",
        help="持码人密钥 The epochs of the holder key",
    )
    return commands
