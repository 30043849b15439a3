"""The probes of questions about persons: alone, together, by code, by another name, many at once.

Responsible for what is asked; judges nothing. Effects: the event loop's seconds.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle, islice

from tongxing.adapters.dialect import ByCode, ByDocument, Checkpoint, Question, Statement
from tongxing.conformance.issuer.observed import Asked, Load, Observed
from tongxing.conformance.issuer.participant import Expectation, SyntheticPerson
from tongxing.conformance.issuer.played_hub import PlayedHub
from tongxing.conformance.issuer.recording import RecordedTransport
from tongxing.schema import DocumentKind, TravelDocument

CHECKPOINT = Checkpoint(
    name="符合性检查 conformance",
    position="出口 exit",
    department="测试组 tests",
    verifier_name="测试员",
    verifier_phone="13800000000",
)
_OTHER_NAMES = {DocumentKind.RESIDENT_ID: "测试甲乙"}
_OTHER_NAME = "NOBODY ELSE"


class AskingPersons:
    def __init__(self, hub: PlayedHub) -> None:
        self._hub = hub

    async def questions(self, seen: Observed) -> Observed:
        persons = self._hub.participant.persons
        batch, most = [*persons, persons[0]], self._hub.stage.in_a_batch
        return replace(
            seen,
            alone=seen.alone + await self.ask(persons[1:]),
            wrong_name=await self._ask(self._with_another_name()),
            batch=await self._together(batch),
            whole_batch=await self._together(list(islice(cycle(persons), most))),
            scans=tuple([await self._scan(each) for each in persons if each.code]),
            foreign=await self._foreign(),
            load=await self._load(persons[0]),
        )

    async def ask(self, persons: Sequence[SyntheticPerson]) -> tuple[Asked, ...]:
        return tuple([await self._ask(person) for person in persons])

    async def _ask(self, person: SyntheticPerson) -> Asked:
        (asked,) = await self._questions([person], [ByDocument(person.document)])
        return asked

    async def _together(self, persons: Sequence[SyntheticPerson]) -> tuple[Asked, ...]:
        """Empty if the system takes one question at a time."""
        if self._hub.dialect.batch_limit == 1:
            return ()
        persons = persons[: self._hub.dialect.batch_limit]
        return await self._questions(persons, [ByDocument(each.document) for each in persons])

    async def _scan(self, person: SyntheticPerson) -> Asked:
        scan = ByCode(person.code or "", CHECKPOINT)
        (asked,) = await self._questions([person], [scan])
        return asked

    async def _foreign(self) -> Asked | None:
        code = self._hub.participant.foreign_code
        if code is None:
            return None
        nobody = replace(self._hub.participant.persons[0], label="foreign-code", code=code)
        return await self._scan(replace(nobody, expects=Expectation.NOBODY))

    async def _questions(
        self, persons: Sequence[SyntheticPerson], questions: Sequence[Question]
    ) -> tuple[Asked, ...]:
        recorded, at = RecordedTransport(self._hub.transport), self._hub.stage.now()
        results = await self._hub.adapter(recorded).fetch(
            questions, at=at, deadline=self._hub.deadline()
        )
        exchanges = tuple(recorded.exchanges)
        return tuple(
            Asked(
                person.label,
                person.expects,
                question,
                exchanges,
                result,
                self._hub.walk(result, question) if isinstance(result, Statement) else None,
                at,
            )
            for person, question, result in zip(persons, questions, results, strict=True)
        )

    def _with_another_name(self) -> SyntheticPerson:
        person = self._hub.participant.with_color()[0]
        kind = person.document.kind
        name = _OTHER_NAMES.get(kind, _OTHER_NAME)
        document = TravelDocument.parse(kind, person.document.number, name)
        return SyntheticPerson(f"{person.label}-wrong-name", document, Expectation.NOBODY)

    async def _load(self, person: SyntheticPerson) -> Load | None:
        recorded = RecordedTransport(self._hub.transport)
        adapter, clock = self._hub.adapter(recorded), asyncio.get_running_loop().time

        async def one() -> float:
            began = clock()
            question = ByDocument(person.document)
            await adapter.fetch([question], at=self._hub.stage.now(), deadline=self._hub.deadline())
            return clock() - began

        seconds = await asyncio.gather(*(one() for _ in range(self._hub.stage.questions)))
        return Load(tuple(recorded.exchanges), tuple(seconds))
