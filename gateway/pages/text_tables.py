"""The files of ``texts/``: each text by its key, in both languages.

Imports nothing that takes long: a gate on a terminal says the same as the page.
"""

import tomllib
from collections.abc import Mapping
from importlib.resources import files


def text_table(name: str) -> Mapping[str, Mapping[str, str]]:
    """``texts/NAME.toml``: key to ``zh`` and ``en``."""
    folder = files("tongxing.gateway.pages") / "texts"
    table: Mapping[str, Mapping[str, str]] = tomllib.loads(
        (folder / f"{name}.toml").read_text(encoding="utf-8")
    )
    return table
