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
LIBRARY = Path(__file__).parents[2] / "clients/python/src/tongxing_client/operations"
"""What the library for Python brings: the documents of its methods, whole."""

ASKED_WITHOUT_A_METHOD = {"audit_page.graphql"}


def shipped() -> Mapping[str, str]:
    """The texts by the names of their files."""
    return of_programs() | {file: text for text, file in SHIPPED.items()}


def of_programs() -> dict[str, str]:
    return {
        file.name: _whole(file.read_text("utf-8"))
        for file in OPERATIONS.glob("*.graphql")
        if file != SHARED
    }


def _whole(text: str) -> str:
    return text + SHARED.read_text("utf-8") if "...Shown" in text else text


def of_library() -> dict[str, str]:
    return {name: t for name, t in of_programs().items() if name not in ASKED_WITHOUT_A_METHOD}


def present(directory: Path = SHIPPED_DOCUMENTS) -> Mapping[str, str]:
    return {file.name: file.read_text("utf-8") for file in directory.iterdir()}


if __name__ == "__main__":
    for directory, texts in ((SHIPPED_DOCUMENTS, shipped()), (LIBRARY, of_library())):
        for name in present(directory).keys() - texts.keys():
            (directory / name).unlink()
        for name, text in texts.items():
            (directory / name).write_text(text, "utf-8")
