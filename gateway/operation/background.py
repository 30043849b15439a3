"""Work that goes on beside the requests for as long as the hub runs.

Responsible for it not ending unseen: were the task that reads the trust list to die of a mistake of
ours, revoked keys would be believed until the list runs out, and nobody would know. Refuses to know
what the work is.
"""

from collections.abc import Awaitable, Callable
from typing import NoReturn

AGAIN_SECONDS = 5.0
"""Between an error and the next attempt."""


async def kept_going(
    work: Callable[[], Awaitable[None]],
    on_unexpected: Callable[[Exception], None],
    sleep: Callable[[float], Awaitable[None]],
) -> NoReturn:
    """Do ``work``, which ends by an error alone, again and again; each error goes to
    ``on_unexpected``. Ends when it is cancelled."""
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - whatever it is, the work has to go on
            on_unexpected(error)
        await sleep(AGAIN_SECONDS)
