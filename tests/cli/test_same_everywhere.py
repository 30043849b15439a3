"""What a hub says over GraphQL the command line says too, word for word and number for number. Only
of a window of the audit log it says more."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ran, Tongxing
from tongxing.gateway.recognition.facts import DECISION_NAMES
from tongxing.gateway.settings import SHIPPED_POLICIES
from tongxing.sandbox.demo.stage import Theater, document_fields, document_of
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.schema import Decision

REGION = "321100"
EXPLAINED = """
query($document: TravelDocumentInput!) {
  traveler(input: {document: $document, purpose: ENTRY, receivingRegion: "321100"}) {
    ... on TravelerRecognition { receipt explanation { lines { zh en } } }
  }
}
"""
PREVIEW = """
query($draft: String!) {
  previewPolicy(input: {
    region: "321100", draft: $draft, travelers: {population: {size: 400, seed: 3}}
  }) {
    ... on PolicyPreview {
      summary { zh en }
      decisions { decision before after }
      changes { count before { color decision ruleId } after { color decision ruleId } }
    }
  }
}
"""
PERSONAS = (
    "green_everywhere",
    "freshly_converted",
    "national_yellow",
    "red_everywhere",
    "forged",
    "unknown",
)


@pytest.mark.parametrize("persona", PERSONAS)
def test_a_receipt_is_explained_offline_in_the_words_of_the_answer(
    persona: str, tongxing: Tongxing, sandbox: Theater, layout_of_sandbox: Layout
) -> None:
    document = document_fields(document_of(persona))
    answer = sandbox.stage.city.ask(EXPLAINED, {"document": document})["traveler"]
    key = layout_of_sandbox.hub_public_key
    offline = tongxing("explain", "--receipt", "-", "--hub-key", key, stdin=answer["receipt"])
    told = [words for line in answer["explanation"]["lines"] for words in (line["zh"], line["en"])]
    assert told
    assert offline.out.splitlines() == told


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Path:
    text = (SHIPPED_POLICIES / "zhenjiang-1.toml").read_text("utf-8")
    file = tmp_path_factory.mktemp("draft") / "zhenjiang-2.toml"
    file.write_text(
        text.replace("version = 1\n", "version = 2\nreplaces = 1\n")
        .replace("valid_from = 2020-03-01", "valid_from = 2020-06-01")
        .replace('GREEN = "24h"', 'GREEN = "2h"'),
        "utf-8",
    )
    return file


def _asked(sandbox: Theater, draft: Path) -> Mapping[str, Any]:
    asked = {"draft": draft.read_text("utf-8")}
    preview: Mapping[str, Any] = sandbox.stage.coordinator.ask(PREVIEW, asked)["previewPolicy"]
    return preview


def _counts(ran: Ran, side: str) -> dict[str, int]:
    """What stands beside the bars of one side, by decision."""
    found = {}
    for decision in Decision:
        name = DECISION_NAMES[decision]
        (count,) = re.findall(rf"^{side} +{name.zh} {name.en} +(\d+) ", ran.out, re.MULTILINE)
        found[decision.value] = int(count)
    return found


def _changes(preview: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (
            str(each["count"]),
            f"{_color_and_rule(each['before'])} → {_color_and_rule(each['after'])}",
        )
        for each in preview["changes"]
    ]


def _color_and_rule(verdict: Mapping[str, str]) -> str:
    return f"{verdict['color']} {verdict['ruleId']}"


def _assert_same(ran: Ran, preview: Mapping[str, Any]) -> None:
    assert ran.status == 0, ran.err
    assert ran.out.splitlines()[:2] == [preview["summary"]["zh"], preview["summary"]["en"]]
    for side, of in (("现行 now", "before"), ("草案 draft", "after")):
        counts = {each["decision"]: each[of] for each in preview["decisions"]}
        assert _counts(ran, side) == counts
    shown = re.findall(r"^│ (\d+) +│ .*? +│ (.*?) +│$", ran.out, re.MULTILINE)
    assert shown == _changes(preview)


def test_a_draft_is_tried_on_a_population_with_the_same_result(
    tongxing: Tongxing, sandbox: Theater, draft: Path
) -> None:
    preview = _asked(sandbox, draft)
    assert preview["changes"]
    ran = tongxing("policy", "preview", draft, "--population", "400", "--seed", "3")
    _assert_same(ran, preview)


def test_on_the_hubs_own_machine_a_draft_is_tried_on_each_record_also_of_today(
    tongxing: Tongxing, sandbox: Theater, layout_of_sandbox: Layout, draft: Path
) -> None:
    """Over GraphQL neither is shown (decision 13): here is the database anyway."""
    since = datetime.now(UTC)
    for persona in PERSONAS:
        asked = {"document": document_fields(document_of(persona))}
        sandbox.stage.city.ask(EXPLAINED, asked)
    days = "..".join(end.isoformat() for end in (since, since + timedelta(hours=1)))
    settings = layout_of_sandbox.settings
    ran = tongxing("policy", "preview", draft, "--window", days, "--settings", settings)
    assert ran.status == 0, ran.err
    for side in ("现行 now", "草案 draft"):
        assert sum(_counts(ran, side).values()) == len(PERSONAS)
