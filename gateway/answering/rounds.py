"""One round of questions: all issuers at the same time, each once for all of its questions.

Responsible for bringing each answer back to its question. Refuses to know which issuers are to be
asked, and what an answer means.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime

from tongxing.adapters.dialect import Answer
from tongxing.gateway.answering.issuer_link import IssuerLink, KeyedQuestion, Moment
from tongxing.gateway.turns import Turns

Wanted = tuple[tuple[str, ...], KeyedQuestion]
"""Which issuers are to be asked a question."""

Found = dict[str, Answer]
"""The answers to one question, by issuer."""


Announce = Callable[[Iterable[int], datetime], Awaitable[None]]
"""Records that issuers are about to be asked the questions at these places; durable when it
returns. What it raises stops the round before anybody is asked."""


class Rounds:
    """Of the issuers behind ``links``."""

    def __init__(self, links: Mapping[str, IssuerLink], turns: Turns) -> None:
        self._links = links
        self._turns = turns

    async def ask(
        self, wanted: Sequence[Wanted], moment: Moment, announce: Announce
    ) -> list[Found]:
        """The answers to each question by issuer: what kept statements still say, and for the rest
        every issuer asked once for all of its questions, all issuers at the same time, after
        ``announce`` returned."""
        found: list[Found] = [{} for _ in wanted]
        missing: dict[str, list[tuple[Found, KeyedQuestion]]] = {}
        for issuer, link in self._links.items():
            concerned = [
                (answers, asked)
                for answers, (issuers, asked) in zip(found, wanted, strict=True)
                if issuer in issuers
            ]
            if concerned:
                await self._turns.next()
                recalled = await link.recall([asked for _, asked in concerned], moment)
                missing[issuer] = _settle(issuer, concerned, recalled)
        if any(missing.values()):
            asked = {id(answers) for each in missing.values() for answers, _ in each}
            places = [place for place, answers in enumerate(found) if id(answers) in asked]
            await announce(places, moment.at)
        async with asyncio.TaskGroup() as group:
            for issuer, unanswered in missing.items():
                if unanswered:
                    group.create_task(_collect(self._links[issuer], unanswered, moment))
        return found

    async def read_again(self, found: Sequence[Found], now: Moment) -> None:
        """Put what the statements behind ``found`` say at ``now`` in the place of what they
        said."""
        for issuer, link in self._links.items():
            stated = {
                place: answers[issuer].read
                for place, answers in enumerate(found)
                if issuer in answers
            }
            read = {place: each for place, each in stated.items() if each is not None}
            for place, answer in (await link.read_again(read, now)).items():
                found[place][issuer] = answer


def _settle(
    issuer: str,
    concerned: Sequence[tuple[Found, KeyedQuestion]],
    answers: Mapping[str, Answer],
) -> list[tuple[Found, KeyedQuestion]]:
    """Put each of ``answers`` with its question; the questions that are still without one."""
    missing = []
    for found, asked in concerned:
        if asked.ref in answers:
            found[issuer] = answers[asked.ref]
        else:
            missing.append((found, asked))
    return missing


async def _collect(
    link: IssuerLink, unanswered: Sequence[tuple[Found, KeyedQuestion]], moment: Moment
) -> None:
    answers = await link.ask([asked for _, asked in unanswered], moment)
    _settle(link.issuer, unanswered, answers)
