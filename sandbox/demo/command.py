"""``tongxing demo``: plays the story and says whether it came out as it should."""

from collections.abc import Sequence
from contextlib import suppress
from threading import Event
from typing import Annotated

import typer
from rich.console import Console

from tongxing.gateway.cli.terminal import FAILED, CommandFailed
from tongxing.sandbox.commands.guide import print_guide
from tongxing.sandbox.commands.processes import terminated_like_interrupted
from tongxing.sandbox.demo.expectations import Observed
from tongxing.sandbox.demo.printing import JsonStoryteller, Played, Storyteller, TerminalStoryteller
from tongxing.sandbox.demo.stage import Stage
from tongxing.sandbox.demo.story import STORY, Step
from tongxing.sandbox.demo.theater import theater


def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="演完即止 End after the story")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="输出一个 JSON 对象 Print one JSON object, and end")
    ] = False,
) -> None:
    """演示互认故事 Play the story with three issuers and a hub"""
    console = Console()
    storyteller: Storyteller = (JsonStoryteller if as_json else TerminalStoryteller)(console)
    with terminated_like_interrupted(), theater() as playing:
        came_out = play(STORY, playing.stage, storyteller)
        if not once and not as_json:
            with suppress(KeyboardInterrupt):
                print_guide(console, playing.hub_url, playing.credentials)
                Event().wait()
    if not came_out:
        raise typer.Exit(FAILED)


def play(story: Sequence[Step], stage: Stage, storyteller: Storyteller) -> bool:
    """Play every step, also after one that failed; whether all came out as expected."""
    played = []
    for step in story:
        played.append(_play(step, stage))
        storyteller.tell(played[-1])
    storyteller.end(played)
    return not any(each.faults for each in played)


def _play(step: Step, stage: Stage) -> Played:
    """A step that cannot be played has failed; the story goes on."""
    try:
        observed = step.action(stage)
        return Played(step, observed, step.expected.faults(observed))
    except (CommandFailed, LookupError) as error:
        return Played(step, Observed({}, 0.0), [f"{type(error).__name__}: {error}"])
