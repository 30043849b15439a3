"""A text with gaps: what stays the same is written once, what changes is put in each time.

The gaps are found by marks, which the same code has written in their places that writes the values
themselves. So a filled text is what that code would have written. Refuses to know what the text is
about.
"""

from collections.abc import Mapping, Sequence

_OPEN, _PER_CENT, _WRITTEN = b"%b", b"%", b"%%"


class Gapped:
    """``text`` with a gap at each place where it has one of ``marks``, which are given by the names
    of what belongs there. No mark is part of another."""

    __slots__ = ("_form", "names")

    def __init__(self, text: bytes, marks: Mapping[str, bytes]) -> None:
        form = text.replace(_PER_CENT, _WRITTEN)
        places = []
        for name, mark in marks.items():
            start = form.find(mark)
            while start >= 0:
                places.append((start, name))
                start = form.find(mark, start + len(mark))
        self.names: Sequence[str] = tuple(name for _, name in sorted(places))
        """Of the gaps, in their order."""
        for mark in marks.values():
            form = form.replace(mark, _OPEN)
        self._form = form

    def filled(self, values: Sequence[bytes]) -> bytes:
        """With one value for each gap, in the order of ``names``."""
        return self._form % tuple(values)

    @property
    def size(self) -> int:
        return len(self._form)
