"""A page of ``docs/operating/`` as a reader follows it: its commands, in order, each for real.

A block that begins with ```` ```sh ```` is run by bash; it ends at once where a command fails. A
comment on the line before says what is special about it:

- ``<!-- on: alice -->``: at the machine of that name, which is a directory of its own. Without it a
  block is run at ``hub``. Every machine sees the same USB stick, the directory ``usb``.
- ``<!-- beside -->``: it runs on while the next ones are followed, as a server does.
- ``<!-- refused: CODE -->``: it fails, and says this text.
- ``<!-- not followed: reason -->``: it is read and not run.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.architecture.source import ROOT
from tests.operating.forked_commands import forked_commands

PAGES = ROOT / "docs" / "operating"
HUB = "hub"
STICK = "usb"
SECONDS = 120

_BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>[^\n]*) -->\n)?^```sh\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_MARK = re.compile(r"(?P<word>on|refused|not followed|beside)(?:: (?P<what>.+))?")


@dataclass(frozen=True, slots=True)
class Block:
    page: str
    line: int
    text: str
    marks: Mapping[str, str] = field(default_factory=dict)

    @property
    def machine(self) -> str:
        return self.marks.get("on", HUB)

    @property
    def is_run(self) -> bool:
        return "not followed" not in self.marks

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(page: str, text: str | None = None, heading: str | None = None) -> list[Block]:
    """Those of ``docs/operating/<page>``, or of ``text``; with ``heading``, a title of the second
    rank, those under it. Raises ValueError for a strange mark, or if there is no such title."""
    text = (PAGES / page).read_text("utf-8") if text is None else text
    begin = 0 if heading is None else text.index(f"\n## {heading}\n") + 1
    end = len(text) if heading is None else f"{text}\n## ".index("\n## ", begin)
    return [
        Block(page, text.count("\n", 0, found.start("text")), found["text"], _marks(found["mark"]))
        for found in _BLOCK.finditer(text, begin, end)
    ]


def _marks(comment: str | None) -> dict[str, str]:
    marks = {}
    for part in (comment or "").split("; ") if comment else ():
        found = _MARK.fullmatch(part)
        if found is None:
            raise ValueError(f"no such mark: {part}")
        marks[found["word"]] = found["what"] or ""
    return marks


class Machines:
    """Directories that stand for machines, with what runs on them. ``environment`` is added to
    that of every block; ``PATH`` begins with ``commands``, the directory of the command
    ``tongxing``."""

    def __init__(
        self, directory: Path, commands: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self._directory = directory
        self._beside: list[tuple[Block, subprocess.Popen[bytes]]] = []
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("TONGXING_")}
        whole = {**inherited, "LC_ALL": "C.UTF-8", **(environment or {})}
        path = os.pathsep.join((str(commands), str(Path(sys.executable).parent), whole["PATH"]))
        self._environment = {**whole, "PATH": path}

    def at(self, machine: str) -> Path:
        place = self._directory / machine
        if not place.exists():
            place.mkdir(parents=True)
            stick = self._directory / STICK
            stick.mkdir(exist_ok=True)
            (place / STICK).symlink_to(stick, target_is_directory=True)
        return place

    def run(self, block: Block) -> str:
        """What the block prints. Raises AssertionError if it does other than its page says."""
        if "beside" in block.marks:
            return self._begin(block)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.text],
            cwd=self.at(block.machine),
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
            check=False,
        )
        said = done.stdout.decode("utf-8", "replace")
        refused = block.marks.get("refused")
        assert (done.returncode != 0) is (refused is not None), (
            f"{block}: {done.returncode}\n{said}"
        )
        assert refused is None or refused in said, f"{block}: {said}"
        return said

    def _begin(self, block: Block) -> str:
        log = self.at(block.machine) / f"beside-{len(self._beside)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["bash", "-euo", "pipefail", "-c", block.text],
                cwd=self.at(block.machine),
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._beside.append((block, process))
        return ""

    def end(self, block: Block, with_signal: signal.Signals = signal.SIGTERM) -> None:
        """Ends what the block has left running."""
        for begun, process in self._beside:
            if begun is block and process.poll() is None:
                os.killpg(process.pid, with_signal)
                process.wait(timeout=SECONDS)

    def stop(self) -> None:
        for _, process in reversed(self._beside):
            try:
                os.killpg(process.pid, signal.SIGTERM)
            except ProcessLookupError:
                continue
            process.wait(timeout=SECONDS)


@contextmanager
def machines(directory: Path, environment: Mapping[str, str] | None = None) -> Iterator[Machines]:
    """Stops what runs beside at the end."""
    with forked_commands() as commands:
        them = Machines(directory, commands, environment)
        try:
            yield them
        finally:
            them.stop()


def follow(page: str, them: Machines, heading: str | None = None) -> list[tuple[Block, str]]:
    """Follows the whole page, or what stands under one heading; what each block that was run has
    printed."""
    found = blocks(page, heading=heading)
    return [(block, them.run(block)) for block in found if block.is_run]
