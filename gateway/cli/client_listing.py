"""How a client system is named at the terminal, and its keys and moments are told."""

from datetime import datetime
from typing import Annotated

import typer

from tongxing.gateway.storage.clients.registered_key import RegisteredKey
from tongxing.schema import to_the_second

ClientIdArgument = Annotated[str, typer.Argument(metavar="ID", help="接入系统 The client's id")]


def not_active(client_id: str) -> str:
    return (
        f"没有在用的接入系统 {client_id}，请用 tongxing client list 核对 "
        f"there is no active client {client_id}"
    )


def key_line(key: RegisteredKey) -> str:
    """Who put it in is told if the client did so by itself."""
    parts = [key.key_id]
    if key.since is not None:
        parts.append(f"始于 since {_short(key.since)}")
    if key.by_client:
        parts.append("自行更换 by itself")
    if key.ends_at is not None:
        parts.append(f"止于 ends {_short(key.ends_at)}")
    return " · ".join(parts)


def _short(moment: datetime) -> str:
    """Who compares the ends of keys reads times of one form; both languages would fill the line."""
    return to_the_second(moment).zh


def told(moment: datetime) -> str:
    at = to_the_second(moment)
    return f"{at.zh} {at.en}"
