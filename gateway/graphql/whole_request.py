"""The documents of all fields of one operation, counted before any field asks an issuer.

Without this, the first fields of a sweep that is spread over many would be forwarded before the
rest is seen. Refuses to record and to answer: each field does that for itself.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tongxing.adapters.dialect import ByDocument
from tongxing.gateway.answering.guess_guard import BadNumber, GuessGuard
from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.turns import Turns
from tongxing.schema import InvalidDocument, TravelDocument

GivenDocument = Mapping[str, Any]
"""A TravelDocumentInput as it stands among the arguments of a field."""


class WholeRequest:
    """``fields`` holds, for each field of the operation, the documents that it names."""

    def __init__(
        self,
        fields: Sequence[Sequence[GivenDocument]],
        asker: Asker,
        guard: GuessGuard,
        turns: Turns,
    ) -> None:
        self._fields = fields
        self._asker = asker
        self._guard = guard
        self._turns = turns
        self._is_counted = len(fields) <= 1
        self._lock = None if self._is_counted else asyncio.Lock()

    async def count(self, at: datetime) -> None:
        """Once for all fields, unless there is one alone, which is counted when it asks. Raises
        ClientStopped, AuditUnavailable."""
        if self._lock is None:
            return
        async with self._lock:
            if not self._is_counted:
                await self._count(at)
                self._is_counted = True

    async def _count(self, at: datetime) -> None:
        given = (document for field in self._fields for document in field)
        checked = await self._turns.all(_checked(document, at) for document in given)
        bad = [each for each in checked if isinstance(each, BadNumber)]
        if bad:
            await self._guard.refuse([], bad, self._asker, at)
        documents = [each for each in checked if isinstance(each, TravelDocument)]
        guesses = await self._turns.all(
            self._guard.guess(ByDocument(each), self._asker, at) for each in documents
        )
        if guesses:
            await self._guard.admit([], guesses, self._asker, at)


def _checked(given: GivenDocument, at: datetime) -> TravelDocument | BadNumber:
    kind, number = given["kind"], given["number"]
    try:
        return TravelDocument.parse(kind, number, given["name"], at)
    except InvalidDocument as refusal:
        return BadNumber(kind, number, refusal.code)
