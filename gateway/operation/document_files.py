"""The files of the trusted documents: every ``*.graphql`` of one folder, each a whole document.

Refuses to look into them: whether one is a document of the schema is found out where they are used.
"""

from collections.abc import Mapping
from pathlib import Path

LARGEST_BYTES = 65_536
"""Four bytes for each character that a document may have."""


class DocumentFileRefused(ValueError):
    """A file that is no text; the message names it."""


def read_documents(folder: Path) -> Mapping[str, str]:
    """The texts by the paths of their files, byte for byte: the id of a document is that of its
    file. Raises OSError if there is no such folder, DocumentFileRefused."""
    files = sorted(folder.iterdir())
    return {str(file): read_document(file) for file in files if _is_document(file)}


def _is_document(file: Path) -> bool:
    return file.suffix == ".graphql"


def read_document(file: Path) -> str:
    """Raises OSError, DocumentFileRefused."""
    with file.open("rb") as opened:
        octets = opened.read(LARGEST_BYTES + 1)
    if len(octets) > LARGEST_BYTES:
        raise DocumentFileRefused(f"文件过大 larger than {LARGEST_BYTES} bytes: {file}")
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        raise DocumentFileRefused(f"编码不对，请存为 UTF-8 not UTF-8: {file}") from None
