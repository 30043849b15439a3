"""The texts of the pages, each in both languages, read once from ``texts/``.

One TOML file for each page, and ``common.toml`` for what they share.
"""

from collections.abc import Mapping
from functools import cache

from tongxing.gateway.pages.languages import Language
from tongxing.gateway.pages.text_tables import text_table

COMMON = "common"

Texts = Mapping[str, str]
"""Key to text, in one language."""


@cache
def texts_of(page: str, language: Language) -> Texts:
    """What ``page`` says in ``language``, with what all pages say."""
    return {key: text for name in (COMMON, page) for key, text in _read(name, language).items()}


def _read(name: str, language: Language) -> Texts:
    return {key: text[language] for key, text in text_table(name).items()}
