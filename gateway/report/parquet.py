"""A sheet as a Parquet file. Only where its library is installed (``tongxing[report]``)."""

from io import BytesIO

from arro3.core import Array, DataType, Schema, Table
from arro3.core import Field as ArrowField
from arro3.io import write_parquet

from tongxing.gateway.report.sheets import Column, Sheet

_TYPES = {str: DataType.utf8(), int: DataType.int64(), float: DataType.float64()}


def parquet_file(sheet: Sheet) -> bytes:
    """The whole file."""
    schema = Schema([ArrowField(each.name, _TYPES[each.kind]) for each in sheet.columns])
    arrays = [_array(column, number, sheet) for number, column in enumerate(sheet.columns)]
    written = BytesIO()
    write_parquet(Table.from_arrays(arrays, schema=schema), written)
    return written.getvalue()


def _array(column: Column, number: int, sheet: Sheet) -> Array:
    return Array([row[number] for row in sheet.rows], _TYPES[column.kind])
