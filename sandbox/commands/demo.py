"""``tongxing demo``: plays the story, and fails if a step does not come out as it should."""

from contextlib import suppress
from threading import Event
from typing import Annotated

import typer
from rich.console import Console

from tongxing.gateway.cli.failing import FAILED
from tongxing.sandbox.commands.sandbox import print_guide
from tongxing.sandbox.demo.playing import JsonStoryteller, Storyteller, TerminalStoryteller, play
from tongxing.sandbox.demo.stage import theater
from tongxing.sandbox.demo.story import STORY
from tongxing.sandbox.provisioning.processes import terminated_like_interrupted
from tongxing.sandbox.town.records import IssuerName


def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="演完即止 End after the story")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="输出一个 JSON 对象 Print one JSON object, and end")
    ] = False,
) -> None:
    console = Console()
    storyteller: Storyteller = (JsonStoryteller if as_json else TerminalStoryteller)(console)
    with terminated_like_interrupted(), theater() as playing:
        came_out = play(STORY, playing.stage, storyteller)
        if not once and not as_json:
            with suppress(KeyboardInterrupt):
                print_guide(
                    console,
                    playing.hub_url,
                    playing.layout,
                    playing.credentials,
                    playing.stage.issuers[IssuerName.ZHENJIANG].url,
                )
                Event().wait()
    if not came_out:
        raise typer.Exit(FAILED)
