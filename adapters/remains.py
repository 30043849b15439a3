"""What still counts of a verified statement that cannot be read as a whole (docs/invariants.md
§4): its yellows and reds in the parts that can be read, and never a green.

Responsible for finding those parts in any format. A ``Form`` says where the colors stand, and what
stands in for a member that cannot be read. Refuses to believe anything: only what was verified and
names the holder comes here (decision 14).
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from msgspec import UNSET

from tongxing.adapters.dialect import Malformed
from tongxing.adapters.reading import Codes
from tongxing.schema import Color, Outcome

Members = Mapping[str, object]

MOST_PARTS = 64
"""Parts that are read with their details; of the others only each color is read. No system states
more than 34 codes of one person, so that only a hostile statement gets here."""


class Pairs(tuple[tuple[str, object], ...]):
    """The members of one object as they are written, a repeated one as often as it is there."""

    __slots__ = ()

    def all(self, name: str) -> list[object]:
        return [value for each, value in self if each == name]

    def only(self, name: str) -> object:
        """The value of a member, also of one that is repeated and says the same; None otherwise."""
        values = self.all(name)
        try:
            return values[0] if values and values.count(values[0]) == len(values) else None
        except RecursionError:
            return None


@dataclass(frozen=True, slots=True)
class Form:
    """``path`` leads to the objects that have a ``color`` member, through lists and through JSON
    inside a text. ``instead`` has what is read in place of members that cannot be read (UNSET:
    nothing); members in one mapping belong together."""

    path: tuple[str, ...]
    color: str
    instead: tuple[Members, ...]


def loosely(unverified: bytes | str) -> object:
    """The JSON as it is written: its objects are Pairs. Raises Malformed."""
    try:
        text = unverified if isinstance(unverified, str) else unverified.decode()
        return _LOOSE.decode(text)
    except (ValueError, RecursionError):
        raise Malformed from None


def parts(whole: object, *path: str) -> list[Pairs]:
    """Every object at ``path``."""
    found = list(_objects(whole))
    for name in path:
        found = [inner for each in found for value in each.all(name) for inner in _objects(value)]
    return found


def against(whole: object, form: Form, read: Callable[[Members], Codes]) -> Codes:
    """The codes in ``whole`` that are no greens. ``read`` reads one object without a repeated
    member, and raises Malformed. An object that it reads counts as it would alone; of another one
    each yellow and red counts, with the details that can be read."""
    found = parts(whole, *form.path)
    few, more = found[:MOST_PARTS], found[MOST_PARTS:]
    colors = [(form.color, value) for each in more for value in each.all(form.color)]
    few += [Pairs(colors)] if colors else []
    return tuple(code for each in few for code in _of_part(each, form, read))


def outcome_beside(codes: Codes) -> Outcome:
    """The outcome of a statement of which only ``codes`` count. A word that is in no table takes a
    green away whoever states it, also beside what cannot be read. Raises Malformed if nothing
    counts."""
    if not codes:
        raise Malformed
    unmapped = any(code.color is Color.UNKNOWN for code in codes)
    return Outcome.UNMAPPED_VALUE if unmapped else Outcome.MALFORMED


def written(members: object) -> str:
    """The JSON of ``members``, for a reader that is as strict as with any statement. Raises
    Malformed for a member that is there twice, and for one that is nested too deeply: the parser
    goes deeper than what comes after it."""
    try:
        return json.dumps(_plain(members))
    except RecursionError:
        raise Malformed from None


def _plain(value: object) -> object:
    if isinstance(value, Pairs):
        plain = dict(value)
        if len(plain) < len(value):
            raise Malformed
        value = plain
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def names(persons: Sequence[Pairs], number: tuple[str, str], name: tuple[str, str]) -> bool:
    """False if a person is named and it is another one. ``number`` and ``name`` are each a member
    and its value. A person that cannot be read is told by what ties the statement to its
    question."""
    named = [(each.only(number[0]), each.only(name[0])) for each in persons]
    readable = [each for each in named if all(isinstance(text, str) for text in each)]
    return not readable or (number[1], name[1]) in readable


def _objects(whole: object) -> Iterator[Pairs]:
    """In the order in which they are written, however deep lists are in lists."""
    waiting = [whole]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            with suppress(Malformed):
                value = loosely(value)
        if isinstance(value, Pairs):
            yield value
        elif isinstance(value, list):
            waiting += reversed(value)


def _of_part(part: Pairs, form: Form, read: Callable[[Members], Codes]) -> Codes:
    members = dict(part)
    if len(members) == len(part):
        try:
            return tuple(code for code in read(members) if code.color is not Color.GREEN)
        except Malformed:
            pass
    words = (value for value in part.all(form.color) if not isinstance(value, list | Pairs))
    colors = {json.dumps(value): value for value in words}.values()
    return tuple(code for color in colors for code in _with_color(color, part, form, read))


def _with_color(color: object, part: Pairs, form: Form, read: Callable[[Members], Codes]) -> Codes:
    """The yellow or red that ``color`` is, with every detail of ``part`` that can be read."""
    members: dict[str, object] = {form.color: color}
    for instead in form.instead:
        members |= {name: value for name, value in instead.items() if value is not UNSET}
    codes = _restrictive(read, members)
    if not codes:
        return ()
    for instead in form.instead:
        stated = {name: part.only(name) for name in instead if part.all(name)}
        without = {name: value for name, value in members.items() if name not in instead}
        tried = _restrictive(read, without | stated)
        if tried and all(len(part.all(name)) == 1 for name in stated):
            members, codes = without | stated, tried
    return codes


def _restrictive(read: Callable[[Members], Codes], members: Members) -> Codes:
    try:
        return tuple(code for code in read(members) if code.color.is_restrictive)
    except Malformed:
        return ()


def _refuse(_constant: str) -> None:
    raise ValueError("no JSON")


_LOOSE = json.JSONDecoder(object_pairs_hook=Pairs, parse_constant=_refuse)
