"""Honest people in crowds, drawn from a seed: how often are they taken for a sweep?

``python -m tests.answering.honest_crowds`` draws a thousand of each crowd, and prints the figures
of docs/decisions/0011-guesses.md.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import exp, lgamma, log
from random import Random

from tongxing.gateway.answering.guesses import (
    IMPOSSIBLE,
    GuessLimits,
    SharedPart,
    Tally,
    allowed,
    parts_of,
    stop_by,
)
from tongxing.sandbox.town.documents import SEQUENCES, Kind, invented_name, resident_id
from tongxing.schema import DocumentKind, InvalidDocument, TravelDocument
from tongxing.schema.stopped_client import StopReason

COUNTY = "321182"
NAME_MISTYPED = 0.01
NUMBER_MISTYPED = 0.02
"""Of a hundred numbers typed by hand, two with a wrong digit: more than clerks make."""


@dataclass(frozen=True)
class Crowd:
    """``people`` of one county, born from one year to another, in one manifest. Of a hundred,
    ``not_enrolled`` have no code anywhere."""

    people: int
    born: tuple[int, int]
    not_enrolled: int = 5

    def documents(self, random: Random) -> list[TravelDocument]:
        first = date(self.born[0], 1, 1).toordinal()
        last = date(self.born[1], 12, 31).toordinal()
        return [_person(random, first, last) for _ in range(self.people)]


CROWDS: Mapping[str, Crowd] = {
    "a coach company: 1,000 of one county": Crowd(1_000, (1940, 2014)),
    "the same, and a third is not enrolled": Crowd(1_000, (1940, 2014), not_enrolled=33),
    "a school: 1,000 of one county and two years": Crowd(1_000, (2006, 2007)),
    "an examination: 1,000 of one county and one year": Crowd(1_000, (2007, 2007)),
}


def stop_of(crowd: Crowd, random: Random, limits: GuessLimits) -> StopReason | None:
    """The first limit that a client crosses which asks about the crowd in one manifest."""
    typed = [_typed(document, random) for document in crowd.documents(random)]
    documents = [each for each in typed if isinstance(each, TravelDocument)]
    refused = [each for each in typed if isinstance(each, InvalidDocument)]
    impossible = sum(each.code in IMPOSSIBLE for each in refused)
    if stop := stop_by(Tally(asked=crowd.people, impossible=impossible), limits):
        return stop.reason
    if reason := crowded(documents, limits):
        return reason
    missed = sum(random.random() * 100 < crowd.not_enrolled for _ in documents)
    missed += sum(random.random() < NAME_MISTYPED for _ in documents)
    stop = stop_by(Tally(confirmed=len(documents) - missed, unconfirmed=missed), limits)
    return None if stop is None else stop.reason


def crowded(documents: Iterable[TravelDocument], limits: GuessLimits) -> StopReason | None:
    """What the hub counts in its database, counted by hand."""
    kinds = {}
    together: Counter[SharedPart] = Counter()
    for document in set(documents):
        for part in parts_of(document):
            together[part] += 1
            kinds[part] = document.kind
    for part, count in together.items():
        if count > allowed(part.reason, kinds[part], limits):
            return part.reason
    return None


def city_unconfirmed(
    random: Random, residents: int, percent: float, divisions: Sequence[str]
) -> Iterator[TravelDocument]:
    """Those residents of a whole city who are not confirmed: the others are not counted."""
    first, last = date(1935, 1, 1).toordinal(), date(2014, 12, 31).toordinal()
    for _ in range(round(residents * percent / 100)):
        yield _person(random, first, last, random.choice(divisions))


def _person(random: Random, first: int, last: int, division: str = COUNTY) -> TravelDocument:
    born = date.fromordinal(random.randint(first, last)).isoformat().replace("-", "")
    number = resident_id(division, born, random.randint(1, SEQUENCES))
    name = invented_name(Kind.RESIDENT_ID, number, random.getrandbits(64))
    return TravelDocument(DocumentKind.RESIDENT_ID, number, name)


def _typed(document: TravelDocument, random: Random) -> TravelDocument | InvalidDocument:
    """As somebody typed it."""
    if random.random() >= NUMBER_MISTYPED:
        return document
    place, number = random.randrange(17), document.number
    digit = str((int(number[place]) + random.randint(1, 9)) % 10)
    try:
        return TravelDocument.parse(
            document.kind, number[:place] + digit + number[place + 1 :], document.name
        )
    except InvalidDocument as refused:
        return refused


def chance_of_more_than(most: int, mean: float) -> float:
    """Of a Poisson distribution with this mean."""
    return sum(
        exp(-mean + count * log(mean) - lgamma(count + 1)) for count in range(most + 1, most + 200)
    )


def false_alarms(crowd: Crowd, drawn: int, seed: int, limits: GuessLimits) -> Counter[str]:
    random = Random(seed)
    reasons = (stop_of(crowd, random, limits) for _ in range(drawn))
    return Counter(reason.value for reason in reasons if reason is not None)


def _table(drawn: int) -> Iterator[str]:
    limits = GuessLimits()
    for name, crowd in CROWDS.items():
        days = 365 * (1 + crowd.born[1] - crowd.born[0])
        chance = days * chance_of_more_than(limits.per_prefix, crowd.people / days)
        stopped = false_alarms(crowd, drawn, 1, limits)
        yield f"{name}: {stopped.total()} of {drawn:,} stopped {dict(stopped)}; {chance:.1g}\n"
    divisions = "321102 321111 321112 321181 321182 321183".split()
    for percent in (2, 5, 10, 15, 20):
        documents = city_unconfirmed(Random(1), 1_600_000, percent, divisions)
        yield f"a city of 1.6 million, {percent} % unconfirmed: {crowded(documents, limits)}\n"


if __name__ == "__main__":
    sys.stdout.writelines(_table(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000))
