"""A recognition as people read it at a terminal: the answer, the reasons, every source."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.markup import escape

_COLORS = {"GREEN": "绿", "YELLOW": "黄", "RED": "红", "UNKNOWN": "未知"}
_DECISIONS = {"ADMIT": "放行", "INSPECT": "核查", "REFUSE": "劝返"}
_HOW = {"LIVE": "", "LIST": " 名单 list"}
_STYLES = {"GREEN": "green", "YELLOW": "yellow", "RED": "red", "UNKNOWN": "bright_black"}


def lines(answer: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a Recognition, in rich's markup."""
    yield _headline(answer)
    for zh, en in dict.fromkeys((r["text"]["zh"], r["text"]["en"]) for r in answer["reasons"]):
        yield f"  {escape(zh)}"
        yield f"  {escape(en)}"
    for source in answer["sources"]:
        yield f"  [dim]{escape(_source(source))}[/dim]"


def _headline(answer: Mapping[str, Any]) -> str:
    color, decision = answer["color"], answer["decision"]
    style = _STYLES[color]
    return (
        f"[bold {style}]{color} {_COLORS[color]} · {decision} {_DECISIONS[decision]}[/]"
        f" [dim]审计 audit #{answer['auditIndex']}[/dim]"
    )


def refusal(answer: Mapping[str, Any]) -> str:
    """The one line of an InvalidDocument or InvalidCode."""
    text = answer["text"]
    return f"{answer['code']} {text['zh']} {text['en']}"


def _source(source: Mapping[str, Any]) -> str:
    codes = ", ".join(
        f"{code['issuingPlace']} {code['color']} “{code['rawValue']}”" for code in source["codes"]
    )
    how = _HOW[source["via"]]
    return f"{source['issuer']}{how}: {source['outcome']} {codes}".rstrip()
