"""Thirty questions of a newcomer, and the one place that answers each.

``docs/architecture.md`` names every one of these files: in the glossary, on the road of one request
or in the table from concept to file. A question whose answer moved fails here until the table has
moved with it.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.source import ROOT

QUESTIONS: dict[str, tuple[str, str]] = {
    "Where is a revoked key refused?": ("keys/verification.py", "_key_of"),
    "Where are the 24 h of a green?": ("gateway/recognition/hearing.py", "_why_not_green"),
    "Which clock difference is allowed to an issuer?": (
        "gateway/recognition/hearing.py",
        "CLOCK_TOLERANCE",
    ),
    "Why does a silent issuer block a green?": ("gateway/recognition/hearing.py", "hear_silence"),
    "Which of two issuers that differ counts?": ("gateway/recognition/ruling.py", "overrule"),
    "Until when does an answer hold?": ("gateway/recognition/decide.py", "valid_until"),
    "What may a policy rule ask?": ("gateway/recognition/conditions.py", "CONDITIONS"),
    "Why is a policy with a gap refused?": ("gateway/policy/coverage.py", "faults"),
    "Which policy is in force for a county?": ("gateway/policy/in_force.py", "_enclosing"),
    "Where are the 48 hours of an announcement?": ("gateway/policy/sense.py", "LEAD_TIME"),
    "Which issuers are asked about a document?": (
        "gateway/answering/routing.py",
        "issuers_of_document",
    ),
    "What is done in which order for one answer?": ("gateway/answering/hub.py", "recognize"),
    "How long is a statement kept, and how is it forgotten?": (
        "gateway/answering/statement_cache.py",
        "StatementCache",
    ),
    "Where is a receipt read back?": ("gateway/answering/receipt.py", "read_receipt"),
    "When are many reds at once an alarm?": ("gateway/answering/mass_flips.py", "densest_hour"),
    "Is an older daily list taken?": ("gateway/answering/daily_lists.py", "take"),
    "When is a color change of a person kept?": ("gateway/answering/history.py", "past_of"),
    "What does the national code 10 mean?": ("adapters/national_states.py", "COLORS"),
    "How old may a signature be?": ("adapters/adapter.py", "OLDEST_SIGNATURE"),
    "What if an issuer answers with a gigabyte?": ("adapters/http_client.py", "_body"),
    "Is this ID number well formed?": ("schema/document.py", "_check_resident_id"),
    "Which color is more restrictive?": ("schema/color.py", "RESTRICTIVENESS"),
    "How does a person appear on disk?": ("keys/holder.py", "HolderKey"),
    "Which scope does a field need?": ("gateway/graphql/authorization.py", "rights"),
    "How many aliases may a document have?": (
        "gateway/graphql/document_limits.py",
        "MAX_ALIASES",
    ),
    "Which HTTP status does an error have?": ("gateway/errors.py", "ERRORS"),
    "Can an assertion be used twice?": ("gateway/storage/replay.py", "first_use"),
    "When is an audit record durable?": ("gateway/storage/writer.py", "Writer"),
    "What may a log line hold?": ("gateway/operation/events.py", "FIELDS"),
    "Which settings are there?": ("gateway/settings.py", "Settings"),
}

GUIDE = (ROOT / "docs" / "architecture.md").read_text("utf-8")


def defined(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    targets = node.targets if isinstance(node, ast.Assign) else []
    targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
    yield from (target.id for target in targets if isinstance(target, ast.Name))


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_newcomer_finds_the_answer_to(question: str) -> None:
    file, name = QUESTIONS[question]
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    assert name in {each for node in ast.walk(tree) for each in defined(node)}
    folder, _, alone = file.rpartition("/")
    named = {f"`{file}`", f"`{alone}`"} if f"`{folder}/" in GUIDE else {f"`{file}`"}
    assert any(each in GUIDE for each in named)
