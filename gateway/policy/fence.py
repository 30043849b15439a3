"""Reads a draft in a process of its own, which the system ends if the draft takes too much.

The limits of ``text``, ``effort`` and ``finding_classes`` refuse every draft that is known to take
too much, and name the line; the fence is for what they overlook. Each draft gets a new interpreter
(``fenced_reader``), which costs a quarter of a second of processor time, and 40 MB until it ends. A
process that stayed would be faster and could carry something from one draft into the next. It ends
with the task that waits for it; if the hub itself is killed, its limits end it within seconds.
Refuses to know who sent the draft.
"""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process

import msgspec

from tongxing.gateway.policy.fenced_reader import (
    CPU_SECONDS,
    MEMORY_BYTES,
    OUT_OF_MEMORY,
    DraftAtFault,
    DraftRead,
    DraftToRead,
)
from tongxing.gateway.policy.policy_file import policy_of
from tongxing.gateway.policy.policy_refusal import PolicyFault, PolicyRefused
from tongxing.gateway.policy.text import check_size
from tongxing.gateway.recognition.policy import Policy

READER = "tongxing.gateway.policy.fenced_reader"

WAIT_SECONDS = 10.0
"""Five times the reader's processor time: only a machine that is too busy takes that long. Error:
ReaderTooSlow."""


class ReaderTooSlow(Exception):
    """The machine was too busy to read the draft. That says nothing about the draft."""


async def read_fenced(file: str, content: bytes) -> Policy:
    """As ``read_policy``, while all other work goes on. Cancelling it ends the process. Raises
    PolicyRefused, ReaderTooSlow."""
    check_size(file, content)
    found = await _read(DraftToRead(file, content))
    if isinstance(found, DraftAtFault):
        raise PolicyRefused(file, found.line, found.code, found.reason, found.text)
    return policy_of(found.document, content)


async def _read(draft: DraftToRead) -> DraftRead | DraftAtFault:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", READER, stdin=PIPE, stdout=PIPE, stderr=DEVNULL
    )
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            said, _ = await process.communicate(msgspec.json.encode(draft))
    except TimeoutError:
        raise ReaderTooSlow from None
    finally:
        await _end(process)
    if process.returncode != 0:
        raise _why_it_ended(draft.file, process.returncode or 0)
    return msgspec.json.decode(said, type=DraftRead | DraftAtFault)


def _why_it_ended(file: str, code: int) -> Exception:
    """A negative code is that of a signal: of the limit on time, or of memory that ran out where
    Python could not say so."""
    if code < 0 or code == OUT_OF_MEMORY:
        reason = (
            "检查超出时间或内存上限 "
            f"takes more than {CPU_SECONDS} s of processor time or {MEMORY_BYTES} bytes"
        )
        return PolicyRefused(file, 0, PolicyFault.TOO_COSTLY, reason)
    return RuntimeError(f"the process that reads drafts ended with {code}")


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()
