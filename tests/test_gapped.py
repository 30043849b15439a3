"""A text with gaps is the text that would be written with the values in their places."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxing.gateway.gapped import Gapped

MARKS = {"a": b"<a>", "b": b"<b>"}
BETWEEN = (
    st.sampled_from(
        [b"", b"%", b"%%", b"%b", b"%(a)s", b"%s", b"{}", b'"', b"\\", "\ue000".encode()]
    )
    | st.binary(max_size=4)
).filter(lambda text: b"<" not in text and b">" not in text)
PIECES = st.lists(st.tuples(BETWEEN, st.sampled_from(sorted(MARKS))), max_size=6)
VALUES = st.fixed_dictionaries(dict.fromkeys(MARKS, st.binary(max_size=6)))


@given(PIECES, BETWEEN, VALUES)
def test_what_stands_between_the_gaps_stays_and_each_gap_gets_its_value(
    pieces: Sequence[tuple[bytes, str]], end: bytes, values: dict[str, bytes]
) -> None:
    written = b"".join(text + MARKS[name] for text, name in pieces) + end
    gapped = Gapped(written, MARKS)
    assert list(gapped.names) == [name for _, name in pieces]
    filled = gapped.filled([values[name] for name in gapped.names])
    assert filled == b"".join(text + values[name] for text, name in pieces) + end


@pytest.mark.parametrize("value", [b"<a>", b"<b>", b"%b", b"%"])
def test_a_value_is_put_in_as_it_is(value: bytes) -> None:
    gapped = Gapped(b"x<a>y<b>z", MARKS)
    assert gapped.filled([value, value]) == b"x%by%bz" % (value, value)


@pytest.mark.parametrize("values", [(), (b"1",), (b"1", b"2", b"3")])
def test_it_is_not_filled_with_too_few_or_too_many(values: Sequence[bytes]) -> None:
    with pytest.raises(TypeError):
        Gapped(b"x<a>y<b>z", MARKS).filled(values)
