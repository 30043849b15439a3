"""The trusted documents that are shipped, made of what the client programs and commands ask.

The files of ``gateway/documents`` are whole documents, because the id of each is that of its file.
What they share is written once, in ``clients/operations`` and ``gateway/cli/operations.py``.
``python -m tests.graphql.shipped_documents`` writes them anew.
"""

from collections.abc import Mapping
from pathlib import Path

from tongxing.gateway.cli.operations import SHIPPED
from tongxing.gateway.settings import SHIPPED_DOCUMENTS

OPERATIONS = Path(__file__).parents[2] / "clients" / "operations"
SHARED = OPERATIONS / "recognition.graphql"


def shipped() -> Mapping[str, str]:
    """The texts by the names of their files."""
    of_programs = {
        file.name: _whole(file.read_text("utf-8"))
        for file in OPERATIONS.glob("*.graphql")
        if file != SHARED
    }
    return of_programs | {file: text for text, file in SHIPPED.items()}


def _whole(text: str) -> str:
    return text + SHARED.read_text("utf-8") if "...Shown" in text else text


def present() -> Mapping[str, str]:
    return {file.name: file.read_text("utf-8") for file in SHIPPED_DOCUMENTS.iterdir()}


if __name__ == "__main__":
    for name in present().keys() - shipped().keys():
        (SHIPPED_DOCUMENTS / name).unlink()
    for name, text in shipped().items():
        (SHIPPED_DOCUMENTS / name).write_text(text, "utf-8")
