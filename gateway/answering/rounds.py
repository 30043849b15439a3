"""One round of questions: all issuers at the same time, each once for all of its questions.

Responsible for bringing each answer back to its question, and for giving a manifest's answers out
part by part, as they come. Refuses to know which issuers are to be asked, and what an answer means.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from tongxing.adapters.dialect import Answer, ReadStatement
from tongxing.gateway.answering.asked import KeyedQuestion, Moment
from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.answering.open_questions import Wait
from tongxing.gateway.turns import Turns

Wanted = tuple[tuple[str, ...], KeyedQuestion]
"""Which issuers are to be asked a question."""

Found = dict[str, Answer]
"""The answers to one question, by issuer."""

ByPlace = dict[int, KeyedQuestion]
"""Questions to one issuer, by their places in the round."""

Announce = Callable[[Iterable[int], datetime], Awaitable[None]]
"""Records that issuers are about to be asked the questions at these places; durable when it
returns. What it raises stops the round before anybody is asked."""


class Round:
    """Questions that are being asked, and what is known of each so far."""

    def __init__(self, found: list[Found], waits: Sequence[tuple[Wait, ByPlace]]) -> None:
        self._found = found
        self._waits = waits

    async def found(self, places: range) -> list[Found]:
        """The answers to the questions at ``places`` by issuer, once all of them are there or their
        time is up."""
        for wait, asked in self._waits:
            wanted = {place: asked[place].ref for place in places if place in asked}
            answers = await wait.answers(wanted.values())
            for place, ref in wanted.items():
                self._found[place][wait.issuer] = answers[ref]
        return [self._found[place] for place in places]


class Rounds:
    """Of the issuers behind ``links``."""

    def __init__(self, links: Mapping[str, IssuerLink], turns: Turns) -> None:
        self._links = links
        self._turns = turns

    async def ask(
        self, wanted: Sequence[Wanted], moment: Moment, announce: Announce
    ) -> list[Found]:
        """The answers to all questions of a round, when the last of them is there."""
        async with self.asking(wanted, moment, announce) as asked:
            return await asked.found(range(len(wanted)))

    @asynccontextmanager
    async def asking(
        self, wanted: Sequence[Wanted], moment: Moment, announce: Announce
    ) -> AsyncIterator[Round]:
        """A round in which kept statements say what they still say, and for the rest every issuer
        is asked once for all of its questions, all issuers at the same time, after ``announce``
        returned. Nobody waits for an answer any more when the context ends."""
        found: list[Found] = [{} for _ in wanted]
        missing: dict[str, ByPlace] = {}
        for issuer, concerned in _by_issuer(wanted).items():
            if len(wanted) > 1:  # one alone is short work
                await self._turns.next()
            missing[issuer] = await self._recalled(issuer, concerned, found, moment)
        if any(missing.values()):
            missing = await self._learned(missing, found, moment)
        if any(missing.values()):
            places = sorted({place for each in missing.values() for place in each})
            await announce(places, moment.at)
        waits: list[tuple[Wait, ByPlace]] = []
        try:
            for issuer, concerned in missing.items():
                # Others may have learned it while the intent was written: of many who ask the same
                # at once only the first one asks.
                rest = concerned and await self._recalled(issuer, concerned, found, moment)
                if rest:
                    wait = self._links[issuer].ask(list(rest.values()), moment)
                    waits.append((wait, rest))
            yield Round(found, waits)
        finally:
            for wait, _ in waits:
                wait.leave()

    async def read_again(self, found: Sequence[Found], now: Moment) -> None:
        """Put what the statements behind ``found`` say at ``now`` in the place of what they
        said."""
        stated: dict[str, dict[int, ReadStatement]] = {}
        for place, answers in enumerate(found):
            for issuer, answer in answers.items():
                if answer.read is not None:
                    stated.setdefault(issuer, {})[place] = answer.read
        for issuer, read in stated.items():
            for place, answer in (await self._links[issuer].read_again(read, now)).items():
                found[place][issuer] = answer

    async def _learned(
        self, missing: Mapping[str, ByPlace], found: Sequence[Found], moment: Moment
    ) -> dict[str, ByPlace]:
        """What is missing still, after a look for what other workers of the hub were told; one look
        for all issuers."""
        sharing = {
            issuer: list(each.values())
            for issuer, each in missing.items()
            if each and self._links[issuer].shares
        }
        learning = (self._links[issuer].learn(each, moment) for issuer, each in sharing.items())
        await asyncio.gather(*learning)
        return {
            issuer: await self._recalled(issuer, each, found, moment) if issuer in sharing else each
            for issuer, each in missing.items()
        }

    async def _recalled(
        self, issuer: str, concerned: ByPlace, found: Sequence[Found], moment: Moment
    ) -> ByPlace:
        """Put what kept statements still say with its questions; the questions without an
        answer."""
        answers = await self._links[issuer].recall(list(concerned.values()), moment)
        for place, asked in concerned.items():
            if asked.ref in answers:
                found[place][issuer] = answers[asked.ref]
        return {place: asked for place, asked in concerned.items() if asked.ref not in answers}


def _by_issuer(wanted: Sequence[Wanted]) -> dict[str, dict[int, KeyedQuestion]]:
    """The questions under every issuer that is to be asked them, by their places: this costs what
    those who are asked cost, however many are connected."""
    concerned: dict[str, dict[int, KeyedQuestion]] = {}
    for place, (issuers, asked) in enumerate(wanted):
        for issuer in issuers:
            concerned.setdefault(issuer, {})[place] = asked
    return concerned
