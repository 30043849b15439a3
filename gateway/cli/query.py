"""``tongxing query`` and ``tongxing explain``: may this traveler pass, and why?

Both ask the hub about a document; ``explain`` can also work from a receipt, without the hub, and
its sentences are the same. Responsible too for how a recognition reads at a terminal.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from tongxing.gateway.cli.failing import FAILED, USAGE, CommandFailed
from tongxing.gateway.cli.hub_client import (
    CredentialsOption,
    HubClient,
    OptionalCredentialsOption,
)
from tongxing.gateway.cli.operations import EXPLAIN, TRAVELER
from tongxing.gateway.cli.recognize import (
    OptionalHubKeyOption,
    PoliciesOption,
    color_and_decision,
    replayed,
)
from tongxing.gateway.cli.terminal import (
    JsonOption,
    OptionalPurposeOption,
    OptionalRegionOption,
    PurposeOption,
    RegionOption,
    SourceArgument,
    now,
    read_document,
    reads_stdin,
    required,
)
from tongxing.gateway.recognition.facts import OUTCOME_NAMES
from tongxing.gateway.settings import SHIPPED_POLICIES
from tongxing.schema import Color, Decision, Outcome, Purpose, Text, place_name
from tongxing.schema.not_asked import NotAskedReason
from tongxing.schema.time_words import to_the_second

_HOW = {"LIVE": "", "LIST": " 每日名单 list"}
_STYLES = {"GREEN": "green", "YELLOW": "yellow", "RED": "red", "UNKNOWN": "magenta"}


NOT_ASKED_NAMES: Mapping[NotAskedReason, Text] = MappingProxyType(
    {
        NotAskedReason.NOT_IN_CIRCLE: Text(zh="不在查询范围", en="not in the circle"),
        NotAskedReason.HOLDER_NOT_IN_FILTER: Text(zh="名录中没有此人", en="not in its filter"),
        NotAskedReason.HOLDER_UNKNOWN: Text(zh="持码人未知", en="holder unknown"),
        NotAskedReason.POLICY_CHANGED: Text(zh="政策刚刚变更", en="the policy just changed"),
        NotAskedReason.NOT_CONNECTED: Text(zh="尚未接入", en="not connected"),
    }
)
NOT_ASKED_SHOWN = 8
"""Of a federation's hundreds a terminal shows the first; ``--json`` has them all."""


class _NotOneWay(CommandFailed):
    exit_code = USAGE


def query(
    source: SourceArgument = None,
    *,
    credentials: CredentialsOption,
    region: RegionOption,
    purpose: PurposeOption,
    as_json: JsonOption = False,
) -> None:
    reads_stdin(source)
    with closing(HubClient.from_file(credentials, now)) as hub:
        asked = _document_asked(source, region, purpose)
        show(hub.ask_for("traveler", TRAVELER, asked), as_json=as_json)


def explain(
    source: SourceArgument = None,
    *,
    credentials: OptionalCredentialsOption = None,
    receipt: Annotated[
        Path | None,
        typer.Option(
            metavar="RECEIPT",
            show_default=False,
            help="离线解释回执 Explain a receipt, without the hub; “-” reads standard input",
        ),
    ] = None,
    hub_key: OptionalHubKeyOption = None,
    policies: PoliciesOption = SHIPPED_POLICIES,
    region: OptionalRegionOption = None,
    purpose: OptionalPurposeOption = None,
) -> None:
    if receipt is not None and hub_key is not None:
        explanation = replayed(receipt, hub_key, policies).explanation
        _print((line.zh, line.en) for line in explanation.lines)
    elif credentials is not None and receipt is None:
        reads_stdin(source)
        where, why = required(region, "--region CODE"), required(purpose, "--purpose PURPOSE")
        with closing(HubClient.from_file(credentials, now)) as hub:
            asked = _document_asked(source, where, why)
            answer = hub.ask_for("traveler", EXPLAIN, asked)
        if answer["__typename"] != "TravelerRecognition":
            raise CommandFailed(refusal(answer))
        _print((line["zh"], line["en"]) for line in answer["explanation"]["lines"])
    else:
        raise _NotOneWay(
            "请给出 --credentials FILE，或同时给出 --receipt RECEIPT 和 --hub-key FILE "
            "give --credentials FILE, or --receipt RECEIPT with --hub-key FILE"
        )


def _document_asked(source: str | None, region: str, purpose: Purpose) -> Mapping[str, object]:
    """What the hub is asked about the document that is read from ``source``."""
    document = read_document(source)
    asked = {
        "document": {
            "kind": document.kind.value,
            "number": document.number,
            "name": document.name,
        },
        "purpose": purpose.value,
        "receivingRegion": region,
    }
    return {"input": asked}


def _print(sentences: Iterable[tuple[str, str]]) -> None:
    for zh, en in sentences:
        typer.echo(zh)
        typer.echo(en)


def show(answer: Mapping[str, Any], *, as_json: bool) -> None:
    """Prints ``answer`` for a program or for a person. If the hub could not ask, the
    command fails: one line, and a status that a script sees."""
    refused = answer["__typename"] != "TravelerRecognition"
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False))
        if refused:
            raise typer.Exit(FAILED)
        return
    if refused:
        raise CommandFailed(refusal(answer))
    console = Console(highlight=False, soft_wrap=True)
    for line in lines(answer):
        console.print(line)


def lines(answer: Mapping[str, Any]) -> Iterator[str]:
    """A Recognition in rich's markup: the answer, the reasons, every source."""
    yield _headline(answer)
    until = to_the_second(datetime.fromisoformat(answer["validUntil"]))
    yield f"  有效至{until.zh}"
    yield f"  Valid until {until.en}"
    for zh, en in dict.fromkeys((r["text"]["zh"], r["text"]["en"]) for r in answer["reasons"]):
        yield f"  {escape(zh)}"
        yield f"  {escape(en)}"
    for source in answer["sources"]:
        yield f"  {escape(_source(source))}"
    yield from (f"  {escape(line)}" for line in _not_asked(answer["notAsked"]))


def _headline(answer: Mapping[str, Any]) -> str:
    color, decision = Color[answer["color"]], Decision[answer["decision"]]
    return (
        f"[bold {_STYLES[color.name]}]{color_and_decision(color, decision)}[/]"
        f" 审计 audit #{answer['auditIndex']}"
    )


def refusal(answer: Mapping[str, Any]) -> str:
    """The one line of a Refusal."""
    text = answer["text"]
    return f"{answer['code']} {text['zh']} {text['en']}"


def _not_asked(left: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """One line for each reason: how many issuers, and the first of them."""
    for reason, words in NOT_ASKED_NAMES.items():
        issuers = [each["issuer"] for each in left if each["reason"] == reason.value]
        if issuers:
            told = [f"{each['name']['zh']} {each['id']}" for each in issuers[:NOT_ASKED_SHOWN]]
            told += ["…"] if len(issuers) > NOT_ASKED_SHOWN else []
            yield f"未查询 not asked · {words.zh} {words.en}: {len(issuers)} ({', '.join(told)})"


def _source(source: Mapping[str, Any]) -> str:
    codes = ", ".join(
        f"{place_name(code['issuingPlace']).zh} {code['color']} “{code['rawValue']}”"
        for code in source["codes"]
    )
    how, outcome = _HOW[source["via"]], OUTCOME_NAMES[Outcome[source["outcome"]]]
    issuer = source["issuer"]
    who = f"{issuer['name']['zh']} {issuer['id']}"
    return f"{who}{how}: {source['outcome']} {outcome.zh} {codes}".rstrip()
