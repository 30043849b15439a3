"""One person's look at one part of the coordinators' page."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request

from tongxing.gateway.pages.asking import PageQuestions
from tongxing.gateway.pages.page_questions import question
from tongxing.keys.client_tokens import AccessToken

Nodes = Sequence[Mapping[str, Any]]
Values = dict[str, Any]


class Unanswered(Exception):
    """The hub did not answer what a part asks; ``codes`` say why (docs/errors.md)."""

    def __init__(self, codes: Sequence[str]) -> None:
        super().__init__(" ".join(codes))
        self.codes = codes


@dataclass(frozen=True, slots=True)
class Look:
    """``at`` is the one time of the whole page; ``places`` are those whose policies the hub
    knows."""

    request: Request
    person: AccessToken
    questions: PageQuestions
    at: datetime
    places: Sequence[str]

    def chosen(self, name: str) -> str | None:
        """What the address says."""
        return self.request.query_params.get(name) or None

    async def ask(self, name: str, variables: Mapping[str, object] | None = None) -> Values:
        """What ``questions/coordinator_NAME.graphql`` comes to. Raises Unanswered."""
        document = question(f"coordinator_{name}")
        answered = await self.questions.ask(self.request, self.person, document, variables)
        if answered.data is None or answered.errors:
            raise Unanswered(answered.codes)
        return dict(answered.data)


PartOfPage = Callable[[Look], Awaitable[Values]]
"""What a template gets. Raises Unanswered."""


def nodes(connection: Mapping[str, Any]) -> Nodes:
    return [edge["node"] for edge in connection["edges"]]
