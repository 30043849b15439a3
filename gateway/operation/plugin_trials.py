"""A plugin tried before it is loaded: in a process of its own, which is ended if it takes too long.

Responsible for a plugin that hangs, ends its interpreter or takes all memory harming nobody.
Refuses to know what a plugin has to keep (``adapters.contract``).
"""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress

import msgspec

from tongxing.adapters.dialect_refusal import DialectFault, DialectRefused
from tongxing.adapters.plugin_trial import CPU_SECONDS, PluginToTry, PluginTried

TRIAL = "tongxing.adapters.plugin_trial"

WAIT_SECONDS = 30.0
"""Three times the processor time that a trial has. Error: TOO_SLOW."""


async def try_plugin(name: str, wait_seconds: float = WAIT_SECONDS) -> None:
    """Raises DialectRefused."""
    asked = msgspec.json.encode(PluginToTry(name, sys.path))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", TRIAL),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(wait_seconds):
            said, _ = await process.communicate(asked)
    except TimeoutError:
        why = f"its trial took more than {wait_seconds:.0f} s"
        raise DialectRefused(name, DialectFault.TOO_SLOW, why) from None
    finally:
        await _end(process)
    found = _found(said, process.returncode)
    if found.fault is not None:
        raise DialectRefused(name, found.fault, found.why)


def _found(said: bytes, code: int | None) -> PluginTried:
    try:
        return msgspec.json.decode(said, type=PluginTried)
    except ValueError:
        why = f"it ended its trial ({code}); a trial has {CPU_SECONDS} s of processor time"
        return PluginTried(DialectFault.ENDED, why)


async def _end(process: Process) -> None:
    """With all that it started, which may hold its pipes open."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
