"""The two clients of the library, asked alike: the one with ``await`` in a loop of its own."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from tongxing_client import AsyncClient, Client, Credentials

T = TypeVar("T")


class Blocking:
    """``hub(name, …)`` calls a method of ``Client``."""

    def __init__(self, credentials: Credentials, **options: Any) -> None:
        self._client = Client(credentials, **options)

    def __call__(self, name: str, *arguments: Any, **named: Any) -> Any:
        return getattr(self._client, name)(*arguments, **named)

    def first_events(self, region: str, wanted: Callable[[Any], bool]) -> list[Any]:
        """Those that are heard, to the first that is ``wanted``."""
        heard = []
        for event in self._client.follow_arrivals(region):
            heard.append(event)
            if wanted(event):
                break
        return heard

    def close(self) -> None:
        self._client.close()


class Awaited:
    """The same of ``AsyncClient``."""

    def __init__(self, credentials: Credentials, **options: Any) -> None:
        self._runner = asyncio.Runner()
        self._client = self._run(self._made(credentials, options))

    def __call__(self, name: str, *arguments: Any, **named: Any) -> Any:
        return self._run(getattr(self._client, name)(*arguments, **named))

    def first_events(self, region: str, wanted: Callable[[Any], bool]) -> list[Any]:
        return self._run(self._heard(region, wanted))

    def close(self) -> None:
        self._run(self._client.close())
        self._runner.close()

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(coroutine)

    async def _made(self, credentials: Credentials, options: dict[str, Any]) -> AsyncClient:
        return AsyncClient(credentials, **options)

    async def _heard(self, region: str, wanted: Callable[[Any], bool]) -> list[Any]:
        heard = []
        async for event in self._client.follow_arrivals(region):
            heard.append(event)
            if wanted(event):
                break
        return heard


Shell = Blocking | Awaited
SHELLS: dict[str, Callable[..., Shell]] = {"sync": Blocking, "async": Awaited}


@contextmanager
def opened(make: Callable[..., Shell], credentials: Credentials, **options: Any) -> Iterator[Shell]:
    shell = make(credentials, **options)
    try:
        yield shell
    finally:
        shell.close()
