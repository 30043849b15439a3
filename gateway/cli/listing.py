"""How a list of things with several properties reads at a terminal.

A table of seven columns in two languages leaves each word three letters on 80 columns, so each
thing has a heading and a line for each property, which continues under itself.
"""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table

Properties = Sequence[tuple[str, str]]
"""The name of each property, in both languages, and its value."""

INDENT = (0, 0, 0, 2)


def print_listing(things: Iterable[tuple[str, Properties]]) -> None:
    """Each of ``things`` under its heading; a property without a value is left out."""
    console = Console(highlight=False, markup=False)
    for heading, properties in things:
        console.print(heading)
        console.print(Padding(_lines(properties), INDENT))


def _lines(properties: Properties) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in properties:
        if value:
            grid.add_row(name, value)
    return grid
