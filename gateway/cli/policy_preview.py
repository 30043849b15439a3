"""``tongxing policy preview``: how many travelers a draft would treat differently, and how."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.cells import cell_len, set_cell_size
from rich.markup import escape
from rich.table import Table

from tongxing.gateway.cli.failing import USAGE, CommandFailed
from tongxing.gateway.cli.local import SettingsOption, existing_database, read_settings
from tongxing.gateway.cli.policy_view import console, read_or_fail
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.policy.in_force import NoPolicyInForce
from tongxing.gateway.policy.picture import change_rules, change_words, headline, svg
from tongxing.gateway.policy.population import population
from tongxing.gateway.policy.preview import Preview, Verdicts
from tongxing.gateway.policy.published import load_policies
from tongxing.gateway.policy.window import Window, replay, versions_of
from tongxing.gateway.recognition.facts import DECISION_NAMES
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.settings import SHIPPED_POLICIES
from tongxing.gateway.storage.audit import OutcomeRecord
from tongxing.schema import clock, place_name, read_moment, to_the_second

TRAVELERS, TRAVELERS_AT_MOST = 1_000, 1_000_000
SEED = 1
RECORDS_AT_MOST = 1_000_000
BAR_CHARACTERS = 36
DECISION_CELLS = cell_len("不放行 not admitted")


class _NotAWindow(CommandFailed):
    exit_code = USAGE


class _NotOneOfTwo(CommandFailed):
    exit_code = USAGE


def preview(
    draft: Annotated[Path, typer.Argument(metavar="DRAFT", help="草案 The draft")],
    *,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="与之比较的政策，默认为现行政策 The policy before; else the one in force",
        ),
    ] = None,
    number: Annotated[
        int | None,
        typer.Option(
            "--population",
            metavar="N",
            min=1,
            max=TRAVELERS_AT_MOST,
            show_default=str(TRAVELERS),
            help="虚拟旅客人数 How many travelers who never lived",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(show_default=str(SEED), help="随机种子 One seed, one population"),
    ] = None,
    window: Annotated[
        str | None,
        typer.Option(
            metavar="FROM..TO",
            show_default=False,
            help="改用这几天（北京时间）的审计记录 Records of these days of Beijing instead, "
            "without the last, as 2020-03-01..2020-03-06",
        ),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(
            "--svg", metavar="FILE", show_default=False, help="另存为图 A picture as well"
        ),
    ] = None,
    settings: SettingsOption = None,
) -> None:
    drafted = read_or_fail(draft)
    between = None if window is None else _window(window)
    if between is not None and (number, seed) != (None, None):
        raise _NotOneOfTwo(
            "--window 与 --population、--seed 只能二选一：审计记录，或虚拟旅客 --window does not "
            "go with --population and --seed: name records of the log, or invented travelers"
        )
    if between is None:
        before = _before(drafted, against, settings)
        result = _tried_on_a_population(
            drafted, before, number or TRAVELERS, SEED if seed is None else seed
        )
    else:
        result = _tried_on_records(drafted, between, against, settings)
    _show(result)
    if between is not None:
        _show_window(between)
    if picture is not None:
        picture.write_text(svg(result), encoding="utf-8")


def _tried_on_a_population(draft: Policy, current: Policy, number: int, seed: int) -> Preview:
    result = Preview(draft)
    for case in population((current, draft), number, seed):
        result.add(case, current)
    return result


def _tried_on_records(
    draft: Policy, window: Window, against: Path | None, settings: Path | None
) -> Preview:
    result = Preview(draft)
    directory = against or read_settings(settings).policies
    known = versions_of([*load_policies(SHIPPED_POLICIES), *load_policies(directory)])

    def count(_record: OutcomeRecord, came_out: Verdicts | None) -> None:
        result.count(came_out)

    async def judged() -> bool:
        async with opened(existing_database(settings)) as state:
            return await replay(state.audit, window, draft, known, count)

    if not asyncio.run(judged()):
        raise CommandFailed(
            f"该时间段的记录超过{RECORDS_AT_MOST}条，请缩短时间段 "
            f"the window holds more than {RECORDS_AT_MOST} records: choose fewer days"
        )
    return result


def _before(draft: Policy, against: Path | None, settings: Path | None) -> Policy:
    """The policy before the draft: the one that was named, or the one in force until it begins."""
    if against is not None:
        return read_or_fail(against)
    directory = SHIPPED_POLICIES if settings is None else read_settings(settings).policies
    just_before = draft.valid_from - timedelta(microseconds=1)
    try:
        return load_policies(directory).in_force(draft.region, just_before)
    except NoPolicyInForce:
        place, begin = place_name(draft.region), clock(draft.valid_from)
        raise CommandFailed(
            f"{begin.zh}之前，{place.zh}没有现行的互认政策：请用 --against FILE 指定与之比较的政策 "
            f"no policy is in force for {place.en} just before {begin.en}: name one to compare "
            "with, --against FILE"
        ) from None


def _window(text: str) -> Window:
    since, separator, until = text.partition("..")
    try:
        ends = [read_moment(end) for end in (since, until)]
    except ValueError:
        separator, ends = "", []
    if not separator or not ends[0] < ends[1]:
        raise _NotAWindow(
            "时间段应写作 FROM..TO，前者早于后者，不写时区的按北京时间 a window is FROM..TO, the "
            "earlier end first, in Beijing time if it has no zone, as 2020-03-01..2020-03-06"
        )
    return Window(ends[0], ends[1], RECORDS_AT_MOST)


def _show_window(window: Window) -> None:
    """What was understood: a day that somebody types without a zone is a day of Beijing."""
    since, until = to_the_second(window.since), to_the_second(window.until)
    console().print(f"时间段：{since.zh}起，至{until.zh}为止（不含该时刻）")
    console().print(f"Records from {since.en} until before {until.en}")


def _show(result: Preview) -> None:
    shown, words = console(), headline(result)
    shown.print(f"{words.zh}\n{words.en}")
    for line in _bars(result):
        shown.print(line)
    if result.changes:
        shown.print(_table(result))


def _bars(result: Preview) -> Iterator[str]:
    for side, name in enumerate(("现行 now  ", "草案 draft")):
        for decision, counts in result.decisions.items():
            words = DECISION_NAMES[decision]
            share = counts[side] / max(result.total, 1)
            bar = "█" * round(BAR_CHARACTERS * share)
            told = set_cell_size(f"{words.zh} {words.en}", DECISION_CELLS)
            yield f"{name}  {told} {counts[side]:>8} {share:>6.1%} {bar}"


def _table(result: Preview) -> Table:
    table = Table("人次 crossings", "改变 change", "颜色与规则 color and rule")
    for change in result.changes:
        words, rules = change_words(change), change_rules(change)
        style = "yellow" if change.is_laxer else ""
        table.add_row(str(change.count), f"{words.zh}\n{words.en}", escape(rules), style=style)
    return table
