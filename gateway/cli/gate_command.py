"""``tongxing gate``: codes from a scanner, one JSON line each, with a network and without.

Imports little: a gate starts in a moment. What asks the hub is loaded in a thread.
"""

import json
import os
import re
import select
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from tongxing.gateway.cli.failing import USAGE, CommandFailed
from tongxing.gateway.gate.asked_hub import AskedHub
from tongxing.gateway.gate.code_source import (
    BAUDS,
    SERIAL_PAUSE_MS,
    ScannerGone,
    codes,
    serial_device,
    without_echo,
)
from tongxing.gateway.gate.gate_answers import GateTexts
from tongxing.gateway.gate.gate_place import GatePlace
from tongxing.gateway.gate.gate_work import Gate
from tongxing.gateway.gate.held_memory import HeldMemory
from tongxing.gateway.gate.kept_decisions import KeptState
from tongxing.gateway.gate.network import GateWatch, Network
from tongxing.gateway.operation.alone import NotAlone, alone_in
from tongxing.gateway.pages.text_tables import text_table

LINE = "tongxing.gate"
"""The group of the one entry point that makes the way to the hub; it is loaded in a thread."""

CHECKPOINT_MEMBERS = frozenset({"name", "position", "department", "verifierName", "verifierPhone"})


class _Misused(CommandFailed):
    exit_code = USAGE


def gate(
    *,
    credentials: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="凭据文件 The client system's credentials file; it names the hub",
        ),
    ],
    state: Annotated[
        Path,
        typer.Option(
            metavar="DIR",
            show_default=False,
            help="本机所知和待交处置存放处，须专用 Where this gate keeps what it knows, sealed; "
            "for this gate alone",
        ),
    ],
    region: Annotated[
        str,
        typer.Option(
            metavar="CODE", show_default=False, help="接收地 The receiving region, GB/T 2260"
        ),
    ],
    purpose: Annotated[
        str,
        typer.Option(
            metavar="PURPOSE", show_default=False, help="用途 As in “query”, such as TRANSPORT"
        ),
    ],
    checkpoint: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help=f"查验点 JSON: {', '.join(sorted(CHECKPOINT_MEMBERS))}",
        ),
    ],
    serial: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            show_default=False,
            help="串口扫描枪，如 /dev/ttyUSB0；不写则读标准输入 A serial scanner; else standard "
            "input is read",
        ),
    ] = None,
    baud: Annotated[
        int, typer.Option(metavar="N", help=f"串口速率 One of {', '.join(map(str, BAUDS))}")
    ] = 9600,
    wait: Annotated[
        float,
        typer.Option(
            metavar="SECONDS",
            min=0.1,
            max=30,
            help="等平台答复至多多久 How long the hub is waited for before a pass is verified here",
        ),
    ] = 5.0,
) -> None:
    """Writes one JSON line for each code that is read, at once. Without a network it verifies
    passes, and hands its decisions in later. The lines are described in docs/gate-command.md."""
    place = GatePlace(_region(region), _purpose(purpose), _checkpoint(checkpoint))
    if baud not in BAUDS:
        raise _Misused(
            f"串口速率须为下列之一 the speed must be one of {', '.join(map(str, BAUDS))}"
        )
    owner, hub_id = _client(credentials)
    kept = KeptState(state, owner)
    with ExitStack() as open_things:
        try:
            open_things.enter_context(alone_in(state))
        except NotAlone as error:
            raise CommandFailed(str(error)) from None
        stop = open_things.enter_context(_stopped_by_signals())
        pause = None if serial is None else SERIAL_PAUSE_MS
        source = open_things.enter_context(
            without_echo(_descriptor(sys.stdin, 0))
            if serial is None
            else serial_device(serial, baud)
        )
        output = _descriptor(sys.stdout, 1)
        made = _gate(kept, hub_id, place, partial(_connected, credentials, wait), wait)
        try:
            for code in codes(source, output, stop, pause):
                _write(output, made.line(code))
        except BrokenPipeError:
            return  # nobody reads any more: the same end as between two codes
        except ScannerGone:
            raise CommandFailed(
                f"{serial} 已断开，请接好扫描枪后重新运行 is unplugged: connect it, and start again"
            ) from None


