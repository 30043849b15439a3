"""Traces, if the settings say where they go.

Responsible for their libraries being loaded only then: traces that nobody wants cost nothing.
"""

import secrets
from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from importlib.metadata import entry_points
from typing import Protocol

from starlette.types import ASGIApp

from tongxing.adapters.wire import Transport
from tongxing.gateway.settings import TraceSettings

INSTANCE_BYTES = 12
TRACES = "tongxing.traces"
"""The entry point of what needs those libraries."""


class Tracing(Protocol):
    def app(self, app: ASGIApp, routes: Collection[str]) -> ASGIApp:
        """``app`` with a span for each request."""
        ...

    def transport(self, transport: Transport, issuer: str) -> Transport:
        """``transport`` with a span for each exchange."""
        ...


async def open_tracing(
    settings: TraceSettings, stack: AsyncExitStack, on_export: Callable[[bool, int], None]
) -> Tracing | None:
    """Open until ``stack`` ends. Raises ValueError if what traces need is not installed."""
    if settings.url is None:
        return None
    (entry,) = entry_points(group=TRACES)
    try:
        tracing = entry.load()
    except ModuleNotFoundError:
        raise ValueError(
            "traces.url: 未安装所需组件 needs what is not installed: pip install 'tongxing[traces]'"
        ) from None
    instance = secrets.token_urlsafe(INSTANCE_BYTES)
    opened: AbstractAsyncContextManager[Tracing] = tracing(
        settings.url, settings, instance, on_export
    )
    return await stack.enter_async_context(opened)
