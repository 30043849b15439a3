"""How a page asks the hub: the same GraphQL as every client, with the signed-in person's rights.

A page has no way of its own to what it shows: what its person may not ask, it does not get, and
what is asked is audited as everybody's. Refuses to know resolvers.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
from starlette.requests import Request

from tongxing.gateway.errors import CodeOf, error_object
from tongxing.gateway.http.deadline import Deadline
from tongxing.gateway.http.door import Door
from tongxing.gateway.http.event_stream import ResultStream, has_left
from tongxing.gateway.http.first_step import limited
from tongxing.gateway.http.graphql_endpoint import Asked
from tongxing.gateway.http.request import GraphQLRequest
from tongxing.gateway.http.request_envelope import REQUEST_ID
from tongxing.gateway.http.sent_before import SentRequest
from tongxing.gateway.http.whole_answer import WholeAnswer
from tongxing.keys.client_tokens import AccessToken

AnswerClient = Callable[
    [AccessToken, SentRequest, Asked], Coroutine[Any, Any, WholeAnswer | ResultStream]
]
"""As ``GraphQLEndpoint.answer``."""

_MEDIA_TYPE = "application/graphql-response+json"


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """``data`` as GraphQL gives it, None if there is none; ``errors`` each with its code. Printing
    it shows nothing of a traveler."""

    data: Mapping[str, Any] | None
    errors: Sequence[Mapping[str, Any]] = ()

    @property
    def codes(self) -> Sequence[str]:
        """The stable codes of the errors (docs/errors.md)."""
        return [error["extensions"]["code"] for error in self.errors]

    def __repr__(self) -> str:
        return f"PageAnswer({', '.join(self.codes)})"


class PageQuestions:
    """``answer`` answers a client; ``still_allowed`` raises once a client may be told nothing more.
    A question waits for its place at the ``door`` as every other one."""

    def __init__(
        self,
        answer: AnswerClient,
        *,
        still_allowed: Callable[[AccessToken], Awaitable[AccessToken]],
        door: Door,
        code_of: CodeOf,
        deadline_seconds: float,
    ) -> None:
        self._answer = answer
        self._still_allowed = still_allowed
        self._door = door
        self._code_of = code_of
        self._deadline_seconds = deadline_seconds

    async def ask(
        self,
        request: Request,
        person: AccessToken,
        document: str,
        variables: Mapping[str, object] | None = None,
    ) -> PageAnswer:
        """What ``document`` comes to for ``person``, for the page that ``request`` wants."""
        asked = GraphQLRequest(query=document, variables={**(variables or {})})
        try:
            whole = await self._at_the_door(request, person, SentRequest(asked, person))
        except Exception as error:  # noqa: BLE001 - the rim: a page says it in words
            return PageAnswer(None, [error_object(self._code_of(error))])
        body = msgspec.json.decode(whole.content)
        return PageAnswer(body.get("data"), body.get("errors", ()))

    async def _at_the_door(
        self, request: Request, person: AccessToken, question: SentRequest
    ) -> WholeAnswer:
        deadline = Deadline(self._deadline_seconds)
        with self._door.place_of(person.client_id) as place:
            await limited(place.enter(0.0), deadline.counted)
            asked = Asked(
                request.scope[REQUEST_ID],
                "POST",
                _MEDIA_TYPE,
                partial(has_left, request.receive),
                partial(self._still_allowed, person),
            )
            answer = await limited(self._answer(person, question, asked), deadline.counted)
        if not isinstance(answer, WholeAnswer):
            raise TypeError("a page asks no subscription")
        return answer
