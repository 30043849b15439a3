"""An answer written in pieces is the same text."""

from time import monotonic

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tongxing.gateway.http.written import written
from tongxing.gateway.turns import Turns

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
async def test_it_is_what_one_piece_would_be(value: object) -> None:
    assert await written(value, Turns(monotonic)) == msgspec.json.encode(value)
