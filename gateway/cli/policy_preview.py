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
from tongxing.gateway.cli.local import (
    SettingsOption,
    existing_database,
    read_settings,
    settings_path,
)
from tongxing.gateway.cli.policy_view import console, read_or_fail
from tongxing.gateway.cli.trust_commands import believed
from tongxing.gateway.operation.local_state import opened
from tongxing.gateway.policy.in_force import NoPolicyInForce
from tongxing.gateway.policy.narrowing import Narrowing
from tongxing.gateway.policy.picture import (
    change_rules,
    change_words,
    headline,
    missed_words,
    svg,
)
from tongxing.gateway.policy.population import population
from tongxing.gateway.policy.preview import Preview, Tried, tried
from tongxing.gateway.policy.published import load_policies
from tongxing.gateway.policy.window import Trying, Window, replay, versions_of
from tongxing.gateway.recognition.circle import Speakers
from tongxing.gateway.recognition.facts import DECISION_NAMES
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.settings import SHIPPED_POLICIES
from tongxing.gateway.storage.audit import OutcomeRecord
from tongxing.keys import TrustListRefused
from tongxing.schema import clock, place_name, read_moment, to_the_second

TRAVELERS, TRAVELERS_AT_MOST = 1_000, 1_000_000
SEED = 1
RECORDS_AT_MOST = 1_000_000
BAR_CHARACTERS = 36
NOBODY_SPEAKS = (
    "没有可用的信任列表（请用 --settings 指定配置）：查询范围的变化未计入\n"
    "No trust list in force (name the settings with --settings): what another circle of issuers "
    "changes is not counted"
)
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
    speakers = _speakers(settings if between is None else settings_path(settings))
    asks_alike = False
    if between is None:
        before = _before(drafted, against, settings)
        asks_alike = before.circle == drafted.circle
        result = _tried_on_a_population(
            drafted, before, number or TRAVELERS, SEED if seed is None else seed, speakers
        )
    else:
        result = _tried_on_records(drafted, between, against, settings, speakers)
    _show(result)
    if speakers is None and not asks_alike:
        console().print(NOBODY_SPEAKS)
    if between is not None:
        _show_window(between)
    if picture is not None:
        picture.write_text(svg(result), encoding="utf-8")


def _tried_on_a_population(
    draft: Policy, current: Policy, number: int, seed: int, speakers: Speakers | None
) -> Preview:
    result, narrowing = Preview(draft), Narrowing(current, draft, speakers)
    for case, where in population((current, draft), number, seed, speakers):
        result.add(tried(narrowing.of_invented(case, where), current, draft))
    return result


def _speakers(settings: Path | None) -> Speakers | None:
    """Who speaks for which place, by the trust list of the settings; None if no settings are named
    or their list is not in force."""
    if settings is None:
        return None
    trust = read_settings(settings).trust
    try:
        return Speakers(believed(trust, trust.list).issuers)
    except TrustListRefused:
        return None


def _tried_on_records(
    draft: Policy,
    window: Window,
    against: Path | None,
    settings: Path | None,
    speakers: Speakers | None,
) -> Preview:
    result = Preview(draft)
    directory = against or read_settings(settings).policies
    known = versions_of([*load_policies(SHIPPED_POLICIES), *load_policies(directory)])
    trying = Trying(draft, known, speakers)

    def count(_record: OutcomeRecord, came_out: Tried) -> None:
        result.add(came_out)

    async def judged() -> bool:
        database = existing_database(settings)
        async with opened(database.place, database.signer) as state:
            return await replay(state.audit, window, trying, count)

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
    for each in result.missed:
        told = missed_words(each, result.draft)
        shown.print(f"[yellow]{escape(told.zh)}[/]\n[yellow]{escape(told.en)}[/]")


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
