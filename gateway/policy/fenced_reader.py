"""The process that reads one draft, within limits that the system enforces, and ends.

Run by ``fence``, with ``python -m``. A draft comes in on standard input, as one JSON value, and
what became of it goes out on standard output. Says nothing if a limit ends it.
"""

import os
import resource
import sys

import msgspec

from tongxing.gateway.policy.policy_file import read_checked
from tongxing.gateway.policy.policy_refusal import PolicyFault, PolicyRefused
from tongxing.gateway.policy.shape import PolicyDocument

CPU_SECONDS = 4
"""Of processor time. What the limits of files admit takes three quarters of a second, start and
all, and two seconds on a slow machine. SIGXCPU ends the process. Error: TOO_COSTLY."""

MEMORY_BYTES = 200_000_000
"""Of address space; what the limits of files admit takes half of it. Error: TOO_COSTLY."""

NICENESS = 5
"""Answers to travelers go first."""

OUT_OF_MEMORY = 77
"""The process's exit code; no other part of it uses this number."""


class DraftToRead(msgspec.Struct, frozen=True):
    """``file`` is the name by which a refusal calls it."""

    file: str
    content: bytes


class DraftRead(msgspec.Struct, frozen=True, tag=True):
    """It was checked in full. ``document`` is what it says, without its tests: they have run."""

    document: PolicyDocument


class DraftAtFault(msgspec.Struct, frozen=True, tag=True):
    line: int
    code: PolicyFault
    reason: str
    text: str


def main() -> None:
    limit()
    try:
        draft = msgspec.json.decode(sys.stdin.buffer.read(), type=DraftToRead)
        sys.stdout.buffer.write(msgspec.json.encode(_read(draft)))
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)


def limit() -> None:
    """For the whole of this process, which cannot raise them again. A core dump would hold the
    draft, so none is made."""
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))


def _read(draft: DraftToRead) -> DraftRead | DraftAtFault:
    try:
        document = read_checked(draft.file, draft.content).document
    except PolicyRefused as refused:
        return DraftAtFault(refused.line, refused.code, refused.reason, refused.text)
    rules = tuple(msgspec.structs.replace(rule, tests=()) for rule in document.rules)
    return DraftRead(msgspec.structs.replace(document, rules=rules))


if __name__ == "__main__":
    main()
