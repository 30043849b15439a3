"""Sheets as files that programs read: CSV, and what a writer of Parquet is given."""

import csv
from collections.abc import Callable
from io import StringIO

from tongxing.gateway.report.sheets import Sheet, Value

SheetWriter = Callable[[Sheet], bytes]
"""The whole file of one sheet."""


def csv_file(sheet: Sheet) -> bytes:
    """RFC 4180, with a line of names. A text that a spreadsheet would take for a formula gets an
    apostrophe before it."""
    written = StringIO()
    lines = csv.writer(written)
    lines.writerow([column.name for column in sheet.columns])
    lines.writerows([_inert(value) for value in row] for row in sheet.rows)
    return written.getvalue().encode()


_BEGINS_A_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def _inert(value: Value) -> Value:
    if isinstance(value, str) and value.lstrip().startswith(_BEGINS_A_FORMULA):
        return f"'{value}"
    return value
