"""One round of questions: all issuers at the same time, each once for all of its questions.

Responsible for bringing each answer back to its question. Refuses to know which issuers are to be
asked, and what an answer means.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
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

Unanswered = list[tuple[Found, KeyedQuestion]]


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
        missing: dict[str, Unanswered] = {}
        for issuer, concerned in _by_issuer(found, wanted).items():
            await self._turns.next()
            missing[issuer] = await _recalled(self._links[issuer], concerned, moment)
        if any(missing.values()):
            asked = {id(answers) for each in missing.values() for answers, _ in each}
            places = [place for place, answers in enumerate(found) if id(answers) in asked]
            await announce(places, moment.at)
            await self._ask(missing, moment)
        return found

    async def _ask(self, missing: Mapping[str, Unanswered], moment: Moment) -> None:
        """What others have learned while the intent was written is looked up once more, so that of
        many who ask the same at once only the first one asks."""
        waits: list[tuple[Wait, Unanswered]] = []
        try:
            for issuer, unanswered in missing.items():
                link = self._links[issuer]
                if rest := await _recalled(link, unanswered, moment):
                    waits.append((link.ask([asked for _, asked in rest], moment), rest))
            for wait, rest in waits:
                _settle(wait.issuer, rest, await wait.answers())
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


def _by_issuer(found: Sequence[Found], wanted: Sequence[Wanted]) -> dict[str, Unanswered]:
    """Each question beside the place for its answers, under every issuer that is to be asked it:
    this costs what those who are asked cost, however many are connected."""
    concerned: dict[str, Unanswered] = {}
    for answers, (issuers, asked) in zip(found, wanted, strict=True):
        for issuer in issuers:
            concerned.setdefault(issuer, []).append((answers, asked))
    return concerned


async def _recalled(link: IssuerLink, concerned: Unanswered, moment: Moment) -> Unanswered:
    """Put what kept statements still say with its questions; the questions without an answer."""
    recalled = await link.recall([asked for _, asked in concerned], moment)
    return _settle(link.issuer, concerned, recalled)


def _settle(issuer: str, concerned: Unanswered, answers: Mapping[str, Answer]) -> Unanswered:
    """Put each of ``answers`` with its question; the questions that are still without one."""
    missing = []
    for found, asked in concerned:
        if asked.ref in answers:
            found[issuer] = answers[asked.ref]
        else:
            missing.append((found, asked))
    return missing
