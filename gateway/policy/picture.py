"""A preview as a picture: an SVG file that needs no other file.

Two bars say how many travelers are admitted, inspected and refused before and after. Below them is
one bar for each change, longest first. Colors are never the only sign: each bar has its number.
"""

from collections.abc import Iterator, Sequence
from html import escape

from tongxing.gateway.policy.preview import Change, MissedOf, Preview
from tongxing.gateway.recognition.facts import DECISION_NAMES
from tongxing.gateway.recognition.policy import Policy
from tongxing.schema import Decision, Text

CHANGES_SHOWN = 20
"""A longer list would not be read. The table has all changes."""

_FILLS = {Decision.ADMIT: "#2f7d4f", Decision.INSPECT: "#b7791f", Decision.REFUSE: "#b03030"}
_WIDTH, _LEFT, _ROW = 960, 120, 44
_SCALE = _WIDTH - _LEFT - 20


def svg(preview: Preview) -> str:
    """The whole file. Texts of the policy are escaped."""
    parts = [*_bars(preview), *_flows(preview)]
    height = _ROW * (4 + min(len(preview.changes), CHANGES_SHOWN))
    body = "\n".join(f"  {part}" for part in parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'font-family="sans-serif" font-size="14">\n'
        f"  <title>{escape(headline(preview).zh)} {escape(headline(preview).en)}</title>\n"
        f'  <rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def headline(preview: Preview) -> Text:
    total, changed = preview.total, preview.changed
    share = f"{changed / total:.1%}" if total else "0%"
    left = preview.left_out
    records = "1 record" if left == 1 else f"{left} records"
    crossings = "1 crossing" if total == 1 else f"{total} crossings"
    left_zh = f"；另有{left}条记录无法重新判定" if left else ""
    left_en = f"; {records} could not be judged again" if left else ""
    return Text(
        zh=f"{total}人次中，{changed}人次（{share}）的处置结果会改变{left_zh}",
        en=f"of {crossings} {changed} ({share}) would come out otherwise{left_en}",
    )


def missed_words(missed: MissedOf, draft: Policy) -> Text:
    """What the draft would not learn of one issuer."""
    name = draft.issuers.name(missed.issuer)
    bound, why = Text(zh="", en=""), Text(zh="", en="")
    if missed.is_at_most:
        bound = Text(zh="至多", en="at most ")
        why = Text(
            zh="（审计记录不含户籍地，户籍在其辖区的旅客草案仍会查询）",
            en=" (records hold no home, and about holders whose home it speaks for it is still "
            "asked)",
        )
    return Text(
        zh=f"草案缩小了查询范围：{bound.zh}看不到{name.zh}的{missed.red}人次红码、"
        f"{missed.yellow}人次黄码{why.zh}",
        en=f"the draft asks fewer issuers: it would miss {bound.en}{missed.red} RED and "
        f"{missed.yellow} YELLOW statements of {name.en}{why.en}",
    )


def change_words(change: Change) -> Text:
    """From which decision to which."""
    was, becomes = (DECISION_NAMES[each.decision] for each in (change.before, change.after))
    relaxed = ("（放宽）", " (relaxed)") if change.after.relaxed else ("", "")
    return Text(
        zh=f"{was.zh} → {becomes.zh}{relaxed[0]}", en=f"{was.en} → {becomes.en}{relaxed[1]}"
    )


def change_rules(change: Change) -> str:
    """From which color and rule to which."""
    before, after = change.before, change.after
    return f"{before.color.value} {before.rule} → {after.color.value} {after.rule}"


def _bars(preview: Preview) -> Iterator[str]:
    order = " · ".join(f"{name.zh} {name.en}" for name in DECISION_NAMES.values())
    yield _text(10, 20, headline(preview).zh)
    yield _text(_LEFT, 38, order, size=11)
    for row, (label, side) in enumerate((("现行 now", 0), ("草案 draft", 1)), start=1):
        numbers = " · ".join(str(counts[side]) for counts in preview.decisions.values())
        yield _text(10, _ROW * row + 18, label)
        yield _text(10, _ROW * row + 34, numbers, size=11)
        x = float(_LEFT)
        for decision, counts in preview.decisions.items():
            width = _SCALE * counts[side] / max(preview.total, 1)
            yield from _piece(x, _ROW * row + 6, width, decision, counts[side])
            x += width


def _piece(x: float, y: float, width: float, decision: Decision, count: int) -> Iterator[str]:
    name = DECISION_NAMES[decision]
    shown = f"{name.zh} {name.en} {count}"
    yield (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="30" '
        f'fill="{_FILLS[decision]}"><title>{shown}</title></rect>'
    )
    if width > 9 * len(shown):
        yield _text(x + 8, y + 20, shown, fill="#ffffff")


def _flows(preview: Preview) -> Iterator[str]:
    shown: Sequence[Change] = preview.changes[:CHANGES_SHOWN]
    longest = max((change.count for change in shown), default=1)
    for row, change in enumerate(shown, start=3):
        y, words = _ROW * row, change_words(change)
        width = 300 * change.count / longest
        yield _text(10, y + 24, str(change.count))
        yield (
            f'<rect x="80" y="{y + 8}" width="{width:.1f}" height="24" '
            f'fill="{_FILLS[change.after.decision]}"/>'
        )
        yield _text(90 + width, y + 18, f"{words.zh} {words.en}", size=12)
        yield _text(90 + width, y + 34, change_rules(change), size=12)


def _text(x: float, y: float, words: str, *, fill: str = "#1a202c", size: int = 14) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}" font-size="{size}">{escape(words)}</text>'
