"""Plays the story, and tells it on a terminal or as one JSON object for programs."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from rich.console import Console
from rich.markup import escape

from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.query import lines, refusal
from tongxing.sandbox.demo.counter_names import COUNTER_NAMES
from tongxing.sandbox.demo.expectations import Observed
from tongxing.sandbox.demo.stage import Stage
from tongxing.sandbox.demo.story import Step


@dataclass(frozen=True, slots=True)
class Played:
    """A step after it was played; ``faults`` is empty if it came out as it should."""

    step: Step
    observed: Observed
    faults: list[str]

    def report(self) -> Mapping[str, object]:
        report = {
            "name": self.step.name,
            "ok": not self.faults,
            "expected": self.step.expected.shown(),
            "recognition": self.observed.answer,
        }
        return report | ({"faults": self.faults} if self.faults else {})


class Storyteller(Protocol):
    def tell(self, played: Played) -> None:
        """Called after each step."""
        ...

    def end(self, played: Iterable[Played]) -> None: ...


class TerminalStoryteller:
    def __init__(self, console: Console) -> None:
        self._console = console

    def tell(self, played: Played) -> None:
        step = played.step
        self._say(f"[bold]{escape(step.zh)}[/bold]")
        self._say(escape(step.en))
        for line in _outcome(played.observed.answer):
            self._say(f"  {line}")
        for fault in played.faults:
            self._say(f"  [bold red]✘ {escape(fault)}[/]")
        mark = "[red]✘[/]" if played.faults else "[green]✔[/]"
        self._say(f"  {mark} [dim]{played.observed.seconds * 1000:.0f} ms[/dim]\n")

    def end(self, played: Iterable[Played]) -> None:
        steps = list(played)
        well = sum(not each.faults for each in steps)
        self._say(f"[bold]{well}/{len(steps)}[/bold] 步符合预期 steps came out as expected\n")

    def _say(self, text: str) -> None:
        self._console.print(text, highlight=False, soft_wrap=True)


def _outcome(answer: Mapping[str, Any]) -> Iterator[str]:
    if "__typename" in answer:
        recognized = answer["__typename"] == "TravelerRecognition"
        yield from lines(answer) if recognized else [escape(refusal(answer))]
        return
    for line in answer.get("lines", ()):
        yield escape(line["zh"])
        yield escape(line["en"])
    for name, number in answer.items():
        if name == "lines":
            continue
        zh = COUNTER_NAMES.get(name, "")
        yield f"{zh} {escape(name)}: {escape(json.dumps(number))}".strip()


class JsonStoryteller:
    """Prints nothing until the end, then exactly one object."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def tell(self, played: Played) -> None:
        pass

    def end(self, played: Iterable[Played]) -> None:
        steps = [each.report() for each in played]
        report = {"ok": all(step["ok"] for step in steps), "steps": steps}
        self._console.out(json.dumps(report, ensure_ascii=False), highlight=False)


def play(story: Sequence[Step], stage: Stage, storyteller: Storyteller) -> bool:
    """Play every step, also after a failed one; whether all came out as expected."""
    played = []
    for step in story:
        played.append(_play(step, stage))
        storyteller.tell(played[-1])
    storyteller.end(played)
    return not any(each.faults for each in played)


def _play(step: Step, stage: Stage) -> Played:
    """A step that cannot be played counts as failed; the story goes on."""
    try:
        observed = step.action(stage)
        return Played(step, observed, step.expected.faults(observed))
    except (CommandFailed, LookupError) as error:
        return Played(step, Observed({}, 0.0), [f"{type(error).__name__}: {error}"])