def _now() -> datetime:
    return datetime.now(UTC)


def _gate(
    kept: KeptState, hub_id: str, place: GatePlace, connect: Any, within_seconds: float
) -> Gate:
    known = kept.memory(hub_id)
    held = HeldMemory(known, time.monotonic, _now(), kept.seen_at())
    network = Network(connect)
    GateWatch(network=network, held=held, kept=kept, place=place, clock=_now, kept_as=known).start()
    return Gate(
        network=network,
        held=held,
        kept=kept,
        place=place,
        texts=_texts(),
        clock=_now,
        within_seconds=within_seconds,
    )


def _connected(credentials: Path, patience_seconds: float) -> AskedHub:
    (entry,) = entry_points(group=LINE)
    made: AskedHub = entry.load()(credentials, patience_seconds)
    return made


def _texts() -> GateTexts:
    return {**text_table("gate"), **text_table("gate_command")}


@contextmanager
def _stopped_by_signals() -> Iterator[int]:
    """A descriptor that can be read once SIGTERM or SIGINT has come: the code that is being
    answered is answered first."""
    reads, writes = os.pipe()
    before = {
        each: signal.signal(each, lambda *_: os.write(writes, b"."))
        for each in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield reads
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        os.close(reads)
        os.close(writes)


def _descriptor(stream: TextIO | None, number: int) -> int:
    """Of an open stream: another file may have the number of one that was closed before."""
    if stream is None:
        raise CommandFailed(
            f"标准输入和输出须打开 standard input and output must be open (descriptor {number})"
        )
    return stream.fileno()


def _write(output: int, line: bytes) -> None:
    """All of it, also into what somebody has set not to wait."""
    left = memoryview(line)
    while left:
        try:
            left = left[os.write(output, left) :]
        except BlockingIOError:
            select.select([], [output], [])


def _region(text: str) -> str:
    """The hub knows whether there is such a division; asking it here takes too long to import."""
    if not re.fullmatch("[0-9]{6}", text):
        raise _Misused(
            "地区须为六位行政区划代码（GB/T 2260），如 321100 "
            "a region is the six digits of a division (GB/T 2260), such as 321100"
        )
    return text


def _purpose(text: str) -> str:
    if not re.fullmatch("[A-Z_]{1,40}", text):
        raise _Misused("用途须为大写英文，如 TRANSPORT a purpose is a word such as TRANSPORT")
    return text


def _client(credentials: Path) -> tuple[str, str]:
    """Whose state it is, and the hub's id. Raises CommandFailed."""
    members = _object(credentials, "凭据文件", "a credentials file")
    found = [members.get(each) for each in ("client_id", "audience")]
    client_id, hub_id = (each if isinstance(each, str) else "" for each in found)
    if not client_id or not hub_id:
        raise CommandFailed(f"{credentials} 不是凭据文件，请核对 is not a credentials file")
    return f"{client_id}\0{hub_id}", hub_id


def _checkpoint(file: Path) -> Mapping[str, str]:
    members = _object(file, "查验点文件", "a checkpoint")
    is_text = all(isinstance(value, str) for value in members.values())
    if members.keys() != CHECKPOINT_MEMBERS or not is_text:
        raise CommandFailed(
            f"{file} 不是查验点文件，须正好写明这几项文字 is no checkpoint; it has these texts and "
            f"no more: {', '.join(sorted(CHECKPOINT_MEMBERS))}"
        )
    return members


def _object(file: Path, zh: str, en: str) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text("utf-8-sig"))
    except OSError as error:
        raise CommandFailed(
            f"{file} 无法读取，请核对路径和权限 cannot be read ({error.strerror})"
        ) from None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise CommandFailed(f"{file} 不是{zh}，请核对 is not {en}")
    return found
